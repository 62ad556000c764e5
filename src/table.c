// SPDX-License-Identifier: GPL-2.0
/*
 * Prefix tables: longest-prefix match, copy-on-write.
 *
 * A table is a list of layers, longest prefix first: one for each prefix length
 * in use, and a second one where some prefixes of that length have a timeout. A
 * layer is a hash table, see layer.c. A guide tells which lengths there may be
 * under an address, see guide.h. A cover tells what is said of most IPv4 addresses by
 * prefixes up to /24, and of IPv6 addresses up to /32, see cover.h.
 *
 * A lookup, see lookup.h, searches the layers of those lengths, longest first,
 * until one has a prefix, or the cover tells the rest. At worst that is all layers,
 * 66 in IPv4 and 258 in IPv6, and in each as many slots as layer.c allows.
 *
 * A clone copies the list of layers and shares the rest until it differs. Nothing
 * counts who shares what. Published tables follow each other, each a clone of the
 * one before it, so that one that goes has in common with others only what it has
 * in common with its neighbours: op25b_table_free() is told them.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lookup.h"

/* How many chunks op25b_table_expire() changes at most: a millisecond's work */
#define EXPIRY_CHUNKS	64

static u64 new_draft(void)
{
	static atomic64_t last = ATOMIC64_INIT(0);

	return atomic64_inc_return(&last);
}

/* A copy of what may be NULL; NULL then, or without memory */
static void *copy(const void *from, size_t bytes)
{
	void *to = from ? kvmalloc(bytes, GFP_KERNEL_ACCOUNT) : NULL;

	return to ? memcpy(to, from, bytes) : NULL;
}

static u32 entry_meta(const struct op25b_entry *entry)
{
	return FIELD_PREP(OP25B_META_TABLE, entry->table) |
	       FIELD_PREP(OP25B_META_FLAGS, entry->flags) |
	       FIELD_PREP(OP25B_META_LABEL, entry->label);
}

static void item_entry(const struct layer *layer,
		       const struct layer_item *item, struct op25b_entry *entry)
{
	entry->expires = layer->timed ? item->expires : 0;
	entry->label = FIELD_GET(OP25B_META_LABEL, item->meta);
	entry->prefix_len = layer->prefix_len;
	entry->table = op25b_meta_table(item->meta);
	entry->flags = FIELD_GET(OP25B_META_FLAGS, item->meta);
	entry->timed = layer->timed;
}

/* The list of layers */

static struct layer *table_layer(const struct op25b_table *table,
				 u8 prefix_len, bool timed)
{
	u32 i;

	for (i = table->from[prefix_len + 1]; i < table->from[prefix_len]; i++)
		if (table->layers[i].timed == timed)
			return &table->layers[i];
	return NULL;
}

/* The list has one layer of a length more or less, or none of it any more */
static void table_note_layers(struct op25b_table *table, u8 prefix_len,
			      int change)
{
	u64 *lengths, bit;
	u32 i;

	for (i = 0; i <= prefix_len; i++)
		table->from[i] += change;
	for (i = table->from[prefix_len + 1]; i < table->from[prefix_len]; i++)
		table->layers[i].more = i + 1 < table->from[prefix_len];
	if (!prefix_len)
		return;
	lengths = &table->lengths[guide_half(prefix_len)];
	bit = guide_bit(table->family, prefix_len);
	if (table->from[prefix_len] > table->from[prefix_len + 1])
		*lengths |= bit;
	else
		*lengths &= ~bit;
}

