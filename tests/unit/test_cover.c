// SPDX-License-Identifier: GPL-2.0
/*
 * Covers: that they tell all that they may, and nothing else, for cells near each
 * other where prefixes lie in each other; what takes what is told from others; what
 * is left when prefixes have gone.
 *
 * Both families have the same tests, but for a few, written down as for IPv4: in IPv6
 * a cell is the one by the same number, and a prefix has eight bits more.
 */
#include "unit.h"

/* for what a cover looks like from inside */
#include "table.c"

#include "model.h"

#define NOW	1000

/* A /11: four pages, which share their part with others */
#define BASE		0x0a200000U
#define BASE_BITS	11
#define SPACE		BIT(32 - BASE_BITS)
#define CELLS		BIT(24 - BASE_BITS)

static enum op25b_family family;

static int setup_ipv4(void **state)
{
	family = OP25B_IPV4;
	return unit_setup(state);
}

static int setup_ipv6(void **state)
{
	family = OP25B_IPV6;
	return unit_setup(state);
}

/* The address of this family that is in the same cell, and at the same place in it */
static void this_family(u32 ipv4, __be32 *addr)
{
	memset(addr, 0, KEY_WORDS * sizeof(*addr));
	addr[0] = cpu_to_be32(ipv4);
	if (family == OP25B_IPV4)
		return;
	addr[0] = cpu_to_be32(COVER_FIRST_IPV6 + (ipv4 >> 8));
	addr[1] = cpu_to_be32(ipv4 << 24);
}

/* How many bits a prefix of this family has that is as long */
static u8 this_long(u8 ipv4)
{
	return family == OP25B_IPV4 ? ipv4 : ipv4 + 8;
}

static struct op25b_entry some_entry(u32 addr, u8 prefix_len, u8 id, u16 label)
{
	struct op25b_entry entry = {
		.prefix_len = this_long(prefix_len),
		.table = id,
		.label = label,
	};
	__be32 mask[KEY_WORDS];
	int i;

	this_family(addr, entry.addr);
	prefix_mask(entry.prefix_len, mask);
	for (i = 0; i < KEY_WORDS; i++)
		entry.addr[i] &= mask[i];
	return entry;
}

static struct op25b_table *new_table(struct model *model)
{
	struct op25b_table *table = op25b_table_create(family);

	assert_non_null(table);
	model->count = 0;
	model->family = family;
	return table;
}

/* Of lengths from shorter than covers know to longer, most of one kind */
static struct op25b_entry random_entry(void)
{
	u8 prefix_len = 9 + shim_below(18);
	u32 addr = BASE + shim_below(SPACE);
	struct op25b_entry entry =
		some_entry(addr, prefix_len, OP25B_TABLE_DYNAMIC, 0);

	if (!shim_below(4)) {
		entry.table += shim_below(3);
		entry.label = shim_below(2);
		entry.flags = shim_below(2) ? OP25B_ENTRY_MONITOR : 0;
	}
	entry.timed = !shim_below(8);
	entry.expires = NOW + 1 + shim_below(100);
	return entry;
}

static void add(struct op25b_table *table, struct model *model,
		struct op25b_entry entry)
{
	const char *why;

	assert_int_equal(op25b_table_add(table, &entry, NOW, &why),
			 model_add(model, &entry, NOW));
}

static void del(struct op25b_table *table, struct model *model,
		struct op25b_entry entry)
{
	const char *why;

	assert_int_equal(op25b_table_del(table, &entry, NOW, &why),
			 model_del(model, &entry, NOW));
}

/* Of the prefixes that covers know the longest that holds a cell, or NULL */
static const struct op25b_entry *holder_of(const struct model *model, u32 cell)
{
	const struct op25b_entry *best = NULL;
	__be32 addr[KEY_WORDS];
	u32 i;

	this_family(cell << 8, addr);
	for (i = 0; i < model->count; i++) {
		const struct op25b_entry *entry = &model->entries[i];

		if (entry->prefix_len >= this_long(12) &&
		    entry->prefix_len <= this_long(24) &&
		    model_holds(entry, addr) &&
		    (!best || entry->prefix_len > best->prefix_len))
			best = entry;
	}
	return best;
}

