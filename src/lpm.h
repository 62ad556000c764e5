/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest-prefix match: all prefixes of one family, and the lookup that is compiled
 * into the packet path.
 *
 * A table is a draft, which one writer changes, or published, which nobody changes
 * and everybody may read without a lock. A clone is a draft that shares the pages of
 * its origin.
 *
 * Used by policy.c and verdict.h, and in user space by op25bctl check and the tests;
 * knows nothing of RCU, namespaces or packets.
 */
#ifndef _OP25B_LPM_H
#define _OP25B_LPM_H

#include <linux/types.h>

#include "entry.h"
#include "lengths.h"
#include "page.h"
#include "prefix_hash.h"

/* Hash tables of a table: IPv4 or IPv6 up to /64, and IPv6 beyond */
enum {
	LPM_SHORT,
	LPM_LONG,
	LPM_HASHES
};

/**
 * struct op25b_lpm - the prefixes of one family, of up to four tables of a policy
 * @prefixes: hash tables of all prefixes, by key length
 * @expiry: the same for those with a timeout; their values are the expiry times
 * @lengths: prefix lengths in use
 * @pages: which prefix lengths can match where, and entries by label
 * @count: entries by table of the policy, expired ones included
 * @earliest: no entry expires before that, in jiffies modulo 2^32; if any does
 * @family: address family
 */
struct op25b_lpm {
	struct prefix_hash prefixes[LPM_HASHES];
	struct prefix_hash expiry[LPM_HASHES];
	struct lengths lengths;
	struct op25b_pages pages;
	u32 count[OP25B_TABLE_MAX + 1];
	u32 earliest;
	enum op25b_family family;
};

bool op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			u32 prefix_len, u32 now);

/* A match of one length; entries that have expired are none */
static __always_inline u32 lpm_find(const struct op25b_lpm *lpm, u64 hi, u64 lo,
				    u32 prefix_len, u32 now,
				    const unsigned int key_words)
{
	u32 word = hash_find(&lpm->prefixes[key_words == 4], hi, lo, prefix_len,
			     key_words);

	if (unlikely(word & ENTRY_TIMED) &&
	    !op25b_lpm_is_alive(lpm, hi, lo, prefix_len, now))
		return 0;
	return word;
}

/* A match of the longest of some lengths; bit n is the length of n less than @most */
static __always_inline u32 lpm_search(const struct op25b_lpm *lpm, u64 hi,
				      u64 lo, u64 lengths, u32 now,
				      const unsigned int most,
				      const unsigned int key_words)
{
	for (; lengths; lengths &= lengths - 1) {
		unsigned int bit = __ffs64(lengths);
		u64 mask = ~0ULL << bit << (most == 32 ? 32 : 0);
		u32 word;

		word = key_words == 4 ?
		       lpm_find(lpm, hi, lo & mask, most - bit, now, 4) :
		       lpm_find(lpm, hi & mask, 0, most - bit, now, key_words);
		if (word)
			return word;
	}
	return 0;
}

/* In most tables the longest length is in use everywhere: search for it by itself */
static __always_inline u32 lpm_lookup_ipv4(const struct op25b_lpm *lpm,
					   const __be32 *addr, u32 now)
{
	u64 hi = address_hi(OP25B_IPV4, addr), lengths;
	u32 word;

	lengths = lengths_fine_ipv4(&lpm->lengths, &lpm->pages, hi);
	if (lengths & 1) {
		word = lpm_find(lpm, hi, 0, 32, now, 1);
		if (word)
			return word;
	}
	lengths &= ~1ULL;
	if (unlikely(lengths)) {
		word = lpm_search(lpm, hi, 0, lengths, now, 32, 1);
		if (word)
			return word;
	}
	lengths = lengths_coarse_ipv4(&lpm->lengths, &lpm->pages, hi);
	word = lpm_search(lpm, hi, 0, lengths, now, 32, 1);
	if (!word && unlikely(lpm->lengths.has_default))
		word = lpm_find(lpm, 0, 0, 0, now, 1);
	return word;
}

static __always_inline u32 lpm_lookup_ipv6(const struct op25b_lpm *lpm,
					   const __be32 *addr, u32 now)
{
	u64 hi = address_hi(OP25B_IPV6, addr), lengths;
	u32 word;

	lengths = lengths_fine_ipv6(&lpm->lengths, &lpm->pages, hi);
	if (lengths) {
		word = lpm_search(lpm, hi, address_lo(OP25B_IPV6, addr),
				  lengths, now, 128, 4);
		if (word)
			return word;
	}
	lengths = lengths_coarse_ipv6(&lpm->lengths, &lpm->pages, hi);
	if (lengths & 1) {
		word = lpm_find(lpm, hi, 0, 64, now, 2);
		if (word)
			return word;
	}
	lengths &= ~1ULL;
	word = lpm_search(lpm, hi, 0, lengths, now, 64, 2);
	if (!word && unlikely(lpm->lengths.has_default))
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
				      const enum op25b_family family,
				      const __be32 *addr, u32 now)
{
	return family == OP25B_IPV4 ? lpm_lookup_ipv4(lpm, addr, now) :
				      lpm_lookup_ipv6(lpm, addr, now);
}

/**
 * struct op25b_cursor - a position in a published table
 * @hash: which of its hash tables
 * @at: the position there
 *
 * All zero is the beginning.
 */
struct op25b_cursor {
	u32 hash;
	struct hash_cursor at;
};

void op25b_lpm_init(struct op25b_lpm *lpm, enum op25b_family family);
void op25b_lpm_clone(struct op25b_lpm *lpm, const struct op25b_lpm *origin);
void op25b_lpm_free(const struct op25b_lpm *lpm, const struct op25b_lpm *elder,
		    const struct op25b_lpm *heir);

u32 op25b_lpm_lookup(const struct op25b_lpm *lpm, const __be32 *addr, u32 now);
void op25b_lpm_entry(const struct op25b_lpm *lpm, const __be32 *addr, u32 word,
		     struct op25b_entry *entry);
bool op25b_lpm_next(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		    struct op25b_entry *entry);
bool op25b_lpm_equal(const struct op25b_lpm *a, const struct op25b_lpm *b);
u32 op25b_lpm_count(const struct op25b_lpm *lpm, enum op25b_table_id id,
		    u32 now);
u32 op25b_lpm_uses(const struct op25b_lpm *lpm, u16 label);
size_t op25b_lpm_bytes(const struct op25b_lpm *lpm);
bool op25b_lpm_is_timed(const struct op25b_lpm *lpm);

int op25b_lpm_add(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why);
int op25b_lpm_del(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why);
int op25b_lpm_flush(struct op25b_lpm *lpm, enum op25b_table_id id, u32 now);
int op25b_lpm_expire(struct op25b_lpm *draft, const struct op25b_lpm *origin,
		     u32 now, u32 *limit);

#endif /* _OP25B_LPM_H */
