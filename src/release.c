// SPDX-License-Identifier: GPL-2.0
/*
 * Replaced policies, until they are freed: no packet may be judged by them any
 * more.
 *
 * They wait for a grace period, then are ready to be freed. A work does both, soon,
 * for all that there are at once. Where commits come faster than that, they take part:
 * each frees some that are ready, and one that finds too many waiting ends their
 * wait with an expedited grace period. So there is a bound to the memory of
 * replaced policies, and to the time that a commit is held up by those before it.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "policy.h"
#include "release.h"

/* What a commit frees where there are many: more than it adds */
#define COMMIT_SHARE	2

/* How long the work lets them come together */
#define RELEASE_DELAY	msecs_to_jiffies(10)

static unsigned int max_releases = 1024;
module_param(max_releases, uint, 0644);
MODULE_PARM_DESC(max_releases,
		 "Most replaced policies that wait to be freed before commits wait too (default 1024)");

/*
 * Policies by what is known of packets: nothing yet, that the work waits for them,
 * that there are none; and how many policies these are. A commit that waits itself
 * has some on a list of its own.
 */
static LIST_HEAD(retired);
static LIST_HEAD(awaited);
static LIST_HEAD(ready);
static unsigned int nr_releases;
static DEFINE_SPINLOCK(release_lock);

/* For this work alone: who waits for it may be other work, with a lock */
static struct workqueue_struct *release_queue;

/* Frees a policy that is ready; false if there is none */
static bool free_one(void)
{
	struct op25b_policy *policy;

	spin_lock(&release_lock);
	policy = list_first_entry_or_null(&ready, struct op25b_policy, release);
	if (policy) {
		list_del(&policy->release);
		nr_releases--;
	}
	spin_unlock(&release_lock);
	op25b_policy_put(policy);
	return policy;
}

static void release_all(struct work_struct *work)
{
	spin_lock(&release_lock);
	list_splice_tail_init(&retired, &awaited);
	spin_unlock(&release_lock);

	synchronize_rcu();

	/* a commit may have taken them meanwhile, but nobody has added any */
	spin_lock(&release_lock);
	list_splice_tail_init(&awaited, &ready);
	spin_unlock(&release_lock);

	while (free_one())
		cond_resched();
}

static DECLARE_DELAYED_WORK(release_work, release_all);

/* Does not leave to the work what waits */
static void make_ready(void)
{
	LIST_HEAD(mine);

	spin_lock(&release_lock);
	list_splice_init(&awaited, &mine);
	list_splice_tail_init(&retired, &mine);
	spin_unlock(&release_lock);

	synchronize_rcu_expedited();

	spin_lock(&release_lock);
	list_splice_tail(&mine, &ready);
	spin_unlock(&release_lock);
	/* it may have run meanwhile, and found none */
	queue_delayed_work(release_queue, &release_work, RELEASE_DELAY);
}

/**
 * op25b_release() - free a policy that packets may still be judged by
 * @policy: the policy, which has just been replaced; the caller's reference on it
 *	is given up after a grace period
 *
 * Context: Process context, may sleep. May be called under the lock of a namespace.
 */
void op25b_release(struct op25b_policy *policy)
{
	const unsigned int most = READ_ONCE(max_releases);
	unsigned int nr, i;
	bool any_ready;

	spin_lock(&release_lock);
	list_add_tail(&policy->release, &retired);
	nr = ++nr_releases;
	any_ready = !list_empty(&ready);
	spin_unlock(&release_lock);
	queue_delayed_work(release_queue, &release_work, RELEASE_DELAY);

	if (nr > most && !any_ready)
		make_ready();
	for (i = 0; nr > most / 2 && i < COMMIT_SHARE; i++)
		if (!free_one())
			break;
}

/**
 * op25b_release_flush() - wait until all are freed that were released until now
 *
 * Context: Process context, may sleep. May be called under the lock of a namespace.
 */
void op25b_release_flush(void)
{
	flush_delayed_work(&release_work);
}

/**
 * op25b_release_init() - get ready to free policies
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_release_init(void)
{
	release_queue = alloc_workqueue("op25b_release", WQ_UNBOUND, 0);
	return release_queue ? 0 : -ENOMEM;
}

/**
 * op25b_release_exit() - wait until all policies are freed
 *
 * There are no commits any more.
 */
void op25b_release_exit(void)
{
	op25b_release_flush();
	WARN_ON(nr_releases);
	destroy_workqueue(release_queue);
}
