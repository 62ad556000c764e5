// SPDX-License-Identifier: GPL-2.0
/*
 * Prefix tables so large that layers are resized: a step of a few bytes adds or
 * deletes up to 1024 prefixes. Versions are cloned, published and freed in any
 * order meanwhile, and some prefixes are chosen as somebody would who knows the
 * seed of a layer.
 *
 * All are of one length, and numbered: the model is an array by number. The input is
 * a byte for the length and the crowd, one for the seed, and the steps.
 *
 * Narrow chunks take a hundred thousand entries with few labels, more than an input
 * has time to add. So some games begin with a clone of a table that has such a crowd,
 * and is about to be resized. The first of the crowd are numbered, the others stay.
 */
#include "fuzz.h"

/* for the seeds of its layers */
#include "table.c"

#include "shim.h"

#define PREFIXES	4096
#define VERSIONS	4	/* published ones */
#define STEPS		48	/* what bounds the time that an input takes */
#define HASH		16384
#define FEW_LABELS	31	/* as narrow chunks know them */
#define NUMBERED	2048	/* of a crowd */

/**
 * enum kind - what a crowd is about to do, in the order they are made
 * @BECOMES_NARROW: chunks begin to move to a narrow directory
 * @IS_NARROW: all have
 * @GROWS: they begin to move from one narrow directory to another
 * @BECOMES_WIDE: so many have gone that chunks begin to move back to a wide one
 * @CROWDS: how many kinds there are
 */
enum kind {
	BECOMES_NARROW,
	IS_NARROW,
	GROWS,
	BECOMES_WIDE,
	CROWDS
};

/**
 * struct crowd - a table that games begin with, the same for all inputs
 * @table: published, each the clone of the one before it, and never freed
 * @size: how many entries
 */
struct crowd {
	struct op25b_table *table;
	u32 size;
};

static struct crowd crowds[OP25B_FAMILIES][CROWDS];

struct fact {
	u32 expires;
	u16 label;
	bool there;
	bool timed;
};

/**
 * struct version - a table and what it should be
 * @table: the table
 * @crowded: those of the crowd that have no number are there
 * @facts: by number
 */
struct version {
	struct op25b_table *table;
	bool crowded;
	struct fact facts[PREFIXES];
};

/**
 * struct - the state of a game
 * @next: the next byte of the input
 * @end: behind its last byte
 * @family: of all prefixes
 * @prefix_len: of all prefixes
 * @crowd: that the oldest version was a clone of, NULL if of nothing
 * @now: jiffies
 * @versions: oldest first, and the draft behind the last one published
 * @published: how many are, at least one
 * @cloned: whether the draft is a clone of the last one published
 * @addr: the prefixes by number
 * @known: whether a number has a prefix
 * @hash: numbers + 1, by a hash of the prefix
 */
static struct {
	const u8 *next;
	const u8 *end;
	enum op25b_family family;
	u8 prefix_len;
	const struct crowd *crowd;
	u32 now;
	struct version versions[VERSIONS + 1];
	u32 published;
	bool cloned;
	__be32 addr[PREFIXES][KEY_WORDS];
	bool known[PREFIXES];
	u16 hash[HASH];
} game;

static u8 roll(void)
{
	return game.next < game.end ? *game.next++ : 0;
}

static struct version *draft(void)
{
	return &game.versions[game.published];
}

/* Where the number + 1 of a prefix is, or would be */
static u16 *prefix_number(const __be32 *addr)
{
	u64 high, low;
	u32 i;

	memcpy(&high, addr, sizeof(high));
	memcpy(&low, addr + 2, sizeof(low));
	i = mix64(mix64(high) ^ low) >> 32;
	for (;; i++) {
		u16 *number = &game.hash[i % HASH];

		if (!*number || !memcmp(game.addr[*number - 1], addr,
					sizeof(*game.addr)))
			return number;
	}
}

