// SPDX-License-Identifier: GPL-2.0
/*
 * Layers whose seed is known to somebody, who chooses prefixes that come together
 * under it: how long searches get, and that another seed is all it takes, in
 * layers of all shapes, be they resized, shared or short of memory meanwhile.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layer_check.h"

/* The hostile keys: behind this, unless told otherwise */
#define UPPER	0x5a000000

/* The prefix of a key: what differs in the rest only, is at home in one slot */
static void choose_prefix(const struct layer *known, u32 upper, u32 rest,
			  __be32 *addr)
{
	struct layer_key key = { .high = (u64)upper << 32 };

	if (known->key_words == 1)
		key.high += (u64)rest << 32;
	else if (known->key_words == 2)
		key.high |= rest;
	else
		key.low = rest;
	op25b_layer_prefix(known, key, addr);
}

static u64 entry_digest(const __be32 *addr, u32 meta, u32 expires)
{
	u64 high, low;

	memcpy(&high, addr, sizeof(high));
	memcpy(&low, addr + 2, sizeof(low));
	return mix64(mix64(mix64(high ^ meta) ^ low) ^ expires);
}

/* A sum of all entries, each of which must be found */
static u64 digest(const struct layer *layer)
{
	u32 chunk = 0, i = 0;
	__be32 addr[KEY_WORDS];
	struct layer_item item, found;
	u64 sum = 0;

	while (op25b_layer_next(layer, &chunk, &i, &item)) {
		u32 expires = layer->timed ? item.expires : 0;

		op25b_layer_prefix(layer, item.key, addr);
		assert_true(op25b_layer_find(layer, addr, &found));
		assert_int_equal(found.meta, item.meta);
		assert_true(!layer->timed || found.expires == expires);
		sum += entry_digest(addr, item.meta, expires);
	}
	return sum;
}

/* So many that chunks are narrow, where they may be */
#define MANY	120000

static bool may_be_narrow(const struct shape *shape)
{
	return shape->prefix_len <= 64 && !shape->timed;
}

static void add_random(struct layer *layer, u64 draft)
{
	__be32 addr[KEY_WORDS];

	do
		roll_prefix(layer, addr);
	while (holds(layer, addr));
	assert_int_equal(op25b_layer_insert(layer, addr, 7, shim_below(1000),
					    draft, 0),
			 0);
}

static void fill(struct layer *layer, const struct shape *shape, u32 n)
{
	create(layer, shape);
	while (n--)
		add_random(layer, DRAFT);
}

/**
 * struct crowd - what came of it
 * @longest: the longest search under the seed that was known
 * @resizing: whether the layer was being resized when it took another one
 * @sum: digest of the layer, as it should be
 */
struct crowd {
	u32 longest;
	bool resizing;
	u64 sum;
};

/* One more key for that home; in the layer or not, nothing is behind it there */
static int crowd_in(struct layer *layer, const struct layer *known, u32 upper,
		    u32 i, u64 draft, struct crowd *crowd)
{
	__be32 addr[KEY_WORDS];
	struct layer_key key;
	int err;

	choose_prefix(known, upper, 2 * i, addr);
	crowd->resizing = layer->old.refs;
	err = op25b_layer_insert(layer, addr, 1, i, draft, 0);
	if (err)
		return err;
	crowd->sum += entry_digest(addr, 1, layer->timed ? i : 0);
	assert_true(holds(layer, addr));
	choose_prefix(known, upper, 2 * i + 1, addr);
	assert_false(holds(layer, addr));
	key = layer_key(layer, addr, layer->key_words);
	if (layer->seed == known->seed)
		crowd->longest = max(crowd->longest, search_length(layer, key));
	return 0;
}

/* Crowds one home until the layer takes another seed, which it must in time */
static struct crowd crowd_out(struct layer *layer, u32 upper, u64 draft)
{
	const struct layer known = *layer;
	struct crowd crowd = { .sum = digest(layer) };
	u32 i;

	for (i = 0; layer->seed == known.seed; i++) {
		assert_true(i < MAX_DISTANCE + 2);
		assert_int_equal(crowd_in(layer, &known, upper, i, draft,
					  &crowd), 0);
	}
	assert_int_equal(digest(layer), crowd.sum);
	check(layer);
	return crowd;
}

/* Searches for keys that are not there, most of them */
static void search_randomly(const struct layer *layer)
{
	u32 i;

	for (i = 0; i < 20000; i++) {
		struct layer_key key = { shim_random(), shim_random() };

		assert_true(search_length(layer, key) <= MAX_SEARCH);
	}
}

/*
 * No search looks at more slots than is said. At so many it does, if keys are
 * chosen for it, at a few less where others have their home there, too.
 */
