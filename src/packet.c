// SPDX-License-Identifier: GPL-2.0
/*
 * Packets: the slow path to addresses and ports, for fragments and extension headers.
 *
 * Called by the hook under RCU for packets that the fast path in packet.h cannot
 * classify, and for those that are replied to. Packets are not trusted; nothing is read
 * beyond the end of an skb.
 */
#include "packet.h"

/* The bytes of a TCP header that hold the ports, RFC 9293 section 3.1 */
#define PORTS_BYTES	4

/* IPv6 fragment offset, RFC 8200 section 4.5; the low bits are flags */
#define IPV6_OFFSET	0xfff8

/* The IPv6 fragment header, RFC 8200 section 4.5 */
struct fragment_header {
	u8 nexthdr;
	u8 reserved;
	__be16 offset_flags;
	__be32 identification;
};

/**
 * struct chain - a position in a chain of headers
 * @skb: the packet
 * @offset: of the next header, bytes from the IP header
 * @protocol: protocol number of the next header
 * @fragment: a first fragment
 */
struct chain {
	const struct sk_buff *skb;
	unsigned int offset;
	u8 protocol;
	bool fragment;
};

enum step {
	STEP_ON,	/* skipped a header */
	STEP_END,	/* reached a protocol that is not an extension header */
	STEP_LATER,	/* a fragment that is not the first */
	STEP_BROKEN,	/* the packet ends in the header */
};

static const void *chain_bytes(const struct chain *chain, unsigned int bytes, void *buffer)
{
	return skb_header_pointer(chain->skb, chain->offset, bytes, buffer);
}

/* Skips a header that has its length in units of @unit bytes, after @first bytes */
static enum step skip_header(struct chain *chain, unsigned int first, unsigned int unit)
{
	u8 buffer[2];
	const u8 *header = chain_bytes(chain, sizeof(buffer), buffer);

	if (!header)
		return STEP_BROKEN;
	chain->protocol = header[0];
	chain->offset += first + header[1] * unit;
	return chain->offset <= chain->skb->len ? STEP_ON : STEP_BROKEN;
}

static enum step skip_fragment(struct chain *chain)
{
	const struct fragment_header *header;
	struct fragment_header buffer;

	header = chain_bytes(chain, sizeof(buffer), &buffer);
	if (!header)
		return STEP_BROKEN;
	if (header->offset_flags & htons(IPV6_OFFSET))
		return STEP_LATER;
	chain->fragment = true;
	chain->protocol = header->nexthdr;
	chain->offset += sizeof(*header);
	return STEP_ON;
}

/* Skips one header: RFC 8200 section 4, for AH RFC 4302 section 2.2 */
static enum step chain_step(struct chain *chain, enum op25b_family family)
{
	if (chain->protocol == IPPROTO_AH)
		return skip_header(chain, 8, 4);
	if (family == OP25B_IPV4)
		return STEP_END;

	switch (chain->protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return skip_header(chain, 8, 8);
	case IPPROTO_FRAGMENT:
		return skip_fragment(chain);
	default:
		return STEP_END;
	}
}

/* Skips all extension headers, at most OP25B_MAX_HEADERS */
static enum step chain_walk(struct chain *chain, enum op25b_family family)
{
	unsigned int headers;
	enum step step;

	for (headers = 0; headers < OP25B_MAX_HEADERS; headers++) {
		step = chain_step(chain, family);
		if (step != STEP_ON)
			return step;
	}
	step = chain_step(chain, family);
	return step == STEP_END ? STEP_END : STEP_BROKEN;
}

/* Returns whether the packet is to be judged */
static bool read_ports(const struct chain *chain, struct op25b_flow *flow)
{
	__be16 buffer[2];
	const __be16 *ports;

	if (chain->protocol != IPPROTO_TCP)
		return false;
	ports = chain_bytes(chain, PORTS_BYTES, buffer);
	if (!ports) {
		flow->hidden = chain->fragment;
		return flow->hidden;
	}
	if (ports[0] != htons(OP25B_PORT) && ports[1] != htons(OP25B_PORT))
		return false;
	flow->sport = ntohs(ports[0]);
	flow->dport = ntohs(ports[1]);
	flow->offset = chain->offset;
	return true;
}

static bool read_ipv4(const struct sk_buff *skb, struct op25b_flow *flow)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct chain chain = {
		.skb = skb,
		.offset = ip->ihl * 4,
		.protocol = ip->protocol,
		.fragment = ip->frag_off & htons(OP25B_IPV4_MORE),
	};

	flow->src = &ip->saddr;
	flow->dst = &ip->daddr;
	if (ip->frag_off & htons(OP25B_IPV4_OFFSET)) {
		/* could overwrite the ports of the first fragment: RFC 3128 */
		flow->hidden = ip->protocol == IPPROTO_TCP &&
			       (ip->frag_off & htons(OP25B_IPV4_OFFSET)) == htons(1);
		return flow->hidden;
	}
	if (chain.protocol != IPPROTO_TCP && chain_walk(&chain, OP25B_IPV4) != STEP_END)
		return false;
	return read_ports(&chain, flow);
}

static bool read_ipv6(const struct sk_buff *skb, struct op25b_flow *flow)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	struct chain chain = {
		.skb = skb,
		.offset = sizeof(*ip),
		.protocol = ip->nexthdr,
	};

	flow->src = ip->saddr.s6_addr32;
	flow->dst = ip->daddr.s6_addr32;
	if (chain.protocol != IPPROTO_TCP) {
		switch (chain_walk(&chain, OP25B_IPV6)) {
		case STEP_LATER:
			return false;
		case STEP_BROKEN:
			flow->hidden = true;
			return true;
		default:
			break;
		}
	}
	return read_ports(&chain, flow);
}

/**
 * op25b_packet_read() - check whether a packet is for port 25
 * @skb: the packet, its data at the IP header, which is linear and whose length the IP
 *	layer has checked
 * @family: its family
 * @flow: addresses and ports, set if the packet is to be judged; points into the skb
 *
 * A packet is to be judged if it is TCP and one of its ports is 25, or if it is malformed
 * such that its ports are hidden: IPv4 first fragments that are too short (RFC 1858) and
 * fragments that could overwrite the ports of the first (RFC 3128), IPv6 first fragments
 * without the whole header chain (RFC 7112), IPv6 header chains that are broken or longer
 * than OP25B_MAX_HEADERS.
 *
 * Context: Any.
 *
 * Return: whether the packet is to be judged.
 */
bool op25b_packet_read(const struct sk_buff *skb, enum op25b_family family,
		       struct op25b_flow *flow)
{
	flow->family = family;
	flow->sport = 0;
	flow->dport = 0;
	flow->offset = 0;
	flow->hidden = false;
	return family == OP25B_IPV4 ? read_ipv4(skb, flow) : read_ipv6(skb, flow);
}
