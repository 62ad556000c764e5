// SPDX-License-Identifier: GPL-2.0
/*
 * Hash tables of prefixes, all geometries: random changes of drafts, hashes that
 * collide, and the registries' prefix lists under many seeds.
 *
 * Keys are numbered, so that the oracle is an array.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prefix_hash.h"

#define KEYS	8192

_Static_assert(sizeof(struct hash_page) == OP25B_PAGE_BYTES, "a page");
_Static_assert(sizeof(struct hash_line) == 64, "a cache line");
_Static_assert(offsetof(struct hash_page, filter) % 64 == 0, "aligned");
_Static_assert(offsetof(struct hash_page, lines) % 64 == 0, "aligned");

struct geometry {
	u8 key_words;
	bool values;
};

static const struct geometry geometries[] = {
	{ 1, false }, { 2, false }, { 4, false },
	{ 1, true }, { 2, true }, { 4, true },
};

struct fact {
	bool there;
	u32 word;
	u32 value;
};

/**
 * struct table - a hash table and its expected contents
 * @hash: the table
 * @facts: the expected state of each key, by number
 */
struct table {
	struct prefix_hash hash;
	struct fact facts[KEYS];
};

static const struct geometry *geometry;
static u32 now;

/* Keys: four prefixes of each address, of consecutive lengths */

static struct op25b_key key_of(u32 i)
{
	struct op25b_key key = {
		.prefix_len = 32 * geometry->key_words - i % 4,
	};
	u64 addr = (u64)(i / 4) << 4;

	if (geometry->key_words == 1)
		key.hi = addr << 32;
	else if (geometry->key_words == 2)
		key.hi = 0x20010db800000000 | addr;
	else
		key.lo = addr;
	if (geometry->key_words == 4)
		key.hi = 0x20010db800000000 | i / 4 % 8;
	return key;
}

static u32 number_of(const struct op25b_key *key)
{
	u64 addr = geometry->key_words == 1 ? key->hi >> 32 :
		   geometry->key_words == 2 ? key->hi & U32_MAX : key->lo;

	return (addr >> 4) * 4 + 32 * geometry->key_words - key->prefix_len;
}

static bool same_key(const struct op25b_key *a, const struct op25b_key *b)
{
	return a->hi == b->hi && a->lo == b->lo &&
	       a->prefix_len == b->prefix_len;
}

static u32 find(const struct prefix_hash *hash, const struct op25b_key *key)
{
	switch (geometry->key_words) {
	case 1:
		return hash_find(hash, key->hi, key->lo, key->prefix_len, 1);
	case 2:
		return hash_find(hash, key->hi, key->lo, key->prefix_len, 2);
	default:
		return hash_find(hash, key->hi, key->lo, key->prefix_len, 4);
	}
}

/* Checks */

static bool matches(const struct fact *fact, const struct hash_item *item)
{
	return fact->there && fact->word == item->word &&
	       fact->value == item->expires;
}

static void check_key(const struct table *table, u32 i)
{
	const struct fact *fact = &table->facts[i];
	struct op25b_key key = key_of(i);
	struct hash_item item;

	assert_int_equal(op25b_hash_get(&table->hash, &key, &item), fact->there);
	if (!geometry->values)
		assert_int_equal(find(&table->hash, &key),
				 fact->there ? fact->word : 0);
	if (!fact->there)
		return;
	assert_true(same_key(&item.key, &key));
	assert_true(matches(fact, &item));
}

static u32 check_walk(const struct table *table)
{
	struct hash_choice all = {};
	struct hash_cursor cursor = {};
	struct hash_item item;
	u32 n = 0;

	for (; op25b_hash_next(&table->hash, &cursor, &all, &item); n++) {
		u32 i = number_of(&item.key);
		struct op25b_key key = key_of(i);

		assert_true(i < KEYS && same_key(&item.key, &key));
		assert_true(matches(&table->facts[i], &item));
	}
	assert_false(op25b_hash_next(&table->hash, &cursor, &all, &item));
	return n;
}

