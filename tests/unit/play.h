/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A writer who does everything that the module does to prefix tables, in any
 * order, each step compared with the model: changes drafts, gives them up or
 * publishes them, and frees published ones some time later, in any order.
 *
 * What is done next is rolled with dice: random ones in the unit tests, the
 * input of the fuzzer in tests/fuzz. The includer defines EXPECT(condition).
 */
#ifndef _TESTS_PLAY_H
#define _TESTS_PLAY_H

#include "expire.h"
#include "model.h"
#include "shim.h"

#define PLAY_PUBLISHED	4
#define PLAY_DRAFTS	2

/**
 * struct dice - where chance comes from
 * @roll: a number below n
 */
struct dice {
	u32 (*roll)(struct dice *dice, u32 n);
};

/**
 * struct version - a table, draft or published, and what it should be
 * @table: the table; NULL where this is none
 * @origin: what it is a clone of, NULL if of nothing
 * @model: what it should be
 */
struct version {
	struct op25b_table *table;
	const struct version *origin;
	struct model model;
};

/**
 * struct play - the state of a game
 * @dice: decide
 * @family: of all prefixes
 * @crowded: large tables of random prefixes, instead of a few that nest
 * @now: jiffies
 * @published: oldest first
 * @nr_published: how many, at least one
 * @drafts: NULL where there is none
 * @versions: all of them
 */
struct play {
	struct dice *dice;
	enum op25b_family family;
	bool crowded;
	u32 now;
	struct version *published[PLAY_PUBLISHED];
	u32 nr_published;
	struct version *drafts[PLAY_DRAFTS];
	struct version versions[PLAY_PUBLISHED + PLAY_DRAFTS];
};

static inline u32 play_roll(struct play *play, u32 n)
{
	return play->dice->roll(play->dice, n);
}

static inline struct version *play_newest(struct play *play)
{
	return play->published[play->nr_published - 1];
}

/* Prefixes and addresses */

static inline void play_clear_host_bits(__be32 *addr, int prefix_len)
{
	u8 *byte = (u8 *)addr;
	int i;

	for (i = prefix_len; i < 128; i++)
		byte[i / 8] &= ~(0x80 >> i % 8);
}

/* Random, or zero but for a few bits, so that prefixes meet and nest */
static inline void play_address(struct play *play, __be32 *addr)
{
	int bits = op25b_family_bits(play->family), i;

	memset(addr, 0, 16);
	if (play->crowded) {
		for (i = 0; i < bits / 8; i++)
			((u8 *)addr)[i] = play_roll(play, 256);
		return;
	}
	/* where covers have cells, and often in a few of these */
	if (play->family == OP25B_IPV6 && play_roll(play, 2))
		addr[0] = cpu_to_be32(COVER_FIRST_IPV6);
	for (i = play_roll(play, 4); i > 0; i--) {
		int bit = play_roll(play, play_roll(play, 2) ? bits : 32);

		((u8 *)addr)[bit / 8] |= 0x80 >> bit % 8;
	}
}

static inline u8 play_prefix_len(struct play *play)
{
	static const u8 usual[OP25B_FAMILIES][4] = {
		{ 24, 29, 30, 32 }, { 48, 56, 64, 128 },
	};
	u8 bits = op25b_family_bits(play->family);

	if (play->crowded && play_roll(play, 16))
		return usual[play->family][play_roll(play, 4)];
	if (!play_roll(play, 8))
		return play_roll(play, 2) ? bits : 0;
	return play_roll(play, bits + 1);
}

static inline void play_entry(struct play *play, struct op25b_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	play_address(play, entry->addr);
	entry->prefix_len = play_prefix_len(play);
	play_clear_host_bits(entry->addr, entry->prefix_len);
	entry->table = OP25B_TABLE_DYNAMIC + play_roll(play, OP25B_TABLE_MAX);
	entry->flags = play_roll(play, 2) ? OP25B_ENTRY_MONITOR : 0;
	entry->label = play_roll(play, play_roll(play, 16) ? MODEL_LABELS :
							     65536);
	entry->timed = !play_roll(play, 3);
	if (entry->timed)
		entry->expires = play->now + 1 +
				 play_roll(play, play_roll(play, 4) ? 256 :
								      1 << 30);
}

