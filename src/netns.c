// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a network namespace, and the one way in which its policy changes,
 * op25b_commit(): for a transaction, for an update outside of one, and when entries
 * expire. All of it runs in process context under the lock of the namespace; callers
 * tell listeners.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "attrs.h"
#include "hook.h"
#include "netns.h"
#include "reclaim.h"

unsigned int op25b_max_prefixes = 4194304;
module_param_named(max_prefixes, op25b_max_prefixes, uint, 0644);
MODULE_PARM_DESC(max_prefixes,
		 "Most prefixes of a policy, all tables together (default 4194304)");

/* Requests hold a lock of generic netlink while they wait: at most so many may */
#define MAX_WAITING	64

/* How long the requests of a datagram may take together, except the last one */
#define DATAGRAM_MS	1000

/**
 * op25b_net_admit() - admit a request of a datagram
 * @skb: the datagram, which may hold thousands; its time is set to that of the first
 * @extack: set to a message on errors
 *
 * Generic netlink is locked for a whole datagram.
 *
 * Return: 0; -EINTR after a fatal signal; -EBUSY if earlier requests took too long.
 */
int op25b_net_admit(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	ktime_t now = ktime_get();

	if (fatal_signal_pending(current))
		return -EINTR;
	if (!skb->tstamp)
		skb->tstamp = now;
	if (ktime_ms_delta(now, skb->tstamp) > DATAGRAM_MS)
		return op25b_refuse(extack, NULL, -EBUSY,
				    "earlier requests of this datagram took too long: send this one again");
	return 0;
}

/**
 * op25b_net_lock() - admit a request and lock the state
 * @state: of the namespace
 * @skb: the datagram, NULL for messages of a dump
 * @extack: set to a message on errors
 *
 * Return: 0; an error of op25b_net_admit(); -EBUSY if too many requests wait.
 */
int op25b_net_lock(struct op25b_net *state, struct sk_buff *skb,
		   struct netlink_ext_ack *extack)
{
	int err = skb ? op25b_net_admit(skb, extack) : 0;

	if (err)
		return err;
	if (atomic_inc_return(&state->waiting) > MAX_WAITING)
		err = op25b_refuse(extack, NULL, -EBUSY,
				   "too many requests wait: try again");
	else
		err = mutex_lock_killable(&state->lock);
	if (err)
		atomic_dec(&state->waiting);
	return err;
}

/**
 * op25b_net_unlock() - undo op25b_net_lock()
 * @state: of the namespace
 */
void op25b_net_unlock(struct op25b_net *state)
{
	mutex_unlock(&state->lock);
	atomic_dec(&state->waiting);
}

/* The worker's memory is charged to who committed last, as a process */
static void set_memcg(struct op25b_net *state)
{
	if (!current->mm)
		return;
	mem_cgroup_put(state->memcg);
	state->memcg = get_mem_cgroup_from_mm(current->mm);
}

/**
 * op25b_commit() - make a draft the running policy, if it differs from it
 * @state: of the namespace, locked
 * @draft: the draft: a clone of the running policy or no clone at all; takes the
 *	caller's reference
 * @extack: for a sentence on errors
 *
 * All that can fail comes before the pointer changes.
 *
 * Return: 1 if the policy has changed: the caller tells listeners; 0 if the draft does
 * not differ; or an error of registering the hooks, and nothing has changed.
 */
int op25b_commit(struct op25b_net *state, struct op25b_policy *draft,
		 struct netlink_ext_ack *extack)
{
	struct op25b_policy *running = op25b_running(state);
	int err;

	if (!op25b_policy_differs(draft, running)) {
		op25b_policy_put(draft);
		return 0;
	}
	err = op25b_policy_is_active(draft) ? op25b_hooks_register(state) : 0;
	if (err) {
		op25b_policy_put(draft);
		return op25b_refuse(extack, NULL, err,
				    "cannot register the netfilter hooks");
	}
	draft->generation = running->generation + 1;
	op25b_policy_link(running, draft);
	rcu_assign_pointer(state->policy, draft);
	op25b_reclaim(running);
	op25b_reclaim_throttle(draft->generation, &state->grace);
	if (!op25b_policy_is_active(draft) && !state->hold_hooks)
		op25b_hooks_unregister(state);
	if (op25b_policy_is_timed(draft))
		queue_delayed_work(op25b_worker_queue, &state->worker,
				   OP25B_WORKER_INTERVAL);
	set_memcg(state);
	return 1;
}

/**
 * op25b_snapshot() - hold the running policy as it is now
 * @state: of the namespace
 *
 * Takes no lock that can be held for long.
 *
 * Return: the policy, with a reference for the caller.
 */
struct op25b_policy *op25b_snapshot(struct op25b_net *state)
{
	struct op25b_policy *policy;

	rcu_read_lock();
	do {
		policy = rcu_dereference(state->policy);
	} while (!refcount_inc_not_zero(&policy->refs));
	rcu_read_unlock();
	return policy;
}

/**
 * op25b_net_init() - start with an empty policy
 * @state: of the namespace, zeroed
 * @net: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_net_init(struct op25b_net *state, struct net *net)
{
	struct op25b_policy *policy;

	state->net = net;
	state->stats = op25b_stats_create();
	state->names = op25b_names_create();
	policy = op25b_policy_create(state->names);
	mutex_init(&state->lock);
	spin_lock_init(&state->txn_lock);
	INIT_LIST_HEAD(&state->txns);
	RCU_INIT_POINTER(state->policy, policy);
	if (!policy || !state->stats || !state->names) {
		op25b_net_exit(state);
		return -ENOMEM;
	}
	return 0;
}

/**
 * op25b_net_stop() - take the policy out of the packet path
 * @state: of a namespace that goes, or of any when the module goes
 *
 * There must be a grace period between this and op25b_net_exit().
 */
void op25b_net_stop(struct op25b_net *state)
{
	cancel_delayed_work_sync(&state->worker);
	mutex_lock(&state->lock);
	op25b_hooks_unregister(state);
	mutex_unlock(&state->lock);
}

/**
 * op25b_net_exit() - free everything
 * @state: of the namespace: without transactions, and no packet is in its hooks
 */
void op25b_net_exit(struct op25b_net *state)
{
	struct op25b_policy *policy = rcu_dereference_protected(state->policy, true);

	/* a large one would hold up other namespaces that go */
	if (policy)
		op25b_reclaim(policy);
	op25b_names_free(state->names);
	op25b_stats_free(state->stats);
	mem_cgroup_put(state->memcg);
}
