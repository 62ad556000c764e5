// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: entries and settings, as a draft or published.
 *
 * The packet path calls op25b_policy_judge() on its slow path, under RCU; on the fast
 * path verdict.h is compiled in. All else is called in process context: drafts are
 * changed by who made them, under the lock of the namespace.
 *
 * Versions share pages with their neighbours in the line of published policies, drafts
 * with their origin; see page.h. A policy frees what these do not have when its last
 * reference goes, in any order, so that an open dump or transaction holds one policy
 * and none of those that came later.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "policy.h"
#include "verdict.h"

#define DEFAULT_REPLY_RATE	1000

static const struct op25b_settings default_settings = {
	.mode = OP25B_MODE_ENFORCE,
	.action = OP25B_ACTION_DROP,
	.close_return = true,
	.reply_rate = DEFAULT_REPLY_RATE,
};

/**
 * op25b_policy_judge() - decide about a TCP packet
 * @policy: the policy
 * @flow: addresses and ports of the packet
 * @now: jiffies
 * @judgement: set to the verdict
 *
 * Context: Any, in the packet path softirq, under rcu_read_lock() or with a reference
 * on @policy. Takes no lock and writes nothing but @judgement.
 */
void op25b_policy_judge(const struct op25b_policy *policy,
			const struct op25b_flow *flow, u32 now,
			struct op25b_judgement *judgement)
{
	*judgement = judge_flow(policy, flow->family, flow, now);
}

/**
 * op25b_judgement_entry() - the entry that decided
 * @policy: the policy
 * @judgement: its verdict, with the word of an entry
 * @flow: the packet it is about
 * @entry: set to the entry
 */
void op25b_judgement_entry(const struct op25b_policy *policy,
			   const struct op25b_judgement *judgement,
			   const struct op25b_flow *flow,
			   struct op25b_entry *entry)
{
	bool of_dst = judgement->reason == OP25B_REASON_RELAY ||
		      judgement->reason == OP25B_REASON_RETURN;

	op25b_lpm_entry(op25b_policy_lpm(policy, flow->family,
					 word_table(judgement->word)),
			of_dst ? flow->dst : flow->src, judgement->word, entry);
}

/**
 * op25b_judgement_relay() - the relay that does not serve the subscriber
 * @policy: the policy
 * @judgement: its verdict
 * @flow: the packet it is about
 * @now: jiffies
 * @entry: set to the entry of the relay
 *
 * Return: whether the verdict would have been another one if that relay had no provider.
 */
bool op25b_judgement_relay(const struct op25b_policy *policy,
			   const struct op25b_judgement *judgement,
			   const struct op25b_flow *flow, u32 now,
			   struct op25b_entry *entry)
{
	const struct op25b_lpm *relays = &policy->lpm[RELAYS(flow->family)];
	const __be32 *addr = judgement->reason == OP25B_REASON_RETURN ? flow->src :
								       flow->dst;
	u32 word;

	if (judgement->verdict == OP25B_VERDICT_PASS)
		return false;
	word = op25b_lpm_lookup(relays, addr, now);
	if (word)
		op25b_lpm_entry(relays, addr, word, entry);
	return word;
}

/**
 * op25b_policy_lpm() - the prefixes of a table
 * @policy: the policy
 * @family: address family
 * @id: the table; all but relay are in one
 */
const struct op25b_lpm *op25b_policy_lpm(const struct op25b_policy *policy,
					 enum op25b_family family,
					 enum op25b_table_id id)
{
	return &policy->lpm[id == OP25B_TABLE_RELAY ? RELAYS(family) : SUBSCRIBERS(family)];
}

static struct op25b_lpm *draft_lpm(struct op25b_policy *draft,
				   enum op25b_family family,
				   enum op25b_table_id id)
{
	return (struct op25b_lpm *)op25b_policy_lpm(draft, family, id);
}

/**
 * op25b_policy_is_active() - see whether a policy can block anything
 * @policy: the policy
 *
 * Return: whether packets have to be judged by it.
 */
