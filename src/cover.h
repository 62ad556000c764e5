/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Covers: what is said of many addresses at once, so that a lookup need not search
 * for prefixes that hold many.
 *
 * A cover has a bit for each cell, a /24 of IPv4 or a /32 of IPv6. Where it is set, of
 * the prefixes of so many bits, and of up to 12 less, that hold the cell the most
 * specific one has no timeout, and its meta word is the one that the cover tells for
 * that page, 2,048 cells. Where it is not set, nothing is known: a lookup has to
 * search. Longer prefixes are no matter of the cover, and are searched before;
 * shorter ones take too many bits to change at once.
 *
 * IPv6 has cells in 2000::/3, out of which all its addresses have been delegated (IANA,
 * "Internet Protocol Version 6 Address Space"), and nowhere else.
 *
 * Used by table.c and lookup.h alone.
 */
#ifndef _OP25B_COVER_H
#define _OP25B_COVER_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "guide.h"
#include "table.h"

/* The longest prefixes that covers know, a cell each; longer ones are in the guide */
#define COVER_LONGEST_IPV4	GUIDE_LONGER_IPV4
#define COVER_LONGEST_IPV6	GUIDE_KEY_BITS

/* A prefix of order n has 2^n cells; the order of the shortest that covers know */
#define COVER_MAX_ORDER		12

/* Cells are in groups, those in pages, those in parts */
#define COVER_GROUP_ORDER	8
#define COVER_PAGE_ORDER	11
#define COVER_PART_ORDER	19
#define COVER_GROUP_CELLS	BIT(COVER_GROUP_ORDER)
#define COVER_GROUP_WORDS	(COVER_GROUP_CELLS / 32)
#define COVER_PAGE_CELLS	BIT(COVER_PAGE_ORDER)
#define COVER_PAGE_WORDS	(COVER_PAGE_CELLS / 32)
#define COVER_PART_PAGES	BIT(COVER_PART_ORDER - COVER_PAGE_ORDER)

/* The first cell of IPv6, and how many there are */
#define COVER_FIRST_IPV6	0x20000000U
#define COVER_CELLS_IPV6	BIT(29)
#define COVER_CELLS_IPV4	BIT(COVER_LONGEST_IPV4)

/* Pages take memory at most for so many, all of IPv4 */
#define COVER_MAX_PAGES		(COVER_CELLS_IPV4 / COVER_PAGE_CELLS)

/**
 * struct cover_part - some pages
 * @pages: for each the words with its bits, lowest addresses first and in lowest bits
 * @metas: what their bits say; 0 for none
 * @own: a bit for each page that @draft has made and may change
 * @draft: the draft that made the part and may change it
 */
struct cover_part {
	const u32 *pages[COVER_PART_PAGES];
	u32 metas[COVER_PART_PAGES];
	u64 own[COVER_PART_PAGES / 64];
	u64 draft;
};

/**
 * struct cover - what is said of cells
 * @parts: its parts
 * @nr: how many
 * @pages: how many pages take memory
 * @private: @parts are the draft's own, to be changed
 */
struct cover {
	const struct cover_part *const *parts;
	u32 nr;
	u32 pages;
	bool private;
};

/* The cell of an address; its upper bits are the part, those behind them the page */
static __always_inline u32 cover_cell(const enum op25b_family family,
				      const __be32 *addr)
{
	u32 first = be32_to_cpu(addr[0]);

	return family == OP25B_IPV4 ? first >> (32 - COVER_LONGEST_IPV4) :
				      first - COVER_FIRST_IPV6;
}

/* Whether there is such a cell */
static __always_inline bool is_cell(const enum op25b_family family, u32 cell)
{
	return family == OP25B_IPV4 || cell < COVER_CELLS_IPV6;
}

static __always_inline u32 cell_part(u32 cell)
{
	return cell >> COVER_PART_ORDER;
}

static __always_inline u32 cell_page(u32 cell)
{
	return cell / COVER_PAGE_CELLS % COVER_PART_PAGES;
}

/* The word of its page that has its bit, at the number of the cell modulo 32 */
static __always_inline u32 cell_word(u32 cell)
{
	return cell / 32 % COVER_PAGE_WORDS;
}

/* Whether it is known what is said of an address by prefixes as covers know: its meta word */
static __always_inline bool cover_find(const struct cover *cover,
				       const enum op25b_family family,
				       const __be32 *addr, u32 *meta)
{
	u32 cell = cover_cell(family, addr), page = cell_page(cell);
	const struct cover_part *part;

	if (!is_cell(family, cell))
		return false;
	part = cover->parts[cell_part(cell)];
	if (!(part->pages[page][cell_word(cell)] >> cell % 32 & 1))
		return false;
	*meta = part->metas[page];
	return true;
}

/* What is told on the page of a cell, 0 for nothing */
static inline u32 cover_told(const struct cover *cover, u32 cell)
{
	return cover->parts[cell_part(cell)]->metas[cell_page(cell)];
}

void op25b_cover_init(struct cover *cover, enum op25b_family family);
void op25b_cover_share(struct cover *cover);
u32 op25b_cover_meta(const struct cover *cover, u32 cell, u32 meta);
bool op25b_cover_is_fresh(const struct cover *cover, u32 cell);
int op25b_cover_tell(struct cover *cover, u32 cell, u32 nr, const u32 *bits,
		     u32 meta, u64 draft);
int op25b_cover_flush(struct cover *cover, enum op25b_table_id id, u64 draft);
void op25b_cover_free(const struct cover *cover, const struct cover *elder,
		      const struct cover *heir);
size_t op25b_cover_bytes(const struct cover *cover);

#endif /* _OP25B_COVER_H */
