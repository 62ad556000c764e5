// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of words, copy-on-write.
 *
 * A clone shares the array of its origin. The first change copies the list of
 * pages, the first change to a page the page.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "words.h"

#define PAGE_BYTES	(WORDS_PER_PAGE * sizeof(u32))

static const u32 empty_page[WORDS_PER_PAGE];

static const struct words_pages empty = {
	.pages = { [0 ... WORDS_PAGES - 1] = empty_page },
};

/**
 * op25b_words_init() - make an array with all words 0
 * @words: the array
 */
void op25b_words_init(struct words *words)
{
	words->array = &empty;
	words->private = false;
}

/**
 * op25b_words_share() - make a copy of an array the array of a clone
 * @words: the copy
 */
void op25b_words_share(struct words *words)
{
	words->private = false;
}

static struct words_pages *words_own(struct words *words)
{
	struct words_pages *copy;

	if (!words->private) {
		copy = kmemdup(words->array, sizeof(*copy),
			       GFP_KERNEL_ACCOUNT);
		if (!copy)
			return NULL;
		words->array = copy;
		words->private = true;
	}
	return (struct words_pages *)words->array;
}

/**
 * op25b_words_change() - get at a word of a draft's array, to change it
 * @words: the array
 * @i: the word
 * @draft: the draft
 *
 * Return: the word, or NULL without memory, and then the draft is only good for
 * being freed.
 */
u32 *op25b_words_change(struct words *words, u32 i, u64 draft)
{
	struct words_pages *array = words_own(words);
	u32 page = i / WORDS_PER_PAGE;

	if (!array)
		return NULL;
	if (array->drafts[page] != draft) {
		const u32 *copy = kmemdup(array->pages[page], PAGE_BYTES,
					  GFP_KERNEL_ACCOUNT);

		if (!copy)
			return NULL;
		array->pages[page] = copy;
		array->drafts[page] = draft;
	}
	return (u32 *)&array->pages[page][i % WORDS_PER_PAGE];
}

static bool has_page(const struct words *words, u32 i, const u32 *page)
{
	return words && words->array->pages[i] == page;
}

/**
 * op25b_words_free() - free what an array does not share with its neighbours
 * @words: the array
 * @elder: the one before it, or NULL
 * @heir: the one after it, or NULL
 *
 * Context: Process context.
 */
void op25b_words_free(const struct words *words, const struct words *elder,
		      const struct words *heir)
{
	const struct words_pages *array = words->array;
	u32 i;

	if (array == &empty || (elder && array == elder->array) ||
	    (heir && array == heir->array))
		return;
	for (i = 0; i < WORDS_PAGES; i++)
		if (array->drafts[i] && !has_page(elder, i, array->pages[i]) &&
		    !has_page(heir, i, array->pages[i]))
			kfree(array->pages[i]);
	kfree(array);
}

/**
 * op25b_words_bytes() - memory of an array
 * @words: the array
 *
 * Return: bytes besides @words itself, those shared with others too.
 */
size_t op25b_words_bytes(const struct words *words)
{
	size_t bytes = words->array == &empty ? 0 : sizeof(*words->array);
	u32 i;

	for (i = 0; i < WORDS_PAGES; i++)
		if (words->array->drafts[i])
			bytes += PAGE_BYTES;
	return bytes;
}