/* Adds an empty layer, behind the longer ones; NULL without memory */
static struct layer *table_add_layer(struct op25b_table *table, u8 prefix_len,
				     bool timed)
{
	u32 i = table->from[prefix_len];
	struct layer *layers;

	layers = kvcalloc(table->nr_layers + 1, sizeof(*layers),
			  GFP_KERNEL_ACCOUNT);
	if (!layers)
		return NULL;
	if (op25b_layer_create(&layers[i], table->family, prefix_len, timed,
			       table->draft)) {
		kvfree(layers);
		return NULL;
	}
	if (table->nr_layers) {
		memcpy(layers, table->layers, i * sizeof(*layers));
		memcpy(&layers[i + 1], &table->layers[i],
		       (table->nr_layers - i) * sizeof(*layers));
	}
	kvfree(table->layers);
	table->layers = layers;
	table->nr_layers++;
	table_note_layers(table, prefix_len, 1);
	return &layers[i];
}

/* After removals: drops the layer if it is empty */
static void table_trim_layer(struct op25b_table *table, struct layer *layer)
{
	u32 i = layer - table->layers;
	u8 prefix_len = layer->prefix_len;

	if (layer->used)
		return;
	op25b_layer_give_up(layer, table->draft);
	table->nr_layers--;
	memmove(layer, layer + 1, (table->nr_layers - i) * sizeof(*layer));
	table_note_layers(table, prefix_len, -1);
}

/* Counts an entry that has come or gone */
static int table_account(struct op25b_table *table, u32 meta, int change)
{
	u32 label = FIELD_GET(OP25B_META_LABEL, meta), *uses;

	table->count[op25b_meta_table(meta)] += change;
	if (!label)
		return 0;
	uses = op25b_words_change(&table->uses, label, table->draft);
	if (!uses)
		return -ENOMEM;
	*uses += change;
	return 0;
}

/* The layer that holds exactly this prefix, and what it says of it; else NULL */
static struct layer *table_holder(const struct op25b_table *table,
				  const __be32 *addr, u8 prefix_len,
				  struct layer_item *item)
{
	u32 i;

	for (i = table->from[prefix_len + 1]; i < table->from[prefix_len]; i++)
		if (op25b_layer_find(&table->layers[i], addr, item))
			return &table->layers[i];
	return NULL;
}

/* The cover */

/* What the longest prefix of some orders that holds a cell says */
enum cell_says {
	SAYS_NOTHING,
	SAYS_TOLD,
	SAYS_OTHER,
};

static u8 cover_longest(enum op25b_family family)
{
	return family == OP25B_IPV4 ? COVER_LONGEST_IPV4 : COVER_LONGEST_IPV6;
}

/* The first word of the first address of a cell */
static __be32 cell_start(enum op25b_family family, u32 cell)
{
	return cpu_to_be32(family == OP25B_IPV4 ?
			   cell << (32 - COVER_LONGEST_IPV4) :
			   cell + COVER_FIRST_IPV6);
}

static enum cell_says cell_says(const struct op25b_table *table, u32 cell,
				u32 orders, u32 meta)
{
	const __be32 addr[KEY_WORDS] = { cell_start(table->family, cell) };

	for (; orders; orders &= orders - 1) {
		const struct layer *holder;
		struct layer_item item;

		holder = table_holder(table, addr,
				      cover_longest(table->family) -
				      __ffs64(orders), &item);
		if (holder)
			return !holder->timed && item.meta == meta ?
			       SAYS_TOLD : SAYS_OTHER;
	}
	return SAYS_NOTHING;
}

/* Which orders there may be in the group of a cell, and over it: a bit for each */
static u32 cell_orders(const struct op25b_table *table, u32 cell)
{
	const __be32 addr[KEY_WORDS] = { cell_start(table->family, cell) };
	u64 lengths = table->lengths[0];

	if (table->family == OP25B_IPV4)
		lengths = (lengths & guide_all_ipv4(&table->guide, addr)) >>
			  (32 - COVER_LONGEST_IPV4);
	else
		lengths >>= 64 - COVER_LONGEST_IPV6;
	return lengths & GENMASK(COVER_MAX_ORDER, 0);
}

/* Notes in the bits of a group whether the cover may tell what is said of some cells */
static void paint(u32 *bits, u32 cell, u32 nr, bool told)
{
	for (; nr; cell++, nr--) {
		u32 *word = &bits[cell % COVER_GROUP_CELLS / 32];

		*word = (*word & ~BIT(cell % 32)) | (u32)told << cell % 32;
	}
}

