// SPDX-License-Identifier: GPL-2.0
/*
 * Going back: the policies that are kept for it, and loads that wait for confirmation.
 *
 * As the confirmed commit of RFC 6241 section 8.4: a load that is not confirmed in time
 * is undone. Only the entries of that load's owner and, if that is operator, the settings
 * go back; what other owners have changed since, and what has expired, stays.
 *
 * Called by txn.c, netlink.c and worker.c in process context under the lock of the
 * namespace, except where a function says otherwise.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "attrs.h"
#include "hook.h"
#include "merge.h"
#include "netns.h"

/**
 * op25b_rollback_pending() - see whether a load waits for confirmation
 * @state: of the namespace
 */
bool op25b_rollback_pending(const struct op25b_net *state)
{
	return state->rollback.target.policy;
}

/**
 * op25b_rollback_is_due() - see whether such a load has not been confirmed in time
 * @state: of the namespace
 */
bool op25b_rollback_is_due(const struct op25b_net *state)
{
	return op25b_rollback_pending(state) &&
	       time_after_eq64(get_jiffies_64(), state->rollback.deadline);
}

static bool is_operators(const struct op25b_net *state, u16 owner)
{
	return !op25b_names_group(state->names, owner);
}

static const char *owner_of(const struct op25b_net *state, u16 number)
{
	return op25b_names_get(state->names, number).name[OP25B_NAME_OWNER] ?: OP25B_OPERATOR;
}

static bool same_owner(const struct op25b_net *state, u16 a, u16 b)
{
	return op25b_names_same(state->names, OP25B_NAME_OWNER, a, b);
}

/**
 * op25b_rollback_admit() - see whether a load may be committed now
 * @state: of the namespace
 * @load: the load
 * @extack: for a sentence on errors
 *
 * While one waits for confirmation, its owner may load with a new time only, and others
 * without.
 *
 * Return: 0 or -EINPROGRESS.
 */
int op25b_rollback_admit(const struct op25b_net *state, const struct op25b_load *load,
			 struct netlink_ext_ack *extack)
{
	bool same = same_owner(state, load->owner, state->rollback.target.owner);

	if (!op25b_rollback_pending(state) ||
	    (!load->everybody && same == !!load->confirm && !op25b_rollback_is_due(state)))
		return 0;
	return op25b_refuse(extack, NULL, -EINPROGRESS,
			    "a load waits for confirmation: confirm it, or roll it back");
}

static struct op25b_policy *get(struct op25b_policy *policy)
{
	return policy ? op25b_policy_get(policy) : NULL;
}

/* Takes references */
static void keep(struct op25b_net *state, struct op25b_kept *kept, struct op25b_policy *policy,
		 struct op25b_policy *displaced, u16 owner)
{
	struct op25b_kept old = *kept;

	spin_lock(&state->rollback.lock);
	*kept = (struct op25b_kept){
		.policy = get(policy),
		.displaced = get(displaced),
		.at = get_jiffies_64(),
		.owner = owner,
	};
	spin_unlock(&state->rollback.lock);
	op25b_policy_put(old.policy);
	op25b_policy_put(old.displaced);
}

/* Displaced entries */

/* Takes over a reference on @next */
static void publish_displaced(struct op25b_rollback *rollback, struct op25b_policy *next)
{
	op25b_displaced_publish(&rollback->displaced, next);
	spin_lock(&rollback->lock);
	rollback->displaced_bytes = next ? op25b_policy_bytes(next) : 0;
	spin_unlock(&rollback->lock);
}

