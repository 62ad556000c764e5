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
#include <linux/string.h>
#include <linux/types.h>

#include "entry.h"
#include "page.h"

#define HASH_LINE_WORDS		16
#define HASH_LINES		59
#define HASH_FILTER_WORDS	32

/**
 * struct hash_line - a cache line of entries
 * @words: tags of 8 bits (IPv4, 7 in two words) or 5 (else, 5 in one word), and above
 *	them 8 or 7 overflow bits; then the entries, zeros where there is none: word,
 *	key, and expiry time if the table has them. Each of these is one u64: the two
 *	words of tags, word (lower half) and key of IPv4, each half of a key of IPv6
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
 * @groups: entries by group of owners
 * @earliest: the first expiry time, if the table has them and the page entries
 * @filter: a bitmap; the bit of each entry's hash is set
 * @lines: the entries; what does not fit into its line is in the next one that has
 *	room, cyclically, and sets an overflow bit in each line that it passed
 */
struct hash_page {
	u8 depth;
	u16 used;
	u16 removed;
	u16 count[OP25B_TABLE_MAX + 1];
	u16 groups[OP25B_GROUPS];
	u32 earliest;
	u64 filter[HASH_FILTER_WORDS] __aligned(64);
	struct hash_line lines[HASH_LINES];
};

/*
 * A reference to a page: its address, and in the bits below it the groups of owners and
 * the tables that have entries there
 */
#define PAGE_GROUP(group)	BIT(group)
#define PAGE_TABLE(table)	BIT(OP25B_GROUPS - 1 + (table))
#define PAGE_ADDRESS	(~(unsigned long)(OP25B_PAGE_BYTES - 1))

/**
 * struct prefix_hash - a hash table of prefixes
 * @dir: the directory, 2^@depth references to pages, by the first bits of the hash
 * @seed: random
 * @factor: random, odd
 * @shift: 64 - @depth
 * @depth: 1 to 24
 * @key_words: length of keys, in words: 1 (IPv4), 2 (IPv6 up to /64) or 4
 * @entry_words: length of entries: the key, a word, and one more for the expiry time
 * @count: how many entries
 * @pages: how many pages
 * @moves: how often a page was made of others
 * @origin: of a draft: what it is a clone of, or NULL; the draft may change the directory
 *	and pages that the origin does not have. Not used once it is published
 */
struct prefix_hash {
	unsigned long *dir;
	u64 seed;
	u64 factor;
	u8 shift;
	u8 depth;
	u8 key_words;
	u8 entry_words;
	u32 count;
	u32 pages;
	u32 moves;
	const struct prefix_hash *origin;
};

/* The geometry of lines, by the length of entries: 2 is IPv4 without expiry times */
#define HAS_BYTE_TAGS(words)		((words) == 2)
#define TAG_BITS(words)		(HAS_BYTE_TAGS(words) ? 8 : 5)
#define TAG_ONES(words)		(HAS_BYTE_TAGS(words) ? 0x01010101010101ULL : 0x108421ULL)

static __always_inline u32 line_entries(unsigned int words)
{
	return HAS_BYTE_TAGS(words) ? 7 : 15 / words;
}

static __always_inline u64 load_pair(const u32 *words)
{
	u64 pair;

	memcpy(&pair, words, sizeof(pair));
	return pair;
}

static __always_inline u64 line_tags(const struct hash_line *line, unsigned int words)
{
	return HAS_BYTE_TAGS(words) ? load_pair(line->words) : line->words[0];
}

static __always_inline u32 *line_entry(struct hash_line *line, unsigned long i,
				       unsigned int words)
{
	return &line->words[1 + HAS_BYTE_TAGS(words) + i * words];
}

/*
 * The tags that are 0, as the highest bit of each. Above one the borrow can show one that
 * is 1, and free entries have tag 0: the entry has to be compared. (Lamport, "Multiple
 * byte processing with full-word instructions", CACM 18(8), 1975)
 */
static __always_inline u64 zero_tags(u64 tags, unsigned int words)
{
	return (tags - TAG_ONES(words)) & ~tags & TAG_ONES(words) << (TAG_BITS(words) - 1);
}

/* The index of the first match; without one in the line the last, which will differ */
static __always_inline unsigned long first_tag(u64 match, unsigned int words)
{
	u64 last = 1ULL << (TAG_BITS(words) * line_entries(words) - 1);

	return (u32)__ffs64(match | last) / TAG_BITS(words);
}

/* Odd and irregular: 2^64 divided by the golden ratio */
#define HASH_ODD	0x9e3779b97f4a7c15ULL

/* Both halves of a product of 128 bits */
static __always_inline u64 fold_product(u64 a, u64 b)
{
#ifdef CONFIG_ARCH_SUPPORTS_INT128
	__uint128_t product = (__uint128_t)a * b;

	return product ^ product >> 64;
#else
	return a * b ^ mul_u64_u64_shr(a, b, 64);
#endif
}

/*
 * Bits of the hash: the first for the directory, 32 to 36 and 0 to 5 for word and bit of
 * the filter, 31 and below for the line, 8 to 15 for the overflow bit, 0 to 7 for the tag.
 * With one product evenly spaced prefixes shared pages or lines for some factors.
 */
static __always_inline u64 hash_prefix(const struct prefix_hash *hash, u64 hi, u64 lo,
				       u32 prefix_len, unsigned int key_words)
{
	u64 x = fold_product((hi ^ hash->seed) + prefix_len * HASH_ODD, hash->factor);

	if (key_words == 4)
		x = fold_product(x + lo, hash->factor);
	return fold_product(x, hash->factor);
}

