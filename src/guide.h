/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guides: which prefix lengths there may be under an address, so that a lookup
 * need not try those that cannot match. Copy-on-write.
 *
 * Addresses are in groups, IPv4 by their first 16 bits, IPv6 by a hash of their
 * first 32; a guide has a bitmap for each group. It knows all lengths of IPv4, and
 * of IPv6 those beyond the 32 bits. What it knows is never too little, but it
 * may be too much: bits stay when prefixes go.
 *
 * Used by table.c alone.
 */
#ifndef _OP25B_GUIDE_H
#define _OP25B_GUIDE_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "table.h"

#define GUIDE_PAGES		256
#define GUIDE_PAGE_WORDS	256

/* IPv6: groups, words of the bitmap of each, bits that the guide does not know */
#define GUIDE_HASH_BITS		14
#define GUIDE_GROUP_WORDS	4
#define GUIDE_KEY_BITS		32

/**
 * struct guide - bitmaps of prefix lengths, by groups of addresses
 * @pages: IPv4: a word for each group, bit n for length n + 1. IPv6: four, bit
 *	n of the first for length n + 33, and so on; the last is not used
 * @drafts: the draft that made a page and may change it; 0: the page is shared by
 *	all guides, and empty
 */
struct guide {
	const u32 *pages[GUIDE_PAGES];
	u64 drafts[GUIDE_PAGES];
};

extern const struct guide guide_empty;

/* Where the bitmap of an IPv4 address is: its first byte is the page */
static __always_inline u32 guide_find_ipv4(const struct guide *guide,
					   const __be32 *addr)
{
	u32 group = be32_to_cpu(addr[0]) >> 16;

	return guide->pages[group / GUIDE_PAGE_WORDS][group % GUIDE_PAGE_WORDS];
}

/* The index of an IPv6 address's bitmap in all words; multiplicative hashing */
static __always_inline u32 guide_index_ipv6(const __be32 *addr)
{
	u32 hash = (__force u32)addr[0] * 0x9e3779b1U;

	return (hash >> (32 - GUIDE_HASH_BITS)) * GUIDE_GROUP_WORDS;
}

/* The bitmap of an IPv6 address: four words, the last is of no use */
static __always_inline const u32 *guide_find_ipv6(const struct guide *guide,
						  const __be32 *addr)
{
	u32 i = guide_index_ipv6(addr);

	return &guide->pages[i / GUIDE_PAGE_WORDS][i % GUIDE_PAGE_WORDS];
}

int guide_add(const struct guide **guide, bool *private,
	      enum op25b_family family, const __be32 *addr, u8 prefix_len,
	      u64 draft);
void guide_free(const struct guide *guide, const struct guide *elder,
		const struct guide *heir);
size_t guide_bytes(const struct guide *guide);

#endif /* _OP25B_GUIDE_H */
