// SPDX-License-Identifier: GPL-2.0
/*
 * Freeing unused name sets when all numbers are in use.
 *
 * Called by txn.c and netlink.c in process context under the lock of the namespace.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "netns.h"
#include "sweep.h"

/*
 * A request that finds all name sets in use waits for replaced policies, which use them,
 * and frees unused ones. It holds a lock of generic netlink meanwhile, so that a token
 * bucket limits this: a request costs a fixed time and a multiple of how long it took.
 */
#define SWEEP_WAIT	(2 * HZ)
#define SWEEP_COST	(50LL * NSEC_PER_MSEC)
#define SWEEP_SHARE	5
#define SWEEP_BURST	(16LL * NSEC_PER_SEC)
#define SWEEP_PENALTY	(8LL * NSEC_PER_SEC)	/* after a wait in vain */

static bool wait_until_only(struct op25b_net *state)
{
	struct op25b_policy *const kept[] = { state->rollback.previous.policy,
					      state->rollback.target.policy };
	unsigned long end = jiffies + SWEEP_WAIT;

	while (!op25b_policy_is_only(op25b_running(state), kept, ARRAY_SIZE(kept))) {
		if (time_after(jiffies, end) || fatal_signal_pending(current))
			return false;
		schedule_timeout_killable(1);
	}
	return true;
}

/* The running policy and those that are kept are the only ones */
static void forget_unused(struct op25b_net *state)
{
	const struct op25b_policy *running = op25b_running(state);
	unsigned int number;

	for (number = 1; number <= op25b_names_last(state->names); number++) {
		cond_resched();
		if (op25b_names_exist(state->names, number) &&
		    !op25b_policy_uses(running, number) &&
		    !op25b_rollback_uses(state, number) &&
		    !op25b_names_counted(state->names, number))
			op25b_names_forget(state->names, number);
	}
}

/**
 * op25b_make_room() - free unused name sets if all numbers are in use
 * @state: of the namespace, locked
 *
 * To be called before a draft is created: does nothing while there is one. May sleep for
 * SWEEP_WAIT, within the limit.
 */
void op25b_make_room(struct op25b_net *state)
{
	s64 start = ktime_get_ns(), ahead = max(state->next_sweep - start, 0LL);

	if (!op25b_names_full(state->names) || READ_ONCE(state->nr_txns) ||
	    ahead >= SWEEP_BURST)
		return;
	if (wait_until_only(state)) {
		forget_unused(state);
		/* nobody waits for it, and it may use some */
		if (op25b_names_full(state->names) && !op25b_rollback_pending(state)) {
			op25b_rollback_forget(state);
			forget_unused(state);
		}
	} else {
		ahead = SWEEP_BURST;
	}
	ahead += SWEEP_COST + SWEEP_SHARE * (ktime_get_ns() - start);
	state->next_sweep = start +
			    min_t(s64, ahead, SWEEP_BURST + SWEEP_PENALTY);
}
