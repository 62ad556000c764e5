/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies: what is decided for a packet, and how the next policy is made.
 *
 * A policy is either a draft, which one writer changes, or published, which
 * nobody changes. Readers in the packet path hold it by RCU, everybody else by
 * a reference.
 */
#ifndef _OP25B_POLICY_H
#define _OP25B_POLICY_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "packet.h"
#include "table.h"

/**
 * struct op25b_settings - what a policy holds beside its entries
 * @reply_rate: most replies to blocked packets, a second
 * @mode: &enum op25b_mode
 * @action: &enum op25b_action
 * @close_return: whether the return direction is closed too
 */
struct op25b_settings {
	u32 reply_rate;
	u8 mode;
	u8 action;
	bool close_return;
};

/**
 * struct op25b_policy - one policy
 * @subscribers: entries of dynamic, fixed and dialup, by family
 * @relays: entries of relay, by family
 * @settings: the settings
 * @generation: number of the commit that published it
 * @origin: of a draft the policy that it is a clone of, on which it holds a
 *	reference; NULL if of none
 * @elder: the policy published before it, of those that are left
 * @heir: the policy published after it, of those that are left
 * @refs: references
 * @release: for release.c, once it has been replaced
 * @next_dead: for op25b_policy_put(), once there are no references
 */
struct op25b_policy {
	struct op25b_table *subscribers[OP25B_FAMILIES];
	struct op25b_table *relays[OP25B_FAMILIES];
	struct op25b_settings settings;
	u64 generation;
	struct op25b_policy *origin;
	struct op25b_policy *elder;
	struct op25b_policy *heir;
	refcount_t refs;
	struct list_head release;
	struct op25b_policy *next_dead;
};

/**
 * struct op25b_judgement - what is decided for a packet, and why
 * @verdict: &enum op25b_verdict
 * @reason: &enum op25b_reason
 * @direction: &enum op25b_direction
 * @match: the entry that decided, if one did, in the policy
 */
struct op25b_judgement {
	u8 verdict;
	u8 reason;
	u8 direction;
	struct op25b_match match;
};

struct op25b_policy *op25b_policy_create(void);
struct op25b_policy *op25b_policy_clone(struct op25b_policy *origin);
void op25b_policy_succeed(struct op25b_policy *policy,
			  struct op25b_policy *next);
bool op25b_policy_alone(const struct op25b_policy *policy);
struct op25b_policy *op25b_policy_get(struct op25b_policy *policy);
void op25b_policy_put(struct op25b_policy *policy);

void op25b_policy_judge(const struct op25b_policy *policy,
			const struct op25b_flow *flow, u32 now,
			struct op25b_judgement *judgement);
void op25b_judgement_entry(const struct op25b_judgement *judgement,
			   const struct op25b_flow *flow,
			   struct op25b_entry *entry);
bool op25b_policy_active(const struct op25b_policy *policy);
bool op25b_policy_equal(const struct op25b_policy *a,
			const struct op25b_policy *b);
u32 op25b_policy_count(const struct op25b_policy *policy,
		       enum op25b_table_id id, enum op25b_family family);
bool op25b_policy_uses(const struct op25b_policy *policy, u16 label);
size_t op25b_policy_bytes(const struct op25b_policy *policy);
bool op25b_policy_earliest(const struct op25b_policy *policy, u32 now,
			   u32 *expires);
struct op25b_table *op25b_policy_table(const struct op25b_policy *policy,
				       enum op25b_family family,
				       enum op25b_table_id id);

void op25b_policy_settle(struct op25b_policy *policy, u32 now);

int op25b_policy_add(struct op25b_policy *policy, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now, u32 ceiling,
		     const char **why);
int op25b_policy_del(struct op25b_policy *policy, enum op25b_family family,
		     const struct op25b_entry *entry, u32 now,
		     const char **why);
int op25b_policy_flush(struct op25b_policy *policy, enum op25b_table_id id);
int op25b_policy_expire(struct op25b_policy *policy, u32 now);

#endif /* _OP25B_POLICY_H */
