/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest-prefix match: all prefixes of one family, and the lookup that is compiled into
 * the packet path.
 *
 * A lookup searches for one prefix length after the other, longest first, but only for
 * those in use that can match the address. Which can is known for groups of addresses:
 * IPv4 by the first 16 bits, IPv6 by a hash of the first 32. Bits of groups are never
 * cleared, which costs a search in vain. Lengths without groups can match any address.
 * In all bitmaps, little-endian words, bit n is the n-th length from the longest:
 *
 *	PAGES_FINE	IPv4 /25 to /32: 8 bits		IPv6 /65 to /128: 64 bits
 *	PAGES_COARSE	IPv4 /8 to /24: 32 bits		IPv6 /33 to /64: 64 bits
 *
 * Used by policy.c and verdict.h, and in user space by the tests.
 */
#ifndef _OP25B_LPM_H
#define _OP25B_LPM_H

#include <linux/types.h>

#include "entry.h"
#include "page.h"
#include "prefix_hash.h"

/* Hash tables: IPv4 and IPv6 up to /64, and IPv6 beyond; then those with a timeout */
enum {
	LPM_SHORT,
	LPM_LONG,
	LPM_EXPIRY,
	LPM_HASHES = 2 * LPM_EXPIRY
};

/* Bitmaps of lengths: those in the fine groups, and those in no group */
#define FINE_IPV4	GENMASK(7, 0)
#define UNGROUPED_IPV4	GENMASK(31, 25)
#define UNGROUPED_IPV6	GENMASK_ULL(63, 32)

/**
 * struct op25b_lpm - the prefixes of one family, of up to four tables of a policy
 * @hash: hash tables of all prefixes, and from LPM_EXPIRY on once more of those with a
 *	timeout, with the expiry time
 * @used: bitmaps of the lengths in use: IPv4, or IPv6 up to /64; IPv6 beyond
 * @lengths: entries by length
 * @count: entries by table of the policy, expired ones included
 * @groups: entries by group of owners, likewise
 * @earliest: no entry expires before this time, if there are timeouts
 * @pages: the groups, and from PAGES_USES on entries by name set, 32 bits each
 * @family: address family
 */
struct op25b_lpm {
	struct prefix_hash hash[LPM_HASHES];
	u64 used[LPM_EXPIRY];
	u32 lengths[129];
	u32 count[OP25B_TABLE_MAX + 1];
	u32 groups[OP25B_GROUPS];
	u32 earliest;
	struct op25b_pages pages;
	enum op25b_family family;
};

bool op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			u32 prefix_len, u32 now);

static inline bool op25b_lpm_is_timed(const struct op25b_lpm *lpm)
{
	return lpm->hash[LPM_EXPIRY].count || lpm->hash[LPM_EXPIRY + LPM_LONG].count;
}

/* Whether entries may have expired, @age jiffies ago or earlier */
static inline bool op25b_lpm_is_due(const struct op25b_lpm *lpm, u32 now, u32 age)
{
	return op25b_lpm_is_timed(lpm) && expired_for(READ_ONCE(lpm->earliest), now, age);
}

/* How many entries have a name set, expired ones included */
#define USES_PER_PAGE	(OP25B_PAGE_BYTES / sizeof(u32))

static inline u32 op25b_lpm_uses(const struct op25b_lpm *lpm, u16 names)
{
	const u32 *page = lpm->pages.page[PAGES_USES + names / USES_PER_PAGE];

	return page[names % USES_PER_PAGE];
}

static __always_inline u32 group_ipv6(u64 hi)
{
	return (u32)(hi >> 32) * 0x9e3779b1U >> 19;
}

static __always_inline u64 lengths_ipv6(const struct op25b_lpm *lpm, unsigned int array,
					u64 hi)
{
	u32 group = group_ipv6(hi);
	const __le64 *page = lpm->pages.page[array + group / 512];

	return le64_to_cpu(page[group % 512]);
}

/* A match of one length; entries that have expired are none */
static __always_inline u32 lpm_find(const struct op25b_lpm *lpm, u64 hi, u64 lo,
				    u32 prefix_len, u32 now, const unsigned int key_words)
{
	u32 word = hash_find(&lpm->hash[key_words == 4], hi, lo, prefix_len, key_words);

	if (unlikely(word & ENTRY_TIMED) && op25b_lpm_is_due(lpm, now, 0) &&
	    !op25b_lpm_is_alive(lpm, hi, lo, prefix_len, now))
		return 0;
	return word;
}

/* A match of the longest of some lengths, of which the first is @most */
static __always_inline u32 lpm_search(const struct op25b_lpm *lpm, u64 hi, u64 lo,
				      u64 lengths, u32 now, const unsigned int most,
				      const unsigned int key_words)
{
	u32 word;

	/* the longest is often in use everywhere: with a constant length it is cheap */
	if (key_words != 4) {
		word = lengths & 1 ? lpm_find(lpm, hi, 0, most, now, key_words) :
				     0;
		if (word)
			return word;
		lengths &= ~1ULL;
	}
	for (; lengths; lengths &= lengths - 1) {
		unsigned int bit = __ffs64(lengths);
		u64 mask = ~0ULL << bit << (most == 32 ? 32 : 0);

		word = key_words == 4 ?
		       lpm_find(lpm, hi, lo & mask, most - bit, now, 4) :
		       lpm_find(lpm, hi & mask, 0, most - bit, now, key_words);
		if (word)
			return word;
	}
	return 0;
}

