/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Judging: what is decided for a packet, to be compiled into the packet path for
 * each family.
 *
 * Used by hook.c, and by policy.c for whom speed does not matter.
 */
#ifndef _OP25B_JUDGE_H
#define _OP25B_JUDGE_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "lookup.h"
#include "packet.h"
#include "policy.h"

/* The class of an address: a table, or 0 for no subscriber of ours */
static __always_inline u8 class_of(const struct op25b_match *match)
{
	return op25b_match_found(match) ? op25b_match_table(match) : 0;
}

/* For what is asked seldom: hidden ports, and packets from port 25 */
static __always_inline bool is_dynamic(const struct op25b_policy *policy,
				       const enum op25b_family family,
				       const __be32 *addr, u32 now,
				       struct op25b_judgement *judgement)
{
	judgement->match = table_lookup_seldom(policy->subscribers[family],
					       family, addr, now);
	return class_of(&judgement->match) == OP25B_TABLE_DYNAMIC;
}

static __always_inline bool is_relay(const struct op25b_policy *policy,
				     const enum op25b_family family,
				     const __be32 *addr, u32 now,
				     struct op25b_judgement *judgement)
{
	judgement->match = table_lookup_seldom(policy->relays[family], family,
					       addr, now);
	return op25b_match_found(&judgement->match);
}

static __always_inline void pass(struct op25b_judgement *judgement,
				 enum op25b_reason reason)
{
	judgement->verdict = OP25B_VERDICT_PASS;
	judgement->reason = reason;
}

static __always_inline void block(const struct op25b_policy *policy,
				  struct op25b_judgement *judgement,
				  enum op25b_reason reason)
{
	bool monitor = policy->settings.mode == OP25B_MODE_MONITOR ||
		       op25b_match_flags(&judgement->match) &
		       OP25B_ENTRY_MONITOR;

	judgement->verdict = monitor ? OP25B_VERDICT_MONITOR :
				       OP25B_VERDICT_BLOCK;
	judgement->reason = reason;
}

/* To port 25. False if the source is no subscriber, and nothing is decided */
static __always_inline bool judge_outbound(const struct op25b_policy *policy,
					   const enum op25b_family family,
					   const struct op25b_flow *flow,
					   u32 now,
					   struct op25b_judgement *judgement)
{
	judgement->direction = OP25B_DIRECTION_OUTBOUND;
	if (is_relay(policy, family, flow->dst, now, judgement)) {
		pass(judgement, OP25B_REASON_RELAY);
		return true;
	}
	judgement->match = table_lookup(policy->subscribers[family], family,
					flow->src, now);
	switch (class_of(&judgement->match)) {
	case OP25B_TABLE_DYNAMIC:
		block(policy, judgement, OP25B_REASON_DYNAMIC);
		return true;
	case OP25B_TABLE_FIXED:
		pass(judgement, OP25B_REASON_FIXED);
		return true;
	case OP25B_TABLE_DIALUP:
		pass(judgement, OP25B_REASON_DIALUP);
		return true;
	default:
		pass(judgement, OP25B_REASON_OTHER);
		return false;
	}
}

/* Whether the direction from port 25 is closed for this packet */
static __always_inline bool
is_closed_return(const struct op25b_policy *policy,
		 const enum op25b_family family, const struct op25b_flow *flow,
		 u32 now, struct op25b_judgement *judgement)
{
	return policy->settings.close_return &&
	       !is_relay(policy, family, flow->src, now, judgement) &&
	       is_dynamic(policy, family, flow->dst, now, judgement);
}

/* From port 25; a packet to port 25 too may have its reason already */
static __always_inline void judge_return(const struct op25b_policy *policy,
					 const enum op25b_family family,
					 const struct op25b_flow *flow, u32 now,
					 struct op25b_judgement *judgement)
{
	if (is_closed_return(policy, family, flow, now, judgement)) {
		judgement->direction = OP25B_DIRECTION_RETURN;
		block(policy, judgement, OP25B_REASON_RETURN);
		return;
	}
	judgement->match.layer = NULL;
	if (judgement->direction == OP25B_DIRECTION_NONE)
		judgement->direction = OP25B_DIRECTION_RETURN;
}

/* The ports are hidden: only those who are in scope may not hide them */
static __always_inline void judge_hidden(const struct op25b_policy *policy,
					 const enum op25b_family family,
					 const struct op25b_flow *flow, u32 now,
					 struct op25b_judgement *judgement)
{
	if (!is_relay(policy, family, flow->dst, now, judgement) &&
	    is_dynamic(policy, family, flow->src, now, judgement))
		block(policy, judgement, OP25B_REASON_MALFORMED);
	else
		judgement->match.layer = NULL;
}

/* op25b_policy_judge(), best of a family that the compiler knows */
static __always_inline struct op25b_judgement
judge_flow(const struct op25b_policy *policy, const enum op25b_family family,
	   const struct op25b_flow *flow, u32 now)
{
	struct op25b_judgement judgement = {
		.verdict = OP25B_VERDICT_PASS,
		.reason = OP25B_REASON_NONE,
		.direction = OP25B_DIRECTION_NONE,
	};

	if (policy->settings.mode == OP25B_MODE_OFF)
		judgement.reason = OP25B_REASON_OFF;
	else if (flow->hidden)
		judge_hidden(policy, family, flow, now, &judgement);
	else if ((flow->dport != OP25B_PORT ||
		  !judge_outbound(policy, family, flow, now, &judgement)) &&
		 flow->sport == OP25B_PORT)
		judge_return(policy, family, flow, now, &judgement);
	return judgement;
}

#endif /* _OP25B_JUDGE_H */