static bool is_told(const struct op25b_table *table, u32 cell)
{
	__be32 addr[KEY_WORDS];
	u32 meta;

	this_family(cell << 8 | 0x5a, addr);
	return cover_find(&table->cover, family, addr, &meta);
}

static u32 told_of(const struct op25b_table *table)
{
	u32 i, told = 0;

	for (i = 0; i < CELLS; i++)
		told += is_told(table, (BASE >> 8) + i);
	return told;
}

/* A part that tells nothing and takes no memory, fresh or not */
static bool is_no_part(const struct cover_part *part)
{
	return !part->draft && !part->metas[0] &&
	       part->pages[0] == part->pages[COVER_PART_PAGES - 1] &&
	       !memchr_inv(part->pages[0], 0, 256);
}

/* Pages that take memory are counted, and parts that tell nothing are not there */
static void count_pages(const struct cover *cover)
{
	u32 i, j, pages = 0;

	for (i = 0; i < cover->nr; i++) {
		const struct cover_part *part = cover->parts[i];
		u32 told = 0;

		if (is_no_part(part))
			continue;
		for (j = 0; j < COVER_PART_PAGES; j++) {
			const u32 *page = part->pages[j];
			bool none = !memchr_inv(page, 0, 256);

			assert_int_equal(none, !part->metas[j]);
			pages += !none && memchr_inv(page, 0xff, 256);
			told += !none;
		}
		assert_true(told);
	}
	assert_int_equal(cover->pages, pages);
}

/* What is told is right; and if all is to be, of what a page tells nothing is left out */
static void look_at_cells(const struct op25b_table *table,
			  const struct model *model, bool all)
{
	u32 cell;

	for (cell = BASE >> 8; cell < (BASE >> 8) + CELLS; cell++) {
		const struct op25b_entry *holder = holder_of(model, cell);
		bool may = holder && !holder->timed &&
			   entry_meta(holder) ==
			   cover_told(&table->cover, cell);

		assert_true(may || !is_told(table, cell));
		assert_true(!all || may == is_told(table, cell));
	}
	count_pages(&table->cover);
}

/* Any address, or one inside of a prefix */
static void look_up(const struct op25b_table *table, const struct model *model)
{
	u32 random = BASE + shim_below(SPACE);
	__be32 mask[KEY_WORDS], addr[KEY_WORDS];
	const struct op25b_entry *entry;
	int i;

	this_family(random, addr);
	if (model->count && shim_below(2)) {
		entry = &model->entries[shim_below(model->count)];
		prefix_mask(entry->prefix_len, mask);
		for (i = 0; i < KEY_WORDS; i++)
			addr[i] = entry->addr[i] | (addr[i] & ~mask[i]);
	}
	assert_true(model_agrees_on(table, model, addr, NOW));
	assert_true(model_agrees_on(table, model, addr, NOW + 50));
}

static void flush(struct op25b_table *table, struct model *model, u8 id)
{
	assert_int_equal(op25b_table_flush(table, id), 0);
	model_flush(model, id);
}

/* A random change of a draft, but none of many prefixes at once */
static void change(struct op25b_table *table, struct model *model)
{
	struct op25b_entry entry = random_entry(), *known;
	u32 what = shim_below(8);

	if (what < 4 || !model->count) {
		add(table, model, entry);
		return;
	}
	known = &model->entries[shim_below(model->count)];
	if (what < 5) {
		memcpy(entry.addr, known->addr, sizeof(entry.addr));
		entry.prefix_len = known->prefix_len;
		add(table, model, entry);
		return;
	}
	del(table, model, *known);
}

