// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: what is decided for a packet, and how the next policy is made.
 *
 * The packet path calls op25b_policy_judge() for packets that take a closer look,
 * under RCU; for the others it has judge.h compiled in. Everything else runs in
 * process context: drafts are changed by the one who made them, under the lock of
 * the namespace; published policies are never changed.
 *
 * Drafts share memory with their origin, and so published policies with those
 * before and after them. What a policy shares with any other that is left, it
 * shares with its neighbours among them, or as a draft with its origin. So it
 * frees what these do not have when its last reference goes, whatever the order.
 * A dump or a transaction that is left open holds one policy, not those after it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "judge.h"
#include "policy.h"

#define DEFAULT_REPLY_RATE	1000

static const struct op25b_settings default_settings = {
	.mode = OP25B_MODE_ENFORCE,
	.action = OP25B_ACTION_DROP,
	.close_return = true,
	.reply_rate = DEFAULT_REPLY_RATE,
};

/**
 * op25b_policy_judge() - decide what becomes of a TCP packet
 * @policy: the policy
 * @flow: the packet's ends
 * @now: jiffies
 * @judgement: the decision; its match is good as long as @policy is there
 *
 * Context: Any, in the packet path softirq, under rcu_read_lock() or with a
 * reference on @policy. Takes no locks and writes nothing but @judgement.
 */
void op25b_policy_judge(const struct op25b_policy *policy,
			const struct op25b_flow *flow, u32 now,
			struct op25b_judgement *judgement)
{
	*judgement = judge_flow(policy, flow->family, flow, now);
}

/**
 * op25b_judgement_entry() - tell the entry that decided
 * @judgement: the decision; its match is one, and the policy is still there
 * @flow: what it is of
 * @entry: set to the entry
 */
void op25b_judgement_entry(const struct op25b_judgement *judgement,
			   const struct op25b_flow *flow,
			   struct op25b_entry *entry)
{
	bool of_dst = judgement->reason == OP25B_REASON_RELAY ||
		      judgement->reason == OP25B_REASON_RETURN;

	op25b_match_entry(&judgement->match, of_dst ? flow->dst : flow->src,
			  entry);
}

/* Reading */

/**
 * op25b_policy_table() - the table of prefixes that holds a table's entries
 * @policy: the policy; only if it is a draft, the table may be changed
 * @family: of the prefixes
 * @id: the policy's table
 */
struct op25b_table *op25b_policy_table(const struct op25b_policy *policy,
				       enum op25b_family family,
				       enum op25b_table_id id)
{
	return id == OP25B_TABLE_RELAY ? policy->relays[family] :
					 policy->subscribers[family];
}

/**
 * op25b_policy_count() - count the entries of one table and family
 * @policy: the policy
 * @id: the policy's table
 * @family: of the prefixes
 *
 * Return: their number, with those that have expired but not been removed.
 */
u32 op25b_policy_count(const struct op25b_policy *policy,
		       enum op25b_table_id id, enum op25b_family family)
{
	return op25b_table_count(op25b_policy_table(policy, family, id), id);
}

static u64 count_all(const struct op25b_policy *policy)
{
	u64 sum = 0;
	int family, id;

	for (family = 0; family < OP25B_FAMILIES; family++)
		for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
			sum += op25b_policy_count(policy, id, family);
	return sum;
}

/**
 * op25b_policy_active() - see whether a policy can block anything
 * @policy: the policy
 *
 * Return: whether packets have to be judged by it.
 */
bool op25b_policy_active(const struct op25b_policy *policy)
{
	return policy->settings.mode != OP25B_MODE_OFF &&
	       (op25b_policy_count(policy, OP25B_TABLE_DYNAMIC, OP25B_IPV4) ||
		op25b_policy_count(policy, OP25B_TABLE_DYNAMIC, OP25B_IPV6));
}

static bool settings_equal(const struct op25b_settings *a,
			   const struct op25b_settings *b)
{
	return a->mode == b->mode && a->action == b->action &&
	       a->close_return == b->close_return &&
	       a->reply_rate == b->reply_rate;
}

/**
 * op25b_policy_equal() - compare two policies
 * @a: a policy that does not change
 * @b: another one
 *
 * Return: whether they have the same settings and entries.
 */
bool op25b_policy_equal(const struct op25b_policy *a,
			const struct op25b_policy *b)
{
	int i;

	if (!settings_equal(&a->settings, &b->settings))
		return false;
	for (i = 0; i < OP25B_FAMILIES; i++)
		if (!op25b_table_equal(a->subscribers[i], b->subscribers[i]) ||
		    !op25b_table_equal(a->relays[i], b->relays[i]))
			return false;
	return true;
}

