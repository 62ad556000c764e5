// SPDX-License-Identifier: GPL-2.0
/*
 * Extendible hash table of prefixes, copy-on-write; see prefix_hash.h for its
 * structure.
 *
 * A page that is full is split in two by one more bit of the hash; where the directory
 * has too few bits for that, it is doubled. Two pages that differ in their last bit
 * only are merged when together they would be half full. A draft copies what it did not
 * make before it changes it, and frees what it made when it replaces it.
 *
 * Called by lpm.c in process context, which may sleep; the caller serialises writers.
 * After an error the draft can only be dropped.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "prefix_hash.h"

/* A page of more entries is split: fuller lines overflow too often */
#define FULL_PERCENT	90

/* A directory is this much deeper at most than evenly spread hashes need */
#define EXTRA_DEPTH	4
#define MAX_DEPTH	24

static const struct hash_page empty_page __aligned(OP25B_PAGE_BYTES);
static const unsigned long empty_dir[2] = {
	(unsigned long)&empty_page, (unsigned long)&empty_page,
};

static u32 full(const struct prefix_hash *hash)
{
	return HASH_LINES * line_entries(hash->entry_words) * FULL_PERCENT / 100;
}

static u64 code_of(const struct prefix_hash *hash, const struct op25b_key *key)
{
	return hash_prefix(hash, key->hi, key->lo, key->prefix_len, hash->key_words);
}

static struct hash_page *page_at(const struct prefix_hash *hash, u64 code)
{
	return page_of(hash->dir[code >> hash->shift]);
}

static bool owns_dir(const struct prefix_hash *hash)
{
	return hash->dir != (hash->origin ? hash->origin->dir : empty_dir);
}

static bool owns_page(const struct prefix_hash *hash, u64 code)
{
	return page_at(hash, code) !=
	       (hash->origin ? page_at(hash->origin, code) : &empty_page);
}

static bool has_times(const struct prefix_hash *hash)
{
	return hash->entry_words > hash->key_words + 1;
}

static void store_pair(u32 *words, u64 pair)
{
	memcpy(words, &pair, sizeof(pair));
}

static void store_tags(const struct prefix_hash *hash, struct hash_line *line, u64 tags)
{
	if (HAS_BYTE_TAGS(hash->entry_words))
		store_pair(line->words, tags);
	else
		line->words[0] = tags;
}

static void read_item(const struct prefix_hash *hash, const u32 *entry,
		      struct hash_item *item)
{
	u64 pair = load_pair(entry);
	bool ipv4 = hash->key_words == 1;

	item->word = ipv4 ? pair : entry[0];
	item->key.prefix_len = word_prefix_len(item->word);
	item->key.hi = ipv4 ? first_bits(pair, 32) : load_pair(entry + 1);
	item->key.lo = hash->key_words == 4 ? load_pair(entry + 3) : 0;
	item->expires = has_times(hash) ? entry[hash->key_words + 1] : 0;
}

static void write_item(const struct prefix_hash *hash, u32 *entry,
		       const struct hash_item *item)
{
	if (hash->key_words == 1) {
		store_pair(entry, item->key.hi | item->word);
	} else {
		entry[0] = item->word;
		store_pair(entry + 1, item->key.hi);
	}
	if (hash->key_words == 4)
		store_pair(entry + 3, item->key.lo);
	if (has_times(hash))
		entry[hash->key_words + 1] = item->expires;
}

static u32 *find_entry(const struct prefix_hash *hash, struct hash_page *page,
		       u64 code, const struct op25b_key *key)
{
	const unsigned int words = hash->entry_words;
	const u64 tag = hash_tag(code, words) * TAG_ONES(words);
	unsigned int nr, n = hash_line_index(code);

	for (nr = 0; nr < HASH_LINES; nr++) {
		struct hash_line *line = &page->lines[n];
		u64 tags = line_tags(line, words), match;

		for (match = zero_tags(tags ^ tag, words); match;
		     match &= match - 1) {
			u32 *entry = line_entry(line, first_tag(match, words), words);

			if (compare_entry(entry, key->hi, key->lo,
					  length_word(key->prefix_len),
					  hash->key_words) <= ENTRY_OPTIONS)
				return entry;
		}
		if (!(tags & hash_overflow_bit(code, words)))
			break;
		n = n + 1 < HASH_LINES ? n + 1 : 0;
	}
	return NULL;
}

/* There is room: pages are split before they are full */
static u32 *take_entry(const struct prefix_hash *hash, struct hash_page *page, u64 code)
{
	const unsigned int words = hash->entry_words;
	unsigned int i, n = hash_line_index(code);

	for (;;) {
		struct hash_line *line = &page->lines[n];
		u64 tags = line_tags(line, words);

		for (i = 0; i < line_entries(words); i++) {
			u32 *entry = line_entry(line, i, words);

			if (load_pair(entry))
				continue;
			store_tags(hash, line, tags | hash_tag(code, words) <<
				   i * TAG_BITS(words));
			return entry;
		}
		store_tags(hash, line, tags | hash_overflow_bit(code, words));
		n = n + 1 < HASH_LINES ? n + 1 : 0;
	}
}

