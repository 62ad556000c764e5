// SPDX-License-Identifier: GPL-2.0
/*
 * Owners: who may add, delete and flush which entries, and merging policies, against a
 * model in which a policy is an array with a place for each prefix.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>

#include "merge.h"

#define ROUNDS		4000
#define NO_CEILING	~0U

/* Prefixes of each family: subscribers, then relays */
#define PREFIXES	24
#define SUBSCRIBER_NR	16
#define PLACES		(OP25B_FAMILIES * PREFIXES)

/* Name sets: operator's without and with a label, then of two owners, with a label */
#define NAME_SETS	6

/**
 * struct place - what a policy has at a place
 * @there: whether it has an entry
 * @entry: the entry
 */
struct place {
	bool there;
	struct op25b_entry entry;
};

struct model {
	struct place place[PLACES];
};

static struct op25b_names *names;
static u32 now;

static struct op25b_names *make_names(void)
{
	static const char *const owners[] = { NULL, "feed:a", "feed:b" };
	struct op25b_names *made = op25b_names_create();
	const char *why;
	int i;

	assert_non_null(made);
	for (i = 0; i < NAME_SETS; i++) {
		const struct op25b_name_set set = { .name = {
			[OP25B_NAME_LABEL] = i % 2 ? "label" : NULL,
			[OP25B_NAME_OWNER] = owners[i / 2],
		} };

		assert_int_equal(op25b_names_number(made, &set, &why), i);
	}
	return made;
}

/* 0 is operator; the number of a set with an owner alone is twice that */
static u16 owner_of(const struct op25b_entry *entry)
{
	return entry->names / 2;
}

static bool alive(const struct place *place)
{
	return place->there && is_entry_alive(&place->entry, now);
}

static enum op25b_family family_at(unsigned int i)
{
	return i / PREFIXES;
}

static bool is_relay(unsigned int i)
{
	return i % PREFIXES >= SUBSCRIBER_NR;
}

static struct op25b_lpm *lpm_at(struct op25b_policy *policy, unsigned int i)
{
	return &policy->lpm[is_relay(i) ? RELAYS(family_at(i)) : SUBSCRIBERS(family_at(i))];
}

static struct op25b_entry random_entry(unsigned int i, u16 owner)
{
	struct op25b_entry entry = {
		.addr[0] = cpu_to_be32((i % PREFIXES) << 24),
		.prefix_len = 8,
		.table = is_relay(i) ? OP25B_TABLE_RELAY :
				       OP25B_TABLE_DYNAMIC + shim_below(3),
		.names = 2 * owner + shim_below(2),
		.timed = !shim_below(3),
	};

	entry.group = op25b_names_group(names, entry.names);
	if (entry.timed)
		entry.expires = now - 2 + shim_below(6);
	return entry;
}

static void put(struct op25b_policy *policy, struct model *model, unsigned int i,
		struct op25b_entry entry)
{
	const char *why;

	assert_in_range(op25b_lpm_put(lpm_at(policy, i), &entry, now, &why), 0, 1);
	model->place[i] = (struct place){ true, entry };
}

/* A policy of the entries of some owners: of @one, or of all if that is not below 3 */
static struct op25b_policy *random_policy(struct model *model, u16 one)
{
	struct op25b_policy *policy = op25b_policy_create(names);
	unsigned int i;

	assert_non_null(policy);
	memset(model, 0, sizeof(*model));
	for (i = 0; i < PLACES; i++)
		if (shim_below(2))
			put(policy, model, i, random_entry(i, one < 3 ? one : shim_below(3)));
	return policy;
}

static bool same(const struct op25b_entry *a, const struct op25b_entry *b)
{
	return a->table == b->table && a->names == b->names && a->group == b->group &&
	       a->timed == b->timed && (!a->timed || a->expires == b->expires);
}

