// SPDX-License-Identifier: GPL-2.0
/*
 * Entries with timeouts: readers ignore them once they expire; they are removed later.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "entries.h"

/* Expiry */

static u32 expire(struct op25b_lpm *lpm, u32 now, u32 limit)
{
	struct op25b_lpm draft;
	u32 left = limit;

	op25b_lpm_clone(&draft, lpm);
	assert_int_equal(op25b_lpm_expire(&draft, lpm, now, 0, &left), 0);
	publish(lpm, &draft);
	return limit - left;
}

static u32 walk(const struct op25b_lpm *lpm, u32 now, u32 *expired)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 n = 0;

	*expired = 0;
	for (; op25b_lpm_next(lpm, &cursor, &entry); n++)
		*expired += entry.timed && has_expired(entry.expires, now);
	return n;
}

/* An entry expires at its jiffy: for lookups, counts, conflicts and deletion */
static void expires_at_once(void **state)
{
	struct op25b_entry entry = timed_entry(7, 1000);
	const char *why = NULL;
	struct op25b_lpm lpm;
	u32 expired;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	entry.names = 9;
	add(&lpm, entry, 0);
	add(&lpm, entry_of(0, 8), 0);
	entry.table = OP25B_TABLE_FIXED;
	assert_int_equal(word_prefix_len(look(&lpm, 7, 999)), 32);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 999), 2);
	assert_int_equal(op25b_lpm_add(&lpm, &entry, 999, &why), -EEXIST);
	assert_non_null(strstr(why, "dynamic"));
	assert_int_equal(op25b_lpm_del(&lpm, &entry, 999, &why), -ENOENT);
	assert_non_null(strstr(why, "fixed"));

	assert_int_equal(word_prefix_len(look(&lpm, 7, 1000)), 8);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 1000), 1);
	entry.table = OP25B_TABLE_DYNAMIC;
	assert_int_equal(try_del(&lpm, entry, 1000), -ENOENT);
	/* a walk still finds it, and its name set is still in use */
	assert_int_equal(walk(&lpm, 1000, &expired), 2);
	assert_int_equal(expired, 1);
	assert_int_equal(op25b_lpm_uses(&lpm, 9), 1);

	entry.table = OP25B_TABLE_FIXED;
	entry.names = 0;
	entry.timed = false;
	add(&lpm, entry, 1000);
	assert_int_equal(word_table(look(&lpm, 7, 1000)), OP25B_TABLE_FIXED);
	assert_int_equal(op25b_lpm_uses(&lpm, 9), 0);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 1000), 1);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_FIXED, 1000), 1);
	assert_false(op25b_lpm_is_timed(&lpm));
	assert_int_equal(expire(&lpm, 1000, ~0U), 0);
	free_last(&lpm);
}

/* op25b_lpm_expire() removes expired entries only, and at most the limit */
static void expire_in_batches(void **state)
{
	struct op25b_lpm lpm;
	u32 i, expired, removed = 0;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV6);
	for (i = 0; i < 6000; i++) {
		struct op25b_entry entry = timed_entry(i, i % 3 ? 5000 : 100);

		entry.prefix_len = i % 2 ? 64 : 128;
		entry.names = 1 + i % 3;
		add(&lpm, entry, 0);
	}
	assert_int_equal(expire(&lpm, 99, ~0U), 0);
	while (removed < 2000) {
		assert_int_equal(expire(&lpm, 100, 256),
				 min(2000 - removed, 256U));
		removed = min(removed + 256, 2000U);
		assert_int_equal(walk(&lpm, 100, &expired), 6000 - removed);
		assert_int_equal(expired, 2000 - removed);
		assert_int_equal(op25b_lpm_uses(&lpm, 1), 2000 - removed);
		assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 100),
				 4000);
	}
	assert_int_equal(expire(&lpm, 100, ~0U), 0);
	assert_int_equal(expire(&lpm, 5000, ~0U), 4000);
	assert_int_equal(walk(&lpm, 5000, &expired), 0);
	assert_false(op25b_lpm_is_timed(&lpm));
	free_last(&lpm);
}

/* Pages without expired entries are not copied */
static void expire_copies_what_changes(void **state)
{
	struct op25b_lpm origin, draft;
	struct shim_memory before;
	u32 i, limit = ~0U;

	(void)state;
	fill(&origin, OP25B_IPV4, 100000);
	for (i = 0; i < 5000; i++)
		add(&origin, timed_entry(i << 8, i % 1000 ? 5000 : 100), 0);
	before = shim_memory;
	op25b_lpm_clone(&draft, &origin);
	assert_int_equal(op25b_lpm_expire(&draft, &origin, 100, 0, &limit), 0);
	assert_int_equal(limit, ~0U - 5);
	assert_int_equal(shim_memory.made_kv - before.made_kv, 2);
	assert_true(shim_memory.made - before.made - 2 <= 10);
	op25b_lpm_free(&origin, NULL, &draft);
	free_last(&draft);
}

