// SPDX-License-Identifier: GPL-2.0
/*
 * Layers from inside: the order of slots, how far entries are from home, what a
 * change costs at most, and what memory a layer takes.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* for what is static in it */
#include "layer.c"

#include "layer_check.h"

/* What is stored can be told from what is stored */
static void prefixes_come_back(void **state)
{
	__be32 addr[KEY_WORDS], back[KEY_WORDS];
	int i, prefix_len;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct shape shape = { .family = i % 2 };
		struct layer_key key;
		struct layer layer;

		prefix_len = shim_below(op25b_family_bits(shape.family) + 1);
		shape.prefix_len = prefix_len;
		create(&layer, &shape);
		roll_prefix(&layer, addr);
		key = layer_key(&layer, addr, layer.key_words);
		op25b_layer_prefix(&layer, key, back);
		assert_memory_equal(addr, back,
				    shape.family == OP25B_IPV4 ? 4 : 16);
		op25b_layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* Of a key in a narrow chunk the first bits are told from the chunk */
static void check_upper(u32 upper, u32 nr)
{
	struct layer layer = { .key_words = 1 };
	u64 scaled = (u64)upper * nr;
	struct view view = narrow_view(&layer, NULL, scaled >> 32, nr);

	assert_int_equal(narrow_upper(&view, narrow_scaled(scaled)), upper);
}

static void keys_come_back(void **state)
{
	u32 nr, i;

	(void)state;
	for (nr = NARROW_CHUNKS; nr < 25000; nr += 1 + nr / 400) {
		for (i = 0; i < 300; i++) {
			u64 chunk = shim_below(nr);
			u32 least = DIV_ROUND_UP(chunk << 32, nr);

			check_upper(least, nr);
			check_upper(least - !!least, nr);
			check_upper(least + 1, nr);
			check_upper(shim_random(), nr);
			check_upper(i, nr);
			check_upper(~i, nr);
		}
	}
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

/* Whether all chunks of a layer are narrow, save a few */
static bool all_narrow(const struct layer *layer)
{
	return layer->dir.narrow && (!layer->old.refs || layer->old.narrow);
}

/* The bytes of the layer's entries */
static size_t entry_bytes(const struct layer *layer)
{
	u32 words = all_narrow(layer) ? layer->key_words : layer->slot_words;

	return layer->used * words * sizeof(u32);
}

/*
 * Up to many entries and down again. No change makes more than a handful of
 * chunks: what a layer of any size needs for one, and for one step of resizing.
 */
static void up_and_down(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		const u32 n = i ? 60000 : 120000;
		__be32 (*addr)[KEY_WORDS] = calloc(n, sizeof(*addr));
		struct layer layer;
		u32 j;

		create(&layer, &shapes[i]);
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			do
				roll_prefix(&layer, addr[j]);
			while (holds(&layer, addr[j]));
			assert_int_equal(op25b_layer_insert(&layer, addr[j], 1,
							    j, DRAFT, 0),
					 0);
			assert_true(shim_memory.made - made <= 6);
			if (layer.used < FEW || j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		/* 73 to 78 per cent of the slots, sieves and the directory */
		assert_int_equal(all_narrow(&layer), i == 0 || i == 2);
		assert_in_range(op25b_layer_bytes(&layer),
				entry_bytes(&layer) * 100 / 75,
				entry_bytes(&layer) * 100 /
					(all_narrow(&layer) ? 62 : 67));
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			assert_true(holds(&layer, addr[j]));
			assert_int_equal(op25b_layer_remove(&layer, addr[j],
							    DRAFT),
					 0);
			assert_false(holds(&layer, addr[j]));
			assert_true(shim_memory.made - made <= 6);
			if (layer.used < FEW || j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		assert_true(op25b_layer_bytes(&layer) < 8192);
		op25b_layer_free(&layer, NULL, NULL);
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
			while (holds(&layer, addr));
			assert_int_equal(op25b_layer_insert(&layer, addr, 1, j,
							    DRAFT, 0),
					 0);
			assert_true(may_have(&layer, addr));
		}
		for (j = 0; j < n; j++) {
			do
				roll_prefix(&layer, addr);
			while (holds(&layer, addr));
			passed += may_have(&layer, addr);
		}
		assert_in_range(passed, n / 25, most);
		op25b_layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/*
 * Of the memory of a layer at least so many per cent are entries, as it grows and as
 * it shrinks, also while it is resized: an IPv4 prefix takes less than 12 bytes, or
 * some 14. Where chunks are narrow it is LESS_NARROW fewer, since their sieves are
 * no smaller: 6.5 bytes, or some 8.
 */
#define LEAST_GROWN	67
#define LEAST_SHRUNK	57
#define LESS_NARROW	5

static void check_bytes(const struct layer *layer, u32 percent)
{
	size_t bytes = op25b_layer_bytes(layer);

	if (layer->used < 20000)
		return;
	if (all_narrow(layer))
		percent -= LESS_NARROW;
	assert_true(bytes * percent <= entry_bytes(layer) * 100);
	/* which is not only said to be so */
	assert_in_range(bytes, shim_memory.bytes * 95 / 100,
			shim_memory.bytes * 105 / 100);
}

/* A random prefix that is not in the layer */
static void roll_absent(const struct layer *layer, __be32 *addr)
{
	do
		roll_prefix(layer, addr);
	while (holds(layer, addr));
}

static void add_one(struct layer *layer, __be32 *addr, u32 meta, u64 draft)
{
	roll_absent(layer, addr);
	assert_int_equal(op25b_layer_insert(layer, addr, meta, 1000, draft, 0),
			 0);
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

			assert_int_equal(op25b_layer_remove(&layer, addr[which],
							    DRAFT),
					 0);
			memcpy(addr[which], addr[j - 1], sizeof(*addr));
			if (j % 500 == 0)
				check_bytes(&layer, LEAST_SHRUNK);
		}
		assert_true(op25b_layer_bytes(&layer) < 1024);
		op25b_layer_free(&layer, NULL, NULL);
		free(addr);
	}
	assert_int_equal(shim_memory.live, 0);
}

/* Narrow chunks, and those that are not, for what some of their entries say */

/* Those that a narrow chunk can hold, but for one in so many if any */
static u32 roll_meta(u32 odd)
{
	static const u32 odd_metas[] = {
		1 << 3, 1 << 9, 32 << 16, 0xffff << 16, 31 << 16 | 7,
	};

	if (odd && !shim_below(odd))
		return odd_metas[shim_below(ARRAY_SIZE(odd_metas))];
	return shim_below(31) << 16 | shim_below(8);
}

static u32 count_wide(const struct layer *layer)
{
	u32 i, wide = 0;

	for (i = 0; i < layer->dir.nr; i++)
		wide += !is_narrow(layer->dir.refs[i]);
	return wide;
}

/**
 * struct said - a prefix and what a layer is to say of it
 * @addr: the prefix
 * @meta: its meta word
 */
struct said {
	__be32 addr[KEY_WORDS];
	u32 meta;
};

static void check_said(const struct layer *layer, const struct said *said,
		       u32 n)
{
	struct layer_item item;
	u32 i;

	for (i = 0; i < n; i++) {
		assert_true(op25b_layer_find(layer, said[i].addr, &item));
		assert_int_equal(item.meta, said[i].meta);
	}
	check(layer);
}

static void say_anew(struct layer *layer, struct said *said, u32 meta,
		     u64 draft)
{
	said->meta = meta;
	assert_int_equal(op25b_layer_replace(layer, said->addr, meta, 0, draft,
					     0),
			 0);
}

/* Adds some until so many are there, all resizing is done, and chunks are narrow */
static u32 add_said(struct layer *layer, struct said *said, u32 n, u32 least)
{
	for (; n < least || layer->old.refs || !layer->dir.narrow; n++) {
		said[n].meta = roll_meta(0);
		add_one(layer, said[n].addr, said[n].meta, DRAFT);
	}
	check_said(layer, said, n);
	return n;
}

static u32 fill_said(struct layer *layer, const struct shape *shape,
		     struct said **said)
{
	const u32 least = 110000;

	*said = calloc(2 * least, sizeof(**said));
	create(layer, shape);
	return add_said(layer, *said, 0, least);
}

/* Removes all, and looks at what is left from time to time */
static void remove_said(struct layer *layer, struct said *said, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		assert_int_equal(op25b_layer_remove(layer, said[i].addr, DRAFT),
				 0);
		if (i % 10000 == 0)
			check_said(layer, &said[i + 1], n - i - 1);
	}
	op25b_layer_free(layer, NULL, NULL);
	free(said);
	assert_int_equal(shim_memory.live, 0);
}

/* The last key of a chunk; returns whether all its bits in a narrow slot are ones */
static bool last_key(const struct layer *layer, u32 chunk, __be32 *addr)
{
	u32 nr = layer->dir.nr;
	u32 upper = DIV_ROUND_UP((chunk + 1ULL) << 32, nr) - 1;
	struct layer_key key = { .high = (u64)upper << 32 };

	if (layer->key_words == 2)
		key.high |= 0xffffffff;
	op25b_layer_prefix(layer, key, addr);
	return (u32)key_scale(key, nr) >> 8 == 0xffffff;
}

/* It is there when it is, and not when there is a free slot where it would be */
static void last_keys(void **state)
{
	static const u32 metas[] = { 0, 31 << 16 | 6, 31 << 16 | 7 };
	u32 i, j, n, ones;

	(void)state;
	for (i = 0; i < 4; i += 2) {
		struct layer_item item;
		__be32 addr[KEY_WORDS];
		struct layer layer;
		struct said *said;

		n = fill_said(&layer, &shapes[i], &said);
		for (j = 0, ones = 0; j < layer.dir.nr; j++) {
			u32 meta = metas[j % ARRAY_SIZE(metas)];

			ones += last_key(&layer, j, addr);
			assert_false(holds(&layer, addr));
			assert_int_equal(op25b_layer_insert(&layer, addr, meta,
							    0, DRAFT, 0),
					 0);
			assert_true(op25b_layer_find(&layer, addr, &item));
			assert_int_equal(item.meta, meta);
			assert_int_equal(op25b_layer_remove(&layer, addr,
							    DRAFT),
					 0);
			assert_false(holds(&layer, addr));
		}
		assert_true(ones > 30);
		remove_said(&layer, said, n);
	}
}

/* An entry that a narrow chunk cannot hold makes that one wide, and no other */
static void odd_one(struct layer *layer, struct said *said, u32 n)
{
	u32 wide = count_wide(layer);
	__be32 addr[KEY_WORDS];

	say_anew(layer, &said[shim_below(n)], roll_meta(1), DRAFT);
	add_one(layer, addr, roll_meta(1), DRAFT);
	assert_in_range(count_wide(layer), wide, wide + 2);
	assert_int_equal(op25b_layer_remove(layer, addr, DRAFT), 0);
	assert_in_range(count_wide(layer), wide, wide + 1);
}

static bool same_entries(const struct layer *a, const struct layer *b)
{
	bool same = op25b_layer_equal(a, b);

	assert_int_equal(op25b_layer_equal(b, a), same);
	return same;
}

/* Another layer with the same entries, whatever its chunks are like */
static void check_twin(struct layer *layer, const struct shape *shape,
		       const struct said *said, u32 n)
{
	struct layer twin;
	u32 i;

	create(&twin, shape);
	for (i = 0; i < n; i++)
		assert_int_equal(op25b_layer_insert(&twin, said[i].addr,
						    said[i].meta, 0, DRAFT, 0),
				 0);
	assert_int_equal(twin.dir.narrow, !layer->dir.narrow);
	assert_true(same_entries(layer, &twin));
	assert_int_equal(op25b_layer_replace(&twin, said[0].addr,
					     said[0].meta ^ 1, 0, DRAFT, 0),
			 0);
	assert_false(same_entries(layer, &twin));
	op25b_layer_free(&twin, NULL, NULL);
}

/* A clone differs while one of its chunks is wide for an odd entry, and no longer */
static void one_odd_one(const struct layer *layer, struct layer *clone,
			struct said *said)
{
	u32 meta = said->meta;

	say_anew(clone, said, roll_meta(1), DRAFT + 1);
	assert_false(same_entries(layer, clone));
	say_anew(clone, said, meta, DRAFT + 1);
	assert_true(same_entries(layer, clone));
}

static void odd_ones(void **state)
{
	u32 i, j, n, wide;

	(void)state;
	for (i = 0; i < 4; i += 2) {
		struct layer layer, clone;
		struct said *said, *cloned;

		n = fill_said(&layer, &shapes[i], &said);
		/* by chance, where more have come together than it can take */
		wide = count_wide(&layer);
		assert_true(wide <= layer.dir.nr / 100);
		for (j = 0; j < 20; j++)
			odd_one(&layer, said, n);
		assert_in_range(count_wide(&layer), wide + 12, wide + 20);
		check_said(&layer, said, n);

		clone = layer;
		op25b_layer_share(&clone);
		cloned = memcpy(calloc(n, sizeof(*said)), said,
				n * sizeof(*said));
		one_odd_one(&layer, &clone, &cloned[shim_below(n)]);
		for (j = 0; j < n; j += 50)
			say_anew(&clone, &cloned[j], roll_meta(2), DRAFT + 1);
		check_said(&clone, cloned, n);
		check_said(&layer, said, n);
		op25b_layer_free(&clone, &layer, NULL);
		free(cloned);
		for (j = 0; j < n; j++)
			if (is_odd(said[j].meta))
				say_anew(&layer, &said[j], roll_meta(0), DRAFT);
		assert_in_range(count_wide(&layer), 0, wide);
		check_said(&layer, said, n);
		remove_said(&layer, said, n);
	}
}

/*
 * So many that some chunks are wide, and then that all are, and none are narrow any
 * more; then none is odd, and the next resizing makes chunks narrow.
 */
static void many_odd_ones(void **state)
{
	u32 i, j, n, nr;

	(void)state;
	for (i = 0; i < 4; i += 2) {
		struct said *said;
		struct layer layer;

		n = fill_said(&layer, &shapes[i], &said);
		nr = layer.dir.nr;
		for (j = 0; j < nr / 2; j++)
			say_anew(&layer, &said[shim_below(n)], roll_meta(1),
				 DRAFT);
		assert_in_range(count_wide(&layer), nr / 4, nr / 2);
		for (j = 0; j < 20000; j++)
			say_anew(&layer, &said[shim_below(n)], roll_meta(1000),
				 DRAFT);
		check_said(&layer, said, n);

		for (j = 0; j < 2 * nr; j++)
			say_anew(&layer, &said[j], roll_meta(1), DRAFT);
		while (layer.dir.narrow || layer.old.refs) {
			said[n].meta = roll_meta(1);
			add_one(&layer, said[n].addr, said[n].meta, DRAFT);
			n++;
		}
		check_said(&layer, said, n);
		check_bytes(&layer, LEAST_SHRUNK);
		for (j = 0; j < n; j++)
			say_anew(&layer, &said[j], roll_meta(0), DRAFT);
		assert_false(layer.dir.narrow);
		check_twin(&layer, &shapes[i], said, n);
		n = add_said(&layer, said, n, n);
		remove_said(&layer, said, n);
	}
}

/* Removes the first entry from some chunk on, of which one may not have moved */
static int remove_any(struct layer *layer, u64 draft)
{
	u32 chunk = shim_below(layer->moved + !!layer->old.refs), i = 0;
	struct layer_item item;
	__be32 addr[KEY_WORDS];

	assert_true(op25b_layer_next(layer, &chunk, &i, &item));
	op25b_layer_prefix(layer, item.key, addr);
	return op25b_layer_remove(layer, addr, draft);
}

/* One step of resizing, by an entry that comes, or goes */
static int resize_step(struct layer *layer, bool growing, u64 draft)
{
	__be32 addr[KEY_WORDS];

	if (!growing)
		return remove_any(layer, draft);
	roll_absent(layer, addr);
	return op25b_layer_insert(layer, addr, 1, 1000, draft, 0);
}

/* A layer of so many chunks and more that has begun to be resized */
static void begin_resizing_of(struct layer *layer, const struct shape *shape,
			      bool growing, u32 least)
{
	__be32 addr[KEY_WORDS];

	create(layer, shape);
	while (layer->dir.nr < least || layer->old.refs)
		add_one(layer, addr, 1, DRAFT);
	while (!layer->old.refs)
		assert_int_equal(resize_step(layer, growing, DRAFT), 0);
	assert_int_equal(layer->dir.nr > layer->old.nr, growing);
}

/* The same of more chunks than two sieves have */
static void begin_resizing(struct layer *layer, const struct shape *shape,
			   bool growing)
{
	begin_resizing_of(layer, shape, growing, growing ? 3 * 8 : 4 * 8);
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
		op25b_layer_share(&layers[nr]);
		assert_int_equal(resize_step(&layers[nr], growing, ++draft),
				 0);
		check(&layers[nr]);
		if (++nr < 3)
			continue;
		gone = shim_below(2);
		check(&layers[gone]);
		op25b_layer_free(&layers[gone], gone ? &layers[0] : NULL,
				 &layers[gone + 1]);
		if (!gone)
			layers[0] = layers[1];
		layers[1] = layers[2];
		nr--;
	}
	op25b_layer_free(&layers[0], NULL, &layers[1]);
	check(&layers[1]);
	assert_in_range(op25b_layer_bytes(&layers[1]),
			shim_memory.bytes * 95 / 100,
			shim_memory.bytes * 105 / 100);
	op25b_layer_free(&layers[1], NULL, NULL);
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

/* Whether layers are equal, either way, which takes to look at few chunks */
static bool quickly_equal(const struct layer *a, const struct layer *b)
{
	unsigned long before = shim_rescheds;
	bool same = same_entries(a, b);

	assert_in_range(shim_rescheds - before, 0, 2 * 8);
	return same;
}

/* The prefix of the first entry from a chunk on */
static void first_prefix(const struct layer *layer, u32 chunk, __be32 *addr)
{
	struct layer_item item;
	u32 i = 0;

	assert_true(op25b_layer_next(layer, &chunk, &i, &item));
	op25b_layer_prefix(layer, item.key, addr);
}

/* Something else than an entry says, or again what it did before */
static struct layer_item flipped(const struct layer *layer,
				 struct layer_item item)
{
	if (layer->timed)
		item.expires ^= 1;
	else
		item.meta ^= 1;
	return item;
}

static void flip(struct layer *layer, const __be32 *addr)
{
	struct layer_item item;

	assert_true(op25b_layer_find(layer, addr, &item));
	item = flipped(layer, item);
	assert_int_equal(op25b_layer_replace(layer, addr, item.meta,
					     item.expires, DRAFT + 1, 0),
			 0);
}

/*
 * Entries of a clone that change, and back: one anywhere, and one that the step of
 * resizing has moved which comes with that, so that it is in a shared chunk no more
 */
static void change_and_back(const struct layer *origin)
{
	__be32 addr[KEY_WORDS], moved[KEY_WORDS];
	struct layer clone = *origin;

	op25b_layer_share(&clone);
	assert_true(quickly_equal(origin, &clone));
	first_prefix(origin, shim_below(origin->moved + !!origin->old.refs),
		     addr);
	flip(&clone, addr);
	assert_false(quickly_equal(origin, &clone));
	first_prefix(&clone, clone.moved - 1, moved);
	flip(&clone, moved);
	flip(&clone, addr);
	assert_false(quickly_equal(origin, &clone));
	flip(&clone, moved);
	assert_true(quickly_equal(origin, &clone));
	check(&clone);
	op25b_layer_free(&clone, origin, NULL);
}

/* The same as flip(), without a step of resizing */
static void flip_in_place(struct layer *layer, struct layer_key key)
{
	struct layer_item before, item;
	struct place place;

	layer_place(layer, key, &place);
	assert_int_equal(dir_own_chunk(place.dir, place.index, DRAFT + 1), 0);
	place_read(layer, &place, &before);
	item = flipped(layer, before);
	assert_true(place_write(layer, &place, &before, &item));
}

static void flip_and_back(const struct layer *origin, struct layer *clone,
			  struct layer_key key)
{
	flip_in_place(clone, key);
	assert_false(quickly_equal(origin, clone));
	flip_in_place(clone, key);
	assert_true(quickly_equal(origin, clone));
}

/*
 * An entry of a clone that is in the old directory, in the first chunk of that, and one
 * that has moved out of a chunk which others have not yet left: that chunk is shared,
 * but what the clone says of the entry is elsewhere
 */
static void change_moved(const struct layer *origin)
{
	struct layer clone = *origin;
	struct layer_item item, last;
	u32 chunk = clone.moved, i = 0;

	op25b_layer_share(&clone);
	assert_true(op25b_layer_next(&clone, &chunk, &i, &item));
	flip_and_back(origin, &clone, item.key);
	chunk = clone.moved;
	i = 0;
	assert_int_equal(layer_step(&clone, DRAFT + 1), 0);
	while (op25b_layer_next(&clone, &chunk, &i, &item) &&
	       chunk < clone.moved)
		last = item;
	flip_and_back(origin, &clone, last.key);
	op25b_layer_free(&clone, origin, NULL);
}

/* What is said of an entry already changes nothing, and takes no memory */
static void say_again(const struct layer *origin)
{
	size_t made = shim_memory.made;
	struct layer clone = *origin;
	u32 chunk = 0, i = 0;
	struct layer_item item;

	op25b_layer_share(&clone);
	while (op25b_layer_next(origin, &chunk, &i, &item)) {
		__be32 addr[KEY_WORDS];

		op25b_layer_prefix(origin, item.key, addr);
		assert_int_equal(op25b_layer_replace(&clone, addr, item.meta,
						     item.expires, DRAFT + 1,
						     0),
				 0);
	}
	assert_int_equal(shim_memory.made, made);
	assert_true(quickly_equal(origin, &clone));
}

static void equal_clones(void **state)
{
	u32 i, j;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(shapes); i++) {
		struct layer layer;

		begin_resizing(&layer, &shapes[i / 2], i & 1);
		while (layer.old.refs) {
			for (j = 0; j < 4; j++)
				change_and_back(&layer);
			change_moved(&layer);
			assert_int_equal(resize_step(&layer, i & 1, DRAFT), 0);
		}
		for (j = 0; j < 20; j++)
			change_and_back(&layer);
		say_again(&layer);
		op25b_layer_free(&layer, NULL, NULL);
		assert_int_equal(shim_memory.live, 0);
	}
}