/* The displaced entries after a commit: NULL if they stay as they are, or an ERR_PTR() */
static struct op25b_policy *next_displaced(struct op25b_net *state, u16 owner,
					   const struct op25b_policy *notes, bool narrow,
					   const struct op25b_policy *const wanted[2])
{
	const struct op25b_displaced *displaced = &state->rollback.displaced;
	struct op25b_policy *draft;
	int err;

	if ((!notes && !narrow) || !state->rollback.previous.policy ||
	    (!displaced->policy && !is_operators(state, owner)))
		return NULL;
	draft = op25b_displaced_draft(displaced, state->names);
	if (IS_ERR(draft))
		return draft;
	err = narrow ? op25b_displaced_narrow(draft, owner, wanted) : 0;
	if (!err && notes)
		err = op25b_displaced_note(draft, owner, notes, READ_ONCE(op25b_max_prefixes));
	if (!err)
		return draft;
	op25b_policy_put(draft);
	return ERR_PTR(err);
}

/* Commits a draft, and publishes displaced entries if that succeeds */
static int commit(struct op25b_net *state, struct op25b_policy *draft,
		  struct op25b_policy *displaced, struct netlink_ext_ack *extack)
{
	int result;

	if (IS_ERR(displaced)) {
		op25b_policy_put(draft);
		return op25b_refuse(extack, NULL, PTR_ERR(displaced), "out of memory");
	}
	result = op25b_commit(state, draft, extack);
	if (result >= 0 && displaced)
		publish_displaced(&state->rollback, displaced);
	else
		op25b_policy_put(displaced);
	return result;
}

/* Loads */

static void end_pending(struct op25b_net *state)
{
	keep(state, &state->rollback.target, NULL, NULL, 0);
	mem_cgroup_put(state->rollback.memcg);
	state->rollback.memcg = NULL;
	state->hold_hooks = false;
	if (!op25b_policy_is_active(op25b_running(state)))
		op25b_hooks_unregister(state);
}

/* A load that is to be confirmed was committed */
static void start_waiting(struct op25b_net *state, struct op25b_policy *before,
			  const struct op25b_load *load)
{
	struct op25b_rollback *rollback = &state->rollback;

	spin_lock(&rollback->lock);
	rollback->deadline = get_jiffies_64() + (u64)load->confirm * HZ;
	rollback->failing = false;
	spin_unlock(&rollback->lock);
	if (!op25b_rollback_pending(state))
		keep(state, &rollback->target, before, rollback->displaced.policy, load->owner);
	if (!rollback->memcg && current->mm)
		rollback->memcg = get_mem_cgroup_from_mm(current->mm);
	state->worker_pause = OP25B_WORKER_INTERVAL;
	mod_delayed_work(op25b_worker_queue, &state->worker, OP25B_WORKER_INTERVAL);
}

/* What operator may want to go back to, after a load of his that has changed something */
static void keep_previous(struct op25b_net *state, struct op25b_policy *before,
			  const struct op25b_load *load, struct op25b_policy *displaced)
{
	if (load->everybody) {
		op25b_rollback_forget(state);
		return;
	}
	keep(state, &state->rollback.previous, before, NULL, 0);
	publish_displaced(&state->rollback, get(displaced));
}

/**
 * op25b_rollback_commit() - commit a draft, and keep what it takes to go back
 * @state: of the namespace
 * @draft: the draft, as for op25b_commit()
 * @owner: who has changed it: number of a name set
 * @load: if it is a load, which has been admitted; else NULL
 * @extack: for a sentence on errors
 *
 * Return: what op25b_commit() returns, -ENOMEM or -EINTR.
 */
int op25b_rollback_commit(struct op25b_net *state, struct op25b_policy *draft, u16 owner,
			  const struct op25b_load *load, struct netlink_ext_ack *extack)
{
	struct op25b_policy *before = op25b_policy_get(op25b_running(state));
	struct op25b_policy *notes = draft->displaced, *displaced = NULL;
	bool pending = op25b_rollback_pending(state);
	bool confirmed = load && load->confirm;
	bool is_operator = is_operators(state, owner);
	bool anew = load && is_operator && !(pending && confirmed);
	int result;

	draft->displaced = NULL;
	state->hold_hooks |= confirmed;
	/* a load that may be undone does not show what its owner wants */
	if (!anew && (is_operator || !confirmed))
		displaced = next_displaced(state, owner, notes, load && !is_operator,
					   (const struct op25b_policy *[]){ notes, NULL });
	result = commit(state, draft, displaced, extack);
	if (result > 0 && anew)
		keep_previous(state, before, load, notes);
	if (confirmed && (result > 0 || (!result && pending)))
		start_waiting(state, before, load);
	state->hold_hooks = op25b_rollback_pending(state);
	op25b_policy_put(notes);
	op25b_policy_put(before);
	return result;
}

