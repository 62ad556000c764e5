// SPDX-License-Identifier: GPL-2.0
/*
 * Covers: what is said of many addresses at once, copy-on-write.
 *
 * A clone shares the parts of its origin. The first change copies the list of parts,
 * the first change to a part the part, and to a page the page. Pages without bits and
 * pages with all, which are many where all space belongs to somebody, and parts
 * without bits are shared by all covers. Of those without bits, some are fresh: nothing
 * has been told there yet.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cover.h"

#define MAX_PARTS	(COVER_CELLS_IPV6 >> COVER_PART_ORDER)
#define PAGE_BYTES	(COVER_PAGE_WORDS * sizeof(u32))

/* Without bits both, they are told apart by where they are */
static const u32 fresh_page[COVER_PAGE_WORDS];
static const u32 empty_page[COVER_PAGE_WORDS];

static const u32 full_page[COVER_PAGE_WORDS] = {
	[0 ... COVER_PAGE_WORDS - 1] = ~0U,
};

static const struct cover_part fresh_part = {
	.pages = { [0 ... COVER_PART_PAGES - 1] = fresh_page },
};

static const struct cover_part empty_part = {
	.pages = { [0 ... COVER_PART_PAGES - 1] = empty_page },
};

static const struct cover_part *const fresh[MAX_PARTS] = {
	[0 ... MAX_PARTS - 1] = &fresh_part,
};

/* Memory of the list of parts */
static size_t parts_bytes(const struct cover *cover)
{
	return cover->nr * sizeof(*cover->parts);
}

/**
 * op25b_cover_init() - make a cover that knows nothing
 * @cover: the cover
 * @family: of the addresses
 */
void op25b_cover_init(struct cover *cover, enum op25b_family family)
{
	u32 cells = family == OP25B_IPV4 ? COVER_CELLS_IPV4 : COVER_CELLS_IPV6;

	cover->parts = fresh;
	cover->nr = cells >> COVER_PART_ORDER;
	cover->pages = 0;
	cover->private = false;
}

/**
 * op25b_cover_share() - make a copy of a cover the cover of a clone
 * @cover: the copy
 */
void op25b_cover_share(struct cover *cover)
{
	cover->private = false;
}

/* The list of parts, for the draft to change, or NULL without memory */
static const struct cover_part **change_parts(struct cover *cover)
{
	if (!cover->private) {
		const struct cover_part **parts;

		parts = kmemdup(cover->parts, parts_bytes(cover),
				GFP_KERNEL_ACCOUNT);
		if (!parts)
			return NULL;
		cover->parts = parts;
		cover->private = true;
	}
	return (const struct cover_part **)cover->parts;
}

/* A part that the draft may change, or NULL without memory */
static struct cover_part *change_part(struct cover *cover, u32 i, u64 draft)
{
	const struct cover_part **parts = change_parts(cover);
	struct cover_part *part;

	if (!parts)
		return NULL;
	if (parts[i]->draft == draft)
		return (struct cover_part *)parts[i];
	part = kmemdup(parts[i], sizeof(*part), GFP_KERNEL_ACCOUNT);
	if (!part)
		return NULL;
	part->draft = draft;
	memset(part->own, 0, sizeof(part->own));
	parts[i] = part;
	return part;
}

static bool is_everybodys(const u32 *page)
{
	return page == fresh_page || page == empty_page || page == full_page;
}

/* Whether the draft that made a part has made a page of it */
static bool owns_page(const struct cover_part *part, u32 i)
{
	return part->own[i / 64] & BIT_ULL(i % 64);
}

/* A page of a part that the draft may change, or NULL without memory */
static u32 *change_page(struct cover *cover, struct cover_part *part, u32 i)
{
	if (!owns_page(part, i)) {
		const u32 *page = kmemdup(part->pages[i], PAGE_BYTES,
					  GFP_KERNEL_ACCOUNT);

		if (!page)
			return NULL;
		cover->pages += is_everybodys(part->pages[i]);
		part->pages[i] = page;
		part->own[i / 64] |= BIT_ULL(i % 64);
	}
	return (u32 *)part->pages[i];
}

/* Lets go of a page of a part, which is freed if the draft has made it */
static void put_page(struct cover *cover, const struct cover_part *part, u32 i,
		     bool own)
{
	cover->pages -= !is_everybodys(part->pages[i]);
	if (own)
		kfree(part->pages[i]);
}

