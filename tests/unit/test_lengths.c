// SPDX-License-Identifier: GPL-2.0
/*
 * The prefix lengths that a lookup searches for, by the number of searches of the hash
 * tables.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "entries.h"
#include "history.h"

static unsigned long searches(const struct op25b_lpm *lpm, const __be32 *addr)
{
	shim_prefetches = 0;
	lpm_lookup(lpm, lpm->family, addr, 0);
	return shim_prefetches;
}

/* The shortest lengths that a group's bitmap has */
#define SHORTEST_IPV4	8
#define SHORTEST_IPV6	33

/*
 * Lengths in use are searched for: short ones for all addresses, others if a prefix of
 * the group has them. A length is no longer searched for once its last prefix is gone.
 */
static void lengths_in_use(enum op25b_family family, int shortest)
{
	int bits = op25b_family_bits(family), len;
	const __be32 inside[4] = { cpu_to_be32(0x40000000) };
	const __be32 outside[4] = { cpu_to_be32(0x80000000) };
	struct op25b_lpm lpm;

	op25b_lpm_init(&lpm, family);
	assert_int_equal(searches(&lpm, outside), 0);
	for (len = 1; len <= bits; len++) {
		add(&lpm, prefix_of(inside, len), 0);
		assert_int_equal(searches(&lpm, outside),
				 min(len, shortest - 1));
		assert_int_equal(searches(&lpm, inside), 1);
	}
	add(&lpm, prefix_of(inside, 0), 0);
	assert_int_equal(searches(&lpm, outside), shortest);
	for (len = bits; len > 0; len--) {
		assert_int_equal(word_prefix_len(lookup_both(&lpm, inside, 0)),
				 len);
		del(&lpm, prefix_of(inside, len), 0);
		assert_int_equal(searches(&lpm, inside), 1);
	}
	del(&lpm, prefix_of(inside, 0), 0);
	assert_int_equal(searches(&lpm, inside), 0);
	for (len = 0; len <= bits; len++)
		add(&lpm, prefix_of(inside, len), 0);
	assert_int_equal(op25b_lpm_flush(&lpm, OP25B_TABLE_DYNAMIC, 0), 1);
	assert_int_equal(searches(&lpm, inside), 0);
	free_last(&lpm);
}

static void lengths_in_use_ipv4(void **state)
{
	(void)state;
	lengths_in_use(OP25B_IPV4, SHORTEST_IPV4);
}

static void lengths_in_use_ipv6(void **state)
{
	(void)state;
	lengths_in_use(OP25B_IPV6, SHORTEST_IPV6);
}

/* All groups within a prefix shorter than a group have its bit, others do not */
static void lengths_of_wide_prefixes(void **state)
{
	int len;

	(void)state;
	for (len = SHORTEST_IPV4; len <= 16; len++) {
		u32 first = 0x60000000 | 5U << (32 - len);
		u32 size = 1U << (32 - len), i;
		struct op25b_lpm lpm;
		__be32 addr;

		op25b_lpm_init(&lpm, OP25B_IPV4);
		fill_elsewhere(&lpm);
		add(&lpm, entry_of(first, len), 0);
		for (i = 0; i < size; i += 1 << 16)
			assert_int_equal(word_prefix_len(look(&lpm, first + i,
							      0)), len);
		addr = cpu_to_be32(first - 1);
		assert_int_equal(searches(&lpm, &addr), 0);
		addr = cpu_to_be32(first + size);
		assert_int_equal(searches(&lpm, &addr), 0);
		free_last(&lpm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(lengths_in_use_ipv4),
		fresh_test(lengths_in_use_ipv6),
		fresh_test(lengths_of_wide_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