/* Drafts follow each other; those before them stay what they were until they go */
static void play(bool flushes)
{
	static struct model now, before;
	struct op25b_table *table = new_table(&now), *draft;
	int i, j;

	for (i = 0; i < 40; i++) {
		draft = op25b_table_clone(table);
		assert_non_null(draft);
		model_copy(&before, &now);
		if (flushes && !shim_below(4))
			flush(draft, &now, OP25B_TABLE_DYNAMIC + shim_below(3));
		for (j = 0; j < 8; j++) {
			change(draft, &now);
			look_up(draft, &now);
		}
		look_up(table, &before);
		look_at_cells(table, &before, !flushes);
		look_at_cells(draft, &now, !flushes);
		if (shim_below(4)) {
			op25b_table_free(table, NULL, draft);
			table = draft;
		} else {
			op25b_table_free(draft, table, NULL);
			model_copy(&now, &before);
		}
	}
	op25b_table_free(table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void histories(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		play(false);
}

/* What has been under other prefixes is not known then, but what is told is right */
static void histories_with_flushes(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		play(true);
}

/* A table with a /14 of one kind and a /15 of another in it */
static struct op25b_table *two_kinds(struct model *model, u8 outer, u8 inner)
{
	struct op25b_table *table = new_table(model);

	add(table, model, some_entry(BASE, 14, outer, 0));
	add(table, model, some_entry(BASE, 15, inner, 0));
	return table;
}

static void expect_told(const struct op25b_table *table, u32 cells, u32 meta)
{
	assert_int_equal(told_of(table), cells);
	assert_int_equal(cover_told(&table->cover, BASE >> 8), meta);
}

/* Most that is asked about is blocked, so that is what is told, whatever came first */
static void dynamic_is_told(void **state)
{
	static const u8 ids[] = { OP25B_TABLE_FIXED, OP25B_TABLE_DYNAMIC };
	static struct model model;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct op25b_table *table = two_kinds(&model, ids[i],
						      ids[1 - i]);

		look_at_cells(table, &model, true);
		expect_told(table, 512, OP25B_TABLE_DYNAMIC);
		op25b_table_free(table, NULL, NULL);
	}
}

/* But not if it is nowhere to be seen: what is told then stays */
static void hidden_dynamic(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_FIXED,
					      OP25B_TABLE_FIXED);

	(void)state;
	add(table, &model, some_entry(BASE, 24, OP25B_TABLE_FIXED, 0));
	add(table, &model, some_entry(BASE + 256, 24, OP25B_TABLE_FIXED, 0));
	add(table, &model, some_entry(BASE, 23, OP25B_TABLE_DYNAMIC, 0));
	expect_told(table, 1024, OP25B_TABLE_FIXED);
	op25b_table_free(table, NULL, NULL);
}

/* What ends cannot be told, and takes nothing from what is */
static void timed_dynamic(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_FIXED,
					      OP25B_TABLE_FIXED);
	struct op25b_entry timed = some_entry(BASE, 20, OP25B_TABLE_DYNAMIC, 0);

	(void)state;
	timed.timed = true;
	timed.expires = NOW + 10;
	add(table, &model, timed);
	expect_told(table, 1024 - 16, OP25B_TABLE_FIXED);
	timed.label = 1;
	add(table, &model, timed);
	expect_told(table, 1024 - 16, OP25B_TABLE_FIXED);
	look_at_cells(table, &model, true);
	del(table, &model, timed);
	expect_told(table, 1024, OP25B_TABLE_FIXED);
	op25b_table_free(table, NULL, NULL);
}

/* The first label of a page is told, and others are searched for */
static void one_label_is_told(void **state)
{
	static struct model model;
	struct op25b_table *table = new_table(&model);
	u32 i;

	(void)state;
	for (i = 0; i < 16; i++)
		add(table, &model, some_entry(BASE + (i << 16), 16,
					      OP25B_TABLE_DYNAMIC, 1 + i / 8));
	look_at_cells(table, &model, true);
	assert_int_equal(told_of(table), 16 * 256);
	add(table, &model, some_entry(BASE, 17, OP25B_TABLE_DYNAMIC, 3));
	assert_int_equal(told_of(table), 16 * 256 - 128);
	for (i = 0; i < 100; i++)
		look_up(table, &model);
	op25b_table_free(table, NULL, NULL);
}

