// SPDX-License-Identifier: GPL-2.0
/*
 * Packets: named cases for each rule, and random packets against the model, all
 * truncated at every byte and nonlinear.
 */
#include "unit.h"

#include <linux/kernel.h>

#include "packet_model.h"

/*
 * A packet is described by the letters of its headers, without IP:
 *
 *	h  hop-by-hop options		f  fragment header, whole packet
 *	r  routing header		m  fragment header, first of more
 *	d  destination options		l  fragment header, not the first
 *	D  destination options, 24 bytes
 *	a  AH, 24 bytes			e  ESP
 *	t  TCP to port 25		u  UDP to port 25
 *	T  TCP from port 25		o  TCP to port 587
 */

/* The protocol number of a header's letter */
static u8 protocol_of(char letter)
{
	switch (letter) {
	case 'h':
		return HOP_BY_HOP;
	case 'r':
		return ROUTING;
	case 'd':
	case 'D':
		return OPTIONS;
	case 'a':
		return AH;
	case 'e':
		return ESP;
	case 'u':
		return UDP;
	case 't':
	case 'T':
	case 'o':
		return TCP;
	default:
		return FRAGMENT;
	}
}

static void put_u16(u8 *bytes, u16 value)
{
	bytes[0] = value >> 8;
	bytes[1] = value;
}

/* Writes a header except for its next header field; returns its length */
static unsigned int put_header(u8 *header, char letter)
{
	memset(header, 0, 24);
	switch (letter) {
	case 'D':
		header[1] = 2;
		return 24;
	case 'a':
		header[1] = 4;
		return 24;
	case 'm':
		put_u16(header + 2, 1);
		return 8;
	case 'l':
		put_u16(header + 2, 185 << 3);
		return 8;
	case 't':
	case 'T':
	case 'o':
	case 'u':
		put_u16(header, letter == 'T' ? 25 : 49152);
		put_u16(header + 2, letter == 'T' ? 49152 :
				    letter == 'o' ? 587 : 25);
		header[12] = 5 << 4;
		return 20;
	default:
		return 8;
	}
}

/* Writes a packet, with this many 32-bit words of IPv4 options; returns its length */
static unsigned int put_packet(u8 *packet, enum op25b_family family,
			       unsigned int options, u16 fragment,
			       const char *letters)
{
	unsigned int at = family == OP25B_IPV4 ? 20 + options * 4 : 40;
	u8 *next = packet + (family == OP25B_IPV4 ? 9 : 6);

	memset(packet, 0, at);
	packet[0] = family == OP25B_IPV4 ? 0x45 + options : 0x60;
	if (family == OP25B_IPV4)
		put_u16(packet + 6, fragment);
	for (; *letters; letters++) {
		*next = protocol_of(*letters);
		next = packet + at;
		at += put_header(packet + at, *letters);
	}
	return at;
}

static unsigned int ip_bytes(const u8 *packet, enum op25b_family family)
{
	return family == OP25B_IPV4 ? (packet[0] & 0xf) * 4 : 40;
}

/* Checks a packet truncated anywhere after its IP header, with any linear length */
static void check_everywhere(const u8 *packet, unsigned int length,
			     enum op25b_family family)
{
	unsigned int ip = ip_bytes(packet, family), end, head;

	for (end = ip; end <= length; end++)
		for (head = ip; head <= end; head++)
			packet_check(packet, end, family, head,
				     head + 1 < end);
}

/* Named cases */

enum expectation {
	IGNORED,	/* not judged */
	JUDGED,		/* judged by its ports */
	HIDDEN,		/* judged as malformed, since its ports are hidden */
};

/**
 * struct named_case - a packet and the expected result
 * @name: name of the test
 * @family: family of the packet
 * @expectation: the expected result
 * @letters: its headers
 * @cut: bytes left out at the end
 * @fragment: IPv4 flags and offset
 * @options: IPv4 options, 32-bit words
 */
struct named_case {
	const char *name;
	enum op25b_family family;
	enum expectation expectation;
	const char *letters;
	unsigned int cut;
	u16 fragment;
	unsigned int options;
};

#define MORE	0x2000

