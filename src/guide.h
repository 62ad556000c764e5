/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guides: which prefix lengths there may be under an address, so that a lookup
 * need not try those that cannot match.
 *
 * Addresses are in groups, IPv4 by their first 16 bits, IPv6 by a hash of their
 * first 32; a guide has a bitmap for each group. It knows all lengths of IPv4, and
 * of IPv6 those beyond the 32 bits. What it knows is never too little, but it may be
 * too much: bits stay when prefixes go.
 *
 * Longer lengths are lower bits, since they are searched first. IPv4: bit n for length
 * 32 - n. IPv6: two bitmaps of 64 bits, bit n of the first for length 64 - n, of the
 * second for length 128 - n. Lengths beyond /64 are in an array of their own, and so
 * are, once more, those beyond /24: they are often all that a lookup needs, and the
 * less it takes the more of it is in the caches.
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

/* What the array of the longer lengths has is beyond this */
#define GUIDE_LONGER_IPV4	24
#define GUIDE_LONGER_IPV6	64

/* Bits that make a group of IPv6, and of the hash that does; words for each group */
#define GUIDE_KEY_BITS		32
#define GUIDE_HASH_BITS		14
#define GUIDE_GROUP_WORDS	2

/**
 * struct guide - which lengths there may be under an address
 * @longer: the longer lengths; IPv4: bytes, IPv6: pairs of words
 * @bitmaps: IPv4: all lengths, words; IPv6: the shorter ones, pairs of words
 */
struct guide {
	struct words longer;
	struct words bitmaps;
};

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
	return prefix_len > GUIDE_LONGER_IPV6;
}

/* The byte of an IPv4 address: lengths of 25 to 32 bits */
static __always_inline u32 guide_longer_ipv4(const struct guide *guide,
					     const __be32 *addr)
{
	u32 group = be32_to_cpu(addr[0]) >> 16;

	return ((const u8 *)words_at(&guide->longer, group / 4))[group % 4];
}

/* The word of an IPv4 address, its first byte being the page: all lengths */
static __always_inline u32 guide_all_ipv4(const struct guide *guide,
					  const __be32 *addr)
{
	return *words_at(&guide->bitmaps, be32_to_cpu(addr[0]) >> 16);
}

/* The index of an IPv6 address's words; multiplicative hashing */
static __always_inline u32 guide_index_ipv6(const __be32 *addr)
{
	u32 hash = (__force u32)addr[0] * 0x9e3779b1U;

	return (hash >> (32 - GUIDE_HASH_BITS)) * GUIDE_GROUP_WORDS;
}

/* Lengths of 65 to 128 bits */
static __always_inline u64 guide_longer_ipv6(const struct guide *guide,
					     const __be32 *addr)
{
	return load64(words_at(&guide->longer, guide_index_ipv6(addr)));
}

/* Lengths up to 64 bits: those that the guide does not know may always be there */
static __always_inline u64 guide_shorter_ipv6(const struct guide *guide,
					      const __be32 *addr)
{
	return load64(words_at(&guide->bitmaps, guide_index_ipv6(addr))) |
	       ~0ULL << (64 - GUIDE_KEY_BITS);
}

void op25b_guide_init(struct guide *guide);
void op25b_guide_share(struct guide *guide);
int op25b_guide_add(struct guide *guide, enum op25b_family family,
		    const __be32 *addr, u8 prefix_len, u64 draft);
void op25b_guide_free(const struct guide *guide, const struct guide *elder,
		      const struct guide *heir);
size_t op25b_guide_bytes(const struct guide *guide);

#endif /* _OP25B_GUIDE_H */
