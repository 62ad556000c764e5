/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets: the addresses and ports that a policy judges by, and the fast path to them.
 */
#ifndef _OP25B_PACKET_H
#define _OP25B_PACKET_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#include "entry.h"

/* SMTP, RFC 5321 section 4.5.4.2 */
#define OP25B_PORT	25

/* Most headers between IP and TCP; a longer chain is malformed */
#define OP25B_MAX_HEADERS	16

/**
 * struct op25b_flow - addresses and ports of a TCP packet
 * @src: source address, network byte order, one or four words
 * @dst: destination address, likewise
 * @family: address family
 * @sport: source port, host byte order
 * @dport: destination port, host byte order
 * @offset: of the TCP header, bytes from the IP header
 * @hidden: the packet is malformed such that its ports cannot be read; @sport, @dport
 *	and @offset are 0
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

/**
 * enum op25b_packet_class - result of the fast path
 * @OP25B_PACKET_OTHER: not TCP from or to port 25
 * @OP25B_PACKET_PORT25: TCP from or to port 25
 * @OP25B_PACKET_UNCLEAR: only op25b_packet_read() can tell
 */
enum op25b_packet_class {
	OP25B_PACKET_OTHER,
	OP25B_PACKET_PORT25,
	OP25B_PACKET_UNCLEAR,
};

/* Offset of TCP in a packet without extension headers, bytes from the IP header */
static __always_inline unsigned int packet_offset(const struct sk_buff *skb,
						  const enum op25b_family family)
{
	return family == OP25B_IPV4 ?
	       ((const struct iphdr *)skb->data)->ihl * 4 :
	       sizeof(struct ipv6hdr);
}

/**
 * op25b_packet_classify() - check on the fast path whether a packet is for port 25
 * @skb: the packet, as for op25b_packet_read()
 * @family: its family
 * @ports: set to its ports if the result is OP25B_PACKET_PORT25
 *
 * All that packets of other ports cost. Fragments, extension headers, and ports outside
 * of the linear part are left to the slow path.
 *
 * Return: OP25B_PACKET_UNCLEAR, or the class by op25b_packet_read().
 */
static __always_inline enum op25b_packet_class
op25b_packet_classify(const struct sk_buff *skb, const enum op25b_family family,
		      const __be16 **ports)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ipv4 = (const struct iphdr *)skb->data;
	const __be16 fragment = htons(OP25B_IPV4_MORE | OP25B_IPV4_OFFSET);
	unsigned int offset;

	if (family == OP25B_IPV4) {
		if (ipv4->protocol != IPPROTO_TCP)
			return ipv4->protocol == IPPROTO_AH ?
			       OP25B_PACKET_UNCLEAR : OP25B_PACKET_OTHER;
		if (ipv4->frag_off & fragment)
			return OP25B_PACKET_UNCLEAR;
	} else if (ipv6->nexthdr != IPPROTO_TCP) {
		return ipv6->nexthdr == IPPROTO_UDP ?
		       OP25B_PACKET_OTHER : OP25B_PACKET_UNCLEAR;
	}
	offset = packet_offset(skb, family);
	if (skb_headlen(skb) < offset + 2 * sizeof(__be16))
		return OP25B_PACKET_UNCLEAR;
	*ports = (const __be16 *)(skb->data + offset);
	return (*ports)[0] == htons(OP25B_PORT) ||
	       (*ports)[1] == htons(OP25B_PORT) ?
	       OP25B_PACKET_PORT25 : OP25B_PACKET_OTHER;
}

/**
 * op25b_packet_flow() - get addresses and ports of an OP25B_PACKET_PORT25
 * @skb: the packet
 * @family: its family
 * @ports: its ports, as set by op25b_packet_classify()
 *
 * Return: the flow as op25b_packet_read() would set it; points into the skb.
 */
static __always_inline struct op25b_flow
op25b_packet_flow(const struct sk_buff *skb, const enum op25b_family family,
		  const __be16 *ports)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ipv4 = (const struct iphdr *)skb->data;

	return (struct op25b_flow){
		.src = family == OP25B_IPV4 ? &ipv4->saddr :
					      ipv6->saddr.s6_addr32,
		.dst = family == OP25B_IPV4 ? &ipv4->daddr :
					      ipv6->daddr.s6_addr32,
		.family = family,
		.sport = ntohs(ports[0]),
		.dport = ntohs(ports[1]),
		.offset = packet_offset(skb, family),
	};
}

bool op25b_packet_read(const struct sk_buff *skb, enum op25b_family family,
		       struct op25b_flow *flow);

#endif /* _OP25B_PACKET_H */
