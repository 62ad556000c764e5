/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random histories of a table: all operations of the module on tables, in any order,
 * each compared with the oracle. Drafts are changed, dropped or published; published
 * versions are freed later, in any order. Some allocations fail, and fatal signals
 * arrive.
 *
 * A source of numbers decides on the steps: the random number generator in the unit
 * tests, the input in tests/fuzz. The includer defines EXPECT(condition).
 */
#ifndef _TESTS_HISTORY_H
#define _TESTS_HISTORY_H

#include "oracle.h"
#include "shim.h"

#define HISTORY_PUBLISHED	4
#define HISTORY_DRAFTS		2

/* Value of @weak for a hash that is not weak */
#define HISTORY_STRONG		64

/**
 * struct source - a source of numbers
 * @below: returns a number below n
 */
struct source {
	u32 (*below)(struct source *source, u32 n);
};

/**
 * struct version - a draft or a published table, and its oracle
 * @lpm: the table
 * @exists: whether this element is in use
 * @origin: the version that it is a clone of, or NULL
 * @oracle: the expected contents
 */
struct version {
	struct op25b_lpm lpm;
	bool exists;
	struct version *origin;
	struct oracle oracle;
};

/**
 * struct history - the state of a history
 * @source: decides on the steps
 * @family: of all prefixes
 * @crowded: large tables of random prefixes, instead of a few nested ones
 * @weak: the hash factor is 2 to that power, or 0 from 63 on, which loses bits of the
 *	prefix; HISTORY_STRONG for a random factor
 * @now: jiffies
 * @published: published versions, oldest first
 * @nr_published: their number, at least one
 * @drafts: drafts, or NULL
 * @versions: memory of all versions, and of one more for expiry
 */
struct history {
	struct source *source;
	enum op25b_family family;
	bool crowded;
	u32 weak;
	u32 now;
	struct version *published[HISTORY_PUBLISHED];
	u32 nr_published;
	struct version *drafts[HISTORY_DRAFTS];
	struct version versions[HISTORY_PUBLISHED + HISTORY_DRAFTS + 1];
};

static inline u32 history_below(struct history *history, u32 n)
{
	return history->source->below(history->source, n);
}

static inline struct version *history_newest(struct history *history)
{
	return history->published[history->nr_published - 1];
}

/* Prefixes and addresses */

/* Random, or with only a few bits set, so that prefixes coincide and nest */
static inline void history_address(struct history *history, __be32 *addr)
{
	int bits = op25b_family_bits(history->family), i;

	memset(addr, 0, 16);
	if (history->crowded) {
		for (i = 0; i < bits / 8; i++)
			((u8 *)addr)[i] = history_below(history, 256);
		return;
	}
	for (i = history_below(history, 4); i > 0; i--) {
		int bit = history_below(history, history_below(history, 2) ?
						 bits : 32);

		((u8 *)addr)[bit / 8] |= 0x80 >> bit % 8;
	}
}

static inline u8 history_prefix_len(struct history *history)
{
	static const u8 usual[OP25B_FAMILIES][4] = {
		{ 24, 29, 30, 32 }, { 48, 56, 64, 128 },
	};
	u8 bits = op25b_family_bits(history->family);

	if (history->crowded && history_below(history, 16))
		return usual[history->family][history_below(history, 4)];
	if (!history_below(history, 8))
		return history_below(history, 2) ? bits : 0;
	return history_below(history, bits + 1);
}

static inline void history_entry(struct history *history,
				 struct op25b_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	history_address(history, entry->addr);
	entry->prefix_len = history_prefix_len(history);
	oracle_clear_host_bits(entry->addr, entry->prefix_len);
	entry->table = OP25B_TABLE_DYNAMIC +
		       history_below(history, OP25B_TABLE_MAX);
	entry->flags = history_below(history, 2) ? OP25B_ENTRY_MONITOR : 0;
	entry->names = history_below(history, history_below(history, 16) ?
					      ORACLE_NAMES : 65536);
	entry->timed = !history_below(history, 3);
	if (entry->timed)
		entry->expires = history->now + 1 +
				 history_below(history,
					       history_below(history, 4) ?
					       256 : 1 << 30);
}

/* An entry of the version, slightly changed; a random one if the version is empty */
static inline void history_known_entry(struct history *history,
				       const struct version *version,
				       struct op25b_entry *entry)
{
	const struct oracle *oracle = &version->oracle;
	const struct op25b_entry *known;

	history_entry(history, entry);
	if (!oracle->count)
		return;
	known = &oracle->entries[history_below(history, oracle->count)];
	if (!history_below(history, 8)) {
		*entry = *known;
		return;
	}
	memcpy(entry->addr, known->addr, sizeof(entry->addr));
	entry->prefix_len = known->prefix_len;
	if (history_below(history, 4))
		entry->table = known->table;
}

/* Changes of a draft, which return the errors after which it must be dropped */

