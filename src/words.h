/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays of 65,536 words, all 0 at first, copy-on-write by pages. Used by table.c,
 * guide.c and, for two words as one, layers and guides.
 */
#ifndef _OP25B_WORDS_H
#define _OP25B_WORDS_H

#include <linux/compiler.h>
#include <linux/types.h>

#define WORDS_PAGES	256
#define WORDS_PER_PAGE	256

/**
 * struct words_pages - the pages of an array
 * @pages: the pages
 * @drafts: the draft that made a page and may change it; 0: the page is shared by
 *	all arrays, and all 0
 */
struct words_pages {
	const u32 *pages[WORDS_PAGES];
	u64 drafts[WORDS_PAGES];
};

/**
 * struct words - an array
 * @array: its pages
 * @private: they are the draft's own, to be changed
 */
struct words {
	const struct words_pages *array;
	bool private;
};

/* Where a word is, and those behind it on the same page */
static __always_inline const u32 *words_at(const struct words *words, u32 i)
{
	return &words->array->pages[i / WORDS_PER_PAGE][i % WORDS_PER_PAGE];
}

/* Two words as one, in the order of this machine; memcpy() may not be inlined */
struct word_pair {
	u64 both;
} __packed __aligned(4) __attribute__((__may_alias__));

static __always_inline u64 load64(const u32 *words)
{
	return ((const struct word_pair *)words)->both;
}

static __always_inline void store64(u32 *words, u64 x)
{
	((struct word_pair *)words)->both = x;
}

void op25b_words_init(struct words *words);
void op25b_words_share(struct words *words);
u32 *op25b_words_change(struct words *words, u32 i, u64 draft);
void op25b_words_free(const struct words *words, const struct words *elder,
		      const struct words *heir);
size_t op25b_words_bytes(const struct words *words);

#endif /* _OP25B_WORDS_H */
