/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A naive table of prefixes: an array with linear search, which compares addresses
 * bit by bit. The unit tests and the fuzzers compare src/lpm.c with it.
 */
#ifndef _TESTS_ORACLE_H
#define _TESTS_ORACLE_H

#include <errno.h>
#include <string.h>

#include "lpm.h"

#define ORACLE_MAX	8192	/* entries */
#define ORACLE_NAMES	20	/* the uses of name sets 1 to 20 are compared */

struct oracle {
	enum op25b_family family;
	u32 count;
	struct op25b_entry entries[ORACLE_MAX];
};

static inline bool oracle_bit(const __be32 *addr, int i)
{
	return ((const u8 *)addr)[i / 8] >> (7 - i % 8) & 1;
}

static inline void oracle_clear_host_bits(__be32 *addr, int prefix_len)
{
	u8 *byte = (u8 *)addr;
	int i;

	for (i = prefix_len; i < 128; i++)
		byte[i / 8] &= ~(0x80 >> i % 8);
}

static inline bool oracle_expired(const struct op25b_entry *entry, u32 now)
{
	return entry->timed && (u32)(now - entry->expires) < 1U << 31;
}

static inline bool oracle_holds(const struct op25b_entry *entry,
				const __be32 *addr)
{
	int i;

	for (i = 0; i < entry->prefix_len; i++)
		if (oracle_bit(entry->addr, i) != oracle_bit(addr, i))
			return false;
	return true;
}

/* The expiry time of an entry without a timeout is not compared */
static inline bool oracle_same(const struct op25b_entry *a,
			       const struct op25b_entry *b)
{
	return !memcmp(a->addr, b->addr, sizeof(a->addr)) &&
	       a->prefix_len == b->prefix_len && a->table == b->table &&
	       a->flags == b->flags && a->names == b->names &&
	       a->timed == b->timed && (!a->timed || a->expires == b->expires);
}

/* The entry with the same prefix, or NULL */
static inline struct op25b_entry *oracle_find(struct oracle *oracle,
					      const struct op25b_entry *entry)
{
	u32 i;

	for (i = 0; i < oracle->count; i++)
		if (oracle->entries[i].prefix_len == entry->prefix_len &&
		    !memcmp(oracle->entries[i].addr, entry->addr,
			    sizeof(entry->addr)))
			return &oracle->entries[i];
	return NULL;
}

static inline void oracle_remove(struct oracle *oracle,
				 struct op25b_entry *entry)
{
	*entry = oracle->entries[--oracle->count];
}

/* The return values are those of op25b_lpm_add() and so on */
static inline int oracle_add(struct oracle *oracle,
			     const struct op25b_entry *entry, u32 now)
{
	struct op25b_entry *old;

	old = oracle_find(oracle, entry);
	if (old && !oracle_expired(old, now) && old->table != entry->table)
		return -EEXIST;
	if (old && oracle_same(old, entry))
		return 0;
	if (!old)
		old = &oracle->entries[oracle->count++];
	*old = *entry;
	return 1;
}

static inline int oracle_del(struct oracle *oracle,
			     const struct op25b_entry *entry, u32 now)
{
	struct op25b_entry *old;

	old = oracle_find(oracle, entry);
	if (!old || oracle_expired(old, now) || old->table != entry->table)
		return -ENOENT;
	oracle_remove(oracle, old);
	return 0;
}

static inline int oracle_flush(struct oracle *oracle, u8 id)
{
	u32 i = oracle->count;
	int changed = 0;

	while (i--) {
		if (oracle->entries[i].table != id)
			continue;
		oracle_remove(oracle, &oracle->entries[i]);
		changed = 1;
	}
	return changed;
}

/* The longest unexpired prefix that contains an address, or NULL */
static inline const struct op25b_entry *
oracle_lookup(const struct oracle *oracle, const __be32 *addr, u32 now)
{
	const struct op25b_entry *best = NULL;
	u32 i;

	for (i = 0; i < oracle->count; i++) {
		const struct op25b_entry *entry = &oracle->entries[i];

		if (oracle_holds(entry, addr) && !oracle_expired(entry, now) &&
		    (!best || entry->prefix_len > best->prefix_len))
			best = entry;
	}
	return best;
}

static inline u32 oracle_count(const struct oracle *oracle, u8 id, u32 now)
{
	u32 i, count = 0;

	for (i = 0; i < oracle->count; i++)
		count += oracle->entries[i].table == id &&
			 !oracle_expired(&oracle->entries[i], now);
	return count;
}

