/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers for tests of tables: make entries, apply changes that must succeed, free the
 * last version.
 */
#ifndef _TESTS_ENTRIES_H
#define _TESTS_ENTRIES_H

#include "unit.h"

#include "oracle.h"

static inline struct op25b_entry entry_of(u32 word, u8 prefix_len)
{
	return (struct op25b_entry) {
		.addr = { cpu_to_be32(word) },
		.prefix_len = prefix_len,
		.table = OP25B_TABLE_DYNAMIC,
	};
}

static inline struct op25b_entry timed_entry(u32 word, u32 expires)
{
	struct op25b_entry entry = entry_of(word, 32);

	entry.timed = true;
	entry.expires = expires;
	return entry;
}

static inline struct op25b_entry table_entry(u32 word, u8 table)
{
	struct op25b_entry entry = entry_of(word, 32);

	entry.table = table;
	return entry;
}

static inline void set_bit_of(__be32 *addr, int bit)
{
	((u8 *)addr)[bit / 8] |= 0x80 >> bit % 8;
}

/* The prefix of an address */
static inline struct op25b_entry prefix_of(const __be32 *addr, u8 prefix_len)
{
	struct op25b_entry entry = entry_of(0, prefix_len);

	memcpy(entry.addr, addr, sizeof(entry.addr));
	oracle_clear_host_bits(entry.addr, prefix_len);
	return entry;
}

static inline int try_add(struct op25b_lpm *lpm, struct op25b_entry entry, u32 now)
{
	const char *why;

	return op25b_lpm_add(lpm, &entry, now, &why);
}

static inline int try_del(struct op25b_lpm *lpm, struct op25b_entry entry, u32 now)
{
	const char *why;

	return op25b_lpm_del(lpm, &entry, now, &why);
}

static inline void add(struct op25b_lpm *lpm, struct op25b_entry entry, u32 now)
{
	assert_int_equal(try_add(lpm, entry, now), 1);
}

static inline void del(struct op25b_lpm *lpm, struct op25b_entry entry, u32 now)
{
	assert_int_equal(try_del(lpm, entry, now), 0);
}

/* Makes a table of this number of /24 prefixes */
static inline void fill(struct op25b_lpm *lpm, enum op25b_family family, u32 prefixes)
{
	u32 i;

	op25b_lpm_init(lpm, family);
	for (i = 0; i < prefixes; i++)
		add(lpm, entry_of(i << 8, 24), 0);
}

/* Adds prefixes that match none of the addresses that tests look up */
static inline void fill_elsewhere(struct op25b_lpm *lpm)
{
	u32 i;

	for (i = 0; i < 2048; i++)
		add(lpm, entry_of(0xe0000000 + i, 32), 0);
}

static inline u32 look(const struct op25b_lpm *lpm, u32 addr, u32 now)
{
	const __be32 word = cpu_to_be32(addr);

	return lpm_lookup(lpm, OP25B_IPV4, &word, now);
}

/* Replaces the origin of a draft by the draft */
static inline void publish(struct op25b_lpm *lpm, struct op25b_lpm *draft)
{
	op25b_lpm_free(lpm, NULL, draft);
	*lpm = *draft;
}

static inline void free_last(struct op25b_lpm *lpm)
{
	op25b_lpm_free(lpm, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
	assert_int_equal(shim_memory.live_kv, 0);
	assert_int_equal(shim_memory.uncharged, 0);
}

#endif /* _TESTS_ENTRIES_H */
