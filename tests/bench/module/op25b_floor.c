// SPDX-License-Identifier: GPL-2.0
/*
 * The minimum that a filter of port 25 can do, as a lower bound for others.
 *
 * A hook that reads protocol and ports of each forwarded packet and accepts it,
 * in the network namespace that the module is inserted from. With the parameter
 * probe, a packet to port 25 also costs one read of an 8 MiB table, at an offset
 * hashed from its source address, which decides the verdict. With the parameter
 * shared, each packet increments a counter that all CPUs share.
 */
#include <linux/atomic.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/nsproxy.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#define PORT		25
#define TABLE_BYTES	(8 << 20)
#define TABLE_WORDS	(TABLE_BYTES / sizeof(u64))

static bool probe;
module_param(probe, bool, 0444);
MODULE_PARM_DESC(probe, "read a table for packets to port 25");

static bool shared;
module_param(shared, bool, 0444);
MODULE_PARM_DESC(shared, "count packets in a counter shared by all CPUs");

static struct net *net;
static u64 *table;
static atomic64_t packets;

static unsigned int look_up(u64 key)
{
	key *= 0x9e3779b97f4a7c15ULL;
	return table[key >> (64 - ilog2(TABLE_WORDS))] & 1 ? NF_DROP :
							     NF_ACCEPT;
}

/* Reads both ports, as op25b has to, but only returns whether it is to port 25 */
static __always_inline bool is_to_port(const struct sk_buff *skb, u8 protocol,
				       unsigned int offset)
{
	__be16 buffer[2];
	const __be16 *ports;

	if (shared)
		atomic64_inc(&packets);
	if (protocol != IPPROTO_TCP)
		return false;
	ports = skb_header_pointer(skb, offset, sizeof(buffer), buffer);
	if (!ports || (ports[0] != htons(PORT) && ports[1] != htons(PORT)))
		return false;
	return ports[1] == htons(PORT);
}

static unsigned int forward_ipv4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct iphdr *ip = ip_hdr(skb);

	if (!is_to_port(skb, ip->protocol, ip->ihl * 4) || !probe)
		return NF_ACCEPT;
	return look_up((__force u32)ip->saddr);
}

static unsigned int forward_ipv6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	const u64 *source = (const u64 *)&ip->saddr;

	if (!is_to_port(skb, ip->nexthdr, sizeof(*ip)) || !probe)
		return NF_ACCEPT;
	return look_up(source[0] * 0xd6e8feb86659fd93ULL ^ source[1]);
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = forward_ipv4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP_PRI_FILTER - 1,
	},
	{
		.hook = forward_ipv6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP6_PRI_FILTER - 1,
	},
};

static int __init floor_init(void)
{
	int err;

	if (probe) {
		table = vmalloc(TABLE_BYTES);
		if (!table)
			return -ENOMEM;
		get_random_bytes(table, TABLE_BYTES);
	}
	net = get_net(current->nsproxy->net_ns);
	err = nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	if (err) {
		put_net(net);
		vfree(table);
	}
	return err;
}

static void __exit floor_exit(void)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	put_net(net);
	vfree(table);
}

module_init(floor_init);
module_exit(floor_exit);

MODULE_DESCRIPTION("Minimal filter of port 25");
MODULE_LICENSE("GPL");
