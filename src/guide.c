// SPDX-License-Identifier: GPL-2.0
/*
 * Guides: which prefix lengths there may be under an address.
 *
 * A clone shares the guide of its origin. The first change copies the list of
 * pages, the first change to a page the page. Bits come with prefixes; those of
 * prefixes that have gone stay, which costs a lookup a search in vain at most,
 * until the table is loaded anew.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "guide.h"

#define PAGE_OF_GUIDE	(GUIDE_PAGE_WORDS * sizeof(u32))

static const u32 empty_page[GUIDE_PAGE_WORDS];

const struct guide guide_empty = {
	.pages = { [0 ... GUIDE_PAGES - 1] = empty_page },
};

static struct guide *guide_own(const struct guide **guide, bool *private)
{
	struct guide *copy;

	if (!*private) {
		copy = kmemdup(*guide, sizeof(*copy), GFP_KERNEL_ACCOUNT);
		if (!copy)
			return NULL;
		*guide = copy;
		*private = true;
	}
	return (struct guide *)*guide;
}

/* A word as the draft may change it */
static u32 *guide_word(const struct guide **shared, bool *private, u32 i,
		       u64 draft)
{
	struct guide *guide = guide_own(shared, private);
	u32 page = i / GUIDE_PAGE_WORDS;

	if (!guide)
		return NULL;
	if (guide->drafts[page] != draft) {
		const u32 *copy = kmemdup(guide->pages[page], PAGE_OF_GUIDE,
					  GFP_KERNEL_ACCOUNT);

		if (!copy)
			return NULL;
		guide->pages[page] = copy;
		guide->drafts[page] = draft;
	}
	return (u32 *)&guide->pages[page][i % GUIDE_PAGE_WORDS];
}

/* Sets a bit in so many words, from an index on */
static int guide_set(const struct guide **guide, bool *private, u32 i, u32 n,
		     u32 bit, u64 draft)
{
	for (; n; i++, n--) {
		u32 page = i / GUIDE_PAGE_WORDS, *word;

		if ((*guide)->pages[page][i % GUIDE_PAGE_WORDS] & bit)
			continue;
		word = guide_word(guide, private, i, draft);
		if (!word)
			return -ENOMEM;
		*word |= bit;
	}
	return 0;
}

/**
 * guide_add() - let a draft's guide know of a prefix
 * @guide: the guide, replaced when the draft gets one of its own
 * @private: whether it is the draft's own
 * @family: of the prefix
 * @addr: its address
 * @prefix_len: its bits
 * @draft: the draft
 *
 * A length that the family's guides do not know is left out.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int guide_add(const struct guide **guide, bool *private,
	      enum op25b_family family, const __be32 *addr, u8 prefix_len,
	      u64 draft)
{
	u32 n = prefix_len < 16 ? 1 << (16 - prefix_len) : 1, bit;

	if (family == OP25B_IPV4) {
		if (!prefix_len)
			return 0;
		return guide_set(guide, private, be32_to_cpu(addr[0]) >> 16, n,
				 BIT(prefix_len - 1), draft);
	}
	if (prefix_len <= GUIDE_KEY_BITS)
		return 0;
	bit = prefix_len - GUIDE_KEY_BITS - 1;
	return guide_set(guide, private, guide_index_ipv6(addr) + bit / 32, 1,
			 BIT(bit % 32), draft);
}

static bool has_page(const struct guide *guide, u32 i, const u32 *page)
{
	return guide && guide->pages[i] == page;
}

/**
 * guide_free() - free what a guide does not share with its neighbours
 * @guide: the guide
 * @elder: the one before it, or NULL
 * @heir: the one after it, or NULL
 *
 * Context: Process context.
 */
void guide_free(const struct guide *guide, const struct guide *elder,
		const struct guide *heir)
{
	u32 i;

	if (guide == elder || guide == heir || guide == &guide_empty)
		return;
	for (i = 0; i < GUIDE_PAGES; i++)
		if (guide->drafts[i] && !has_page(elder, i, guide->pages[i]) &&
		    !has_page(heir, i, guide->pages[i]))
			kfree(guide->pages[i]);
	kfree(guide);
}

/**
 * guide_bytes() - memory of a guide
 * @guide: the guide
 *
 * Return: bytes, those shared with others too.
 */
size_t guide_bytes(const struct guide *guide)
{
	size_t bytes = guide == &guide_empty ? 0 : sizeof(*guide);
	u32 i;

	for (i = 0; i < GUIDE_PAGES; i++)
		if (guide->drafts[i])
			bytes += PAGE_OF_GUIDE;
	return bytes;
}
