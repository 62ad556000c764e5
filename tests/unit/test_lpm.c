// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of prefixes against the oracle: random histories, nested prefixes, requests
 * that are refused, and comparison.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "entries.h"
#include "history.h"

/* Random histories */

static u32 below_random(struct source *source, u32 n)
{
	(void)source;
	return shim_below(n);
}

static void run_histories(enum op25b_family family, bool crowded, u32 weak,
			  int histories, int steps)
{
	static struct history history;
	struct source source = { .below = below_random };
	int i, step;

	for (i = 0; i < histories; i++) {
		shim_seed(i);
		history_start(&history, &source, family, crowded,
			      weak == HISTORY_STRONG ? weak : weak + i % 64);
		for (step = 0; step < steps; step++)
			history_step(&history);
		history_end(&history);
	}
}

static void few_ipv4(void **state)
{
	(void)state;
	run_histories(OP25B_IPV4, false, HISTORY_STRONG, 40, 1500);
}

static void few_ipv6(void **state)
{
	(void)state;
	run_histories(OP25B_IPV6, false, HISTORY_STRONG, 40, 1500);
}

static void crowded_ipv4(void **state)
{
	(void)state;
	run_histories(OP25B_IPV4, true, HISTORY_STRONG, 8, 500);
}

static void crowded_ipv6(void **state)
{
	(void)state;
	run_histories(OP25B_IPV6, true, HISTORY_STRONG, 8, 500);
}

/* A weak hash puts most entries into a few lines, many with equal tags */
static void weak_hash_ipv4(void **state)
{
	(void)state;
	run_histories(OP25B_IPV4, false, 0, 64, 600);
	run_histories(OP25B_IPV4, true, 0, 4, 300);
}

static void weak_hash_ipv6(void **state)
{
	(void)state;
	run_histories(OP25B_IPV6, false, 0, 64, 600);
	run_histories(OP25B_IPV6, true, 0, 4, 300);
}

/* Nested prefixes */

/* All prefixes of an address, the default route included, removed longest first */
static void nested(enum op25b_family family, bool many, const __be32 *addr)
{
	int bits = op25b_family_bits(family), len;
	struct op25b_lpm lpm;

	op25b_lpm_init(&lpm, family);
	if (many)
		fill_elsewhere(&lpm);
	for (len = 0; len <= bits; len++) {
		add(&lpm, prefix_of(addr, len), 0);
		assert_int_equal(word_prefix_len(lookup_both(&lpm, addr, 0)), len);
	}
	for (; --len >= 0;) {
		u32 word = lookup_both(&lpm, addr, 0);
		struct op25b_entry got;

		assert_int_equal(word_prefix_len(word), len);
		op25b_lpm_entry(&lpm, addr, word, &got);
		assert_memory_equal(got.addr, prefix_of(addr, len).addr,
				    sizeof(got.addr));
		del(&lpm, prefix_of(addr, len), 0);
	}
	assert_int_equal(lookup_both(&lpm, addr, 0), 0);
	free_last(&lpm);
}

static void nested_ipv4(void **state)
{
	const __be32 ones[4] = { cpu_to_be32(U32_MAX) }, zeros[4] = {};
	const __be32 addr[4] = { cpu_to_be32(0xcb007101) };

	(void)state;
	nested(OP25B_IPV4, false, addr);
	nested(OP25B_IPV4, true, addr);
	nested(OP25B_IPV4, false, ones);
	nested(OP25B_IPV4, true, zeros);
}

static void nested_ipv6(void **state)
{
	const __be32 addr[4] = {
		cpu_to_be32(0x20010db8), cpu_to_be32(0xa5a55a5a),
		cpu_to_be32(0xffff0000), cpu_to_be32(0x12345678),
	};
	const __be32 ones[4] = { U32_MAX, U32_MAX, U32_MAX, U32_MAX };
	const __be32 zeros[4] = {};

	(void)state;
	nested(OP25B_IPV6, false, addr);
	nested(OP25B_IPV6, true, addr);
	nested(OP25B_IPV6, true, ones);
	nested(OP25B_IPV6, false, zeros);
}

