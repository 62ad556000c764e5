// SPDX-License-Identifier: GPL-2.0
/*
 * Extendible hash table of prefixes, copy-on-write; see prefix_hash.h for its
 * structure.
 *
 * A page that is full is split in two, by one more bit of the hash; where that takes
 * more bits than the directory has, the directory is doubled. Two pages that differ
 * in their last bit alone are merged when both together would be half full.
 *
 * A draft changes only pages and the directory that it has made, and copies others
 * first. It frees what it has made and replaces; what its origin has stays.
 *
 * Called by lpm.c in process context; the caller serialises writers.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "prefix_hash.h"

/* A page of more entries than that is split: fuller lines overflow too often */
#define FULL_PERCENT	90

/* Directories are this much deeper at most than evenly spread hashes need */
#define EXTRA_DEPTH	4
#define MAX_DEPTH	24

static const struct hash_page empty_page __aligned(OP25B_PAGE_BYTES);
static const unsigned long empty_dir[2] = {
	(unsigned long)&empty_page, (unsigned long)&empty_page,
};

/* Geometry */

static u32 full(const struct prefix_hash *hash)
{
	return HASH_LINES * line_entries(hash->entry_words) * FULL_PERCENT /
	       100;
}

static bool has_values(const struct prefix_hash *hash)
{
	return hash->entry_words > hash->key_words + 1;
}

static u32 dir_slots(const struct prefix_hash *hash)
{
	return 1U << hash->depth;
}

static u64 code_of(const struct prefix_hash *hash, const struct op25b_key *key)
{
	return hash_prefix(hash, key->hi, key->lo, key->prefix_len,
			   hash->key_words);
}

static const struct hash_page *page_at(const struct prefix_hash *hash, u64 code)
{
	return page_of(hash->dir[code >> hash->shift]);
}

/* Entries of a page */

/**
 * struct slot - a place for an entry
 * @line: its line, NULL for no place
 * @i: its index there
 */
struct slot {
	struct hash_line *line;
	unsigned int i;
};

static u64 tag_mask(const struct prefix_hash *hash, unsigned int i)
{
	unsigned int bits = tag_bits(hash->entry_words);

	return ((1ULL << bits) - 1) << i * bits;
}

static void store_tags(const struct prefix_hash *hash, struct hash_line *line,
		       u64 tags)
{
	line->words[0] = tags;
	if (has_wide_tags(hash->entry_words))
		line->words[1] = tags >> 32;
}

static u32 *slot_entry(const struct prefix_hash *hash, const struct slot *slot)
{
	return (u32 *)line_entry(slot->line, slot->i, hash->entry_words);
}

static void read_entry(const struct prefix_hash *hash, const u32 *entry,
		       struct hash_item *item)
{
	item->word = entry[0];
	item->key.prefix_len = word_prefix_len(entry[0]);
	item->key.hi = hash->key_words == 1 ? (u64)entry[1] << 32 :
					      load_pair(entry + 1);
	item->key.lo = hash->key_words == 4 ? load_pair(entry + 3) : 0;
	item->value = has_values(hash) ? entry[hash->key_words + 1] : 0;
}

static void write_entry(const struct prefix_hash *hash, u32 *entry,
			const struct hash_item *item)
{
	entry[0] = item->word;
	entry[1] = hash->key_words == 1 ? item->key.hi >> 32 : item->key.hi;
	if (hash->key_words > 1)
		entry[2] = item->key.hi >> 32;
	if (hash->key_words == 4) {
		entry[3] = item->key.lo;
		entry[4] = item->key.lo >> 32;
	}
	if (has_values(hash))
		entry[hash->key_words + 1] = item->value;
}

static struct slot find_slot(const struct prefix_hash *hash,
			     const struct hash_page *page, u64 code,
			     const struct op25b_key *key)
{
	const unsigned int words = hash->entry_words;
	const u64 tag = hash_tag(code, words) * tag_ones(words);
	const u32 word = length_word(key->prefix_len);
	unsigned int nr, n = hash_line(code);
	struct slot slot;

	for (nr = 0; nr < HASH_LINES; nr++) {
		u64 tags, match;

		slot.line = (struct hash_line *)&page->lines[n];
		tags = line_tags(slot.line, words);
		for (match = zero_tags(tags ^ tag, words); match;
		     match &= match - 1) {
			slot.i = first_tag(match, words);
			if (compare_entry(slot_entry(hash, &slot), key->hi,
					  key->lo, word, hash->key_words) <=
			    ENTRY_VALUE)
				return slot;
		}
		if (!(tags & hash_overflow_bit(code, words)))
			break;
		n = n + 1 < HASH_LINES ? n + 1 : 0;
	}
	return (struct slot){};
}

