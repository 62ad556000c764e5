// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match in large tables of prefixes inside each other, while they
 * change and end, and clones come and go.
 *
 * The oracle has a plain hash table for each version: prefixes by address and length.
 * An address is looked up in it cut to each length, longest first. It shares no code
 * with src/.
 */
#include "unit.h"

#include <errno.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <string.h>

#include "expire.h"
#include "lookup.h"

#define PREFIXES	140000	/* that there ever are */
#define AT_FIRST	110000	/* entries of the first version */
#define HASH		BIT(19)
#define VERSIONS	4
#define ROUNDS		24
#define CHANGES		3000	/* of a round */
#define TICKS		200	/* of a round */
#define LOOKUPS		6000	/* of a version that is checked */

/* What is to be known of a prefix; no table: it is not there */
struct fact {
	u32 expires;
	u16 label;
	u8 table;
	u8 flags;
	bool timed;
};

/* count is of all facts, ended or not */
struct version {
	struct op25b_table *table;
	u32 count;
	struct fact facts[PREFIXES];
};

struct prefix {
	u8 addr[16];
	u8 len;
};

static struct version versions[VERSIONS + 1];	/* published ones, and a draft */
static struct prefix prefixes[PREFIXES];
static u32 hash[HASH];				/* numbers + 1 */
static u32 named;				/* how many prefixes have a number */
static bool len_used[129];
static enum op25b_family family;
static int bits;
static u32 now;

/* The oracle */

static bool is_there(const struct fact *fact)
{
	return fact->table && (!fact->timed || (s32)(fact->expires - now) > 0);
}

/* Zeros behind the first bits of an address */
static void cut(u8 *addr, int len)
{
	int i;

	for (i = len / 8 + !!(len % 8); i < 16; i++)
		addr[i] = 0;
	if (len % 8)
		addr[len / 8] &= 0xff00 >> len % 8;
}

/* Where the number + 1 of a prefix is, or would be; FNV-1a */
static u32 *number_of(const struct prefix *prefix)
{
	u64 h = 0xcbf29ce484222325 ^ prefix->len;
	int i;

	for (i = 0; i < 16; i++)
		h = (h ^ prefix->addr[i]) * 0x100000001b3;
	for (h ^= h >> 32;; h++) {
		u32 *number = &hash[h % HASH];

		if (!*number)
			return number;
		if (prefixes[*number - 1].len == prefix->len &&
		    !memcmp(prefixes[*number - 1].addr, prefix->addr, 16))
			return number;
	}
}