/* Takes one that is everybody's for a page of a part that the draft may change */
static void replace_page(struct cover *cover, struct cover_part *part, u32 i,
			 const u32 *page)
{
	put_page(cover, part, i, owns_page(part, i));
	part->pages[i] = page;
	part->own[i / 64] &= ~BIT_ULL(i % 64);
	if (page == empty_page)
		part->metas[i] = 0;
}

/* Takes the one that is everybody's for a part; 0 or -ENOMEM */
static int drop_part(struct cover *cover, u32 i, u64 draft)
{
	const struct cover_part **parts = change_parts(cover);
	const struct cover_part *part = cover->parts[i];
	bool mine = part->draft == draft;
	u32 j;

	if (!parts)
		return -ENOMEM;
	for (j = 0; j < COVER_PART_PAGES; j++)
		put_page(cover, part, j, mine && owns_page(part, j));
	if (mine)
		kfree(part);
	parts[i] = &empty_part;
	return 0;
}

/* Whether a part tells what entries of a table of the policy say, or of the others */
static bool part_tells(const struct cover_part *part, enum op25b_table_id id,
		       bool others)
{
	u32 i;

	for (i = 0; i < COVER_PART_PAGES; i++)
		if (part->metas[i] &&
		    (op25b_meta_table(part->metas[i]) == id) != others)
			return true;
	return false;
}

/* Nothing is known of a page of a part that the draft may change; 0 or -ENOMEM */
static int forget_page(struct cover *cover, u32 i, u32 j, u64 draft)
{
	struct cover_part *part = (struct cover_part *)cover->parts[i];

	replace_page(cover, part, j, empty_page);
	return memchr_inv(part->metas, 0, sizeof(part->metas)) ?
	       0 : drop_part(cover, i, draft);
}

static bool is_dynamic(u32 meta)
{
	return op25b_meta_table(meta) == OP25B_TABLE_DYNAMIC;
}

/**
 * op25b_cover_meta() - see what to tell of cells
 * @cover: the cover
 * @cell: a cell
 * @meta: what an entry says that has come there; 0 if none has
 *
 * Pages tell one meta word. It is that of the first entry there, but since most
 * that lookups are for is blocked, a dynamic one is told rather than others.
 *
 * Return: the meta word to tell from now on, 0 for none.
 */
u32 op25b_cover_meta(const struct cover *cover, u32 cell, u32 meta)
{
	u32 told = cover_told(cover, cell);

	return !told || (is_dynamic(meta) && !is_dynamic(told)) ? meta : told;
}

/**
 * op25b_cover_is_fresh() - see whether nothing has been told yet of cells
 * @cover: the cover
 * @cell: one of the cells of a page
 *
 * Where something has been, and is not any more, there may be more to tell.
 *
 * Return: whether it is so.
 */
bool op25b_cover_is_fresh(const struct cover *cover, u32 cell)
{
	return cover->parts[cell_part(cell)]->pages[cell_page(cell)] ==
	       fresh_page;
}

/* Which bits of one word of a group are those of some cells of it, a power of two */
static u32 word_mask(u32 word, u32 first, u32 nr)
{
	if (nr < 32)
		return word == first / 32 ? GENMASK(nr - 1, 0) << first % 32 : 0;
	return word >= first / 32 && word < (first + nr) / 32 ? ~0U : 0;
}