/* There is room: pages are split before they are full */
static struct slot take_slot(const struct prefix_hash *hash,
			     struct hash_page *page, u64 code)
{
	const unsigned int words = hash->entry_words;
	unsigned int n = hash_line(code);
	struct slot slot;

	for (;;) {
		u64 tags, free;

		slot.line = &page->lines[n];
		tags = line_tags(slot.line, words);
		free = zero_tags(tags, words) &
		       ((1ULL << tag_bits(words) * line_entries(words)) - 1);
		if (free) {
			slot.i = first_tag(free, words);
			store_tags(hash, slot.line,
				   tags | hash_tag(code, words) <<
				   slot.i * tag_bits(words));
			return slot;
		}
		store_tags(hash, slot.line,
			   tags | hash_overflow_bit(code, words));
		n = n + 1 < HASH_LINES ? n + 1 : 0;
	}
}

/* @i is 8 for each line and 1 for each entry in it; moved behind the entry */
static const u32 *next_entry(const struct prefix_hash *hash,
			     const struct hash_page *page, u32 *i)
{
	const unsigned int nr = line_entries(hash->entry_words);

	for (; *i < HASH_LINES * 8; ++*i) {
		const struct hash_line *line = &page->lines[*i / 8];
		unsigned int n = *i % 8;

		if (n < nr && line_tags(line, hash->entry_words) &
		    tag_mask(hash, n)) {
			++*i;
			return line_entry(line, n, hash->entry_words);
		}
	}
	return NULL;
}

static void note_expiry(struct hash_page *page, u32 expires, u32 now)
{
	if (expires_before(expires, page->earliest, now))
		page->earliest = expires;
}

/* After an entry that expired first is gone, or expires later */
static void find_earliest(const struct prefix_hash *hash,
			  struct hash_page *page, u32 now)
{
	bool first = true;
	const u32 *entry;
	u32 i = 0;

	while ((entry = next_entry(hash, page, &i))) {
		u32 expires = entry[hash->key_words + 1];

		if (first)
			page->earliest = expires;
		first = false;
		note_expiry(page, expires, now);
	}
}

static void insert_entry(const struct prefix_hash *hash, struct hash_page *page,
			 const struct hash_item *item, u32 now)
{
	u64 code = code_of(hash, &item->key), bit = hash_filter_bit(code);
	struct slot slot = take_slot(hash, page, code);

	write_entry(hash, slot_entry(hash, &slot), item);
	page->filter[bit / 64] |= 1ULL << bit % 64;
	page->count[word_table(item->word)]++;
	if (!page->used++)
		page->earliest = item->value;
	note_expiry(page, item->value, now);
}

/* Overwritten, too, so that its old contents cannot match with another tag */
static void clear_slot(const struct prefix_hash *hash, struct hash_page *page,
		       const struct slot *slot, u32 now)
{
	struct hash_item item;

	read_entry(hash, slot_entry(hash, slot), &item);
	store_tags(hash, slot->line, line_tags(slot->line, hash->entry_words) &
				     ~tag_mask(hash, slot->i));
	memset(slot_entry(hash, slot), 0, hash->entry_words * sizeof(u32));
	page->used--;
	page->removed++;
	page->count[word_table(item.word)]--;
	if (has_values(hash) && item.value == page->earliest)
		find_earliest(hash, page, now);
}

static void replace_entry(const struct prefix_hash *hash,
			  struct hash_page *page, const struct slot *slot,
			  const struct hash_item *item, u32 now)
{
	struct hash_item old;

	read_entry(hash, slot_entry(hash, slot), &old);
	write_entry(hash, slot_entry(hash, slot), item);
	page->count[word_table(old.word)]--;
	page->count[word_table(item->word)]++;
	if (!has_values(hash))
		return;
	if (old.value == page->earliest)
		find_earliest(hash, page, now);
	note_expiry(page, item->value, now);
}

/* Pages and the directory */

