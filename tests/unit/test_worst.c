// SPDX-License-Identifier: GPL-2.0
/*
 * The most work of a lookup: searches of the hash tables if all prefix lengths are in
 * use and all searches but the last fail; lines of a page that a search reads after
 * many changes.
 */
#include "entries.h"

#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>

#define NOW	1000
#define PAST	500

/* Matches with a timeout, for each of which the table of expiry times is searched */
static u32 timed_matches;

bool __real_op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			       u32 prefix_len, u32 now);
bool __wrap_op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			       u32 prefix_len, u32 now);

bool __wrap_op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			       u32 prefix_len, u32 now)
{
	timed_matches++;
	return __real_op25b_lpm_is_alive(lpm, hi, lo, prefix_len, now);
}

/* Searches */

static void add_both(struct op25b_lpm *lpm, struct oracle *oracle,
		     struct op25b_entry entry, bool timed)
{
	entry.timed = timed;
	if (timed)
		entry.expires = PAST;
	entry.names = entry.prefix_len;
	add(lpm, entry, 0);
	assert_int_equal(oracle_add(oracle, &entry, 0), 1);
}

/*
 * Adds the default route, and of each length the adjacent prefix and the one of the
 * address, which has expired or is deleted again. So all lengths are searched for,
 * including those in the bitmap of the group.
 */
static void fill_worst(struct op25b_lpm *lpm, struct oracle *oracle,
		       const __be32 *addr, bool timed)
{
	int bits = op25b_family_bits(lpm->family), len;

	for (len = bits; len > 0; len--) {
		struct op25b_entry entry = prefix_of(addr, len), beside = entry;

		add_both(lpm, oracle, entry, timed);
		((u8 *)beside.addr)[(len - 1) / 8] ^= 0x80 >> (len - 1) % 8;
		add_both(lpm, oracle, beside, false);
		if (timed)
			continue;
		entry.names = len;
		del(lpm, entry, 0);
		assert_int_equal(oracle_del(oracle, &entry, 0), 0);
	}
	add_both(lpm, oracle, prefix_of(addr, 0), timed);
}

/* Looks up the address, and those with one bit flipped, and random bits after that */
static void look_around(const struct op25b_lpm *lpm, const struct oracle *oracle,
			const __be32 *addr)
{
	u32 bits = op25b_family_bits(lpm->family), i, j;

	assert_true(oracle_agrees_on(lpm, oracle, addr, NOW));
	assert_true(oracle_agrees_on(lpm, oracle, addr, PAST - 1));
	for (i = 0; i < 4 * bits; i++) {
		__be32 other[4] = {};
		u8 *byte = (u8 *)other;

		memcpy(other, addr, bits / 8);
		byte[i % bits / 8] ^= 0x80 >> i % 8;
		for (j = i % bits / 8 + 1; j < bits / 8; j++)
			byte[j] ^= i < bits ? 0 : shim_random();
		shim_prefetches = 0;
		lpm_lookup(lpm, lpm->family, other, NOW);
		assert_true(shim_prefetches <= bits + 1);
		assert_true(oracle_agrees_on(lpm, oracle, other, NOW));
		assert_true(oracle_agrees_on(lpm, oracle, other, PAST - 1));
	}
}

/* A lookup takes one search for each length, and one more for each expired entry */
static void all_lengths(enum op25b_family family, bool timed, bool many)
{
	static struct oracle oracle;
	u32 bits = op25b_family_bits(family), i;
	struct op25b_lpm lpm;
	__be32 addr[4] = {};

	op25b_lpm_init(&lpm, family);
	oracle.family = family;
	oracle.count = 0;
	for (i = 0; i < bits / 32; i++)
		addr[i] = (__be32)(shim_random() & 0x7f7f7f7f);
	for (i = 0; many && i < 1024; i++) {
		struct op25b_entry entry = entry_of(0xe0000000 + i, 32);

		add_both(&lpm, &oracle, entry, false);
		entry.prefix_len = bits;
		entry.addr[1] = entry.addr[3];
		entry.addr[3] = cpu_to_be32(bits > 32);
		if (bits > 32)
			add_both(&lpm, &oracle, entry, false);
	}
	fill_worst(&lpm, &oracle, addr, timed);
	shim_prefetches = 0;
	timed_matches = 0;
	assert_int_equal(!!lpm_lookup(&lpm, family, addr, NOW), !timed);
	assert_int_equal(shim_prefetches, bits + 1);
	assert_int_equal(timed_matches, timed ? bits + 1 : 0);
	look_around(&lpm, &oracle, addr);
	assert_true(oracle_agrees(&lpm, &oracle, NOW));
	free_last(&lpm);
}