/**
 * op25b_cover_tell() - let a draft's cover know what is said of cells
 * @cover: the cover
 * @cell: the first of them
 * @nr: how many, those of a prefix in one group
 * @bits: for all cells of their group whether the cover may tell @meta of them; those
 *	of others are ignored
 * @meta: as op25b_cover_meta() has it; if something else was told so far, and this is
 *	to be told of any of the cells, nothing else is known of their page any more
 * @draft: the draft
 *
 * Where there are too many pages already, nothing is known from now on of a page that
 * would be one more.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_cover_tell(struct cover *cover, u32 cell, u32 nr, const u32 *bits,
		     u32 meta, u64 draft)
{
	u32 at = cell_word(cell) & ~(COVER_GROUP_WORDS - 1), i = cell_page(cell);
	const struct cover_part *known = cover->parts[cell_part(cell)];
	bool anew = known->metas[i] != meta;
	struct cover_part *part;
	u32 word, mask, *page;
	bool differs = false, too_many;

	for (word = 0; word < COVER_GROUP_WORDS; word++) {
		mask = word_mask(word, cell % COVER_GROUP_CELLS, nr);
		if ((bits[word] ^ (anew ? 0 : known->pages[i][at + word])) & mask)
			differs = true;
	}
	too_many = is_everybodys(known->pages[i]) &&
		   cover->pages >= COVER_MAX_PAGES;
	if (!differs || (too_many && !known->metas[i]))
		return 0;
	part = change_part(cover, cell_part(cell), draft);
	if (!part)
		return -ENOMEM;
	if (too_many)
		return forget_page(cover, cell_part(cell), i, draft);
	page = change_page(cover, part, i);
	if (!page)
		return -ENOMEM;
	if (anew)
		memset(page, 0, PAGE_BYTES);
	part->metas[i] = meta;
	for (word = 0; word < COVER_GROUP_WORDS; word++) {
		mask = word_mask(word, cell % COVER_GROUP_CELLS, nr);
		page[at + word] = (page[at + word] & ~mask) |
				  (bits[word] & mask);
	}
	if (!memchr_inv(page, 0, PAGE_BYTES))
		return forget_page(cover, cell_part(cell), i, draft);
	if (!memchr_inv(page, 0xff, PAGE_BYTES))
		replace_page(cover, part, i, full_page);
	return 0;
}

/**
 * op25b_cover_flush() - forget what entries of a table of the policy say, which go
 * @cover: the cover, of a draft
 * @id: the table
 * @draft: the draft
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_cover_flush(struct cover *cover, enum op25b_table_id id, u64 draft)
{
	struct cover_part *part;
	u32 i, j;

	for (i = 0; i < cover->nr; i++) {
		if (!part_tells(cover->parts[i], id, false))
			continue;
		if (!part_tells(cover->parts[i], id, true)) {
			if (drop_part(cover, i, draft))
				return -ENOMEM;
			continue;
		}
		part = change_part(cover, i, draft);
		if (!part)
			return -ENOMEM;
		for (j = 0; j < COVER_PART_PAGES; j++)
			if (part->metas[j] &&
			    op25b_meta_table(part->metas[j]) == id)
				replace_page(cover, part, j, empty_page);
	}
	return 0;
}

static bool is_everybodys_part(const struct cover_part *part)
{
	return part == &fresh_part || part == &empty_part;
}

static bool has_page(const struct cover_part *part, u32 i, const u32 *page)
{
	return part && part->pages[i] == page;
}

static void free_part(const struct cover_part *part,
		      const struct cover_part *elder,
		      const struct cover_part *heir)
{
	u32 i;

	if (is_everybodys_part(part) || part == elder || part == heir)
		return;
	for (i = 0; i < COVER_PART_PAGES; i++) {
		const u32 *page = part->pages[i];

		if (!is_everybodys(page) && !has_page(elder, i, page) &&
		    !has_page(heir, i, page))
			kfree(page);
	}
	kfree(part);
}

/**
 * op25b_cover_free() - free what a cover does not share with its neighbours
 * @cover: the cover
 * @elder: the one before it, or NULL
 * @heir: the one after it, or NULL
 *
 * Context: Process context.
 */
void op25b_cover_free(const struct cover *cover, const struct cover *elder,
		      const struct cover *heir)
{
	u32 i;

	if (cover->parts == fresh ||
	    (elder && cover->parts == elder->parts) ||
	    (heir && cover->parts == heir->parts))
		return;
	for (i = 0; i < cover->nr; i++)
		free_part(cover->parts[i], elder ? elder->parts[i] : NULL,
			  heir ? heir->parts[i] : NULL);
	kfree(cover->parts);
}

/**
 * op25b_cover_bytes() - memory of a cover
 * @cover: the cover
 *
 * Return: bytes besides @cover itself, those shared with others too.
 */
size_t op25b_cover_bytes(const struct cover *cover)
{
	size_t bytes = cover->parts == fresh ? 0 : parts_bytes(cover);
	u32 i;

	for (i = 0; i < cover->nr; i++)
		if (!is_everybodys_part(cover->parts[i]))
			bytes += kmalloc_size_roundup(sizeof(**cover->parts));
	return bytes + cover->pages * PAGE_BYTES;
}
