/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guides: which prefix lengths there may be under an address, so that a lookup
 * need not try those that cannot match.
 *
 * Addresses are in groups, IPv4 by their first 16 bits, IPv6 by a hash of their
 * first 32; a guide is an array with a bitmap for each group. It knows all lengths
 * of IPv4, and of IPv6 those beyond the 32 bits. What it knows is never too
 * little, but it may be too much: bits stay when prefixes go.
 *
 * Longer lengths are lower bits, since they are searched first. IPv4: a word for
 * each group, bit n for length 32 - n. IPv6: two of 64 bits, bit n of the first for
 * length 64 - n, of the second for length 128 - n.
 *
 * Used by table.c and lookup.h alone.
 */
#ifndef _OP25B_GUIDE_H
#define _OP25B_GUIDE_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "table.h"
#include "words.h"

/* IPv6: groups, words of the bitmap of each and of its half, bits that make a group */
#define GUIDE_HASH_BITS		14
#define GUIDE_GROUP_WORDS	4
#define GUIDE_HALF_WORDS	2
#define GUIDE_KEY_BITS		32

/* The bit of a length, not 0, in the bitmap, or in the one that knows it */
static inline u64 guide_bit(enum op25b_family family, u8 prefix_len)
{
	if (family == OP25B_IPV4)
		return BIT_ULL(32 - prefix_len);
	return BIT_ULL((128 - prefix_len) % 64);
}

/* The bitmap of IPv6 that knows a length */
static inline unsigned int guide_half(u8 prefix_len)
{
	return prefix_len > 64;
}

/* The bitmap of an IPv4 address: its first byte is the page */
static __always_inline u32 guide_find_ipv4(const struct words *guide,
					   const __be32 *addr)
{
	return *words_at(guide, be32_to_cpu(addr[0]) >> 16);
}

/* The index of an IPv6 address's bitmap; multiplicative hashing */
static __always_inline u32 guide_index_ipv6(const __be32 *addr)
{
	u32 hash = (__force u32)addr[0] * 0x9e3779b1U;

	return (hash >> (32 - GUIDE_HASH_BITS)) * GUIDE_GROUP_WORDS;
}

/*
 * Half 0 of that bitmap, lengths up to 64, or half 1: lengths that the guide does
 * not know may always be there
 */
static __always_inline u64 guide_find_ipv6(const struct words *guide,
					   const __be32 *addr,
					   unsigned int half)
{
	u64 known = load64(words_at(guide, guide_index_ipv6(addr)) +
			   half * GUIDE_HALF_WORDS);

	return half ? known : known | ~0ULL << (64 - GUIDE_KEY_BITS);
}

int guide_add(struct words *guide, enum op25b_family family,
	      const __be32 *addr, u8 prefix_len, u64 draft);

#endif /* _OP25B_GUIDE_H */
