// SPDX-License-Identifier: GPL-2.0
/*
 * Histories of large tables: drafts, publications, snapshots and expiry over
 * hundreds of thousands of prefixes, with exact accounting of memory.
 *
 * Prefixes are numbered, so that the model is an array by number: what table.c
 * is to say of each of them.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "expire.h"
#include "layer_check.h"
#include "lookup.h"

#define PREFIXES	200000
#define VERSIONS	5
#define ROUNDS		150

/* What is to be known of a prefix; no table: it is not there */
struct fact {
	u32 expires;
	u16 label;
	u8 table;
	u8 flags;
	bool timed;
};

struct version {
	struct op25b_table *table;
	struct fact facts[PREFIXES];
};

static struct version versions[VERSIONS + 1];	/* published ones, and a draft */

/**
 * struct history - what prefixes a history is of
 * @family: of all of them
 * @alike: most are of one length, without a timeout, and with few labels: so many that
 *	their layer has narrow chunks, in IPv4 while there are half of them. If not, all
 *	lengths have as many, and labels are of all sorts
 */
struct history {
	enum op25b_family family;
	bool alike;
};

static enum op25b_family family;
static bool alike;
static u32 now, narrow_seen;

/* Each in a /24 or a /56 of its own, so that none holds another */
static struct op25b_entry numbered(u32 i)
{
	static const u8 lengths[OP25B_FAMILIES][4] = {
		{ 24, 27, 29, 32 }, { 56, 60, 64, 128 },
	};
	struct op25b_entry entry = { .prefix_len = lengths[family][i % 4] };

	if (alike && i % 16)
		entry.prefix_len = family == OP25B_IPV4 ? 32 : 64;
	if (family == OP25B_IPV6)
		entry.addr[0] = cpu_to_be32(0x20010db8);
	entry.addr[family == OP25B_IPV6] = cpu_to_be32(i << 8);
	return entry;
}

static u32 number_of(const struct op25b_entry *entry)
{
	return be32_to_cpu(entry->addr[family == OP25B_IPV6]) >> 8;
}

static bool is_there(const struct fact *fact)
{
	return fact->table && (!fact->timed || (s32)(fact->expires - now) > 0);
}

static void put(struct version *draft, u32 i)
{
	struct op25b_entry entry = numbered(i);
	struct fact *fact = &draft->facts[i];
	const char *why;
	int want = 0;

	entry.table = 1 + shim_below(4);
	entry.label = shim_below(alike && shim_below(5000) ? 31 : 1000);
	entry.flags = shim_below(2);
	entry.timed = alike ? !shim_below(8) : shim_below(2);
	entry.expires = now + 1 + shim_below(2000);
	if (is_there(fact) && fact->table != entry.table)
		want = -EEXIST;
	assert_int_equal(op25b_table_add(draft->table, &entry, now, &why),
			 want);
	if (!want)
		*fact = (struct fact) { entry.expires, entry.label, entry.table,
					entry.flags, entry.timed };
}

static void take(struct version *draft, u32 i)
{
	struct op25b_entry entry = numbered(i);
	struct fact *fact = &draft->facts[i];
	const char *why;

	entry.table = fact->table ?: 1;
	assert_int_equal(op25b_table_del(draft->table, &entry, now, &why),
			 is_there(fact) ? 0 : -ENOENT);
	if (is_there(fact))
		fact->table = 0;
}

/* Some prefixes in a row, or anywhere */
static void change_some(struct version *draft)
{
	u32 n = 1 << shim_below(15), first = shim_below(PREFIXES), i;
	bool taking = !shim_below(3), row = shim_below(2);

	for (i = 0; i < n; i++) {
		u32 which = row ? (first + i) % PREFIXES : shim_below(PREFIXES);

		if (taking)
			take(draft, which);
		else
			put(draft, which);
	}
}

static void remove_some(struct version *draft)
{
	u8 id = 1 + shim_below(4);
	bool flush = !shim_below(4);
	u32 i;

	if (flush)
		assert_int_equal(op25b_table_flush(draft->table, id), 0);
	else
		assert_int_equal(expire_all(draft->table, now), 0);
	for (i = 0; i < PREFIXES; i++)
		if (flush ? draft->facts[i].table == id :
			    !is_there(&draft->facts[i]))
			draft->facts[i].table = 0;
}

static bool agrees(const struct fact *fact, const struct op25b_entry *entry)
{
	return fact->table == entry->table && fact->label == entry->label &&
	       fact->flags == entry->flags && fact->timed == entry->timed &&
	       (!fact->timed || fact->expires == entry->expires);
}

