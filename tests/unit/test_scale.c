// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match in tables of hundreds of thousands to millions of nested
 * prefixes, which change and expire, while versions are published and freed.
 *
 * The oracle has a plain hash table of numbered prefixes, and for each version an
 * array of their states. It looks up an address truncated to each length, longest
 * first. It shares no code with src/.
 */
#include "unit.h"

#include <errno.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "lpm.h"

#define VERSIONS	4	/* the most published versions */
#define TICKS		200	/* the most jiffies of a round */
#define NAMES		1000

/* The state of a prefix in a version; table 0 stands for no entry */
struct fact {
	u32 expires;
	u16 names;
	u8 table;
	u8 flags;
	bool timed;
};

struct version {
	struct op25b_lpm lpm;
	struct fact *facts;
};

struct prefix {
	u8 addr[16];
	u8 len;
};

/**
 * struct size - how large a history is
 * @family: of all prefixes
 * @prefixes: number of all prefixes
 * @at_first: entries of the first version
 * @rounds: number of drafts
 * @changes: the most changes of a round
 * @lookups: lookups of a check of a version
 */
struct size {
	enum op25b_family family;
	u32 prefixes;
	u32 at_first;
	u32 rounds;
	u32 changes;
	u32 lookups;
};

static const struct size *size;
static struct version versions[VERSIONS + 1];	/* published versions, and a draft */
static u32 published;
static struct prefix *prefixes;
static u32 *hash;				/* prefix number + 1; 0: empty */
static u32 slots;
static u32 named;				/* prefixes with a number */
static bool len_used[129];
static u32 now;

static int family_bits(void)
{
	return size->family == OP25B_IPV4 ? 32 : 128;
}

/* The oracle */

static bool is_there(const struct fact *fact)
{
	return fact->table && (!fact->timed || (s32)(fact->expires - now) > 0);
}

/* Truncates an address to its first bits */
static void cut(u8 *addr, int len)
{
	int i;

	for (i = len / 8 + !!(len % 8); i < 16; i++)
		addr[i] = 0;
	if (len % 8)
		addr[len / 8] &= 0xff00 >> len % 8;
}

/* The slot of a prefix in the hash table, empty if it has no number; FNV-1a */
static u32 *number_of(const struct prefix *prefix)
{
	u64 h = 0xcbf29ce484222325 ^ prefix->len;
	int i;

	for (i = 0; i < 16; i++)
		h = (h ^ prefix->addr[i]) * 0x100000001b3;
	for (h ^= h >> 32;; h++) {
		u32 *number = &hash[h % slots];

		if (!*number)
			return number;
		if (prefixes[*number - 1].len == prefix->len &&
		    !memcmp(prefixes[*number - 1].addr, prefix->addr, 16))
			return number;
	}
}

/* The number of the longest prefix of a version that contains an address; -1: none */
static int oracle(const struct version *version, const u8 *addr)
{
	struct prefix prefix;
	int len;

	memcpy(prefix.addr, addr, 16);
	for (len = family_bits(); len >= 0; len--) {
		u32 number;

		if (!len_used[len])
			continue;
		cut(prefix.addr, len);
		prefix.len = len;
		number = *number_of(&prefix);
		if (number && is_there(&version->facts[number - 1]))
			return number - 1;
	}
	return -1;
}

/* Prefixes */

static void flip(u8 *addr, int bit)
{
	addr[bit / 8] ^= 0x80 >> bit % 8;
}

static void randomize(u8 *addr, int from)
{
	int i;

	for (i = from; i < family_bits(); i++)
		if (shim_below(2))
			flip(addr, i);
}

/* A large block, as allocated by a registry; all other prefixes are derived from these */
static void make_block(struct prefix *prefix)
{
	memset(prefix, 0, sizeof(*prefix));
	prefix->addr[0] = size->family == OP25B_IPV4 ? 1 + shim_below(200) :
						       0x20 + shim_below(16);
	prefix->addr[1] = shim_below(256);
	prefix->len = 8 + shim_below(9);
	cut(prefix->addr, prefix->len);
}