/* Lets the cover know anew what is said of a prefix in a group: what it may tell */
static int cover_cells(struct op25b_table *table, u32 cell, u32 order, u32 meta)
{
	u32 orders = cell_orders(table, cell), inside = orders & (BIT(order) - 1);
	u32 bits[COVER_GROUP_WORDS] = {}, nr = BIT(order), i;
	enum cell_says says;

	/* what holds all of it, and over that what is inside, shortest first */
	says = cell_says(table, cell, orders & ~inside, meta);
	paint(bits, cell, nr, says == SAYS_TOLD);
	while (inside) {
		u32 last = fls64(inside) - 1;

		for (i = 0; i < nr; i += BIT(last)) {
			says = cell_says(table, cell + i, BIT(last), meta);
			if (says != SAYS_NOTHING)
				paint(bits, cell + i, BIT(last),
				      says == SAYS_TOLD);
		}
		inside &= ~BIT(last);
	}
	return op25b_cover_tell(&table->cover, cell, nr, bits, meta,
				table->draft);
}

/* The same in a page: @cell is any of its cells */
static int cover_prefix(struct op25b_table *table, u32 cell, u32 order, u32 meta)
{
	u32 step = min_t(u32, order, COVER_GROUP_ORDER), i;
	int err = 0;

	cell &= ~(BIT(order) - 1);
	for (i = 0; i < BIT(order) && !err; i += BIT(step))
		err = cover_cells(table, cell + i, step, meta);
	return err;
}

/*
 * The same, and if the page tells another meta word then, or none, of all of it:
 * other prefixes there may say that, too. Not if it is the first that is told there
 */
static int cover_page(struct op25b_table *table, u32 cell, u32 order, u32 meta)
{
	bool first = op25b_cover_is_fresh(&table->cover, cell);
	u32 before = cover_told(&table->cover, cell);
	u32 tell = op25b_cover_meta(&table->cover, cell, meta), after;
	int err;

	if (!tell)
		return 0;
	err = cover_prefix(table, cell, order, tell);
	after = cover_told(&table->cover, cell);
	if (err || after == before || first)
		return err;
	/* none: this may have been the last that said what was told */
	tell = after ?: meta;
	return tell ? cover_prefix(table, cell, COVER_PAGE_ORDER, tell) : 0;
}

/* What the cover may tell of an entry, 0 for nothing: it is not asked about relays */
static u32 entry_tells(const struct op25b_entry *entry)
{
	return entry->timed || entry->table == OP25B_TABLE_RELAY ?
	       0 : entry_meta(entry);
}

/*
 * Lets the cover know that something else is said of a prefix: what its entry tells,
 * 0 if it has gone
 */
static int table_cover(struct op25b_table *table,
		       const struct op25b_entry *entry, u32 meta)
{
	u32 cell = cover_cell(table->family, entry->addr);
	u32 order = cover_longest(table->family) - entry->prefix_len;

	/* a negative order is a large one */
	if (order > COVER_MAX_ORDER || !is_cell(table->family, cell))
		return 0;
	if (order <= COVER_PAGE_ORDER)
		return cover_page(table, cell, order, meta);
	/* two pages */
	return cover_page(table, cell, COVER_PAGE_ORDER, meta) ?:
	       cover_page(table, cell + COVER_PAGE_CELLS, COVER_PAGE_ORDER,
			  meta);
}

/* Changing */

static int table_remove(struct op25b_table *table, struct layer *layer,
			const struct op25b_entry *entry, u32 meta)
{
	int err = op25b_layer_remove(layer, entry->addr, table->draft);

	if (err)
		return err;
	table_trim_layer(table, layer);
	return table_account(table, meta, -1) ?: table_cover(table, entry, 0);
}