static __always_inline u32 lpm_lookup_ipv4(const struct op25b_lpm *lpm,
					   const __be32 *addr, u32 now)
{
	u64 hi = address_hi(OP25B_IPV4, addr);
	const u8 *fine = lpm->pages.page[PAGES_FINE + (hi >> 60)];
	const __le32 *coarse = lpm->pages.page[PAGES_COARSE + (hi >> 58)];
	u32 word;

	word = lpm_search(lpm, hi, 0, fine[hi >> 48 & 0xfff] & lpm->used[0], now, 32, 1);
	if (!word)
		word = lpm_search(lpm, hi, 0,
				  (le32_to_cpu(coarse[hi >> 48 & 0x3ff]) |
				   UNGROUPED_IPV4) & lpm->used[0] & ~FINE_IPV4,
				  now, 32, 1);
	if (!word && unlikely(lpm->lengths[0]))
		word = lpm_find(lpm, 0, 0, 0, now, 1);
	return word;
}

static __always_inline u32 lpm_lookup_ipv6(const struct op25b_lpm *lpm,
					   const __be32 *addr, u32 now)
{
	u64 hi = address_hi(OP25B_IPV6, addr), lengths = lpm->used[LPM_LONG];
	u32 word = 0;

	if (lengths)
		word = lpm_search(lpm, hi, address_lo(OP25B_IPV6, addr),
				  lengths & lengths_ipv6(lpm, PAGES_FINE, hi),
				  now, 128, 4);
	if (!word)
		word = lpm_search(lpm, hi, 0, lpm->used[LPM_SHORT] &
				  (lengths_ipv6(lpm, PAGES_COARSE, hi) |
				   UNGROUPED_IPV6), now, 64, 2);
	if (!word && unlikely(lpm->lengths[0]))
		word = lpm_find(lpm, 0, 0, 0, now, 2);
	return word;
}

/**
 * lpm_lookup() - find the most specific prefix that holds an address
 * @lpm: a table that does not change
 * @family: its family, a constant
 * @addr: the address, one or four words
 * @now: jiffies; entries that have expired do not match
 *
 * Context: Any, in the packet path under RCU. Takes no lock and writes nothing.
 *
 * Return: the word of its entry, or 0 if no prefix holds it.
 */
static __always_inline u32 lpm_lookup(const struct op25b_lpm *lpm,
				      const enum op25b_family family, const __be32 *addr,
				      u32 now)
{
	return family == OP25B_IPV4 ? lpm_lookup_ipv4(lpm, addr, now) :
				      lpm_lookup_ipv6(lpm, addr, now);
}

/**
 * struct op25b_cursor - a position in a table, at first all zero
 * @hash: which of its hash tables
 * @at: the position there
 */
struct op25b_cursor {
	u32 hash;
	struct hash_cursor at;
};

void op25b_lpm_init(struct op25b_lpm *lpm, enum op25b_family family);
void op25b_lpm_clone(struct op25b_lpm *lpm, const struct op25b_lpm *origin);
void op25b_lpm_free(const struct op25b_lpm *lpm, const struct op25b_lpm *older,
		    const struct op25b_lpm *newer);

u32 op25b_lpm_lookup(const struct op25b_lpm *lpm, const __be32 *addr, u32 now);
void op25b_lpm_entry(const struct op25b_lpm *lpm, const __be32 *addr, u32 word,
		     struct op25b_entry *entry);
bool op25b_lpm_next(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		    struct op25b_entry *entry);
bool op25b_lpm_next_of(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		       struct hash_choice *choice, struct op25b_entry *entry);
bool op25b_lpm_get(const struct op25b_lpm *lpm, const struct op25b_entry *prefix,
		   struct op25b_entry *entry);
bool op25b_lpm_equal(const struct op25b_lpm *a, const struct op25b_lpm *b);
u32 op25b_lpm_count(const struct op25b_lpm *lpm, enum op25b_table_id id, u32 now);
size_t op25b_lpm_bytes(const struct op25b_lpm *lpm);
size_t op25b_lpm_bytes_beside(const struct op25b_lpm *lpm, const struct op25b_lpm *other);

int op25b_lpm_add(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why);
int op25b_lpm_put(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why);
int op25b_lpm_del(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why);
int op25b_lpm_remove(struct op25b_lpm *lpm, const struct op25b_entry *entry, u32 now);
int op25b_lpm_flush(struct op25b_lpm *lpm, enum op25b_table_id id, u32 now);
int op25b_lpm_expire(struct op25b_lpm *draft, struct op25b_lpm *origin, u32 now,
		     u32 age, u32 *limit);

#endif /* _OP25B_LPM_H */