/* A prefix of each length, and the first and last addresses of each and those beside */
static void borders(enum op25b_family family, bool many)
{
	static struct oracle oracle;
	int bits = op25b_family_bits(family), len, bit;

	for (len = 0; len <= bits; len++) {
		struct op25b_lpm lpm;
		__be32 addr[4] = {};
		struct op25b_entry entry;

		for (bit = 0; bit < bits; bit++)
			if (shim_below(2))
				set_bit_of(addr, bit);
		entry = prefix_of(addr, len);
		op25b_lpm_init(&lpm, family);
		if (many)
			fill_elsewhere(&lpm);
		add(&lpm, entry, 0);
		oracle.family = family;
		oracle.count = 0;
		oracle_add(&oracle, &entry, 0);
		for (bit = 0; bit < bits; bit++) {
			((u8 *)addr)[bit / 8] ^= 0x80 >> bit % 8;
			if (family == OP25B_IPV6 ||
			    be32_to_cpu(addr[0]) < 0xe0000000)
				assert_true(oracle_agrees_on(&lpm, &oracle,
							     addr, 0));
			((u8 *)addr)[bit / 8] ^= 0x80 >> bit % 8;
		}
		free_last(&lpm);
	}
}

static void borders_ipv4(void **state)
{
	(void)state;
	borders(OP25B_IPV4, false);
	borders(OP25B_IPV4, true);
}

static void borders_ipv6(void **state)
{
	(void)state;
	borders(OP25B_IPV6, false);
	borders(OP25B_IPV6, true);
}

/* A /64 is in the table of short keys, a /65 in that of long ones; both match */
static void up_to_64_and_beyond(void **state)
{
	const __be32 addr[4] = {
		cpu_to_be32(0x20010db8), cpu_to_be32(1), cpu_to_be32(1U << 31),
		cpu_to_be32(1),
	};
	const __be32 low[4] = { addr[0], addr[1], 0, addr[3] };
	struct op25b_lpm lpm;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV6);
	add(&lpm, prefix_of(addr, 65), 0);
	assert_int_equal(lookup_both(&lpm, low, 0), 0);
	add(&lpm, prefix_of(addr, 64), 0);
	assert_int_equal(lpm.hash[LPM_SHORT].count, 1);
	assert_int_equal(lpm.hash[LPM_LONG].count, 1);
	assert_int_equal(word_prefix_len(lookup_both(&lpm, addr, 0)), 65);
	assert_int_equal(word_prefix_len(lookup_both(&lpm, low, 0)), 64);
	add(&lpm, prefix_of(low, 65), 0);
	assert_int_equal(word_prefix_len(lookup_both(&lpm, low, 0)), 65);
	del(&lpm, prefix_of(addr, 65), 0);
	assert_int_equal(word_prefix_len(lookup_both(&lpm, addr, 0)), 64);
	del(&lpm, prefix_of(addr, 64), 0);
	assert_int_equal(lookup_both(&lpm, addr, 0), 0);
	assert_int_equal(word_prefix_len(lookup_both(&lpm, low, 0)), 65);
	free_last(&lpm);
}

/* Requests that are refused */

static void refuse(struct op25b_lpm *lpm, struct op25b_entry entry, int err,
		   const char *word)
{
	const char *why = NULL;

	assert_int_equal(op25b_lpm_add(lpm, &entry, 0, &why), err);
	assert_non_null(why);
	assert_non_null(strstr(why, word));
	why = NULL;
	assert_int_equal(op25b_lpm_del(lpm, &entry, 0, &why),
			 err == -EEXIST ? -ENOENT : err);
	assert_non_null(why);
}

static void other_table(void **state)
{
	static const char * const names[] = {
		[OP25B_TABLE_DYNAMIC] = "dynamic", [OP25B_TABLE_FIXED] = "fixed",
		[OP25B_TABLE_DIALUP] = "dialup", [OP25B_TABLE_RELAY] = "relay",
	};
	struct op25b_lpm lpm;
	u8 has, wants;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	for (has = OP25B_TABLE_DYNAMIC; has <= OP25B_TABLE_MAX; has++) {
		add(&lpm, table_entry(1, has), 0);
		for (wants = OP25B_TABLE_DYNAMIC; wants <= OP25B_TABLE_MAX;
		     wants++) {
			const char *why = NULL;
			struct op25b_entry entry = table_entry(1, wants);

			if (wants == has)
				continue;
			refuse(&lpm, entry, -EEXIST, names[has]);
			assert_int_equal(op25b_lpm_del(&lpm, &entry, 0, &why),
					 -ENOENT);
			assert_non_null(strstr(why, names[wants]));
		}
		assert_int_equal(op25b_lpm_count(&lpm, has, 0), 1);
		del(&lpm, table_entry(1, has), 0);
		assert_int_equal(try_del(&lpm, table_entry(1, has), 0), -ENOENT);
	}
	free_last(&lpm);
}

/* Comparing */

