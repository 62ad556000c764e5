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

/**
 * op25b_packet_ports() - get the ports of a packet that hides nothing
 * @skb: the packet, as for op25b_packet_read()
 * @family: its family
 * @offset: set to that of the TCP header, bytes from the IP header
 *
 * Return: source and destination port, network byte order; NULL if that takes a
 * closer look, because the packet is not TCP, has more headers, is a fragment or
 * does not have them in its linear part.
 */
static __always_inline const __be16 *
op25b_packet_ports(const struct sk_buff *skb, enum op25b_family family,
		   unsigned int *offset)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ipv4 = (const struct iphdr *)skb->data;
	const __be16 fragment = htons(OP25B_IPV4_MORE | OP25B_IPV4_OFFSET);

	if (family == OP25B_IPV4) {
		*offset = ipv4->ihl * 4;
		if (ipv4->protocol != IPPROTO_TCP || ipv4->frag_off & fragment)
			return NULL;
	} else {
		*offset = sizeof(*ipv6);
		if (ipv6->nexthdr != IPPROTO_TCP)
			return NULL;
	}
	if (skb_headlen(skb) < *offset + 2 * sizeof(__be16))
		return NULL;
	return (const __be16 *)(skb->data + *offset);
}

/**
 * op25b_packet_flow() - get the ends of a packet that hides nothing
 * @skb: the packet, as for op25b_packet_read()
 * @family: its family
 * @flow: its ends, set if that is so; points into the skb
 *
 * Return: false if it takes op25b_packet_read().
 */
static __always_inline bool op25b_packet_flow(const struct sk_buff *skb,
					      enum op25b_family family,
					      struct op25b_flow *flow)
{
	const struct ipv6hdr *ipv6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ipv4 = (const struct iphdr *)skb->data;
	const __be16 *ports = op25b_packet_ports(skb, family, &flow->offset);

	if (!ports)
		return false;
	if (family == OP25B_IPV4) {
		flow->src = &ipv4->saddr;
		flow->dst = &ipv4->daddr;
	} else {
		flow->src = ipv6->saddr.s6_addr32;
		flow->dst = ipv6->daddr.s6_addr32;
	}
	flow->family = family;
	flow->sport = ntohs(ports[0]);
	flow->dport = ntohs(ports[1]);
	flow->hidden = false;
	return true;
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
	const u8 protocol = family == OP25B_IPV4 ?
			    ((const struct iphdr *)skb->data)->protocol :
			    ((const struct ipv6hdr *)skb->data)->nexthdr;
	const __be16 *ports;
	unsigned int offset;

	if (protocol != IPPROTO_TCP)
		return family == OP25B_IPV4 ? protocol != IPPROTO_AH :
					      protocol == IPPROTO_UDP;
	ports = op25b_packet_ports(skb, family, &offset);
	return ports && ports[0] != htons(OP25B_PORT) &&
	       ports[1] != htons(OP25B_PORT);
}

bool op25b_packet_read(const struct sk_buff *skb, enum op25b_family family,
		       struct op25b_flow *flow);

#endif /* _OP25B_PACKET_H */
