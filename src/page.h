/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that versions of a table share, copy-on-write.
 *
 * A version is a draft, which one writer changes, or published, which nobody
 * changes. A draft starts as a clone: it shares all pages of its origin, and copies
 * a page before it first changes it. Published versions form a line, each a clone of
 * the one before or new altogether.
 *
 * Nothing counts references. A page that was replaced never comes back, so the
 * versions that have it are neighbours in the line: a version that is freed owns what
 * neither the one before it nor the one after it has, among those that are left. A
 * draft that is dropped owns what its origin does not have.
 */
#ifndef _OP25B_PAGE_H
#define _OP25B_PAGE_H

#include <linux/types.h>

#define OP25B_PAGE_BYTES	4096

/* An array of pages holds three arrays, of which a table needs all or none */
#define PAGES_FINE	0	/* lengths.h: the longer prefix lengths */
#define PAGES_COARSE	16	/* lengths.h: the shorter ones */
#define PAGES_USES	80	/* lpm.c: entries by label, u32 */
#define PAGES_NR	144

/**
 * struct op25b_pages - an array of pages
 * @page: each at first a constant page that all tables share
 * @own: of a draft: the pages that it has copied, and may change
 */
struct op25b_pages {
	const void *page[PAGES_NR];
	bool own[PAGES_NR];
};

extern const u8 op25b_page_zeros[OP25B_PAGE_BYTES];
extern const u8 op25b_page_ones[OP25B_PAGE_BYTES];

void *op25b_page_copy(const void *page);
void op25b_pages_init(struct op25b_pages *pages);
void op25b_pages_clone(struct op25b_pages *pages);
void op25b_pages_clear(struct op25b_pages *pages, unsigned int from,
		       unsigned int to);
void *op25b_pages_change(struct op25b_pages *pages, unsigned int i);
void op25b_pages_free(const struct op25b_pages *pages,
		      const struct op25b_pages *elder,
		      const struct op25b_pages *heir);
size_t op25b_pages_bytes(const struct op25b_pages *pages);

#endif /* _OP25B_PAGE_H */
