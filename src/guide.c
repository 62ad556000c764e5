// SPDX-License-Identifier: GPL-2.0
/*
 * Guides: which prefix lengths there may be under an address.
 *
 * Bits come with prefixes; those of prefixes that have gone stay, which costs a
 * lookup a search in vain at most, until the table is loaded anew.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "guide.h"

/* Sets a bit in so many words, from an index on */
static int guide_set_ipv4(struct words *guide, u32 i, u32 n, u32 bit, u64 draft)
{
	for (; n; i++, n--) {
		u32 *word;

		if (*words_at(guide, i) & bit)
			continue;
		word = words_change(guide, i, draft);
		if (!word)
			return -ENOMEM;
		*word |= bit;
	}
	return 0;
}

/* Sets a bit in two words that are one */
static int guide_set_ipv6(struct words *guide, u32 i, u64 bit, u64 draft)
{
	u64 bits = load64(words_at(guide, i));
	u32 *words;

	if (bits & bit)
		return 0;
	words = words_change(guide, i, draft);
	if (!words)
		return -ENOMEM;
	store64(words, bits | bit);
	return 0;
}

/**
 * guide_add() - let a draft's guide know of a prefix
 * @guide: the guide
 * @family: of the prefix
 * @addr: its address
 * @prefix_len: its bits
 * @draft: the draft
 *
 * A length that the family's guides do not know is left out.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int guide_add(struct words *guide, enum op25b_family family,
	      const __be32 *addr, u8 prefix_len, u64 draft)
{
	u32 n = prefix_len < 16 ? 1 << (16 - prefix_len) : 1, i;

	if (family == OP25B_IPV4) {
		if (!prefix_len)
			return 0;
		return guide_set_ipv4(guide, be32_to_cpu(addr[0]) >> 16, n,
				      guide_bit(family, prefix_len), draft);
	}
	if (prefix_len <= GUIDE_KEY_BITS)
		return 0;
	i = guide_index_ipv6(addr) + guide_half(prefix_len) * GUIDE_HALF_WORDS;
	return guide_set_ipv6(guide, i, guide_bit(family, prefix_len), draft);
}
