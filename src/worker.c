// SPDX-License-Identifier: GPL-2.0
/*
 * The worker of a namespace: removes expired entries, with a commit as any other, and
 * goes back when a load has not been confirmed in time.
 *
 * Lookups, lists and counts ignore an entry from the jiffy on in which it expires, so
 * that removing it is not urgent. A commit of a policy with timeouts starts the worker,
 * and so does a load that waits for confirmation; it runs again as long as there are any.
 */
#include <linux/jiffies.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "netns.h"
#include "notify.h"
#include "txn.h"
#include "worker.h"

/* How long expired entries stay for the sake of transactions, which would fail */
#define PATIENCE	(60 * HZ)

/* Without memory it tries again, less and less often */
#define MAX_PAUSE	(64UL * HZ)
/* While a load waits for confirmation */
#define MAX_PAUSE_BACK	(1UL * HZ)

struct workqueue_struct *op25b_worker_queue;

/* The module goes: nobody is to be notified any more */
static bool stopped;

/**
 * op25b_go_back() - undo a load that was not confirmed in time, and tell listeners
 * @state: of the namespace, locked
 *
 * Return: whether there is none left; without memory it can be tried again.
 */
bool op25b_go_back(struct op25b_net *state)
{
	u16 owner = state->rollback.target.owner;

	if (!op25b_rollback_is_due(state))
		return true;
	if (op25b_rollback(state, owner, NULL) < 0)
		return false;
	op25b_notify(state, OP25B_EVENT_ROLLBACK, &owner);
	return true;
}

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
		op25b_notify(state, OP25B_EVENT_EXPIRY, NULL);
	return err >= 0;
}

static void worker_work(struct work_struct *work)
{
	struct op25b_net *state = container_of(to_delayed_work(work),
					       struct op25b_net, worker);
	struct mem_cgroup *memcg;
	bool done;

	if (READ_ONCE(stopped))
		return;
	/* who holds the lock may be throttled, and would hold up other namespaces */
	if (!mutex_trylock(&state->lock)) {
		mod_delayed_work(op25b_worker_queue, &state->worker, OP25B_WORKER_INTERVAL);
		return;
	}
	memcg = set_active_memcg(state->rollback.memcg);
	done = op25b_go_back(state);
	set_active_memcg(state->memcg);
	done &= expire(state);
	set_active_memcg(memcg);
	state->worker_pause = done ? OP25B_WORKER_INTERVAL :
				     min(2 * state->worker_pause, MAX_PAUSE);
	if (op25b_rollback_pending(state))
		mod_delayed_work(op25b_worker_queue, &state->worker,
				 min(state->worker_pause, MAX_PAUSE_BACK));
	else if (op25b_policy_is_timed(op25b_running(state)))
		mod_delayed_work(op25b_worker_queue, &state->worker, state->worker_pause);
	mutex_unlock(&state->lock);
}

/**
 * op25b_worker_init_net() - prepare the worker of a namespace
 * @state: of the namespace
 */
void op25b_worker_init_net(struct op25b_net *state)
{
	INIT_DELAYED_WORK(&state->worker, worker_work);
	state->worker_pause = OP25B_WORKER_INTERVAL;
}

/**
 * op25b_worker_init() - get ready for workers
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_worker_init(void)
{
	op25b_worker_queue = alloc_workqueue("op25b_worker", WQ_UNBOUND, 0);
	return op25b_worker_queue ? 0 : -ENOMEM;
}

/** op25b_worker_stop() - stop all workers, before the netlink family goes */
void op25b_worker_stop(void)
{
	WRITE_ONCE(stopped, true);
	flush_workqueue(op25b_worker_queue);
}

/** op25b_worker_exit() - after all namespaces have stopped */
void op25b_worker_exit(void)
{
	destroy_workqueue(op25b_worker_queue);
}
