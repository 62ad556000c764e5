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

/* Without memory it tries again, less and less often */
#define MAX_PAUSE	(64UL * HZ)

struct workqueue_struct *op25b_expiry_queue;

/* The module goes: nobody is to be notified any more */
static bool stopped;

/* Returns whether there was enough memory */
static bool expire(struct op25b_net *state)
{
	struct op25b_policy *running = op25b_running(state), *draft;
	u32 age = op25b_txns_on(state, running) ? PATIENCE : 0;
	int err;

	if (!op25b_policy_is_due(running, jiffies, age))
		return true;
	draft = op25b_policy_clone(running);
	if (!draft)
		return false;
	err = op25b_policy_expire(draft, jiffies, age);
	if (err <= 0) {
		op25b_policy_put(draft);
		return !err;
	}
	err = op25b_commit(state, draft, NULL);
	if (err > 0)
		op25b_netlink_notify(state);
	return err >= 0;
}

static void expire_work(struct work_struct *work)
{
	struct op25b_net *state = container_of(to_delayed_work(work),
					       struct op25b_net, expiry);
	struct mem_cgroup *memcg;

	if (READ_ONCE(stopped))
		return;
	/* who holds the lock may be throttled, and would hold up other namespaces */
	if (!mutex_trylock(&state->lock)) {
		mod_delayed_work(op25b_expiry_queue, &state->expiry, OP25B_EXPIRY_INTERVAL);
		return;
	}
	memcg = set_active_memcg(state->memcg);
	state->expiry_pause = expire(state) ? OP25B_EXPIRY_INTERVAL :
			      min(2 * state->expiry_pause, MAX_PAUSE);
	set_active_memcg(memcg);
	if (op25b_policy_is_timed(op25b_running(state)))
		mod_delayed_work(op25b_expiry_queue, &state->expiry, state->expiry_pause);
	mutex_unlock(&state->lock);
}

/**
 * op25b_expire_init_net() - prepare the worker of a namespace
 * @state: of the namespace
 */
void op25b_expire_init_net(struct op25b_net *state)
{
	INIT_DELAYED_WORK(&state->expiry, expire_work);
	state->expiry_pause = OP25B_EXPIRY_INTERVAL;
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

/** op25b_expire_stop() - stop all workers, before the netlink family goes */
void op25b_expire_stop(void)
{
	WRITE_ONCE(stopped, true);
	flush_workqueue(op25b_expiry_queue);
}

/** op25b_expire_exit() - after all namespaces have stopped */
void op25b_expire_exit(void)
{
	destroy_workqueue(op25b_expiry_queue);
}
