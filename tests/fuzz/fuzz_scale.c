// SPDX-License-Identifier: GPL-2.0
/*
 * Tables so large that a step splits and merges many pages: it adds or deletes up to
 * 1024 prefixes. Versions are cloned, published and freed in any order meanwhile.
 *
 * Some prefixes are chosen as by an attacker who knows the seed: they share a page, a
 * line and a tag, until the table refuses them. Some histories begin with a large
 * table, the crowd, to which the prefixes are added.
 *
 * Prefixes are numbered, so that the oracle is an array. The input is a byte for the
 * kind of history, one for the seed, and the steps.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "lpm.h"
#include "shim.h"

#define PREFIXES	4096
#define VERSIONS	4	/* the most published versions */
#define STEPS		48	/* bounds the time of an input */
#define CROWD		20000	/* entries of a crowd */

struct fact {
	u32 expires;
	u16 names;
	bool there;
	bool timed;
};

/**
 * struct version - a table and its expected contents
 * @lpm: the table
 * @crowd: the number of entries of the crowd that it has
 * @facts: the expected state of each prefix, by number
 */
struct version {
	struct op25b_lpm lpm;
	u32 crowd;
	struct fact facts[PREFIXES];
};

/* Large initial tables, the same for all inputs; never freed */
static struct op25b_lpm crowds[OP25B_FAMILIES];

/**
 * struct - the state of a history
 * @next: the next byte of the input
 * @end: behind its last byte
 * @family: of all prefixes
 * @prefix_len: of all numbered prefixes
 * @crowd: the table that the oldest version is a clone of, or NULL
 * @alike: the prefixes are such that hashes collide: the hash factor is 1
 * @now: jiffies
 * @versions: published versions, oldest first, then the draft
 * @published: number of published versions, at least one
 * @cloned: the draft is a clone of the newest published version
 */
static struct {
	const u8 *next;
	const u8 *end;
	enum op25b_family family;
	u8 prefix_len;
	const struct op25b_lpm *crowd;
	bool alike;
	u32 now;
	struct version versions[VERSIONS + 1];
	u32 published;
	bool cloned;
} history;

static u8 roll(void)
{
	return history.next < history.end ? *history.next++ : 0;
}

static struct version *draft(void)
{
	return &history.versions[history.published];
}

/* Prefixes */

/* Consecutive; if @alike is set, with equal low bits and often equal high bits */
static void number_address(u32 number, __be32 *addr)
{
	u32 i, word = history.alike ? number << 20 | number >> 12 | 1 << 8 :
				      number << 8;

	memset(addr, 0, 4 * sizeof(*addr));
	i = history.prefix_len == 32 ? 0 : history.prefix_len / 32 - 1;
	addr[i] = cpu_to_be32(word);
	if (i)
		addr[0] = cpu_to_be32(0x20010db8);
}

static struct op25b_entry numbered(u32 number)
{
	struct op25b_entry entry = {
		.prefix_len = history.prefix_len,
		.table = 1 + number % OP25B_TABLE_MAX,
		.flags = number & OP25B_ENTRY_MONITOR,
		.names = number,
	};

	number_address(number, entry.addr);
	return entry;
}

static u32 number_of(const struct op25b_entry *entry)
{
	u32 i = entry->prefix_len == 32 ? 0 : entry->prefix_len / 32 - 1;
	u32 word = be32_to_cpu(entry->addr[i]);

	return history.alike ? word >> 20 : word >> 8;
}

/* None of them is a numbered prefix */
static struct op25b_entry crowd_entry(enum op25b_family family, u32 i)
{
	struct op25b_entry entry = {
		.prefix_len = family == OP25B_IPV4 ? 31 : 63,
		.table = 1 + i % OP25B_TABLE_MAX,
	};

	entry.addr[family] = cpu_to_be32(i << 1);
	return entry;
}

static void make_crowd(enum op25b_family family)
{
	const char *why;
	u32 i;

	op25b_lpm_init(&crowds[family], family);
	for (i = 0; i < CROWD; i++) {
		struct op25b_entry entry = crowd_entry(family, i);

		EXPECT(op25b_lpm_add(&crowds[family], &entry, 0, &why) == 1);
	}
}

/* Versions */