/* Tables that differ in one option of one of many entries */
static void equal_compares_everything(void **state)
{
	struct op25b_lpm lpm, draft;
	struct op25b_entry entry;
	u32 i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct op25b_entry other;

		fill(&lpm, OP25B_IPV6, 3000);
		entry = timed_entry(5, 100);
		entry.prefix_len = 128;
		add(&lpm, entry, 0);
		op25b_lpm_clone(&draft, &lpm);
		other = entry;
		other.expires += i == 0;
		other.flags = i == 1 ? OP25B_ENTRY_MONITOR : 0;
		other.names = i == 2;
		other.table = i == 3 ? OP25B_TABLE_FIXED : other.table;
		other.timed = i != 4;
		other.addr[3] = cpu_to_be32(i == 5);
		del(&draft, entry, 0);
		assert_false(op25b_lpm_equal(&lpm, &draft));
		add(&draft, other, 0);
		assert_false(op25b_lpm_equal(&lpm, &draft));
		assert_false(op25b_lpm_equal(&draft, &lpm));
		del(&draft, other, 0);
		add(&draft, entry, 0);
		assert_true(op25b_lpm_equal(&lpm, &draft));
		op25b_lpm_free(&draft, &lpm, NULL);
		free_last(&lpm);
	}
}

/* Equal tables with another seed and order of insertion */
static void equal_with_other_hashes(void **state)
{
	struct op25b_lpm a, b;
	u32 i;

	(void)state;
	fill(&a, OP25B_IPV4, 3000);
	op25b_lpm_init(&b, OP25B_IPV4);
	for (i = 3000; i--;)
		add(&b, entry_of(i << 8, 24), 0);
	assert_int_not_equal(a.hash[LPM_SHORT].seed,
			     b.hash[LPM_SHORT].seed);
	assert_true(op25b_lpm_equal(&a, &b));
	del(&b, entry_of(5 << 8, 24), 0);
	add(&b, entry_of(1U << 31, 24), 0);
	assert_false(op25b_lpm_equal(&a, &b));
	op25b_lpm_free(&a, NULL, NULL);
	free_last(&b);
}

/* If an entry is refused with ENOSPC and the draft dropped, its origin still works */
static void hash_too_weak(void **state)
{
	struct op25b_lpm origin, draft;
	const char *why = NULL;
	size_t live;
	int ret;
	u32 i;

	(void)state;
	op25b_lpm_init(&origin, OP25B_IPV4);
	history_weaken(origin.hash, 0);
	for (i = 0; i < 300; i++)
		add(&origin, entry_of(i, 32), 0);
	live = shim_memory.live;
	op25b_lpm_clone(&draft, &origin);
	do {
		struct op25b_entry entry = entry_of(i++, 32);

		assert_true(i < 1000);
		ret = op25b_lpm_add(&draft, &entry, 0, &why);
	} while (ret == 1);
	assert_int_equal(ret, -ENOSPC);
	assert_non_null(why);
	op25b_lpm_free(&draft, &origin, NULL);
	assert_int_equal(shim_memory.live, live);
	for (i = 0; i < 300; i++)
		assert_int_equal(word_prefix_len(look(&origin, i, 0)), 32);
	free_last(&origin);
}

/*
 * Addresses that differ in few bytes only, as in numbering plans: the hash must spread
 * them for any seed. Bytes a, b and c take all values at the same time.
 */
static void add_numbered(int a, int b, int c)
{
	struct op25b_entry entry = entry_of(0x20010db8, 128);
	u8 *byte = (u8 *)entry.addr;
	struct op25b_lpm lpm;
	const char *why;
	u32 i;

	op25b_lpm_init(&lpm, OP25B_IPV6);
	for (i = 0; i < 65536; i++) {
		byte[a] = i >> 8;
		byte[b] = i;
		byte[c] = i;
		if (op25b_lpm_add(&lpm, &entry, 0, &why) < 0)
			fail_msg("bytes %d, %d and %d: full after %u", a, b, c, i);
	}
	assert_in_range(lpm.hash[LPM_LONG].depth, 8, 11);
	free_last(&lpm);
}

static void numbered_addresses(void **state)
{
	int b;

	(void)state;
	for (b = 8; b < 16; b++)
		add_numbered(7, b, b < 12 ? b : 8 + (int)shim_below(8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(few_ipv4),
		fresh_test(few_ipv6),
		fresh_test(crowded_ipv4),
		fresh_test(crowded_ipv6),
		fresh_test(weak_hash_ipv4),
		fresh_test(weak_hash_ipv6),
		fresh_test(nested_ipv4),
		fresh_test(nested_ipv6),
		fresh_test(borders_ipv4),
		fresh_test(borders_ipv6),
		fresh_test(up_to_64_and_beyond),
		fresh_test(other_table),
		fresh_test(equal_compares_everything),
		fresh_test(equal_with_other_hashes),
		fresh_test(hash_too_weak),
		fresh_test(numbered_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
