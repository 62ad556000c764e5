/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layers from inside: one of each shape, what is always true of one, and how far
 * searches go. For the tests of layers; failures are failures of the test that
 * runs.
 */
#ifndef _TESTS_LAYER_CHECK_H
#define _TESTS_LAYER_CHECK_H

#include <linux/kernel.h>
#include <string.h>

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
	assert_int_equal(op25b_layer_create(layer, shape->family,
					    shape->prefix_len, shape->timed,
					    DRAFT),
			 0);
}

/* A random address of the layer's length */
static inline void roll_prefix(const struct layer *layer, __be32 *addr)
{
	int i;

	for (i = 0; i < KEY_WORDS; i++)
		addr[i] = (__be32)(shim_random() >> 32) & layer->mask[i];
}

/* Whether a layer has an address's prefix */
static inline bool holds(const struct layer *layer, const __be32 *addr)
{
	struct layer_item item;

	return op25b_layer_find(layer, addr, &item);
}

/* Whether what a directory has by a key is there still, not moved to the other */
static inline bool is_live(const struct layer *layer,
			   const struct directory *dir, struct layer_key key)
{
	return dir == &layer->dir ||
	       key_scale(key, layer->dir.nr) >> 32 >= layer->moved;
}

/* A chunk from inside: what is said of narrow ones in layer.h, in simple words */

static inline bool is_narrow(unsigned long ref)
{
	return ref & REF_NARROW;
}

static inline u32 slot_step(const struct layer *layer, unsigned long ref)
{
	return is_narrow(ref) ? layer->key_words : layer->slot_words;
}

static inline u32 nr_slots(const struct layer *layer, unsigned long ref)
{
	return ((128 << ref_order(ref)) - sizeof(struct chunk)) / 4 /
	       slot_step(layer, ref);
}

static inline u32 nr_homes(const struct layer *layer, unsigned long ref)
{
	u32 slots = nr_slots(layer, ref);

	return is_narrow(ref) ? slots - (slots / 20 + 2) :
				layer->homes[ref_order(ref)];
}

/* The home of a key: a narrow chunk does not know the last eight bits */
static inline u32 home_of(const struct layer *layer, const struct directory *dir,
			  struct layer_key key)
{
	u64 scaled = key_scale(key, dir->nr);
	unsigned long ref = dir->refs[scaled >> 32];
	u32 place = scaled;

	if (is_narrow(ref))
		place = place / 256 * 256;
	return (u64)place * nr_homes(layer, ref) >> 32;
}

/* The entry of a narrow slot; its last byte has the table, a flag and the label */
static inline bool narrow_item(const struct layer *layer,
			       const struct directory *dir, u32 index,
			       const u32 *slot, struct layer_item *item)
{
	u64 word = slot[0], scaled;
	u8 tag;

	if (layer->key_words == 2)
		memcpy(&word, slot, sizeof(word));
	tag = word;
	if (tag == 0xff)
		return false;
	item->meta = (tag & 7) | (tag >> 3) << 16;
	item->key.high = layer->key_words == 2 ? word >> 8 & 0xffffffff : 0;
	scaled = (u64)index << 32 |
		 (word >> (layer->key_words == 2 ? 40 : 8)) << 8;
	item->key.high |= DIV_ROUND_UP(scaled, dir->nr) << 32;
	/* one that is scaled to this, and the only one */
	assert_int_equal(key_scale(item->key, dir->nr) >> 8, scaled >> 8);
	assert_true(dir->nr >= 256);
	return true;
}

/* The entry in a slot, or false */
static inline bool item_in(const struct layer *layer,
			   const struct directory *dir, u32 index, u32 i,
			   struct layer_item *item)
{
	unsigned long ref = dir->refs[index];
	const u32 *slot = &ref_chunk(ref)->slots[i * slot_step(layer, ref)];

	memset(item, 0, sizeof(*item));
	if (is_narrow(ref))
		return narrow_item(layer, dir, index, slot, item);
	item->key = slot_key(slot, layer->key_words);
	item->meta = slot[layer->key_words];
	if (layer->timed)
		item->expires = slot[layer->key_words + 1];
	return item->meta != SLOT_FREE;
}

