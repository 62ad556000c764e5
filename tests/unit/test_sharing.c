// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of tables: pages that versions share, pages that a change copies, memory
 * freed by deletes, and failed allocations, after which nothing may leak.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "entries.h"
#include "history.h"

/* Out of memory */

#define CHANGES	1300

/* Changes a draft in each way that allocates: copies, splits, merges, bitmaps */
static int change_all(struct op25b_lpm *draft, struct oracle *oracle)
{
	struct op25b_entry entry = entry_of(0, op25b_family_bits(draft->family));
	const char *why;
	u32 i;

	for (i = 0; i < 2 * CHANGES; i++) {
		int err;

		entry.addr[0] = cpu_to_be32(i % CHANGES);
		entry.timed = i % 4 == 0;
		entry.expires = 400;
		entry.names = i / 2;
		err = i < CHANGES ? op25b_lpm_add(draft, &entry, 0, &why) :
				    op25b_lpm_del(draft, &entry, 0, &why);
		if (err == -ENOMEM)
			return err;
		assert_int_equal(err, i < CHANGES ? oracle_add(oracle, &entry, 0) :
						    oracle_del(oracle, &entry, 0));
	}
	i = op25b_lpm_flush(draft, OP25B_TABLE_FIXED, 0);
	if (i == 1)
		assert_int_equal(oracle_flush(oracle, OP25B_TABLE_FIXED), 1);
	return i == 1 ? 0 : (int)i;
}

/* Makes a table that change_all() can change in each way */
static void make_origin(struct op25b_lpm *lpm, struct oracle *oracle,
			enum op25b_family family)
{
	u32 i;

	op25b_lpm_init(lpm, family);
	oracle->family = family;
	oracle->count = 0;
	for (i = 0; i < 900; i++) {
		struct op25b_entry entry =
			entry_of(i + CHANGES - 300, op25b_family_bits(family));

		if (i >= 300)
			entry.table = OP25B_TABLE_FIXED;
		entry.timed = i % 3 == 0;
		entry.expires = 500;
		add(lpm, entry, 0);
		oracle_add(oracle, &entry, 0);
	}
}

/* Fails the nth allocation of a change; returns false if there were fewer */
static bool run_out(const struct op25b_lpm *origin, const struct oracle *oracle,
		    size_t nth)
{
	static struct oracle changed;
	struct op25b_lpm draft;
	bool failed;
	int err;

	oracle_copy(&changed, oracle);
	shim_memory.fail_in = nth;
	op25b_lpm_clone(&draft, origin);
	err = change_all(&draft, &changed);
	failed = !shim_memory.fail_in;
	shim_memory.fail_in = 0;

	/* merging pages and halving the directory may fail silently */
	if (!failed || err != -ENOMEM) {
		assert_int_equal(err, 0);
		assert_true(oracle_agrees(&draft, &changed, 0));
	}
	op25b_lpm_free(&draft, origin, NULL);
	return failed;
}

/* The same for op25b_lpm_expire() */
static bool run_out_expiring(struct op25b_lpm *origin, size_t nth)
{
	struct op25b_lpm draft;
	u32 limit = ~0U;
	bool failed;
	int err;

	shim_memory.fail_in = nth;
	op25b_lpm_clone(&draft, origin);
	err = op25b_lpm_expire(&draft, origin, 1000, 0, &limit);
	failed = !shim_memory.fail_in;
	shim_memory.fail_in = 0;
	if (!failed)
		assert_int_equal(err, 0);
	op25b_lpm_free(&draft, origin, NULL);
	return failed;
}

static void no_memory(enum op25b_family family)
{
	static struct oracle oracle;
	struct op25b_lpm origin;
	size_t live, nth;

	make_origin(&origin, &oracle, family);
	live = shim_memory.live;
	for (nth = 1; run_out(&origin, &oracle, nth); nth++) {
		assert_int_equal(shim_memory.live, live);
		assert_true(oracle_agrees(&origin, &oracle, 0));
	}
	assert_true(nth > 20);
	for (nth = 1; run_out_expiring(&origin, nth); nth++) {
		assert_int_equal(shim_memory.live, live);
		assert_true(oracle_agrees(&origin, &oracle, 0));
	}
	assert_true(nth > 5);
	free_last(&origin);
}

static void no_memory_ipv4(void **state)
{
	(void)state;
	no_memory(OP25B_IPV4);
}

static void no_memory_ipv6(void **state)
{
	(void)state;
	no_memory(OP25B_IPV6);
}

/* Sharing */

#define LARGE	100000