static unsigned long page_ref(const struct hash_page *page)
{
	unsigned long ref = (unsigned long)page | PAGE_OWN;
	unsigned int i;

	for (i = OP25B_TABLE_DYNAMIC; i <= OP25B_TABLE_MAX; i++)
		if (page->count[i])
			ref |= PAGE_TABLE(i);
	return ref;
}

/* Sets all references to a page of the draft's own, if anything about it is new */
static void set_refs(struct prefix_hash *hash, u64 code,
		     const struct hash_page *page)
{
	u32 nr = 1U << (hash->depth - page->depth);
	u32 slot = (code >> hash->shift) & ~(nr - 1);
	unsigned long ref = page_ref(page);

	if (hash->dir[slot] == ref)
		return;
	while (nr--)
		hash->dir[slot++] = ref;
}

static void free_own(unsigned long ref)
{
	if (ref & PAGE_OWN)
		kfree(page_of(ref));
}

static int change_dir(struct prefix_hash *hash)
{
	unsigned long *dir;
	u32 i;

	if (hash->own_dir)
		return 0;
	dir = kvmalloc_array(dir_slots(hash), sizeof(*dir), GFP_KERNEL_ACCOUNT);
	if (!dir)
		return -ENOMEM;
	for (i = 0; i < dir_slots(hash); i++)
		dir[i] = hash->dir[i] & ~PAGE_OWN;
	hash->dir = dir;
	hash->own_dir = true;
	return 0;
}

static struct hash_page *change_page(struct prefix_hash *hash, u64 code)
{
	unsigned long ref;
	struct hash_page *copy;

	if (change_dir(hash))
		return NULL;
	ref = hash->dir[code >> hash->shift];
	if (ref & PAGE_OWN)
		return (struct hash_page *)page_of(ref);
	copy = op25b_page_copy(page_of(ref));
	if (!copy)
		return NULL;
	if (page_of(ref) == &empty_page)
		hash->pages++;
	set_refs(hash, code, copy);
	return copy;
}

static struct hash_page *new_page(u8 depth)
{
	struct hash_page *page = op25b_page_copy(&empty_page);

	if (page)
		page->depth = depth;
	return page;
}

static void move_entries(const struct prefix_hash *hash, struct hash_page *to,
			 const struct hash_page *from, u32 now)
{
	struct hash_item item;
	const u32 *entry;
	u32 i = 0;

	while ((entry = next_entry(hash, from, &i))) {
		read_entry(hash, entry, &item);
		insert_entry(hash, to, &item, now);
	}
}

static int double_dir(struct prefix_hash *hash)
{
	u32 spread = ilog2(hash->count / full(hash) + 1);
	unsigned long *dir;
	u32 i;

	if (hash->depth >= min_t(u32, spread + EXTRA_DEPTH, MAX_DEPTH))
		return -ENOSPC;
	dir = kvmalloc_array(2 * dir_slots(hash), sizeof(*dir),
			     GFP_KERNEL_ACCOUNT);
	if (!dir)
		return -ENOMEM;
	for (i = 0; i < dir_slots(hash); i++)
		dir[2 * i] = dir[2 * i + 1] = hash->dir[i];
	kvfree(hash->dir);
	hash->dir = dir;
	hash->depth++;
	hash->shift--;
	hash->deepest = 0;
	return 0;
}

/* Without memory the directory stays as it is, and this returns false */
static bool halve_dir(struct prefix_hash *hash)
{
	unsigned long *dir;
	u32 i, nr = dir_slots(hash) / 2;

	if (hash->deepest || hash->depth == 1)
		return false;
	dir = kvmalloc_array(nr, sizeof(*dir), GFP_KERNEL_ACCOUNT);
	if (!dir)
		return false;
	for (i = 0; i < nr; i++)
		dir[i] = hash->dir[2 * i];
	kvfree(hash->dir);
	hash->dir = dir;
	hash->depth--;
	hash->shift++;
	hash->deepest = 0;
	for (i = 0; i < nr; i += 2)
		if (dir[i] != dir[i + 1])
			hash->deepest += 2;
	return true;
}