/* A prefix that has no number yet gets this one; false if it has one */
static bool name_prefix(const __be32 *addr, u32 number)
{
	u16 *named = prefix_number(addr);

	if (*named)
		return false;
	*named = number + 1;
	memcpy(game.addr[number], addr, sizeof(*game.addr));
	game.known[number] = true;
	return true;
}

/* Crowds: prefixes in a row, and what is said of them */

static struct op25b_entry crowd_entry(enum op25b_family family, u32 i)
{
	struct op25b_entry entry = {
		.prefix_len = family == OP25B_IPV4 ? 32 : 64,
		.table = OP25B_TABLE_DYNAMIC,
		.flags = i & OP25B_ENTRY_MONITOR,
		.label = i % FEW_LABELS,
	};

	entry.addr[0] = cpu_to_be32(0x20000000);
	entry.addr[family == OP25B_IPV6] |= cpu_to_be32(i);
	return entry;
}

/* Which of the crowd a prefix is, or would be; more than there are if none */
static u32 crowd_index(const __be32 *addr)
{
	if (game.family == OP25B_IPV4)
		return be32_to_cpu(addr[0]) - 0x20000000;
	return addr[0] == cpu_to_be32(0x20000000) ? be32_to_cpu(addr[1]) : ~0U;
}

static bool in_crowd(const __be32 *addr)
{
	return game.crowd && crowd_index(addr) < game.crowd->size;
}

static bool crowd_is(enum kind kind, const struct layer *layer)
{
	bool moves = layer->old.refs;

	if (kind == BECOMES_WIDE)
		return !layer->dir.narrow;
	return layer->dir.narrow && moves == (kind != IS_NARROW);
}

/* Adds to it, or takes away, one by one until it is of that kind */
static void crowd_make(struct crowd *crowd, enum op25b_family family,
		       enum kind kind)
{
	u8 prefix_len = crowd_entry(family, 0).prefix_len;
	const char *why;

	do {
		struct op25b_entry entry;

		if (kind == BECOMES_WIDE) {
			entry = crowd_entry(family, --crowd->size);
			EXPECT(!op25b_table_del(crowd->table, &entry, 0, &why));
		} else {
			entry = crowd_entry(family, crowd->size++);
			EXPECT(!op25b_table_add(crowd->table, &entry, 0, &why));
		}
	} while (!crowd_is(kind, table_layer(crowd->table, prefix_len, false)));
}

static void crowds_make(enum op25b_family family)
{
	struct crowd *crowd = crowds[family];
	enum kind kind;

	crowd->table = op25b_table_create(family);
	for (kind = 0; kind < CROWDS; kind++, crowd++) {
		if (kind) {
			crowd->size = crowd[-1].size;
			crowd->table = op25b_table_clone(crowd[-1].table);
		}
		EXPECT(crowd->table);
		crowd_make(crowd, family, kind);
	}
}

/* The first of the crowd get numbers */
static void crowd_join(struct version *version)
{
	u32 i;

	for (i = 0; i < NUMBERED; i++) {
		struct op25b_entry entry = crowd_entry(game.family, i);

		name_prefix(entry.addr, i);
		version->facts[i].there = true;
		version->facts[i].label = entry.label;
	}
	version->crowded = true;
}

static bool is_of_crowd(const struct version *version,
			const struct op25b_entry *entry)
{
	struct op25b_entry known = crowd_entry(game.family,
					       crowd_index(entry->addr));

	return version->crowded && in_crowd(entry->addr) &&
	       known.label == entry->label && known.flags == entry->flags &&
	       !entry->timed;
}

/* Some of those without a number, by lookups */
static void check_crowd(const struct version *version)
{
	u32 i;

	for (i = NUMBERED; game.crowd && i < game.crowd->size; i += 97) {
		struct op25b_entry entry = crowd_entry(game.family, i), got;
		struct op25b_match match;

		match = table_lookup(version->table, game.family, entry.addr,
				     game.now);
		EXPECT(op25b_match_found(&match) == version->crowded);
		if (!version->crowded)
			continue;
		op25b_match_entry(&match, entry.addr, &got);
		EXPECT(is_of_crowd(version, &got));
	}
}