/* Compares the number of allocations of each kind by a change of a clone */
static void expect_allocations(const struct shim_memory *before, size_t dirs,
			       size_t pages)
{
	assert_int_equal(shim_memory.made_kv - before->made_kv, dirs);
	assert_int_equal(shim_memory.made - before->made - dirs, pages);
}

/* A change copies the directory and the pages that change, once for each draft */
static void sharing(void **state)
{
	struct op25b_entry entry = entry_of(5 << 8, 24);
	struct op25b_lpm origin, draft;
	struct shim_memory before;

	(void)state;
	fill(&origin, OP25B_IPV4, LARGE);
	before = shim_memory;
	op25b_lpm_clone(&draft, &origin);
	assert_int_equal(try_add(&draft, entry, 0), 0);
	expect_allocations(&before, 0, 0);

	entry.flags = OP25B_ENTRY_MONITOR;
	add(&draft, entry, 0);
	expect_allocations(&before, 1, 1);
	assert_int_equal(shim_memory.live - before.live, 2);
	entry.names = 3;
	add(&draft, entry, 0);
	entry.flags = 0;
	add(&draft, entry, 0);
	/* one page of counts for the name set */
	expect_allocations(&before, 1, 2);
	del(&draft, entry, 0);
	expect_allocations(&before, 1, 2);
	add(&draft, entry, 0);
	/* the length is known in its group */
	expect_allocations(&before, 1, 2);
	add(&draft, entry_of(4 << 8, 23), 0);
	/* this length is new there */
	assert_int_equal(shim_memory.made_kv - before.made_kv, 1);
	assert_in_range(shim_memory.made - before.made - 1, 3, 4);
	op25b_lpm_free(&draft, &origin, NULL);
	assert_int_equal(shim_memory.live, before.live);
	assert_int_equal(shim_memory.bytes, before.bytes);

	/* the directory of each hash table is copied separately */
	before = shim_memory;
	op25b_lpm_clone(&draft, &origin);
	entry = timed_entry(5 << 8, 100);
	add(&draft, entry, 0);
	expect_allocations(&before, 2, 3);
	op25b_lpm_free(&origin, NULL, &draft);
	free_last(&draft);
}

/* Many versions share pages, so that their total memory is bounded */
static void many_versions(void **state)
{
	enum { VERSIONS = 200 };
	static struct op25b_lpm lpm[VERSIONS];
	size_t first;
	u32 i, n;

	(void)state;
	fill(&lpm[0], OP25B_IPV4, 20000);
	first = shim_memory.bytes;
	for (i = 1; i < VERSIONS; i++) {
		op25b_lpm_clone(&lpm[i], &lpm[i - 1]);
		add(&lpm[i], entry_of(i << 8 | 1, 32), 0);
	}
	/* a page of entries, two of lengths, and a directory each */
	assert_true(shim_memory.bytes - first <
		    VERSIONS * (3 * OP25B_PAGE_BYTES + 2048));
	for (n = VERSIONS; n > 1; n--) {
		i = shim_below(n);
		op25b_lpm_free(&lpm[i], i ? &lpm[i - 1] : NULL,
			       i + 1 < n ? &lpm[i + 1] : NULL);
		memmove(&lpm[i], &lpm[i + 1], (n - 1 - i) * sizeof(*lpm));
	}
	free_last(&lpm[0]);
}

/* op25b_lpm_bytes() is exact for a table that shares nothing */
static void bytes_are_those_allocated(void **state)
{
	struct op25b_lpm lpm;
	u32 i;

	(void)state;
	for (i = 0; i < OP25B_FAMILIES; i++) {
		u32 n;

		op25b_lpm_init(&lpm, i);
		assert_int_equal(op25b_lpm_bytes(&lpm), 0);
		for (n = 0; n < 5000; n++) {
			struct op25b_entry entry = entry_of(n << 12, 20);

			if (i == OP25B_IPV6 && n % 3 == 0)
				entry.prefix_len = 128;
			entry.names = n % 7 * n % 3000;
			entry.timed = n % 5 == 0;
			entry.expires = 100;
			add(&lpm, entry, 0);
			assert_int_equal(op25b_lpm_bytes(&lpm),
					 shim_memory.bytes);
		}
		assert_int_equal(op25b_lpm_flush(&lpm, OP25B_TABLE_DYNAMIC, 0),
				 1);
		assert_int_equal(op25b_lpm_bytes(&lpm), shim_memory.bytes);
		free_last(&lpm);
	}
}

/* Number of pages with entries of a table of the policy; *others: of those without */
static u32 count_pages(const struct prefix_hash *hash, u8 id, u32 *others)
{
	u32 i, pages = 0;

	*others = 0;
	for (i = 0; i < 1U << hash->depth; i++) {
		const struct hash_page *page = page_of(hash->dir[i]);

		if (i && page == page_of(hash->dir[i - 1]))
			continue;
		if (page->count[id])
			pages++;
		else
			++*others;
	}
	return pages;
}