/* @i counts 8 for each line and 1 for each entry in it; moved behind the entry */
static const u32 *next_entry(const struct prefix_hash *hash, struct hash_page *page, u32 *i)
{
	const unsigned int words = hash->entry_words;

	while (*i < 8 * HASH_LINES) {
		struct hash_line *line = &page->lines[*i / 8];
		unsigned int n = (*i)++ % 8;

		if (n < line_entries(words) && load_pair(line_entry(line, n, words)))
			return line_entry(line, n, words);
	}
	return NULL;
}

static void insert_entry(const struct prefix_hash *hash, struct hash_page *page,
			 const struct hash_item *item, u32 now)
{
	u64 code = code_of(hash, &item->key);

	write_item(hash, take_entry(hash, page, code), item);
	page->filter[hash_filter_word(code)] |= 1ULL << code % 64;
	page->count[word_table(item->word)]++;
	page->groups[word_group(item->word)]++;
	if (!page->used++ || expires_before(item->expires, page->earliest, now))
		page->earliest = item->expires;
}

/* Zeros free the entry, and match no search below the tag of a later one */
static void clear_entry(const struct prefix_hash *hash, struct hash_page *page,
			u32 *entry, u32 now)
{
	const unsigned int words = hash->entry_words, bits = TAG_BITS(words);
	u32 n = entry - page->lines[0].words, i = 0;
	struct hash_line *line = &page->lines[n / HASH_LINE_WORDS];
	bool first = true;
	struct hash_item item;
	const u32 *other;

	read_item(hash, entry, &item);
	n = (entry - line_entry(line, 0, words)) / words;
	store_tags(hash, line, line_tags(line, words) &
		   ~(((1ULL << bits) - 1) << n * bits));
	memset(entry, 0, words * sizeof(*entry));
	page->used--;
	page->removed++;
	page->count[word_table(item.word)]--;
	page->groups[word_group(item.word)]--;
	if (!has_times(hash) || item.expires != page->earliest)
		return;
	while ((other = next_entry(hash, page, &i))) {
		u32 expires = other[words - 1];

		if (first || expires_before(expires, page->earliest, now))
			page->earliest = expires;
		first = false;
	}
}

/* Sets all references to a page that the draft has made */
static void set_refs(struct prefix_hash *hash, u64 code, const struct hash_page *page)
{
	u32 nr = 1U << (hash->depth - page->depth), i;
	unsigned long *refs = &hash->dir[code >> hash->shift & ~(u64)(nr - 1)];
	unsigned long ref = (unsigned long)page;

	for (i = OP25B_TABLE_DYNAMIC; i <= OP25B_TABLE_MAX; i++)
		ref |= page->count[i] ? PAGE_TABLE(i) : 0;
	for (i = 0; i < OP25B_GROUPS; i++)
		ref |= page->groups[i] ? PAGE_GROUP(i) : 0;
	while (nr--)
		refs[nr] = ref;
}

/* Whether no page needs the last bit of the directory */
static bool can_halve(const struct prefix_hash *hash)
{
	u32 i;

	for (i = 0; i < 1U << hash->depth; i += 2)
		if (page_of(hash->dir[i]) != page_of(hash->dir[i + 1]))
			return false;
	return hash->depth > 1;
}

/* A directory of the draft's own, with one bit more, or one less if that will do */
static int change_dir(struct prefix_hash *hash, bool grow)
{
	bool own = owns_dir(hash), halve = !grow && !own && can_halve(hash);
	u8 depth = hash->depth + grow - halve;
	unsigned long *dir;
	u32 i;

	if (own && !grow)
		return 0;
	dir = kvmalloc_array(1U << depth, sizeof(*dir), GFP_KERNEL_ACCOUNT);
	if (!dir)
		return -ENOMEM;
	if (depth == hash->depth)
		memcpy(dir, hash->dir, sizeof(*dir) << depth);
	for (i = 0; depth != hash->depth && i < 1U << depth; i++)
		dir[i] = hash->dir[i << halve >> grow];
	if (own)
		kvfree(hash->dir);
	hash->dir = dir;
	hash->depth = depth;
	hash->shift = 64 - depth;
	return 0;
}

static struct hash_page *new_page(u8 depth)
{
	struct hash_page *page = op25b_page_copy(&empty_page);

	if (page)
		page->depth = depth;
	return page;
}

/* Copies the entries whose hash has the bit, or has not, if it is given */
static void copy_entries(struct prefix_hash *hash, struct hash_page *to,
			 struct hash_page *from, u64 bit, bool set, u32 now)
{
	struct hash_item item;
	const u32 *entry;
	u32 i = 0;