/**
 * op25b_policy_uses() - see whether a label is in use
 * @policy: the policy
 * @label: the label's number
 *
 * Return: whether there are entries with that label.
 */
bool op25b_policy_uses(const struct op25b_policy *policy, u16 label)
{
	int i;

	for (i = 0; i < OP25B_FAMILIES; i++)
		if (op25b_table_uses(policy->subscribers[i], label) ||
		    op25b_table_uses(policy->relays[i], label))
			return true;
	return false;
}

/**
 * op25b_policy_bytes() - memory of a policy
 * @policy: the policy
 *
 * Return: bytes, those shared with other policies too.
 */
size_t op25b_policy_bytes(const struct op25b_policy *policy)
{
	size_t bytes = sizeof(*policy);
	int i;

	for (i = 0; i < OP25B_FAMILIES; i++)
		bytes += op25b_table_bytes(policy->subscribers[i]) +
			 op25b_table_bytes(policy->relays[i]);
	return bytes;
}

/**
 * op25b_policy_earliest() - when to call op25b_policy_expire() next
 * @policy: the policy
 * @now: jiffies
 * @expires: no entry expires before that, in jiffies modulo 2^32; only set if
 *	there is one that expires
 *
 * Return: whether there is one.
 */
bool op25b_policy_earliest(const struct op25b_policy *policy, u32 now,
			   u32 *expires)
{
	bool any = false;
	int i;

	for (i = 0; i < OP25B_FAMILIES; i++) {
		const struct op25b_table *tables[] = {
			policy->subscribers[i], policy->relays[i],
		};
		u32 when, j;

		for (j = 0; j < ARRAY_SIZE(tables); j++) {
			if (!op25b_table_earliest(tables[j], now, &when))
				continue;
			if (!any || (s32)(when - now) < (s32)(*expires - now))
				*expires = when;
			any = true;
		}
	}
	return any;
}

/**
 * op25b_policy_settle() - see again when op25b_policy_expire() is due
 * @policy: the running policy, locked
 * @now: jiffies
 *
 * Changes nothing that readers look at.
 */
void op25b_policy_settle(struct op25b_policy *policy, u32 now)
{
	int i;

	for (i = 0; i < OP25B_FAMILIES; i++) {
		op25b_table_settle(policy->subscribers[i], now);
		op25b_table_settle(policy->relays[i], now);
	}
}

/* Life */

/*
 * Held while policies come between others and go from there. What it takes to free
 * one is not done under it.
 */
static DEFINE_MUTEX(neighbours_lock);

static void free_policy(struct op25b_policy *policy,
			const struct op25b_policy *elder,
			const struct op25b_policy *heir)
{
	int i;

	for (i = 0; i < OP25B_FAMILIES; i++) {
		op25b_table_free(policy->subscribers[i],
				 elder ? elder->subscribers[i] : NULL,
				 heir ? heir->subscribers[i] : NULL);
		op25b_table_free(policy->relays[i],
				 elder ? elder->relays[i] : NULL,
				 heir ? heir->relays[i] : NULL);
	}
	kfree(policy);
}

static struct op25b_table *new_table(const struct op25b_table *origin,
				     enum op25b_family family)
{
	return origin ? op25b_table_clone(origin) : op25b_table_create(family);
}

static struct op25b_policy *new_policy(struct op25b_policy *origin)
{
	struct op25b_policy *policy;
	bool whole = true;
	int i;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	refcount_set(&policy->refs, 1);
	policy->settings = origin ? origin->settings : default_settings;
	policy->origin = origin ? op25b_policy_get(origin) : NULL;
	for (i = 0; i < OP25B_FAMILIES; i++) {
		policy->subscribers[i] =
			new_table(origin ? origin->subscribers[i] : NULL, i);
		policy->relays[i] =
			new_table(origin ? origin->relays[i] : NULL, i);
		whole = whole && policy->subscribers[i] && policy->relays[i];
	}
	if (whole)
		return policy;
	op25b_policy_put(policy);
	return NULL;
}

/**
 * op25b_policy_create() - make an empty draft with the default settings
 *
 * Return: the draft, with one reference, or NULL without memory.
 */
struct op25b_policy *op25b_policy_create(void)
{
	return new_policy(NULL);
}

/**
 * op25b_policy_clone() - make a draft that starts as a copy
 * @origin: a published policy; the draft holds a reference on it
 *
 * Return: the draft, with one reference, or NULL without memory.
 */
struct op25b_policy *op25b_policy_clone(struct op25b_policy *origin)
{
	return new_policy(origin);
}

/**
 * op25b_policy_succeed() - hand over from the running policy to a draft
 * @policy: the policy that is published
 * @next: the draft that is about to be published instead: a clone of @policy
 *	or not a clone at all
 */
