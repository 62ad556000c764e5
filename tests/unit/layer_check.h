/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layers from inside: one of each shape, what is always true of one, and how far
 * searches go. For the tests of layers; failures are failures of the test that
 * runs.
 */
#ifndef _TESTS_LAYER_CHECK_H
#define _TESTS_LAYER_CHECK_H

#include <linux/kernel.h>

#include "layer.h"
#include "shim.h"

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

static inline void create(struct layer *layer, const struct shape *shape)
{
	assert_int_equal(layer_create(layer, shape->family, shape->prefix_len,
				      shape->timed, DRAFT), 0);
}

/* A random address of the layer's length */
static inline void roll_prefix(const struct layer *layer, __be32 *addr)
{
	int i;

	for (i = 0; i < KEY_WORDS; i++)
		addr[i] = (__be32)(shim_random() >> 32) & layer->mask[i];
}

/* Whether what a directory has by a key is there still, not moved to the other */
static inline bool is_live(const struct layer *layer,
			   const struct directory *dir, struct layer_key key)
{
	return dir == &layer->dir ||
	       key_scale(key, layer->dir.nr) >> 32 >= layer->moved;
}

/* An entry that ends must not be overlooked by those who look for the earliest */
static inline void check_expires(const struct layer *layer,
				 const struct chunk *chunk, const u32 *slot)
{
	u32 expires = slot_expires(layer, slot);

	assert_true((s32)(expires - chunk->earliest) >= 0);
	assert_true((s32)(expires - layer->earliest) >= 0);
}

/*
 * Of a chunk's bits in the sieve one is set if there is an entry in that part of its
 * range, and no other is. Entries come in order, so each has the bit of the one
 * before it or a later one.
 */
static inline void check_sieve(const struct layer *layer,
			       const struct directory *dir, u32 index)
{
	const u32 *sieve = &dir->sieves[index / 8].bits[index % 8 * 64];
	const struct chunk *chunk = ref_chunk(dir->refs[index]);
	const u32 *slot = chunk->slots;
	u32 left = chunk->used, bit;

	for (bit = 0; bit < 2048; bit++) {
		bool held = false;

		for (; left; slot += layer->slot_words) {
			struct layer_key key = slot_key(slot, layer->key_words);

			if (slot_meta(layer, slot) == SLOT_FREE)
				continue;
			if ((key_scale(key, dir->nr) >> 21) % 2048 != bit)
				break;
			held = true;
			left--;
		}
		assert_int_equal(sieve[bit / 32] >> bit % 32 & 1, held);
	}
	assert_int_equal(left, 0);
}

/* What is true of a directory's chunk; returns how many entries are in it */
static inline u32 check_chunk(const struct layer *layer,
			      const struct directory *dir, u32 index)
{
	unsigned int order = ref_order(dir->refs[index]), words;
	const struct chunk *chunk = ref_chunk(dir->refs[index]);
	u32 slots = ((128 << order) - sizeof(*chunk)) /
		    (layer->slot_words * sizeof(u32)), i, home, used = 0, live = 0;
	struct layer_key key, last = {};

	assert_true(order >= CHUNK_ORDER || dir->nr == 1);
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
		home = key_home(scaled, layer->homes[order]);
		assert_true(home <= i);
		assert_true(i - home <= MAX_DISTANCE);
		assert_true(i + 1 < slots);
		last = key;
		if (!is_live(layer, dir, key))
			continue;
		live++;
		if (layer->timed)
			check_expires(layer, chunk, slot);
	}
	assert_int_equal(chunk->used, used);
	check_sieve(layer, dir, index);
	return live;
}

/*
 * How many slots a search for a key looks at, one by one: from its home to the
 * first that is not before it. It may look at SLOTS_AT_ONCE, if that is more.
 */
static inline u32 search_length(const struct layer *layer, struct layer_key key)
{
	const struct directory *dir;
	const u32 *slot;
	u32 looked = 1;
	u64 scaled;

	dir = layer_directory(layer, key, &scaled);
	slot = dir_home_slot(layer, dir, scaled, layer->slot_words);
	for (; key_before(slot_key(slot, layer->key_words), key,
			  layer->key_words); looked++)
		slot += layer->slot_words;
	return looked;
}

/* The least key behind one: the last part counts, of one word the upper half */
static inline struct layer_key key_behind(const struct layer *layer,
					  struct layer_key key)
{
	if (layer->key_words == 1)
		key.high += 1ULL << 32;
	else if (layer->key_words == 2)
		key.high++;
	else
		key.low++;
	return key;
}

/* Of the searches for what is there, and for what would be just behind it */
static inline u32 longest_search(const struct layer *layer)
{
	u32 chunk = 0, i = 0, longest = 0;
	const u32 *slot;

	while ((slot = layer_next(layer, &chunk, &i))) {
		struct layer_key key = slot_key(slot, layer->key_words);

		longest = max(longest, search_length(layer, key));
		key = key_behind(layer, key);
		longest = max(longest, search_length(layer, key));
	}
	return longest;
}

/* While it is resized: chunks that have moved are gone, and sieves with all of theirs */
static inline void check_moved(const struct layer *layer)
{
	u32 first = (u64)layer->moved * layer->old.nr / layer->dir.nr, i;

	for (i = 0; i < layer->old.nr; i++) {
		assert_int_equal(!layer->old.refs[i], i < first);
		assert_int_equal(!layer->old.sieves[i / 8].bits,
				 (i / 8 + 1) * 8 <= first);
	}
}

static inline void check(const struct layer *layer)
{
	u32 chunk = 0, slot = 0, walked = 0, live = 0, i;

	for (i = 0; i < layer->moved; i++)
		live += check_chunk(layer, &layer->dir, i);
	check_moved(layer);
	for (i = 0; i < layer->old.nr; i++)
		if (layer->old.refs[i])
			live += check_chunk(layer, &layer->old, i);
	while (layer_next(layer, &chunk, &slot))
		walked++;
	assert_int_equal(walked, layer->used);
	assert_int_equal(live, layer->used);
	assert_true(longest_search(layer) <= MAX_SEARCH);
}

#endif /* _TESTS_LAYER_CHECK_H */