	hash->moves++;
	while ((entry = next_entry(hash, from, &i))) {
		read_item(hash, entry, &item);
		if (!bit || !(code_of(hash, &item.key) & bit) != set)
			insert_entry(hash, to, &item, now);
	}
}

/* Makes a page the draft's own: where many were removed, without their bits */
static struct hash_page *change_page(struct prefix_hash *hash, u64 code, u32 now)
{
	struct hash_page *page, *copy;
	bool own, rebuild;

	if (change_dir(hash, false))
		return NULL;
	own = owns_page(hash, code);
	page = page_at(hash, code);
	rebuild = page->removed > full(hash) / 2;
	if (own && !rebuild)
		return page;
	copy = rebuild ? new_page(page->depth) : op25b_page_copy(page);
	if (!copy)
		return NULL;
	if (rebuild)
		copy_entries(hash, copy, page, 0, false, now);
	hash->pages += page == &empty_page;
	set_refs(hash, code, copy);
	if (own)
		kfree(page);
	return copy;
}

/* Splits a page that the draft has made */
static int split_page(struct prefix_hash *hash, u64 code, u32 now)
{
	struct hash_page *page = page_at(hash, code), *zero, *one;
	u32 depth = ilog2(hash->count / full(hash) + 1) + EXTRA_DEPTH;
	u64 bit = 1ULL << (63 - page->depth);

	if (page->depth == hash->depth) {
		if (hash->depth >= min_t(u32, depth, MAX_DEPTH))
			return -ENOSPC;
		if (change_dir(hash, true))
			return -ENOMEM;
	}
	zero = new_page(page->depth + 1);
	one = zero ? new_page(page->depth + 1) : NULL;
	if (!one) {
		kfree(zero);
		return -ENOMEM;
	}
	copy_entries(hash, zero, page, bit, false, now);
	copy_entries(hash, one, page, bit, true, now);
	set_refs(hash, code & ~bit, zero);
	set_refs(hash, code | bit, one);
	hash->pages++;
	kfree(page);
	return 0;
}

/* False if the pages are too full, or there is no memory: they stay as they are */
static bool merge_pages(struct prefix_hash *hash, u64 code, u32 now)
{
	struct hash_page *page = page_at(hash, code), *buddy, *merged;
	bool own_buddy;

	if (!page->depth)
		return false;
	code ^= 1ULL << (64 - page->depth);
	own_buddy = owns_page(hash, code);
	buddy = page_at(hash, code);
	if (buddy->depth != page->depth || page->used + buddy->used > full(hash) / 2)
		return false;
	merged = new_page(page->depth - 1);
	if (!merged)
		return false;
	copy_entries(hash, merged, page, 0, false, now);
	copy_entries(hash, merged, buddy, 0, false, now);
	set_refs(hash, code, merged);
	hash->pages--;
	kfree(page);
	if (own_buddy)
		kfree(buddy);
	return true;
}

/**
 * op25b_hash_get() - find an entry; in any context
 * @hash: the table
 * @key: its prefix
 * @item: set to the entry
 *
 * Return: whether there is one.
 */
bool op25b_hash_get(const struct prefix_hash *hash, const struct op25b_key *key,
		    struct hash_item *item)
{
	u64 code = code_of(hash, key);
	u32 *entry = find_entry(hash, page_at(hash, code), code, key);

	if (entry)
		read_item(hash, entry, item);
	return entry;
}

static bool has_refs(const struct hash_choice *choice, unsigned long ref)
{
	return (ref & choice->refs) == choice->refs;
}

static bool has_time(struct hash_choice *choice, u32 expires)
{
	if (!choice->expired || expired_for(expires, choice->now, choice->age))
		return true;
	if (!choice->any_later || expires_before(expires, choice->later, choice->now))
		choice->later = expires;
	choice->any_later = true;
	return false;
}

/* Whether a page can have chosen entries */
static bool may_choose(struct hash_choice *choice, unsigned long ref)
{
	const struct hash_page *page = page_of(ref);

	return has_refs(choice, ref) && page->used && has_time(choice, page->earliest);
}

/**
 * op25b_hash_next() - walk through the entries
 * @hash: the table; entries that the walk has passed may be removed
 * @cursor: where to go on; moved behind the entry
 * @choice: which entries; @later and @any_later are updated
 * @item: set to the entry
 *
 * Return: whether there was one more.
 */