static int table_insert(struct op25b_table *table,
			const struct op25b_entry *entry, u32 now)
{
	struct layer *layer;
	int err;

	err = op25b_guide_add(&table->guide, table->family, entry->addr,
			      entry->prefix_len, table->draft);
	if (err)
		return err;
	layer = table_layer(table, entry->prefix_len, entry->timed);
	if (!layer)
		layer = table_add_layer(table, entry->prefix_len, entry->timed);
	if (!layer)
		return -ENOMEM;
	err = op25b_layer_insert(layer, entry->addr, entry_meta(entry),
				 entry->expires, table->draft, now);
	return err ?: table_account(table, entry_meta(entry), 1) ?:
	       table_cover(table, entry, entry_tells(entry));
}

static int table_replace(struct op25b_table *table, struct layer *layer,
			 const struct op25b_entry *entry, u32 meta, u32 now)
{
	u32 next = entry_meta(entry);
	int err;

	err = op25b_layer_replace(layer, entry->addr, next, entry->expires,
				  table->draft, now);
	if (err || next == meta)
		return err;
	return table_account(table, meta, -1) ?:
	       table_account(table, next, 1) ?:
	       table_cover(table, entry, entry_tells(entry));
}

static int account_removed(const struct layer_filter *filter,
			   const struct layer_item *item)
{
	return table_account(filter->table, item->meta, -1);
}

static int table_remove_all(struct op25b_table *table, struct layer *layer,
			    const struct layer_filter *filter)
{
	int err = op25b_layer_remove_all(layer, filter, table->draft);

	if (!err)
		table_trim_layer(table, layer);
	return err;
}

/**
 * op25b_table_create() - make an empty draft
 * @family: the family of its prefixes
 *
 * Return: the table, or NULL without memory.
 */
struct op25b_table *op25b_table_create(enum op25b_family family)
{
	struct op25b_table *table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);

	if (!table)
		return NULL;
	table->family = family;
	table->draft = new_draft();
	op25b_guide_init(&table->guide);
	op25b_cover_init(&table->cover, family);
	op25b_words_init(&table->uses);
	return table;
}

/**
 * op25b_table_clone() - make a draft with the contents of another table
 * @origin: a table that does not change any more
 *
 * The draft shares memory with @origin. If it is given up, @origin must be there;
 * if it is published, that is after @origin and nothing else.
 *
 * Return: the draft, or NULL without memory.
 */
struct op25b_table *op25b_table_clone(const struct op25b_table *origin)
{
	struct op25b_table *table = kmemdup(origin, sizeof(*origin),
					    GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!table)
		return NULL;
	table->draft = new_draft();
	table->layers = copy(origin->layers,
			     origin->nr_layers * sizeof(*origin->layers));
	if (origin->layers && !table->layers) {
		kfree(table);
		return NULL;
	}
	for (i = 0; i < table->nr_layers; i++)
		op25b_layer_share(&table->layers[i]);
	op25b_guide_share(&table->guide);
	op25b_cover_share(&table->cover);
	op25b_words_share(&table->uses);
	return table;
}

static const struct layer *twin_layer(const struct op25b_table *table,
				      const struct layer *layer)
{
	if (!table)
		return NULL;
	return table_layer(table, layer->prefix_len, layer->timed);
}

/**
 * op25b_table_free() - free a table
 * @table: the table, or NULL; nobody reads it any more
 * @elder: of the tables that are left the one published before it, or for a
 *	draft its origin; NULL if there is none
 * @heir: of the tables that are left the one published after it; NULL if there
 *	is none
 *
 * What these have too is left alone.
 *
 * Context: Process context, may sleep.
 */