static void look_up(const struct version *version, u32 i)
{
	const struct fact *fact = &version->facts[i];
	struct op25b_entry entry = numbered(i), got;
	struct op25b_match match;
	__be32 addr[KEY_WORDS];

	memcpy(addr, entry.addr, sizeof(addr));
	/* any address in the prefix */
	if (entry.prefix_len == 64)
		addr[2 + shim_below(2)] = (__be32)shim_random();
	match = table_lookup(version->table, family, addr, now);
	assert_int_equal(op25b_match_found(&match), is_there(fact));
	if (!is_there(fact))
		return;
	op25b_match_entry(&match, addr, &got);
	assert_memory_equal(got.addr, entry.addr, sizeof(entry.addr));
	assert_int_equal(got.prefix_len, entry.prefix_len);
	assert_true(agrees(fact, &got));
}

/* A walk through all, some lookups, and now and then a look inside */
static void check_version(const struct version *version)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 there = 0, i;

	while (op25b_table_next(version->table, &cursor, &entry)) {
		assert_true(agrees(&version->facts[number_of(&entry)], &entry));
		there++;
	}
	for (i = 0; i < PREFIXES; i++)
		there -= !!version->facts[i].table;
	assert_int_equal(there, 0);
	for (i = 0; i < 2000; i++)
		look_up(version, shim_below(PREFIXES));
	for (i = 0; i < version->table->nr_layers; i++) {
		const struct layer *layer = &version->table->layers[i];

		if (!shim_below(4))
			check(layer);
		narrow_seen += layer->dir.narrow;
	}
}

/* Draft and origin are the last two */
static void begin(u32 published, bool clone)
{
	struct version *draft = &versions[published];

	if (clone) {
		draft->table = op25b_table_clone(draft[-1].table);
		memcpy(draft->facts, draft[-1].facts, sizeof(draft->facts));
	} else {
		draft->table = op25b_table_create(family);
		memset(draft->facts, 0, sizeof(draft->facts));
	}
	assert_non_null(draft->table);
}

/* Frees one of the published versions but the last */
static void drop(u32 published, u32 i)
{
	check_version(&versions[i]);
	op25b_table_free(versions[i].table, i ? versions[i - 1].table : NULL,
			 versions[i + 1].table);
	memmove(&versions[i], &versions[i + 1],
		(published - 1 - i) * sizeof(*versions));
}

static void round_of_changes(u32 *published)
{
	struct version *draft = &versions[*published];
	bool clone = shim_below(40);
	u32 n = shim_below(12);

	begin(*published, clone);
	while (n--)
		if (shim_below(12))
			change_some(draft);
		else
			remove_some(draft);
	if (!shim_below(6)) {
		op25b_table_free(draft->table, clone ? draft[-1].table : NULL,
				 NULL);
		return;
	}
	if (++*published < VERSIONS)
		return;
	drop(*published, shim_below(*published - 1));
	--*published;
}

/* Tables of all sizes, versions that live long and short, in any order */
static void history(void **state)
{
	const struct history *history = *state;
	u32 published = 1, i;

	family = history->family;
	alike = history->alike;
	now = -1000U;
	narrow_seen = 0;
	versions[0].table = op25b_table_create(family);
	memset(versions[0].facts, 0, sizeof(versions[0].facts));
	for (i = 0; alike && i < PREFIXES; i++)
		put(&versions[0], i);
	for (i = 0; i < ROUNDS; i++) {
		round_of_changes(&published);
		now += shim_below(200);
	}
	for (; published > 1; published--)
		drop(published, shim_below(published - 1));
	check_version(&versions[0]);
	assert_int_equal(narrow_seen > 0, alike);
	/* what is left is that of one table, and it says how much that is */
	assert_in_range(op25b_table_bytes(versions[0].table),
			shim_memory.bytes * 95 / 100,
			shim_memory.bytes * 105 / 100);
	op25b_table_free(versions[0].table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	static const struct history histories[] = {
		{ OP25B_IPV4, false }, { OP25B_IPV6, false },
		{ OP25B_IPV4, true }, { OP25B_IPV6, true },
	};
	const struct CMUnitTest tests[] = {
		{ "history_ipv4", history, unit_setup, NULL, (void *)&histories[0] },
		{ "history_ipv6", history, unit_setup, NULL, (void *)&histories[1] },
		{ "history_ipv4_alike", history, unit_setup, NULL,
		  (void *)&histories[2] },
		{ "history_ipv6_alike", history, unit_setup, NULL,
		  (void *)&histories[3] },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
