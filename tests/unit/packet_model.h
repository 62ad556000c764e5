/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of src/packet.c, which lists all headers of a packet first and then
 * classifies it by the list. The unit tests and the fuzzer compare both. The
 * includer defines EXPECT(condition).
 */
#ifndef _TESTS_PACKET_MODEL_H
#define _TESTS_PACKET_MODEL_H

#include <linux/skbuff.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

#define PACKET_MAX	2048
#define HEADERS_MAX	(PACKET_MAX / 8)

/* Numbers of the IANA registry "Protocol Numbers" */
enum {
	HOP_BY_HOP = 0, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44,
	ESP = 50, AH = 51, OPTIONS = 60,
};

/**
 * struct seen - the result of parsing a packet
 * @judged: whether the packet needs a verdict
 * @hidden: whether its ports are hidden
 * @sport: source port
 * @dport: destination port
 * @offset: offset of the TCP header
 */
struct seen {
	bool judged;
	bool hidden;
	u16 sport;
	u16 dport;
	unsigned int offset;
};

/**
 * struct headers - the headers between IP and its payload
 * @protocol: protocol numbers of the headers, then that of the payload
 * @n: number of headers
 * @end: offset of the payload
 * @cut: the packet ends inside the last header
 * @first: the packet has a fragment header, of a first or an atomic fragment
 * @later: the packet is a later fragment; headers behind that are not parsed
 */
struct headers {
	u8 protocol[HEADERS_MAX + 1];
	unsigned int n;
	unsigned int end;
	bool cut;
	bool first;
	bool later;
};