/* An entry of the version, changed a little; of a table without any, anything */
static inline void play_known_entry(struct play *play,
				    const struct version *version,
				    struct op25b_entry *entry)
{
	const struct op25b_entry *known;

	play_entry(play, entry);
	if (!version->model.count)
		return;
	known = &version->model.entries[play_roll(play, version->model.count)];
	memcpy(entry->addr, known->addr, sizeof(entry->addr));
	entry->prefix_len = known->prefix_len;
	if (play_roll(play, 4))
		entry->table = known->table;
}

/* Not a prefix: too long, or with host bits */
static inline void play_wrong_entry(struct play *play,
				    struct op25b_entry *entry)
{
	int bits = op25b_family_bits(play->family), i;

	play_entry(play, entry);
	if (!play_roll(play, 4)) {
		entry->prefix_len = bits + 1 + play_roll(play, 255 - bits);
		return;
	}
	i = entry->prefix_len + play_roll(play, 128 - entry->prefix_len);
	if (entry->prefix_len < 128)
		((u8 *)entry->addr)[i / 8] |= 0x80 >> i % 8;
}

/* Steps on a draft */

static inline void play_add(struct play *play, struct version *draft,
			    const struct op25b_entry *entry)
{
	const char *why = NULL;
	int want, got;

	if (draft->model.count == MODEL_MAX)
		return;
	got = op25b_table_add(draft->table, entry, play->now, &why);
	want = model_add(&draft->model, entry, play->now);
	EXPECT(got == want);
	EXPECT(!why == !got);
}

static inline void play_del(struct play *play, struct version *draft,
			    const struct op25b_entry *entry)
{
	const char *why = NULL;
	int want, got;

	got = op25b_table_del(draft->table, entry, play->now, &why);
	want = model_del(&draft->model, entry, play->now);
	EXPECT(got == want);
	EXPECT(!why == !got);
}

static inline void play_flush(struct play *play, struct version *draft)
{
	u8 id = OP25B_TABLE_DYNAMIC + play_roll(play, OP25B_TABLE_MAX);

	EXPECT(!op25b_table_flush(draft->table, id));
	model_flush(&draft->model, id);
}

static inline void play_expire(struct play *play, struct version *draft)
{
	EXPECT(!expire_all(draft->table, play->now));
	model_expire(&draft->model, play->now);
}

static inline void play_change(struct play *play, struct version *draft)
{
	struct op25b_entry entry;
	u32 n = play->crowded ? 1 + play_roll(play, 256) : 1;
	u32 step = play_roll(play, 32);

	if (step == 0) {
		play_flush(play, draft);
	} else if (step < 3) {
		play_expire(play, draft);
	} else if (step == 3) {
		play_wrong_entry(play, &entry);
		play_add(play, draft, &entry);
		play_del(play, draft, &entry);
	} else if (step < 20) {
		while (n--) {
			play_entry(play, &entry);
			play_add(play, draft, &entry);
		}
	} else {
		while (n--) {
			play_known_entry(play, draft, &entry);
			if (step < 23)
				play_add(play, draft, &entry);
			else
				play_del(play, draft, &entry);
		}
	}
}

/* Steps on versions */

static inline struct version *play_version(struct play *play, u32 i)
{
	return i < PLAY_DRAFTS ? play->drafts[i] :
				 play->published[i - PLAY_DRAFTS];
}

static inline struct version *play_any(struct play *play)
{
	struct version *version;

	version = play_version(play, play_roll(play, PLAY_DRAFTS +
						     play->nr_published));
	return version ?: play_newest(play);
}

static inline struct version *play_begin(struct play *play, bool clone)
{
	const struct version *origin = clone ? play_newest(play) : NULL;
	struct version *draft = play->versions;

	while (draft->table)
		draft++;
	draft->origin = origin;
	if (origin) {
		draft->table = op25b_table_clone(origin->table);
		model_copy(&draft->model, &origin->model);
	} else {
		draft->table = op25b_table_create(play->family);
		draft->model.family = play->family;
		draft->model.count = 0;
	}
	EXPECT(draft->table);
	return draft;
}

static inline void play_give_up(struct play *play, u32 i)
{
	struct version *draft = play->drafts[i];

	play->drafts[i] = NULL;
	op25b_table_free(draft->table,
			 draft->origin ? draft->origin->table : NULL, NULL);
	draft->table = NULL;
}

