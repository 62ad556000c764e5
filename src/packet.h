/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets: what the policy needs to know of one.
 */
#ifndef _OP25B_PACKET_H
#define _OP25B_PACKET_H

#include <linux/types.h>

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "table.h"

/* The port of SMTP relaying, RFC 5321 section 4.5.4.2 */
#define OP25B_PORT	25

/* Headers before TCP that are followed; a longer chain is malformed */
#define OP25B_MAX_HEADERS	16

/**
 * struct op25b_flow - the ends of a TCP packet
 * @src: source address, in the packet
 * @dst: destination address, in the packet
 * @family: of both
 * @sport: source port, host byte order
 * @dport: destination port, host byte order
 * @offset: of the TCP header, bytes from the IP header
 * @hidden: the ports cannot be seen, where a well-formed packet shows them;
 *	@sport, @dport and @offset are 0
 */
struct op25b_flow {
	const __be32 *src;
	const __be32 *dst;
	enum op25b_family family;
	u16 sport;
	u16 dport;
	unsigned int offset;
	bool hidden;
};

/* IPv4 flags and fragment offset, RFC 791 section 3.1 */
#define OP25B_IPV4_MORE		0x2000
#define OP25B_IPV4_OFFSET	0x1fff

/* Whether the ports are in the first part of the skb and neither of them is 25 */
static __always_inline bool op25b_ports_are_other(const struct sk_buff *skb,
						  unsigned int offset)
{
	const __be16 *ports = (const __be16 *)(skb->data + offset);

	return skb_headlen(skb) >= offset + 2 * sizeof(*ports) &&
	       ports[0] != htons(OP25B_PORT) && ports[1] != htons(OP25B_PORT);
}

/**
 * op25b_packet_is_other() - see at a glance that a packet is not about port 25
 * @skb: the packet, as for op25b_packet_read()
 * @family: its family
 *
 * Most packets are not, and this is all they cost.
 *
 * Return: true only if op25b_packet_read() would say that it is not to be judged.
 */
static __always_inline bool op25b_packet_is_other(const struct sk_buff *skb,
						  enum op25b_family family)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ipv4 = (const struct iphdr *)skb->data;

	if (family == OP25B_IPV6)
		return ipv6->nexthdr == IPPROTO_TCP ?
		       op25b_ports_are_other(skb, sizeof(*ipv6)) :
		       ipv6->nexthdr == IPPROTO_UDP;
	if (ipv4->protocol != IPPROTO_TCP)
		return ipv4->protocol != IPPROTO_AH;
	return !(ipv4->frag_off & htons(OP25B_IPV4_MORE | OP25B_IPV4_OFFSET)) &&
	       op25b_ports_are_other(skb, ipv4->ihl * 4);
}

bool op25b_packet_read(const struct sk_buff *skb, enum op25b_family family,
		       struct op25b_flow *flow);

#endif /* _OP25B_PACKET_H */
