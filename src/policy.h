/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies: entries and settings, as a draft or published.
 *
 * A draft is changed by one writer; a published policy never changes. The packet path
 * holds the published policy by RCU, everybody else by a reference.
 */
#ifndef _OP25B_POLICY_H
#define _OP25B_POLICY_H

#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "lpm.h"
#include "names.h"
#include "packet.h"

/* Most entries that op25b_policy_expire() removes: up to 0.1 s of work */
#define OP25B_EXPIRE_MAX	4096

/* Indices of prefixes in a policy */
#define SUBSCRIBERS(family)	(2 * (family))
#define RELAYS(family)		(2 * (family) + 1)
#define OP25B_LPMS		(2 * OP25B_FAMILIES)

/**
 * struct op25b_settings - the settings of a policy
 * @reply_rate: replies to blocked packets a second, at most
 * @mode: &enum op25b_mode
 * @action: &enum op25b_action
 * @close_return: whether the return direction is closed, too
 */
struct op25b_settings {
	u32 reply_rate;
	u8 mode;
	u8 action;
	bool close_return;
};

/**
 * struct op25b_policy - one policy
 * @lpm: prefixes: at SUBSCRIBERS() of dynamic, fixed and dialup, at RELAYS() of relay
 * @settings: the settings
 * @names: the name sets of its entries
 * @generation: number of the commit that published it
 * @changed: of a draft: an entry differs from those of @origin
 * @origin: of a draft: the policy it is a clone of, with a reference; NULL if none
 * @displaced: of a draft: entries of others whose prefixes operator has, see
 *	op25b_policy_displace(); NULL if none
 * @older: of those that are left, the policy published before it
 * @newer: of those that are left, the policy published after it
 * @refs: references
 * @reclaim: for reclaim.c, once it has been replaced or dropped
 * @next_unused: for op25b_policy_put(), once there are no references
 */
struct op25b_policy {
	struct op25b_lpm lpm[OP25B_LPMS];
	struct op25b_settings settings;
	struct op25b_names *names;
	u64 generation;
	bool changed;
	struct op25b_policy *origin;
	struct op25b_policy *displaced;
	struct op25b_policy *older;
	struct op25b_policy *newer;
	refcount_t refs;
	struct rcu_work reclaim;
	struct op25b_policy *next_unused;
};

/**
 * struct op25b_judgement - the verdict on a packet, and why
 * @verdict: &enum op25b_verdict
 * @reason: &enum op25b_reason
 * @direction: &enum op25b_direction
 * @word: of the entry that decided, 0 if none did
 */
struct op25b_judgement {
	u8 verdict;
	u8 reason;
	u8 direction;
	u32 word;
};

extern const char op25b_too_many_prefixes[];

struct op25b_policy *op25b_policy_create(struct op25b_names *names);
struct op25b_policy *op25b_policy_clone(struct op25b_policy *origin);
void op25b_policy_link(struct op25b_policy *policy, struct op25b_policy *next);
bool op25b_policy_is_only(const struct op25b_policy *policy,
			  struct op25b_policy *const kept[], unsigned int nr);
struct op25b_policy *op25b_policy_get(struct op25b_policy *policy);
void op25b_policy_put(struct op25b_policy *policy);

void op25b_policy_judge(const struct op25b_policy *policy,
			const struct op25b_flow *flow, u32 now,
			struct op25b_judgement *judgement);
void op25b_judgement_entry(const struct op25b_policy *policy,
			   const struct op25b_judgement *judgement,
			   const struct op25b_flow *flow,
			   struct op25b_entry *entry);
bool op25b_judgement_relay(const struct op25b_policy *policy,
			   const struct op25b_judgement *judgement,
			   const struct op25b_flow *flow, u32 now,
			   struct op25b_entry *entry);
u32 op25b_policy_count(const struct op25b_policy *policy);
u32 op25b_policy_group_count(const struct op25b_policy *policy, u8 group);
bool op25b_policy_is_active(const struct op25b_policy *policy);
bool op25b_policy_differs(const struct op25b_policy *draft,
			  const struct op25b_policy *running);
bool op25b_policy_uses(const struct op25b_policy *policy, u16 names);
size_t op25b_policy_bytes(const struct op25b_policy *policy);
size_t op25b_policy_bytes_beside(const struct op25b_policy *policy,
				 const struct op25b_policy *other);
bool op25b_policy_is_timed(const struct op25b_policy *policy);
const struct op25b_lpm *op25b_policy_lpm(const struct op25b_policy *policy,
					 enum op25b_family family,
					 enum op25b_table_id id);

int op25b_policy_may_add(const struct op25b_policy *policy, enum op25b_family family,
			 const struct op25b_entry *entry, u32 now, const char **why);
int op25b_policy_displace(struct op25b_policy *draft, enum op25b_family family,
			  const struct op25b_entry *entry, u32 now, const char **why);
int op25b_policy_skip(struct op25b_policy *draft, enum op25b_family family,
		      const struct op25b_entry *entry, u32 now, const char **why);
int op25b_policy_add(struct op25b_policy *draft, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now, u32 ceiling,
		     const char **why);
int op25b_policy_del(struct op25b_policy *draft, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now,
		     const char **why);
int op25b_policy_flush(struct op25b_policy *draft, enum op25b_table_id id, u32 now);
int op25b_policy_flush_owned(struct op25b_policy *draft, enum op25b_table_id id,
			     u16 owner, u32 now);
bool op25b_policy_is_due(const struct op25b_policy *policy, u32 now, u32 age);
int op25b_policy_expire(struct op25b_policy *draft, u32 now, u32 age);

#endif /* _OP25B_POLICY_H */
