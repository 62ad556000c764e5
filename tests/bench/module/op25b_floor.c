// SPDX-License-Identifier: GPL-2.0
/*
 * The least that a filter of port 25 can do: the floor under what others cost.
 *
 * For as long as /dev/op25b_floor is open, there is a hook in the network
 * namespace that it was opened in, which reads protocol and ports of each
 * forwarded packet, and passes it. If the parameter probe was set then, a
 * packet to port 25 costs one look into a table of 8 MiB as well, at a place
 * that depends on its source address, and is dropped or passed by what is
 * there. If the parameter shared was, each packet is counted in a word that all
 * CPUs write: what no filter should do.
 */
#include <linux/atomic.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/nsproxy.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#define PORT		25
#define TABLE_BYTES	(8 << 20)
#define TABLE_WORDS	(TABLE_BYTES / sizeof(u64))
#define NR_HOOKS	2

static bool probe;
module_param(probe, bool, 0644);
MODULE_PARM_DESC(probe, "look into a table for packets to port 25");

static bool shared;
module_param(shared, bool, 0644);
MODULE_PARM_DESC(shared, "count packets in one word for all CPUs");

/* Counted by all CPUs */
static atomic64_t packets;

/**
 * struct floor - an open file
 * @net: where the hooks are
 * @table: what packets to port 25 are looked up in, NULL if they are not
 * @shared: whether packets are counted
 * @hooks: one for each family
 */
struct floor {
	struct net *net;
	u64 *table;
	bool shared;
	struct nf_hook_ops hooks[NR_HOOKS];
};

static unsigned int look_up(const u64 *table, u64 key)
{
	key *= 0x9e3779b97f4a7c15ULL;
	return table[key >> (64 - ilog2(TABLE_WORDS))] & 1 ? NF_DROP :
							     NF_ACCEPT;
}

/* Whether it is TCP to port 25; from port 25 is seen, and let go */
static __always_inline bool is_to_port(const struct floor *floor,
				       const struct sk_buff *skb, u8 protocol,
				       unsigned int offset)
{
	__be16 buffer[2];
	const __be16 *ports;

	if (floor->shared)
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
	const struct floor *floor = priv;

	if (!is_to_port(floor, skb, ip->protocol, ip->ihl * 4) || !floor->table)
		return NF_ACCEPT;
	return look_up(floor->table, (__force u32)ip->saddr);
}

static unsigned int forward_ipv6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	const u64 *source = (const u64 *)&ip->saddr;
	const struct floor *floor = priv;

	if (!is_to_port(floor, skb, ip->nexthdr, sizeof(*ip)) || !floor->table)
		return NF_ACCEPT;
	return look_up(floor->table,
		       source[0] * 0xd6e8feb86659fd93ULL ^ source[1]);
}

static const struct nf_hook_ops hooks[NR_HOOKS] = {
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

/* Puts the hooks of the file where they belong, as the parameters say */
static int hook_up(struct floor *floor)
{
	int err, i;

	if (probe) {
		floor->table = vmalloc(TABLE_BYTES);
		if (!floor->table)
			return -ENOMEM;
		get_random_bytes(floor->table, TABLE_BYTES);
	}
	floor->shared = shared;
	for (i = 0; i < NR_HOOKS; i++) {
		floor->hooks[i] = hooks[i];
		floor->hooks[i].priv = floor;
	}
	err = nf_register_net_hooks(floor->net, floor->hooks, NR_HOOKS);
	if (err)
		vfree(floor->table);
	return err;
}

static int floor_open(struct inode *inode, struct file *file)
{
	struct floor *floor = kzalloc(sizeof(*floor), GFP_KERNEL);
	int err;

	if (!floor)
		return -ENOMEM;
	floor->net = get_net(current->nsproxy->net_ns);
	err = hook_up(floor);
	if (err) {
		put_net(floor->net);
		kfree(floor);
		return err;
	}
	file->private_data = floor;
	return 0;
}

static int floor_release(struct inode *inode, struct file *file)
{
	struct floor *floor = file->private_data;

	nf_unregister_net_hooks(floor->net, floor->hooks, NR_HOOKS);
	/* a packet may still be in a hook */
	synchronize_net();
	put_net(floor->net);
	vfree(floor->table);
	kfree(floor);
	return 0;
}

static const struct file_operations floor_operations = {
	.owner = THIS_MODULE,
	.open = floor_open,
	.release = floor_release,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &floor_operations,
	.mode = 0600,
};
module_misc_device(device);

MODULE_DESCRIPTION("The least that a filter of port 25 can do");
MODULE_LICENSE("GPL");