/* Compares each place; those with an expired entry may be empty if @loose */
static void assert_policy(struct op25b_policy *policy, const struct model *model, bool loose)
{
	u32 groups[OP25B_GROUPS] = {}, count = 0;
	unsigned int i;

	for (i = 0; i < PLACES; i++) {
		const struct place *want = &model->place[i];
		struct op25b_entry got, prefix = {
			.addr[0] = cpu_to_be32((i % PREFIXES) << 24),
			.prefix_len = 8,
		};
		bool found = op25b_lpm_get(lpm_at(policy, i), &prefix, &got);

		if (loose && !alive(want) && !(found && is_entry_alive(&got, now))) {
			count += found;
			groups[found ? got.group : 0] += found;
			continue;
		}
		assert_int_equal(found, want->there);
		if (!found)
			continue;
		assert_true(same(&got, &want->entry));
		groups[got.group]++;
		count++;
	}
	assert_int_equal(op25b_policy_count(policy), count);
	for (i = 0; i < OP25B_GROUPS; i++)
		assert_int_equal(op25b_policy_group_count(policy, i), groups[i]);
}

/* Adding and deleting */

/* The result of adding, and the place afterwards */
static int model_add(struct place *place, const struct op25b_entry *entry)
{
	if (alive(place) && owner_of(&place->entry) != owner_of(entry) && owner_of(entry))
		return -EACCES;
	if (alive(place) && owner_of(&place->entry) == owner_of(entry) &&
	    place->entry.table != entry->table)
		return -EEXIST;
	*place = (struct place){ true, *entry };
	return 0;
}

static int model_del(struct place *place, const struct op25b_entry *entry)
{
	if (alive(place) && owner_of(&place->entry) != owner_of(entry))
		return -EACCES;
	if (!alive(place) || place->entry.table != entry->table)
		return -ENOENT;
	place->there = false;
	return 0;
}

