// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that versions of a table share; see page.h for who owns them. Called by
 * prefix_hash.c and lpm.c in process context; the caller serialises writers.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "page.h"

static const u8 zeros[OP25B_PAGE_BYTES] __aligned(OP25B_PAGE_BYTES);

/**
 * op25b_page_copy() - copy a page
 * @page: the page
 *
 * Return: the copy, aligned to its size as kmalloc() guarantees for powers of two and
 * charged to the memory cgroup; NULL without memory.
 */
void *op25b_page_copy(const void *page)
{
	void *copy = kmalloc(OP25B_PAGE_BYTES, GFP_KERNEL_ACCOUNT);

	return copy ? memcpy(copy, page, OP25B_PAGE_BYTES) : NULL;
}

/**
 * op25b_pages_init() - start with pages of zeros, which take no memory
 * @pages: the arrays
 */
void op25b_pages_init(struct op25b_pages *pages)
{
	unsigned int i;

	for (i = 0; i < PAGES_NR; i++)
		pages->page[i] = zeros;
	pages->origin = NULL;
	pages->nr = 0;
}

/**
 * op25b_pages_change() - make a page of a draft writable
 * @pages: the arrays
 * @i: index of the page
 *
 * Return: the page, copied if the draft did not make it; NULL without memory.
 */
void *op25b_pages_change(struct op25b_pages *pages, unsigned int i)
{
	void *copy;

	if (pages->page[i] != (pages->origin ? pages->origin->page[i] : zeros))
		return (void *)pages->page[i];
	copy = op25b_page_copy(pages->page[i]);
	if (!copy)
		return NULL;
	pages->nr += pages->page[i] == zeros;
	pages->page[i] = copy;
	return copy;
}

/**
 * op25b_pages_beside() - count pages that another version does not share
 * @pages: the arrays
 * @other: those of the other version
 *
 * Return: how many, without those of zeros.
 */
unsigned int op25b_pages_beside(const struct op25b_pages *pages,
				const struct op25b_pages *other)
{
	unsigned int i, nr = 0;

	for (i = 0; i < PAGES_NR; i++)
		nr += pages->page[i] != zeros && pages->page[i] != other->page[i];
	return nr;
}

/**
 * op25b_pages_free() - free the pages that no other version has
 * @pages: the arrays of the version that goes
 * @older: those of the version before it, of a draft its origin; or NULL
 * @newer: those of the version after it, or NULL
 */
void op25b_pages_free(const struct op25b_pages *pages,
		      const struct op25b_pages *older,
		      const struct op25b_pages *newer)
{
	unsigned int i;

	for (i = 0; i < PAGES_NR; i++) {
		const void *page = pages->page[i];

		if (page != zeros && !(older && older->page[i] == page) &&
		    !(newer && newer->page[i] == page))
			kfree(page);
	}
}