/* Walks the expired entries, of one table of the policy or of all */
static void check_expired(const struct table *table, u8 id)
{
	struct hash_choice choice = { .expired = true, .now = now };
	struct hash_cursor cursor = {};
	struct hash_item item;
	u32 i, expired = 0;

	if (id)
		choose_table(&choice, id);
	for (i = 0; i < KEYS; i++) {
		const struct fact *fact = &table->facts[i];

		expired += fact->there && (s32)(now - fact->value) >= 0 &&
			   (!id || word_table(fact->word) == id);
	}
	for (; op25b_hash_next(&table->hash, &cursor, &choice, &item); expired--)
		assert_true((s32)(now - item.expires) >= 0 &&
			    matches(&table->facts[number_of(&item.key)], &item));
	assert_int_equal(expired, 0);
}

static void check(const struct table *table)
{
	u32 i, there = 0;

	for (i = 0; i < KEYS; i++) {
		there += table->facts[i].there;
		check_key(table, i);
	}
	assert_int_equal(table->hash.count, there);
	assert_int_equal(check_walk(table), there);
	for (i = 0; geometry->values && i <= OP25B_TABLE_MAX; i++)
		check_expired(table, i);
}

/* Iterates over the pages of a directory */
static const struct hash_page *next_page(const struct prefix_hash *hash, u32 *slot)
{
	const struct hash_page *page;

	if (*slot == 1U << hash->depth)
		return NULL;
	page = page_of(hash->dir[*slot]);
	assert_true(page->depth <= hash->depth);
	*slot += 1U << (hash->depth - page->depth);
	return page;
}

/* All references to a page are equal, and all counts are right */
static void check_pages(const struct prefix_hash *hash)
{
	u32 slot = 0, first, used = 0, pages = 0, i;
	const struct hash_page *page;

	for (first = 0; (page = next_page(hash, &slot)); first = slot) {
		u32 sum = 0;

		for (i = first; i < slot; i++)
			assert_int_equal(hash->dir[i], hash->dir[first]);
		for (i = OP25B_TABLE_DYNAMIC; i <= OP25B_TABLE_MAX; i++) {
			sum += page->count[i];
			assert_int_equal(!(hash->dir[first] & PAGE_TABLE(i)),
					 !page->count[i]);
		}
		assert_int_equal(sum, page->used);
		used += page->used;
		pages++;
	}
	assert_int_equal(used, hash->count);
	if (hash->pages)
		assert_int_equal(pages, hash->pages);
}

/* Changes */

static int put(struct table *table, u32 i)
{
	struct hash_item item = { .key = key_of(i) };
	int err;

	item.word = length_word(item.key.prefix_len) |
		    FIELD_PREP(ENTRY_TABLE, 1 + shim_below(4)) |
		    FIELD_PREP(ENTRY_NAMES, shim_below(65536)) |
		    (shim_below(2) ? ENTRY_MONITOR : 0);
	item.expires = geometry->values ? now + 2000 - shim_below(4000) : 0;
	err = op25b_hash_put(&table->hash, &item, now);
	if (!err)
		table->facts[i] = (struct fact) { true, item.word, item.expires };
	return err;
}

static void take(struct table *table, u32 i)
{
	struct op25b_key key = key_of(i);

	if (!table->facts[i].there)
		return;
	assert_int_equal(op25b_hash_remove(&table->hash, &key, now), 0);
	table->facts[i].there = false;
}

/* Removes the entries of one table of the policy during a walk */
static void flush(struct table *table, u8 id)
{
	struct hash_cursor cursor = {};
	struct hash_choice choice = {};
	struct hash_item item;
	u32 i;

	choose_table(&choice, id);
	while (op25b_hash_next(&table->hash, &cursor, &choice, &item)) {
		i = number_of(&item.key);
		assert_true(matches(&table->facts[i], &item));
		assert_int_equal(word_table(item.word), id);
		take(table, i);
	}
	for (i = 0; i < KEYS; i++)
		assert_true(!table->facts[i].there ||
			    word_table(table->facts[i].word) != id);
}

