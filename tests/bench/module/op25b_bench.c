// SPDX-License-Identifier: GPL-2.0
/*
 * A device that measures the cost of FORWARD hooks.
 *
 * write() takes packets, read() passes them to nf_hook() of the network
 * namespace in which /dev/op25b_bench was opened, and returns what that took.
 * Nothing else of a router is measured. Each packet is copied into the same
 * skb. A hook that drops it only drops a reference, so the skb is never freed
 * and preparing it costs the same for all hooks, which is measured without any.
 *
 * Interrupts are off for a batch of packets at a time.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

/* Size of a written packet, padded with zeroes */
#define PACKET_BYTES	64
#define MAX_PACKETS	(1 << 20)

/* Packets judged with interrupts off */
#define BATCH_PACKETS	256

/**
 * struct bench - an open file
 * @net: network namespace of the hooks
 * @skb: buffer that each packet is copied into
 * @packets: PACKET_BYTES each, all of one family and length
 * @nr_packets: number of packets
 */
struct bench {
	struct net *net;
	struct sk_buff *skb;
	u8 *packets;
	size_t nr_packets;
};

/**
 * struct result - what read() returns
 * @ns: time of all packets, nanoseconds
 * @cycles: the same by get_cycles(), which counts instructions in QEMU with
 *	-icount; 0 in User-mode Linux
 * @passed: packets that were accepted
 * @dropped: packets that were dropped
 */
struct result {
	u64 ns;
	u64 cycles;
	u64 passed;
	u64 dropped;
};

static int never_called(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

/* Returns how many of the packets pass */
static __always_inline u64 judge(const struct bench *bench, const u8 *packet,
				 size_t n, u8 family)
{
	struct net_device *device = bench->net->loopback_dev;
	struct sk_buff *skb = bench->skb;
	u64 passed = 0;

	while (n--) {
		memcpy(skb->data, packet, PACKET_BYTES);
		refcount_set(&skb->users, 2);
		passed += nf_hook(family, NF_INET_FORWARD, bench->net, NULL,
				  skb, device, device, never_called) == 1;
		packet += PACKET_BYTES;
	}
	return passed;
}

static void run_batch(const struct bench *bench, size_t first, size_t n,
		      struct result *result)
{
	const u8 *packets = bench->packets + first * PACKET_BYTES;
	bool ipv4 = bench->skb->protocol == htons(ETH_P_IP);
	unsigned long flags;
	u64 ns, cycles, passed;

	local_bh_disable();
	local_irq_save(flags);
	ns = ktime_get_ns();
	cycles = get_cycles();
	passed = ipv4 ? judge(bench, packets, n, NFPROTO_IPV4) :
			judge(bench, packets, n, NFPROTO_IPV6);
	result->cycles += get_cycles() - cycles;
	result->ns += ktime_get_ns() - ns;
	local_irq_restore(flags);
	local_bh_enable();

	result->passed += passed;
	result->dropped += n - passed;
}

static ssize_t bench_read(struct file *file, char __user *to, size_t bytes,
			  loff_t *position)
{
	const struct bench *bench = file->private_data;
	struct result result = { 0 };
	size_t i;

	if (bytes < sizeof(result) || !bench->nr_packets)
		return -EINVAL;
	for (i = 0; i < bench->nr_packets; i += BATCH_PACKETS) {
		run_batch(bench, i, min_t(size_t, BATCH_PACKETS,
					  bench->nr_packets - i), &result);
		cond_resched();
	}
	return copy_to_user(to, &result, sizeof(result)) ? -EFAULT :
							   sizeof(result);
}

/* Length of a packet without padding, 0 if it is not valid */
static unsigned int packet_bytes(const u8 *packet)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)packet;
	const struct iphdr *ipv4 = (const struct iphdr *)packet;
	unsigned int bytes;

	if (ipv4->version == 4)
		bytes = ntohs(ipv4->tot_len);
	else if (ipv6->version == 6)
		bytes = sizeof(*ipv6) + ntohs(ipv6->payload_len);
	else
		return 0;
	return bytes >= sizeof(*ipv4) && bytes <= PACKET_BYTES ? bytes : 0;
}

/* Gives the skb the length, protocol and offsets of a packet */
static void shape_skb(struct bench *bench, const u8 *packet)
{
	struct sk_buff *skb = bench->skb;
	bool ipv4 = packet[0] >> 4 == 4;

	skb_trim(skb, 0);
	skb_put(skb, packet_bytes(packet));
	skb->protocol = htons(ipv4 ? ETH_P_IP : ETH_P_IPV6);
	skb->dev = bench->net->loopback_dev;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ipv4 ? sizeof(struct iphdr) :
					     sizeof(struct ipv6hdr));
}

static ssize_t bench_write(struct file *file, const char __user *from,
			   size_t bytes, loff_t *position)
{
	struct bench *bench = file->private_data;
	size_t n = bytes / PACKET_BYTES, i;
	u8 *packets;

	if (!n || n > MAX_PACKETS || bytes % PACKET_BYTES)
		return -EINVAL;
	packets = vmemdup_user(from, bytes);
	if (IS_ERR(packets))
		return PTR_ERR(packets);
	for (i = 0; i < n; i++) {
		const u8 *packet = packets + i * PACKET_BYTES;

		if (!packet_bytes(packet) || packet[0] != packets[0] ||
		    packet_bytes(packet) != packet_bytes(packets)) {
			kvfree(packets);
			return -EINVAL;
		}
	}
	kvfree(bench->packets);
	bench->packets = packets;
	bench->nr_packets = n;
	shape_skb(bench, packets);
	return bytes;
}

static int bench_open(struct inode *inode, struct file *file)
{
	struct bench *bench = kzalloc(sizeof(*bench), GFP_KERNEL);

	if (!bench)
		return -ENOMEM;
	bench->skb = alloc_skb(PACKET_BYTES, GFP_KERNEL);
	if (!bench->skb) {
		kfree(bench);
		return -ENOMEM;
	}
	bench->net = get_net(current->nsproxy->net_ns);
	file->private_data = bench;
	return 0;
}

static int bench_release(struct inode *inode, struct file *file)
{
	struct bench *bench = file->private_data;

	refcount_set(&bench->skb->users, 1);
	bench->skb->dev = NULL;
	kfree_skb(bench->skb);
	kvfree(bench->packets);
	put_net(bench->net);
	kfree(bench);
	return 0;
}

static const struct file_operations bench_operations = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.release = bench_release,
	.read = bench_read,
	.write = bench_write,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &bench_operations,
	.mode = 0600,
};
module_misc_device(device);

MODULE_DESCRIPTION("Measures the cost of FORWARD hooks");
MODULE_LICENSE("GPL");