/* The number of the longest prefix that is there and holds an address; -1: none */
static int oracle(const struct version *version, const u8 *addr)
{
	struct prefix prefix;
	int len;

	memcpy(prefix.addr, addr, 16);
	for (len = bits; len >= 0; len--) {
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

	for (i = from; i < bits; i++)
		if (shim_below(2))
			flip(addr, i);
}

/* A few places where all begin, as addresses are given out in blocks */
static void root(struct prefix *prefix)
{
	memset(prefix, 0, sizeof(*prefix));
	prefix->addr[0] = family == OP25B_IPV4 ? 1 + shim_below(200) :
						 0x20 + shim_below(16);
	prefix->addr[1] = shim_below(256);
	prefix->len = 8 + shim_below(9);
	cut(prefix->addr, prefix->len);
}

/* Another prefix inside of one, around it, or beside it; mostly not much longer */
static void relative(struct prefix *prefix)
{
	u32 len = prefix->len, more = 1 + shim_below(shim_below(4) ? 8 : bits);

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

/* Gives the next number to a prefix that has none */
static void name_prefix(void)
{
	struct prefix prefix;
	u32 *number;

	do {
		if (named && shim_below(50))
			prefix = prefixes[shim_below(named)];
		else
			root(&prefix);
		relative(&prefix);
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

/*
 * Adds a prefix, or says something else of it: of many the same, as covers tell it. Some
 * end, most of those soon.
 */
static void put(struct version *draft, u32 i)
{
	struct op25b_entry entry = numbered(i);
	struct fact *fact = &draft->facts[i];
	bool clash;
	const char *why;

	entry.table = fact->table;
	if (!fact->table || !shim_below(8))
		entry.table = shim_below(2) ? OP25B_TABLE_DYNAMIC :
					      2 + shim_below(3);
	entry.label = shim_below(2) * shim_below(shim_below(50) ? 8 : 1000);
	entry.flags = !shim_below(4);
	entry.timed = !shim_below(6);
	entry.expires = now + 1 + shim_below(shim_below(4) ? ROUNDS * TICKS / 2 :
							     1 << 30);
	clash = is_there(fact) && fact->table != entry.table;
	assert_int_equal(op25b_table_add(draft->table, &entry, now, &why),
			 clash ? -EEXIST : 0);
	if (clash)
		return;
	draft->count += !fact->table;
	*fact = (struct fact) { entry.expires, entry.label, entry.table,
				entry.flags, entry.timed };
}

static void take(struct version *draft, u32 i)
{
	struct op25b_entry entry = numbered(i);
	struct fact *fact = &draft->facts[i];
	const char *why;

	entry.table = fact->table ?: OP25B_TABLE_DYNAMIC;
	assert_int_equal(op25b_table_del(draft->table, &entry, now, &why),
			 is_there(fact) ? 0 : -ENOENT);
	if (!is_there(fact))
		return;
	draft->count--;
	fact->table = 0;
}

static void expire(struct version *draft)
{
	u32 i;

	assert_int_equal(expire_all(draft->table, now), 0);
	for (i = 0; i < named; i++) {
		struct fact *fact = &draft->facts[i];

		draft->count -= fact->table && !is_there(fact);
		if (!is_there(fact))
			fact->table = 0;
	}
}

/* More come than go in one half of the rounds, in the other more go */
static void change_some(struct version *draft, bool growing)
{
	u32 n = shim_below(CHANGES), i;

	for (i = 0; i < n; i++) {
		u32 which = shim_below(named);

		if (shim_below(4) < (growing ? 1 : 2))
			take(draft, which);
		else
			put(draft, which);
	}
}

/* Checks */

/* What a lookup has found, and which prefix that is of */
static void check_match(const struct op25b_match *match, const __be32 *addr,
			const struct prefix *prefix, const struct fact *fact)
{
	struct op25b_entry got;

	/* of itself, since the entry is searched for anew where a cover has told it */
	assert_int_equal(op25b_match_table(match), fact->table);
	assert_int_equal(op25b_match_label(match), fact->label);
	assert_int_equal(op25b_match_flags(match), fact->flags);
	op25b_match_entry(match, addr, &got);
	assert_int_equal(got.prefix_len, prefix->len);
	assert_memory_equal(got.addr, prefix->addr, sizeof(got.addr));
	assert_int_equal(got.table, fact->table);
	assert_int_equal(got.label, fact->label);
	assert_int_equal(got.flags, fact->flags);
	assert_int_equal(got.timed, fact->timed);
	if (fact->timed)
		assert_int_equal(got.expires, fact->expires);
}

static void look_up(const struct version *version, const u8 *bytes)
{
	int number = oracle(version, bytes);
	struct op25b_match match, seldom;
	__be32 addr[4];

	memcpy(addr, bytes, sizeof(addr));
	match = table_lookup(version->table, family, addr, now);
	seldom = table_lookup_seldom(version->table, family, addr, now);
	assert_int_equal(op25b_match_found(&match), number >= 0);
	assert_int_equal(op25b_match_found(&seldom), number >= 0);
	if (number < 0)
		return;
	check_match(&match, addr, &prefixes[number], &version->facts[number]);
	check_match(&seldom, addr, &prefixes[number], &version->facts[number]);
}

/* Any address; one in a prefix, there or not, or just beside it */
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

static void check(const struct version *version)
{
	u32 count = 0, i;

	for (i = OP25B_TABLE_DYNAMIC; i <= OP25B_TABLE_MAX; i++)
		count += op25b_table_count(version->table, i);
	assert_int_equal(count, version->count);
	for (i = 0; i < LOOKUPS; i++)
		look_anywhere(version);
}

/* Versions: a draft is a clone of the last one */

static void begin(u32 published)
{
	struct version *draft = &versions[published];

	*draft = draft[-1];
	draft->table = op25b_table_clone(draft[-1].table);
	assert_non_null(draft->table);
}

/* Frees one that is published, not the last */
static void drop(u32 published, u32 i)
{
	check(&versions[i]);
	op25b_table_free(versions[i].table, i ? versions[i - 1].table : NULL,
			 versions[i + 1].table);
	memmove(&versions[i], &versions[i + 1],
		(published - 1 - i) * sizeof(*versions));
}

static void first_version(void)
{
	u32 i;

	memset(versions, 0, sizeof(*versions));
	versions[0].table = op25b_table_create(family);
	assert_non_null(versions[0].table);
	for (i = 0; i < AT_FIRST; i++)
		put(&versions[0], i);
	assert_int_equal(versions[0].count, AT_FIRST);
	check(&versions[0]);
}

static void round_of_changes(u32 *published, bool growing)
{
	struct version *draft = &versions[*published];

	begin(*published);
	if (!shim_below(4))
		expire(draft);
	change_some(draft, growing);
	check(draft);
	if (!shim_below(6)) {
		op25b_table_free(draft->table, draft[-1].table, NULL);
	} else if (++*published > VERSIONS) {
		drop(*published, shim_below(*published - 1));
		--*published;
	}
}

static void nested(void **state)
{
	u32 published = 1, i;

	family = *(const enum op25b_family *)*state;
	bits = op25b_family_bits(family);
	now = -ROUNDS * TICKS / 4;
	memset(hash, 0, sizeof(hash));
	memset(len_used, 0, sizeof(len_used));
	for (named = 0; named < PREFIXES;)
		name_prefix();
	first_version();
	for (i = 0; i < ROUNDS; i++) {
		round_of_changes(&published, i < ROUNDS / 2);
		now += shim_below(TICKS);
	}
	for (; published > 1; published--)
		drop(published, shim_below(published - 1));
	check(&versions[0]);
	op25b_table_free(versions[0].table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	static const enum op25b_family ipv4 = OP25B_IPV4, ipv6 = OP25B_IPV6;
	const struct CMUnitTest tests[] = {
		{ "nested_ipv4", nested, unit_setup, NULL, (void *)&ipv4 },
		{ "nested_ipv6", nested, unit_setup, NULL, (void *)&ipv6 },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
