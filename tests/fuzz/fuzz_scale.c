// SPDX-License-Identifier: GPL-2.0
/*
 * Prefix tables so large that layers are resized: a step of a few bytes adds or
 * deletes up to 1024 prefixes. Versions are cloned, published and freed in any
 * order meanwhile, and some prefixes are chosen as somebody would who knows the
 * seed of a layer.
 *
 * All are of one length, and numbered: the number is the label, and the model an
 * array by number. The input is a byte for the length and one for the seed, and the
 * steps.
 */
#include "fuzz.h"

/* for the seeds of its layers */
#include "table.c"

#include "shim.h"

#define PREFIXES	4096
#define VERSIONS	4	/* published ones */
#define STEPS		48	/* what bounds the time that an input takes */
#define HASH		16384

struct fact {
	u32 expires;
	bool there;
	bool timed;
};

struct version {
	struct op25b_table *table;
	struct fact facts[PREFIXES];
};

/**
 * struct - the state of a game
 * @next: the next byte of the input
 * @end: behind its last byte
 * @family: of all prefixes
 * @prefix_len: of all prefixes
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

/* A prefix that has no number yet gets this one; false if it has one */
static bool name_prefix(const __be32 *addr, u32 number)
{
	u64 high, low;
	u32 i;

	memcpy(&high, addr, sizeof(high));
	memcpy(&low, addr + 2, sizeof(low));
	i = mix64(mix64(high) ^ low) >> 32;
	for (;; i++) {
		u32 other = game.hash[i % HASH];

		if (!other)
			break;
		if (!memcmp(game.addr[other - 1], addr, sizeof(*game.addr)))
			return false;
	}
	game.hash[i % HASH] = number + 1;
	memcpy(game.addr[number], addr, sizeof(*game.addr));
	game.known[number] = true;
	return true;
}

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
		layer_prefix(layer, key, addr);
		if (name_prefix(addr, number))
			return;
	}
	do {
		for (i = 0; i < game.prefix_len / 32U; i++)
			addr[i] = (__force __be32)(u32)shim_random();
	} while (!name_prefix(addr, number));
}

static struct op25b_entry numbered(u32 number)
{
	struct op25b_entry entry = {
		.prefix_len = game.prefix_len,
		.table = OP25B_TABLE_DYNAMIC,
		.label = number,
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
	entry = numbered(number);
	if (how & 4) {
		EXPECT(op25b_table_del(draft()->table, &entry, game.now,
				       &why) == (is_there(fact) ? 0 : -ENOENT));
		fact->there = fact->there && !is_there(fact);
		return;
	}
	entry.timed = timed;
	entry.expires = game.now + 1 + (how >> 3);
	EXPECT(!op25b_table_add(draft()->table, &entry, game.now, &why));
	*fact = (struct fact) { entry.expires, true, timed };
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
}

static void check_entry(const struct fact *fact,
			const struct op25b_entry *entry)
{
	EXPECT(fact->there && fact->timed == entry->timed);
	EXPECT(!fact->timed || fact->expires == entry->expires);
	EXPECT(!memcmp(game.addr[entry->label], entry->addr,
		       sizeof(entry->addr)));
}

/* A walk through all, and a lookup of each */
static void check(const struct version *version)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	struct op25b_match match;
	u32 there = 0, i;

	while (op25b_table_next(version->table, &cursor, &entry)) {
		check_entry(&version->facts[entry.label], &entry);
		there++;
	}
	for (i = 0; i < PREFIXES; i++) {
		const struct fact *fact = &version->facts[i];

		there -= fact->there;
		if (!game.known[i])
			continue;
		match = table_lookup(version->table, version->table->family,
				     game.addr[i], game.now);
		EXPECT(op25b_match_found(&match) == is_there(fact));
		EXPECT(!is_there(fact) || op25b_match_label(&match) == i);
	}
	EXPECT(!there);
}

static void begin(bool clone)
{
	const struct version *origin = draft() - 1;

	game.cloned = clone;
	if (clone) {
		draft()->table = op25b_table_clone(origin->table);
		memcpy(draft()->facts, origin->facts, sizeof(origin->facts));
	} else {
		draft()->table = op25b_table_create(game.family);
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

/* Frees one of those published, not the newest */
static void drop(u32 i)
{
	struct version *version = &game.versions[i];

	check(version);
	op25b_table_free(version->table, i ? version[-1].table : NULL,
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

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 lengths[] = { 32, 64, 128 };
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
	begin(false);
	game.published = 1;
	begin(true);
	while (steps-- && game.next < game.end)
		step();
	give_up();
	while (game.published > 1)
		drop(roll() % (game.published - 1));
	check(&game.versions[0]);
	op25b_table_free(game.versions[0].table, NULL, NULL);
	EXPECT(!shim_memory.live);
	return 0;
}
