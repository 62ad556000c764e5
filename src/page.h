/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that versions of a table share, copy-on-write.
 *
 * A draft, which one writer changes, starts as a clone of a published version, which
 * nobody changes: it shares all pages, and copies a page before it first changes it.
 * Published versions form a line. A page that was replaced never comes back, so that
 * the versions that refer to it are adjacent in the line. Freeing a version frees the
 * pages that neither adjacent version refers to, and dropping a draft those that its
 * origin does not refer to. Nothing counts references.
 */
#ifndef _OP25B_PAGE_H
#define _OP25B_PAGE_H

#include <linux/types.h>

#define OP25B_PAGE_BYTES	4096

/* The arrays of a table, each of so many pages: see lpm.h */
#define PAGES_FINE	0
#define PAGES_COARSE	16
#define PAGES_USES	80
#define PAGES_NR	144

/**
 * struct op25b_pages - arrays in pages
 * @page: the pages; at first each is one of zeros that all tables share
 * @origin: of a draft: what it is a clone of, or NULL; the draft may change pages that
 *	the origin does not have. Not used once it is published
 * @nr: how many are not the one of zeros
 */
struct op25b_pages {
	const void *page[PAGES_NR];
	const struct op25b_pages *origin;
	unsigned int nr;
};

void *op25b_page_copy(const void *page);
void op25b_pages_init(struct op25b_pages *pages);
void *op25b_pages_change(struct op25b_pages *pages, unsigned int i);
unsigned int op25b_pages_beside(const struct op25b_pages *pages,
				const struct op25b_pages *other);
void op25b_pages_free(const struct op25b_pages *pages,
		      const struct op25b_pages *older,
		      const struct op25b_pages *newer);

#endif /* _OP25B_PAGE_H */