static const struct named_case named_cases[] = {
	{ "ipv4_to_25", OP25B_IPV4, JUDGED, "t" },
	{ "ipv4_from_25", OP25B_IPV4, JUDGED, "T" },
	{ "ipv4_to_587", OP25B_IPV4, IGNORED, "o" },
	{ "ipv4_udp", OP25B_IPV4, IGNORED, "u" },
	{ "ipv4_options", OP25B_IPV4, JUDGED, "t", .options = 10 },
	{ "ipv4_ah", OP25B_IPV4, JUDGED, "at" },
	{ "ipv4_esp", OP25B_IPV4, IGNORED, "et" },
	{ "ipv4_no_ipv6_headers", OP25B_IPV4, IGNORED, "dt" },
	{ "ipv4_whole_without_ports", OP25B_IPV4, IGNORED, "t", 17 },
	{ "ipv4_first_with_ports", OP25B_IPV4, JUDGED, "t", 16, MORE },
	{ "ipv4_first_without_ports", OP25B_IPV4, HIDDEN, "t", 17, MORE },
	{ "ipv4_first_of_nothing", OP25B_IPV4, HIDDEN, "t", 20, MORE },
	{ "ipv4_first_ah_without_ports", OP25B_IPV4, HIDDEN, "at", 17, MORE },
	{ "ipv4_first_udp_without_ports", OP25B_IPV4, IGNORED, "u", 17, MORE },
	{ "ipv4_offset_1", OP25B_IPV4, HIDDEN, "t", .fragment = 1 },
	{ "ipv4_offset_1_and_more", OP25B_IPV4, HIDDEN, "t", 0, MORE + 1 },
	{ "ipv4_offset_1_udp", OP25B_IPV4, IGNORED, "u", .fragment = 1 },
	{ "ipv4_offset_2", OP25B_IPV4, IGNORED, "t", .fragment = 2 },
	{ "ipv4_offset_4096", OP25B_IPV4, IGNORED, "t", .fragment = 0x1000 },
	{ "ipv4_offset_8191", OP25B_IPV4, IGNORED, "t", .fragment = 0x1fff },
	{ "ipv4_do_not_fragment", OP25B_IPV4, JUDGED, "t", 0, 0x4000 },
	{ "ipv6_to_25", OP25B_IPV6, JUDGED, "t" },
	{ "ipv6_from_25", OP25B_IPV6, JUDGED, "T" },
	{ "ipv6_to_587", OP25B_IPV6, IGNORED, "hrdao" },
	{ "ipv6_chain", OP25B_IPV6, JUDGED, "hrdDat" },
	{ "ipv6_esp", OP25B_IPV6, IGNORED, "het" },
	{ "ipv6_whole_without_ports", OP25B_IPV6, IGNORED, "ht", 17 },
	{ "ipv6_16_headers", OP25B_IPV6, JUDGED, "hrddddddddddddddt" },
	{ "ipv6_17_headers", OP25B_IPV6, HIDDEN, "hrdddddddddddddddt" },
	{ "ipv6_17_headers_udp", OP25B_IPV6, HIDDEN, "hrdddddddddddddddu" },
	{ "ipv6_broken_length", OP25B_IPV6, HIDDEN, "hD", 1 },
	{ "ipv6_broken_no_length", OP25B_IPV6, HIDDEN, "hD", 23 },
	{ "ipv6_broken_ah", OP25B_IPV6, HIDDEN, "ha", 4 },
	{ "ipv6_broken_fragment", OP25B_IPV6, HIDDEN, "hf", 1 },
	{ "ipv6_first_with_ports", OP25B_IPV6, JUDGED, "hmdt", 16 },
	{ "ipv6_first_without_ports", OP25B_IPV6, HIDDEN, "hmdt", 17 },
	{ "ipv6_first_of_nothing", OP25B_IPV6, HIDDEN, "hmdt", 20 },
	{ "ipv6_first_without_chain", OP25B_IPV6, HIDDEN, "hmdt", 21 },
	{ "ipv6_first_udp_without_ports", OP25B_IPV6, IGNORED, "hmdu", 17 },
	{ "ipv6_atomic_with_ports", OP25B_IPV6, JUDGED, "ft" },
	{ "ipv6_atomic_without_ports", OP25B_IPV6, HIDDEN, "ft", 17 },
	{ "ipv6_later", OP25B_IPV6, IGNORED, "lt" },
	{ "ipv6_later_short", OP25B_IPV6, IGNORED, "lt", 20 },
	{ "ipv6_later_in_first", OP25B_IPV6, IGNORED, "mlt" },
	{ "ipv6_first_in_first", OP25B_IPV6, JUDGED, "mmt" },
};