static inline u16 model_u16(const u8 *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

static inline bool model_is_skipped(enum op25b_family family, u8 protocol)
{
	return protocol == AH ||
	       (family == OP25B_IPV6 &&
		(protocol == HOP_BY_HOP || protocol == ROUTING ||
		 protocol == OPTIONS || protocol == FRAGMENT));
}

/* Length of the header at the start of the bytes, 0 if it is truncated */
static inline unsigned int model_header(u8 protocol, const u8 *bytes,
					unsigned int have)
{
	unsigned int need = 8;

	if (have < 2)
		return 0;
	if (protocol == AH)
		need = (bytes[1] + 2) * 4;
	else if (protocol != FRAGMENT)
		need = (bytes[1] + 1) * 8;
	return need <= have ? need : 0;
}

static inline void model_headers(const u8 *packet, unsigned int length,
				 enum op25b_family family,
				 struct headers *list)
{
	while (model_is_skipped(family, list->protocol[list->n])) {
		u8 protocol = list->protocol[list->n++];
		const u8 *header = packet + list->end;
		unsigned int bytes;

		bytes = model_header(protocol, header, length - list->end);
		if (!bytes) {
			list->cut = true;
			return;
		}
		if (protocol == FRAGMENT) {
			list->later = model_u16(header + 2) >> 3;
			list->first = true;
		}
		if (list->later)
			return;
		list->protocol[list->n] = header[0];
		list->end += bytes;
	}
}

static inline struct seen model_hidden(void)
{
	return (struct seen) { .judged = true, .hidden = true };
}

static inline struct seen model_carried(const u8 *packet, unsigned int length,
					const struct headers *list)
{
	const u8 *tcp = packet + list->end;
	struct seen seen = {};

	if (list->protocol[list->n] != TCP)
		return seen;
	if (length - list->end < 4)
		return list->first ? model_hidden() : seen;
	if (model_u16(tcp) != 25 && model_u16(tcp + 2) != 25)
		return seen;
	seen.judged = true;
	seen.sport = model_u16(tcp);
	seen.dport = model_u16(tcp + 2);
	seen.offset = list->end;
	return seen;
}

static inline struct seen model_ipv4(const u8 *packet, unsigned int length)
{
	unsigned int fragment = model_u16(packet + 6);
	struct headers list = {
		.protocol = { packet[9] },
		.end = (packet[0] & 0xf) * 4,
		.first = fragment & 0x2000,
	};

	fragment &= 0x1fff;
	if (fragment == 1 && packet[9] == TCP)
		return model_hidden();
	if (fragment)
		return (struct seen) {};
	model_headers(packet, length, OP25B_IPV4, &list);
	if (list.cut || list.n > 16)
		return (struct seen) {};
	return model_carried(packet, length, &list);
}

static inline struct seen model_ipv6(const u8 *packet, unsigned int length)
{
	struct headers list = { .protocol = { packet[6] }, .end = 40 };

	model_headers(packet, length, OP25B_IPV6, &list);
	if (list.cut || list.n > 16)
		return model_hidden();
	if (list.later)
		return (struct seen) {};
	return model_carried(packet, length, &list);
}

static inline struct seen model_see(const u8 *packet, unsigned int length,
				    enum op25b_family family)
{
	return family == OP25B_IPV4 ? model_ipv4(packet, length) :
				      model_ipv6(packet, length);
}

/* Whether the IP header is one that the IP layer lets through */
static inline bool model_is_ip(const u8 *packet, unsigned int length,
			       enum op25b_family family)
{
	if (family == OP25B_IPV6)
		return length >= 40;
	return length >= 20 && (packet[0] & 0xf) >= 5 &&
	       (packet[0] & 0xf) * 4U <= length;
}

/* A copy of a part of a packet, allocated separately so that ASan finds overreads */
static inline u8 *packet_piece(const u8 *bytes, unsigned int length)
{
	u8 *piece = malloc(length ?: 1);

	if (!piece)
		abort();
	memcpy(piece, bytes, length);
	return piece;
}

static inline void flow_check(const struct op25b_flow *got,
			      const struct seen *want, enum op25b_family family,
			      const u8 *packet)
{
	EXPECT(got->hidden == want->hidden);
	EXPECT(got->sport == want->sport);
	EXPECT(got->dport == want->dport);
	EXPECT(got->offset == want->offset);
	EXPECT(got->family == family);
	EXPECT((u8 *)got->src == packet + (family ? 8 : 12));
	EXPECT((u8 *)got->dst == packet + (family ? 24 : 16));
}

/* Whether the fast path must suffice: no fragment, no other header, ports linear */
static inline bool is_fast(const u8 *packet, const struct seen *want,
			   enum op25b_family family, unsigned int head)
{
	if (!want->judged || want->hidden || head < want->offset + 4)
		return false;
	return family ? packet[6] == IPPROTO_TCP :
	       packet[9] == IPPROTO_TCP && !(packet[6] & 0x3f) && !packet[7];
}

/* Compares packet.c with the model for a packet in three parts, the first linear */
static inline void packet_check(const u8 *packet, unsigned int length,
				enum op25b_family family, unsigned int head,
				unsigned int middle)
{
	const unsigned int rest = length - head - middle;
	u8 *piece[] = {
		packet_piece(packet, head),
		packet_piece(packet + head, middle),
		packet_piece(packet + head + middle, rest),
	};
	const struct sk_buff skb = {
		.data = piece[0],
		.len = length,
		.data_len = length - head,
		.frags = { { piece[1], middle }, { piece[2], rest } },
	};
	const struct seen want = model_see(packet, length, family);
	struct op25b_flow fast, got;
	const __be16 *ports;

	switch (op25b_packet_classify(&skb, family, &ports)) {
	case OP25B_PACKET_OTHER:
		EXPECT(!want.judged);
		break;
	case OP25B_PACKET_PORT25:
		EXPECT(want.judged);
		fast = op25b_packet_flow(&skb, family, ports);
		flow_check(&fast, &want, family, piece[0]);
		break;
	case OP25B_PACKET_UNCLEAR:
		EXPECT(!is_fast(packet, &want, family, head));
		break;
	}
	EXPECT(op25b_packet_read(&skb, family, &got) == want.judged);
	if (want.judged)
		flow_check(&got, &want, family, piece[0]);
	free(piece[0]);
	free(piece[1]);
	free(piece[2]);
}

#endif /* _TESTS_PACKET_MODEL_H */