bool op25b_policy_is_active(const struct op25b_policy *policy)
{
	return policy->settings.mode != OP25B_MODE_OFF &&
	       (policy->lpm[SUBSCRIBERS(OP25B_IPV4)].count[OP25B_TABLE_DYNAMIC] ||
		policy->lpm[SUBSCRIBERS(OP25B_IPV6)].count[OP25B_TABLE_DYNAMIC]);
}

static bool settings_equal(const struct op25b_settings *a, const struct op25b_settings *b)
{
	return a->mode == b->mode && a->action == b->action &&
	       a->close_return == b->close_return &&
	       a->reply_rate == b->reply_rate;
}

/**
 * op25b_policy_differs() - see whether a draft has to be published
 * @draft: the draft: a clone of @running, or no clone at all
 * @running: the running policy
 *
 * A clone differs if any of its entries was changed, even if changed back. Of others all
 * entries are compared.
 *
 * Return: whether they have different settings or entries.
 */
bool op25b_policy_differs(const struct op25b_policy *draft,
			  const struct op25b_policy *running)
{
	int i;

	if (!settings_equal(&draft->settings, &running->settings))
		return true;
	if (draft->origin)
		return draft->changed;
	for (i = 0; i < OP25B_LPMS; i++)
		if (!op25b_lpm_equal(&draft->lpm[i], &running->lpm[i]))
			return true;
	return false;
}

/**
 * op25b_policy_uses() - see whether a name set is in use
 * @policy: the policy
 * @names: the number of the name set
 *
 * Return: whether there are entries with it.
 */
bool op25b_policy_uses(const struct op25b_policy *policy, u16 names)
{
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		if (op25b_lpm_uses(&policy->lpm[i], names))
			return true;
	return false;
}

/**
 * op25b_policy_bytes() - memory of a policy
 * @policy: the policy
 *
 * Return: bytes, those shared with other policies included.
 */
size_t op25b_policy_bytes(const struct op25b_policy *policy)
{
	size_t bytes = sizeof(*policy);
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		bytes += op25b_lpm_bytes(&policy->lpm[i]);
	return bytes;
}

/**
 * op25b_policy_is_timed() - see whether any entry has a timeout
 * @policy: the policy
 *
 * Return: whether one has.
 */
bool op25b_policy_is_timed(const struct op25b_policy *policy)
{
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		if (op25b_lpm_is_timed(&policy->lpm[i]))
			return true;
	return false;
}

/* Protects @older, @newer and the last reference of all policies */
static DEFINE_SPINLOCK(neighbours_lock);

static void free_policy(struct op25b_policy *policy,
			const struct op25b_policy *older,
			const struct op25b_policy *newer)
{
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		op25b_lpm_free(&policy->lpm[i], older ? &older->lpm[i] : NULL,
			       newer ? &newer->lpm[i] : NULL);
	kfree(policy);
}

static struct op25b_policy *new_policy(const struct op25b_settings *settings,
				       const struct op25b_names *names)
{
	struct op25b_policy *policy;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	refcount_set(&policy->refs, 1);
	policy->settings = *settings;
	policy->names = names;
	return policy;
}

/**
 * op25b_policy_create() - make an empty draft with the default settings
 * @names: the name sets of its entries; have to stay as long as the policy
 *
 * Return: the draft, with one reference, or NULL without memory.
 */
struct op25b_policy *op25b_policy_create(const struct op25b_names *names)
{
	struct op25b_policy *policy = new_policy(&default_settings, names);
	int i;

	for (i = 0; policy && i < OP25B_LPMS; i++)
		op25b_lpm_init(&policy->lpm[i], i / 2);
	return policy;
}

/**
 * op25b_policy_clone() - make a draft that starts as a copy
 * @origin: a published policy; the draft holds a reference on it
 *
 * Return: the draft, with one reference, or NULL without memory.
 */
struct op25b_policy *op25b_policy_clone(struct op25b_policy *origin)
{
	struct op25b_policy *policy = new_policy(&origin->settings, origin->names);
	int i;

	if (!policy)
		return NULL;
	policy->origin = op25b_policy_get(origin);
	for (i = 0; i < OP25B_LPMS; i++)
		op25b_lpm_clone(&policy->lpm[i], &origin->lpm[i]);
	return policy;
}

