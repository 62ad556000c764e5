/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Covers: what is said of IPv4 addresses by whole /24s, so that a lookup need not
 * search for prefixes that hold many addresses.
 *
 * A cover has a bit for each cell, which is a /24. Where it is set, of the prefixes of
 * 12 to 24 bits that hold the cell the most specific one has no timeout, and its meta
 * word is the one that the cover tells for that /13. Where it is not set, nothing is
 * known: a lookup has to search. Longer prefixes are no matter of the cover, and are
 * searched before; shorter ones take too many bits to change at once.
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

/* The lengths of IPv4 that covers know; longer ones are in the guide's bytes */
#define COVER_SHORTEST	12
#define COVER_LONGEST	GUIDE_LONGER_IPV4

/* Parts are of a /8 each and have pages of a /13; groups, of a /16, have cells, of a /24 */
#define COVER_PART_BITS		8
#define COVER_PAGE_BITS		13
#define COVER_GROUP_BITS	16
#define COVER_PARTS		BIT(COVER_PART_BITS)
#define COVER_PART_PAGES	BIT(COVER_PAGE_BITS - COVER_PART_BITS)
#define COVER_PAGE_CELLS	BIT(COVER_LONGEST - COVER_PAGE_BITS)
#define COVER_PAGE_WORDS	(COVER_PAGE_CELLS / 32)
#define COVER_GROUP_CELLS	BIT(COVER_LONGEST - COVER_GROUP_BITS)
#define COVER_GROUP_WORDS	(COVER_GROUP_CELLS / 32)

/**
 * struct cover_part - the pages of a /8
 * @pages: for each the words with its bits, lowest addresses first and in lowest bits
 * @metas: what their bits say; 0 for none
 * @own: a bit for each page that @draft has made and may change
 * @draft: the draft that made the part and may change it
 */
struct cover_part {
	const u32 *pages[COVER_PART_PAGES];
	u32 metas[COVER_PART_PAGES];
	u32 own;
	u64 draft;
};

/**
 * struct cover - what is said of /24s
 * @parts: its parts
 * @private: @parts are the draft's own, to be changed
 */
struct cover {
	const struct cover_part *const *parts;
	bool private;
};

/* The cell of an address; its upper bits are the part, those behind them the page */
static __always_inline u32 cover_cell(const __be32 *addr)
{
	return be32_to_cpu(addr[0]) >> 8;
}

static __always_inline u32 cell_part(u32 cell)
{
	return cell / (COVER_PAGE_CELLS * COVER_PART_PAGES);
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

/* Whether it is known what is said of an address by prefixes up to /24: its meta word */
static __always_inline bool cover_find(const struct cover *cover,
				       const __be32 *addr, u32 *meta)
{
	u32 cell = cover_cell(addr), page = cell_page(cell);
	const struct cover_part *part = cover->parts[cell_part(cell)];

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

void cover_init(struct cover *cover);
void cover_share(struct cover *cover);
u32 cover_meta(const struct cover *cover, u32 cell, u32 meta);
int cover_tell(struct cover *cover, u32 cell, u32 nr, const u32 *bits, u32 meta,
	       u64 draft);
int cover_flush(struct cover *cover, enum op25b_table_id id, u64 draft);
void cover_free(const struct cover *cover, const struct cover *elder,
		const struct cover *heir);
size_t cover_bytes(const struct cover *cover);

#endif /* _OP25B_COVER_H */
