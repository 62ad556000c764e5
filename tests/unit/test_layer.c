// SPDX-License-Identifier: GPL-2.0
/*
 * Layers from inside: the order of slots, how far entries are from home, what a
 * change costs at most, and what memory a layer takes.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layer_check.h"

/* What is stored can be told from what is stored */
static void prefixes_come_back(void **state)
{
	__be32 addr[KEY_WORDS], back[KEY_WORDS];
	u32 slot[SLOT_WORDS] = {};
	int i, prefix_len;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct shape shape = { .family = i % 2 };
		struct layer_key key;
		struct layer layer;
		u32 upper;

		prefix_len = shim_below(op25b_family_bits(shape.family) + 1);
		shape.prefix_len = prefix_len;
		create(&layer, &shape);
		roll_prefix(&layer, addr);
		key = layer_key(&layer, addr, layer.key_words);
		upper = key.high >> 32;
		memcpy(slot, layer.key_words == 1 ? (void *)&upper :
						    (void *)&key.high,
		       layer.key_words == 1 ? 4 : 8);
		memcpy(slot + 2, &key.low, 8);
		layer_prefix(&layer, slot, back);
		assert_memory_equal(addr, back,
				    shape.family == OP25B_IPV4 ? 4 : 16);
		layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* Whether a search for an address goes past the sieve */
static bool may_have(const struct layer *layer, const __be32 *addr)
{
	struct layer_key key = layer_key(layer, addr, layer->key_words);
	const struct directory *dir;
	u64 scaled;

	dir = layer_directory(layer, key, &scaled);
	return dir_may_have(dir, scaled);
}

/* Entries of the first chunks, where one that is too small is most likely */
#define FEW	1200

/*
 * Up to many entries and down again. No change makes more than a handful of
 * chunks: what a layer of any size needs for one, and for one step of resizing.
 */
static void up_and_down(void **state)
{
	const u32 n = 60000;
	u32 i, bytes = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct layer layer;
		__be32 (*addr)[KEY_WORDS] = calloc(n, sizeof(*addr));
		u32 j;

		create(&layer, &shapes[i]);
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			do
				roll_prefix(&layer, addr[j]);
			while (layer_find(&layer, addr[j]));
			assert_int_equal(layer_insert(&layer, addr[j], 1, j,
						      DRAFT, 0), 0);
			assert_true(shim_memory.made - made <= 6);
			if (layer.used < FEW || j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		/* 73 to 78 per cent of the slots, sieves and the directory */
		bytes = layer.slot_words * 4;
		assert_in_range(layer_bytes(&layer), n * bytes * 100 / 75,
				n * bytes * 100 / 67);
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			assert_non_null(layer_find(&layer, addr[j]));
			assert_int_equal(layer_remove(&layer, addr[j], DRAFT),
					 0);
			assert_null(layer_find(&layer, addr[j]));
			assert_true(shim_memory.made - made <= 6);
			if (layer.used < FEW || j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		assert_true(layer_bytes(&layer) < 8192);
		layer_free(&layer, NULL, NULL);
		free(addr);
	}
	assert_int_equal(shim_memory.live, 0);
}

/*
 * Sieves let all pass that is there, and of what is not as many as there are bits
 * set: of 2,048, a chunk of IPv4 has up to 397 keys for them on average, others fewer
 */
static void sieves_end_searches(void **state)
{
	const u32 n = 20000, most = n * 20 / 100;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct layer layer;
		__be32 addr[KEY_WORDS];
		u32 j, passed = 0;

		create(&layer, &shapes[i]);
		for (j = 0; j < n; j++) {
			do
				roll_prefix(&layer, addr);
			while (layer_find(&layer, addr));
			assert_int_equal(layer_insert(&layer, addr, 1, j, DRAFT,
						      0), 0);
			assert_true(may_have(&layer, addr));
		}
		for (j = 0; j < n; j++) {
			do
				roll_prefix(&layer, addr);
			while (layer_find(&layer, addr));
			passed += may_have(&layer, addr);
		}
		assert_in_range(passed, n / 25, most);
		layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/*
 * Of the memory of a layer at least so many per cent are entries, as it grows and as
 * it shrinks, also while it is resized: an IPv4 prefix takes less than 12 bytes, or
 * some 14.
 */
#define LEAST_GROWN	67
#define LEAST_SHRUNK	57

static void check_bytes(const struct layer *layer, u32 percent)
{
	size_t bytes = layer_bytes(layer);

	if (layer->used < 20000)
		return;
	assert_true(bytes * percent <=
		    (u64)layer->used * layer->slot_words * 4 * 100);
	/* which is not only said to be so */
	assert_in_range(bytes, shim_memory.bytes * 95 / 100,
			shim_memory.bytes * 105 / 100);
}

/* A random prefix that is not in the layer */
static void roll_absent(const struct layer *layer, __be32 *addr)
{
	do
		roll_prefix(layer, addr);
	while (layer_find(layer, addr));
}

static void add_one(struct layer *layer, __be32 *addr, u32 meta, u64 draft)
{
	roll_absent(layer, addr);
	assert_int_equal(layer_insert(layer, addr, meta, 1000, draft, 0), 0);
}

/* Many come, then half of them go, chosen at random, then the others */
static void memory_follows(void **state)
{
	u32 i, j, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		__be32 (*addr)[KEY_WORDS];
		struct layer layer;

		n = i ? 60000 : 300000;
		addr = calloc(n, sizeof(*addr));
		create(&layer, &shapes[i]);
		for (j = 0; j < n; j++) {
			add_one(&layer, addr[j], 1, DRAFT);
			if (j % 500 == 0)
				check_bytes(&layer, LEAST_GROWN);
		}
		for (j = n; j; j--) {
			u32 which = shim_below(j);

			assert_int_equal(layer_remove(&layer, addr[which],
						      DRAFT), 0);
			memcpy(addr[which], addr[j - 1], sizeof(*addr));
			if (j % 500 == 0)
				check_bytes(&layer, LEAST_SHRUNK);
		}
		assert_true(layer_bytes(&layer) < 1024);
		layer_free(&layer, NULL, NULL);
		free(addr);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* Removes the first entry from some chunk on, of which one may not have moved */
static int remove_any(struct layer *layer, u64 draft)
{
	u32 chunk = shim_below(layer->moved + !!layer->old.refs), i = 0;
	__be32 addr[KEY_WORDS];

	layer_prefix(layer, layer_next(layer, &chunk, &i), addr);
	return layer_remove(layer, addr, draft);
}

/* One step of resizing, by an entry that comes, or goes */
static int resize_step(struct layer *layer, bool growing, u64 draft)
{
	__be32 addr[KEY_WORDS];

	if (!growing)
		return remove_any(layer, draft);
	roll_absent(layer, addr);
	return layer_insert(layer, addr, 1, 1000, draft, 0);
}

/* A layer of more chunks than two sieves have that has begun to be resized */
static void begin_resizing(struct layer *layer, const struct shape *shape,
			   bool growing)
{
	const u32 least = growing ? 3 * 8 : 4 * 8;
	__be32 addr[KEY_WORDS];

	create(layer, shape);
	while (layer->dir.nr < least || layer->old.refs)
		add_one(layer, addr, 1, DRAFT);
	while (!layer->old.refs)
		assert_int_equal(resize_step(layer, growing, DRAFT), 0);
	assert_int_equal(layer->dir.nr > layer->old.nr, growing);
	assert_true(layer->dir.nr >= 3 * 8);
}

/* Each step in a version of its own; of three the first or the middle one goes */
static void in_versions(const struct shape *shape, bool growing)
{
	u32 nr = 1, draft = DRAFT, gone;
	struct layer layers[3];

	begin_resizing(&layers[0], shape, growing);
	while (layers[nr - 1].old.refs) {
		layers[nr] = layers[nr - 1];
		layer_share(&layers[nr]);
		assert_int_equal(resize_step(&layers[nr], growing, ++draft),
				 0);
		check(&layers[nr]);
		if (++nr < 3)
			continue;
		gone = shim_below(2);
		check(&layers[gone]);
		layer_free(&layers[gone], gone ? &layers[0] : NULL,
			   &layers[gone + 1]);
		if (!gone)
			layers[0] = layers[1];
		layers[1] = layers[2];
		nr--;
	}
	layer_free(&layers[0], NULL, &layers[1]);
	check(&layers[1]);
	assert_in_range(layer_bytes(&layers[1]), shim_memory.bytes * 95 / 100,
			shim_memory.bytes * 105 / 100);
	layer_free(&layers[1], NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void resize_in_versions(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		in_versions(&shapes[i], true);
		in_versions(&shapes[i], false);
	}
}

/* Resizes a clone to the end, with the nth allocation failing; false if it has fewer */
static bool run_out(const struct layer *origin, bool growing, size_t nth)
{
	struct layer clone = *origin;
	bool failed;
	int err = 0;

	layer_share(&clone);
	shim_memory.fail_in = nth;
	while (!err && clone.old.refs)
		err = resize_step(&clone, growing, DRAFT + 1);
	failed = !shim_memory.fail_in;
	shim_memory.fail_in = 0;
	assert_int_equal(err, failed ? -ENOMEM : 0);
	if (!failed)
		check(&clone);
	layer_free(&clone, origin, NULL);
	return failed;
}

/* Of more chunks than a sieve has: what the origin has, and nothing else, is left */
static void without_memory(const struct shape *shape, bool growing)
{
	struct layer origin;
	size_t live, nth;

	begin_resizing(&origin, shape, growing);
	live = shim_memory.live;
	for (nth = 1; run_out(&origin, growing, nth); nth++) {
		assert_int_equal(shim_memory.live, live);
		if (nth % 16 == 0)
			check(&origin);
	}
	/* for each chunk that was left at least a new one */
	assert_true(nth > origin.dir.nr - origin.moved);
	check(&origin);
	layer_free(&origin, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void resize_without_memory(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		without_memory(&shapes[i], true);
		without_memory(&shapes[i], false);
	}
}

/* Removing by a filter */

static bool has_meta(const struct layer_filter *filter,
		     const struct layer *layer, const u32 *slot)
{
	return slot_meta(layer, slot) == filter->id;
}

static int note_nothing(const struct layer_filter *filter,
			const struct layer *layer, const u32 *slot)
{
	(void)filter;
	(void)layer;
	(void)slot;
	return 0;
}

/* Removes what has that meta word; returns how much memory that has taken */
static size_t remove_by_meta(struct layer *layer, u8 meta, u64 draft)
{
	const struct layer_filter filter = {
		.chosen = has_meta,
		.removed = note_nothing,
		.id = meta,
	};
	size_t made = shim_memory.made;

	assert_int_equal(layer_remove_all(layer, &filter, draft), 0);
	return shim_memory.made - made;
}

/* One entry goes by a filter: that is one step of resizing, no more */
static void remove_one(struct layer *layer, u8 meta, u64 draft)
{
	u32 used = layer->used, moved = layer->moved;

	assert_non_null(layer->old.refs);
	assert_true(remove_by_meta(layer, meta, draft) <= 8);
	assert_int_equal(layer->used, used - 1);
	assert_int_equal(layer->moved, moved + 1);
}

/* While a large layer is resized, where entries have moved and where not */
static void few_removed(void **state)
{
	__be32 addr[KEY_WORDS];
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct layer layer, clone;
		u8 meta;

		create(&layer, &shapes[i]);
		while (layer.dir.nr < 120 || !layer.old.refs ||
		       layer.moved < layer.dir.nr / 2)
			add_one(&layer, addr, 1, DRAFT);
		for (meta = 2; meta < 10; meta++)
			add_one(&layer, addr, meta, DRAFT);
		for (meta = 2; meta < 6; meta++)
			remove_one(&layer, meta, DRAFT);
		clone = layer;
		layer_share(&clone);
		for (meta = 6; meta < 10; meta++)
			remove_one(&clone, meta, DRAFT + 1);
		check(&clone);
		check(&layer);
		/* all go, and little is left */
		remove_by_meta(&clone, 1, DRAFT + 1);
		assert_int_equal(clone.used, 0);
		assert_true(layer_bytes(&clone) < 1024);
		layer_free(&layer, NULL, &clone);
		layer_free(&clone, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(prefixes_come_back),
		fresh_test(up_and_down),
		fresh_test(sieves_end_searches),
		fresh_test(memory_follows),
		fresh_test(resize_in_versions),
		fresh_test(resize_without_memory),
		fresh_test(few_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