/* Number of pages that two hash tables share */
static u32 count_shared(const struct prefix_hash *a, const struct prefix_hash *b)
{
	u32 i, shared = 0;

	assert_int_equal(a->depth, b->depth);
	for (i = 0; i < 1U << a->depth; i++)
		shared += page_of(a->dir[i]) == page_of(b->dir[i]) &&
			  (!i || page_of(a->dir[i]) != page_of(a->dir[i - 1]));
	return shared;
}

/* A flush reads the directory, and copies only pages with entries of the table */
static void flush_copies_what_changes(void **state)
{
	struct op25b_lpm origin, draft;
	struct shim_memory before;
	u32 i, pages, others;

	(void)state;
	fill(&origin, OP25B_IPV4, LARGE);
	for (i = 0; i < 10; i++)
		add(&origin, table_entry(i << 20, OP25B_TABLE_DIALUP), 0);
	pages = count_pages(&origin.hash[LPM_SHORT], OP25B_TABLE_DIALUP,
			    &others);
	assert_in_range(pages, 5, 10);
	before = shim_memory;
	op25b_lpm_clone(&draft, &origin);
	assert_int_equal(op25b_lpm_flush(&draft, OP25B_TABLE_FIXED, 0), 0);
	assert_int_equal(shim_memory.made, before.made);
	assert_int_equal(op25b_lpm_flush(&draft, OP25B_TABLE_DIALUP, 0), 1);
	expect_allocations(&before, 1, pages);
	assert_int_equal(count_shared(&draft.hash[LPM_SHORT],
				      &origin.hash[LPM_SHORT]), others);
	assert_int_equal(op25b_lpm_count(&draft, OP25B_TABLE_DIALUP, 0), 0);
	assert_int_equal(op25b_lpm_count(&draft, OP25B_TABLE_DYNAMIC, 0), LARGE);
	assert_int_equal(op25b_lpm_count(&origin, OP25B_TABLE_DIALUP, 0), 10);
	op25b_lpm_free(&origin, NULL, &draft);
	free_last(&draft);
}

/* A fatal signal after any entry leaves the origin unchanged, and nothing leaks */
static void flush_is_interrupted(void **state)
{
	struct op25b_lpm origin, draft;
	size_t live, nth;
	int ret;

	(void)state;
	fill(&origin, OP25B_IPV4, 5000);
	live = shim_memory.live;
	for (nth = 1, ret = -EINTR; ret == -EINTR; nth += 1 + nth / 8) {
		op25b_lpm_clone(&draft, &origin);
		shim_fatal = nth;
		shim_memory.made = 0;
		ret = op25b_lpm_flush(&draft, OP25B_TABLE_DYNAMIC, 0);
		shim_fatal = 0;
		/* it stops at once: no page is copied after the signal */
		if (ret == -EINTR)
			assert_true(shim_memory.made <= nth);
		op25b_lpm_free(&draft, &origin, NULL);
		assert_int_equal(shim_memory.live, live);
		assert_int_equal(op25b_lpm_count(&origin, OP25B_TABLE_DYNAMIC,
						 0), 5000);
	}
	assert_int_equal(ret, 1);
	assert_true(nth > 5000);
	free_last(&origin);
}

/* Long operations call cond_resched() between pages */
static void long_work_reschedules(void **state)
{
	struct op25b_lpm lpm, draft;
	u32 i, limit = ~0U;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	for (i = 0; i < 20000; i++)
		add(&lpm, timed_entry(i, 100), 0);
	op25b_lpm_clone(&draft, &lpm);
	shim_rescheds = 0;
	assert_int_equal(op25b_lpm_flush(&draft, OP25B_TABLE_DYNAMIC, 0), 1);
	assert_true(shim_rescheds >= 20000 / 413);
	op25b_lpm_free(&draft, &lpm, NULL);

	op25b_lpm_clone(&draft, &lpm);
	shim_rescheds = 0;
	assert_int_equal(op25b_lpm_expire(&draft, &lpm, 100, 0, &limit), 0);
	assert_true(shim_rescheds >= 20000 / 413);
	publish(&lpm, &draft);

	fill(&draft, OP25B_IPV4, 20000);
	shim_rescheds = 0;
	assert_true(op25b_lpm_equal(&draft, &draft));
	assert_true(shim_rescheds >= 20000 / 413);
	shim_rescheds = 0;
	op25b_lpm_free(&draft, NULL, NULL);
	assert_true(shim_rescheds >= 20000 / 413);
	free_last(&lpm);
}