/* An entry expires on time for any value of jiffies */
static void first_timeout(void **state)
{
	static const u32 ends[] = { 0, 1, S32_MAX, S32_MAX + 1U, U32_MAX };
	struct op25b_lpm lpm;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		op25b_lpm_init(&lpm, OP25B_IPV4);
		assert_false(op25b_lpm_is_timed(&lpm));
		add(&lpm, timed_entry(1, ends[i] + 5), ends[i] - 1);
		add(&lpm, timed_entry(2, ends[i]), ends[i] - 1);
		add(&lpm, timed_entry(3, ends[i] + 1), ends[i] - 1);
		assert_true(op25b_lpm_is_timed(&lpm));
		assert_int_equal(expire(&lpm, ends[i] - 1, ~0U), 0);
		assert_int_equal(expire(&lpm, ends[i], ~0U), 1);
		assert_int_equal(look(&lpm, 2, ends[i]), 0);
		assert_int_equal(word_prefix_len(look(&lpm, 1, ends[i])), 32);
		free_last(&lpm);
	}
}

/* The entry of a page that expires first, NULL if the page is empty */
static const u32 *first_of_page(const struct prefix_hash *hash,
				const struct hash_page *page, u32 now)
{
	const u32 words = hash->entry_words;
	const u32 *first = NULL;
	u32 i, j;

	for (i = 0; i < HASH_LINES; i++) {
		struct hash_line *line = (struct hash_line *)&page->lines[i];

		for (j = 0; j < line_entries(words); j++) {
			const u32 *entry = line_entry(line, j, words);

			if (entry[0] &&
			    (!first || (s32)(entry[words - 1] - now) <
				       (s32)(first[words - 1] - now)))
				first = entry;
		}
	}
	return first;
}

/* Pages are not read before their first entry expires: that time is exact */
static void first_timeout_of_pages(void **state)
{
	struct op25b_lpm lpm;
	const struct prefix_hash *hash = &lpm.hash[LPM_EXPIRY];
	u32 now = -3000U, step;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	for (step = 0; step < 6000; step++, now++) {
		struct op25b_entry entry =
			timed_entry(shim_below(1500),
				    now + 1 + shim_below(6000));
		const struct hash_page *page;
		const u32 *first;

		try_add(&lpm, entry, now);
		page = page_of(hash->dir[shim_below(1 << hash->depth)]);
		first = first_of_page(hash, page, now);
		if (!first)
			continue;
		assert_int_equal(page->earliest, first[hash->entry_words - 1]);
		/* fails if it has expired */
		if (shim_below(2))
			try_del(&lpm, entry_of(first[1], 32), now);
	}
	free_last(&lpm);
}

/*
 * With HZ = 1000, 2^31 jiffies lie between an entry that expired shortly before and
 * one with the longest timeout.
 */
static void late_and_far(void **state)
{
	static const u32 starts[] = { 0, 5000, S32_MAX - 1000U, U32_MAX };
	u32 i, order;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(starts); i++) {
		u32 now = starts[i / 2];
		u32 far = now + OP25B_TIMEOUT_MAX * 1000U, late = now - 2000;
		struct op25b_lpm lpm;

		order = i % 2;
		op25b_lpm_init(&lpm, OP25B_IPV4);
		if (order)
			add(&lpm, timed_entry(2, far), now);
		add(&lpm, timed_entry(1, late), order ? now : now - 3000);
		if (!order)
			add(&lpm, timed_entry(2, far), now);
		assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, now),
				 1);
		assert_int_equal(look(&lpm, 1, now), 0);
		assert_int_equal(word_prefix_len(look(&lpm, 2, now)), 32);
		assert_int_equal(expire(&lpm, now, ~0U), 1);
		assert_int_equal(word_prefix_len(look(&lpm, 2, now)), 32);
		assert_int_equal(look(&lpm, 2, far), 0);
		free_last(&lpm);
	}
}

/* Replaces a published table by a clone with the entry added */
static void change(struct op25b_lpm *lpm, struct op25b_entry entry, u32 now)
{
	struct op25b_lpm draft;

	op25b_lpm_clone(&draft, lpm);
	add(&draft, entry, now);
	publish(lpm, &draft);
}

/* A timeout that is extended, shortened, removed or added */
static void timeout_changes(void **state)
{
	struct op25b_entry entry = timed_entry(1, 100);
	struct op25b_lpm lpm;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	add(&lpm, entry, 0);
	assert_int_equal(try_add(&lpm, entry, 50), 0);
	entry.expires = 300;
	change(&lpm, entry, 50);
	assert_int_equal(expire(&lpm, 100, ~0U), 0);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 299), 1);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 300), 0);
	entry.expires = 200;
	change(&lpm, entry, 100);
	assert_int_equal(look(&lpm, 1, 200), 0);
	/* an expired entry can be added again with another time */
	entry.expires = 400;
	change(&lpm, entry, 250);
	assert_int_equal(word_prefix_len(look(&lpm, 1, 250)), 32);
	entry.timed = false;
	change(&lpm, entry, 250);
	assert_false(op25b_lpm_is_timed(&lpm));
	assert_int_equal(word_prefix_len(look(&lpm, 1, 400)), 32);
	assert_int_equal(expire(&lpm, 400, ~0U), 0);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 400), 1);
	entry.timed = true;
	entry.expires = 500;
	change(&lpm, entry, 400);
	assert_int_equal(expire(&lpm, 500, ~0U), 1);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, 500), 0);
	free_last(&lpm);
}