/* Splits the page, which is the draft's own */
static int split_page(struct prefix_hash *hash, u64 code, u32 now)
{
	struct hash_page *page = (struct hash_page *)page_at(hash, code);
	u64 bit = 1ULL << (63 - page->depth);
	struct hash_page *zero, *one;
	struct hash_item item;
	const u32 *entry;
	u32 i = 0;
	int err;

	err = page->depth == hash->depth ? double_dir(hash) : 0;
	if (err)
		return err;
	zero = new_page(page->depth + 1);
	one = new_page(page->depth + 1);
	if (!zero || !one) {
		kfree(zero);
		kfree(one);
		return -ENOMEM;
	}
	while ((entry = next_entry(hash, page, &i))) {
		read_entry(hash, entry, &item);
		insert_entry(hash, code_of(hash, &item.key) & bit ? one : zero,
			     &item, now);
	}
	set_refs(hash, code & ~bit, zero);
	set_refs(hash, code | bit, one);
	hash->pages++;
	if (zero->depth == hash->depth)
		hash->deepest += 2;
	kfree(page);
	return 0;
}

/* Without memory the pages stay as they are; false then, or if they are too full */
static bool merge_page(struct prefix_hash *hash, u64 code, u32 now)
{
	unsigned long ref = hash->dir[code >> hash->shift], buddy_ref;
	const struct hash_page *page = page_of(ref), *buddy;
	struct hash_page *merged;

	if (!page->depth)
		return false;
	buddy_ref = hash->dir[(code ^ 1ULL << (64 - page->depth)) >>
			      hash->shift];
	buddy = page_of(buddy_ref);
	if (buddy->depth != page->depth ||
	    page->used + buddy->used > full(hash) / 2)
		return false;
	merged = new_page(page->depth - 1);
	if (!merged)
		return false;
	move_entries(hash, merged, page, now);
	move_entries(hash, merged, buddy, now);
	hash->pages--;
	if (page->depth == hash->depth)
		hash->deepest -= 2;
	set_refs(hash, code, merged);
	free_own(ref);
	free_own(buddy_ref);
	return true;
}

/* Builds the page anew, without the bits of removed entries, if memory allows */
static void rebuild_page(struct prefix_hash *hash, u64 code, u32 now)
{
	const struct hash_page *page = page_at(hash, code);
	struct hash_page *fresh = new_page(page->depth);

	if (!fresh)
		return;
	move_entries(hash, fresh, page, now);
	set_refs(hash, code, fresh);
	kfree(page);
}

static void reset(struct prefix_hash *hash)
{
	u32 i;

	for (i = 0; i < dir_slots(hash); i++)
		if (!i || hash->dir[i] != hash->dir[i - 1])
			free_own(hash->dir[i]);
	kvfree(hash->dir);
	hash->dir = (unsigned long *)empty_dir;
	hash->own_dir = false;
	hash->depth = 1;
	hash->shift = 63;
	hash->pages = 0;
	hash->deepest = 0;
}

/* After entries were removed from a page of the draft's own */
static void shrink(struct prefix_hash *hash, u64 code, u32 now)
{
	const struct hash_page *page = page_at(hash, code);

	if (!hash->count) {
		reset(hash);
		return;
	}
	set_refs(hash, code, page);
	if (page->removed > full(hash) / 2)
		rebuild_page(hash, code, now);
	while (merge_page(hash, code, now))
		;
	while (halve_dir(hash))
		;
}

/* Reading */

/**
 * op25b_hash_search() - find a prefix in all lines that it can be in
 * @hash: the table
 * @code: hash of the prefix
 * @hi: first 64 bits of the prefix
 * @lo: last 64 bits
 * @prefix_len: its length
 *
 * Context: Any, under RCU or with a reference on the policy.
 *
 * Return: the word, or 0 if the prefix is not in the table.
 */
u32 op25b_hash_search(const struct prefix_hash *hash, u64 code, u64 hi, u64 lo,
		      u32 prefix_len)
{
	const struct op25b_key key = {
		.hi = hi, .lo = lo, .prefix_len = prefix_len,
	};
	struct slot slot = find_slot(hash, page_at(hash, code), code, &key);

	return slot.line ? slot_entry(hash, &slot)[0] : 0;
}

/**
 * op25b_hash_get() - find an entry
 * @hash: the table
 * @key: its prefix
 * @item: set to the entry
 *
 * Context: Any, under RCU or with a reference on the policy.
 *
 * Return: whether there is one.
 */
bool op25b_hash_get(const struct prefix_hash *hash, const struct op25b_key *key,
		    struct hash_item *item)
{
	u64 code = code_of(hash, key);
	struct slot slot = find_slot(hash, page_at(hash, code), code, key);