/* What is left of the hash tables is one page and the directory, which does not shrink */
static void expect_one_page(const struct op25b_lpm *lpm)
{
	assert_int_equal(op25b_lpm_bytes(lpm),
			 (lpm->pages.nr + 1) * OP25B_PAGE_BYTES +
			 (sizeof(unsigned long) <<
			  lpm->hash[LPM_SHORT].depth));
	assert_true(lpm->hash[LPM_SHORT].depth < 12);
}

/* Directories shrink with their table, by one bit a commit, and grow again */
static void directory_shrinks(void **state)
{
	struct op25b_lpm lpm, draft;
	u8 depth;
	u32 i;

	(void)state;
	fill(&lpm, OP25B_IPV4, LARGE);
	depth = lpm.hash[LPM_SHORT].depth;
	assert_true(depth > 6);
	assert_int_equal(op25b_lpm_flush(&lpm, OP25B_TABLE_DYNAMIC, 0), 1);
	for (i = 1; i < depth; i++) {
		op25b_lpm_clone(&draft, &lpm);
		add(&draft, entry_of(i << 8, 24), 0);
		add(&draft, entry_of(i << 8 | 1, 32), 0);
		publish(&lpm, &draft);
		assert_int_equal(lpm.hash[LPM_SHORT].depth, depth - i);
	}
	op25b_lpm_clone(&draft, &lpm);
	for (i = 0; i < LARGE; i++)
		try_add(&draft, entry_of(i << 8, 24), 0);
	publish(&lpm, &draft);
	for (i = 0; i < LARGE; i++)
		assert_int_equal(word_prefix_len(look(&lpm, i << 8 | 2, 0)), 24);
	free_last(&lpm);
}

/* Emptied pages merge with their buddies */
static void memory_returns(void **state)
{
	struct op25b_lpm lpm;
	unsigned int groups;
	u32 i;

	(void)state;
	fill(&lpm, OP25B_IPV4, LARGE);
	groups = lpm.pages.nr;
	assert_true(op25b_lpm_bytes(&lpm) >
		    LARGE * sizeof(u64) + groups * OP25B_PAGE_BYTES);
	for (i = 100; i < LARGE; i++)
		del(&lpm, entry_of((i * 7919 % (LARGE - 100) + 100) << 8, 24), 0);
	expect_one_page(&lpm);
	assert_int_equal(lpm.pages.nr, groups);
	for (i = 0; i < 100; i++) {
		assert_int_equal(word_prefix_len(look(&lpm, i << 8 | 1, 0)), 24);
		del(&lpm, entry_of(i << 8, 24), 0);
	}
	expect_one_page(&lpm);
	free_last(&lpm);
}

/* The same after a flush of all entries but a few */
static void memory_returns_after_flush(void **state)
{
	struct op25b_lpm lpm;
	u32 i;

	(void)state;
	fill(&lpm, OP25B_IPV4, LARGE);
	for (i = 0; i < 100; i++)
		add(&lpm, table_entry(i, OP25B_TABLE_FIXED), 0);
	assert_int_equal(op25b_lpm_flush(&lpm, OP25B_TABLE_DYNAMIC, 0), 1);
	expect_one_page(&lpm);
	for (i = 0; i < 100; i++)
		assert_int_equal(word_table(look(&lpm, i, 0)),
				 OP25B_TABLE_FIXED);
	assert_int_equal(op25b_lpm_flush(&lpm, OP25B_TABLE_FIXED, 0), 1);
	expect_one_page(&lpm);
	free_last(&lpm);
}

/* A table whose size oscillates around a boundary does not resize each time */
static void no_thrashing(void **state)
{
	struct op25b_lpm lpm;
	size_t made;
	u32 n, i;

	(void)state;
	fill(&lpm, OP25B_IPV4, 3000);
	for (n = 3000; lpm.hash[LPM_SHORT].depth == 4; n++)
		add(&lpm, entry_of(n << 8, 24), 0);
	made = shim_memory.made;
	for (i = n - 20; i < n; i++)
		del(&lpm, entry_of(i << 8, 24), 0);
	for (i = n - 20; i < n; i++)
		add(&lpm, entry_of(i << 8, 24), 0);
	assert_int_equal(shim_memory.made, made);
	free_last(&lpm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(no_memory_ipv4),
		fresh_test(no_memory_ipv6),
		fresh_test(sharing),
		fresh_test(many_versions),
		fresh_test(bytes_are_those_allocated),
		fresh_test(flush_copies_what_changes),
		fresh_test(flush_is_interrupted),
		fresh_test(long_work_reschedules),
		fresh_test(directory_shrinks),
		fresh_test(memory_returns),
		fresh_test(memory_returns_after_flush),
		fresh_test(no_thrashing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
