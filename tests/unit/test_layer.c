// SPDX-License-Identifier: GPL-2.0
/*
 * Layers from inside: the order of slots, how far entries are from home, what a
 * change costs at most, and prefixes that somebody who knows the seed has chosen.
 */
#include "unit.h"

#include <linux/kernel.h>

#include "layer.h"
#include "shim.h"

/* As documented in layer.c and docs/design.md */

#define DRAFT	1

static const struct shape {
	enum op25b_family family;
	u8 prefix_len;
	bool timed;
} shapes[] = {
	{ OP25B_IPV4, 32, false },
	{ OP25B_IPV4, 32, true },
	{ OP25B_IPV6, 64, false },
	{ OP25B_IPV6, 64, true },
	{ OP25B_IPV6, 128, false },
	{ OP25B_IPV6, 128, true },
};

static void create(struct layer *layer, const struct shape *shape)
{
	assert_int_equal(layer_create(layer, shape->family, shape->prefix_len,
				      shape->timed, DRAFT), 0);
}

/* A random address of the layer's length */
static void roll_prefix(const struct layer *layer, __be32 *addr)
{
	int i;

	for (i = 0; i < KEY_WORDS; i++)
		addr[i] = (__be32)(shim_random() >> 32) & layer->mask[i];
}

/* What is true of a directory's chunk; returns how many slots are in use */
static u32 check_chunk(const struct layer *layer, const struct directory *dir,
		       u32 index)
{
	unsigned int order = ref_order(dir->refs[index]), words;
	const struct chunk *chunk = ref_chunk(dir->refs[index]);
	u32 slots = ((128 << order) - sizeof(*chunk)) /
		    (layer->slot_words * sizeof(u32)), i, used = 0;
	struct layer_key key, last = {};

	words = layer->key_words;
	for (i = 0; i < slots; i++) {
		const u32 *slot = &chunk->slots[i * layer->slot_words];
		u64 scaled;

		if (slot_meta(layer, slot) == SLOT_FREE)
			continue;
		key = slot_key(slot, words);
		scaled = key_scale(key, dir->nr);
		assert_int_equal(scaled >> 32, index);
		assert_true(!used++ || key_before(last, key, words));
		assert_true(layer_home(layer, scaled, order) <= i);
		assert_true(i - layer_home(layer, scaled, order) <=
			    MAX_DISTANCE);
		assert_true(i + 1 < slots);
		if (layer->timed)
			assert_true((s32)(slot_expires(layer, slot) -
					  chunk->earliest) >= 0);
		last = key;
	}
	assert_int_equal(chunk->used, used);
	return used;
}

static void check(const struct layer *layer)
{
	u32 chunk = 0, slot = 0, walked = 0, used = 0, i;

	for (i = 0; i < layer->moved; i++)
		used += check_chunk(layer, &layer->dir, i);
	for (i = 0; i < layer->old.nr; i++)
		if (layer->old.refs[i])
			used += check_chunk(layer, &layer->old, i);
	while (layer_next(layer, &chunk, &slot))
		walked++;
	assert_int_equal(walked, layer->used);
	/* what has moved may be in a chunk that has not moved entirely, too */
	assert_true(used >= walked);
	assert_true(layer->old.refs || used == walked);
}

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
			if (j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		/* 74 to 80 per cent of the slots, and the directory */
		bytes = layer.slot_words * 4;
		assert_in_range(layer_bytes(&layer), n * bytes * 100 / 81,
				n * bytes * 100 / 70);
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			assert_non_null(layer_find(&layer, addr[j]));
			assert_int_equal(layer_remove(&layer, addr[j], DRAFT),
					 0);
			assert_null(layer_find(&layer, addr[j]));
			assert_true(shim_memory.made - made <= 6);
			if (j % 5000 == 0)
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
 * An IPv4 layer of a known seed, and prefixes whose keys follow each other: all
 * of them are at home in the same slot, whatever the size of the chunk. The
 * layer takes another seed, under which they are like any others.
 */
static void known_seed(void **state)
{
	const u32 n = 5000;
	u64 seeds[3];
	u32 i, s;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(seeds); s++)
		seeds[s] = shim_random();
	for (s = 0; s < ARRAY_SIZE(seeds); s++) {
		struct layer layer, known;
		u32 changes = 0;

		create(&layer, &shapes[0]);
		layer.seed = seeds[s];
		known = layer;
		for (i = 0; i < n; i++) {
			u32 slot[SLOT_WORDS] = { 0x5a000000 + i };
			__be32 addr[KEY_WORDS];
			u64 seed = layer.seed;

			layer_prefix(&known, slot, addr);
			assert_int_equal(layer_insert(&layer, addr, 1, 0, DRAFT,
						      0), 0);
			changes += seed != layer.seed;
			if (changes && i % 100 == 0)
				check(&layer);
		}
		assert_int_equal(changes, 1);
		check(&layer);
		assert_int_equal(layer.used, n);
		layer_free(&layer, NULL, NULL);
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
		u32 slot[SLOT_WORDS] = { key };
		__be32 addr[KEY_WORDS];

		layer_prefix(&layer, slot, addr);
		assert_int_equal(layer_insert(&layer, addr, 1, 0, DRAFT, 0), 0);
	}
	check(&layer);
	assert_int_equal(layer.seed, seed);
	for (i = 0; i < layer.dir.nr; i++)
		order = max(order, ref_order(layer.dir.refs[i]));
	assert_int_equal(order, 6);
	layer_free(&layer, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(prefixes_come_back),
		fresh_test(up_and_down),
		fresh_test(known_seed),
		fresh_test(crowded_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