static inline bool history_is_fatal(const struct history *history, int err)
{
	return (err == -ENOMEM && !shim_memory.fail_in) ||
	       (err == -ENOSPC && history->weak != HISTORY_STRONG);
}

static inline int history_add(struct history *history, struct version *draft,
			      const struct op25b_entry *entry)
{
	const char *why = NULL;
	int got;

	if (draft->oracle.count == ORACLE_MAX)
		return 0;
	got = op25b_lpm_add(&draft->lpm, entry, history->now, &why);
	EXPECT(!why == (got >= 0 || got == -ENOMEM));
	if (history_is_fatal(history, got))
		return got;
	EXPECT(got == oracle_add(&draft->oracle, entry, history->now));
	return 0;
}

static inline int history_del(struct history *history, struct version *draft,
			      const struct op25b_entry *entry)
{
	const char *why = NULL;
	int got;

	got = op25b_lpm_del(&draft->lpm, entry, history->now, &why);
	EXPECT(!why == (got >= 0 || got == -ENOMEM));
	if (history_is_fatal(history, got))
		return got;
	EXPECT(got == oracle_del(&draft->oracle, entry, history->now));
	return 0;
}

static inline int history_flush(struct history *history, struct version *draft)
{
	u8 id = OP25B_TABLE_DYNAMIC + history_below(history, OP25B_TABLE_MAX);
	int got;

	shim_fatal = history_below(history, 16) ? 0 : 1 + history_below(history, 3);
	got = op25b_lpm_flush(&draft->lpm, id, history->now);
	if (history_is_fatal(history, got) || (got == -EINTR && shim_fatal == 1))
		return got;
	EXPECT(got == oracle_flush(&draft->oracle, id));
	return 0;
}

static inline int history_change_many(struct history *history,
				      struct version *draft, u32 step)
{
	u32 n = history->crowded ? 1 + history_below(history, 256) : 1;
	struct op25b_entry entry;
	int err = 0;

	while (n-- && !err) {
		if (step < 16)
			history_entry(history, &entry);
		else
			history_known_entry(history, draft, &entry);
		err = step < 20 ? history_add(history, draft, &entry) :
				  history_del(history, draft, &entry);
	}
	return err;
}

static inline int history_change(struct history *history, struct version *draft)
{
	u32 step = history_below(history, 32);

	return step ? history_change_many(history, draft, step) :
		      history_flush(history, draft);
}

/* Versions */

static inline void history_weaken(struct prefix_hash *hashes, u32 weak)
{
	u32 i;

	for (i = 0; i < LPM_HASHES; i++)
		hashes[i].factor = weak < 63 ? 1ULL << weak : 0;
}

static inline struct version *history_begin(struct history *history, bool clone)
{
	struct version *origin = clone ? history_newest(history) : NULL;
	struct version *draft = history->versions;

	while (draft->exists)
		draft++;
	draft->exists = true;
	draft->origin = origin;
	if (origin) {
		op25b_lpm_clone(&draft->lpm, &origin->lpm);
		oracle_copy(&draft->oracle, &origin->oracle);
		return draft;
	}
	op25b_lpm_init(&draft->lpm, history->family);
	if (history->weak != HISTORY_STRONG) {
		history_weaken(draft->lpm.hash, history->weak);
	}
	draft->oracle.family = history->family;
	draft->oracle.count = 0;
	return draft;
}

static inline void history_drop(struct version *draft)
{
	op25b_lpm_free(&draft->lpm, draft->origin ? &draft->origin->lpm : NULL,
		       NULL);
	draft->exists = false;
}

static inline void history_drop_draft(struct history *history, u32 i)
{
	history_drop(history->drafts[i]);
	history->drafts[i] = NULL;
}

static inline bool history_has_drafts(const struct history *history,
				      const struct version *origin)
{
	u32 i;

	for (i = 0; i < HISTORY_DRAFTS; i++)
		if (history->drafts[i] && history->drafts[i]->origin == origin)
			return true;
	return false;
}

/* Frees a published version, unless it is the newest or a draft is a clone of it */
static inline void history_free(struct history *history, u32 i)
{
	struct version *version = history->published[i];
	u32 last = history->nr_published - 1;

	if (i == last || history_has_drafts(history, version))
		return;
	EXPECT(oracle_agrees(&version->lpm, &version->oracle, history->now));
	op25b_lpm_free(&version->lpm,
		       i ? &history->published[i - 1]->lpm : NULL,
		       &history->published[i + 1]->lpm);
	version->exists = false;
	for (; i < last; i++)
		history->published[i] = history->published[i + 1];
	history->nr_published--;
}

static inline bool history_has_room(struct history *history)
{
	if (history->nr_published == HISTORY_PUBLISHED)
		history_free(history, history_below(history, HISTORY_PUBLISHED));
	return history->nr_published < HISTORY_PUBLISHED;
}

/* Like COMMIT, refuses a draft if another one was published since it was cloned */
static inline void history_publish(struct history *history, u32 i)
{
	struct version *draft = history->drafts[i];

	if (draft->origin && draft->origin != history_newest(history)) {
		history_drop_draft(history, i);
		return;
	}
	if (!history_has_room(history))
		return;
	history->drafts[i] = NULL;
	history->published[history->nr_published++] = draft;
}