static void longest_searches(void **state)
{
	static const u32 sizes[] = { 0, 3000, 20000, MANY };
	u32 i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			struct crowd crowd;
			struct layer layer;

			fill(&layer, &shapes[i], sizes[j]);
			check(&layer);
			assert_int_equal(layer.dir.narrow, sizes[j] == MANY &&
					 may_be_narrow(&shapes[i]));
			search_randomly(&layer);
			crowd = crowd_out(&layer, UPPER, DRAFT);
			assert_in_range(crowd.longest,
					MAX_SEARCH - (sizes[j] ? 8 : 0),
					MAX_SEARCH);
			op25b_layer_free(&layer, NULL, NULL);
		}
	}
	assert_int_equal(shim_memory.live, 0);
}

/*
 * Prefixes whose keys follow each other: all of them are at home in the same slot,
 * whatever the size of the chunk. Under another seed they are like any others.
 */
static void known_seed(void **state)
{
	const u32 n = 5000;
	u32 i, s;

	(void)state;
	for (s = 0; s < 3 * ARRAY_SIZE(shapes); s++) {
		struct layer layer, known;
		u32 changes = 0;

		create(&layer, &shapes[s % ARRAY_SIZE(shapes)]);
		known = layer;
		for (i = 0; i < n; i++) {
			__be32 addr[KEY_WORDS];
			u64 seed = layer.seed;

			choose_prefix(&known, UPPER, i, addr);
			assert_int_equal(op25b_layer_insert(&layer, addr, 1, i,
							    DRAFT, 0),
					 0);
			changes += seed != layer.seed;
			if (changes && i % 500 == 0)
				check(&layer);
		}
		assert_int_equal(changes, 1);
		check(&layer);
		assert_int_equal(layer.used, n);
		op25b_layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* A chunk that chance has filled more than others is widened, and nothing else */
static void crowded_chunk(void **state)
{
	const u32 n = 40000;
	struct layer layer;
	unsigned int order = 0;
	u64 seed;
	u32 i;

	(void)state;
	create(&layer, &shapes[0]);
	seed = layer.seed;
	for (i = 0; i < n + 400; i++) {
		/* evenly, then 400 more in a hundredth of the range */
		u32 key = i < n ? i * 7919 % n * (u32)((1ULL << 32) / n) :
				  0x40000000 + (i - n) * 100000 + 7;
		__be32 addr[KEY_WORDS];

		choose_prefix(&layer, key, 0, addr);
		assert_int_equal(op25b_layer_insert(&layer, addr, 1, 0, DRAFT,
						    0),
				 0);
	}
	check(&layer);
	assert_int_equal(layer.seed, seed);
	for (i = 0; i < layer.dir.nr; i++)
		order = max(order, ref_order(layer.dir.refs[i]));
	assert_int_equal(order, 6);
	op25b_layer_free(&layer, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

/*
 * A layer that is being resized: a quarter has moved, and the rest will not before
 * a home has been crowded.
 */
static void fill_until_resizing(struct layer *layer, const struct shape *shape,
				bool growing)
{
	const u32 chunks = (may_be_narrow(shape) ? 300 : 120) +
			   (growing ? 0 : 20);
	u32 chunk = 0, i = 0;
	__be32 addr[KEY_WORDS];

	create(layer, shape);
	while (layer->dir.nr < chunks || !layer->old.refs ||
	       layer->moved < layer->dir.nr / 4)
		add_random(layer, DRAFT);
	if (growing)
		return;
	while (layer->dir.nr >= chunks || !layer->old.refs ||
	       layer->moved < layer->dir.nr / 4) {
		struct layer_item item;

		/* some from each chunk */
		if (op25b_layer_next(layer, &chunk, &i, &item)) {
			op25b_layer_prefix(layer, item.key, addr);
			assert_int_equal(op25b_layer_remove(layer, addr, DRAFT),
					 0);
			i += 5;
		} else {
			chunk = 0;
			i = 0;
		}
	}
}

/* Both where entries have moved and where they have not */
static void seed_while_resizing(void **state)
{
	static const u32 uppers[] = { 0x10000000, 0xf0000000 };
	u32 i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (j = 0; j < 2 * ARRAY_SIZE(uppers); j++) {
			struct crowd crowd;
			struct layer layer;

			fill_until_resizing(&layer, &shapes[i], j & 1);
			assert_int_equal(layer.dir.nr > layer.old.nr, j & 1);
			assert_int_equal(layer.dir.narrow && layer.old.narrow,
					 may_be_narrow(&shapes[i]));
			crowd = crowd_out(&layer, uppers[j / 2], DRAFT);
			assert_true(crowd.resizing);
			assert_in_range(crowd.longest, MAX_SEARCH - 8,
					MAX_SEARCH);
			assert_null(layer.old.refs);
			op25b_layer_free(&layer, NULL, NULL);
		}
	}
	assert_int_equal(shim_memory.live, 0);
}

/* Keys behind this one are left for those that are to be in the way */
#define GAP		0x20000000U
#define GAP_WIDTH	0x30000000U

/* Evenly: by golden sections */
static void add_outside(struct layer *layer, const struct layer *known,
			u32 *upper)
{
	__be32 addr[KEY_WORDS];

	do {
		*upper += 0x9e3779b1;
	} while (*upper - GAP < GAP_WIDTH);
	choose_prefix(known, *upper, 0, addr);
	assert_int_equal(op25b_layer_insert(layer, addr, 1, 0, DRAFT, 0), 0);
}

/* With so many entries two chunks of a page become three */
static u32 two_full(const struct layer *layer)
{
	u32 slots = (4096 - sizeof(struct chunk)) / 4 / layer->slot_words;

	return DIV_ROUND_UP(2 * slots * 75, 100);
}

static u32 first_home(const struct layer *layer, u32 upper)
{
	struct layer_key key = { .high = (u64)upper << 32 };

	return home_of(layer, &layer->dir, key);
}

/* Two homes next to each other, with as many as go into both */
static void crowd_two(struct layer *layer, u32 upper)
{
	const struct layer known = *layer;
	const u32 home = first_home(layer, upper);
	u32 spread = layer->key_words == 1 ? MAX_DISTANCE + 2 : 1;
	struct crowd crowd = {};
	u32 i;

	while (first_home(layer, upper) == home)
		upper++;
	for (i = 0; i <= MAX_DISTANCE / 2; i++) {
		assert_int_equal(crowd_in(layer, &known, upper, i, DRAFT,
					  &crowd), 0);
		assert_int_equal(crowd_in(layer, &known, upper - spread, i,
					  DRAFT, &crowd), 0);
	}
	assert_int_equal(layer->seed, known.seed);
}

/*
 * Keys that are in two homes while a layer has two chunks, and would be in one
 * when it has three: it is resizing that finds no room for them.
 */
static void seed_for_resizing(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct layer layer, known;
		bool crowded = false;
		u32 most = 0, upper = 0;

		create(&layer, &shapes[i]);
		known = layer;
		while (layer.seed == known.seed) {
			most = layer.used;
			add_outside(&layer, &known, &upper);
			if (crowded || layer.dir.nr < 2 || layer.old.refs ||
			    layer.used + MAX_DISTANCE + 8 < two_full(&layer))
				continue;
			crowd_two(&layer, GAP + GAP_WIDTH / 16);
			crowded = true;
		}
		assert_true(crowded);
		assert_true(most >= two_full(&layer));
		check(&layer);
		digest(&layer);
		op25b_layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* Whether keys have the same home in a chunk of the order, if that is wide */
static bool share_home(const struct layer *layer, unsigned int order, u32 upper,
		       u32 other)
{
	struct layer_key a = { .high = (u64)upper << 32 };
	struct layer_key b = { .high = (u64)other << 32 };

	return key_home(key_scale(a, layer->dir.nr), layer->homes[order]) ==
	       key_home(key_scale(b, layer->dir.nr), layer->homes[order]);
}

/*
 * The first key of a home in a narrow chunk that has the same home as those before it
 * in all wide ones
 */
static u32 find_boundary(const struct layer *layer, u32 upper, u32 before)
{
	struct layer_key key = { .high = (u64)upper << 32 };
	u32 home = home_of(layer, &layer->dir, key);

	for (;; upper++) {
		key.high = (u64)upper << 32;
		if (home_of(layer, &layer->dir, key) == home)
			continue;
		if (share_home(layer, 5, upper, upper - before) &&
		    share_home(layer, 6, upper, upper - before) &&
		    share_home(layer, 7, upper, upper - before))
			return upper;
		home = home_of(layer, &layer->dir, key);
	}
}

/* Evenly, but for a gap, until chunks are narrow, and none is to be moved */
static void fill_narrow(struct layer *layer, const struct shape *shape)
{
	__be32 addr[KEY_WORDS];
	u32 upper = 0;

	create(layer, shape);
	while (!layer->dir.narrow || layer->old.refs) {
		upper += 0x9e3779b1;
		if (upper - 0x40000000 < 0x3000000)
			continue;
		choose_prefix(layer, upper, 0, addr);
		assert_int_equal(op25b_layer_insert(layer, addr, 1, 0, DRAFT,
						    0),
				 0);
	}
}

/*
 * Two homes of a narrow chunk that are next to each other, with as many as go into
 * both: in no wide one would they all be near enough to home, and it takes another
 * seed to say of one of them what needs such a chunk.
 */
static void seed_for_odd_ones(void **state)
{
	const u32 before = MAX_DISTANCE + 2, odd = 0x77 << 16;
	u32 i, j;

	(void)state;
	for (i = 0; i < 4; i += 2) {
		struct layer layer, known;
		struct crowd crowd = {};
		struct layer_item item;
		__be32 addr[KEY_WORDS];
		u32 upper;

		fill_narrow(&layer, &shapes[i]);
		known = layer;
		upper = find_boundary(&layer, 0x41000000, before);
		crowd.sum = digest(&layer);
		for (j = 0; j <= MAX_DISTANCE / 2; j++) {
			assert_int_equal(crowd_in(&layer, &known, upper, j,
						  DRAFT, &crowd), 0);
			assert_int_equal(crowd_in(&layer, &known, upper - before,
						  j, DRAFT, &crowd), 0);
		}
		assert_int_equal(layer.seed, known.seed);
		choose_prefix(&known, upper, 0, addr);
		assert_int_equal(op25b_layer_replace(&layer, addr, odd, 0,
						     DRAFT, 0),
				 0);
		assert_int_not_equal(layer.seed, known.seed);
		assert_true(op25b_layer_find(&layer, addr, &item));
		assert_int_equal(item.meta, odd);
		crowd.sum += entry_digest(addr, odd, 0) -
			     entry_digest(addr, 1, 0);
		assert_int_equal(digest(&layer), crowd.sum);
		check(&layer);
		op25b_layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* A layer and its clone that has taken another seed go in any order */
static void free_both(struct layer *origin, struct layer *clone, bool give_up)
{
	struct layer *last = give_up ? origin : clone;
	u64 sum = digest(last);

	if (give_up)
		op25b_layer_free(clone, origin, NULL);
	else
		op25b_layer_free(origin, NULL, clone);
	assert_int_equal(digest(last), sum);
	check(last);
	op25b_layer_free(last, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void seed_of_clone(void **state)
{
	u32 i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (j = 0; j < 4; j++) {
			struct layer origin, clone;
			struct crowd crowd;
			u64 sum;

			if (j & 1)
				fill_until_resizing(&origin, &shapes[i], true);
			else
				fill(&origin, &shapes[i], j ? 3000 : MANY);
			sum = digest(&origin);
			clone = origin;
			op25b_layer_share(&clone);
			crowd = crowd_out(&clone, UPPER, DRAFT + 1);
			assert_true(crowd.resizing || !(j & 1));
			assert_int_equal(digest(&origin), sum);
			check(&origin);
			free_both(&origin, &clone, j & 2);
		}
	}
}

/* Fails the nth allocation of a clone that is crowded; false if it has fewer */
static bool run_out(const struct layer *origin, u32 crowded, size_t nth)
{
	struct layer clone = *origin;
	struct crowd crowd = {};
	bool failed;
	int err = 0;

	op25b_layer_share(&clone);
	shim_memory.fail_in = nth;
	while (!err && clone.seed == origin->seed)
		err = crowd_in(&clone, origin, UPPER, crowded++, DRAFT + 1,
			       &crowd);
	failed = !shim_memory.fail_in;
	shim_memory.fail_in = 0;
	assert_int_equal(err, failed ? -ENOMEM : 0);
	op25b_layer_free(&clone, origin, NULL);
	return failed;
}

/* What the origin has, and nothing else, is left wherever memory runs out */
static void seed_without_memory(void **state)
{
	u32 i, crowded;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct crowd crowd = {};
		struct layer origin;
		size_t live, nth;
		u64 sum;

		fill(&origin, &shapes[i], 1500);
		for (crowded = 0; crowd.longest < MAX_SEARCH; crowded++)
			assert_int_equal(crowd_in(&origin, &origin, UPPER,
						  crowded, DRAFT, &crowd), 0);
		sum = digest(&origin);
		live = shim_memory.live;
		for (nth = 1; run_out(&origin, crowded, nth); nth++) {
			assert_int_equal(shim_memory.live, live);
			assert_int_equal(digest(&origin), sum);
		}
		/* a directory and its chunks, at least */
		assert_true(nth > origin.dir.nr + 2);
		op25b_layer_free(&origin, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(longest_searches),
		fresh_test(known_seed),
		fresh_test(crowded_chunk),
		fresh_test(seed_while_resizing),
		fresh_test(seed_for_resizing),
		fresh_test(seed_for_odd_ones),
		fresh_test(seed_of_clone),
		fresh_test(seed_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