/* Numbers */

/* Its key follows those of others, or is a random one */
static void choose_prefix(u32 number, bool timed, bool hostile)
{
	struct layer *layer = table_layer(draft()->table, game.prefix_len,
					  timed);
	__be32 addr[KEY_WORDS] = {};
	u32 i;

	if (layer && hostile) {
		struct layer_key key = { .low = number };

		key.high = layer->key_words == 1 ?
			   (0x30000000ULL + number) << 32 :
			   0x3000000000000000ULL + number;
		op25b_layer_prefix(layer, key, addr);
		if (!in_crowd(addr) && name_prefix(addr, number))
			return;
	}
	do {
		for (i = 0; i < game.prefix_len / 32U; i++)
			addr[i] = (__force __be32)(u32)shim_random();
	} while (in_crowd(addr) || !name_prefix(addr, number));
}

/* Where there is a crowd, most say what narrow chunks can hold */
static struct op25b_entry numbered(u32 number, bool odd)
{
	struct op25b_entry entry = {
		.prefix_len = game.prefix_len,
		.table = OP25B_TABLE_DYNAMIC,
		.flags = number & OP25B_ENTRY_MONITOR,
		.label = odd || !game.crowd ? number : number % FEW_LABELS,
	};

	memcpy(entry.addr, game.addr[number], sizeof(entry.addr));
	return entry;
}

static bool is_there(const struct fact *fact)
{
	return fact->there &&
	       (!fact->timed || (s32)(fact->expires - game.now) > 0);
}

/* What is done to many, each a stride behind the other */
static void change_one(u32 number, u8 how)
{
	struct fact *fact = &draft()->facts[number];
	bool timed = how & 1;
	struct op25b_entry entry;
	const char *why;

	if (!game.known[number])
		choose_prefix(number, timed, (how & 0x42) == 0x42);
	entry = numbered(number, how & 0x80);
	if (how & 4) {
		EXPECT(op25b_table_del(draft()->table, &entry, game.now,
				       &why) == (is_there(fact) ? 0 : -ENOENT));
		fact->there = fact->there && !is_there(fact);
		return;
	}
	entry.timed = timed;
	entry.expires = game.now + 1 + (how >> 3);
	EXPECT(!op25b_table_add(draft()->table, &entry, game.now, &why));
	*fact = (struct fact) { entry.expires, entry.label, true, timed };
}

static void change_many(void)
{
	u32 first = roll() << 8 | roll(), stride = roll() | 1, how = roll();
	u32 n = 64 << roll() % 5, i;

	for (i = 0; i < n; i++)
		change_one((first + i * stride) % PREFIXES, how);
}

static void remove_all(bool flush)
{
	u32 i;

	if (flush)
		EXPECT(!op25b_table_flush(draft()->table, OP25B_TABLE_DYNAMIC));
	else
		EXPECT(!op25b_table_expire(draft()->table, game.now));
	for (i = 0; i < PREFIXES; i++)
		if (flush || !is_there(&draft()->facts[i]))
			draft()->facts[i].there = false;
	if (flush)
		draft()->crowded = false;
}

static void check_entry(const struct version *version,
			const struct op25b_entry *entry)
{
	u16 named = *prefix_number(entry->addr);
	const struct fact *fact;

	if (!named) {
		EXPECT(is_of_crowd(version, entry));
		return;
	}
	fact = &version->facts[named - 1];
	EXPECT(fact->there && fact->timed == entry->timed);
	EXPECT(!fact->timed || fact->expires == entry->expires);
	EXPECT(fact->label == entry->label);
	EXPECT(entry->flags == ((named - 1) & OP25B_ENTRY_MONITOR));
}

/* A walk through all; of crowds through a part, which begins anywhere */
static void check_walk(const struct version *version, u32 there)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 walked = 0;

	if (version->crowded)
		cursor.chunk = shim_below(512);
	while (walked <= PREFIXES &&
	       op25b_table_next(version->table, &cursor, &entry)) {
		check_entry(version, &entry);
		walked++;
	}
	EXPECT(version->crowded || walked == there);
}