/* Removes some entries during a walk, which must visit all others at least once */
static void thin_out(struct table *table)
{
	struct hash_choice all = {};
	static bool met[KEYS];
	struct hash_cursor cursor = {};
	struct hash_item item;
	u32 i;

	memset(met, 0, sizeof(met));
	while (op25b_hash_next(&table->hash, &cursor, &all, &item)) {
		i = number_of(&item.key);
		assert_true(matches(&table->facts[i], &item));
		if (!met[i] && shim_below(2))
			take(table, i);
		met[i] = true;
	}
	for (i = 0; i < KEYS; i++)
		assert_true(met[i] || !table->facts[i].there);
}

static size_t hash_bytes(const struct prefix_hash *hash)
{
	return hash->pages ? (size_t)hash->pages * OP25B_PAGE_BYTES +
			     (sizeof(*hash->dir) << hash->depth) : 0;
}

/* Versions: one published, and a draft that is a clone of it */

static struct table published, draft;

static void begin(void)
{
	draft = published;
	draft.hash.origin = &published.hash;
}

static void drop(void)
{
	op25b_hash_free(&draft.hash, &published.hash, NULL);
}

static void publish(void)
{
	op25b_hash_free(&published.hash, NULL, &draft.hash);
	published = draft;
}

static void first_version(bool weak, u32 shift)
{
	memset(&published, 0, sizeof(published));
	op25b_hash_init(&published.hash, geometry->key_words, geometry->values);
	assert_int_equal(hash_bytes(&published.hash), 0);
	if (weak)
		published.hash.factor = shift < 63 ? 1ULL << shift : 0;
}