/* Makes a prefix within another, around it, or beside it; mostly not much longer */
static void make_relative(struct prefix *prefix)
{
	u32 bits = family_bits(), len = prefix->len;
	u32 more = 1 + shim_below(shim_below(4) ? 8 : bits);

	switch (shim_below(8)) {
	case 0:
		prefix->len = len > more ? len - more : shim_below(len + 1);
		break;
	case 1:
		if (len)
			flip(prefix->addr, len - 1);
		break;
	default:
		prefix->len = min_t(u32, len + more, bits);
		randomize(prefix->addr, len);
	}
	cut(prefix->addr, prefix->len);
}

/* Makes a new prefix and gives it the next number */
static void name_prefix(void)
{
	struct prefix prefix;
	u32 *number;

	do {
		if (named && shim_below(50))
			prefix = prefixes[shim_below(named)];
		else
			make_block(&prefix);
		make_relative(&prefix);
		number = number_of(&prefix);
	} while (*number);
	prefixes[named] = prefix;
	len_used[prefix.len] = true;
	*number = ++named;
}

static struct op25b_entry numbered(u32 i)
{
	struct op25b_entry entry = { .prefix_len = prefixes[i].len };

	memcpy(entry.addr, prefixes[i].addr, sizeof(entry.addr));
	return entry;
}

/* Changes */

static bool same(const struct fact *fact, const struct op25b_entry *entry)
{
	return fact->table == entry->table && fact->names == entry->names &&
	       fact->flags == entry->flags && fact->timed == entry->timed &&
	       (!fact->timed || fact->expires == entry->expires);
}

/* Adds a prefix, or replaces its options; some have a timeout, mostly a short one */
static void put(struct version *draft, u32 i)
{
	struct op25b_entry entry = numbered(i);
	struct fact *fact = &draft->facts[i];
	int want = 1;
	const char *why;

	entry.table = fact->table;
	if (!fact->table || !shim_below(8))
		entry.table = shim_below(2) ? OP25B_TABLE_DYNAMIC :
					      2 + shim_below(3);
	entry.names = shim_below(2) * shim_below(shim_below(50) ? 8 : NAMES);
	entry.flags = !shim_below(4);
	entry.timed = !shim_below(6);
	if (entry.timed)
		entry.expires = now + 1 + shim_below(shim_below(4) ? 12 * TICKS :
								     1 << 30);
	if (is_there(fact) && fact->table != entry.table)
		want = -EEXIST;
	else if (same(fact, &entry))
		want = 0;
	assert_int_equal(op25b_lpm_add(&draft->lpm, &entry, now, &why), want);
	if (want == 1)
		*fact = (struct fact) { entry.expires, entry.names, entry.table,
					entry.flags, entry.timed };
}

static void take(struct version *draft, u32 i)
{
	struct op25b_entry entry = numbered(i);
	struct fact *fact = &draft->facts[i];
	const char *why;

	entry.table = fact->table ?: OP25B_TABLE_DYNAMIC;
	assert_int_equal(op25b_lpm_del(&draft->lpm, &entry, now, &why),
			 is_there(fact) ? 0 : -ENOENT);
	if (is_there(fact))
		fact->table = 0;
}

static void flush(struct version *draft, u8 id)
{
	u32 i, removed = 0;
	int ret;

	ret = op25b_lpm_flush(&draft->lpm, id, now);
	for (i = 0; i < named; i++) {
		struct fact *fact = &draft->facts[i];

		if (fact->table != id)
			continue;
		fact->table = 0;
		removed++;
	}
	assert_int_equal(ret, removed > 0);
}

/* Expires entries of an unchanged draft */
static void expire(struct version *draft)
{
	u32 limit = ~0U, i;

	assert_int_equal(op25b_lpm_expire(&draft->lpm, &draft[-1].lpm, now,
					  0, &limit), 0);
	for (i = 0; i < named; i++) {
		struct fact *fact = &draft->facts[i];

		limit += fact->table && !is_there(fact);
		if (!is_there(fact))
			fact->table = 0;
	}
	assert_int_equal(limit, ~0U);
}