static inline u32 oracle_uses(const struct oracle *oracle, u16 names)
{
	u32 i, count = 0;

	for (i = 0; i < oracle->count; i++)
		count += oracle->entries[i].names == names;
	return count;
}

static inline u32 oracle_count_expired(const struct oracle *oracle, u32 now)
{
	u32 i, count = 0;

	for (i = 0; i < oracle->count; i++)
		count += oracle_expired(&oracle->entries[i], now);
	return count;
}

static inline bool oracle_equal(struct oracle *a, struct oracle *b)
{
	u32 i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		const struct op25b_entry *twin = oracle_find(b, &a->entries[i]);

		if (!twin || !oracle_same(&a->entries[i], twin))
			return false;
	}
	return true;
}

static inline void oracle_copy(struct oracle *to, const struct oracle *from)
{
	to->family = from->family;
	to->count = from->count;
	memcpy(to->entries, from->entries,
	       from->count * sizeof(*from->entries));
}

/* A table and its oracle */

/* Both lookup functions, with a copy of only the bytes that they may read */
static inline u32 lookup_both(const struct op25b_lpm *lpm, const __be32 *addr,
			      u32 now)
{
	const __be32 first = *addr;
	u32 word;

	if (lpm->family == OP25B_IPV4)
		addr = &first;
	word = lpm_lookup(lpm, lpm->family, addr, now);
	return op25b_lpm_lookup(lpm, addr, now) == word ? word : ~0U;
}

static inline bool oracle_agrees_on(const struct op25b_lpm *lpm,
				    const struct oracle *oracle,
				    const __be32 *addr, u32 now)
{
	const struct op25b_entry *want = oracle_lookup(oracle, addr, now);
	u32 word = lookup_both(lpm, addr, now);
	struct op25b_entry got;

	if (!want || !word)
		return !want && !word;
	op25b_lpm_entry(lpm, addr, word, &got);
	return oracle_same(&got, want) && word_table(word) == want->table &&
	       FIELD_GET(ENTRY_NAMES, word) == want->names &&
	       word_prefix_len(word) == want->prefix_len &&
	       !(word & ENTRY_MONITOR) == !want->flags;
}

/* Walks a table; false if an entry occurs twice, or is not in the oracle */
static inline bool oracle_walk(const struct op25b_lpm *lpm,
			       struct oracle *oracle, bool *met)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;

	memset(met, 0, oracle->count * sizeof(*met));
	while (op25b_lpm_next(lpm, &cursor, &entry)) {
		const struct op25b_entry *want = oracle_find(oracle, &entry);

		if (!want || !oracle_same(&entry, want) ||
		    met[want - oracle->entries])
			return false;
		met[want - oracle->entries] = true;
	}
	return !op25b_lpm_next(lpm, &cursor, &entry);
}

static inline bool oracle_agrees_in_walk(const struct op25b_lpm *lpm,
					 struct oracle *oracle)
{
	static bool met[ORACLE_MAX];

	return oracle_walk(lpm, oracle, met) &&
	       !memchr(met, false, oracle->count);
}

static inline bool oracle_agrees_in_counts(const struct op25b_lpm *lpm,
					   const struct oracle *oracle, u32 now)
{
	bool timed = false;
	u32 i;
	u16 names;
	u8 id;

	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
		if (op25b_lpm_count(lpm, id, now) !=
		    oracle_count(oracle, id, now))
			return false;
	for (names = 1; names < ORACLE_NAMES; names++)
		if (op25b_lpm_uses(lpm, names) != oracle_uses(oracle, names))
			return false;
	for (i = 0; i < oracle->count; i++)
		timed |= oracle->entries[i].timed;
	return op25b_lpm_is_timed(lpm) == timed;
}

static inline bool oracle_agrees(const struct op25b_lpm *lpm,
				 struct oracle *oracle, u32 now)
{
	return oracle_agrees_in_walk(lpm, oracle) &&
	       oracle_agrees_in_counts(lpm, oracle, now);
}

/*
 * After op25b_lpm_expire(): deletes the entries that the table no longer has. False if
 * one of them had not expired, or if their number is wrong.
 */
static inline bool oracle_expire(struct oracle *oracle,
				 const struct op25b_lpm *lpm, u32 now,
				 u32 removed)
{
	static bool met[ORACLE_MAX];
	u32 i = oracle->count;

	if (!oracle_walk(lpm, oracle, met))
		return false;
	while (i--) {
		if (met[i])
			continue;
		if (!removed-- || !oracle_expired(&oracle->entries[i], now))
			return false;
		oracle_remove(oracle, &oracle->entries[i]);
	}
	return !removed;
}

#endif /* _TESTS_ORACLE_H */
