// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: entries and settings, as a draft or published.
 *
 * The packet path calls op25b_policy_judge() on its slow path, under RCU; on the fast
 * path verdict.h is compiled in. All else is called in process context.
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
 * op25b_policy_bytes_beside() - memory that a policy does not share with another one
 * @policy: the policy
 * @other: the other policy, of the same namespace
 *
 * Return: bytes.
 */
size_t op25b_policy_bytes_beside(const struct op25b_policy *policy,
				 const struct op25b_policy *other)
{
	size_t bytes = sizeof(*policy);
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		bytes += op25b_lpm_bytes_beside(&policy->lpm[i], &other->lpm[i]);
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
				       struct op25b_names *names)
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
struct op25b_policy *op25b_policy_create(struct op25b_names *names)
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
 * op25b_policy_is_only() - see whether nothing but known policies is left
 * @policy: the running policy; the lock of the namespace is held
 * @kept: earlier policies that are kept, each with a reference; some may be NULL
 * @nr: how many
 *
 * Return: whether there is no snapshot, no clone, and no other earlier policy, and packets
 * are judged by none of these any more. Drafts that are no clones may exist.
 */
bool op25b_policy_is_only(const struct op25b_policy *policy,
			  struct op25b_policy *const kept[], unsigned int nr)
{
	const struct op25b_policy *older;
	bool only;

	spin_lock(&neighbours_lock);
	only = refcount_read(&policy->refs) == 1;
	for (older = policy->older; older && only; older = older->older) {
		unsigned int i, refs = 0;

		for (i = 0; i < nr; i++)
			refs += kept[i] == older;
		only = refs && refcount_read(&older->refs) == refs;
	}
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
		drop(policy->displaced, &unused);
		free_policy(policy, origin ?: older, newer);
		drop(origin, &unused);
		drop(older, &unused);
		drop(newer, &unused);
	}
}

/**
 * op25b_policy_count() - count all entries, expired ones included
 * @policy: the policy
 */
u32 op25b_policy_count(const struct op25b_policy *policy)
{
	u32 sum = 0;
	int i, j;

	for (i = 0; i < OP25B_LPMS; i++)
		for (j = 0; j < LPM_EXPIRY; j++)
			sum += policy->lpm[i].hash[j].count;
	return sum;
}

/**
 * op25b_policy_group_count() - count the entries of a group of owners, likewise
 * @policy: the policy
 * @group: see op25b_names_group()
 */
u32 op25b_policy_group_count(const struct op25b_policy *policy, u8 group)
{
	u32 sum = 0;
	int i;

	for (i = 0; i < OP25B_LPMS; i++)
		sum += policy->lpm[i].groups[group];
	return sum;
}