/* Prefixes that say something else from now on, one after the other */
static void something_else(void **state)
{
	static struct model model;
	struct op25b_table *table = new_table(&model);
	struct op25b_entry entry;
	u32 i, told;

	(void)state;
	for (i = 0; i < 8; i++)
		add(table, &model, some_entry(BASE + (i << 16), 16,
					      OP25B_TABLE_DYNAMIC, 1));
	told = cover_told(&table->cover, BASE >> 8);
	for (i = 0; i < 8; i++) {
		entry = some_entry(BASE + (i << 16), 16, OP25B_TABLE_DYNAMIC,
				   1);
		entry.flags = OP25B_ENTRY_MONITOR;
		assert_int_equal(told_of(table), (8 - i) * 256);
		add(table, &model, entry);
		look_at_cells(table, &model, true);
	}
	/* all at once with the last of them */
	expect_told(table, 8 * 256, entry_meta(&entry));
	assert_int_not_equal(entry_meta(&entry), told);
	op25b_table_free(table, NULL, NULL);
}

/*
 * When the last that was told goes, its part goes too. What else there is on the page
 * is told with the next that says the same
 */
static void told_again(void **state)
{
	static struct model model;
	struct op25b_table *table = new_table(&model);
	struct op25b_entry last = some_entry(BASE, 16, OP25B_TABLE_DYNAMIC, 1);

	(void)state;
	assert_true(op25b_cover_is_fresh(&table->cover, BASE >> 8));
	add(table, &model, last);
	add(table, &model, some_entry(BASE + (2 << 16), 16,
				      OP25B_TABLE_DYNAMIC, 2));
	expect_told(table, 256, 1 << 16 | OP25B_TABLE_DYNAMIC);
	del(table, &model, last);
	assert_int_equal(told_of(table), 0);
	count_pages(&table->cover);
	assert_false(op25b_cover_is_fresh(&table->cover, BASE >> 8));
	add(table, &model, some_entry(BASE + (4 << 16), 16,
				      OP25B_TABLE_DYNAMIC, 2));
	look_at_cells(table, &model, true);
	assert_int_equal(told_of(table), 2 * 256);
	op25b_table_free(table, NULL, NULL);
}

/* What goes lets what was under it be seen, and pages go with the last bit on them */
static void goes_again(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_DYNAMIC,
					      OP25B_TABLE_FIXED);
	struct op25b_entry timed = some_entry(BASE, 20, OP25B_TABLE_FIXED, 0);
	struct op25b_entry outer = some_entry(BASE, 14, OP25B_TABLE_DYNAMIC, 0);
	size_t most = shim_memory.live;

	(void)state;
	timed.timed = true;
	timed.expires = NOW + 1;
	add(table, &model, timed);
	del(table, &model, some_entry(BASE, 15, OP25B_TABLE_FIXED, 0));
	look_at_cells(table, &model, true);
	assert_int_equal(told_of(table), 1024 - 16);
	/* those that expire are not looked for: these cells are searched for then */
	assert_int_equal(op25b_table_expire(table, NOW + 1), 0);
	model_expire(&model, NOW + 1);
	look_at_cells(table, &model, false);
	assert_int_equal(told_of(table), 1024 - 16);
	/* and that is not found out for others on the page either */
	add(table, &model, some_entry(BASE + (7 << 16), 24,
				      OP25B_TABLE_DYNAMIC, 0));
	assert_int_equal(told_of(table), 1024 - 16 + 1);
	del(table, &model, some_entry(BASE + (7 << 16), 24,
				      OP25B_TABLE_DYNAMIC, 0));
	del(table, &model, outer);
	expect_told(table, 0, 0);
	assert_true(shim_memory.live < most);
	/* a page of the same draft that comes again, and goes again */
	add(table, &model, outer);
	expect_told(table, 1024, entry_meta(&outer));
	del(table, &model, outer);
	expect_told(table, 0, 0);
	op25b_table_free(table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* A flush forgets what was told of the table that is emptied, and no more */
static void flushed(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_DYNAMIC,
					      OP25B_TABLE_FIXED);
	u32 other = BASE + (1 << 20);

	(void)state;
	add(table, &model, some_entry(other, 16, OP25B_TABLE_DIALUP, 0));
	flush(table, &model, OP25B_TABLE_FIXED);
	look_at_cells(table, &model, false);
	assert_int_equal(told_of(table), 512 + 256);
	flush(table, &model, OP25B_TABLE_DYNAMIC);
	look_at_cells(table, &model, true);
	assert_int_equal(told_of(table), 256);
	op25b_table_free(table, NULL, NULL);
}