/* Removes expired entries from a clone of the newest version, all or some */
static inline int history_expire(struct history *history, struct version *draft)
{
	u32 limit = history_below(history, 2) ? ~0U : history_below(history, 16);
	u32 left = limit;
	int err;

	err = op25b_lpm_expire(&draft->lpm, &draft->origin->lpm, history->now,
			       0, &left);
	if (history_is_fatal(history, err))
		return err;
	EXPECT(!err);
	EXPECT(oracle_expire(&draft->oracle, &draft->lpm, history->now,
			     limit - left));
	EXPECT(!left || !oracle_count_expired(&draft->oracle, history->now));
	return 0;
}

static inline void history_sweep(struct history *history)
{
	struct version *draft;

	if (!history_has_room(history))
		return;
	draft = history_begin(history, true);
	if (history_expire(history, draft) || !history_below(history, 8))
		history_drop(draft);
	else
		history->published[history->nr_published++] = draft;
}

/* Lookups */

static inline struct version *history_any(struct history *history)
{
	u32 i = history_below(history, HISTORY_DRAFTS + history->nr_published);

	if (i >= HISTORY_DRAFTS)
		return history->published[i - HISTORY_DRAFTS];
	return history->drafts[i] ?: history_newest(history);
}

/* Looks up a random address, one within an entry, or one adjacent to an entry */
static inline void history_look(struct history *history)
{
	const struct version *version = history_any(history);
	const struct oracle *oracle = &version->oracle;
	const struct op25b_entry *entry;
	__be32 addr[4];
	u8 *byte = (u8 *)addr;
	int i;

	history_address(history, addr);
	if (oracle->count && history_below(history, 4)) {
		entry = &oracle->entries[history_below(history, oracle->count)];
		for (i = 0; i < entry->prefix_len; i++)
			if (oracle_bit(entry->addr, i) != oracle_bit(addr, i))
				byte[i / 8] ^= 0x80 >> i % 8;
		if (i && !history_below(history, 4))
			byte[(i - 1) / 8] ^= 0x80 >> (i - 1) % 8;
	}
	EXPECT(oracle_agrees_on(&version->lpm, oracle, addr, history->now));
}

static inline void history_compare(struct history *history)
{
	struct version *a = history_any(history), *b = history_any(history);

	EXPECT(op25b_lpm_equal(&a->lpm, &b->lpm) ==
	       oracle_equal(&a->oracle, &b->oracle));
}

/* Steps */

static inline void history_step_of_draft(struct history *history, u32 i,
					 u32 step)
{
	if (!history->drafts[i])
		history->drafts[i] = history_begin(history,
						   history_below(history, 8));
	if (step == 0)
		history_drop_draft(history, i);
	else if (step < 4)
		history_publish(history, i);
	else if (history_change(history, history->drafts[i]))
		history_drop_draft(history, i);
}

static inline void history_step(struct history *history)
{
	u32 i = history_below(history, HISTORY_DRAFTS);
	u32 step = history_below(history, 32);
	struct version *version;

	if (!history_below(history, 32))
		shim_memory.fail_in = 1 + history_below(history, 8);
	if (step < 4 || step >= 16)
		history_step_of_draft(history, i, step);
	else if (step == 4)
		history_free(history, history_below(history,
						    history->nr_published));
	else if (step == 5)
		history_compare(history);
	else if (step == 6)
		history->now += history_below(history, 64);
	else if (step == 7)
		history_sweep(history);
	else if (step > 8)
		history_look(history);
	shim_memory.fail_in = 0;
	shim_fatal = 0;
	version = step == 8 ? history_any(history) : NULL;
	if (version)
		EXPECT(oracle_agrees(&version->lpm, &version->oracle,
				     history->now));
}

static inline void history_start(struct history *history, struct source *source,
				 enum op25b_family family, bool crowded, u32 weak)
{
	u32 i;

	memset(history, 0, offsetof(struct history, versions));
	for (i = 0; i < HISTORY_PUBLISHED + HISTORY_DRAFTS + 1; i++)
		history->versions[i].exists = false;
	history->source = source;
	history->family = family;
	history->crowded = crowded;
	history->weak = weak;
	history->now = -100U;
	history->published[0] = history_begin(history, false);
	history->nr_published = 1;
}

static inline void history_end(struct history *history)
{
	u32 i;

	for (i = 0; i < HISTORY_DRAFTS; i++)
		if (history->drafts[i])
			history_drop_draft(history, i);
	while (history->nr_published > 1)
		history_free(history, history_below(history,
						    history->nr_published));
	op25b_lpm_free(&history->published[0]->lpm, NULL, NULL);
	EXPECT(!shim_memory.live && !shim_memory.live_kv);
	EXPECT(!shim_memory.uncharged);
}

#endif /* _TESTS_HISTORY_H */
