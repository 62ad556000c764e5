/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extendible hash table of prefixes, copy-on-write: the structure, and the search
 * that is compiled into the packet path.
 *
 * Fagin, Nievergelt, Pippenger, Strong, "Extendible hashing: a fast access method for
 * dynamic files", ACM TODS 4(3), 1979. See docs/design.md, "Tables", for a drawing.
 *
 * Used by lpm.c and lpm.h alone.
 */
#ifndef _OP25B_PREFIX_HASH_H
#define _OP25B_PREFIX_HASH_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/prefetch.h>
#include <linux/types.h>

#include "entry.h"
#include "page.h"

#define HASH_LINE_WORDS		16
#define HASH_LINES		59
#define HASH_FILTER_WORDS	32

/**
 * struct hash_line - a cache line of entries
 * @words: the tags, a few bits of the hash for each entry, 0 where there is none, and
 *	above them the overflow bits; then the entries, each its word, its key, least
 *	significant word first, and its value if the table has values
 *
 * IPv4: seven tags of 8 bits and 8 overflow bits in two words. Else five tags of 5
 * bits and 7 overflow bits in one word.
 */
struct hash_line {
	u32 words[HASH_LINE_WORDS];
};

/**
 * struct hash_page - the entries whose hashes begin with the same bits
 * @depth: how many bits
 * @used: how many entries
 * @removed: entries removed since the page was built, whose filter and overflow bits
 *	are still set
 * @count: entries by table
 * @earliest: the first expiry time, if the table has values and the page entries
 * @filter: a bitmap; the bit of each entry's hash is set
 * @lines: the entries; what does not fit into its line is in the next one that has
 *	room, cyclically, and sets an overflow bit in each line that it passed
 */
struct hash_page {
	u8 depth;
	u16 used;
	u16 removed;
	u16 count[OP25B_TABLE_MAX + 1];
	u32 earliest;
	u64 filter[HASH_FILTER_WORDS] __aligned(64);
	struct hash_line lines[HASH_LINES];
};

/* A page of the directory: its address, and in the bits below it: */
#define PAGE_OWN	BIT(0)		/* the draft has made it, and may change it */
#define PAGE_TABLE(table)	BIT(table)	/* it has entries of that table, 1 to 4 */
#define PAGE_ADDRESS	(~(unsigned long)(OP25B_PAGE_BYTES - 1))

/**
 * struct prefix_hash - a hash table of prefixes
 * @dir: the directory, 2^@depth references to pages, by the first bits of the hash
 * @seed: random
 * @factor: random, odd
 * @shift: 64 - @depth
 * @depth: 1 to 24
 * @key_words: length of keys, in words: 1 (IPv4), 2 (IPv6 up to /64) or 4
 * @entry_words: length of entries: the key, a word, and one more for the value
 * @own_dir: the draft has made @dir, and may change it
 * @count: how many entries
 * @pages: how many pages
 * @deepest: how many pages have the depth of the directory
 */
struct prefix_hash {
	unsigned long *dir;
	u64 seed;
	u64 factor;
	u8 shift;
	u8 depth;
	u8 key_words;
	u8 entry_words;
	bool own_dir;
	u32 count;
	u32 pages;
	u32 deepest;
};

/* Key length of IPv4 is one word, and that of its tags two; of others it is one */
static __always_inline bool has_wide_tags(unsigned int entry_words)
{
	return entry_words == 2;
}

static __always_inline unsigned int tag_bits(unsigned int entry_words)
{
	return has_wide_tags(entry_words) ? 8 : 5;
}

/* One in each tag */
static __always_inline u64 tag_ones(unsigned int entry_words)
{
	return has_wide_tags(entry_words) ? 0x01010101010101ULL :
					    1 | 1 << 5 | 1 << 10 | 1 << 15 | 1 << 20;
}

static __always_inline unsigned int line_entries(unsigned int entry_words)
{
	return has_wide_tags(entry_words) ? 7 : 15 / entry_words;
}

static __always_inline u64 load_pair(const u32 *words)
{
	return words[0] | (u64)words[1] << 32;
}

static __always_inline u64 line_tags(const struct hash_line *line,
				     unsigned int entry_words)
{
	return has_wide_tags(entry_words) ? load_pair(line->words) :
					    line->words[0];
}

static __always_inline const u32 *line_entry(const struct hash_line *line,
					     unsigned int i,
					     unsigned int entry_words)
{
	return &line->words[(has_wide_tags(entry_words) ? 2 : 1) +
			    i * entry_words];
}

/*
 * The tags that are 0, as the highest bit of each. Above one that is 0 the borrow can
 * show one that is 1, so that a match has to be compared with the key. (Lamport,
 * "Multiple byte processing with full-word instructions", CACM 18(8), 1975)
 */
static __always_inline u64 zero_tags(u64 tags, unsigned int entry_words)
{
	u64 ones = tag_ones(entry_words);

	return (tags - ones) & ~tags & ones << (tag_bits(entry_words) - 1);
}

/* The index of the first match; without one the last index, whose key will differ */
static __always_inline unsigned int first_tag(u64 match,
					      unsigned int entry_words)
{
	unsigned int bits = tag_bits(entry_words);

	return __ffs64(match | 1ULL << (bits * line_entries(entry_words) - 1)) /
	       bits;
}

/* The lower half of a 128-bit product, mixed with the upper half */
static __always_inline u64 fold_product(u64 a, u64 b)
{
#if defined(CONFIG_ARCH_SUPPORTS_INT128) && defined(__SIZEOF_INT128__)
	unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
#else
	return a * b ^ mul_u64_u64_shr(a, b, 64);
#endif
}

