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

#include "entry.h"

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

/**
 * enum op25b_glance - what is seen of a packet at a glance
 * @OP25B_GLANCE_OTHER: that it is not to be judged
 * @OP25B_GLANCE_PLAIN: its ports, one of which is 25
 * @OP25B_GLANCE_CLOSER: that it takes op25b_packet_read() to see what it is
 */
enum op25b_glance {
	OP25B_GLANCE_OTHER,
	OP25B_GLANCE_PLAIN,
	OP25B_GLANCE_CLOSER,
};

/* Where TCP begins in a packet without other headers, bytes from the IP header */
static __always_inline unsigned int packet_offset(const struct sk_buff *skb,
						  const enum op25b_family family)
{
	return family == OP25B_IPV4 ?
	       ((const struct iphdr *)skb->data)->ihl * 4 :
	       sizeof(struct ipv6hdr);
}

/**
 * op25b_packet_glance() - see at a glance whether a packet is about port 25
 * @skb: the packet, as for op25b_packet_read()
 * @family: its family
 * @ports: where its ports are, if it is plain; else not to be used
 *
 * Most packets are not, and this is all they cost. Closer looks are for fragments,
 * more headers, and ports that are not in the linear part.
 *
 * Return: that it is not to be judged, or that it is and shows its ports, both as
 * op25b_packet_read() would say; or that it takes that.
 */
static __always_inline enum op25b_glance
op25b_packet_glance(const struct sk_buff *skb, const enum op25b_family family,
		    const __be16 **ports)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ipv4 = (const struct iphdr *)skb->data;
	const __be16 fragment = htons(OP25B_IPV4_MORE | OP25B_IPV4_OFFSET);
	unsigned int offset;

	if (family == OP25B_IPV4) {
		if (ipv4->protocol != IPPROTO_TCP)
			return ipv4->protocol == IPPROTO_AH ?
			       OP25B_GLANCE_CLOSER : OP25B_GLANCE_OTHER;
		if (ipv4->frag_off & fragment)
			return OP25B_GLANCE_CLOSER;
	} else if (ipv6->nexthdr != IPPROTO_TCP) {
		return ipv6->nexthdr == IPPROTO_UDP ?
		       OP25B_GLANCE_OTHER : OP25B_GLANCE_CLOSER;
	}
	offset = packet_offset(skb, family);
	if (skb_headlen(skb) < offset + 2 * sizeof(__be16))
		return OP25B_GLANCE_CLOSER;
	*ports = (const __be16 *)(skb->data + offset);
	return (*ports)[0] == htons(OP25B_PORT) ||
	       (*ports)[1] == htons(OP25B_PORT) ?
	       OP25B_GLANCE_PLAIN : OP25B_GLANCE_OTHER;
}

/**
 * op25b_packet_plain() - get the ends of a plain packet
 * @skb: the packet
 * @family: its family
 * @ports: where its ports are
 *
 * Return: what op25b_packet_read() would set; points into the skb.
 */
static __always_inline struct op25b_flow
op25b_packet_plain(const struct sk_buff *skb, const enum op25b_family family,
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