/* Whether an entry has more to say than a narrow chunk can hold */
static inline bool is_odd(u32 meta)
{
	u32 label = meta >> 16;

	return label > 31 || (meta & 0xfff8) || (label == 31 && meta % 8 == 7);
}

/* An entry that ends must not be overlooked by those who look for the earliest */
static inline void check_expires(const struct layer *layer,
				 const struct chunk *chunk, u32 expires)
{
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
	u32 left = ref_chunk(dir->refs[index])->used, bit, i = 0;

	for (bit = 0; bit < 2048; bit++) {
		struct layer_item item;
		bool held = false;

		for (; left; i++) {
			if (!item_in(layer, dir, index, i, &item))
				continue;
			if ((key_scale(item.key, dir->nr) >> 21) % 2048 != bit)
				break;
			held = true;
			left--;
		}
		assert_int_equal(sieve[bit / 32] >> bit % 32 & 1, held);
	}
	assert_int_equal(left, 0);
}

/* Whether a chunk may have that order, and be narrow or not */
static inline void check_order(const struct layer *layer,
			       const struct directory *dir, unsigned long ref)
{
	if (is_narrow(ref)) {
		assert_int_equal(ref_order(ref), 4);
		assert_true(dir->narrow && dir->nr >= 256);
		assert_true(layer->key_words <= 2 && !layer->timed);
	} else {
		assert_true(ref_order(ref) >= 5 || dir->nr == 1);
	}
}

/* What is true of a directory's chunk; returns how many entries are in it */
static inline u32 check_chunk(const struct layer *layer,
			      const struct directory *dir, u32 index)
{
	const unsigned long ref = dir->refs[index];
	const struct chunk *chunk = ref_chunk(ref);
	u32 slots = nr_slots(layer, ref), i, home, used = 0, live = 0, odd = 0;
	struct layer_key last = {};
	struct layer_item item;

	check_order(layer, dir, ref);
	for (i = 0; i < slots; i++) {
		if (!item_in(layer, dir, index, i, &item))
			continue;
		assert_int_equal(key_scale(item.key, dir->nr) >> 32, index);
		assert_true(!used++ ||
			    key_before(last, item.key, layer->key_words));
		home = home_of(layer, dir, item.key);
		assert_true(home <= i);
		assert_true(i - home <= MAX_DISTANCE);
		assert_true(i + 1 < slots);
		last = item.key;
		odd += is_odd(item.meta);
		if (!is_live(layer, dir, item.key))
			continue;
		live++;
		if (layer->timed)
			check_expires(layer, chunk, item.expires);
	}
	assert_int_equal(chunk->used, used);
	assert_true(layer->timed || chunk->odd == odd);
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
	struct layer_item item;
	u32 looked = 1, at;
	u64 scaled;

	dir = layer_directory(layer, key, &scaled);
	at = home_of(layer, dir, key);
	while (item_in(layer, dir, scaled >> 32, at++, &item) &&
	       key_before(item.key, key, layer->key_words))
		looked++;
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
	struct layer_item item;

	while (op25b_layer_next(layer, &chunk, &i, &item)) {
		longest = max(longest, search_length(layer, item.key));
		item.key = key_behind(layer, item.key);
		longest = max(longest, search_length(layer, item.key));
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
	u32 chunk = 0, slot = 0, walked = 0, live = 0, odd = 0, i;
	struct layer_item item;

	for (i = 0; i < layer->moved; i++)
		live += check_chunk(layer, &layer->dir, i);
	check_moved(layer);
	for (i = 0; i < layer->old.nr; i++)
		if (layer->old.refs[i])
			live += check_chunk(layer, &layer->old, i);
	while (op25b_layer_next(layer, &chunk, &slot, &item)) {
		walked++;
		odd += is_odd(item.meta);
	}
	assert_int_equal(walked, layer->used);
	assert_int_equal(odd, layer->odd);
	assert_int_equal(live, layer->used);
	assert_true(longest_search(layer) <= MAX_SEARCH);
}

#endif /* _TESTS_LAYER_CHECK_H */
