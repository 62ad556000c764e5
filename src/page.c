// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that versions of a table share, copy-on-write; see page.h for who owns them.
 *
 * Called by prefix_hash.c, lengths.c and lpm.c in process context; the caller
 * serialises writers.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "page.h"

const u8 op25b_page_zeros[OP25B_PAGE_BYTES] __aligned(OP25B_PAGE_BYTES);
const u8 op25b_page_ones[OP25B_PAGE_BYTES] __aligned(OP25B_PAGE_BYTES) = {
	[0 ... OP25B_PAGE_BYTES - 1] = 0xff,
};

static bool is_constant(const void *page)
{
	return page == op25b_page_zeros || page == op25b_page_ones;
}

/**
 * op25b_page_copy() - copy a page
 * @page: the page
 *
 * Return: the copy, aligned to its size as kmalloc() guarantees for powers of two,
 * charged to the memory cgroup; NULL without memory.
 */
void *op25b_page_copy(const void *page)
{
	void *copy = kmalloc(OP25B_PAGE_BYTES, GFP_KERNEL_ACCOUNT);

	return copy ? memcpy(copy, page, OP25B_PAGE_BYTES) : NULL;
}

/**
 * op25b_pages_init() - start with constant pages
 * @pages: the array; the lengths are all ones, the label uses zeros
 */
void op25b_pages_init(struct op25b_pages *pages)
{
	unsigned int i;

	for (i = 0; i < PAGES_NR; i++)
		pages->page[i] = i < PAGES_USES ? op25b_page_ones :
						  op25b_page_zeros;
	memset(pages->own, 0, sizeof(pages->own));
}

/**
 * op25b_pages_clone() - turn a copy of an array into that of a draft
 * @pages: the copy, which owns nothing from now on
 */
void op25b_pages_clone(struct op25b_pages *pages)
{
	memset(pages->own, 0, sizeof(pages->own));
}

/**
 * op25b_pages_clear() - make pages all zeros that are constant so far
 * @pages: the array
 * @from: the first page
 * @to: the one behind the last
 */
void op25b_pages_clear(struct op25b_pages *pages, unsigned int from,
		       unsigned int to)
{
	while (from < to)
		pages->page[from++] = op25b_page_zeros;
}

/**
 * op25b_pages_change() - make a page of a draft writable
 * @pages: the array
 * @i: index of the page
 *
 * Return: the page, copied if the draft did not own it; NULL without memory.
 */
void *op25b_pages_change(struct op25b_pages *pages, unsigned int i)
{
	void *copy;

	if (pages->own[i])
		return (void *)pages->page[i];
	copy = op25b_page_copy(pages->page[i]);
	if (!copy)
		return NULL;
	pages->page[i] = copy;
	pages->own[i] = true;
	return copy;
}

/**
 * op25b_pages_free() - free the pages that no other version has
 * @pages: the array of the version that goes
 * @elder: that of the version before it, of a draft its origin; or NULL
 * @heir: that of the version after it, or NULL
 */
void op25b_pages_free(const struct op25b_pages *pages,
		      const struct op25b_pages *elder,
		      const struct op25b_pages *heir)
{
	unsigned int i;

	for (i = 0; i < PAGES_NR; i++) {
		const void *page = pages->page[i];

		if (!is_constant(page) && !(elder && elder->page[i] == page) &&
		    !(heir && heir->page[i] == page))
			kfree(page);
	}
}

/**
 * op25b_pages_bytes() - memory of an array
 * @pages: the array
 *
 * Return: bytes of its pages, shared ones included, constant ones not.
 */
size_t op25b_pages_bytes(const struct op25b_pages *pages)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < PAGES_NR; i++)
		if (!is_constant(pages->page[i]))
			bytes += OP25B_PAGE_BYTES;
	return bytes;
}