static void all_lengths_ipv4(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 4; i++)
		all_lengths(OP25B_IPV4, i & 1, i & 2);
}

static void all_lengths_ipv6(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 4; i++)
		all_lengths(OP25B_IPV6, i & 1, i & 2);
}

/* Lines */

/**
 * struct cost - lines that failing searches read after passing the filter
 * @searches: number of searches, one for each page, line and overflow bit
 * @lines: lines that all of them read
 * @most: the most lines of one search
 */
struct cost {
	u64 searches;
	u64 lines;
	u32 most;
};

static u32 chain(const struct hash_page *page, u32 line, u64 bit, u32 words)
{
	u32 n;

	for (n = 1; n < HASH_LINES && line_tags(&page->lines[line], words) & bit;
	     n++)
		line = (line + 1) % HASH_LINES;
	return n;
}

static struct cost cost_of(const struct prefix_hash *hash)
{
	const u32 words = hash->entry_words, first = HAS_BYTE_TAGS(words) ? 56 : 25;
	const u32 bits = HAS_BYTE_TAGS(words) ? 8 : 7;
	struct cost cost = {};
	u32 i, line, bit;

	for (i = 0; i < 1U << hash->depth; i++) {
		const struct hash_page *page = page_of(hash->dir[i]);

		if (i && page == page_of(hash->dir[i - 1]))
			continue;
		for (line = 0; line < HASH_LINES; line++) {
			for (bit = 0; bit < bits; bit++) {
				u32 n = chain(page, line, 1ULL << (first + bit),
					      words);

				cost.searches++;
				cost.lines += n;
				cost.most = max(cost.most, n);
			}
		}
	}
	return cost;
}

static void expect_cost(const struct prefix_hash *hash, u32 percent)
{
	struct cost cost = cost_of(hash);

	if (getenv("VERBOSE"))
		printf("# %u entries of %u words: %.3f lines a search, at most %u\n",
		       hash->count, hash->entry_words,
		       (double)cost.lines / cost.searches, cost.most);
	assert_true(cost.lines * 100 <= cost.searches * percent);
}

static struct op25b_entry scattered(enum op25b_family family, u32 i, bool timed)
{
	struct op25b_entry entry = entry_of(i * 0x9e3779b1U,
					    op25b_family_bits(family));

	if (family == OP25B_IPV6 && i % 2)
		entry.prefix_len = 32;
	entry.timed = timed;
	entry.expires = 1 << 29 | i;
	return entry;
}

/*
 * Many entries are added and deleted in one draft, whose pages are never copied: bits
 * of deleted entries must not make later searches read whole pages.
 */
static void lines_after_churn(void **state)
{
	enum op25b_family family;
	u32 i, j, entries = 30000;

	(void)state;
	for (family = 0; family < OP25B_FAMILIES; family++) {
		struct op25b_lpm lpm;

		op25b_lpm_init(&lpm, family);
		for (i = 0; i < 10 * entries; i++) {
			add(&lpm, scattered(family, i, true), 0);
			if (i >= entries)
				del(&lpm, scattered(family, i - entries, true), 0);
			if (i % entries)
				continue;
			for (j = 0; j < LPM_HASHES && i; j++)
				expect_cost(&lpm.hash[j], 300);
		}
		free_last(&lpm);
	}
}

/* Consecutive prefixes are added: pages pass through all fill levels */
static void lines_while_growing(void **state)
{
	enum op25b_family family;
	u32 i;

	(void)state;
	for (family = 0; family < OP25B_FAMILIES; family++) {
		struct op25b_lpm lpm;

		op25b_lpm_init(&lpm, family);
		for (i = 1; i < 200000; i++) {
			add(&lpm, entry_of(i << 8, 32), 0);
			if (i % 20000 == 0)
				expect_cost(&lpm.hash[LPM_SHORT], 200);
		}
		free_last(&lpm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(all_lengths_ipv4),
		fresh_test(all_lengths_ipv6),
		fresh_test(lines_after_churn),
		fresh_test(lines_while_growing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
