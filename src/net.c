// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a network namespace, and the one way in which its policy
 * changes: op25b_commit(), called for a transaction that ends, for an update
 * outside of one, and here when timeouts end. All of it is in process context
 * under the lock of the namespace.
 *
 * Entries whose time has ended are not there for packets from that moment on.
 * Removing them can wait: until the work gets to run, which takes only so many at
 * once, and, so that an open transaction on a copy of the policy need not fail, up
 * to a minute for those.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "attrs.h"
#include "hook.h"
#include "net.h"
#include "netlink.h"
#include "release.h"
#include "transaction.h"

/* Entries that end within this time are removed together */
#define EXPIRY_INTERVAL	(HZ / 4)

/* How often idle labels are looked for, where there are as many as there can be */
#define SWEEP_INTERVAL	(HZ / 20)

/* How long expired entries stay for the sake of open transactions */
#define EXPIRY_PATIENCE	(60 * HZ)

static void schedule_expiry(struct op25b_net *state)
{
	long delay, pause;
	u32 expires;

	if (!op25b_policy_earliest(op25b_running(state), jiffies,
				   &expires))
		return;
	delay = (s32)(expires - (u32)jiffies);
	pause = state->expiry_pause - jiffies;
	mod_delayed_work(op25b_expiry_queue, &state->expiry,
			 max3(delay, pause, 0L));
}

/**
 * op25b_commit() - make a draft the running policy, if it differs from it
 * @state: of the namespace, locked
 * @draft: the draft: a clone of the running policy, or no clone at all; the
 *	caller's reference on it passes on
 * @extack: for a sentence on errors
 *
 * Context: Process context, may sleep.
 *
 * Return: 0, or an error of registering the hooks, and then nothing has changed.
 */
int op25b_commit(struct op25b_net *state, struct op25b_policy *draft,
		 struct netlink_ext_ack *extack)
{
	struct op25b_policy *running = op25b_running(state);
	int err = 0;

	if (op25b_policy_equal(running, draft)) {
		op25b_policy_put(draft);
		return 0;
	}
	if (op25b_policy_active(draft))
		err = op25b_hooks_register(state);
	if (err) {
		op25b_policy_put(draft);
		return op25b_refuse(extack, NULL, err,
				    "cannot register the netfilter hooks");
	}
	draft->generation = running->generation + 1;
	op25b_policy_succeed(running, draft);
	rcu_assign_pointer(state->policy, draft);
	op25b_release(running);
	if (!op25b_policy_active(draft))
		op25b_hooks_unregister(state);
	schedule_expiry(state);
	op25b_netlink_notify(state, draft);
	return 0;
}

/*
 * Whether there is something to remove, and now is the time. What was noted of
 * times may be out of date, since entries are refreshed and deleted.
 */
static bool expiry_due(struct op25b_net *state)
{
	u32 expires;
	s32 late;

	op25b_policy_settle(op25b_running(state), jiffies);
	if (!op25b_policy_earliest(op25b_running(state), jiffies,
				   &expires))
		return false;
	late = (u32)jiffies - expires;
	return late >= (op25b_transactions_on(state, op25b_running(state)) ?
			EXPIRY_PATIENCE : 0);
}

/* Whether that has removed any */
static bool expire(struct op25b_net *state)
{
	u64 generation = op25b_running(state)->generation;
	struct op25b_policy *draft = op25b_policy_clone(op25b_running(state));

	if (!draft)
		return false;
	if (op25b_policy_expire(draft, jiffies)) {
		op25b_policy_put(draft);
		return false;
	}
	op25b_commit(state, draft, NULL);
	return op25b_running(state)->generation != generation;
}

/* Without memory it is tried again a little later */
static void expiry_work(struct work_struct *work)
{
	struct op25b_net *state = container_of(to_delayed_work(work),
					       struct op25b_net, expiry);
	bool more;

	mutex_lock(&state->lock);
	/* where some are left, those who wait for the lock come first */
	more = expiry_due(state) && expire(state) && expiry_due(state);
	state->expiry_pause = jiffies + (more ? 0 : EXPIRY_INTERVAL);
	schedule_expiry(state);
	mutex_unlock(&state->lock);
}

/**
 * op25b_snapshot() - hold the running policy as it is now
 * @state: of the namespace
 *
 * Return: the policy, with a reference for the caller.
 */
struct op25b_policy *op25b_snapshot(struct op25b_net *state)
{
	struct op25b_policy *policy;

	mutex_lock(&state->lock);
	policy = op25b_policy_get(op25b_running(state));
	mutex_unlock(&state->lock);
	return policy;
}

/**
 * op25b_make_room() - forget labels that are not used, if there are too many
 * @state: of the namespace, locked
 *
 * To be called before a draft is made, since it does nothing while there is one.
 * Does not look for labels all the time: who comes too early waits.
 */
void op25b_make_room(struct op25b_net *state)
{
	long pause = state->sweep_pause - jiffies;

	if (!op25b_labels_full(state->labels) || state->nr_transactions)
		return;
	if (pause > 0)
		schedule_timeout_uninterruptible(pause);
	state->sweep_pause = jiffies + SWEEP_INTERVAL;
	op25b_release_flush();
	if (op25b_policy_alone(op25b_running(state)))
		op25b_labels_sweep(state->labels, op25b_running(state));
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
	struct op25b_policy *policy = op25b_policy_create();

	state->net = net;
	state->expiry_pause = jiffies;
	state->sweep_pause = jiffies;
	state->stats = op25b_stats_create();
	state->labels = op25b_labels_create();
	mutex_init(&state->lock);
	INIT_LIST_HEAD(&state->transactions);
	INIT_DELAYED_WORK(&state->expiry, expiry_work);
	RCU_INIT_POINTER(state->policy, policy);
	if (!policy || !state->stats || !state->labels) {
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
	cancel_delayed_work_sync(&state->expiry);
	mutex_lock(&state->lock);
	op25b_hooks_unregister(state);
	mutex_unlock(&state->lock);
}

/**
 * op25b_net_exit() - free everything
 * @state: of the namespace, whose hooks no packet is in any more
 */
void op25b_net_exit(struct op25b_net *state)
{
	mutex_lock(&state->lock);
	op25b_transactions_abort(state);
	op25b_policy_put(op25b_running(state));
	mutex_unlock(&state->lock);
	op25b_labels_free(state->labels);
	op25b_stats_free(state->stats);
}