static void named(void **state)
{
	const struct named_case *c = *state;
	u8 packet[PACKET_MAX];
	struct op25b_flow flow;
	struct sk_buff skb = { .data = packet };

	skb.len = put_packet(packet, c->family, c->options, c->fragment,
			     c->letters);
	check_everywhere(packet, skb.len, c->family);

	skb.len -= c->cut;
	assert_int_equal(op25b_packet_read(&skb, c->family, &flow),
			 c->expectation != IGNORED);
	if (c->expectation == IGNORED)
		return;
	assert_int_equal(flow.hidden, c->expectation == HIDDEN);
	assert_int_equal(flow.sport == 25 || flow.dport == 25,
			 c->expectation == JUDGED);
}

/* Random packets */

/* Random letters, most often with TCP as the last one */
static void roll_letters(char *letters, unsigned int most)
{
	static const char skipped[] = "hrdDaafml", carried[] = "tttTToue";
	unsigned int n = shim_below(most + 1);

	while (n--)
		*letters++ = skipped[shim_below(sizeof(skipped) - 1)];
	*letters++ = carried[shim_below(sizeof(carried) - 1)];
	*letters = 0;
}

/* Random IPv4 flags and offset, often with a single bit set */
static u16 roll_fragment(void)
{
	switch (shim_below(4)) {
	case 0:
		return MORE;
	case 1:
		return shim_below(2) * MORE + shim_below(4);
	case 2:
		return 1 << shim_below(16);
	default:
		return 0;
	}
}

/* Overwrites a few bytes after the first ones, which are the IP header's */
static void spoil(u8 *packet, unsigned int length, unsigned int ip)
{
	unsigned int n = shim_below(4);

	while (length > ip && n--)
		packet[ip + shim_below(length - ip)] = shim_below(64);
}

static void structured(enum op25b_family family, unsigned int most, int games)
{
	u8 packet[PACKET_MAX];
	char letters[32];
	unsigned int length;

	while (games--) {
		roll_letters(letters, most);
		length = put_packet(packet, family, shim_below(11),
				    roll_fragment(), letters);
		if (shim_below(2))
			spoil(packet, length, ip_bytes(packet, family));
		check_everywhere(packet, length, family);
	}
}

static void structured_ipv4(void **state)
{
	(void)state;
	structured(OP25B_IPV4, 3, 150);
}

static void structured_ipv6(void **state)
{
	(void)state;
	structured(OP25B_IPV6, 4, 150);
}

/* Chains with about the most headers; too long to be truncated at every byte */
static void long_chains(void **state)
{
	u8 packet[PACKET_MAX];
	char letters[32];
	unsigned int length, head;
	int family, games;

	(void)state;
	for (games = 0; games < 20000; games++) {
		family = shim_below(8) ? OP25B_IPV6 : OP25B_IPV4;
		memset(letters, family ? 'd' : 'a', 20);
		roll_letters(letters + 12 + shim_below(7), 2);
		length = put_packet(packet, family, 0, roll_fragment(),
				    letters);
		if (!shim_below(4))
			length -= shim_below(24);
		head = ip_bytes(packet, family);
		head += shim_below(length - head + 1);
		packet_check(packet, length, family, head, 0);
	}
}

static void noise(void **state)
{
	u8 packet[128];
	unsigned int length, head, i;
	int family, games;

	(void)state;
	for (games = 0; games < 200000; games++) {
		family = shim_below(2);
		length = 60 + shim_below(sizeof(packet) - 59);
		for (i = 0; i < length; i++)
			packet[i] = shim_below(2) ? shim_below(64) :
						    shim_below(256);
		packet[0] = 0x45 + shim_below(11);
		head = ip_bytes(packet, family);
		head += shim_below(length - head + 1);
		packet_check(packet, length, family, head, 0);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(named_cases) + 4] = {
		fresh_test(structured_ipv4),
		fresh_test(structured_ipv6),
		fresh_test(long_chains),
		fresh_test(noise),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(named_cases); i++)
		tests[4 + i] = (struct CMUnitTest) {
			.name = named_cases[i].name,
			.test_func = named,
			.initial_state = (void *)&named_cases[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