/*
 * The hash of a prefix. Its bits: the first @depth for the directory, 32 to 42 for
 * the filter, 16 to 31 for the line, 8 and up for the overflow bit, the lowest for
 * the tag.
 */
static __always_inline u64 hash_prefix(const struct prefix_hash *hash, u64 hi,
				       u64 lo, u32 prefix_len,
				       unsigned int key_words)
{
	u64 x = (hi ^ hash->seed) + prefix_len * 0x9e3779b97f4a7c15ULL;

	if (key_words == 4)
		x = fold_product(x, hash->factor) ^ lo;
	return fold_product(x, hash->factor);
}

static __always_inline u64 hash_filter_bit(u64 hash)
{
	return hash >> 32 & (64 * HASH_FILTER_WORDS - 1);
}

static __always_inline unsigned int hash_line(u64 hash)
{
	return (hash >> 16 & 0xffff) * HASH_LINES >> 16;
}

/* Never 0, which is that of an empty slot */
static __always_inline u64 hash_tag(u64 hash, unsigned int entry_words)
{
	u64 tag = hash & ((1 << tag_bits(entry_words)) - 1);

	return tag | !tag;
}

static __always_inline u64 hash_overflow_bit(u64 hash, unsigned int entry_words)
{
	return has_wide_tags(entry_words) ?
	       1ULL << (56 + (hash >> 8 & 7)) :
	       1ULL << (25 + ((hash >> 8 & 0xff) * 7 >> 8));
}

static __always_inline const struct hash_page *page_of(unsigned long ref)
{
	return (const struct hash_page *)(ref & PAGE_ADDRESS);
}

/* 0 in the upper bits, and the value in the others, if the entry has that prefix */
static __always_inline u64 compare_entry(const u32 *entry, u64 hi, u64 lo,
					 u32 word, unsigned int key_words)
{
	if (key_words == 1)
		return load_pair(entry) ^ (hi | word);
	return (entry[0] ^ word) |
	       (u64)(load_pair(entry + 1) != hi ||
		     (key_words == 4 && load_pair(entry + 3) != lo)) << 32;
}

u32 op25b_hash_search(const struct prefix_hash *hash, u64 code, u64 hi, u64 lo,
		      u32 prefix_len);

/**
 * hash_find() - find the word of a prefix
 * @hash: the table
 * @hi: first 64 bits of the prefix
 * @lo: last 64 bits
 * @prefix_len: its length
 * @key_words: of the table, a constant; its entries have no values
 *
 * Nearly always one line of the cache is read behind the filter, or none.
 *
 * Context: Any, under RCU or with a reference on the policy.
 *
 * Return: the word, or 0 if the prefix is not in the table.
 */
static __always_inline u32 hash_find(const struct prefix_hash *hash, u64 hi,
				     u64 lo, u32 prefix_len,
				     const unsigned int key_words)
{
	const unsigned int entry_words = key_words + 1;
	const u32 word = length_word(prefix_len);
	u64 code = hash_prefix(hash, hi, lo, prefix_len, key_words);
	const struct hash_page *page = page_of(hash->dir[code >> hash->shift]);
	const struct hash_line *line = &page->lines[hash_line(code)];
	u64 bit = hash_filter_bit(code), tags, match, diff;

	/* both may miss the cache: one wait instead of two */
	prefetch(line);
	if (!(page->filter[bit / 64] >> bit % 64 & 1))
		return 0;
	tags = line_tags(line, entry_words);
	match = zero_tags(tags ^ hash_tag(code, entry_words) *
			  tag_ones(entry_words), entry_words);
	diff = compare_entry(line_entry(line, first_tag(match, entry_words),
					entry_words),
			     hi, lo, word, key_words);
	if (likely(diff <= ENTRY_VALUE))
		return diff | word;
	if (unlikely((match & (match - 1)) |
		     (tags & hash_overflow_bit(code, entry_words))))
		return op25b_hash_search(hash, code, hi, lo, prefix_len);
	return 0;
}

/**
 * struct hash_item - an entry of a hash table
 * @key: its prefix
 * @word: its word
 * @value: its value, 0 if the table has none
 */
struct hash_item {
	struct op25b_key key;
	u32 word;
	u32 value;
};

/**
 * struct hash_cursor - a position in a hash table that does not change
 * @slot: of the directory
 * @entry: of its page
 *
 * All zero is the beginning.
 */
struct hash_cursor {
	u32 slot;
	u32 entry;
};

void op25b_hash_init(struct prefix_hash *hash, u8 key_words, bool values);
void op25b_hash_free(const struct prefix_hash *hash,
		     const struct prefix_hash *elder,
		     const struct prefix_hash *heir);
size_t op25b_hash_bytes(const struct prefix_hash *hash);

bool op25b_hash_get(const struct prefix_hash *hash, const struct op25b_key *key,
		    struct hash_item *item);
bool op25b_hash_next(const struct prefix_hash *hash, struct hash_cursor *cursor,
		     struct hash_item *item);
bool op25b_hash_next_expired(const struct prefix_hash *hash,
			     struct hash_cursor *cursor, u32 now,
			     struct hash_item *item);
bool op25b_hash_earliest(const struct prefix_hash *hash, u32 now, u32 *expires);

int op25b_hash_put(struct prefix_hash *hash, const struct hash_item *item,
		   u32 now);
int op25b_hash_remove(struct prefix_hash *hash, const struct op25b_key *key,
		      u32 now);
int op25b_hash_flush(struct prefix_hash *hash, u8 table, u32 now,
		     int (*removed)(void *context, const struct hash_item *item),
		     void *context);

#endif /* _OP25B_PREFIX_HASH_H */