static __always_inline unsigned int hash_filter_word(u64 hash)
{
	return (hash >> 32) % HASH_FILTER_WORDS;
}

static __always_inline unsigned int hash_line_index(u64 hash)
{
	return (hash & U32_MAX) * HASH_LINES >> 32;
}

static __always_inline u64 hash_tag(u64 hash, unsigned int words)
{
	return hash & ((1 << TAG_BITS(words)) - 1);
}

static __always_inline u64 hash_overflow_bit(u64 hash, unsigned int words)
{
	return 1ULL << (HAS_BYTE_TAGS(words) ? 56 + (hash >> 8 & 7) :
					 25 + ((hash >> 8 & 0xff) * 7 >> 8));
}

static __always_inline struct hash_page *page_of(unsigned long ref)
{
	return (struct hash_page *)(ref & PAGE_ADDRESS);
}

/* At most ENTRY_OPTIONS, and then table and options, if the entry has that prefix */
static __always_inline u64 compare_entry(const u32 *entry, u64 hi, u64 lo,
					 u32 word, unsigned int key_words)
{
	if (key_words == 1)
		return load_pair(entry) ^ (hi | word);
	return (entry[0] ^ word) |
	       (u64)(load_pair(entry + 1) != hi ||
		     (key_words == 4 && load_pair(entry + 3) != lo)) << 32;
}

/**
 * struct hash_item - an entry of a hash table
 * @key: its prefix
 * @word: its word
 * @expires: its expiry time, 0 if the table has none
 */
struct hash_item {
	struct op25b_key key;
	u32 word;
	u32 expires;
};

/**
 * struct hash_cursor - a position in a hash table, at first all zero
 * @code: a hash on the page
 * @moves: of the table, to notice that entries have moved
 * @entry: index of the next entry on the page
 * @done: the walk has ended
 */
struct hash_cursor {
	u64 code;
	u32 moves;
	u32 entry;
	bool done;
};

/**
 * struct hash_choice - which entries to walk through; all zero for all
 * @mask: the bits of a word that are compared
 * @word: those whose words have these bits
 * @refs: the bits that references to their pages have
 * @expired: those that expired @age jiffies before @now, or earlier
 * @now: jiffies
 * @age: below 2^31
 * @later: with @expired: the first expiry time of the others on the way
 * @any_later: whether there are others
 */
struct hash_choice {
	u32 mask;
	u32 word;
	unsigned long refs;
	bool expired;
	bool any_later;
	u32 now;
	u32 age;
	u32 later;
};

static inline void choose_table(struct hash_choice *choice, u8 table)
{
	choice->mask |= ENTRY_TABLE;
	choice->word |= FIELD_PREP(ENTRY_TABLE, table);
	choice->refs |= PAGE_TABLE(table);
}

static inline void choose_group(struct hash_choice *choice, u8 group)
{
	choice->mask |= ENTRY_GROUP;
	choice->word |= FIELD_PREP(ENTRY_GROUP, group);
	choice->refs |= PAGE_GROUP(group);
}

void op25b_hash_init(struct prefix_hash *hash, u8 key_words, bool times);
void op25b_hash_free(const struct prefix_hash *hash,
		     const struct prefix_hash *older,
		     const struct prefix_hash *newer);

size_t op25b_hash_bytes_beside(const struct prefix_hash *hash,
			       const struct prefix_hash *other);

bool op25b_hash_get(const struct prefix_hash *hash, const struct op25b_key *key,
		    struct hash_item *item);
bool op25b_hash_next(const struct prefix_hash *hash, struct hash_cursor *cursor,
		     struct hash_choice *choice, struct hash_item *item);

int op25b_hash_put(struct prefix_hash *hash, const struct hash_item *item, u32 now);
int op25b_hash_remove(struct prefix_hash *hash, const struct op25b_key *key, u32 now);

/**
 * hash_find() - find the word of a prefix
 * @hash: a table without expiry times
 * @hi: first 64 bits of the prefix
 * @lo: last 64 bits
 * @prefix_len: its length
 * @key_words: of the table, a constant
 *
 * Reads a word of the directory, one of the filter, and nearly always one line or none.
 *
 * Return: the word, or 0 if the prefix is not in the table.
 */
static __always_inline u32 hash_find(const struct prefix_hash *hash, u64 hi, u64 lo,
				     u32 prefix_len, const unsigned int key_words)
{
	const unsigned int words = key_words + 1;
	u64 code = hash_prefix(hash, hi, lo, prefix_len, key_words);
	struct hash_page *page = page_of(hash->dir[code >> hash->shift]);
	struct hash_line *line = &page->lines[hash_line_index(code)];
	u64 tags, match, diff;

	/* both may miss the cache: one wait instead of two */
	prefetch(line);
	/* the address is not computed anew for each use */
	OPTIMIZER_HIDE_VAR(line);
	if (!(page->filter[hash_filter_word(code)] >> code % 64 & 1))
		return 0;
	tags = line_tags(line, words);
	match = zero_tags(tags ^ hash_tag(code, words) * TAG_ONES(words), words);
	diff = compare_entry(line_entry(line, first_tag(match, words), words),
			     hi, lo, length_word(prefix_len), key_words);
	if (likely(diff <= ENTRY_OPTIONS))
		return diff | length_word(prefix_len);
	if (unlikely((match & (match - 1)) | (tags & hash_overflow_bit(code, words)))) {
		struct op25b_key key = { .hi = hi, .lo = lo, .prefix_len = prefix_len };
		struct hash_item item;

		if (op25b_hash_get(hash, &key, &item))
			return item.word;
	}
	return 0;
}

#endif /* _OP25B_PREFIX_HASH_H */