/* The same, and a lookup of all that have a number */
static void check(const struct version *version)
{
	u32 there = version->crowded ? game.crowd->size - NUMBERED : 0, i;
	struct op25b_match match;

	for (i = 0; i < PREFIXES; i++) {
		const struct fact *fact = &version->facts[i];

		there += fact->there;
		if (!game.known[i])
			continue;
		match = table_lookup(version->table, version->table->family,
				     game.addr[i], game.now);
		EXPECT(op25b_match_found(&match) == is_there(fact));
		EXPECT(!is_there(fact) ||
		       op25b_match_label(&match) == fact->label);
	}
	EXPECT(op25b_table_count(version->table, OP25B_TABLE_DYNAMIC) == there);
	check_walk(version, there);
	check_crowd(version);
}

static void begin(bool clone)
{
	const struct version *origin = draft() - 1;

	game.cloned = clone;
	if (clone) {
		draft()->table = op25b_table_clone(origin->table);
		draft()->crowded = origin->crowded;
		memcpy(draft()->facts, origin->facts, sizeof(origin->facts));
	} else {
		draft()->table = op25b_table_create(game.family);
		draft()->crowded = false;
		memset(draft()->facts, 0, sizeof(draft()->facts));
	}
	EXPECT(draft()->table);
}

static void give_up(void)
{
	check(draft());
	op25b_table_free(draft()->table,
			 game.cloned ? draft()[-1].table : NULL, NULL);
}

/* The one before the oldest version */
static const struct op25b_table *elder(void)
{
	return game.crowd ? game.crowd->table : NULL;
}

/* Frees one of those published, not the newest */
static void drop(u32 i)
{
	struct version *version = &game.versions[i];

	check(version);
	op25b_table_free(version->table, i ? version[-1].table : elder(),
			 version[1].table);
	memmove(version, version + 1,
		(--game.published - i) * sizeof(*version));
}

static void publish(void)
{
	game.published++;
	if (game.published > VERSIONS)
		drop(roll() % VERSIONS);
}

static void step(void)
{
	u8 what = roll() % 16;

	if (what == 0) {
		give_up();
		begin(roll() % 8);
	} else if (what < 4) {
		publish();
		begin(roll() % 16);
	} else if (what == 4) {
		check(draft());
	} else if (what == 5) {
		game.now += roll() % 32;
	} else if (what < 8) {
		remove_all(what == 7 && !(roll() % 4));
	} else {
		change_many();
	}
}

/* The oldest version: empty, or a crowd */
static void first(u8 kind)
{
	if (kind < CROWDS && game.prefix_len <= 64) {
		game.crowd = &crowds[game.family][kind];
		draft()->table = op25b_table_clone(game.crowd->table);
		EXPECT(draft()->table);
		crowd_join(draft());
	} else {
		begin(false);
	}
	game.published = 1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	crowds_make(OP25B_IPV4);
	crowds_make(OP25B_IPV6);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 lengths[] = { 32, 64, 128 };
	size_t live = shim_memory.live;
	u32 steps = STEPS;

	if (size < 2)
		return 0;
	memset(&game, 0, sizeof(game));
	game.family = data[0] % 3 ? OP25B_IPV6 : OP25B_IPV4;
	game.prefix_len = lengths[data[0] % 3];
	game.now = -100U;
	shim_seed(data[1]);
	game.next = data + 2;
	game.end = data + size;
	first(data[0] / 3 % (2 * CROWDS));
	begin(true);
	while (steps-- && game.next < game.end)
		step();
	give_up();
	while (game.published > 1)
		drop(roll() % (game.published - 1));
	check(&game.versions[0]);
	op25b_table_free(game.versions[0].table, elder(), NULL);
	EXPECT(shim_memory.live == live);
	return 0;
}