	if (slot.line)
		read_entry(hash, slot_entry(hash, &slot), item);
	return slot.line;
}

/* The next entry, of pages and entries that have expired if @now is given */
static bool next_item(const struct prefix_hash *hash,
		      struct hash_cursor *cursor, const u32 *now,
		      struct hash_item *item)
{
	while (cursor->slot < dir_slots(hash)) {
		const struct hash_page *page = page_of(hash->dir[cursor->slot]);
		const u32 *entry = NULL;

		if (!now || (page->used && has_expired(page->earliest, *now)))
			entry = next_entry(hash, page, &cursor->entry);
		if (entry) {
			read_entry(hash, entry, item);
			if (!now || has_expired(item->value, *now))
				return true;
			continue;
		}
		cursor->entry = 0;
		do {
			cursor->slot++;
		} while (cursor->slot < dir_slots(hash) &&
			 page_of(hash->dir[cursor->slot]) == page);
	}
	return false;
}

/**
 * op25b_hash_next() - walk through all entries
 * @hash: a table that does not change
 * @cursor: where to go on; moved behind the entry
 * @item: set to the entry
 *
 * Return: whether there was one more.
 */
bool op25b_hash_next(const struct prefix_hash *hash, struct hash_cursor *cursor,
		     struct hash_item *item)
{
	return next_item(hash, cursor, NULL, item);
}

/**
 * op25b_hash_next_expired() - walk through the entries whose value has passed
 * @hash: a table with values that does not change
 * @cursor: where to go on; moved behind the entry
 * @now: jiffies
 * @item: set to the entry
 *
 * Reads a word of each page, and pages that have such entries.
 *
 * Return: whether there was one more.
 */
bool op25b_hash_next_expired(const struct prefix_hash *hash,
			     struct hash_cursor *cursor, u32 now,
			     struct hash_item *item)
{
	return next_item(hash, cursor, &now, item);
}

/**
 * op25b_hash_earliest() - find the smallest value
 * @hash: a table with values
 * @now: jiffies
 * @expires: set to the value, if there is an entry
 *
 * Reads a word of each page.
 *
 * Return: whether there is an entry.
 */
bool op25b_hash_earliest(const struct prefix_hash *hash, u32 now, u32 *expires)
{
	bool any = false;
	u32 i;

	for (i = 0; hash->count && i < dir_slots(hash); i++) {
		const struct hash_page *page = page_of(hash->dir[i]);

		if (!page->used)
			continue;
		if (!any || expires_before(page->earliest, *expires, now))
			*expires = page->earliest;
		any = true;
	}
	return any;
}

/**
 * op25b_hash_bytes() - memory of a table
 * @hash: the table
 *
 * Return: bytes of its directory and pages, shared ones included.
 */
size_t op25b_hash_bytes(const struct prefix_hash *hash)
{
	return hash->pages ? (size_t)hash->pages * OP25B_PAGE_BYTES +
			     dir_slots(hash) * sizeof(*hash->dir) : 0;
}

/* Life */

/**
 * op25b_hash_init() - start an empty table
 * @hash: the table
 * @key_words: length of its keys, in words: 1, 2 or 4
 * @values: whether its entries have values
 */
void op25b_hash_init(struct prefix_hash *hash, u8 key_words, bool values)
{
	*hash = (struct prefix_hash){
		.dir = (unsigned long *)empty_dir,
		.seed = get_random_u64(),
		.factor = get_random_u64() | 1ULL << 63 | 1,
		.shift = 63,
		.depth = 1,
		.key_words = key_words,
		.entry_words = key_words + 1 + values,
	};
}

static bool has_page(const struct prefix_hash *hash, u64 code,
		     const struct hash_page *page)
{
	return hash && page_at(hash, code) == page;
}

/**
 * op25b_hash_free() - free what no other version has
 * @hash: the table that goes
 * @elder: that of the version before it, of a draft its origin; or NULL
 * @heir: that of the version after it, or NULL
 *
 * A change replaces the directory, so that versions with the same directory have the
 * same pages.
 */
void op25b_hash_free(const struct prefix_hash *hash,
		     const struct prefix_hash *elder,
		     const struct prefix_hash *heir)
{
	const struct hash_page *page = NULL;
	u32 i;

	if (hash->dir == empty_dir || (elder && elder->dir == hash->dir) ||
	    (heir && heir->dir == hash->dir))
		return;
	for (i = 0; i < dir_slots(hash); i++) {
		u64 code = (u64)i << hash->shift;

		if (page_of(hash->dir[i]) == page)
			continue;
		page = page_of(hash->dir[i]);
		if (page != &empty_page && !has_page(elder, code, page) &&
		    !has_page(heir, code, page)) {
			kfree(page);
			cond_resched();
		}
	}
	kvfree(hash->dir);
}

