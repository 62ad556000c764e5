// SPDX-License-Identifier: GPL-2.0
/*
 * The FORWARD hooks: packet in, verdict out, action.
 *
 * In softirq context, under RCU. The hook reads the packet, the running policy
 * and nothing else that changes; it writes counters of its own CPU, and for
 * each reply to a blocked packet, so at a limited rate, one shared word. It
 * never allocates, sleeps, takes a lock or logs.
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

/* Of a TCP header, RFC 9293: its least length, its flags, the one for reset */
#define TCP_HEADER_BYTES	20
#define TCP_FLAGS_OFFSET	13
#define TCP_FLAG_RESET		0x04

static __always_inline void count(const struct op25b_net *state,
				  const struct op25b_judgement *judgement,
				  unsigned int bytes)
{
	u16 label;

	/* what else is decided has a counter, see op25b_stats_has() */
	if (judgement->reason == OP25B_REASON_NONE ||
	    judgement->reason == OP25B_REASON_OFF)
		return;
	op25b_stats_count(state->stats, judgement->reason, judgement->verdict,
			  bytes);
	if (judgement->verdict == OP25B_VERDICT_PASS)
		return;
	label = word_label(judgement->word);
	if (label)
		op25b_label_count(state->labels, label, judgement->verdict,
				  bytes);
}

/* When the bucket is empty nothing is written: a flood does not share a cache line */
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
 * What the kernel would not answer shall not cost a reply of the limit. A wrong
 * checksum, which a fragment has too, does: to find it out costs more.
 */

/* A reset answers a whole TCP header, but never that of another reset */
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

/* ICMP answers no fragment but the first: RFC 1122 section 3.2.2 */
static bool can_send_icmp(const struct sk_buff *skb,
			  const struct op25b_flow *flow)
{
	return flow->family != OP25B_IPV4 ||
	       !(ip_hdr(skb)->frag_off & htons(IP_OFFSET));
}

static bool can_reply(u8 action, const struct sk_buff *skb,
		      const struct op25b_flow *flow)
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
		nf_send_unreach6(state->net, skb, ICMPV6_ADM_PROHIBITED,
				 hook->hook);
}

/* Reads the packet again: it is not on the way of those that need no reply */
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

/* A packet of which it takes more to see what it is */
static noinline unsigned int judge_closely(struct op25b_net *state,
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
 * Each structure has an initializer: others are zeroed in memory by many kernels,
 * and then what is decided does not stay in registers.
 */
static __always_inline unsigned int judge_plain(struct op25b_net *state,
						const enum op25b_family family,
						const __be16 *ports,
						struct sk_buff *skb,
						const struct nf_hook_state *hook)
{
	const struct op25b_policy *policy = rcu_dereference(state->policy);
	const struct op25b_flow flow = op25b_packet_plain(skb, family, ports);
	const struct op25b_judgement judgement =
		judge_flow(policy, family, &flow, jiffies);

	return act(state, policy, &judgement, skb, hook);
}

/* Apart from the hooks, which need no stack for most packets */

static noinline unsigned int judge_ipv4(struct op25b_net *state,
					struct sk_buff *skb,
					const struct nf_hook_state *hook,
					const __be16 *ports)
{
	return judge_plain(state, OP25B_IPV4, ports, skb, hook);
}

static noinline unsigned int judge_ipv6(struct op25b_net *state,
					struct sk_buff *skb,
					const struct nf_hook_state *hook,
					const __be16 *ports)
{
	return judge_plain(state, OP25B_IPV6, ports, skb, hook);
}

static __always_inline unsigned int forward(struct op25b_net *state,
					    const enum op25b_family family,
					    struct sk_buff *skb,
					    const struct nf_hook_state *hook)
{
	const __be16 *ports;

	switch (op25b_packet_glance(skb, family, &ports)) {
	case OP25B_GLANCE_OTHER:
		return NF_ACCEPT;
	case OP25B_GLANCE_PLAIN:
		return family == OP25B_IPV4 ?
		       judge_ipv4(state, skb, hook, ports) :
		       judge_ipv6(state, skb, hook, ports);
	case OP25B_GLANCE_CLOSER:
		break;
	}
	return judge_closely(state, family, skb, hook);
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
 * op25b_hooks_register() - put the policy into the packet path
 * @state: of the namespace, locked
 *
 * Does nothing if it is there already.
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
 * op25b_hooks_unregister() - take the policy out of the packet path
 * @state: of the namespace, locked
 *
 * Packets may be in the hooks until the next grace period has ended. Does
 * nothing if they are not registered.
 */
void op25b_hooks_unregister(struct op25b_net *state)
{
	if (!state->hooked)
		return;
	nf_unregister_net_hooks(state->net, state->hooks, OP25B_FAMILIES);
	state->hooked = false;
}