bool op25b_hash_next(const struct prefix_hash *hash, struct hash_cursor *cursor,
		     struct hash_choice *choice, struct hash_item *item)
{
	for (; !cursor->done; cursor->done = !cursor->code) {
		unsigned long ref = hash->dir[cursor->code >> hash->shift];
		struct hash_page *page = page_of(ref);
		const u32 *entry;

		if (cursor->moves != hash->moves)
			cursor->entry = 0;
		cursor->moves = hash->moves;
		while (may_choose(choice, ref) &&
		       (entry = next_entry(hash, page, &cursor->entry))) {
			read_item(hash, entry, item);
			if ((item->word & choice->mask) == choice->word &&
			    has_time(choice, item->expires))
				return true;
		}
		cursor->entry = 0;
		cond_resched();
		/* a slot at a time where that spares reading the page */
		cursor->code |= ~0ULL >> (has_refs(choice, ref) ? page->depth :
								   hash->depth);
		cursor->code++;
	}
	return false;
}

/**
 * op25b_hash_init() - start an empty table
 * @hash: the table
 * @key_words: length of its keys, in words: 1, 2 or 4
 * @times: whether its entries have expiry times
 */
void op25b_hash_init(struct prefix_hash *hash, u8 key_words, bool times)
{
	*hash = (struct prefix_hash){
		.dir = (unsigned long *)empty_dir,
		.seed = get_random_u64(),
		.factor = get_random_u64() | 1ULL << 63 | 1,
		.shift = 63,
		.depth = 1,
		.key_words = key_words,
		.entry_words = key_words + 1 + times,
	};
}

/**
 * op25b_hash_free() - free what no other version has
 * @hash: the table that goes
 * @older: that of the version before it, of a draft its origin; or NULL
 * @newer: that of the version after it, or NULL
 *
 * A change replaces the directory, so that versions with the same directory have the
 * same pages.
 */
void op25b_hash_free(const struct prefix_hash *hash,
		     const struct prefix_hash *older,
		     const struct prefix_hash *newer)
{
	unsigned long *dir = hash->dir, *near = newer && newer->depth == hash->depth ?
						newer->dir : NULL;
	u32 nr = 1U << hash->depth, i;
	void *page = NULL;
	u64 code;

	if (dir == empty_dir || (older && older->dir == dir) ||
	    (newer && newer->dir == dir))
		return;
	for (i = 0; i < nr; i++) {
		if ((near && !page_of(near[i] ^ dir[i])) || page_of(dir[i]) == page)
			continue;
		page = page_of(dir[i]);
		code = (u64)i << hash->shift;
		if ((older && page_at(older, code) == page) ||
		    (newer && page_at(newer, code) == page) || page == &empty_page)
			continue;
		kfree(page);
		cond_resched();
	}
	kvfree(hash->dir);
}

/**
 * op25b_hash_bytes_beside() - bytes that another table does not share
 * @hash: the table
 * @other: another version of it, or another table
 */
size_t op25b_hash_bytes_beside(const struct prefix_hash *hash,
			       const struct prefix_hash *other)
{
	size_t bytes = sizeof(*hash->dir) << hash->depth;
	const void *last = &empty_page;
	u32 i;

	if (hash->dir == empty_dir || hash->dir == other->dir)
		return 0;
	for (i = 0; i < 1U << hash->depth; i++) {
		u64 code = (u64)i << hash->shift;
		const void *page = page_at(hash, code);

		if (page != last && page != page_at(other, code))
			bytes += OP25B_PAGE_BYTES;
		last = page;
		cond_resched();
	}
	return bytes;
}

/**
 * op25b_hash_put() - add an entry to a draft, or replace it
 * @hash: the table
 * @item: the entry
 * @now: jiffies
 *
 * Return: 0; -ENOMEM; -ENOSPC if the hashes of so many prefixes are alike that the
 * directory would be too deep.
 */
int op25b_hash_put(struct prefix_hash *hash, const struct hash_item *item, u32 now)
{
	u64 code = code_of(hash, &item->key);
	struct hash_page *page = change_page(hash, code, now);
	u32 *entry;
	int err;

	if (!page)
		return -ENOMEM;
	entry = find_entry(hash, page, code, &item->key);
	if (entry)
		clear_entry(hash, page, entry, now);
	while (page->used >= full(hash)) {
		err = split_page(hash, code, now);
		if (err)
			return err;
		page = page_at(hash, code);
	}
	insert_entry(hash, page, item, now);
	set_refs(hash, code, page);
	hash->count += !entry;
	return 0;
}

/**
 * op25b_hash_remove() - remove an entry from a draft
 * @hash: the table
 * @key: its prefix; there is an entry
 * @now: jiffies
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_hash_remove(struct prefix_hash *hash, const struct op25b_key *key, u32 now)
{
	u64 code = code_of(hash, key);
	struct hash_page *page = change_page(hash, code, now);

	if (!page)
		return -ENOMEM;
	clear_entry(hash, page, find_entry(hash, page, code, key), now);
	hash->count--;
	set_refs(hash, code, page);
	while (merge_pages(hash, code, now))
		;
	return 0;
}
