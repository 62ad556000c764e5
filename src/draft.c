// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of a draft: adding, deleting, flushing and expiring entries, and which owner may
 * do so.
 *
 * Called by update.c, merge.c and worker.c in process context under the lock of the
 * namespace.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "policy.h"

const char op25b_too_many_prefixes[] =
	"too many prefixes: see the module parameter max_prefixes";

static struct op25b_lpm *draft_lpm(const struct op25b_policy *draft,
				   enum op25b_family family,
				   enum op25b_table_id id)
{
	return (struct op25b_lpm *)op25b_policy_lpm(draft, family, id);
}

static bool same_owner(const struct op25b_policy *policy, const struct op25b_entry *a,
		       const struct op25b_entry *b)
{
	/* operator is alone in his group */
	return a->group == b->group &&
	       (!a->group || op25b_names_same(policy->names, OP25B_NAME_OWNER,
					      a->names, b->names));
}

/* The entry of a prefix, if it has not expired and another owner has it */
static bool is_others(const struct op25b_policy *policy, enum op25b_family family,
		      const struct op25b_entry *prefix, u32 now, struct op25b_entry *held)
{
	return op25b_lpm_get(op25b_policy_lpm(policy, family, prefix->table),
			     prefix, held) &&
	       is_entry_alive(held, now) && !same_owner(policy, held, prefix);
}

/* operator takes prefixes over from others, and nobody else does */
static int may_take(const struct op25b_policy *policy, const struct op25b_entry *held,
		    const struct op25b_entry *entry, const char **why)
{
	if (!entry->group)
		return 0;
	*why = op25b_names_owned(policy->names, held->names);
	return -EACCES;
}

/**
 * op25b_policy_may_add() - see whether another owner has a prefix
 * @policy: the policy
 * @family: address family
 * @entry: the entry that is to be added
 * @now: jiffies
 * @why: a sentence for the user, set on errors
 *
 * Return: 0 if nobody or the same owner has it, or if operator takes it over; -EACCES.
 */
int op25b_policy_may_add(const struct op25b_policy *policy, enum op25b_family family,
			 const struct op25b_entry *entry, u32 now, const char **why)
{
	struct op25b_entry held;

	return is_others(policy, family, entry, now, &held) ?
	       may_take(policy, &held, entry, why) : 0;
}

/**
 * op25b_policy_displace() - note an entry that operator keeps out, for when he goes back
 * @draft: the draft
 * @family: address family
 * @entry: the entry, of another owner; one that has expired if he has given it up
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: 0, or an error of op25b_lpm_put().
 */
int op25b_policy_displace(struct op25b_policy *draft, enum op25b_family family,
			  const struct op25b_entry *entry, u32 now, const char **why)
{
	if (!draft->displaced)
		draft->displaced = op25b_policy_create(draft->names);
	if (!draft->displaced)
		return -ENOMEM;
	return min(op25b_lpm_put(draft_lpm(draft->displaced, family, entry->table), entry,
				 now, why), 0);
}

/**
 * op25b_policy_skip() - leave a prefix to its owner
 * @draft: the draft
 * @family: address family
 * @entry: the entry that would have been added; one that has expired if it would have been
 *	deleted
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: 0, or an error of op25b_policy_displace().
 */
int op25b_policy_skip(struct op25b_policy *draft, enum op25b_family family,
		      const struct op25b_entry *entry, u32 now, const char **why)
{
	struct op25b_entry held;

	if (!is_others(draft, family, entry, now, &held) || held.group)
		return 0;
	return op25b_policy_displace(draft, family, entry, now, why);
}

/**
 * op25b_policy_add() - add an entry to a draft, or replace it
 * @draft: the draft
 * @family: address family
 * @entry: the entry
 * @now: jiffies
 * @ceiling: most entries that the policy may have
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: 0, an error of op25b_policy_may_add() or op25b_lpm_add(), or -ENOSPC over the
 * ceiling. After -ENOMEM and -ENOSPC the draft can only be dropped.
 */
