// SPDX-License-Identifier: GPL-2.0
/*
 * The worker that removes expired entries, with a commit as any other.
 *
 * Lookups, lists and counts ignore an entry from the jiffy on in which it expires, so
 * that removing it is not urgent. A commit of a policy with timeouts starts the worker,
 * and it runs again as long as there are any.
 */
#include <linux/jiffies.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "expire.h"
#include "netlink.h"
#include "netns.h"
#include "txn.h"

/* How long expired entries stay for the sake of transactions, which would fail */
#define PATIENCE	(60 * HZ)

struct workqueue_struct *op25b_expiry_queue;

/* Returns how many entries were removed, or a negative error number */
static int expire(struct op25b_net *state)
{
	struct op25b_policy *running = op25b_running(state), *draft;
	u32 now = jiffies;
	int nr, err;

	if (op25b_txns_on(state, running))
		now -= PATIENCE;
	draft = op25b_policy_clone(running);
	if (!draft)
		return -ENOMEM;
	nr = op25b_policy_expire(draft, now);
	if (nr <= 0) {
		op25b_policy_put(draft);
		return nr;
	}
	err = op25b_commit(state, draft, NULL);
	if (err > 0)
		op25b_netlink_notify(state);
	return err < 0 ? err : nr;
}

static void expire_work(struct work_struct *work)
{
	struct op25b_net *state = container_of(to_delayed_work(work),
					       struct op25b_net, expiry);
	unsigned long pause = OP25B_EXPIRY_INTERVAL;
	struct mem_cgroup *memcg;

	mutex_lock(&state->lock);
	memcg = set_active_memcg(state->memcg);
	if (op25b_policy_is_timed(op25b_running(state))) {
		/* where there are more, others get the lock in between */
		if (expire(state) == OP25B_EXPIRE_MAX)
			pause = 1;
		mod_delayed_work(op25b_expiry_queue, &state->expiry, pause);
	}
	set_active_memcg(memcg);
	mutex_unlock(&state->lock);
}

/**
 * op25b_expire_init_net() - prepare the worker of a namespace
 * @state: of the namespace
 */
void op25b_expire_init_net(struct op25b_net *state)
{
	INIT_DELAYED_WORK(&state->expiry, expire_work);
}

/**
 * op25b_expire_init() - get ready for workers
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_expire_init(void)
{
	op25b_expiry_queue = alloc_workqueue("op25b_expire", WQ_UNBOUND, 0);
	return op25b_expiry_queue ? 0 : -ENOMEM;
}

/** op25b_expire_exit() - after all namespaces have stopped */
void op25b_expire_exit(void)
{
	destroy_workqueue(op25b_expiry_queue);
}