/* Mostly adds in the first half of the rounds, mostly deletes in the second */
static void change_some(struct version *draft, bool growing)
{
	u32 n = shim_below(size->changes), i;

	for (i = 0; i < n; i++) {
		u32 which = shim_below(named);

		if (shim_below(4) < (growing ? 1 : 2))
			take(draft, which);
		else
			put(draft, which);
	}
}

/* Checks */

static void look_up(const struct version *version, const u8 *bytes)
{
	int number = oracle(version, bytes);
	struct op25b_entry got;
	__be32 addr[4];
	u32 word;

	memcpy(addr, bytes, sizeof(addr));
	word = lpm_lookup(&version->lpm, size->family, addr, now);
	assert_int_equal(op25b_lpm_lookup(&version->lpm, addr, now), word);
	assert_int_equal(!!word, number >= 0);
	if (!word)
		return;
	assert_int_equal(word_table(word), version->facts[number].table);
	op25b_lpm_entry(&version->lpm, addr, word, &got);
	assert_int_equal(got.prefix_len, prefixes[number].len);
	assert_memory_equal(got.addr, prefixes[number].addr, sizeof(got.addr));
	assert_true(same(&version->facts[number], &got));
}

/* Looks up a random address, one within a prefix, or one adjacent to a prefix */
static void look_anywhere(const struct version *version)
{
	struct prefix prefix = prefixes[shim_below(named)];
	u32 how = shim_below(8);

	if (how == 0)
		memset(&prefix, 0, sizeof(prefix));
	if (how == 1 && prefix.len)
		flip(prefix.addr, prefix.len - 1);
	if (how < 6)
		randomize(prefix.addr, prefix.len);
	look_up(version, prefix.addr);
}

static u32 walk(const struct version *version)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 walked = 0;

	for (; op25b_lpm_next(&version->lpm, &cursor, &entry); walked++) {
		struct prefix prefix = { .len = entry.prefix_len };
		u32 number;

		memcpy(prefix.addr, entry.addr, sizeof(prefix.addr));
		number = *number_of(&prefix);
		assert_true(number);
		assert_true(same(&version->facts[number - 1], &entry));
	}
	return walked;
}

static void check(const struct version *version)
{
	u32 count[OP25B_TABLE_MAX + 1] = {}, uses[NAMES] = {}, there = 0, i;

	for (i = 0; i < named; i++) {
		const struct fact *fact = &version->facts[i];

		if (!fact->table)
			continue;
		there++;
		uses[fact->names]++;
		count[fact->table] += is_there(fact);
	}
	assert_int_equal(walk(version), there);
	for (i = OP25B_TABLE_DYNAMIC; i <= OP25B_TABLE_MAX; i++)
		assert_int_equal(op25b_lpm_count(&version->lpm, i, now), count[i]);
	for (i = 1; i < NAMES; i++)
		assert_int_equal(op25b_lpm_uses(&version->lpm, i), uses[i]);
	for (i = 0; i < size->lookups; i++)
		look_anywhere(version);
}

/* Versions: a draft is a clone of the newest one */

static void begin(void)
{
	struct version *draft = &versions[published];

	draft->facts = malloc(size->prefixes * sizeof(*draft->facts));
	assert_non_null(draft->facts);
	memcpy(draft->facts, draft[-1].facts,
	       size->prefixes * sizeof(*draft->facts));
	op25b_lpm_clone(&draft->lpm, &draft[-1].lpm);
}

/* Frees a published version, not the newest */
static void drop(u32 i)
{
	check(&versions[i]);
	op25b_lpm_free(&versions[i].lpm, i ? &versions[i - 1].lpm : NULL,
		       &versions[i + 1].lpm);
	free(versions[i].facts);
	memmove(&versions[i], &versions[i + 1],
		(published - 1 - i) * sizeof(*versions));
	published--;
}