int op25b_policy_add(struct op25b_policy *draft, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now, u32 ceiling,
		     const char **why)
{
	struct op25b_lpm *lpm = draft_lpm(draft, family, entry->table);
	u32 before = op25b_policy_count(draft), after;
	struct op25b_entry held;
	int changed;

	if (!is_others(draft, family, entry, now, &held))
		changed = op25b_lpm_add(lpm, entry, now, why);
	else
		changed = may_take(draft, &held, entry, why) ?:
			  op25b_policy_displace(draft, family, &held, now, why) ?:
			  op25b_lpm_put(lpm, entry, now, why);
	if (changed <= 0)
		return changed;
	draft->changed = true;
	after = op25b_policy_count(draft);
	if (after > before && after > ceiling) {
		*why = op25b_too_many_prefixes;
		return -ENOSPC;
	}
	return 0;
}

/**
 * op25b_policy_del() - remove an entry from a draft
 * @draft: the draft
 * @family: address family
 * @entry: the prefix, its table and owner: the number of a name set with it, and its
 *	group
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: 0, an error of op25b_lpm_del(), or -EACCES if another owner has it.
 */
int op25b_policy_del(struct op25b_policy *draft, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now,
		     const char **why)
{
	struct op25b_entry held;

	if (is_others(draft, family, entry, now, &held)) {
		*why = op25b_names_owned(draft->names, held.names);
		return -EACCES;
	}
	draft->changed = true;
	return op25b_lpm_del(draft_lpm(draft, family, entry->table), entry, now, why);
}

/**
 * op25b_policy_flush() - empty one table of a draft, both families
 * @draft: the draft
 * @id: the table
 * @now: jiffies
 *
 * Return: 0; -ENOMEM, or -EINTR after a fatal signal, and then the draft can only be
 * dropped.
 */
int op25b_policy_flush(struct op25b_policy *draft, enum op25b_table_id id, u32 now)
{
	int family, changed = 0;

	for (family = 0; family < OP25B_FAMILIES && changed >= 0; family++) {
		changed = op25b_lpm_flush(draft_lpm(draft, family, id), id, now);
		draft->changed |= changed;
	}
	return min(changed, 0);
}

/**
 * op25b_policy_flush_owned() - empty one table of a draft of an owner's entries
 * @draft: the draft
 * @id: the table
 * @owner: number of a name set with the owner
 * @now: jiffies
 *
 * Reads the directories, and pages that have entries of owners in the same group.
 *
 * Return: as op25b_policy_flush().
 */
int op25b_policy_flush_owned(struct op25b_policy *draft, enum op25b_table_id id,
			     u16 owner, u32 now)
{
	int family, err = 0;

	for (family = 0; family < OP25B_FAMILIES; family++) {
		struct op25b_lpm *lpm = draft_lpm(draft, family, id);
		struct op25b_cursor cursor = {};
		struct hash_choice choice = {};
		struct op25b_entry entry;

		choose_table(&choice, id);
		choose_group(&choice, op25b_names_group(draft->names, owner));
		while (!err && op25b_lpm_next_of(lpm, &cursor, &choice, &entry)) {
			if (!op25b_names_same(draft->names, OP25B_NAME_OWNER,
					      entry.names, owner))
				continue;
			draft->changed = true;
			err = fatal_signal_pending(current) ?
			      -EINTR : op25b_lpm_remove(lpm, &entry, now);
			cond_resched();
		}
	}
	return err;
}

/**
 * op25b_policy_is_due() - check whether op25b_policy_expire() has work to do
 * @policy: the policy
 * @now: jiffies
 * @age: as for op25b_policy_expire()
 *
 * Return: false if it would remove nothing.
 */
bool op25b_policy_is_due(const struct op25b_policy *policy, u32 now, u32 age)
{
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		if (op25b_lpm_is_due(&policy->lpm[i], now, age))
			return true;
	return false;
}

/**
 * op25b_policy_expire() - remove expired entries from a draft
 * @draft: the draft, a clone that has not been changed
 * @now: jiffies
 * @age: remove entries that expired so many jiffies ago or earlier; below 2^31
 *
 * Return: how many were removed, at most OP25B_EXPIRE_MAX; or -ENOMEM, and then the
 * draft can only be dropped.
 */
int op25b_policy_expire(struct op25b_policy *draft, u32 now, u32 age)
{
	struct op25b_policy *origin = draft->origin;
	u32 limit = OP25B_EXPIRE_MAX;
	int i, err = 0;

	for (i = 0; i < OP25B_LPMS && !err; i++)
		err = op25b_lpm_expire(&draft->lpm[i], &origin->lpm[i], now, age, &limit);
	draft->changed = true;
	return err ?: (int)(OP25B_EXPIRE_MAX - limit);
}