void op25b_policy_succeed(struct op25b_policy *policy,
			  struct op25b_policy *next)
{
	struct op25b_policy *origin = next->origin;

	mutex_lock(&neighbours_lock);
	next->origin = NULL;
	next->elder = policy;
	policy->heir = next;
	mutex_unlock(&neighbours_lock);
	op25b_policy_put(origin);
}

/**
 * op25b_policy_alone() - see whether a running policy is the only one
 * @policy: the running policy; the lock of the namespace is held
 *
 * Return: whether there is no snapshot and no clone of it, and no earlier policy
 * either, not even one that packets may still be judged by. There may be drafts
 * that are no clones.
 */
bool op25b_policy_alone(const struct op25b_policy *policy)
{
	bool alone;

	mutex_lock(&neighbours_lock);
	alone = !policy->elder && refcount_read(&policy->refs) == 1;
	mutex_unlock(&neighbours_lock);
	return alone;
}

/**
 * op25b_policy_get() - take a reference
 * @policy: the policy, on which there is one already
 *
 * Return: @policy.
 */
struct op25b_policy *op25b_policy_get(struct op25b_policy *policy)
{
	refcount_inc(&policy->refs);
	return policy;
}

/* Gives up a reference; if that was the last, the policy is the first of the dead */
static void drop(struct op25b_policy *policy, struct op25b_policy **dead)
{
	if (!policy ||
	    !refcount_dec_and_mutex_lock(&policy->refs, &neighbours_lock))
		return;
	/* those that are linked have references; these stay until this one is free */
	if (policy->elder)
		op25b_policy_get(policy->elder)->heir = policy->heir;
	if (policy->heir)
		op25b_policy_get(policy->heir)->elder = policy->elder;
	mutex_unlock(&neighbours_lock);
	policy->next_dead = *dead;
	*dead = policy;
}

/**
 * op25b_policy_put() - give up a reference
 * @policy: the policy, or NULL; the last reference frees it
 *
 * Context: Process context, may sleep.
 */
void op25b_policy_put(struct op25b_policy *policy)
{
	struct op25b_policy *dead = NULL;

	drop(policy, &dead);
	while ((policy = dead)) {
		struct op25b_policy *origin = policy->origin;
		struct op25b_policy *elder = policy->elder;
		struct op25b_policy *heir = policy->heir;

		dead = policy->next_dead;
		free_policy(policy, origin ?: elder, heir);
		drop(origin, &dead);
		drop(elder, &dead);
		drop(heir, &dead);
	}
}

/* Changing drafts */

/**
 * op25b_policy_add() - add an entry to a draft, or replace it
 * @policy: the draft
 * @family: of the prefix
 * @entry: the entry
 * @now: jiffies
 * @ceiling: most entries that the policy may have
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: what op25b_table_add() returns, or -ENOSPC over the ceiling. After
 * -ENOMEM and -ENOSPC the draft is only good for being given up.
 */
int op25b_policy_add(struct op25b_policy *policy, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now, u32 ceiling,
		     const char **why)
{
	u64 before = count_all(policy), after;
	int err;

	err = op25b_table_add(op25b_policy_table(policy, family, entry->table),
			      entry, now, why);
	if (err)
		return err;
	after = count_all(policy);
	if (after > before && after > ceiling) {
		*why = "too many prefixes: see the module parameter max_prefixes";
		return -ENOSPC;
	}
	return 0;
}

/**
 * op25b_policy_del() - remove an entry from a draft
 * @policy: the draft
 * @family: of the prefix
 * @entry: the prefix and its table
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: what op25b_table_del() returns.
 */
int op25b_policy_del(struct op25b_policy *policy, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now,
		     const char **why)
{
	return op25b_table_del(op25b_policy_table(policy, family, entry->table),
			       entry, now, why);
}

/**
 * op25b_policy_flush() - empty one table of a draft, both families
 * @policy: the draft
 * @id: the table
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being given up.
 */
int op25b_policy_flush(struct op25b_policy *policy, enum op25b_table_id id)
{
	int family, err = 0;

	for (family = 0; family < OP25B_FAMILIES && !err; family++)
		err = op25b_table_flush(op25b_policy_table(policy, family, id),
					id);
	return err;
}

/**
 * op25b_policy_expire() - remove entries of a draft whose time has ended
 * @policy: the draft
 * @now: jiffies
 *
 * Where there are many, some are left; op25b_policy_earliest() tells.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being given up.
 */
int op25b_policy_expire(struct op25b_policy *policy, u32 now)
{
	int i, err = 0;

	for (i = 0; i < OP25B_FAMILIES && !err; i++) {
		err = op25b_table_expire(policy->subscribers[i], now);
		if (!err)
			err = op25b_table_expire(policy->relays[i], now);
	}
	return err;
}