void op25b_table_free(struct op25b_table *table,
		      const struct op25b_table *elder,
		      const struct op25b_table *heir)
{
	u32 i;

	if (!table)
		return;
	for (i = 0; i < table->nr_layers; i++) {
		struct layer *layer = &table->layers[i];

		op25b_layer_free(layer, twin_layer(elder, layer),
				 twin_layer(heir, layer));
	}
	op25b_guide_free(&table->guide, elder ? &elder->guide : NULL,
			 heir ? &heir->guide : NULL);
	op25b_cover_free(&table->cover, elder ? &elder->cover : NULL,
			 heir ? &heir->cover : NULL);
	op25b_words_free(&table->uses, elder ? &elder->uses : NULL,
			 heir ? &heir->uses : NULL);
	kvfree(table->layers);
	kfree(table);
}

/* Searching, where it is not compiled into the caller */

struct op25b_match op25b_layer_probe_timed(const struct layer *layer,
					   const __be32 *addr, u32 now)
{
	struct op25b_match match = {};
	struct layer_item item;
	bool found;

	switch (layer->key_words) {
	case 1:
		found = layer_probe(layer, addr, 1, true, &item);
		break;
	case 2:
		found = layer_probe(layer, addr, 2, true, &item);
		break;
	default:
		found = layer_probe(layer, addr, 4, true, &item);
		break;
	}
	if (found && !reached(now, item.expires)) {
		match.layer = layer;
		match.meta = item.meta;
	}
	return match;
}

struct op25b_match op25b_table_search_ipv4(const struct op25b_table *table,
					   const __be32 *addr, u32 now,
					   u64 lengths)
{
	return search_ipv4(table, table->layers, addr, now, lengths);
}

/* As search_ipv4(), with the two bitmaps of IPv6; the guess is for the first of them */
struct op25b_match op25b_table_search_ipv6(const struct op25b_table *table,
					   const struct layer *guess,
					   const __be32 *addr, u32 now,
					   u64 shorter, u64 longer)
{
	struct op25b_match match = {};

	if (!probe_lengths(table, table->layers, addr, now, longer, 128, 4,
			   &match) &&
	    !probe_lengths(table, guess, addr, now, shorter, 64, 2, &match))
		probe_everywhere(table, addr, now, 2, &match);
	return match;
}

/**
 * op25b_match_entry() - tell the entry of a match
 * @match: the match; there is one, and the table is still there
 * @addr: the address that it is of
 * @entry: set to the entry
 */
void op25b_match_entry(const struct op25b_match *match, const __be32 *addr,
		       struct op25b_entry *entry)
{
	const struct layer *layer = match->layer;
	struct layer_item item;
	int i;

	/* what the cover tells is of the first layer from there on that has a prefix */
	while (!op25b_layer_find(layer, addr, &item))
		layer++;
	item_entry(layer, &item, entry);
	for (i = 0; i < KEY_WORDS; i++)
		entry->addr[i] = layer->mask[i] ? addr[i] & layer->mask[i] : 0;
}

/**
 * op25b_table_next() - walk through all entries
 * @table: a table that does not change
 * @cursor: where to go on; moved behind the entry
 * @entry: the entry; it may have expired
 *
 * Return: whether there was one more.
 */
bool op25b_table_next(const struct op25b_table *table,
		      struct op25b_cursor *cursor, struct op25b_entry *entry)
{
	while (cursor->layer < table->nr_layers) {
		const struct layer *layer = &table->layers[cursor->layer];
		struct layer_item item;

		if (op25b_layer_next(layer, &cursor->chunk, &cursor->slot,
				     &item)) {
			op25b_layer_prefix(layer, item.key, entry->addr);
			item_entry(layer, &item, entry);
			return true;
		}
		cursor->layer++;
		cursor->chunk = 0;
		cursor->slot = 0;
	}
	return false;
}

/**
 * op25b_table_equal() - compare the contents of two tables
 * @a: a table that does not change
 * @b: another one of the same family
 *
 * Costs little where the two share memory.
 *
 * Return: whether they hold the same entries.
 */
bool op25b_table_equal(const struct op25b_table *a,
		       const struct op25b_table *b)
{
	u32 i;

	if (a->nr_layers != b->nr_layers ||
	    memcmp(a->count, b->count, sizeof(a->count)))
		return false;
	for (i = 0; i < a->nr_layers; i++) {
		const struct layer *layer = &a->layers[i], *other;

		other = table_layer(b, layer->prefix_len, layer->timed);
		if (!other || !op25b_layer_equal(layer, other))
			return false;
	}
	return true;
}

