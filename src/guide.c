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

/**
 * op25b_guide_init() - make a guide that knows of no prefix
 * @guide: the guide
 */
void op25b_guide_init(struct guide *guide)
{
	op25b_words_init(&guide->longer);
	op25b_words_init(&guide->bitmaps);
}

/**
 * op25b_guide_share() - make a copy of a guide the guide of a clone
 * @guide: the copy
 */
void op25b_guide_share(struct guide *guide)
{
	op25b_words_share(&guide->longer);
	op25b_words_share(&guide->bitmaps);
}

/* Sets a bit of a byte; bytes are in the order of addresses */
static int set_in_byte(struct words *words, u32 i, u8 bit, u64 draft)
{
	u32 *word;

	if (((const u8 *)words_at(words, i / 4))[i % 4] & bit)
		return 0;
	word = op25b_words_change(words, i / 4, draft);
	if (!word)
		return -ENOMEM;
	((u8 *)word)[i % 4] |= bit;
	return 0;
}

/* Sets a bit in so many words, from an index on */
static int set_in_words(struct words *words, u32 i, u32 n, u32 bit, u64 draft)
{
	for (; n; i++, n--) {
		u32 *word;

		if (*words_at(words, i) & bit)
			continue;
		word = op25b_words_change(words, i, draft);
		if (!word)
			return -ENOMEM;
		*word |= bit;
	}
	return 0;
}

/* Sets a bit in two words that are one */
static int set_in_pair(struct words *words, u32 i, u64 bit, u64 draft)
{
	u64 bits = load64(words_at(words, i));
	u32 *pair;

	if (bits & bit)
		return 0;
	pair = op25b_words_change(words, i, draft);
	if (!pair)
		return -ENOMEM;
	store64(pair, bits | bit);
	return 0;
}

/**
 * op25b_guide_add() - let a draft's guide know of a prefix
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
int op25b_guide_add(struct guide *guide, enum op25b_family family,
		    const __be32 *addr, u8 prefix_len, u64 draft)
{
	u64 bit = guide_bit(family, prefix_len);
	u32 group = be32_to_cpu(addr[0]) >> 16, groups;
	int err = 0;

	if (family == OP25B_IPV6) {
		if (prefix_len <= GUIDE_KEY_BITS)
			return 0;
		return set_in_pair(guide_half(prefix_len) ? &guide->longer :
							    &guide->bitmaps,
				   guide_index_ipv6(addr), bit, draft);
	}
	if (!prefix_len)
		return 0;
	if (prefix_len > GUIDE_LONGER_IPV4)
		err = set_in_byte(&guide->longer, group, bit, draft);
	groups = prefix_len < 16 ? BIT(16 - prefix_len) : 1;
	return err ?: set_in_words(&guide->bitmaps, group, groups, bit, draft);
}

/**
 * op25b_guide_free() - free what a guide does not share with its neighbours
 * @guide: the guide
 * @elder: the one before it, or NULL
 * @heir: the one after it, or NULL
 *
 * Context: Process context.
 */
void op25b_guide_free(const struct guide *guide, const struct guide *elder,
		      const struct guide *heir)
{
	op25b_words_free(&guide->longer, elder ? &elder->longer : NULL,
			 heir ? &heir->longer : NULL);
	op25b_words_free(&guide->bitmaps, elder ? &elder->bitmaps : NULL,
			 heir ? &heir->bitmaps : NULL);
}

/**
 * op25b_guide_bytes() - memory of a guide
 * @guide: the guide
 *
 * Return: bytes besides @guide itself, those shared with others too.
 */
size_t op25b_guide_bytes(const struct guide *guide)
{
	return op25b_words_bytes(&guide->longer) +
	       op25b_words_bytes(&guide->bitmaps);
}
