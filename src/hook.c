// SPDX-License-Identifier: GPL-2.0
/*
 * The FORWARD hooks: packet in, verdict out, action.
 *
 * Called by netfilter under RCU, in softirq context or, after NFQUEUE, in process
 * context. The hook reads the packet and the running policy, and writes counters of its
 * CPU and, for each reply to a blocked packet, one shared word. It never allocates,
 * sleeps, takes a lock or logs.
 */
#include <linux/icmpv6.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "hook.h"
#include "limit.h"
#include "packet.h"
#include "policy.h"
#include "verdict.h"

/* TCP header, RFC 9293 section 3.1: minimum length, offset of the flags, RST */
#define TCP_HEADER_BYTES	20
#define TCP_FLAGS_OFFSET	13
#define TCP_FLAG_RESET		0x04

static __always_inline void count(const struct op25b_net *state,
				  const struct op25b_judgement *judgement,
				  unsigned int bytes)
{
	u16 names;

	/* all others have a counter, see op25b_stats_has() */
	if (judgement->reason == OP25B_REASON_NONE || judgement->reason == OP25B_REASON_OFF)
		return;
	op25b_stats_count(state->stats, judgement->reason, judgement->verdict, bytes);
	if (judgement->verdict == OP25B_VERDICT_PASS)
		return;
	names = FIELD_GET(ENTRY_NAMES, judgement->word);
	if (names)
		op25b_names_count(state->names, names, judgement->verdict, bytes);
}

/* Writes nothing when the bucket is empty: a flood does not contend for the line */
static bool may_reply(struct op25b_net *state, u32 rate)
{
	s64 now = ktime_get_ns(), time = atomic64_read(&state->reply_time), next;

	do {
		next = op25b_limit(time, now, rate);
		if (!next)
			return false;
	} while (!atomic64_try_cmpxchg(&state->reply_time, &time, next));
	return true;
}

/*
 * Packets that the kernel would not answer take no token of the rate limit, except those
 * with a wrong checksum, and fragments: the checksum would cost more than the token.
 */

/* A reset answers a complete TCP header, but not another reset */
static bool can_reset(const struct sk_buff *skb, const struct op25b_flow *flow)
{
	u8 buffer;
	const u8 *flags;

	if (flow->hidden || skb->len < flow->offset + TCP_HEADER_BYTES)
		return false;
	if (flow->family == OP25B_IPV4 &&
	    (ip_hdr(skb)->protocol != IPPROTO_TCP ||
	     ip_is_fragment(ip_hdr(skb))))
		return false;
	flags = skb_header_pointer(skb, flow->offset + TCP_FLAGS_OFFSET,
				   sizeof(buffer), &buffer);
	return flags && !(*flags & TCP_FLAG_RESET);
}

/* ICMP answers only first fragments: RFC 1122 section 3.2.2 */
static bool can_send_icmp(const struct sk_buff *skb, const struct op25b_flow *flow)
{
	return flow->family != OP25B_IPV4 || !(ip_hdr(skb)->frag_off & htons(IP_OFFSET));
}

static bool can_reply(u8 action, const struct sk_buff *skb, const struct op25b_flow *flow)
{
	switch (action) {
	case OP25B_ACTION_RESET:
		return can_reset(skb, flow);
	case OP25B_ACTION_UNREACHABLE:
		return can_send_icmp(skb, flow);
	default:
		return false;
	}
}

static void send_reset(struct op25b_net *state, struct sk_buff *skb,
		       const struct nf_hook_state *hook)
{
	if (hook->pf == NFPROTO_IPV4)
		nf_send_reset(state->net, hook->sk, skb, hook->hook);
	else
		nf_send_reset6(state->net, hook->sk, skb, hook->hook);
}

static void send_unreachable(struct op25b_net *state, struct sk_buff *skb,
			     const struct nf_hook_state *hook)
{
	if (hook->pf == NFPROTO_IPV4)
		nf_send_unreach(skb, ICMP_PKT_FILTERED, hook->hook);
	else
		nf_send_unreach6(state->net, skb, ICMPV6_ADM_PROHIBITED, hook->hook);
}

/* Reads the packet again, so that packets without a reply do not pay for it */
static noinline void reply(struct op25b_net *state,
			   const struct op25b_settings *settings,
			   struct sk_buff *skb,
			   const struct nf_hook_state *hook)
{
	struct op25b_flow flow;

	if (!op25b_packet_read(skb, hook->pf == NFPROTO_IPV4 ?
			       OP25B_IPV4 : OP25B_IPV6, &flow) ||
	    !can_reply(settings->action, skb, &flow))
		return;
	if (!may_reply(state, settings->reply_rate))
		op25b_stats_count_suppressed(state->stats);
	else if (settings->action == OP25B_ACTION_RESET)
		send_reset(state, skb, hook);
	else
		send_unreachable(state, skb, hook);
}