/* A lookup asks the cover, and finds the entry behind that in the layers of others */
static void lookups_ask(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_DYNAMIC,
					      OP25B_TABLE_DYNAMIC);
	__be32 addr[KEY_WORDS], base[KEY_WORDS];
	struct op25b_entry inner = some_entry(BASE + (3 << 16) + 0x1234, 28,
					      OP25B_TABLE_FIXED, 0), got;
	struct op25b_match match;

	(void)state;
	this_family(BASE, base);
	this_family(BASE + (3 << 16) + 0x1234, addr);
	add(table, &model, some_entry(BASE, 24, OP25B_TABLE_DYNAMIC, 0));
	inner.timed = true;
	inner.expires = NOW + 1;
	add(table, &model, inner);
	match = table_lookup(table, family, addr, NOW);
	assert_int_equal(op25b_match_table(&match), OP25B_TABLE_FIXED);
	match = table_lookup(table, family, addr, NOW + 1);
	assert_int_equal(op25b_match_table(&match), OP25B_TABLE_DYNAMIC);
	/* had it been searched for, this would be the layer that has it */
	assert_int_equal(match.layer->prefix_len, this_long(24));
	op25b_match_entry(&match, addr, &got);
	assert_int_equal(got.prefix_len, this_long(14));
	assert_int_equal(got.addr[0], base[0]);
	op25b_table_free(table, NULL, NULL);
}

/* What changes nothing of what is told copies nothing; what does, no more than that */
static void sharing(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_DYNAMIC,
					      OP25B_TABLE_DYNAMIC);
	struct op25b_table *draft = op25b_table_clone(table);
	u32 cell = BASE >> 8;

	(void)state;
	assert_non_null(draft);
	add(draft, &model, some_entry(BASE, 20, OP25B_TABLE_DYNAMIC, 0));
	add(draft, &model, some_entry(BASE, 10, OP25B_TABLE_DYNAMIC, 1));
	add(draft, &model, some_entry(BASE, 25, OP25B_TABLE_DYNAMIC, 1));
	assert_ptr_equal(draft->cover.parts, table->cover.parts);
	add(draft, &model, some_entry(BASE + (1 << 19), 20,
				      OP25B_TABLE_DYNAMIC, 1));
	assert_ptr_not_equal(draft->cover.parts, table->cover.parts);
	assert_ptr_equal(draft->cover.parts[0], table->cover.parts[0]);
	assert_ptr_equal(draft->cover.parts[cell_part(cell)]->pages[cell_page(cell)],
			 table->cover.parts[cell_part(cell)]->pages[cell_page(cell)]);
	op25b_table_free(table, NULL, draft);
	assert_int_equal(told_of(draft), 1024 + 16);
	op25b_table_free(draft, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* What `show` says of it */
static void bytes(void **state)
{
	static struct model model;
	struct op25b_table *table = new_table(&model);
	const size_t list = table->cover.nr * sizeof(void *), page = 256;
	const size_t part = sizeof(struct cover_part);
	struct op25b_entry other;

	(void)state;
	add(table, &model, some_entry(BASE, 14, OP25B_TABLE_DYNAMIC, 0));
	add(table, &model, some_entry(BASE + (4 << 16), 16,
				      OP25B_TABLE_DYNAMIC, 0));
	assert_int_equal(op25b_cover_bytes(&table->cover), list + part + page);
	add(table, &model, some_entry(BASE + (8 << 16), 16,
				      OP25B_TABLE_DYNAMIC, 0));
	assert_int_equal(op25b_cover_bytes(&table->cover),
			 list + part + 2 * page);
	/* in the last part that there is, too */
	other = some_entry(~0U, 24, OP25B_TABLE_DYNAMIC, 0);
	if (family == OP25B_IPV6)
		other.addr[0] = cpu_to_be32(0x3fffffff);
	add(table, &model, other);
	assert_int_equal(op25b_cover_bytes(&table->cover),
			 list + 2 * (part + page) + page);
	op25b_table_free(table, NULL, NULL);
}

/* And of the guide: a page with the bytes of both, and the list of such pages */
static void bytes_of_longer(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_DYNAMIC,
					      OP25B_TABLE_DYNAMIC);
	size_t before = op25b_guide_bytes(&table->guide);

	(void)state;
	add(table, &model, some_entry(BASE, 32, OP25B_TABLE_FIXED, 0));
	add(table, &model, some_entry(BASE + (1 << 16), 32, OP25B_TABLE_FIXED,
				      0));
	assert_int_equal(op25b_guide_bytes(&table->guide),
			 before + sizeof(struct words_pages) +
				 WORDS_PER_PAGE * sizeof(u32));
	op25b_table_free(table, NULL, NULL);
}

