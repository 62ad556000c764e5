// SPDX-License-Identifier: GPL-2.0
/*
 * Policies that were replaced or dropped, until they are freed: after a grace period, by
 * a work. A commit that finds too many waiting waits for them, too, so that their
 * memory is bounded.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "policy.h"
#include "reclaim.h"

static unsigned int max_releases = 1024;
module_param(max_releases, uint, 0644);
MODULE_PARM_DESC(max_releases,
		 "Most replaced policies that wait to be freed before commits wait for them (default 1024)");

static atomic_t nr_waiting = ATOMIC_INIT(0);

/* Of its own: works of others may wait for the lock of a namespace */
static struct workqueue_struct *reclaim_queue;

static void put_policy(struct work_struct *work)
{
	op25b_policy_put(container_of(to_rcu_work(work), struct op25b_policy,
				      reclaim));
	atomic_dec(&nr_waiting);
}

/**
 * op25b_reclaim() - give up a reference on a policy after a grace period
 * @policy: the policy, which was replaced or is a draft that was dropped
 *
 * Context: Any that may take spinlocks.
 */
void op25b_reclaim(struct op25b_policy *policy)
{
	atomic_inc(&nr_waiting);
	INIT_RCU_WORK(&policy->reclaim, put_policy);
	queue_rcu_work(reclaim_queue, &policy->reclaim);
}

/** op25b_reclaim_throttle() - wait if too many policies are not freed yet; may sleep */
void op25b_reclaim_throttle(void)
{
	if ((unsigned int)atomic_read(&nr_waiting) > READ_ONCE(max_releases))
		op25b_reclaim_flush();
}

/** op25b_reclaim_flush() - wait until all policies are freed; may sleep */
void op25b_reclaim_flush(void)
{
	rcu_barrier();
	flush_workqueue(reclaim_queue);
}

/** op25b_reclaim_init() - get ready to free policies; 0 or -ENOMEM */
int op25b_reclaim_init(void)
{
	reclaim_queue = alloc_workqueue("op25b_reclaim", WQ_UNBOUND, 0);
	return reclaim_queue ? 0 : -ENOMEM;
}

/** op25b_reclaim_exit() - wait until all policies are freed; there are no commits */
void op25b_reclaim_exit(void)
{
	op25b_reclaim_flush();
	destroy_workqueue(reclaim_queue);
}
