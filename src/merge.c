// SPDX-License-Identifier: GPL-2.0
/*
 * Merging: a policy with one owner's entries of one policy, and the others' of another.
 *
 * A transaction that replaces an owner's entries is merged with the policy that runs when
 * it is committed; a policy that was kept is merged with the running one to go back.
 *
 * Called by txn.c and rollback.c in process context under the lock of the namespace.
 * After an error the draft can only be dropped.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "merge.h"

static bool is_owned(const struct op25b_policy *policy, const struct op25b_entry *entry,
		     const struct op25b_merge *merge)
{
	return op25b_names_same(policy->names, OP25B_NAME_OWNER, entry->names, merge->owner);
}

/* Whether an entry has not expired, neither before its policy was kept nor since */
static bool is_left(const struct op25b_entry *entry, const struct op25b_merge *merge)
{
	s32 left = entry->expires - merge->then;

	return !entry->timed || (left > 0 && (u64)left > merge->elapsed);
}

static bool next_owned(const struct op25b_policy *policy, unsigned int i,
		       struct op25b_cursor *cursor, const struct op25b_merge *merge,
		       struct op25b_entry *entry)
{
	struct hash_choice choice = {};

	choose_group(&choice, op25b_names_group(policy->names, merge->owner));
	while (op25b_lpm_next_of(&policy->lpm[i], cursor, &choice, entry))
		if (is_owned(policy, entry, merge))
			return true;
	return false;
}

static int put(struct op25b_policy *draft, unsigned int i,
	       const struct op25b_entry *entry, u32 now, const char **why)
{
	int changed = op25b_lpm_put(&draft->lpm[i], entry, now, why);

	cond_resched();
	if (changed < 0)
		return changed;
	draft->changed |= changed;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* A prefix that another owner has: 1 if it is taken over, 0 if it is left to him */
static int contest(struct op25b_policy *draft, unsigned int i,
		   const struct op25b_entry *entry, const struct op25b_entry *held,
		   struct op25b_merge *merge, const char **why)
{
	enum op25b_family family = i / 2;

	switch (merge->held) {
	case OP25B_HELD_TAKE:
		return op25b_policy_displace(draft, family, held, merge->now, why) ?: 1;
	case OP25B_HELD_SKIP:
		merge->skipped++;
		return held->group ? 0 :
		       op25b_policy_displace(draft, family, entry, merge->now, why);
	default:
		*why = op25b_names_owned(draft->names, held->names);
		return -EACCES;
	}
}

/* The owner's entries of the running policy: replaced by, or removed, as in @from */
static int replace_owned(struct op25b_policy *draft, const struct op25b_policy *from,
			 unsigned int i, struct op25b_merge *merge, const char **why)
{
	const struct op25b_policy *running = draft->origin;
	struct op25b_cursor cursor = {};
	struct op25b_entry entry, other;
	int err = 0;

	while (!err && next_owned(running, i, &cursor, merge, &entry)) {
		if (op25b_lpm_get(&from->lpm[i], &entry, &other) && is_left(&other, merge) &&
		    is_owned(from, &other, merge)) {
			err = put(draft, i, &other, merge->now, why);
		} else {
			err = fatal_signal_pending(current) ? -EINTR :
			      op25b_lpm_remove(&draft->lpm[i], &entry, merge->now);
			draft->changed = true;
			cond_resched();
		}
	}
	return err;
}

static int add_owned(struct op25b_policy *draft, const struct op25b_policy *from,
		     unsigned int i, struct op25b_merge *merge, const char **why)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry, held;
	int result = 0;

	while (result >= 0 && next_owned(from, i, &cursor, merge, &entry)) {
		bool found = op25b_lpm_get(&draft->lpm[i], &entry, &held) &&
			     is_entry_alive(&held, merge->now);

		if (!is_left(&entry, merge) || (found && is_owned(draft, &held, merge)))
			continue;
		result = found ? contest(draft, i, &entry, &held, merge, why) : 1;
		if (result > 0)
			result = put(draft, i, &entry, merge->now, why);
	}
	return min(result, 0);
}