static void begin(bool clone)
{
	const struct version *origin = draft() - 1;
	u32 i;

	history.cloned = clone;
	if (clone) {
		op25b_lpm_clone(&draft()->lpm, &origin->lpm);
		draft()->crowd = origin->crowd;
		memcpy(draft()->facts, origin->facts, sizeof(origin->facts));
		return;
	}
	op25b_lpm_init(&draft()->lpm, history.family);
	for (i = 0; history.alike && i < LPM_HASHES; i++)
		draft()->lpm.hash[i].factor = 1;
	draft()->crowd = 0;
	memset(draft()->facts, 0, sizeof(draft()->facts));
}

/* The version before the oldest */
static const struct op25b_lpm *older(void)
{
	return history.crowd;
}

static void drop_draft(void)
{
	op25b_lpm_free(&draft()->lpm,
		       history.cloned ? &draft()[-1].lpm : NULL, NULL);
}

/* Changes, which return false if the draft had to be dropped */

static bool is_there(const struct fact *fact)
{
	return fact->there &&
	       (!fact->timed || (s32)(fact->expires - history.now) > 0);
}

static bool same(const struct fact *fact, const struct op25b_entry *entry)
{
	return fact->there && fact->timed == entry->timed &&
	       fact->names == entry->names &&
	       (!fact->timed || fact->expires == entry->expires);
}

/* Adds or deletes a prefix; @how selects the operation and options */
static bool change_one(u32 number, u8 how)
{
	struct fact *fact = &draft()->facts[number];
	struct op25b_entry entry = numbered(number);
	const char *why;
	int ret;

	if (how & 4) {
		ret = op25b_lpm_del(&draft()->lpm, &entry, history.now, &why);
		EXPECT(ret == (is_there(fact) ? 0 : -ENOENT));
		fact->there = fact->there && !is_there(fact);
		return true;
	}
	entry.timed = how & 1;
	entry.expires = history.now + 1 + (how >> 3);
	ret = op25b_lpm_add(&draft()->lpm, &entry, history.now, &why);
	if (ret == -ENOSPC && history.alike) {
		drop_draft();
		begin(true);
		return false;
	}
	EXPECT(ret == !same(fact, &entry));
	*fact = (struct fact) { entry.expires, entry.names, true, entry.timed };
	return true;
}

static void change_many(void)
{
	u32 first = roll() << 8 | roll(), stride = roll() | 1, how = roll();
	u32 n = 64 << roll() % 5, i;

	for (i = 0; i < n; i++)
		if (!change_one((first + i * stride) % PREFIXES, how))
			break;
}

static void flush(u8 id)
{
	u32 i, removed = draft()->crowd / OP25B_TABLE_MAX;

	for (i = id - 1; i < PREFIXES; i += OP25B_TABLE_MAX) {
		removed += draft()->facts[i].there;
		draft()->facts[i].there = false;
	}
	EXPECT(op25b_lpm_flush(&draft()->lpm, id, history.now) == !!removed);
}

/* Flushes one table of the policy, or all if the draft has a crowd */
static void flush_some(void)
{
	u32 i;

	if (!draft()->crowd) {
		flush(1 + roll() % OP25B_TABLE_MAX);
		return;
	}
	for (i = 1; i <= OP25B_TABLE_MAX; i++)
		flush(i);
	draft()->crowd = 0;
}

/*
 * Begins a new draft with expiry. If that reaches its limit, the model does not know
 * which expired entries are left, and replaces all.
 */
static void expire(void)
{
	u32 limit = 16 << roll() % 8, left, i, n;

	drop_draft();
	begin(true);
	left = limit;
	EXPECT(!op25b_lpm_expire(&draft()->lpm, &draft()[-1].lpm, history.now,
				 0, &left));
	n = limit - left;
	for (i = 0; i < PREFIXES; i++) {
		struct fact *fact = &draft()->facts[i];

		if (!fact->there || is_there(fact))
			continue;
		if (left) {
			EXPECT(n--);
			fact->there = false;
		} else if (!change_one(i, 1)) {
			return;
		}
	}
	EXPECT(!left || !n);
}

/* Checks */