/* Pages with all bits take no memory, and one again when a bit goes */
static void full_pages(void **state)
{
	static struct model model;
	struct op25b_table *table = new_table(&model), *draft;
	size_t bytes;

	(void)state;
	add(table, &model, some_entry(BASE, 12, OP25B_TABLE_DYNAMIC, 1));
	look_at_cells(table, &model, true);
	assert_int_equal(told_of(table), 4096);
	bytes = op25b_cover_bytes(&table->cover);
	assert_int_equal(bytes, table->cover.nr * sizeof(void *) +
				sizeof(struct cover_part));
	draft = op25b_table_clone(table);
	assert_non_null(draft);
	add(draft, &model, some_entry(BASE, 24, OP25B_TABLE_FIXED, 0));
	look_at_cells(draft, &model, true);
	assert_int_equal(told_of(draft), 4095);
	assert_int_equal(told_of(table), 4096);
	assert_int_equal(op25b_cover_bytes(&draft->cover), bytes + 256);
	del(draft, &model, some_entry(BASE, 24, OP25B_TABLE_FIXED, 0));
	assert_int_equal(op25b_cover_bytes(&draft->cover), bytes);
	/* what is told of a full page changes with all of it */
	add(draft, &model, some_entry(BASE, 12, OP25B_TABLE_DYNAMIC, 2));
	look_at_cells(draft, &model, true);
	assert_int_equal(told_of(draft), 4096);
	assert_int_equal(op25b_cover_bytes(&draft->cover), bytes);
	op25b_table_free(table, NULL, draft);
	flush(draft, &model, OP25B_TABLE_DYNAMIC);
	assert_int_equal(told_of(draft), 0);
	op25b_table_free(draft, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* One between two that each share a page with it that the other has not */
static void neighbours(void **state)
{
	static struct model model;
	struct op25b_table *first = two_kinds(&model, OP25B_TABLE_DYNAMIC,
					      OP25B_TABLE_DYNAMIC);
	struct op25b_table *second, *third;

	(void)state;
	add(first, &model, some_entry(BASE + (1 << 20), 16,
				      OP25B_TABLE_DYNAMIC, 0));
	second = op25b_table_clone(first);
	assert_non_null(second);
	add(second, &model, some_entry(BASE, 24, OP25B_TABLE_FIXED, 0));
	third = op25b_table_clone(second);
	assert_non_null(third);
	add(third, &model, some_entry(BASE + (1 << 20), 24, OP25B_TABLE_FIXED,
				      0));
	op25b_table_free(second, first, third);
	assert_int_equal(told_of(first), 1024 + 256);
	assert_int_equal(told_of(third), 1024 + 256 - 2);
	op25b_table_free(first, NULL, third);
	look_at_cells(third, &model, true);
	op25b_table_free(third, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* Tables of relays have no use for a cover, and no memory for one */
static void relays_are_not_told(void **state)
{
	struct op25b_entry entry = some_entry(BASE, 16, OP25B_TABLE_RELAY, 1);
	static struct model model;
	struct op25b_table *table;

	(void)state;
	table = new_table(&model);
	add(table, &model, entry);
	assert_int_equal(op25b_cover_bytes(&table->cover), 0);
	flush(table, &model, OP25B_TABLE_RELAY);
	assert_int_equal(op25b_cover_bytes(&table->cover), 0);
	add(table, &model, entry);
	assert_int_equal(told_of(table), 0);
	look_up(table, &model);
	op25b_table_free(table, NULL, NULL);
}

/* IPv6 that is not delegated is searched for, beside what is just as far from 2000::/3 */
static void without_cells(void **state)
{
	static const u32 firsts[] = {
		0, 0x1fffffff, 0x20000000, 0x3fffffff, 0x40000000, 0xfc000000,
		0xffffffff,
	};
	static struct model model;
	struct op25b_table *table = new_table(&model);
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		const __be32 addr[KEY_WORDS] = { cpu_to_be32(firsts[i]), 1 };
		struct op25b_entry entry = {
			.addr = { cpu_to_be32(firsts[i]) },
			.prefix_len = 32,
			.table = OP25B_TABLE_DYNAMIC,
		};
		u32 meta;

		assert_true(model_agrees_on(table, &model, addr, NOW));
		add(table, &model, entry);
		assert_true(model_agrees_on(table, &model, addr, NOW));
		assert_int_equal(cover_find(&table->cover, OP25B_IPV6, addr,
					    &meta), firsts[i] >> 29 == 1);
	}
	assert_int_equal(table->cover.pages, 2);
	op25b_table_free(table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* Prefixes far apart have a page each, until there are too many: then they have none */
static void too_many_pages(void **state)
{
	struct op25b_entry entry = some_entry(0, 24, OP25B_TABLE_DYNAMIC, 0);
	static struct model model;
	struct op25b_table *table = new_table(&model), *draft;
	const char *why;
	size_t bytes;
	u32 i;

	(void)state;
	/* a full one first, which is everybody's */
	add(table, &model, some_entry(BASE, 13, OP25B_TABLE_DYNAMIC, 0));
	for (i = 0; i < COVER_MAX_PAGES; i++) {
		entry.addr[0] = cpu_to_be32(COVER_FIRST_IPV6 + (1 << 28) +
					    i * COVER_PAGE_CELLS);
		assert_int_equal(op25b_table_add(table, &entry, NOW, &why), 0);
	}
	assert_int_equal(table->cover.pages, COVER_MAX_PAGES);
	bytes = op25b_cover_bytes(&table->cover);
	assert_int_equal(told_of(table), COVER_PAGE_CELLS);
	/* one more: not told; less of the full one: all of it is forgotten */
	add(table, &model, some_entry(BASE + (1 << 20), 24, OP25B_TABLE_DYNAMIC,
				      0));
	assert_int_equal(told_of(table), COVER_PAGE_CELLS);
	add(table, &model, some_entry(BASE, 24, OP25B_TABLE_FIXED, 0));
	look_at_cells(table, &model, false);
	assert_int_equal(told_of(table), 0);
	assert_int_equal(op25b_cover_bytes(&table->cover),
			 bytes - sizeof(struct cover_part));
	/* one that goes makes room */
	assert_int_equal(op25b_table_del(table, &entry, NOW, &why), 0);
	assert_int_equal(table->cover.pages, COVER_MAX_PAGES - 1);
	add(table, &model, some_entry(BASE + (1 << 20), 24, OP25B_TABLE_DYNAMIC,
				      1));
	look_at_cells(table, &model, false);
	assert_int_equal(told_of(table), 1);
	assert_int_equal(table->cover.pages, COVER_MAX_PAGES);
	/* an empty cover takes no more than its list, also that of a clone */
	draft = op25b_table_clone(table);
	assert_non_null(draft);
	/* a refused one far away, for which nothing is copied */
	add(draft, &model, some_entry(~BASE, 24, OP25B_TABLE_DYNAMIC, 1));
	assert_ptr_equal(draft->cover.parts, table->cover.parts);
	assert_int_equal(op25b_table_flush(draft, OP25B_TABLE_FIXED), 0);
	assert_int_equal(op25b_table_flush(draft, OP25B_TABLE_DYNAMIC), 0);
	assert_int_equal(draft->cover.pages, 0);
	assert_int_equal(op25b_cover_bytes(&draft->cover),
			 draft->cover.nr * sizeof(void *));
	assert_int_equal(table->cover.pages, COVER_MAX_PAGES);
	op25b_table_free(draft, table, NULL);
	op25b_table_free(table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* Whatever cannot be allocated is noticed, and a draft that is given up leaves nothing */
static void run_out(const struct op25b_table *table,
		    const struct op25b_entry *entry)
{
	size_t live = shim_memory.live, fail_in = 1, failed = 0;
	struct op25b_table *draft;
	const char *why;
	int err;

	do {
		draft = op25b_table_clone(table);
		assert_non_null(draft);
		shim_memory.fail_in = fail_in++;
		err = op25b_table_add(draft, entry, NOW, &why) ?:
		      op25b_table_flush(draft, OP25B_TABLE_FIXED);
		/* the counter has come to its end if an allocation has failed */
		assert_int_equal(err, shim_memory.fail_in ? 0 : -ENOMEM);
		failed += !!err;
		shim_memory.fail_in = 0;
		op25b_table_free(draft, table, NULL);
		assert_int_equal(shim_memory.live, live);
		assert_int_equal(told_of(table), 1024);
	} while (err);
	assert_true(failed > 8);
}

static void out_of_memory(void **state)
{
	static struct model model;
	struct op25b_table *table = two_kinds(&model, OP25B_TABLE_FIXED,
					      OP25B_TABLE_FIXED);
	const struct op25b_entry entries[] = {
		/* told instead of what was; of two pages; not told */
		some_entry(BASE + (1 << 16), 16, OP25B_TABLE_DYNAMIC, 0),
		some_entry(BASE + (1 << 20), 12, OP25B_TABLE_DYNAMIC, 0),
		some_entry(BASE + (1 << 16), 16, OP25B_TABLE_FIXED, 1),
		/* of no matter to the cover, but to the guide, in IPv4 to both arrays */
		some_entry(BASE + (1 << 20), 32, OP25B_TABLE_FIXED, 0),
	};
	u32 i;

	(void)state;
	/* a page in another part, which only the flush changes */
	add(table, &model, some_entry(~BASE, 16, OP25B_TABLE_FIXED, 0));
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		run_out(table, &entries[i]);
	op25b_table_free(table, NULL, NULL);
}

/* A test of each family */
#define of_both(function)							\
	{ #function "_ipv4", function, setup_ipv4, NULL, NULL },		\
	{ #function "_ipv6", function, setup_ipv6, NULL, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		of_both(histories),
		of_both(histories_with_flushes),
		of_both(dynamic_is_told),
		of_both(hidden_dynamic),
		of_both(timed_dynamic),
		of_both(one_label_is_told),
		of_both(something_else),
		of_both(told_again),
		of_both(goes_again),
		of_both(flushed),
		of_both(lookups_ask),
		of_both(sharing),
		of_both(bytes),
		cmocka_unit_test_setup(bytes_of_longer, setup_ipv4),
		of_both(full_pages),
		of_both(neighbours),
		of_both(relays_are_not_told),
		cmocka_unit_test_setup(without_cells, setup_ipv6),
		cmocka_unit_test_setup(too_many_pages, setup_ipv6),
		of_both(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