static int refuse_stranger(struct netlink_ext_ack *extack)
{
	return op25b_refuse(extack, NULL, -ENOENT,
			    "the load that waits for confirmation is of another owner");
}

/**
 * op25b_rollback_confirm() - confirm the load that waits for it
 * @state: of the namespace
 * @owner: whose load it has to be: number of a name set
 * @extack: for a sentence on errors
 *
 * Return: 0 or -ENOENT.
 */
int op25b_rollback_confirm(struct op25b_net *state, u16 owner,
			   struct netlink_ext_ack *extack)
{
	if (!op25b_rollback_pending(state) || op25b_rollback_is_due(state))
		return op25b_refuse(extack, NULL, -ENOENT, "no load waits for confirmation");
	if (!same_owner(state, owner, state->rollback.target.owner))
		return refuse_stranger(extack);
	end_pending(state);
	return 0;
}

/* The policy to go back to, as a draft; or an ERR_PTR(), with a sentence */
static struct op25b_policy *draft_back(struct op25b_net *state, const struct op25b_kept *kept,
				       struct netlink_ext_ack *extack)
{
	const struct op25b_displaced *displaced = &state->rollback.displaced;
	struct op25b_merge merge = {
		.owner = kept->owner,
		.held = OP25B_HELD_SKIP,
		.ceiling = U32_MAX,
		.now = jiffies,
		.then = kept->at,
		.elapsed = get_jiffies_64() - kept->at,
	};
	struct op25b_policy *draft = op25b_policy_clone(op25b_running(state));
	const char *why = "out of memory";
	int err = draft ? 0 : -ENOMEM;

	if (!err)
		err = op25b_merge_into(draft, kept->policy, &merge, &why);
	if (!err && displaced->policy && is_operators(state, kept->owner)) {
		merge.then = displaced->at;
		merge.elapsed = get_jiffies_64() - displaced->at;
		err = op25b_merge_displaced(draft, displaced->policy, &merge, &why);
	}
	if (!err)
		return draft;
	op25b_policy_put(draft);
	return ERR_PTR(op25b_refuse(extack, NULL, err, why));
}

static int go_back(struct op25b_net *state, const struct op25b_kept *kept,
		   struct netlink_ext_ack *extack)
{
	struct op25b_policy *draft = draft_back(state, kept, extack), *displaced = NULL, *notes;
	int result;

	if (IS_ERR(draft))
		return PTR_ERR(draft);
	notes = draft->displaced;
	draft->displaced = NULL;
	if (is_operators(state, kept->owner))
		draft->settings = kept->policy->settings;
	else
		displaced = next_displaced(state, kept->owner, notes, true,
					   (const struct op25b_policy *[]){ kept->policy,
									    kept->displaced });
	result = commit(state, draft, displaced, extack);
	op25b_policy_put(notes);
	return result;
}

static int try_going_back(struct op25b_net *state, const struct op25b_kept *kept,
			  struct netlink_ext_ack *extack)
{
	struct op25b_rollback *rollback = &state->rollback;
	int result = go_back(state, kept, extack);

	if (result < 0) {
		spin_lock(&rollback->lock);
		rollback->failing = result != -EINTR && op25b_rollback_is_due(state);
		spin_unlock(&rollback->lock);
		return result;
	}
	if (is_operators(state, kept->owner))
		op25b_rollback_forget(state);
	if (op25b_rollback_pending(state))
		end_pending(state);
	return result;
}

