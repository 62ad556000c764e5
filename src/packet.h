/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets: what the policy needs to know of one.
 */
#ifndef _OP25B_PACKET_H
#define _OP25B_PACKET_H

#include <linux/types.h>

#include "table.h"

struct sk_buff;

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

bool op25b_packet_read(const struct sk_buff *skb, enum op25b_family family,
		       struct op25b_flow *flow);

#endif /* _OP25B_PACKET_H */
