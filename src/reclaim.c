// SPDX-License-Identifier: GPL-2.0
/*
 * Policies that were replaced or dropped, until they are freed: after a grace period, by
 * a work.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "policy.h"
#include "reclaim.h"

/* A replaced policy waits for its grace period with fewer than twice as many others */
#define COMMITS_PER_GRACE	512

/* Not a queue of the system: op25b_reclaim_exit() has to flush it */
static struct workqueue_struct *reclaim_queue;

static void put_policy(struct work_struct *work)
{
	op25b_policy_put(container_of(to_rcu_work(work), struct op25b_policy, reclaim));
}

/**
 * op25b_reclaim() - give up a reference on a policy after a grace period
 * @policy: the policy, which was replaced or is a draft that was dropped
 *
 * Context: Any that may take spinlocks.
 */
void op25b_reclaim(struct op25b_policy *policy)
{
	INIT_RCU_WORK(&policy->reclaim, put_policy);
	queue_rcu_work(reclaim_queue, &policy->reclaim);
}

/**
 * op25b_reclaim_throttle() - bound the memory of replaced policies
 * @generation: of the policy that was published
 * @grace: of the namespace: a grace period that began COMMITS_PER_GRACE commits ago
 *
 * Sleeps until that grace period has ended, which it nearly always has.
 */
void op25b_reclaim_throttle(u64 generation, unsigned long *grace)
{
	if (generation % COMMITS_PER_GRACE)
		return;
	cond_synchronize_rcu(*grace);
	*grace = start_poll_synchronize_rcu();
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
	rcu_barrier();
	destroy_workqueue(reclaim_queue);
}