/**
 * op25b_rollback() - go back
 * @state: of the namespace
 * @owner: whose load is undone: number of a name set
 * @extack: for a sentence on errors
 *
 * To the policy before the load that waits for confirmation; if none does and the owner is
 * operator, to that before his last load.
 *
 * Return: what op25b_commit() returns; -ENOENT if there is nothing to undo; -ENOMEM, and
 * then it can be tried again.
 */
int op25b_rollback(struct op25b_net *state, u16 owner, struct netlink_ext_ack *extack)
{
	const struct op25b_rollback *rollback = &state->rollback;

	if (op25b_rollback_pending(state))
		return same_owner(state, owner, rollback->target.owner) ?
		       try_going_back(state, &rollback->target, extack) :
		       refuse_stranger(extack);
	if (rollback->previous.policy && is_operators(state, owner))
		return try_going_back(state, &rollback->previous, extack);
	return op25b_refuse(extack, NULL, -ENOENT, "there is no load to go back from");
}

/**
 * op25b_rollback_uses() - see whether anything that is kept has a name set
 * @state: of the namespace
 * @names: the number of the name set
 */
bool op25b_rollback_uses(const struct op25b_net *state, u16 names)
{
	const struct op25b_rollback *rollback = &state->rollback;
	const struct op25b_policy *kept[] = {
		rollback->previous.policy, rollback->target.policy,
		rollback->target.displaced, rollback->displaced.policy,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		if (kept[i] && op25b_policy_uses(kept[i], names))
			return true;
	return rollback->target.policy && rollback->target.owner == names;
}

/**
 * op25b_rollback_forget() - give up the policy before operator's last load
 * @state: of the namespace
 */
void op25b_rollback_forget(struct op25b_net *state)
{
	keep(state, &state->rollback.previous, NULL, NULL, 0);
	publish_displaced(&state->rollback, NULL);
}

/**
 * op25b_rollback_read() - see what there is to go back to
 * @state: of the namespace; its lock need not be held
 * @running: the policy whose memory is not counted
 * @result: set to it
 */
void op25b_rollback_read(struct op25b_net *state, const struct op25b_policy *running,
			 struct op25b_rollback_state *result)
{
	struct op25b_rollback *rollback = &state->rollback;
	struct op25b_policy *previous, *target;
	u64 now = get_jiffies_64();

	spin_lock(&rollback->lock);
	previous = get(rollback->previous.policy);
	target = get(rollback->target.policy);
	*result = (struct op25b_rollback_state){
		.pending = target,
		.failing = rollback->failing,
		.kept = previous,
		.bytes = rollback->displaced_bytes,
	};
	if (target && time_before64(now, rollback->deadline))
		result->seconds = div_u64(rollback->deadline - now + HZ - 1, HZ);
	/* its name set may be forgotten once nothing waits any more */
	if (target)
		strscpy(result->owner, owner_of(state, rollback->target.owner),
			sizeof(result->owner));
	spin_unlock(&rollback->lock);
	if (previous)
		result->bytes += op25b_policy_bytes_beside(previous, running);
	if (target && target != previous)
		result->bytes += op25b_policy_bytes_beside(target, running);
	op25b_policy_put(previous);
	op25b_policy_put(target);
}

/** op25b_rollback_init() - keep nothing yet; @state: of the namespace */
void op25b_rollback_init(struct op25b_net *state)
{
	spin_lock_init(&state->rollback.lock);
}

/** op25b_rollback_exit() - give up what is kept; @state: of a namespace that goes */
void op25b_rollback_exit(struct op25b_net *state)
{
	op25b_policy_put(state->rollback.previous.policy);
	op25b_policy_put(state->rollback.target.policy);
	op25b_policy_put(state->rollback.target.displaced);
	op25b_policy_put(state->rollback.displaced.policy);
	mem_cgroup_put(state->rollback.memcg);
}