static __always_inline unsigned int act(struct op25b_net *state,
					const struct op25b_policy *policy,
					const struct op25b_judgement *judgement,
					struct sk_buff *skb,
					const struct nf_hook_state *hook)
{
	bool blocked = judgement->verdict == OP25B_VERDICT_BLOCK;

	/* after NFQUEUE the hook runs in process context */
	local_bh_disable();
	count(state, judgement, skb->len);
	if (blocked && policy->settings.action != OP25B_ACTION_DROP)
		reply(state, &policy->settings, skb, hook);
	local_bh_enable();
	return blocked ? NF_DROP : NF_ACCEPT;
}

/* Slow path: the fast path could not classify the packet */
static noinline unsigned int judge_slow(struct op25b_net *state,
					const enum op25b_family family,
					struct sk_buff *skb,
					const struct nf_hook_state *hook)
{
	const struct op25b_policy *policy;
	struct op25b_judgement judgement;
	struct op25b_flow flow;

	if (!op25b_packet_read(skb, family, &flow))
		return NF_ACCEPT;
	policy = rcu_dereference(state->policy);
	op25b_policy_judge(policy, &flow, jiffies, &judgement);
	return act(state, policy, &judgement, skb, hook);
}

/*
 * Each structure has an initializer: kernels with CONFIG_INIT_STACK_ALL_ZERO zero others
 * in memory, and then they do not stay in registers.
 */
static __always_inline unsigned int judge_fast(struct op25b_net *state,
					       const enum op25b_family family,
					       const __be16 *ports,
					       struct sk_buff *skb,
					       const struct nf_hook_state *hook)
{
	const struct op25b_policy *policy = rcu_dereference(state->policy);
	const struct op25b_flow flow = op25b_packet_flow(skb, family, ports);
	const struct op25b_judgement judgement = judge_flow(policy, family, &flow, jiffies);

	return act(state, policy, &judgement, skb, hook);
}

/* Not inlined into the hooks, which so need no stack frame for most packets */

static noinline unsigned int judge_ipv4(struct op25b_net *state,
					struct sk_buff *skb,
					const struct nf_hook_state *hook,
					const __be16 *ports)
{
	return judge_fast(state, OP25B_IPV4, ports, skb, hook);
}

static noinline unsigned int judge_ipv6(struct op25b_net *state,
					struct sk_buff *skb,
					const struct nf_hook_state *hook,
					const __be16 *ports)
{
	return judge_fast(state, OP25B_IPV6, ports, skb, hook);
}

static __always_inline unsigned int forward(struct op25b_net *state,
					    const enum op25b_family family,
					    struct sk_buff *skb,
					    const struct nf_hook_state *hook)
{
	const __be16 *ports;

	switch (op25b_packet_classify(skb, family, &ports)) {
	case OP25B_PACKET_OTHER:
		return NF_ACCEPT;
	case OP25B_PACKET_PORT25:
		return family == OP25B_IPV4 ?
		       judge_ipv4(state, skb, hook, ports) :
		       judge_ipv6(state, skb, hook, ports);
	case OP25B_PACKET_UNCLEAR:
		break;
	}
	return judge_slow(state, family, skb, hook);
}

static unsigned int forward_ipv4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *hook)
{
	return forward(priv, OP25B_IPV4, skb, hook);
}

static unsigned int forward_ipv6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *hook)
{
	return forward(priv, OP25B_IPV6, skb, hook);
}

static const struct nf_hook_ops hooks[OP25B_FAMILIES] = {
	[OP25B_IPV4] = {
		.hook = forward_ipv4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP_PRI_FILTER - 1,
	},
	[OP25B_IPV6] = {
		.hook = forward_ipv6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP6_PRI_FILTER - 1,
	},
};

/**
 * op25b_hooks_register() - register the hooks
 * @state: of the namespace, locked
 *
 * Does nothing if they are registered already.
 *
 * Return: 0 or an error.
 */
int op25b_hooks_register(struct op25b_net *state)
{
	int i, err;

	if (state->hooked)
		return 0;
	for (i = 0; i < OP25B_FAMILIES; i++) {
		state->hooks[i] = hooks[i];
		state->hooks[i].priv = state;
	}
	err = nf_register_net_hooks(state->net, state->hooks, OP25B_FAMILIES);
	state->hooked = !err;
	return err;
}

/**
 * op25b_hooks_unregister() - unregister the hooks
 * @state: of the namespace, locked
 *
 * Packets may be in the hooks until the next grace period has ended. Does nothing if
 * they are not registered.
 */
void op25b_hooks_unregister(struct op25b_net *state)
{
	if (!state->hooked)
		return;
	nf_unregister_net_hooks(state->net, state->hooks, OP25B_FAMILIES);
	state->hooked = false;
}