static void adds_and_deletes(void **state)
{
	struct op25b_policy *policy;
	struct model model;
	int round;

	(void)state;
	names = make_names();
	policy = random_policy(&model, 3);
	for (round = 0; round < 20 * ROUNDS; round++) {
		unsigned int i = shim_below(PLACES);
		struct op25b_entry entry = random_entry(i, shim_below(3));
		const char *why = NULL;
		int want, got;

		if (entry.timed && !is_entry_alive(&entry, now))
			entry.expires = now + 1;
		if (shim_below(2)) {
			want = model_add(&model.place[i], &entry);
			got = op25b_policy_add(policy, family_at(i), &entry, now,
					       NO_CEILING, &why);
		} else {
			want = model_del(&model.place[i], &entry);
			got = op25b_policy_del(policy, family_at(i), &entry, now, &why);
		}
		assert_int_equal(got, want);
		assert_int_equal(!!why, !!want);
		now += !shim_below(8);
	}
	assert_policy(policy, &model, false);
	op25b_policy_put(policy);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

static void says_whose_it_is(void **state)
{
	static const char *const sentences[] = {
		"this prefix belongs to owner operator",
		"this prefix belongs to owner feed:a",
		"this prefix belongs to owner feed:b",
	};
	struct op25b_policy *policy;
	struct op25b_entry entry;
	const char *why;
	u16 has, asks;

	(void)state;
	names = make_names();
	for (has = 0; has < 3; has++) {
		policy = op25b_policy_create(names);
		entry = random_entry(0, has);
		entry.timed = false;
		assert_int_equal(op25b_policy_add(policy, OP25B_IPV4, &entry, now,
						  NO_CEILING, &why), 0);
		for (asks = 0; asks < 3; asks++) {
			entry.names = 2 * asks;
			entry.group = op25b_names_group(names, entry.names);
			if (asks == has)
				continue;
			assert_int_equal(op25b_policy_del(policy, OP25B_IPV4, &entry,
							  now, &why), -EACCES);
			assert_string_equal(why, sentences[has]);
			if (!asks)
				continue;
			assert_int_equal(op25b_policy_add(policy, OP25B_IPV4, &entry,
							  now, NO_CEILING, &why),
					 -EACCES);
			assert_string_equal(why, sentences[has]);
		}
		op25b_policy_put(policy);
	}
	op25b_names_free(names);
}

static void flushes(void **state)
{
	int round;

	(void)state;
	names = make_names();
	for (round = 0; round < ROUNDS; round++) {
		u16 owner = shim_below(3);
		u8 table = OP25B_TABLE_DYNAMIC + shim_below(OP25B_TABLE_MAX);
		struct op25b_policy *origin, *draft;
		struct model model, after;
		unsigned int i;

		origin = random_policy(&model, 3);
		draft = op25b_policy_clone(origin);
		after = model;
		for (i = 0; i < PLACES; i++)
			if (after.place[i].entry.table == table &&
			    owner_of(&after.place[i].entry) == owner)
				after.place[i].there = false;
		assert_int_equal(op25b_policy_flush_owned(draft, table, 2 * owner, now), 0);
		assert_policy(draft, &after, false);
		assert_policy(origin, &model, false);
		op25b_policy_put(draft);
		op25b_policy_put(origin);
	}
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Merging */

static bool is_left(const struct place *place, const struct op25b_merge *merge)
{
	s64 left = (s32)(place->entry.expires - merge->then);

	return place->there &&
	       (!place->entry.timed || left > (s64)merge->elapsed);
}

/* Returns how many places were refused or skipped */
static u32 model_merge(struct model *running, const struct model *from,
		       const struct op25b_merge *merge, struct model *displaced)
{
	u16 owner = merge->owner / 2;
	u32 others = 0;
	unsigned int i;

	memset(displaced, 0, sizeof(*displaced));
	for (i = 0; i < PLACES; i++) {
		bool wanted = is_left(&from->place[i], merge) &&
			      owner_of(&from->place[i].entry) == owner;
		const struct place *new = &from->place[i];
		struct place *old = &running->place[i];

		if (old->there && owner_of(&old->entry) == owner) {
			old->there = wanted;
			old->entry = new->entry;
		} else if (wanted && !alive(old)) {
			*old = *new;
		} else if (wanted && merge->held == OP25B_HELD_TAKE) {
			displaced->place[i] = *old;
			*old = *new;
		} else if (wanted) {
			if (!owner_of(&old->entry))
				displaced->place[i] = *new;
			others++;
		}
	}
	return others;
}

static void assert_displaced(struct op25b_policy *draft, const struct model *model)
{
	struct op25b_policy *none = op25b_policy_create(names);

	assert_policy(draft->displaced ?: none, model, false);
	op25b_policy_put(none);
}

/* Into a clone of the running policy, and the running policy's into the other one */
static void merges(void **state)
{
	int round;

	(void)state;
	names = make_names();
	for (round = 0; round < ROUNDS; round++) {
		struct op25b_merge merge = {
			.owner = 2 * shim_below(3),
			.held = shim_below(3),
			.ceiling = NO_CEILING,
			.now = now,
			.then = now,
		};
		struct op25b_policy *running, *from, *draft;
		struct model old, new, want, displaced;
		struct op25b_merge again = merge;
		const char *why;
		u32 others;
		int result;

		running = random_policy(&old, 3);
		from = random_policy(&new, merge.owner / 2);
		want = old;
		others = model_merge(&want, &new, &merge, &displaced);
		result = merge.held == OP25B_HELD_REFUSE && others ? -EACCES : 0;

		draft = op25b_policy_clone(running);
		assert_int_equal(op25b_merge_into(draft, from, &merge, &why), result);
		if (!result) {
			assert_policy(draft, &want, false);
			assert_displaced(draft, &displaced);
			assert_int_equal(merge.skipped, others);
		}
		assert_policy(running, &old, false);
		assert_policy(from, &new, false);
		op25b_policy_put(draft);

		assert_int_equal(op25b_merge_others(from, running, &again, &why), result);
		if (!result) {
			assert_policy(from, &want, true);
			assert_displaced(from, &displaced);
			assert_int_equal(again.skipped, others);
		}
		op25b_policy_put(from);
		op25b_policy_put(running);
		now += shim_below(3);
	}
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Back to a policy that was kept: what has expired since stays away, even after long */
static void goes_back(void **state)
{
	static const u64 times[] = { 0, 1, 2, 3, 1000, 1ULL << 31, (1ULL << 31) + 2,
				     1ULL << 32, (1ULL << 32) + 2, 1ULL << 40 };
	int round;

	(void)state;
	names = make_names();
	for (round = 0; round < ROUNDS; round++) {
		struct op25b_merge merge = {
			.owner = 2 * shim_below(3),
			.held = OP25B_HELD_SKIP,
			.ceiling = NO_CEILING,
			.then = now,
			.elapsed = times[shim_below(ARRAY_SIZE(times))],
		};
		struct op25b_policy *running, *kept, *draft;
		struct model old, new, displaced;
		const char *why;

		kept = random_policy(&old, 3);
		now += merge.elapsed;
		merge.now = now;
		running = random_policy(&new, 3);
		draft = op25b_policy_clone(running);
		assert_int_equal(op25b_merge_into(draft, kept, &merge, &why), 0);
		model_merge(&new, &old, &merge, &displaced);
		assert_policy(draft, &new, false);
		assert_displaced(draft, &displaced);
		op25b_policy_put(draft);
		op25b_policy_put(running);
		op25b_policy_put(kept);
	}
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* What operator has displaced comes back where nobody has the prefix */
static void puts_back(void **state)
{
	int round;

	(void)state;
	names = make_names();
	for (round = 0; round < ROUNDS; round++) {
		struct op25b_merge merge = { .then = now, .elapsed = shim_below(4) };
		struct op25b_policy *running, *displaced, *draft;
		struct model model, gone;
		const char *why;
		unsigned int i;

		running = random_policy(&model, 3);
		displaced = random_policy(&gone, 1);
		now += merge.elapsed;
		merge.now = now;
		for (i = 0; i < PLACES; i++)
			if (is_left(&gone.place[i], &merge) && !alive(&model.place[i]))
				model.place[i] = gone.place[i];
		draft = op25b_policy_clone(running);
		assert_int_equal(op25b_merge_displaced(draft, displaced, &merge, &why), 0);
		assert_policy(draft, &model, false);
		op25b_policy_put(draft);
		op25b_policy_put(displaced);
		op25b_policy_put(running);
	}
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* What operator takes over, and what others are told that they do not get */
static void displaces(void **state)
{
	struct op25b_entry his, mine;
	struct op25b_policy *draft;
	struct model displaced = {};
	const char *why;

	(void)state;
	names = make_names();
	draft = op25b_policy_create(names);
	his = random_entry(0, 1);
	his.timed = false;
	mine = random_entry(0, 0);
	mine.timed = false;
	assert_int_equal(op25b_policy_add(draft, OP25B_IPV4, &his, now, NO_CEILING, &why), 0);
	assert_displaced(draft, &displaced);
	assert_int_equal(op25b_policy_add(draft, OP25B_IPV4, &mine, now, NO_CEILING, &why), 0);
	displaced.place[0] = (struct place){ true, his };
	assert_displaced(draft, &displaced);
	his.names ^= 1;
	displaced.place[0].entry = his;
	assert_int_equal(op25b_policy_skip(draft, OP25B_IPV4, &his, now, &why), 0);
	assert_displaced(draft, &displaced);
	/* another one has it, so that operator does not keep it out */
	his = random_entry(1, 1);
	his.timed = false;
	assert_int_equal(op25b_policy_add(draft, OP25B_IPV4, &his, now, NO_CEILING, &why), 0);
	his.names = 4;
	his.group = op25b_names_group(names, his.names);
	assert_int_equal(op25b_policy_skip(draft, OP25B_IPV4, &his, now, &why), 0);
	assert_displaced(draft, &displaced);
	op25b_policy_put(draft);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* A merge that changes nothing leaves the draft unchanged, and shares all pages */
static void changes_nothing(void **state)
{
	struct op25b_merge merge = { .ceiling = 0 };
	struct op25b_policy *running, *from, *draft;
	struct model model;
	const char *why;

	(void)state;
	names = make_names();
	running = random_policy(&model, 0);
	merge.now = now;
	merge.then = now - 100;
	from = op25b_policy_clone(running);
	draft = op25b_policy_clone(running);
	assert_int_equal(op25b_merge_into(draft, from, &merge, &why), 0);
	assert_false(op25b_policy_differs(draft, running));
	assert_int_equal(op25b_policy_bytes_beside(draft, running), sizeof(*draft));
	op25b_policy_put(draft);
	op25b_policy_put(from);
	op25b_policy_put(running);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Pages without a change stay shared, however many entries others have */
static void copies_what_changes(void **state)
{
	struct op25b_merge merge = { .owner = 2, .ceiling = NO_CEILING };
	struct op25b_policy *running, *from, *draft;
	const char *why;
	size_t bytes;
	u32 i;

	(void)state;
	names = make_names();
	running = op25b_policy_create(names);
	from = op25b_policy_create(names);
	for (i = 0; i < 50010; i++) {
		struct op25b_entry entry = {
			.addr[0] = cpu_to_be32(i << 12),
			.prefix_len = 20,
			.table = OP25B_TABLE_FIXED,
			.names = i < 50000 ? 0 : 2,
		};

		entry.group = op25b_names_group(names, entry.names);
		assert_int_equal(op25b_lpm_put(&running->lpm[0], &entry, 0, &why), 1);
		if (i >= 50005)
			assert_int_equal(op25b_lpm_put(&from->lpm[0], &entry, 0, &why), 1);
	}
	bytes = op25b_policy_bytes(running);
	draft = op25b_policy_clone(running);
	assert_int_equal(op25b_merge_into(draft, from, &merge, &why), 0);
	assert_int_equal(op25b_policy_count(draft), 50005);
	/* the directory, a page for each entry that goes, and one of counts */
	assert_in_range(op25b_policy_bytes_beside(draft, running), 5 * OP25B_PAGE_BYTES,
			bytes / 20);
	op25b_policy_put(draft);
	op25b_policy_put(from);
	op25b_policy_put(running);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

static void ceiling(void **state)
{
	struct op25b_merge merge = { .owner = 2, .ceiling = 2 };
	struct op25b_policy *running, *from, *draft;
	struct model model;
	const char *why = NULL;
	unsigned int i;

	(void)state;
	names = make_names();
	running = op25b_policy_create(names);
	from = op25b_policy_create(names);
	for (i = 0; i < 3; i++) {
		struct op25b_entry entry = random_entry(i, i ? 1 : 0);

		entry.timed = false;
		put(i ? from : running, &model, i, entry);
	}
	draft = op25b_policy_clone(running);
	assert_int_equal(op25b_merge_into(draft, from, &merge, &why), -ENOSPC);
	assert_string_equal(why, op25b_too_many_prefixes);
	op25b_policy_put(draft);
	draft = op25b_policy_clone(running);
	merge.ceiling = 3;
	assert_int_equal(op25b_merge_into(draft, from, &merge, &why), 0);
	op25b_policy_put(draft);
	op25b_policy_put(from);
	op25b_policy_put(running);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(adds_and_deletes),
		fresh_test(says_whose_it_is),
		fresh_test(flushes),
		fresh_test(merges),
		fresh_test(goes_back),
		fresh_test(puts_back),
		fresh_test(displaces),
		fresh_test(changes_nothing),
		fresh_test(copies_what_changes),
		fresh_test(ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