/* The same of narrow chunks */
static void equal_narrow_clones(void **state)
{
	u32 i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct shape *shape = &shapes[i / 2 * 2];
		struct layer layer;

		begin_resizing_of(&layer, shape, i & 1, i & 1 ? 260 : 300);
		assert_true(layer.dir.narrow && layer.old.narrow);
		for (j = 0; j < 50; j++) {
			change_moved(&layer);
			if (j % 10 == 0)
				change_and_back(&layer);
			assert_int_equal(resize_step(&layer, i & 1, DRAFT), 0);
		}
		assert_non_null(layer.old.refs);
		op25b_layer_free(&layer, NULL, NULL);
		assert_int_equal(shim_memory.live, 0);
	}
}

/* Resizes a clone to the end, with the nth allocation failing; false if it has fewer */
static bool run_out(const struct layer *origin, bool growing, size_t nth)
{
	struct layer clone = *origin;
	bool failed;
	int err = 0;

	op25b_layer_share(&clone);
	shim_memory.fail_in = nth;
	while (!err && clone.old.refs)
		err = resize_step(&clone, growing, DRAFT + 1);
	failed = !shim_memory.fail_in;
	shim_memory.fail_in = 0;
	assert_int_equal(err, failed ? -ENOMEM : 0);
	if (!failed)
		check(&clone);
	op25b_layer_free(&clone, origin, NULL);
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
	op25b_layer_free(&origin, NULL, NULL);
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

/* A layer whose chunks become narrow, or wide, and memory that runs out meanwhile */
static void become_without_memory(const struct shape *shape, bool narrow)
{
	__be32 addr[KEY_WORDS];
	struct layer origin;
	size_t live, nth;

	create(&origin, shape);
	while (!origin.dir.narrow || (!narrow && origin.old.refs))
		add_one(&origin, addr, 1, DRAFT);
	while (origin.dir.narrow != narrow)
		assert_int_equal(remove_any(&origin, DRAFT), 0);
	assert_int_equal(origin.dir.narrow, narrow);
	assert_int_equal(origin.old.narrow, !narrow);
	live = shim_memory.live;
	for (nth = 1; run_out(&origin, narrow, nth); nth += 1 + nth / 8)
		assert_int_equal(shim_memory.live, live);
	assert_true(nth > origin.dir.nr);
	check(&origin);
	op25b_layer_free(&origin, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void become_narrow_without_memory(void **state)
{
	(void)state;
	become_without_memory(&shapes[0], true);
	become_without_memory(&shapes[0], false);
	become_without_memory(&shapes[2], true);
	become_without_memory(&shapes[2], false);
}

/* Removing by a filter */

static bool has_meta(const struct layer_filter *filter,
		     const struct layer_item *item)
{
	return item->meta == filter->id;
}

static int note_nothing(const struct layer_filter *filter,
			const struct layer_item *item)
{
	(void)filter;
	(void)item;
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

	assert_int_equal(op25b_layer_remove_all(layer, &filter, draft), 0);
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
		op25b_layer_share(&clone);
		for (meta = 6; meta < 10; meta++)
			remove_one(&clone, meta, DRAFT + 1);
		check(&clone);
		check(&layer);
		/* all go, and little is left */
		remove_by_meta(&clone, 1, DRAFT + 1);
		assert_int_equal(clone.used, 0);
		assert_true(op25b_layer_bytes(&clone) < 1024);
		op25b_layer_free(&layer, NULL, &clone);
		op25b_layer_free(&clone, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(prefixes_come_back),
		fresh_test(keys_come_back),
		fresh_test(up_and_down),
		fresh_test(sieves_end_searches),
		fresh_test(memory_follows),
		fresh_test(last_keys),
		fresh_test(odd_ones),
		fresh_test(many_odd_ones),
		fresh_test(resize_in_versions),
		fresh_test(equal_clones),
		fresh_test(equal_narrow_clones),
		fresh_test(resize_without_memory),
		fresh_test(become_narrow_without_memory),
		fresh_test(few_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