static void check_walk(const struct version *version, u32 there)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 walked = 0;

	for (; op25b_lpm_next(&version->lpm, &cursor, &entry); walked++) {
		struct op25b_entry want;

		if (entry.prefix_len != history.prefix_len)
			continue;
		want = numbered(number_of(&entry));
		EXPECT(!memcmp(want.addr, entry.addr, sizeof(want.addr)));
		EXPECT(want.table == entry.table && want.flags == entry.flags);
		EXPECT(same(&version->facts[number_of(&entry)], &entry));
	}
	EXPECT(walked == there + version->crowd);
}

static void check_crowd(const struct version *version)
{
	u32 i;

	for (i = 0; i < CROWD; i += 97) {
		struct op25b_entry entry = crowd_entry(history.family, i);
		u32 word = lpm_lookup(&version->lpm, history.family, entry.addr,
				      history.now);

		if (version->crowd)
			EXPECT(word);
		else
			EXPECT(!word || word_prefix_len(word) ==
					history.prefix_len);
	}
}

/* Compares lookups, walk and counts with the expected contents */
static void check(const struct version *version)
{
	u32 count[OP25B_TABLE_MAX + 1], there = 0, i;

	for (i = 1; i <= OP25B_TABLE_MAX; i++)
		count[i] = version->crowd / OP25B_TABLE_MAX;
	for (i = 0; i < PREFIXES; i++) {
		const struct fact *fact = &version->facts[i];
		u32 word;
		__be32 addr[4];

		number_address(i, addr);
		word = lpm_lookup(&version->lpm, history.family, addr,
				  history.now);
		there += fact->there;
		count[1 + i % OP25B_TABLE_MAX] += is_there(fact);
		EXPECT((word_prefix_len(word) == history.prefix_len) ==
		       is_there(fact));
		EXPECT(!is_there(fact) ||
		       FIELD_GET(ENTRY_NAMES, word) == fact->names);
	}
	for (i = 1; i <= OP25B_TABLE_MAX; i++)
		EXPECT(op25b_lpm_count(&version->lpm, i, history.now) ==
		       count[i]);
	check_walk(version, there);
	check_crowd(version);
}

/* Steps */

/* Frees a published version, not the newest */
static void drop(u32 i)
{
	struct version *version = &history.versions[i];

	check(version);
	op25b_lpm_free(&version->lpm, i ? &version[-1].lpm : older(),
		       &version[1].lpm);
	memmove(version, version + 1,
		(--history.published - i) * sizeof(*version));
}

static void publish(void)
{
	history.published++;
	if (history.published > VERSIONS)
		drop(roll() % VERSIONS);
}

static void step(void)
{
	u8 what = roll() % 16;

	if (what == 0) {
		check(draft());
		drop_draft();
		begin(roll() % 8);
	} else if (what < 4) {
		publish();
		begin(roll() % 16);
	} else if (what == 4) {
		check(draft());
	} else if (what == 5) {
		history.now += roll() % 32;
	} else if (what == 6) {
		expire();
	} else if (what == 7) {
		if (!(roll() % 4))
			flush_some();
	} else {
		change_many();
	}
}

/* The oldest version: empty, or a large table */
static void first(bool crowd)
{
	if (!crowd) {
		begin(false);
	} else {
		history.crowd = &crowds[history.family];
		op25b_lpm_clone(&draft()->lpm, history.crowd);
		draft()->crowd = CROWD;
	}
	history.published = 1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	make_crowd(OP25B_IPV4);
	make_crowd(OP25B_IPV6);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 lengths[] = { 32, 64, 128 };
	size_t live = shim_memory.live;
	ptrdiff_t live_kv = shim_memory.live_kv;
	u32 steps = STEPS, kind;

	if (size < 2)
		return 0;
	memset(&history, 0, sizeof(history));
	history.family = data[0] % 3 ? OP25B_IPV6 : OP25B_IPV4;
	history.prefix_len = lengths[data[0] % 3];
	history.now = -100U;
	kind = data[0] / 3 % 8;
	history.alike = kind < 2;
	shim_seed(data[1]);
	history.next = data + 2;
	history.end = data + size;
	first(kind >= 5);
	begin(true);
	while (steps-- && history.next < history.end)
		step();
	check(draft());
	drop_draft();
	while (history.published > 1)
		drop(roll() % (history.published - 1));
	check(&history.versions[0]);
	op25b_lpm_free(&history.versions[0].lpm, older(), NULL);
	EXPECT(shim_memory.live == live && shim_memory.live_kv == live_kv);
	return 0;
}
