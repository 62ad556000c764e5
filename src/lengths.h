/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which prefix lengths can match an address, so that a lookup searches for these
 * only.
 *
 * A table has a bitmap of the lengths in use, and, from LENGTHS_MIN entries on, one
 * for each group of addresses: those with the same first 16 bits (IPv4), or with the
 * same hash of the first 32 (IPv6). A length in use whose bit is set in the group may
 * match. Bits of a group are never cleared, which costs a search in vain; the bitmap
 * of the lengths in use is exact.
 *
 * The bitmaps of the groups are in the pages of the table, in two arrays, so that the
 * one that lookups read first is small:
 *
 *	fine	IPv4 /25 to /32, a byte a group; IPv6 /65 to /128, 64 bits
 *	coarse	IPv4 /8 to /24, 32 bits a group; IPv6 /33 to /64, 64 bits
 *
 * Shorter lengths are always searched for if they are in use. Bit n is the length of
 * n less than the longest.
 *
 * Used by lpm.c and lpm.h alone.
 */
#ifndef _OP25B_LENGTHS_H
#define _OP25B_LENGTHS_H

#include <linux/types.h>

#include "entry.h"
#include "page.h"

/* Tables with fewer entries have no bitmaps of groups: they would be larger */
#define LENGTHS_MIN	1024

/* The shortest lengths that groups have bits for */
#define LENGTHS_SHORTEST_IPV4	8
#define LENGTHS_SHORTEST_IPV6	33

#define LENGTHS_FINE_IPV4	GENMASK(7, 0)
#define LENGTHS_ALWAYS_IPV4	GENMASK(31, 25)
#define LENGTHS_ALWAYS_IPV6	GENMASK_ULL(63, 32)

#define LENGTHS_GROUP_BITS_IPV6	13

/**
 * struct lengths - the prefix lengths of a table
 * @used: those in use; IPv4 1 to 32; IPv6 1 to 64, and 65 to 128
 * @has_default: whether there is a prefix of length 0
 * @grouped: whether the pages have bitmaps of groups
 * @count: entries by length
 */
struct lengths {
	u64 used[2];
	bool has_default;
	bool grouped;
	u32 count[129];
};

static __always_inline u32 lengths_group_ipv6(u64 hi)
{
	return (u32)(hi >> 32) * 0x9e3779b1U >> (32 - LENGTHS_GROUP_BITS_IPV6);
}

/* IPv4 /25 to /32 */
static __always_inline u32 lengths_fine_ipv4(const struct lengths *lengths,
					     const struct op25b_pages *pages,
					     u64 hi)
{
	const u8 *page = pages->page[PAGES_FINE + (hi >> 60)];

	return page[hi >> 48 & 0xfff] & lengths->used[0];
}

/* IPv4 /1 to /24 */
static __always_inline u32 lengths_coarse_ipv4(const struct lengths *lengths,
					       const struct op25b_pages *pages,
					       u64 hi)
{
	const u32 *page = pages->page[PAGES_COARSE + (hi >> 58)];

	return (page[hi >> 48 & 0x3ff] | LENGTHS_ALWAYS_IPV4) &
	       lengths->used[0] & ~LENGTHS_FINE_IPV4;
}

static __always_inline u64 lengths_word_ipv6(const struct op25b_pages *pages,
					     unsigned int first, u64 hi)
{
	u32 group = lengths_group_ipv6(hi);
	const u64 *page = pages->page[first + group / 512];

	return page[group % 512];
}

/* IPv6 /65 to /128 */
static __always_inline u64 lengths_fine_ipv6(const struct lengths *lengths,
					     const struct op25b_pages *pages,
					     u64 hi)
{
	return lengths_word_ipv6(pages, PAGES_FINE, hi) & lengths->used[1];
}

/* IPv6 /1 to /64 */
static __always_inline u64 lengths_coarse_ipv6(const struct lengths *lengths,
					       const struct op25b_pages *pages,
					       u64 hi)
{
	return (lengths_word_ipv6(pages, PAGES_COARSE, hi) |
		LENGTHS_ALWAYS_IPV6) & lengths->used[0];
}

int op25b_lengths_add(struct lengths *lengths, struct op25b_pages *pages,
		      enum op25b_family family, const struct op25b_key *key);
void op25b_lengths_remove(struct lengths *lengths, enum op25b_family family,
			  u8 prefix_len);
int op25b_lengths_note(struct op25b_pages *pages, enum op25b_family family,
		       const struct op25b_key *key);

#endif /* _OP25B_LENGTHS_H */