/**
 * op25b_policy_link() - link a draft behind the running policy
 * @policy: the policy that is published
 * @next: the draft that is about to be published instead: a clone of @policy or no
 *	clone at all
 */
void op25b_policy_link(struct op25b_policy *policy, struct op25b_policy *next)
{
	struct op25b_policy *origin = next->origin;

	spin_lock(&neighbours_lock);
	next->origin = NULL;
	next->older = policy;
	policy->newer = next;
	spin_unlock(&neighbours_lock);
	op25b_policy_put(origin);
}

/**
 * op25b_policy_is_only() - see whether a running policy is the only one
 * @policy: the running policy; the lock of the namespace is held
 *
 * Return: whether there is no snapshot, no clone, and no earlier policy, not even one
 * that packets may still be judged by. Drafts that are no clones may exist.
 */
bool op25b_policy_is_only(const struct op25b_policy *policy)
{
	bool only;

	spin_lock(&neighbours_lock);
	only = !policy->older && refcount_read(&policy->refs) == 1;
	spin_unlock(&neighbours_lock);
	return only;
}

/**
 * op25b_policy_get() - take a reference
 * @policy: the policy, on which the caller has one already
 *
 * Return: @policy.
 */
struct op25b_policy *op25b_policy_get(struct op25b_policy *policy)
{
	refcount_inc(&policy->refs);
	return policy;
}

/* Gives up a reference; the last one puts the policy on a list of those to be freed */
static void drop(struct op25b_policy *policy, struct op25b_policy **unused)
{
	if (!policy)
		return;
	spin_lock(&neighbours_lock);
	if (refcount_dec_and_test(&policy->refs)) {
		/* its neighbours have to stay until it is free */
		if (policy->older)
			op25b_policy_get(policy->older)->newer = policy->newer;
		if (policy->newer)
			op25b_policy_get(policy->newer)->older = policy->older;
		policy->next_unused = *unused;
		*unused = policy;
	}
	spin_unlock(&neighbours_lock);
}

/**
 * op25b_policy_put() - give up a reference
 * @policy: the policy, or NULL; the last reference frees it
 *
 * Context: Process context, may sleep.
 */
void op25b_policy_put(struct op25b_policy *policy)
{
	struct op25b_policy *unused = NULL;

	drop(policy, &unused);
	while ((policy = unused)) {
		struct op25b_policy *origin = policy->origin;
		struct op25b_policy *older = policy->older;
		struct op25b_policy *newer = policy->newer;

		unused = policy->next_unused;
		free_policy(policy, origin ?: older, newer);
		drop(origin, &unused);
		drop(older, &unused);
		drop(newer, &unused);
	}
}

static u32 count_all(const struct op25b_policy *policy)
{
	u32 sum = 0;
	int i, j;

	for (i = 0; i < OP25B_LPMS; i++)
		for (j = 0; j < LPM_EXPIRY; j++)
			sum += policy->lpm[i].hash[j].count;
	return sum;
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
 * Return: 0, an error of op25b_lpm_add(), or -ENOSPC over the ceiling. After -ENOMEM
 * and -ENOSPC the draft can only be dropped.
 */
int op25b_policy_add(struct op25b_policy *draft, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now, u32 ceiling,
		     const char **why)
{
	u32 before = count_all(draft), after;
	int changed;

	changed = op25b_lpm_add(draft_lpm(draft, family, entry->table), entry, now, why);
	if (changed <= 0)
		return changed;
	draft->changed = true;
	after = count_all(draft);
	if (after > before && after > ceiling) {
		*why = "too many prefixes: see the module parameter max_prefixes";
		return -ENOSPC;
	}
	return 0;
}

/**
 * op25b_policy_del() - remove an entry from a draft
 * @draft: the draft
 * @family: address family
 * @entry: the prefix and its table
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: 0 or an error of op25b_lpm_del().
 */
int op25b_policy_del(struct op25b_policy *draft, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now,
		     const char **why)
{
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