static void last_version(void)
{
	assert_int_equal(hash_bytes(&published.hash), shim_memory.bytes);
	op25b_hash_free(&published.hash, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
	assert_int_equal(shim_memory.live_kv, 0);
	assert_int_equal(shim_memory.uncharged, 0);
}

/* Puts and removes some keys, mostly one or the other; false if a put was refused */
static bool change_some(u32 keys, bool growing)
{
	u32 n = shim_below(keys), i;

	while (n--) {
		i = shim_below(keys);
		if (shim_below(4) < (growing ? 1 : 3))
			take(&draft, i);
		else if (put(&draft, i))
			return false;
	}
	if (!shim_below(8))
		flush(&draft, 1 + shim_below(4));
	if (!shim_below(8))
		thin_out(&draft);
	return true;
}

/* A history of tables of up to this number of keys; with weak hashes puts may fail */
static void history(u32 keys, u32 rounds, bool weak, u32 shift)
{
	u32 i, stuck = 0;

	first_version(weak, shift);
	for (i = 0; i < rounds; i++) {
		bool fits;

		begin();
		fits = change_some(keys, i % 8 < 4);
		assert_true(fits || weak);
		stuck += !fits;
		check_pages(&draft.hash);
		if (i % 4 == 0)
			check(&draft);
		if (fits && shim_below(4))
			publish();
		else
			drop();
		now += shim_below(500);
	}
	assert_true(stuck < rounds);
	check(&published);
	last_version();
}

static void random_changes(void **state)
{
	(void)state;
	now = -5000;
	for (geometry = geometries;
	     geometry < geometries + ARRAY_SIZE(geometries); geometry++) {
		history(64, 40, false, 0);
		history(600, 40, false, 0);
		history(KEYS, 60, false, 0);
	}
}

/* Hashes that lose bits of the key, up to all of them: many keys have equal hashes */
static void weak_hashes(void **state)
{
	u32 shift;

	(void)state;
	for (geometry = geometries;
	     geometry < geometries + ARRAY_SIZE(geometries); geometry++)
		for (shift = 0; shift < 64; shift += shift < 32 ? 1 : 31)
			history(shift % 2 ? 60 : 300, 8, true, shift);
}

/* Collisions */

static u32 capacity(void)
{
	return HASH_LINES * line_entries(geometry->key_words + 1 +
					 geometry->values);
}

static struct hash_item item_of(u32 i)
{
	struct hash_item item = {
		.key.prefix_len = 32 * geometry->key_words,
		.expires = now + i % 65536,
	};

	if (geometry->key_words == 1)
		item.key.hi = (u64)i << 32;
	else if (geometry->key_words == 2)
		item.key.hi = i;
	else
		item.key.lo = i;
	item.word = length_word(item.key.prefix_len) |
		    FIELD_PREP(ENTRY_TABLE, OP25B_TABLE_DYNAMIC) |
		    FIELD_PREP(ENTRY_NAMES, i);
	return item;
}

static u64 code_of(const struct prefix_hash *hash, u32 i)
{
	struct hash_item item = item_of(i);

	return hash_prefix(hash, item.key.hi, item.key.lo, item.key.prefix_len,
			   geometry->key_words);
}

/* Number of keys chosen as by an attacker who knows the seed; more than fit a page */
#define CHOSEN	420

static u32 chosen[CHOSEN];

/* Chooses keys of one home line whose hashes begin with this number of 0 bits */
static void choose(const struct prefix_hash *hash, u32 bits, u32 line)
{
	u32 n = 0, i;

	for (i = 1U << 31; n < CHOSEN; i++) {
		u64 code = code_of(hash, i);

		if (hash_line_index(code) == line && !(bits && code >> (64 - bits)))
			chosen[n++] = i;
	}
}

static int put_chosen(struct prefix_hash *hash, u32 n)
{
	struct hash_item item = item_of(chosen[n]);

	return op25b_hash_put(hash, &item, now);
}

/* Puts chosen keys, from the given one on, until one is refused; returns its number */
static u32 put_all_chosen(struct prefix_hash *hash, u32 first)
{
	u32 n;
	int err = 0;

	for (n = first; n < CHOSEN && !err; n++)
		err = put_chosen(hash, n);
	assert_int_equal(err, -ENOSPC);
	return n - 1;
}

static bool has_chosen(const struct prefix_hash *hash, u32 n)
{
	struct hash_item want = item_of(chosen[n]), got;

	if (!op25b_hash_get(hash, &want.key, &got)) {
		assert_true(geometry->values || !find(hash, &want.key));
		return false;
	}
	assert_int_equal(got.word, want.word);
	assert_int_equal(got.expires, geometry->values ? want.expires : 0);
	assert_true(same_key(&got.key, &want.key));
	assert_true(geometry->values || find(hash, &want.key) == want.word);
	return true;
}

static void remove_chosen(struct prefix_hash *hash, u32 n)
{
	struct hash_item item = item_of(chosen[n]);

	assert_int_equal(op25b_hash_remove(hash, &item.key, now), 0);
}

/* Entries of one home line overflow into the lines after it, and wrap around */
static void overflow_through_all_lines(void **state)
{
	static const u32 lines[] = { 0, 30, HASH_LINES - 1 };
	u32 i, j, n;

	(void)state;
	for (j = 0; j < ARRAY_SIZE(geometries) * ARRAY_SIZE(lines); j++) {
		u32 home = lines[j / ARRAY_SIZE(geometries)], per_line;
		const struct hash_page *page;
		struct prefix_hash hash;

		geometry = &geometries[j % ARRAY_SIZE(geometries)];
		per_line = capacity() / HASH_LINES;
		op25b_hash_init(&hash, geometry->key_words, geometry->values);
		choose(&hash, 6, home);
		n = put_all_chosen(&hash, 0);
		assert_in_range(n, capacity() * 8 / 10, capacity());
		page = page_of(hash.dir[0]);
		for (i = 0; i < HASH_LINES; i++)
			assert_int_equal(!!line_tags(&page->lines[(home + i) %
								  HASH_LINES],
						     hash.entry_words),
					 i * per_line < n);
		for (i = 0; i < CHOSEN; i++)
			assert_int_equal(has_chosen(&hash, i), i < n);
		for (i = 0; i < n; i++) {
			u32 k;

			remove_chosen(&hash, i * 7919 % n);
			for (k = i; k < n; k += 1 + shim_below(n / 8))
				assert_int_equal(has_chosen(&hash, k * 7919 % n),
						 k > i);
		}
		assert_int_equal(hash.count, 0);
		assert_int_equal(hash.pages, 1);
		op25b_hash_free(&hash, NULL, NULL);
		assert_int_equal(shim_memory.live, 0);
	}
}

/* The most depth of a directory is log2(count / full) + 4; a full page is at 90 % */
static u32 most_depth(u32 count)
{
	return ilog2(count / (capacity() * 9 / 10) + 1) + 4;
}

/*
 * A put that would need too deep a directory is refused. The draft and its origin are
 * unchanged; nothing leaks. With a factor of 0 all hashes are the same.
 */
static void depth_is_bounded(void **state)
{
	struct prefix_hash origin, clone;
	size_t live;
	u32 i, j, n;

	(void)state;
	for (j = 0; j < 2 * ARRAY_SIZE(geometries); j++) {
		geometry = &geometries[j / 2];
		op25b_hash_init(&origin, geometry->key_words, geometry->values);
		if (j % 2)
			origin.factor = 0;
		choose(&origin, 6, j % 2 ? 0 : 5);
		for (n = 0; n < 50; n++)
			assert_int_equal(put_chosen(&origin, n), 0);
		live = shim_memory.live;
		clone = origin;
		clone.origin = &origin;
		n = put_all_chosen(&clone, n);
		assert_int_equal(clone.depth, most_depth(n));
		assert_int_equal(clone.count, n);
		for (i = 0; i < CHOSEN; i++) {
			assert_int_equal(has_chosen(&clone, i), i < n);
			assert_int_equal(has_chosen(&origin, i), i < 50);
		}
		check_pages(&clone);
		op25b_hash_free(&clone, &origin, NULL);
		assert_int_equal(shim_memory.live, live);
		op25b_hash_free(&origin, NULL, NULL);
		assert_int_equal(shim_memory.live, 0);
	}
}

/* Collisions in a large table deepen the directory, up to the bound */
static void crowd_in_large_table(void **state)
{
	u32 i, n, many = 20000;
	struct prefix_hash hash;

	(void)state;
	geometry = &geometries[0];
	op25b_hash_init(&hash, 1, false);
	for (i = 0; i < many; i++) {
		struct hash_item item = item_of(i);

		assert_int_equal(op25b_hash_put(&hash, &item, now), 0);
	}
	assert_true(hash.depth + 2U <= most_depth(many));
	choose(&hash, 12, 7);
	n = put_all_chosen(&hash, 0);
	assert_true(n >= capacity() * 7 / 10);
	assert_int_equal(hash.depth, most_depth(hash.count));
	for (i = 0; i < n; i++)
		assert_true(has_chosen(&hash, i));
	check_pages(&hash);
	op25b_hash_free(&hash, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/* Keys of one line, with all tags, in any order: SWAR borrows match no wrong key */
static void all_tags(void **state)
{
	enum { KEYS_OF_LINE = 100 };

	(void)state;
	for (geometry = geometries;
	     geometry < geometries + ARRAY_SIZE(geometries); geometry++) {
		bool there[KEYS_OF_LINE] = {};
		struct prefix_hash hash;
		u32 i, step;

		op25b_hash_init(&hash, geometry->key_words, geometry->values);
		choose(&hash, 0, HASH_LINES - 1);
		for (step = 0; step < 3000; step++) {
			i = shim_below(step < 1500 ? 16 : KEYS_OF_LINE);
			if (there[i])
				remove_chosen(&hash, i);
			else
				assert_int_equal(put_chosen(&hash, i), 0);
			there[i] = !there[i];
			for (i = 0; i < KEYS_OF_LINE; i++)
				assert_int_equal(has_chosen(&hash, i), there[i]);
		}
		op25b_hash_free(&hash, NULL, NULL);
		assert_int_equal(shim_memory.live, 0);
	}
}

/* Cost of a search */

/* Number of bits set in the filter of a page; *overflow: its lines with overflow bits */
static u32 count_bits(const struct prefix_hash *hash,
		      const struct hash_page *page, u32 *overflow)
{
	u32 bits = 0, i;

	*overflow = 0;
	for (i = 0; i < HASH_FILTER_WORDS; i++)
		bits += __builtin_popcountll(page->filter[i]);
	for (i = 0; i < HASH_LINES; i++)
		*overflow += !!(line_tags(&page->lines[i], hash->entry_words) >>
				(HAS_BYTE_TAGS(hash->entry_words) ? 56 : 25));
	return bits;
}

/* Filter and overflow bits of removed entries do not accumulate */
static void removed_bits_do_not_pile_up(void **state)
{
	(void)state;
	for (geometry = geometries;
	     geometry < geometries + ARRAY_SIZE(geometries); geometry++) {
		u32 i, bits, overflow;

		first_version(false, 0);
		begin();
		for (i = 0; i < 20000; i++) {
			const struct hash_page *page;

			assert_int_equal(put(&draft, i % 4000), 0);
			if (i >= 40)
				take(&draft, (i - 40) % 4000);
			page = page_of(draft.hash.dir[0]);
			bits = count_bits(&draft.hash, page, &overflow);
			assert_true(page->removed <= capacity() / 2);
			assert_true(bits <= page->used + page->removed);
			if (!page->removed)
				assert_true(overflow <= 8);
		}
		publish();
		last_version();
	}
}

/* A change of one bit of the prefix changes each bit of the hash with probability 1/2 */
static void hash_mixes_all_bits(void **state)
{
	enum { TRIES = 2000 };
	u32 bit, i;

	(void)state;
	for (bit = 0; bit < 64 + 64 + 7; bit++) {
		u32 changed[3] = {}, words;

		for (i = 0; i < 3 * TRIES; i++) {
			struct prefix_hash hash = {
				.seed = shim_random(),
				.factor = shim_random() | 1ULL << 63 | 1,
			};
			u64 hi = shim_random(), lo = shim_random(), code;
			u32 len = shim_below(128);

			words = 1 << i % 3;
			code = hash_prefix(&hash, hi, lo, len, words);
			if (bit < 64)
				hi ^= 1ULL << bit;
			else if (bit < 128)
				lo ^= 1ULL << (bit - 64);
			else
				len ^= 1U << (bit - 128);
			code ^= hash_prefix(&hash, hi, lo, len, words);
			changed[i % 3] += __builtin_popcountll(code);
		}
		/* short keys have no last 64 bits */
		for (i = bit / 64 == 1 ? 2 : 0; i < 3; i++)
			assert_in_range(changed[i] / TRIES, 27, 37);
	}
}

/* Prefix lists of the registries */

static struct op25b_key *list;
static u32 listed;

static u64 parse_ipv6(const char *text)
{
	u64 hi = 0;
	int group;

	for (group = 3; group >= 0 && *text != ':'; group--) {
		char *end;

		hi |= (u64)strtoul(text, &end, 16) << 16 * group;
		text = end + 1;
	}
	return hi;
}

static u64 parse_ipv4(const char *text)
{
	unsigned int a, b, c, d;

	assert_int_equal(sscanf(text, "%u.%u.%u.%u", &a, &b, &c, &d), 4);
	return (u64)(a << 24 | b << 16 | c << 8 | d) << 32;
}

static void read_list(const char *command)
{
	static struct op25b_key keys[200000];
	FILE *file = popen(command, "r");
	char line[80];

	assert_non_null(file);
	list = keys;
	for (listed = 0; fgets(line, sizeof(line), file); listed++) {
		assert_true(listed < ARRAY_SIZE(keys));
		keys[listed].hi = strchr(line, ':') ? parse_ipv6(line) :
						      parse_ipv4(line);
		keys[listed].prefix_len = atoi(strchr(line, '/') + 1);
	}
	assert_int_equal(pclose(file), 0);
	assert_true(listed > 500);
}

/* Number of lines read to find all entries of a page; *most: the most for one entry */
static u32 count_lines(const struct prefix_hash *hash,
		       const struct hash_page *page, u32 *most)
{
	u32 i, j, lines = 0;

	for (i = 0; i < HASH_LINES; i++) {
		struct hash_line *line = (struct hash_line *)&page->lines[i];

		for (j = 0; j < line_entries(hash->entry_words); j++) {
			const u32 *words = line_entry(line, j,
						      hash->entry_words);
			struct op25b_key key = {
				.hi = hash->key_words == 1 ?
				      (u64)words[1] << 32 : load_pair(words + 1),
				.lo = hash->key_words == 4 ? load_pair(words + 3) :
							     0,
				.prefix_len = word_prefix_len(words[0]),
			};
			u32 n;

			if (!words[0])
				continue;
			n = (i + HASH_LINES -
			     hash_line_index(hash_prefix(hash, key.hi, key.lo,
						   key.prefix_len,
						   hash->key_words))) %
			    HASH_LINES + 1;
			lines += n;
			*most = max(*most, n);
		}
	}
	return lines;
}

/* Fills a table with the list, under one seed */
static void fill_with_list(const struct geometry *shape)
{
	u32 i, slot = 0, lines = 0, most = 0;
	const struct hash_page *page;
	struct prefix_hash hash;

	geometry = shape;
	op25b_hash_init(&hash, shape->key_words, shape->values);
	for (i = 0; i < listed; i++) {
		struct hash_item item = {
			.key = list[i],
			.word = length_word(list[i].prefix_len) |
				FIELD_PREP(ENTRY_TABLE, OP25B_TABLE_DYNAMIC),
			.expires = now + i,
		};

		assert_int_equal(op25b_hash_put(&hash, &item, now), 0);
	}
	assert_int_equal(hash.count, listed);
	/* at most a quarter of the largest directory allowed, and well filled */
	assert_true(hash.depth + 2U <= most_depth(listed));
	assert_true(hash.count >= hash.pages * capacity() * 42 / 100);
	while ((page = next_page(&hash, &slot)))
		lines += count_lines(&hash, page, &most);
	assert_true(lines <= listed * (shape->values ? 230 : 140) / 100);
	if (getenv("VERBOSE"))
		printf("# %u words, %u entries, depth %u of %u, fill %u%%, lines read for 100 entries %u, for one %u\n",
		       hash.entry_words, listed, hash.depth, most_depth(listed),
		       hash.count * 100 / (hash.pages * capacity()),
		       lines * 100 / listed, most);
	op25b_hash_free(&hash, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void under_many_seeds(const char *command, const struct geometry *shape,
			     u32 seeds)
{
	read_list(command);
	while (seeds--) {
		fill_with_list(shape);
		fill_with_list(shape + 3);
	}
}

/* Prefixes at regular distances, as the registries allocate them */
static void regular_distances(void **state)
{
	static const u32 strides[] = { 1, 8, 64, 256, 65536 };
	static struct op25b_key keys[40000];
	u32 i, j, seed;

	(void)state;
	list = keys;
	for (j = 0; j < 3 * ARRAY_SIZE(strides); j++) {
		for (i = 0; i < ARRAY_SIZE(keys); i++) {
			u64 addr = (u64)i * strides[j / 3];

			keys[i].hi = j % 3 < 2 ? addr << 32 : 0x20010db800000000;
			keys[i].lo = j % 3 == 2 ? addr << 32 : 0;
			keys[i].prefix_len = j % 3 == 2 ? 128 : 32;
		}
		/* a size at which all pages are about to be split */
		listed = j % 3 ? 30000 : 40000;
		for (seed = 0; seed < 12; seed++)
			fill_with_list(&geometries[j % 3]);
	}
}

static void japan(void **state)
{
	(void)state;
	under_many_seeds("cat ../data/jp-ipv4.txt", &geometries[0], 200);
	under_many_seeds("cat ../data/jp-ipv6.txt", &geometries[1], 500);
}

static void world(void **state)
{
	(void)state;
	under_many_seeds("xz -dc ../data/world-ipv4.txt.xz", &geometries[0], 8);
	under_many_seeds("xz -dc ../data/world-ipv6.txt.xz", &geometries[1], 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(random_changes),
		fresh_test(weak_hashes),
		fresh_test(overflow_through_all_lines),
		fresh_test(depth_is_bounded),
		fresh_test(crowd_in_large_table),
		fresh_test(all_tags),
		fresh_test(removed_bits_do_not_pile_up),
		fresh_test(hash_mixes_all_bits),
		fresh_test(regular_distances),
		fresh_test(japan),
		fresh_test(world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