static int check_ceiling(const struct op25b_policy *draft,
			 const struct op25b_policy *running,
			 const struct op25b_merge *merge, const char **why)
{
	u32 count = op25b_policy_count(draft);

	if (count <= merge->ceiling || count <= op25b_policy_count(running))
		return 0;
	*why = op25b_too_many_prefixes;
	return -ENOSPC;
}

/**
 * op25b_merge_into() - replace an owner's entries of the running policy
 * @draft: a clone of the running policy that has not been changed
 * @from: a policy with the owner's entries
 * @merge: whose entries, and how
 * @why: a sentence for the user, set on errors but -ENOMEM and -EINTR
 *
 * Time and memory in proportion to the owner's entries, and to those of owners in the
 * same group; pages without a change stay shared.
 *
 * Return: 0; -EACCES if another owner has a prefix; -ENOSPC; -ENOMEM; -EINTR.
 */
int op25b_merge_into(struct op25b_policy *draft, const struct op25b_policy *from,
		     struct op25b_merge *merge, const char **why)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < OP25B_LPMS && !err; i++)
		err = replace_owned(draft, from, i, merge, why) ?:
		      add_owned(draft, from, i, merge, why);
	return err ?: check_ceiling(draft, draft->origin, merge, why);
}

/**
 * op25b_merge_displaced() - put entries back whose prefixes nobody has any more
 * @draft: a draft
 * @displaced: entries that operator took over from others
 * @merge: when their expiry times were valid
 * @why: a sentence for the user, set on errors but -ENOMEM and -EINTR
 *
 * Return: 0; -ENOSPC; -ENOMEM; -EINTR.
 */
int op25b_merge_displaced(struct op25b_policy *draft, const struct op25b_policy *displaced,
			  const struct op25b_merge *merge, const char **why)
{
	struct op25b_entry entry, held;
	unsigned int i;
	int err = 0;

	for (i = 0; i < OP25B_LPMS && !err; i++) {
		struct op25b_cursor cursor = {};

		while (!err && op25b_lpm_next(&displaced->lpm[i], &cursor, &entry))
			if (is_left(&entry, merge) &&
			    !(op25b_lpm_get(&draft->lpm[i], &entry, &held) &&
			      is_entry_alive(&held, merge->now)))
				err = put(draft, i, &entry, merge->now, why);
	}
	return err;
}

/**
 * op25b_merge_others() - add the entries of all other owners to a draft
 * @draft: a draft that is no clone, with the owner's entries
 * @running: the running policy
 * @merge: whose entries, and how
 * @why: a sentence for the user, set on errors but -ENOMEM and -EINTR
 *
 * Time and memory in proportion to the others' entries; the result is that of
 * op25b_merge_into().
 *
 * Return: 0; -EACCES if another owner has a prefix; -ENOSPC; -ENOMEM; -EINTR.
 */
int op25b_merge_others(struct op25b_policy *draft, const struct op25b_policy *running,
		       struct op25b_merge *merge, const char **why)
{
	struct op25b_entry entry, mine;
	unsigned int i;
	int err = 0;

	for (i = 0; i < OP25B_LPMS && !err; i++) {
		struct op25b_cursor cursor = {};

		while (!err && op25b_lpm_next(&running->lpm[i], &cursor, &entry)) {
			if (is_owned(running, &entry, merge) ||
			    !is_entry_alive(&entry, merge->now))
				continue;
			if (op25b_lpm_get(&draft->lpm[i], &entry, &mine) &&
			    is_entry_alive(&mine, merge->now))
				err = contest(draft, i, &mine, &entry, merge, why);
			if (!err)
				err = put(draft, i, &entry, merge->now, why);
			/* taken over otherwise */
			err = min(err, 0);
		}
	}
	return err ?: check_ceiling(draft, running, merge, why);
}