/**
 * op25b_table_count() - count the entries
 * @table: the table
 * @id: of which table of the policy
 *
 * Return: their number, with those that have expired but not been removed.
 */
u32 op25b_table_count(const struct op25b_table *table, enum op25b_table_id id)
{
	return table->count[id];
}

/**
 * op25b_table_uses() - count the entries with a label
 * @table: the table
 * @label: the label's number, not 0
 *
 * Return: their number, with those that have expired but not been removed.
 */
u32 op25b_table_uses(const struct op25b_table *table, u16 label)
{
	return *words_at(&table->uses, label);
}

/**
 * op25b_table_bytes() - memory of a table
 * @table: the table
 *
 * Return: bytes, those shared with other tables too.
 */
size_t op25b_table_bytes(const struct op25b_table *table)
{
	size_t bytes = sizeof(*table) +
		       table->nr_layers * sizeof(*table->layers);
	u32 i;

	for (i = 0; i < table->nr_layers; i++)
		bytes += op25b_layer_bytes(&table->layers[i]);
	return bytes + op25b_guide_bytes(&table->guide) +
	       op25b_cover_bytes(&table->cover) +
	       op25b_words_bytes(&table->uses);
}

/**
 * op25b_table_earliest() - when to call op25b_table_expire() next
 * @table: the table
 * @now: jiffies
 * @expires: no entry expires before that, in jiffies modulo 2^32; only set if
 *	there is one that expires
 *
 * Return: whether there is one.
 */
bool op25b_table_earliest(const struct op25b_table *table, u32 now,
			  u32 *expires)
{
	bool any = false;
	u32 i;

	for (i = 0; i < table->nr_layers; i++) {
		const struct layer *layer = &table->layers[i];

		if (!layer->timed)
			continue;
		if (!any || sooner(layer->earliest, *expires, now))
			*expires = layer->earliest;
		any = true;
	}
	return any;
}

/**
 * op25b_table_settle() - find out anew what op25b_table_earliest() says
 * @table: the table, the one that is published now
 * @now: jiffies
 *
 * Where that time has come, the entry it was noted for may have got a later one,
 * or be gone.
 *
 * Context: Process context, may sleep. The caller serialises writers.
 */
void op25b_table_settle(struct op25b_table *table, u32 now)
{
	u32 i;

	for (i = 0; i < table->nr_layers; i++)
		if (table->layers[i].timed)
			op25b_layer_settle(&table->layers[i], now, 0);
}

/* The sentence for a prefix that another table holds */
static const char *held_elsewhere(u8 id)
{
	switch (id) {
	case OP25B_TABLE_DYNAMIC:
		return "this prefix is in table dynamic: delete it there first";
	case OP25B_TABLE_FIXED:
		return "this prefix is in table fixed: delete it there first";
	case OP25B_TABLE_DIALUP:
		return "this prefix is in table dialup: delete it there first";
	default:
		return "this prefix is in table relay: delete it there first";
	}
}

