/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verdict on a packet, compiled into the packet path for each family.
 *
 * Used by hook.c, and by policy.c for the slow path; see the verdict table in
 * docs/design.md, whose lines are numbered here.
 */
#ifndef _OP25B_VERDICT_H
#define _OP25B_VERDICT_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "lpm.h"
#include "names.h"
#include "packet.h"
#include "policy.h"

/* Inlined where it is searched first, and so for each packet to port 25 */
static __always_inline u32 find_relay(const struct op25b_policy *policy,
				      const enum op25b_family family,
				      const __be32 *addr, u32 now)
{
	return lpm_lookup(&policy->lpm[RELAYS(family)], family, addr, now);
}

/* Not inlined: for hidden ports, and packets from port 25 */
static __always_inline u32 find_dynamic(const struct op25b_policy *policy,
					const enum op25b_family family,
					const __be32 *addr, u32 now)
{
	u32 word = op25b_lpm_lookup(&policy->lpm[SUBSCRIBERS(family)], addr, now);

	return word_table(word) == OP25B_TABLE_DYNAMIC ? word : 0;
}

static __always_inline struct op25b_judgement
pass(u8 reason, u8 direction, u32 word)
{
	return (struct op25b_judgement){
		.verdict = OP25B_VERDICT_PASS,
		.reason = reason,
		.direction = direction,
		.word = word,
	};
}

static __always_inline struct op25b_judgement
block(const struct op25b_policy *policy, u8 reason, u8 direction, u32 word)
{
	bool monitor = policy->settings.mode == OP25B_MODE_MONITOR ||
		       word & ENTRY_MONITOR;

	return (struct op25b_judgement){
		.verdict = monitor ? OP25B_VERDICT_MONITOR :
				     OP25B_VERDICT_BLOCK,
		.reason = reason,
		.direction = direction,
		.word = word,
	};
}

/* Whether a relay with a provider serves a subscriber, both words of entries or 0 */
static inline bool serves(const struct op25b_policy *policy, u32 relay, u32 subscriber)
{
	return op25b_names_same(policy->names, OP25B_NAME_PROVIDER,
				FIELD_GET(ENTRY_NAMES, relay),
				FIELD_GET(ENTRY_NAMES, subscriber));
}

/* To port 25 of no relay that serves the source: lines 4 to 7 by the source's entry */
static __always_inline struct op25b_judgement
judge_source(const struct op25b_policy *policy, u32 word)
{
	switch (word_table(word)) {
	case OP25B_TABLE_DYNAMIC:
		return block(policy, OP25B_REASON_DYNAMIC, OP25B_DIRECTION_OUTBOUND, word);
	case OP25B_TABLE_FIXED:
		return pass(OP25B_REASON_FIXED, OP25B_DIRECTION_OUTBOUND, word);
	case OP25B_TABLE_DIALUP:
		return pass(OP25B_REASON_DIALUP, OP25B_DIRECTION_OUTBOUND, word);
	default:
		return pass(OP25B_REASON_OTHER, OP25B_DIRECTION_OUTBOUND, 0);
	}
}

/* To port 25 of a relay with a provider; not inlined, so that others do not pay for it */
static noinline struct op25b_judgement
judge_restricted(const struct op25b_policy *policy, const struct op25b_flow *flow, u32 now,
		 u32 relay)
{
	u32 word = op25b_lpm_lookup(&policy->lpm[SUBSCRIBERS(flow->family)], flow->src, now);

	return serves(policy, relay, word) ?
	       pass(OP25B_REASON_RELAY, OP25B_DIRECTION_OUTBOUND, relay) :
	       judge_source(policy, word);
}

/* To port 25: lines 3 to 7 */
static __always_inline struct op25b_judgement
judge_outbound(const struct op25b_policy *policy,
	       const enum op25b_family family, const struct op25b_flow *flow,
	       u32 now)
{
	u32 relay = find_relay(policy, family, flow->dst, now);

	if (unlikely(relay & ENTRY_RESTRICTED))
		return judge_restricted(policy, flow, now, relay);
	if (relay)
		return pass(OP25B_REASON_RELAY, OP25B_DIRECTION_OUTBOUND, relay);
	return judge_source(policy, lpm_lookup(&policy->lpm[SUBSCRIBERS(family)], family,
					       flow->src, now));
}

/* The entry of table dynamic that an address has, unless the relay serves it; not inlined */
static noinline u32 find_unserved(const struct op25b_policy *policy,
				  enum op25b_family family, const __be32 *addr, u32 now,
				  u32 relay)
{
	u32 word = find_dynamic(policy, family, addr, now);

	return serves(policy, relay, word) ? 0 : word;
}

/* From port 25: line 8; returns the word of the entry that decides, or 0 */
static __always_inline u32 find_return(const struct op25b_policy *policy,
				       const enum op25b_family family,
				       const struct op25b_flow *flow, u32 now)
{
	u32 relay;

	if (!policy->settings.close_return)
		return 0;
	relay = op25b_lpm_lookup(&policy->lpm[RELAYS(family)], flow->src, now);
	if (!relay)
		return find_dynamic(policy, family, flow->dst, now);
	return unlikely(relay & ENTRY_RESTRICTED) ?
	       find_unserved(policy, flow->family, flow->dst, now, relay) : 0;
}

/* Hidden ports: only subscribers in scope may not hide them */
static __always_inline struct op25b_judgement
judge_hidden(const struct op25b_policy *policy, const enum op25b_family family,
	     const struct op25b_flow *flow, u32 now)
{
	u32 relay = op25b_lpm_lookup(&policy->lpm[RELAYS(family)], flow->dst, now);
	u32 word = 0;

	if (!relay)
		word = find_dynamic(policy, family, flow->src, now);
	else if (relay & ENTRY_RESTRICTED)
		word = find_unserved(policy, family, flow->src, now, relay);
	return word ? block(policy, OP25B_REASON_MALFORMED,
			    OP25B_DIRECTION_NONE, word) :
		      pass(OP25B_REASON_NONE, OP25B_DIRECTION_NONE, 0);
}

/* op25b_policy_judge(); @family is best a constant */
static __always_inline struct op25b_judgement
judge_flow(const struct op25b_policy *policy, const enum op25b_family family,
	   const struct op25b_flow *flow, u32 now)
{
	struct op25b_judgement judgement = pass(OP25B_REASON_NONE, OP25B_DIRECTION_NONE, 0);
	u32 word;

	if (policy->settings.mode == OP25B_MODE_OFF)
		return pass(OP25B_REASON_OFF, OP25B_DIRECTION_NONE, 0);
	if (flow->hidden)
		return judge_hidden(policy, family, flow, now);
	if (flow->dport == OP25B_PORT) {
		judgement = judge_outbound(policy, family, flow, now);
		if (judgement.reason != OP25B_REASON_OTHER)
			return judgement;
	}
	if (flow->sport != OP25B_PORT)
		return judgement;
	word = find_return(policy, family, flow, now);
	if (word)
		return block(policy, OP25B_REASON_RETURN, OP25B_DIRECTION_RETURN, word);
	if (judgement.direction == OP25B_DIRECTION_NONE)
		judgement.direction = OP25B_DIRECTION_RETURN;
	return judgement;
}

#endif /* _OP25B_VERDICT_H */