static void first_version(void)
{
	u32 i;

	versions[0].facts = calloc(size->prefixes, sizeof(*versions[0].facts));
	op25b_lpm_init(&versions[0].lpm, size->family);
	for (i = 0; i < size->at_first; i++)
		put(&versions[0], i);
	published = 1;
	check(&versions[0]);
}

static void round_of_changes(bool growing)
{
	struct version *draft = &versions[published];

	begin();
	if (!shim_below(4))
		expire(draft);
	change_some(draft, growing);
	if (!shim_below(8))
		flush(draft, 2 + shim_below(3));
	check(draft);
	if (!shim_below(6)) {
		op25b_lpm_free(&draft->lpm, &draft[-1].lpm, NULL);
		free(draft->facts);
	} else if (++published > VERSIONS) {
		drop(shim_below(published - 1));
	}
}

static void name_prefixes(void)
{
	slots = 4 * size->prefixes;
	hash = calloc(slots, sizeof(*hash));
	prefixes = malloc(size->prefixes * sizeof(*prefixes));
	memset(len_used, 0, sizeof(len_used));
	for (named = 0; named < size->prefixes;)
		name_prefix();
}

static void history(void **state)
{
	u32 i;

	size = *state;
	now = -4 * TICKS;
	name_prefixes();
	first_version();
	for (i = 0; i < size->rounds; i++) {
		round_of_changes(i < size->rounds / 2);
		now += shim_below(TICKS);
	}
	while (published > 1)
		drop(shim_below(published - 1));
	check(&versions[0]);
	/* it is the only version left, and shares nothing */
	assert_int_equal(op25b_lpm_bytes(&versions[0].lpm), shim_memory.bytes);
	op25b_lpm_free(&versions[0].lpm, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
	assert_int_equal(shim_memory.live_kv, 0);
	free(versions[0].facts);
	free(prefixes);
	free(hash);
}

/* Bytes for each prefix while a table grows to half a million and its pages split */
static void bytes_by_prefix(void **state)
{
	static const u32 most[OP25B_FAMILIES] = { 22, 28 };
	enum op25b_family family;

	(void)state;
	for (family = 0; family < OP25B_FAMILIES; family++) {
		struct op25b_lpm lpm;
		u32 i;

		op25b_lpm_init(&lpm, family);
		for (i = 1; i <= 500000; i++) {
			struct op25b_entry entry = {
				.addr = { cpu_to_be32(i * 0x9e3779b1U) },
				.table = OP25B_TABLE_DYNAMIC,
				.prefix_len = family == OP25B_IPV4 ? 32 : 48,
			};
			const char *why;

			assert_int_equal(op25b_lpm_add(&lpm, &entry, 0, &why), 1);
			if (i >= 50000 && i % 5000 == 0)
				assert_true(op25b_lpm_bytes(&lpm) <=
					    (size_t)i * most[family] +
					    lpm.pages.nr * OP25B_PAGE_BYTES);
		}
		op25b_lpm_free(&lpm, NULL, NULL);
		assert_int_equal(shim_memory.live, 0);
	}
}

int main(void)
{
	static const struct size sizes[] = {
		{ OP25B_IPV4, 100000, 70000, 24, 3000, 2000 },
		{ OP25B_IPV6, 100000, 70000, 24, 3000, 2000 },
		{ OP25B_IPV4, 1200000, 1000000, 2, 50000, 20000 },
		{ OP25B_IPV6, 1200000, 1000000, 1, 50000, 5000 },
	};
	const struct CMUnitTest tests[] = {
		{ "nested_ipv4", history, unit_setup, NULL, (void *)&sizes[0] },
		{ "nested_ipv6", history, unit_setup, NULL, (void *)&sizes[1] },
		{ "million_ipv4", history, unit_setup, NULL, (void *)&sizes[2] },
		{ "million_ipv6", history, unit_setup, NULL, (void *)&sizes[3] },
		fresh_test(bytes_by_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