/* Changing */

/**
 * op25b_hash_put() - add an entry to a draft, or replace it
 * @hash: the table
 * @item: the entry
 * @now: jiffies
 *
 * Context: Process context, may sleep.
 *
 * Return: 0; -ENOMEM, or -ENOSPC if so many hashes are alike that the directory would
 * be too deep, and then the draft can only be dropped.
 */
int op25b_hash_put(struct prefix_hash *hash, const struct hash_item *item,
		   u32 now)
{
	u64 code = code_of(hash, &item->key);
	struct hash_page *page = change_page(hash, code);
	struct slot slot;
	int err;

	if (!page)
		return -ENOMEM;
	slot = find_slot(hash, page, code, &item->key);
	if (slot.line) {
		replace_entry(hash, page, &slot, item, now);
		set_refs(hash, code, page);
		return 0;
	}
	while (page->used >= full(hash)) {
		err = split_page(hash, code, now);
		if (err)
			return err;
		page = (struct hash_page *)page_at(hash, code);
	}
	insert_entry(hash, page, item, now);
	set_refs(hash, code, page);
	hash->count++;
	return 0;
}

/**
 * op25b_hash_remove() - remove an entry from a draft
 * @hash: the table
 * @key: its prefix; there is an entry
 * @now: jiffies
 *
 * Context: Process context, may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_hash_remove(struct prefix_hash *hash, const struct op25b_key *key,
		      u32 now)
{
	u64 code = code_of(hash, key);
	struct hash_page *page = change_page(hash, code);
	struct slot slot;

	if (!page)
		return -ENOMEM;
	slot = find_slot(hash, page, code, key);
	clear_slot(hash, page, &slot, now);
	hash->count--;
	shrink(hash, code, now);
	return 0;
}

/* Builds a page anew without the entries of a table */
static int flush_page(struct prefix_hash *hash, u64 code, u8 table, u32 now,
		      int (*removed)(void *context, const struct hash_item *item),
		      void *context)
{
	unsigned long ref = hash->dir[code >> hash->shift];
	const struct hash_page *page = page_of(ref);
	struct hash_page *rest = new_page(page->depth);
	struct hash_item item;
	const u32 *entry;
	u32 i = 0;
	int err;

	if (!rest)
		return -ENOMEM;
	while ((entry = next_entry(hash, page, &i))) {
		read_entry(hash, entry, &item);
		if (word_table(item.word) != table) {
			insert_entry(hash, rest, &item, now);
			continue;
		}
		err = removed ? removed(context, &item) : 0;
		if (err) {
			kfree(rest);
			return err;
		}
		hash->count--;
	}
	set_refs(hash, code, rest);
	free_own(ref);
	return 0;
}

/**
 * op25b_hash_flush() - remove all entries of one table of the policy from a draft
 * @hash: the hash table
 * @table: the table of the policy
 * @now: jiffies
 * @removed: called with each entry, or NULL
 * @context: its first argument
 *
 * Reads the directory, and pages that have such entries.
 *
 * Context: Process context, may sleep.
 *
 * Return: 0; -ENOMEM, an error of @removed, or -EINTR after a fatal signal, and then
 * the draft can only be dropped.
 */
int op25b_hash_flush(struct prefix_hash *hash, u8 table, u32 now,
		     int (*removed)(void *context, const struct hash_item *item),
		     void *context)
{
	u32 i;
	int err;

	if (!hash->count)
		return 0;
	err = change_dir(hash);
	for (i = 0; i < dir_slots(hash) && !err; i++) {
		u64 code = (u64)i << hash->shift;

		while (hash->dir[i] & PAGE_TABLE(table) && !err) {
			err = flush_page(hash, code, table, now, removed,
					 context);
			while (!err && merge_page(hash, code, now))
				;
			if (fatal_signal_pending(current))
				err = -EINTR;
			cond_resched();
		}
	}
	if (err)
		return err;
	if (!hash->count)
		reset(hash);
	while (halve_dir(hash))
		;
	return 0;
}
