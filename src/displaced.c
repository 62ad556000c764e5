// SPDX-License-Identifier: GPL-2.0
/*
 * Displaced entries: those of others that operator has taken over since his last load, and
 * that return to them when it is undone.
 *
 * A draft of a policy notes what it displaces, and what others give up meanwhile, an entry
 * that has expired (op25b_policy_displace()). When it is committed the notes are applied
 * to a draft of the displaced entries, which is published if the commit succeeds.
 *
 * Called by rollback.c and update.c in process context under the lock of the namespace.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "displaced.h"

static bool is_owned(const struct op25b_policy *policy, const struct op25b_entry *entry,
		     u16 owner)
{
	return op25b_names_same(policy->names, OP25B_NAME_OWNER, entry->names, owner);
}

static int pause(int err)
{
	cond_resched();
	if (err < 0)
		return err;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * op25b_displaced_draft() - begin to change the displaced entries
 * @displaced: the entries
 * @names: the name sets of the namespace
 *
 * Return: a draft without those that have expired, or an ERR_PTR().
 */
struct op25b_policy *op25b_displaced_draft(const struct op25b_displaced *displaced,
					   struct op25b_names *names)
{
	struct op25b_policy *draft;
	int err;

	draft = displaced->policy ? op25b_policy_clone(displaced->policy) :
				    op25b_policy_create(names);
	if (!draft)
		return ERR_PTR(-ENOMEM);
	err = displaced->policy ? op25b_policy_expire(draft, jiffies, 0) : 0;
	if (err >= 0)
		return draft;
	op25b_policy_put(draft);
	return ERR_PTR(err);
}

/* What others say counts for their own displaced entries only */
static int apply_note(struct op25b_policy *draft, unsigned int i, bool takes,
		      const struct op25b_entry *note, u32 ceiling)
{
	struct op25b_lpm *lpm = &draft->lpm[i];
	bool ended = !is_entry_alive(note, jiffies);
	struct op25b_entry old;
	const char *why;
	bool found;

	found = op25b_lpm_get(lpm, note, &old);
	if (!takes && !(found && is_owned(draft, &old, note->names)))
		return 0;
	if (ended)
		return found ? op25b_lpm_remove(lpm, note, jiffies) : 0;
	if (!found && op25b_policy_count(draft) >= ceiling)
		return 0;
	return min(op25b_lpm_put(lpm, note, jiffies, &why), 0);
}

/**
 * op25b_displaced_note() - apply the notes of a draft that is to be committed
 * @draft: a draft of the displaced entries
 * @owner: whose changes these are: number of a name set
 * @notes: the notes: what operator has taken over, or what another owner would like to
 *	have or has given up
 * @ceiling: most entries; others do not return
 *
 * Return: 0 or an error, and then the draft can only be dropped.
 */
int op25b_displaced_note(struct op25b_policy *draft, u16 owner,
			 const struct op25b_policy *notes, u32 ceiling)
{
	bool takes = !op25b_names_group(draft->names, owner);
	struct op25b_entry note;
	unsigned int i;
	int err = 0;

	for (i = 0; i < OP25B_LPMS; i++) {
		struct op25b_cursor cursor = {};

		while (!err && op25b_lpm_next(&notes->lpm[i], &cursor, &note))
			err = pause(apply_note(draft, i, takes, &note, ceiling));
	}
	return err;
}

static bool has(const struct op25b_policy *policy, unsigned int i,
		const struct op25b_entry *entry, u16 owner)
{
	struct op25b_entry own;

	return policy && op25b_lpm_get(&policy->lpm[i], entry, &own) &&
	       is_owned(policy, &own, owner);
}

/**
 * op25b_displaced_narrow() - forget what an owner does not want back
 * @draft: a draft of the displaced entries
 * @owner: the owner: number of a name set
 * @wanted: policies with the entries that he wants, and others'; each NULL for none
 *
 * Return: 0 or an error, and then the draft can only be dropped.
 */
int op25b_displaced_narrow(struct op25b_policy *draft, u16 owner,
			   const struct op25b_policy *const wanted[2])
{
	struct op25b_entry entry;
	unsigned int i;
	int err = 0;

	for (i = 0; i < OP25B_LPMS; i++) {
		struct op25b_cursor cursor = {};
		struct hash_choice choice = {};

		choose_group(&choice, op25b_names_group(draft->names, owner));
		while (!err && op25b_lpm_next_of(&draft->lpm[i], &cursor, &choice, &entry)) {
			if (!is_owned(draft, &entry, owner) ||
			    has(wanted[0], i, &entry, owner) ||
			    has(wanted[1], i, &entry, owner))
				continue;
			err = pause(op25b_lpm_remove(&draft->lpm[i], &entry, jiffies));
		}
	}
	return err;
}

/**
 * op25b_displaced_publish() - replace the displaced entries
 * @displaced: the entries
 * @draft: a draft of them, or of others, whose reference is taken over; NULL for none
 */
void op25b_displaced_publish(struct op25b_displaced *displaced, struct op25b_policy *draft)
{
	struct op25b_policy *old = displaced->policy;

	if (draft && draft->origin)
		op25b_policy_link(old, draft);
	displaced->policy = draft;
	displaced->at = get_jiffies_64();
	op25b_policy_put(old);
}

static int give_up(struct op25b_policy *draft, enum op25b_family family,
		   struct op25b_entry entry, const char **why)
{
	entry.timed = true;
	entry.expires = jiffies;
	return op25b_policy_displace(draft, family, &entry, jiffies, why);
}

/**
 * op25b_displaced_give_up() - note that an owner adds or deletes a prefix
 * @displaced: the entries
 * @draft: where he does
 * @family: address family
 * @entry: the prefix, its table and owner
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * If it was taken over from him it does not return.
 *
 * Return: 0, or an error of op25b_policy_displace().
 */
int op25b_displaced_give_up(const struct op25b_displaced *displaced,
			    struct op25b_policy *draft, enum op25b_family family,
			    const struct op25b_entry *entry, const char **why)
{
	struct op25b_entry found;

	if (!displaced->policy ||
	    !op25b_lpm_get(op25b_policy_lpm(displaced->policy, family, entry->table), entry,
			   &found) ||
	    !is_owned(draft, &found, entry->names))
		return 0;
	return give_up(draft, family, found, why);
}

/**
 * op25b_displaced_flush() - note that an owner empties a table
 * @displaced: the entries
 * @draft: where he does
 * @table: the table
 * @owner: number of a name set with the owner
 *
 * Return: 0, -ENOMEM or -EINTR.
 */
int op25b_displaced_flush(const struct op25b_displaced *displaced,
			  struct op25b_policy *draft, enum op25b_table_id table, u16 owner)
{
	const struct op25b_policy *policy = displaced->policy;
	struct op25b_entry entry;
	const char *why;
	unsigned int i;
	int err = 0;

	for (i = 0; policy && i < OP25B_LPMS; i++) {
		struct op25b_cursor cursor = {};
		struct hash_choice choice = {};

		choose_table(&choice, table);
		choose_group(&choice, op25b_names_group(policy->names, owner));
		while (!err && op25b_lpm_next_of(&policy->lpm[i], &cursor, &choice, &entry))
			if (is_owned(policy, &entry, owner))
				err = pause(give_up(draft, i / 2, entry, &why));
	}
	return err;
}