static inline bool play_has_drafts(const struct play *play,
				   const struct version *origin)
{
	u32 i;

	for (i = 0; i < PLAY_DRAFTS; i++)
		if (play->drafts[i] && play->drafts[i]->origin == origin)
			return true;
	return false;
}

/* Frees a published one, unless it is the newest or a draft is a clone of it */
static inline void play_free(struct play *play, u32 i)
{
	struct version *version = play->published[i];
	u32 last = play->nr_published - 1;

	if (i == last || play_has_drafts(play, version))
		return;
	EXPECT(model_agrees(version->table, &version->model, play->now));
	op25b_table_free(version->table,
			 i ? play->published[i - 1]->table : NULL,
			 play->published[i + 1]->table);
	version->table = NULL;
	for (; i < last; i++)
		play->published[i] = play->published[i + 1];
	play->nr_published--;
}

/* Refused, as COMMIT is, if another draft has been published meanwhile */
static inline void play_publish(struct play *play, u32 i)
{
	struct version *draft = play->drafts[i];

	if (draft->origin && draft->origin != play_newest(play)) {
		play_give_up(play, i);
		return;
	}
	if (play->nr_published == PLAY_PUBLISHED)
		play_free(play, play_roll(play, PLAY_PUBLISHED));
	if (play->nr_published == PLAY_PUBLISHED)
		return;
	play->drafts[i] = NULL;
	play->published[play->nr_published++] = draft;
}

static inline void play_look(struct play *play, const struct version *version)
{
	__be32 addr[4], other[4];
	int bits, i;

	play_address(play, addr);
	if (version->model.count && play_roll(play, 4)) {
		/* inside of an entry, or just outside */
		i = play_roll(play, version->model.count);
		memcpy(other, version->model.entries[i].addr, sizeof(other));
		bits = version->model.entries[i].prefix_len;
		play_clear_host_bits(other, bits);
		for (i = 0; i < 16; i++)
			if (bits < 8 * i)
				((u8 *)other)[i] = ((u8 *)addr)[i];
		if (bits && !play_roll(play, 4))
			((u8 *)other)[(bits - 1) / 8] ^=
				0x80 >> (bits - 1) % 8;
		memcpy(addr, other, sizeof(addr));
	}
	EXPECT(model_agrees_on(version->table, &version->model, addr,
			       play->now));
}

static inline void play_step(struct play *play)
{
	u32 i = play_roll(play, PLAY_DRAFTS), step = play_roll(play, 32);
	struct version *a, *b;

	if (!play->drafts[i])
		play->drafts[i] = play_begin(play, play_roll(play, 8));
	if (step == 0) {
		play_give_up(play, i);
	} else if (step < 4) {
		play_publish(play, i);
	} else if (step == 4) {
		play_free(play, play_roll(play, play->nr_published));
	} else if (step == 5) {
		a = play_any(play);
		b = play_any(play);
		EXPECT(op25b_table_equal(a->table, b->table) ==
		       model_equal(&a->model, &b->model));
	} else if (step == 6) {
		a = play_any(play);
		EXPECT(model_agrees(a->table, &a->model, play->now));
	} else if (step < 14) {
		play_look(play, play_any(play));
	} else if (step == 14) {
		play->now += play_roll(play, 64);
	} else {
		play_change(play, play->drafts[i]);
	}
}

static inline void play_start(struct play *play, struct dice *dice,
			      enum op25b_family family, bool crowded)
{
	u32 i;

	memset(play, 0, offsetof(struct play, versions));
	for (i = 0; i < PLAY_PUBLISHED + PLAY_DRAFTS; i++)
		play->versions[i].table = NULL;
	play->dice = dice;
	play->family = family;
	play->crowded = crowded;
	play->now = -100U;
	play->published[0] = play_begin(play, false);
	play->nr_published = 1;
}

static inline void play_end(struct play *play)
{
	u32 i;

	for (i = 0; i < PLAY_DRAFTS; i++)
		if (play->drafts[i])
			play_give_up(play, i);
	while (play->nr_published > 1)
		play_free(play, play_roll(play, play->nr_published));
	op25b_table_free(play->published[0]->table, NULL, NULL);
	EXPECT(!shim_memory.live);
}

#endif /* _TESTS_PLAY_H */