/* Entries that expired not long ago stay, and those far in the future at any age */
static void expiry_by_age(void **state)
{
	const u32 age = 60000, far = 2147483000;	/* 1000 jiffies a second */
	struct op25b_lpm lpm, draft;
	u32 now = -40000U, limit = ~0U;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	add(&lpm, timed_entry(1, now + far), now);
	add(&lpm, timed_entry(2, now + 10), now);
	add(&lpm, timed_entry(3, now + 11), now);
	now += age + 9;
	op25b_lpm_clone(&draft, &lpm);
	assert_int_equal(op25b_lpm_expire(&draft, &lpm, now, age, &limit), 0);
	assert_int_equal(limit, ~0U);
	assert_int_equal(op25b_lpm_expire(&draft, &lpm, ++now, age, &limit), 0);
	assert_int_equal(limit, ~0U - 1);
	publish(&lpm, &draft);
	assert_int_equal(lpm.count[OP25B_TABLE_DYNAMIC], 2);
	assert_int_equal(op25b_lpm_count(&lpm, OP25B_TABLE_DYNAMIC, now), 1);
	assert_int_equal(word_prefix_len(look(&lpm, 1, now)), 32);
	assert_int_equal(expire(&lpm, now, ~0U), 1);
	assert_int_equal(expire(&lpm, far - 40001U, ~0U), 0);
	assert_int_equal(expire(&lpm, far - 40000U, ~0U), 1);
	free_last(&lpm);
}

/* It is known when there is something to remove, also after other changes */
static void due(void **state)
{
	struct op25b_entry entry = timed_entry(1, 100);
	struct op25b_lpm lpm, draft;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	assert_false(op25b_lpm_is_due(&lpm, 100, 0));
	add(&lpm, timed_entry(2, 5000), 0);
	add(&lpm, entry, 0);
	add(&lpm, timed_entry(3, 300), 0);
	assert_false(op25b_lpm_is_due(&lpm, 99, 0));
	assert_true(op25b_lpm_is_due(&lpm, 100, 0));
	assert_false(op25b_lpm_is_due(&lpm, 100, 1));
	assert_int_equal(expire(&lpm, 100, ~0U), 1);
	assert_false(op25b_lpm_is_due(&lpm, 299, 0));
	assert_true(op25b_lpm_is_due(&lpm, 300, 0));
	/* not known at once, but once it has been looked for */
	op25b_lpm_clone(&draft, &lpm);
	del(&draft, timed_entry(3, 300), 200);
	publish(&lpm, &draft);
	assert_true(op25b_lpm_is_due(&lpm, 300, 0));
	assert_int_equal(expire(&lpm, 400, ~0U), 0);
	assert_false(op25b_lpm_is_due(&lpm, 4999, 0));
	assert_true(op25b_lpm_is_due(&lpm, 5000, 0));
	entry.expires = 4000;
	change(&lpm, entry, 400);
	assert_true(op25b_lpm_is_due(&lpm, 4000, 0));
	/* of an entry that is left over by the limit */
	assert_int_equal(expire(&lpm, 5000, 1), 1);
	assert_true(op25b_lpm_is_due(&lpm, 5000, 0));
	assert_int_equal(expire(&lpm, 5000, 1), 1);
	assert_false(op25b_lpm_is_due(&lpm, 5000, 0));
	free_last(&lpm);
}

/* A draft that is dropped leaves its origin as it was */
static void expiry_dropped(void **state)
{
	struct op25b_lpm lpm, draft;
	u32 limit = ~0U, expired;

	(void)state;
	op25b_lpm_init(&lpm, OP25B_IPV4);
	add(&lpm, timed_entry(1, 100), 0);
	add(&lpm, timed_entry(2, 5000), 0);
	op25b_lpm_clone(&draft, &lpm);
	assert_int_equal(op25b_lpm_expire(&draft, &lpm, 100, 0, &limit), 0);
	op25b_lpm_free(&draft, &lpm, NULL);
	assert_int_equal(walk(&lpm, 100, &expired), 2);
	assert_int_equal(expired, 1);
	free_last(&lpm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(expires_at_once),
		fresh_test(expire_in_batches),
		fresh_test(expire_copies_what_changes),
		fresh_test(first_timeout),
		fresh_test(first_timeout_of_pages),
		fresh_test(late_and_far),
		fresh_test(timeout_changes),
		fresh_test(expiry_by_age),
		fresh_test(due),
		fresh_test(expiry_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