static int check_prefix(const struct op25b_table *table,
			const struct op25b_entry *entry, const char **why)
{
	__be32 mask[KEY_WORDS];
	unsigned int i;

	if (entry->prefix_len > op25b_family_bits(table->family)) {
		*why = "prefix length is over that of an address";
		return -EINVAL;
	}
	prefix_mask(entry->prefix_len, mask);
	for (i = 0; i < KEY_WORDS; i++) {
		if (entry->addr[i] & ~mask[i]) {
			*why = "address has bits set beyond the prefix length";
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * op25b_table_add() - add a prefix to a draft, or replace what it says of it
 * @table: the draft
 * @entry: the prefix, its table, flags, label and timeout
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0; -EINVAL if the prefix is none; -EEXIST if it is in another of the
 * policy's tables; -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_add(struct op25b_table *table, const struct op25b_entry *entry,
		    u32 now, const char **why)
{
	struct layer_item held;
	struct layer *holder;
	int err;

	err = check_prefix(table, entry, why);
	if (err)
		return err;
	holder = table_holder(table, entry->addr, entry->prefix_len, &held);
	if (!holder)
		return table_insert(table, entry, now);

	if (op25b_meta_table(held.meta) != entry->table &&
	    !item_expired(holder, &held, now)) {
		*why = held_elsewhere(op25b_meta_table(held.meta));
		return -EEXIST;
	}
	if (holder->timed == entry->timed)
		return table_replace(table, holder, entry, held.meta, now);
	return table_remove(table, holder, entry, held.meta) ?:
	       table_insert(table, entry, now);
}

static const char *not_held(u8 id)
{
	switch (id) {
	case OP25B_TABLE_DYNAMIC:
		return "this prefix is not in table dynamic";
	case OP25B_TABLE_FIXED:
		return "this prefix is not in table fixed";
	case OP25B_TABLE_DIALUP:
		return "this prefix is not in table dialup";
	default:
		return "this prefix is not in table relay";
	}
}

/**
 * op25b_table_del() - remove a prefix from a draft
 * @table: the draft
 * @entry: the prefix and its table
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0; -EINVAL if the prefix is none; -ENOENT if it is not in that table;
 * -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_del(struct op25b_table *table, const struct op25b_entry *entry,
		    u32 now, const char **why)
{
	struct layer_item held;
	struct layer *holder;
	int err;

	err = check_prefix(table, entry, why);
	if (err)
		return err;
	holder = table_holder(table, entry->addr, entry->prefix_len, &held);
	if (!holder || item_expired(holder, &held, now) ||
	    op25b_meta_table(held.meta) != entry->table) {
		*why = not_held(entry->table);
		return -ENOENT;
	}
	return table_remove(table, holder, entry, held.meta);
}

static bool in_table(const struct layer_filter *filter,
		     const struct layer_item *item)
{
	return op25b_meta_table(item->meta) == filter->id;
}

static bool has_expired(const struct layer_filter *filter,
			const struct layer_item *item)
{
	return reached(filter->now, item->expires);
}

/**
 * op25b_table_flush() - remove all prefixes of one of the policy's tables
 * @table: the draft
 * @id: which
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_flush(struct op25b_table *table, enum op25b_table_id id)
{
	const struct layer_filter filter = {
		.chosen = in_table,
		.removed = account_removed,
		.table = table,
		.id = id,
	};
	u32 i = table->nr_layers;
	int err = 0;

	if (!table->count[id])
		return 0;
	/* backwards, since a layer may be dropped */
	while (i-- && !err)
		err = table_remove_all(table, &table->layers[i], &filter);
	return err ?: op25b_cover_flush(&table->cover, id, table->draft);
}

/**
 * op25b_table_expire() - remove prefixes whose time has ended
 * @table: the draft
 * @now: jiffies
 *
 * Where there are many, this leaves some for another draft, so that nobody has to
 * wait for all; op25b_table_earliest() tells.
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_expire(struct op25b_table *table, u32 now)
{
	u32 chunks = EXPIRY_CHUNKS;
	const struct layer_filter filter = {
		.chosen = has_expired,
		.removed = account_removed,
		.table = table,
		.now = now,
		.due = true,
		.chunks = &chunks,
	};
	u32 i = table->nr_layers;
	int err = 0;

	/* backwards, since a layer may be dropped */
	while (i-- && !err) {
		struct layer *layer = &table->layers[i];

		if (!layer->timed || !reached(now, layer->earliest))
			continue;
		err = op25b_layer_remove_all(layer, &filter, table->draft);
		if (err)
			break;
		op25b_layer_settle(layer, now, table->draft);
		table_trim_layer(table, layer);
	}
	return err;
}
