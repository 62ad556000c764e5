// SPDX-License-Identifier: GPL-2.0
/*
 * Layers: hash tables of the prefixes of one length, copy-on-write.
 *
 * A key is a prefix, mixed under a seed in a way that can be undone, and a layer
 * is an array of slots in the order of keys: a key's home is where it would be
 * if all were spread evenly, and it is there or as little behind as those before
 * it leave room (ordered hash tables: Amble and Knuth, The Computer Journal 17,
 * 1974). So a search ends at the first key that is not smaller, found or not, and
 * at the usual load that is mostly among the first SLOTS_AT_ONCE. An entry takes
 * its key and one word, two with a timeout: 8 to 24 bytes, no pointers.
 *
 * The array is cut into chunks, each with an even share of the range of keys, and
 * room for some entries behind the last home. Usually they are a page each. Small
 * layers have a smaller one; where chance, or malice, has more come together
 * than a chunk can take, that one is widened, and if that does not help either,
 * the layer gets another seed. No search looks at more than MAX_SEARCH slots.
 *
 * Where there are many chunks, the first bits of a key follow from which of them it
 * is in, and need not be stored (quotienting: Cleary, IEEE Transactions on Computers
 * C-33, 1984). What most meta words say goes into eight bits, and so into their place:
 * such a chunk is narrow, half a page, and an entry takes 4 or 8 bytes. An odd entry,
 * with a meta word that says more, makes its chunk a wide one; where many are odd, all
 * chunks are wide.
 *
 * Most searches are in vain. So there are sieves, bitmaps that tell in which even
 * parts of a chunk's range there is a key, and mostly that is all such a search waits
 * for.
 *
 * A layer is resized by one chunk with each entry that comes or goes: into a new
 * directory, in the order of keys, so a search needs to look in one only. As both
 * are in the same order that is merely copying.
 *
 * A clone shares directories, sieves and chunks with its origin. The first change
 * copies the directory, the first change to a chunk the chunk and its sieve. Of both
 * it is known which draft made them, so that a draft changes in place what is its
 * own. Nothing counts who shares them: op25b_layer_free() frees what neither neighbour
 * has, see table.c.
 */
#include <linux/atomic.h>
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "layer.h"

/*
 * Chunks that are as usual are at PLANNED per cent of their slots after resizing, and
 * between the others before, but by chance one may be as full as LIMIT; those of a
 * layer that has but a small one are widened before that. The closer these are to
 * each other, the closer memory keeps to the number of entries, and the more often a
 * layer is resized: once while a fifteenth of its entries comes, or a seventh goes.
 */
#define PERCENT_PLANNED	73
#define PERCENT_FULL	78
#define PERCENT_LIMIT	94
#define PERCENT_SPARSE	63

/* How many chunks a directory is to have, and whether they are narrow if they can be */
struct plan {
	u32 nr;
	bool narrow;
};

/* Changing: where a key is, or would be */
struct place {
	struct directory *dir;
	u32 index;
	u32 at;
};

static struct chunk *ref_chunk_mut(unsigned long ref)
{
	return (struct chunk *)ref_chunk(ref);
}

/* Chunks */

static size_t order_bytes(unsigned int order)
{
	return (size_t)CHUNK_BYTES << order;
}

/* How many slots a chunk has that is as usual, narrow or a page and wide */
static u32 usual_slots(const struct layer *layer, bool narrow)
{
	if (narrow)
		return order_slots(NARROW_ORDER, layer->key_words);
	return order_slots(CHUNK_ORDER, layer->slot_words);
}

/* The tag of a meta word; TAG_FREE if there is none */
static __always_inline u32 meta_tag(u32 meta)
{
	u32 tag = (meta & TAG_REST) |
		  FIELD_PREP(TAG_LABEL, FIELD_GET(OP25B_META_LABEL, meta));

	return tag_meta(tag) == meta ? tag : TAG_FREE;
}

static bool meta_odd(u32 meta)
{
	return meta_tag(meta) == TAG_FREE;
}

/**
 * struct view - a chunk as its slots are to be read and written
 * @chunk: the chunk
 * @begin: where its range begins among scaled keys
 * @nr: the chunks of its directory
 * @step: 32-bit words of a slot
 * @slots: how many slots it has
 * @homes: in how many of them the search may begin
 * @limit: how many entries it is to take; what a usual one takes varies by chance
 * @narrow: whether it is narrow; only then what follows is set
 * @least: the upper half of the least key of its range
 * @offset: that scaled, less @begin
 * @inverse: 2^32 / @nr
 */
struct view {
	struct chunk *chunk;
	u64 begin;
	u32 nr;
	u32 step;
	u32 slots;
	u32 homes;
	u32 limit;
	bool narrow;
	u32 least;
	u32 offset;
	u32 inverse;
};

static struct view narrow_view(const struct layer *layer, struct chunk *chunk,
			       u32 index, u32 nr)
{
	const unsigned int step = layer->key_words;
	u64 begin = (u64)index << 32;
	u32 least = div_u64(begin + nr - 1, nr);
	u32 slots = order_slots(NARROW_ORDER, step);

	return (struct view){
		.chunk = chunk,
		.begin = begin,
		.nr = nr,
		.step = step,
		.slots = slots,
		.homes = order_homes(NARROW_ORDER, step),
		.limit = slots * PERCENT_LIMIT / 100,
		.narrow = true,
		.least = least,
		.offset = (u64)least * nr - begin,
		.inverse = div_u64(1ULL << 32, nr),
	};
}

/* A chunk by that index in a directory of so many */
static struct view ref_view(const struct layer *layer, unsigned long ref,
			    u32 index, u32 nr)
{
	unsigned int order = ref_order(ref);
	u32 slots = order_slots(order, layer->slot_words);

	if (ref & REF_NARROW)
		return narrow_view(layer, ref_chunk_mut(ref), index, nr);
	return (struct view){
		.chunk = ref_chunk_mut(ref),
		.begin = (u64)index << 32,
		.nr = nr,
		.step = layer->slot_words,
		.slots = slots,
		.homes = layer->homes[order],
		.limit = slots * (order < CHUNK_ORDER ? PERCENT_FULL :
							PERCENT_LIMIT) / 100,
	};
}

static struct view dir_view(const struct layer *layer,
			    const struct directory *dir, u32 index)
{
	return ref_view(layer, dir->refs[index], index, dir->nr);
}

static u32 *view_slot(const struct view *view, u32 i)
{
	return &view->chunk->slots[i * view->step];
}

static size_t slot_bytes(const struct view *view)
{
	return view->step * sizeof(u32);
}

/* Whether there is an entry in a slot, whose key has so many words */
static __always_inline bool slot_used(const struct view *view, const u32 *slot,
				      const unsigned int words)
{
	if (view->narrow)
		return (narrow_slot(slot, words) & TAG_MASK) != TAG_FREE;
	return slot[words] != SLOT_FREE;
}

/* Its key as it is scaled where it is; of a narrow chunk as those know it */
static __always_inline u64 slot_scaled(const struct view *view, const u32 *slot,
				       const unsigned int words)
{
	struct layer_key key = slot_key(slot, words);

	if (view->narrow)
		return view->begin + narrow_scaled(key.high >> 32);
	return key_scale(key, view->nr);
}

/* The home of a key as scaled for the directory of the chunk */
static __always_inline u32 view_home(const struct view *view, u64 scaled)
{
	return key_home(view->narrow ? narrow_scaled(scaled) : scaled,
			view->homes);
}

static u32 slot_home(const struct layer *layer, const struct view *view,
		     const u32 *slot)
{
	return view_home(view, slot_scaled(view, slot, layer->key_words));
}

/* Its bit among those of the chunk */
static u32 slot_bit(const struct layer *layer, const struct view *view,
		    const u32 *slot)
{
	return key_bit(slot_scaled(view, slot, layer->key_words));
}

/*
 * The upper half of the key in a slot of a narrow chunk: the least one that is not
 * below it when scaled
 */
static __always_inline u32 narrow_upper(const struct view *view, u64 scaled)
{
	u64 more = (u32)scaled + (view->nr - 1ULL - view->offset);
	u64 steps = more * view->inverse >> 32;

	while ((steps + 1) * view->nr <= more)
		steps++;
	return view->least + steps;
}

static __always_inline void slot_read(const struct layer *layer,
				      const struct view *view, const u32 *slot,
				      struct layer_item *item,
				      const unsigned int words)
{
	item->key = slot_key(slot, words);
	if (view->narrow) {
		u32 rest = words > 1 ? item->key.high >> TAG_BITS : 0;
		u64 scaled = slot_scaled(view, slot, words);

		item->meta = tag_meta(narrow_slot(slot, words) & TAG_MASK);
		item->key.high = (u64)narrow_upper(view, scaled) << 32 | rest;
		return;
	}
	item->meta = slot[words];
	if (layer->timed)
		item->expires = slot[words + 1];
}

/* False if the chunk is narrow and there is no tag */
static __always_inline bool slot_write(const struct layer *layer,
				       const struct view *view, u32 *slot,
				       const struct layer_item *item, u64 scaled,
				       const unsigned int words)
{
	struct layer_key key = item->key;

	if (view->narrow) {
		u32 tag = meta_tag(item->meta);

		key = narrow_key(key, scaled, words);
		if (words > 1)
			store64(slot, key.high | tag);
		else
			slot[0] = key.high >> 32 | tag;
		return tag != TAG_FREE;
	}
	if (words > 1)
		store64(slot, key.high);
	else
		slot[0] = key.high >> 32;
	if (words > 2)
		store64(slot + 2, key.low);
	slot[words] = item->meta;
	if (layer->timed)
		slot[words + 1] = item->expires;
	return true;
}

static void slot_clear(const struct view *view, u32 *slot)
{
	memset(slot, 0xff, slot_bytes(view));
}

/* The least order of a chunk of so many: there is one that may be small */
static unsigned int least_order(u32 nr, bool narrow)
{
	if (nr == 1)
		return 0;
	return narrow ? NARROW_ORDER : CHUNK_ORDER;
}

static unsigned long chunk_ref(struct chunk *chunk, unsigned int order,
			       unsigned long narrow)
{
	return (unsigned long)chunk | narrow | (order ^ CHUNK_ORDER);
}

/* An empty chunk, where they are narrow if they can be */
static unsigned long chunk_create(unsigned int order, bool narrow, u64 draft)
{
	struct chunk *chunk = kmalloc(order_bytes(order), GFP_KERNEL_ACCOUNT);

	if (!chunk)
		return 0;
	memset(chunk, 0xff, order_bytes(order));
	chunk->draft = draft;
	chunk->used = 0;
	chunk->odd = 0;
	return chunk_ref(chunk, order,
			 narrow && order == NARROW_ORDER ? REF_NARROW : 0);
}

/* A draft has no more use for a chunk; others may */
static void chunk_drop(unsigned long ref, u64 draft)
{
	if (ref && ref_chunk(ref)->draft == draft)
		kfree(ref_chunk(ref));
}

/* Sieves */

static u32 dir_nr_sieves(const struct directory *dir)
{
	return DIV_ROUND_UP(dir->nr, SIEVE_CHUNKS);
}

static size_t sieve_bytes(const struct directory *dir, u32 i)
{
	u32 chunks = min_t(u32, dir->nr - i * SIEVE_CHUNKS, SIEVE_CHUNKS);

	return chunks * SIEVE_WORDS * sizeof(u32);
}

/* The bits of a chunk */
static u32 *dir_bits(const struct directory *dir, u32 i)
{
	return &dir->sieves[i / SIEVE_CHUNKS].bits[i % SIEVE_CHUNKS *
						   SIEVE_WORDS];
}

/* As chunk_drop() */
static void sieve_drop(struct sieve *sieve, u64 draft)
{
	if (sieve->draft == draft)
		kfree(sieve->bits);
	sieve->bits = NULL;
	sieve->draft = 0;
}

static void bits_set(u32 *bits, u32 bit)
{
	bits[bit / 32] |= 1U << bit % 32;
}

/* Whether the next entry of the chunk, 1 or -1 slots at a time, has this bit */
static bool next_has_bit(const struct layer *layer, const struct view *view,
			 u32 at, int way, u32 bit)
{
	for (at += way; at < view->slots; at += way) {
		const u32 *slot = view_slot(view, at);

		if (slot_used(view, slot, layer->key_words))
			return slot_bit(layer, view, slot) == bit;
	}
	return false;
}

/* An entry is about to go: entries are in order, so that those beside it tell */
static void bits_remove(const struct layer *layer, const struct view *view,
			u32 at, u32 *bits)
{
	u32 bit = slot_bit(layer, view, view_slot(view, at));

	if (!next_has_bit(layer, view, at, -1, bit) &&
	    !next_has_bit(layer, view, at, 1, bit))
		bits[bit / 32] &= ~(1U << bit % 32);
}

/*
 * Puts an entry in its place, and those that are there one slot further. False,
 * and nothing is changed, if one of them would be too far from home then, or the
 * chunk is too narrow.
 */
static bool chunk_insert(const struct layer *layer, const struct place *place,
			 const struct layer_item *item)
{
	struct view view = dir_view(layer, place->dir, place->index);
	u32 entry[SLOT_WORDS], end = place->at;
	const u32 *slot = entry;

	if (view.chunk->used >= view.limit ||
	    !slot_write(layer, &view, entry, item,
			key_scale(item->key, view.nr), layer->key_words))
		return false;
	for (;;) {
		if (end - slot_home(layer, &view, slot) > MAX_DISTANCE)
			return false;
		slot = view_slot(&view, end);
		if (!slot_used(&view, slot, layer->key_words))
			break;
		end++;
	}
	if (end + 1 >= view.slots)
		return false;
	memmove(view_slot(&view, place->at + 1), view_slot(&view, place->at),
		(end - place->at) * slot_bytes(&view));
	memcpy(view_slot(&view, place->at), entry, slot_bytes(&view));
	view.chunk->used++;
	bits_set(dir_bits(place->dir, place->index),
		 slot_bit(layer, &view, entry));
	return true;
}

/* Takes out an entry; those behind it that are not at home move one slot back */
static void chunk_remove(const struct layer *layer, const struct place *place)
{
	struct view view = dir_view(layer, place->dir, place->index);
	u32 end = place->at + 1;

	bits_remove(layer, &view, place->at,
		    dir_bits(place->dir, place->index));
	for (;;) {
		const u32 *slot = view_slot(&view, end);

		if (!slot_used(&view, slot, layer->key_words) ||
		    slot_home(layer, &view, slot) == end)
			break;
		end++;
	}
	memmove(view_slot(&view, place->at), view_slot(&view, place->at + 1),
		(end - 1 - place->at) * slot_bytes(&view));
	slot_clear(&view, view_slot(&view, end - 1));
	view.chunk->used--;
}

/* Directories */

static u64 new_id(void)
{
	static atomic64_t last = ATOMIC64_INIT(0);

	return atomic64_inc_return(&last);
}

/* Of the directory itself, without what it points to */
static size_t dir_memory_bytes(const struct directory *dir)
{
	return dir_nr_sieves(dir) * sizeof(*dir->sieves) +
	       dir->nr * sizeof(*dir->refs);
}

static void dir_set_memory(struct directory *dir, void *memory)
{
	dir->sieves = memory;
	dir->refs = (unsigned long *)&dir->sieves[dir_nr_sieves(dir)];
	dir->private = true;
}

static int dir_create(struct directory *dir, struct plan plan)
{
	void *memory;

	dir->nr = plan.nr;
	dir->narrow = plan.narrow;
	memory = kvzalloc(dir_memory_bytes(dir), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return -ENOMEM;
	dir_set_memory(dir, memory);
	dir->id = new_id();
	return 0;
}

static int dir_own(struct directory *dir)
{
	void *memory;

	if (dir->private)
		return 0;
	memory = kvmalloc(dir_memory_bytes(dir), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return -ENOMEM;
	dir_set_memory(dir, memcpy(memory, dir->sieves, dir_memory_bytes(dir)));
	return 0;
}

/*
 * A chunk's directory and sieve as the draft may change them: in memory of its own.
 * If there is no sieve yet, it is empty.
 */
static int dir_own_sieve(struct directory *dir, u32 i, u64 draft)
{
	size_t bytes = sieve_bytes(dir, i / SIEVE_CHUNKS);
	struct sieve *sieve;
	u32 *bits;

	if (dir_own(dir))
		return -ENOMEM;
	sieve = &dir->sieves[i / SIEVE_CHUNKS];
	if (sieve->draft == draft)
		return 0;
	bits = sieve->bits ? kmemdup(sieve->bits, bytes, GFP_KERNEL_ACCOUNT) :
			     kzalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (!bits)
		return -ENOMEM;
	sieve->bits = bits;
	sieve->draft = draft;
	return 0;
}

/* The same with the chunk itself */
static int dir_own_chunk(struct directory *dir, u32 i, u64 draft)
{
	unsigned long ref = dir->refs[i];
	struct chunk *chunk;

	if (ref_chunk(ref)->draft == draft)
		return 0;
	if (dir_own_sieve(dir, i, draft))
		return -ENOMEM;
	chunk = kmemdup(ref_chunk(ref), order_bytes(ref_order(ref)),
			GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return -ENOMEM;
	chunk->draft = draft;
	dir->refs[i] = chunk_ref(chunk, ref_order(ref), ref & REF_NARROW);
	return 0;
}

/*
 * The entries of a chunk have moved to another directory. Chunks go in order, and
 * the last one of a sieve takes that along.
 */
static int dir_drop_chunk(struct directory *dir, u32 i, u64 draft)
{
	bool last = i % SIEVE_CHUNKS == SIEVE_CHUNKS - 1;
	int err = last ? dir_own(dir) : dir_own_sieve(dir, i, draft);

	if (err)
		return err;
	chunk_drop(dir->refs[i], draft);
	dir->refs[i] = 0;
	if (last)
		sieve_drop(&dir->sieves[i / SIEVE_CHUNKS], draft);
	return 0;
}

static void dir_give_up(struct directory *dir, u64 draft)
{
	u32 i;

	if (!dir->private)
		return;
	for (i = 0; i < dir->nr; i++) {
		chunk_drop(dir->refs[i], draft);
		cond_resched();
	}
	for (i = 0; i < dir_nr_sieves(dir); i++)
		sieve_drop(&dir->sieves[i], draft);
	kvfree(dir->sieves);
}

/* The directory of a layer that may share chunks with this one */
static const struct directory *dir_twin(const struct directory *dir,
					const struct layer *layer)
{
	if (layer && layer->dir.refs && layer->dir.id == dir->id)
		return &layer->dir;
	if (layer && layer->old.refs && layer->old.id == dir->id)
		return &layer->old;
	return NULL;
}

static bool dir_has(const struct directory *dir, u32 i, unsigned long ref)
{
	return dir && dir->refs[i] == ref;
}

static bool dir_has_bits(const struct directory *dir, u32 i, const u32 *bits)
{
	return dir && dir->sieves[i].bits == bits;
}

/* Frees a sieve that neither twin has, and of its chunks those they have not */
static void dir_free_part(struct directory *dir, u32 i,
			  const struct directory *a, const struct directory *b)
{
	u32 first = i * SIEVE_CHUNKS, j;

	for (j = first; j < dir->nr && j < first + SIEVE_CHUNKS; j++)
		if (!dir_has(a, j, dir->refs[j]) &&
		    !dir_has(b, j, dir->refs[j]))
			kfree(ref_chunk(dir->refs[j]));
	kfree(dir->sieves[i].bits);
}

static void dir_free(struct directory *dir, const struct layer *elder,
		     const struct layer *heir)
{
	const struct directory *a = dir_twin(dir, elder);
	const struct directory *b = dir_twin(dir, heir);
	u32 i;

	if (!dir->refs || (a && a->refs == dir->refs) ||
	    (b && b->refs == dir->refs))
		return;
	for (i = 0; i < dir_nr_sieves(dir); i++) {
		const u32 *bits = dir->sieves[i].bits;

		/* most is shared: who has the sieve has all the chunks, too */
		if (dir_has_bits(a, i, bits) || dir_has_bits(b, i, bits))
			continue;
		dir_free_part(dir, i, a, b);
		cond_resched();
	}
	kvfree(dir->sieves);
}

/* Resizing */

static bool layer_resizing(const struct layer *layer)
{
	return layer->old.refs;
}

/*
 * What it takes for so many entries. Where two of five chunks would be wide in the
 * end, as with an odd entry for every other chunk, all are to be.
 */
static struct plan layer_plan(const struct layer *layer, u32 entries)
{
	u32 slots = usual_slots(layer, true);
	struct plan plan = {
		.nr = DIV_ROUND_UP(entries, slots * PERCENT_PLANNED / 100),
		.narrow = true,
	};

	if (can_be_narrow(layer->key_words, layer->timed) &&
	    plan.nr >= NARROW_CHUNKS && layer->odd <= plan.nr / 2)
		return plan;
	slots = usual_slots(layer, false);
	plan.nr = max(DIV_ROUND_UP(entries, slots * PERCENT_PLANNED / 100), 1U);
	plan.narrow = false;
	return plan;
}

/* The first chunk of the old directory with entries that have not moved */
static u32 layer_old_first(const struct layer *layer)
{
	return div_u64((u64)layer->moved * layer->old.nr, layer->dir.nr);
}

/* Whether an entry of the old directory has moved */
static bool key_moved(const struct layer *layer, struct layer_key key)
{
	return key_scale(key, layer->dir.nr) >> 32 < layer->moved;
}

/**
 * struct part - entries that are to have a chunk of their own
 * @from: where they are
 * @first: the first chunk of @from with some of them
 * @last: the last one
 * @index: the chunk they are to be
 * @nr: of so many
 * @narrow: which are narrow if they can be
 */
struct part {
	const struct directory *from;
	u32 first;
	u32 last;
	u32 index;
	u32 nr;
	bool narrow;
};

/* The slot of its first chunk that the part begins at: the home of its least key */
static u32 part_begin(const struct part *part, const struct view *view)
{
	u64 upper = div_u64(((u64)part->index << 32) + part->nr - 1, part->nr);
	struct layer_key least = { .high = upper << 32 };
	u64 scaled = key_scale(least, part->from->nr);

	return scaled >> 32 == part->first ? view_home(view, scaled) : 0;
}

/**
 * struct walk - a place in a part
 * @view: the chunk
 * @index: which of the directory it is
 * @slot: the next slot of it
 * @end: the one behind its last
 */
struct walk {
	struct view view;
	u32 index;
	const u32 *slot;
	const u32 *end;
};

static void walk_chunk(const struct layer *layer, const struct part *part,
		       struct walk *walk, u32 index)
{
	walk->view = dir_view(layer, part->from, index);
	walk->index = index;
	walk->slot = view_slot(&walk->view, 0);
	walk->end = view_slot(&walk->view, walk->view.slots);
}

static void walk_begin(const struct layer *layer, const struct part *part,
		       struct walk *walk)
{
	walk_chunk(layer, part, walk, part->first);
	walk->slot = view_slot(&walk->view, part_begin(part, &walk->view));
}

/*
 * The part's next entry, and its key as scaled for so many chunks as the part's;
 * false behind the last one
 */
static __always_inline bool walk_next(const struct layer *layer,
				      const struct part *part,
				      struct walk *walk,
				      struct layer_item *item, u64 *scaled,
				      const unsigned int words)
{
	for (;;) {
		while (walk->slot < walk->end) {
			const u32 *slot = walk->slot;

			walk->slot += walk->view.step;
			if (!slot_used(&walk->view, slot, words))
				continue;
			slot_read(layer, &walk->view, slot, item, words);
			*scaled = key_scale(item->key, part->nr);
			if (*scaled >> 32 < part->index)
				continue;
			return *scaled >> 32 == part->index;
		}
		if (walk->index == part->last)
			return false;
		walk_chunk(layer, part, walk, walk->index + 1);
	}
}

/* Of two times that are both not before the layer's earliest */
static bool layer_sooner(const struct layer *layer, u32 a, u32 b)
{
	return a - layer->earliest < b - layer->earliest;
}

/* An entry has come into a chunk, which may have been its first */
static void chunk_note_expiry(const struct layer *layer, struct chunk *chunk,
			      u32 expires)
{
	if (chunk->used == 1 || layer_sooner(layer, expires, chunk->earliest))
		chunk->earliest = expires;
}

/* An entry has come into a chunk */
static __always_inline void chunk_note(const struct layer *layer,
				       struct chunk *chunk,
				       const struct layer_item *item)
{
	if (layer->timed)
		chunk_note_expiry(layer, chunk, item->expires);
	else
		chunk->odd += meta_odd(item->meta);
}

/* An entry has gone, or says something else now */
static void chunk_forget(const struct layer *layer, struct chunk *chunk,
			 const struct layer_item *item)
{
	if (!layer->timed)
		chunk->odd -= meta_odd(item->meta);
}

/**
 * struct filling - a chunk that gets entries in the order of their keys
 * @view: the chunk
 * @bits: its own in its sieve
 * @end: behind the last entry
 */
struct filling {
	struct view view;
	u32 *bits;
	u32 end;
};

/*
 * Puts an entry behind all others, or at its home if that is further; its bit and
 * when it expires are noted. False if there is no room, or too far from home only,
 * or if the chunk is too narrow.
 */
static __always_inline bool filling_append(const struct layer *layer,
					   struct filling *filling,
					   const struct layer_item *item,
					   u64 scaled, const unsigned int words)
{
	const struct view *view = &filling->view;
	u32 home = view_home(view, scaled);
	u32 at = max(home, filling->end);

	if (at - home > MAX_DISTANCE || at + 1 >= view->slots ||
	    !slot_write(layer, view, view_slot(view, at), item, scaled, words))
		return false;
	bits_set(filling->bits, key_bit(scaled));
	filling->end = at + 1;
	view->chunk->used++;
	chunk_note(layer, view->chunk, item);
	return true;
}

/* While a layer grows to a million, an entry is copied fourteen times on average */
static __always_inline bool part_copy(const struct layer *layer,
				      const struct part *part,
				      struct filling *filling,
				      const unsigned int words)
{
	struct layer_item item = {};
	struct walk walk;
	u64 scaled;

	walk_begin(layer, part, &walk);
	while (walk_next(layer, part, &walk, &item, &scaled, words))
		if (!filling_append(layer, filling, &item, scaled, words))
			return false;
	return true;
}

static bool part_fill(const struct layer *layer, const struct part *part,
		      unsigned long ref, u32 *bits)
{
	struct filling filling = {
		.view = ref_view(layer, ref, part->index, part->nr),
		.bits = bits,
	};

	switch (layer->key_words) {
	case 1:
		return part_copy(layer, part, &filling, 1);
	case 2:
		return part_copy(layer, part, &filling, 2);
	default:
		return part_copy(layer, part, &filling, 4);
	}
}

static u32 part_entries(const struct layer *layer, const struct part *part)
{
	struct layer_item item;
	struct walk walk;
	u32 entries = 0;
	u64 scaled;

	walk_begin(layer, part, &walk);
	while (walk_next(layer, part, &walk, &item, &scaled, layer->key_words))
		entries++;
	return entries;
}

/* The least order that takes a part with some room to spare, a page at most */
static unsigned int part_order(const struct layer *layer,
			       const struct part *part)
{
	unsigned int order = least_order(part->nr, part->narrow);
	u32 entries;

	if (part->nr > 1)
		return order;
	entries = part_entries(layer, part);
	while (order < CHUNK_ORDER &&
	       entries * 4 > order_slots(order, layer->slot_words) * 3)
		order++;
	return order;
}

/*
 * Makes a chunk of a part, at least of that order, in whose sieve there may be its
 * bits already, but no others. -ENOSPC: too many keys are too close to each other.
 */
static int part_build(const struct layer *layer, const struct part *part,
		      unsigned int order, u64 draft, u32 *bits,
		      unsigned long *ref)
{
	for (; order < CHUNK_ORDERS; order++) {
		*ref = chunk_create(order, part->narrow, draft);
		if (!*ref)
			return -ENOMEM;
		if (part_fill(layer, part, *ref, bits))
			return 0;
		kfree(ref_chunk(*ref));
	}
	return -ENOSPC;
}

/* Gives a chunk of the draft's own another order, at least this one */
static int chunk_rebuild(const struct layer *layer, struct directory *dir,
			 u32 i, unsigned int order, u64 draft)
{
	struct part part = {
		.from = dir, .first = i, .last = i,
		.index = i, .nr = dir->nr, .narrow = dir->narrow,
	};
	unsigned long ref;
	int err;

	err = part_build(layer, &part, max(order, part_order(layer, &part)),
			 draft, dir_bits(dir, i), &ref);
	if (err)
		return err;
	chunk_drop(dir->refs[i], draft);
	dir->refs[i] = ref;
	return 0;
}

/* All that the layer holds has moved */
static void layer_resized(struct layer *layer, u64 draft)
{
	dir_give_up(&layer->old, draft);
	memset(&layer->old, 0, sizeof(layer->old));
}

/* Moves the entries of one chunk into the new directory */
static int layer_step(struct layer *layer, u64 draft)
{
	u64 i = layer->moved, nr = layer->dir.nr, old_nr = layer->old.nr;
	struct part part = {
		.from = &layer->old,
		.first = div_u64(i * old_nr, nr),
		.last = div_u64((i + 1) * old_nr - 1, nr),
		.index = i,
		.nr = nr,
		.narrow = layer->dir.narrow,
	};
	unsigned long ref;
	int err;

	err = dir_own_sieve(&layer->dir, i, draft);
	if (!err)
		err = part_build(layer, &part, part_order(layer, &part),
				 draft, dir_bits(&layer->dir, i), &ref);
	if (err)
		return err;
	layer->dir.refs[i] = ref;
	layer->moved++;
	for (i = part.first; i < layer_old_first(layer); i++) {
		err = dir_drop_chunk(&layer->old, i, draft);
		if (err)
			return err;
	}
	if (layer->moved == nr)
		layer_resized(layer, draft);
	return 0;
}

static int layer_resize(struct layer *layer)
{
	struct directory dir;
	int err;

	err = dir_create(&dir, layer_plan(layer, layer->used));
	if (err)
		return err;
	layer->old = layer->dir;
	layer->dir = dir;
	layer->moved = 0;
	return 0;
}

static u64 layer_all_slots(const struct layer *layer)
{
	return (u64)layer->dir.nr * usual_slots(layer, layer->dir.narrow);
}

static bool layer_full(const struct layer *layer)
{
	return (u64)layer->used * 100 >= layer_all_slots(layer) * PERCENT_FULL;
}

static bool layer_sparse(const struct layer *layer)
{
	struct plan plan;

	if ((u64)layer->used * 100 >= layer_all_slots(layer) * PERCENT_SPARSE)
		return false;
	plan = layer_plan(layer, layer->used);
	return plan.nr < layer->dir.nr || plan.narrow != layer->dir.narrow;
}

/* Most chunks of a narrow directory have had to become wide */
static bool layer_odd(const struct layer *layer)
{
	return layer->dir.narrow && layer->odd > layer->dir.nr;
}

static int layer_reseed(struct layer *layer, u64 draft);

/* With each entry that comes or goes: goes on with resizing, or begins it */
static int layer_maintain(struct layer *layer, u64 draft)
{
	int err = 0;

	if (!layer_resizing(layer) &&
	    (layer_full(layer) || layer_sparse(layer) || layer_odd(layer)))
		err = layer_resize(layer);
	if (!err && layer_resizing(layer))
		err = layer_step(layer, draft);
	return err == -ENOSPC ? layer_reseed(layer, draft) : err;
}

/* Finding */

static struct layer_key layer_key_of(const struct layer *layer,
				     const __be32 *addr)
{
	switch (layer->key_words) {
	case 1:
		return layer_key(layer, addr, 1);
	case 2:
		return layer_key(layer, addr, 2);
	default:
		return layer_key(layer, addr, 4);
	}
}

/* The directory, chunk and slot where a key is, or would be */
static void layer_place(struct layer *layer, struct layer_key key,
			struct place *place)
{
	struct directory *dir = &layer->dir;
	struct view view;
	u64 scaled;

	scaled = key_scale(key, dir->nr);
	if (scaled >> 32 >= layer->moved) {
		dir = &layer->old;
		scaled = key_scale(key, dir->nr);
	}
	place->dir = dir;
	place->index = scaled >> 32;
	view = dir_view(layer, dir, place->index);
	place->at = view_home(&view, scaled);
	if (view.narrow)
		key = narrow_key(key, scaled, layer->key_words);
	while (key_before(slot_key(view_slot(&view, place->at),
				   layer->key_words), key, layer->key_words))
		place->at++;
}

/**
 * op25b_layer_find() - find the prefix of a layer that holds an address
 * @layer: the layer
 * @addr: the address
 * @item: set to its entry, as by layer_probe()
 *
 * Return: whether there is one.
 */
bool op25b_layer_find(const struct layer *layer, const __be32 *addr,
		      struct layer_item *item)
{
	switch (layer->key_words) {
	case 1:
		return layer->timed ? layer_probe(layer, addr, 1, true, item) :
				      layer_probe(layer, addr, 1, false, item);
	case 2:
		return layer->timed ? layer_probe(layer, addr, 2, true, item) :
				      layer_probe(layer, addr, 2, false, item);
	default:
		return layer->timed ? layer_probe(layer, addr, 4, true, item) :
				      layer_probe(layer, addr, 4, false, item);
	}
}

/* Chunks by number: those that are there, then the old ones that are left */

static u32 layer_chunks(const struct layer *layer)
{
	if (!layer_resizing(layer))
		return layer->dir.nr;
	return layer->moved + layer->old.nr - layer_old_first(layer);
}

/* The directory where one by that number is, and its index there */
static const struct directory *chunk_dir(const struct layer *layer, u32 number,
					 u32 *index)
{
	if (number < layer->moved) {
		*index = number;
		return &layer->dir;
	}
	*index = number - layer->moved + layer_old_first(layer);
	return &layer->old;
}

static struct view layer_view(const struct layer *layer, u32 number)
{
	u32 index;
	const struct directory *dir = chunk_dir(layer, number, &index);

	return dir_view(layer, dir, index);
}

/* Whether a slot of a chunk by that number is an entry of the layer, and that */
static bool slot_live(const struct layer *layer, u32 number,
		      const struct view *view, const u32 *slot,
		      struct layer_item *item)
{
	if (!slot_used(view, slot, layer->key_words))
		return false;
	slot_read(layer, view, slot, item, layer->key_words);
	return number != layer->moved || !key_moved(layer, item->key);
}

/**
 * op25b_layer_next() - walk through the entries of a layer
 * @layer: a layer that does not change
 * @chunk: where to go on: the number of the chunk, at first 0
 * @i: the slot in it, at first 0; both are moved behind the entry
 * @item: set to the entry
 *
 * Return: false if there are no more.
 */
bool op25b_layer_next(const struct layer *layer, u32 *chunk, u32 *i,
		      struct layer_item *item)
{
	for (; *chunk < layer_chunks(layer); ++*chunk, *i = 0) {
		struct view view = layer_view(layer, *chunk);

		while (*i < view.slots)
			if (slot_live(layer, *chunk, &view,
				      view_slot(&view, (*i)++), item))
				return true;
	}
	return false;
}

/* The number by which an odd one is multiplied to 1 modulo 2^64 (Newton) */
static u64 inverse(u64 odd)
{
	u64 x = odd;
	int i;

	for (i = 0; i < 5; i++)
		x *= 2 - odd * x;
	return x;
}

static u32 unmix32(u32 x)
{
	x *= (u32)inverse(MIX32_B);
	x ^= x >> 15 ^ x >> 30;
	x *= (u32)inverse(MIX32_A);
	return x ^ x >> 16;
}

static u64 unmix64(u64 x)
{
	x *= inverse(MIX64_B);
	x ^= x >> 29 ^ x >> 58;
	x *= inverse(MIX64_A);
	return x ^ x >> 32;
}

/**
 * op25b_layer_prefix() - tell the prefix of a key
 * @layer: the layer
 * @key: the key of an entry
 * @addr: set to the prefix, all four words
 */
void op25b_layer_prefix(const struct layer *layer, struct layer_key key,
			__be32 *addr)
{
	memset(addr, 0, KEY_WORDS * sizeof(*addr));
	if (layer->key_words == 1) {
		addr[0] = (__force __be32)(unmix32(key.high >> 32) ^
					   (u32)layer->seed);
		return;
	}
	if (layer->key_words == 2) {
		key.high = unmix64(key.high) ^ layer->seed;
	} else {
		key.high ^= mix64(key.low ^ ~layer->seed);
		key.low ^= mix64(key.high ^ layer->seed);
		store64((__force u32 *)&addr[2], key.low);
	}
	store64((__force u32 *)addr, key.high);
}

/*
 * The directory of another layer that may share a chunk of this one. Of the first
 * chunk of its old directory the other layer may have but a part.
 */
static const struct directory *chunk_twin(const struct directory *dir, u32 index,
					  const struct layer *other)
{
	const struct directory *twin = dir_twin(dir, other);

	if (twin == &other->old && index <= layer_old_first(other))
		return NULL;
	return twin;
}

/*
 * Of how many chunks from that number on another layer has all entries, since it
 * shares them: those of a sieve, one, or none
 */
static u32 layer_shared(const struct layer *layer, u32 number,
			const struct layer *other)
{
	u32 index, i;
	const struct directory *dir = chunk_dir(layer, number, &index);
	const struct directory *twin = chunk_twin(dir, index, other);

	if (!twin)
		return 0;
	i = index / SIEVE_CHUNKS;
	if (index % SIEVE_CHUNKS == 0 &&
	    dir_has_bits(twin, i, dir->sieves[i].bits)) {
		u32 end = dir == &layer->dir ? layer->moved : dir->nr;

		return min_t(u32, SIEVE_CHUNKS, end - index);
	}
	return dir_has(twin, index, dir->refs[index]);
}

static bool item_same(const struct layer *layer, const struct layer_item *a,
		      const struct layer_item *b)
{
	return a->meta == b->meta &&
	       (!layer->timed || a->expires == b->expires);
}

static bool item_within(const struct layer *layer,
			const struct layer_item *item,
			const struct layer *other)
{
	__be32 addr[KEY_WORDS];
	struct layer_item twin;

	op25b_layer_prefix(layer, item->key, addr);
	return op25b_layer_find(other, addr, &twin) &&
	       item_same(layer, item, &twin);
}

/*
 * The chunk of another layer that has the entries of one by that number, but for
 * changes, in the same slots; NULL if there is none
 */
static const struct chunk *chunk_sibling(const struct layer *layer, u32 number,
					 const struct layer *other)
{
	u32 index;
	const struct directory *dir = chunk_dir(layer, number, &index);
	const struct directory *twin = chunk_twin(dir, index, other);
	unsigned long ref = twin ? twin->refs[index] : 0;

	if ((ref ^ dir->refs[index]) & REF_UNUSUAL)
		return NULL;
	return ref_chunk(ref);
}

static bool slot_same(const struct view *view, const u32 *a, const u32 *b)
{
	u32 i;

	for (i = 0; i < view->step; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Whether another layer has all entries of a chunk by that number */
static bool chunk_within(const struct layer *layer, u32 number,
			 const struct layer *other)
{
	const struct chunk *sibling = chunk_sibling(layer, number, other);
	struct view view = layer_view(layer, number);
	struct layer_item item;
	u32 i;

	for (i = 0; i < view.slots; i++) {
		const u32 *slot = view_slot(&view, i);

		if (sibling &&
		    slot_same(&view, slot, &sibling->slots[i * view.step]))
			continue;
		if (slot_live(layer, number, &view, slot, &item) &&
		    !item_within(layer, &item, other))
			return false;
	}
	return true;
}

/**
 * op25b_layer_equal() - compare the entries of two layers
 * @a: a layer that does not change
 * @b: another one, of the same prefix length and both with timeouts or without
 *
 * Looks into those chunks only that are not shared.
 *
 * Return: whether they have the same entries.
 */
bool op25b_layer_equal(const struct layer *a, const struct layer *b)
{
	u32 i = 0, shared;

	if (a->used != b->used)
		return false;
	while (i < layer_chunks(a)) {
		shared = layer_shared(a, i, b);
		if (!shared) {
			if (!chunk_within(a, i, b))
				return false;
			cond_resched();
		}
		i += shared ?: 1;
	}
	return true;
}

static size_t dir_bytes(const struct directory *dir)
{
	size_t bytes = 0;
	u32 i;

	if (!dir->refs)
		return 0;
	for (i = 0; i < dir->nr; i++)
		if (dir->refs[i])
			bytes += order_bytes(ref_order(dir->refs[i]));
	for (i = 0; i < dir_nr_sieves(dir); i++)
		if (dir->sieves[i].bits)
			bytes += sieve_bytes(dir, i);
	return bytes + roundup_pow_of_two(dir_memory_bytes(dir));
}

/**
 * op25b_layer_bytes() - memory of a layer
 * @layer: the layer
 *
 * Return: bytes besides @layer itself, those shared with others too.
 */
size_t op25b_layer_bytes(const struct layer *layer)
{
	return dir_bytes(&layer->dir) + dir_bytes(&layer->old);
}

/* When the first entry of a chunk expires: never, if it has none */
static u32 chunk_earliest(const struct layer *layer, u32 number)
{
	struct view view = layer_view(layer, number);
	u32 earliest = layer->earliest - 1, i;
	struct layer_item item;

	for (i = 0; i < view.slots; i++)
		if (slot_live(layer, number, &view, view_slot(&view, i),
			      &item) &&
		    layer_sooner(layer, item.expires, earliest))
			earliest = item.expires;
	return earliest;
}

/**
 * op25b_layer_settle() - find out anew when the first entry expires
 * @layer: the layer, which is timed
 * @now: jiffies
 * @draft: the draft that it is of; 0 if it is of the table that is published now
 *
 * What is found is noted in the chunks, too, which lookups do not look at; but not by
 * a draft in those that it shares, where there are still entries that have moved in
 * the draft alone.
 *
 * Context: Process context, may sleep. The caller serialises writers.
 */
void op25b_layer_settle(struct layer *layer, u32 now, u64 draft)
{
	u32 earliest = layer->earliest - 1, first, i;

	if (!reached(now, layer->earliest))
		return;
	for (i = 0; i < layer_chunks(layer); i++) {
		struct chunk *chunk = layer_view(layer, i).chunk;

		if (!chunk->used)
			continue;
		first = chunk->earliest;
		if (reached(now, first)) {
			first = chunk_earliest(layer, i);
			if (!draft || chunk->draft == draft)
				chunk->earliest = first;
		}
		if (layer_sooner(layer, first, earliest))
			earliest = first;
		/* there is something to remove: what has been noted stays true */
		if (earliest != layer->earliest - 1 && reached(now, earliest))
			return;
		cond_resched();
	}
	layer->earliest = earliest;
}

/* Changing */

static struct chunk *place_chunk(const struct place *place)
{
	return ref_chunk_mut(place->dir->refs[place->index]);
}

/* Gives a chunk of the draft's own that does not take an entry the next order */
static int chunk_widen(const struct layer *layer, const struct place *place,
		       u64 draft)
{
	unsigned long ref = place->dir->refs[place->index];

	return chunk_rebuild(layer, place->dir, place->index,
			     ref_order(ref) + 1, draft);
}

/*
 * Gives a chunk less memory that is nearly empty, or has become wide for odd entries
 * of which it had some, and has none any more
 */
static int chunk_trim(const struct layer *layer, struct directory *dir, u32 i,
		      bool had_odd, u64 draft)
{
	unsigned int least = least_order(dir->nr, dir->narrow);
	struct view view = dir_view(layer, dir, i);
	bool has_odd = dir->narrow && view.chunk->odd;

	if (has_odd)
		least = CHUNK_ORDER;
	if (ref_order(dir->refs[i]) <= least ||
	    (view.chunk->used * 4 > view.slots &&
	     !(dir->narrow && had_odd && !has_odd)))
		return 0;
	return chunk_rebuild(layer, dir, i, least, draft);
}

static int layer_put(struct layer *layer, const struct layer_item *item,
		     u64 draft)
{
	struct place place;
	int err;

	for (;;) {
		layer_place(layer, item->key, &place);
		err = dir_own_chunk(place.dir, place.index, draft);
		if (err)
			return err;
		if (chunk_insert(layer, &place, item))
			break;
		err = chunk_widen(layer, &place, draft);
		if (err)
			return err;
	}
	chunk_note(layer, place_chunk(&place), item);
	layer->used++;
	layer->odd += meta_odd(item->meta);
	return 0;
}

/* An empty directory for so many entries */
static int layer_create_dir(struct layer *layer, u32 entries, u64 draft)
{
	struct plan plan = layer_plan(layer, entries);
	unsigned int order = least_order(plan.nr, plan.narrow);
	u32 i;
	int err;

	err = dir_create(&layer->dir, plan);
	if (err)
		return err;
	layer->moved = plan.nr;
	for (i = 0; i < plan.nr && !err; i++) {
		err = dir_own_sieve(&layer->dir, i, draft);
		if (err)
			break;
		layer->dir.refs[i] = chunk_create(order, plan.narrow, draft);
		if (!layer->dir.refs[i])
			err = -ENOMEM;
	}
	if (err)
		dir_give_up(&layer->dir, draft);
	return err;
}

static int layer_copy(struct layer *to, const struct layer *from, u64 draft)
{
	struct layer_item item = {};
	u32 chunk = 0, i = 0;
	int err;

	while (op25b_layer_next(from, &chunk, &i, &item)) {
		__be32 addr[KEY_WORDS];

		op25b_layer_prefix(from, item.key, addr);
		item.key = layer_key_of(to, addr);
		err = layer_put(to, &item, draft);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* Another seed, since with this one too many keys are too close to each other */
static int layer_reseed(struct layer *layer, u64 draft)
{
	struct layer next = *layer;
	int err, tries;

	memset(&next.old, 0, sizeof(next.old));
	for (tries = 0; tries < 8; tries++) {
		next.seed = get_random_u64();
		next.odd = layer->odd;
		err = layer_create_dir(&next, layer->used, draft);
		if (err)
			return err;
		next.used = 0;
		next.odd = 0;
		err = layer_copy(&next, layer, draft);
		if (!err) {
			op25b_layer_give_up(layer, draft);
			*layer = next;
			return 0;
		}
		op25b_layer_give_up(&next, draft);
		if (err != -ENOSPC)
			return err;
	}
	return -ENOMEM;
}

/**
 * op25b_layer_insert() - add a prefix to a layer of a draft
 * @layer: the layer
 * @addr: the prefix, which the layer does not hold
 * @meta: its meta word
 * @expires: when it ends, in jiffies modulo 2^32, if the layer is timed
 * @draft: the draft
 * @now: jiffies
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_layer_insert(struct layer *layer, const __be32 *addr, u32 meta,
		       u32 expires, u64 draft, u32 now)
{
	struct layer_item item = { .meta = meta, .expires = expires };
	int err;

	if (layer->timed &&
	    (!layer->used || sooner(expires, layer->earliest, now)))
		layer->earliest = expires;
	err = layer_maintain(layer, draft);
	if (err)
		return err;
	item.key = layer_key_of(layer, addr);
	err = layer_put(layer, &item, draft);
	if (err != -ENOSPC)
		return err;
	err = layer_reseed(layer, draft);
	if (err)
		return err;
	item.key = layer_key_of(layer, addr);
	err = layer_put(layer, &item, draft);
	return err == -ENOSPC ? -ENOMEM : err;
}

static void place_read(const struct layer *layer, const struct place *place,
		       struct layer_item *item)
{
	struct view view = dir_view(layer, place->dir, place->index);

	slot_read(layer, &view, view_slot(&view, place->at), item,
		  layer->key_words);
}

/* Writes over an entry; false, and nothing is changed, if the chunk is too narrow */
static bool place_write(const struct layer *layer, const struct place *place,
			const struct layer_item *before,
			const struct layer_item *item)
{
	struct view view = dir_view(layer, place->dir, place->index);

	if (view.narrow && meta_odd(item->meta))
		return false;
	chunk_forget(layer, view.chunk, before);
	chunk_note(layer, view.chunk, item);
	return slot_write(layer, &view, view_slot(&view, place->at), item,
			  key_scale(item->key, view.nr), layer->key_words);
}

/**
 * op25b_layer_replace() - change what a layer of a draft says of a prefix
 * @layer: the layer
 * @addr: the prefix, which the layer holds
 * @meta: its meta word
 * @expires: when it ends, in jiffies modulo 2^32, if the layer is timed
 * @draft: the draft
 * @now: jiffies
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_layer_replace(struct layer *layer, const __be32 *addr, u32 meta,
			u32 expires, u64 draft, u32 now)
{
	struct layer_item item = {
		.key = layer_key_of(layer, addr),
		.meta = meta,
		.expires = expires,
	}, before;
	struct place place;
	int err;

	if (layer->timed && sooner(expires, layer->earliest, now))
		layer->earliest = expires;
	for (;;) {
		layer_place(layer, item.key, &place);
		place_read(layer, &place, &before);
		if (item_same(layer, &before, &item))
			return 0;
		err = dir_own_chunk(place.dir, place.index, draft);
		if (err)
			return err;
		if (place_write(layer, &place, &before, &item))
			break;
		err = chunk_widen(layer, &place, draft);
		if (err == -ENOSPC)
			err = layer_reseed(layer, draft);
		if (err)
			return err;
		item.key = layer_key_of(layer, addr);
	}
	layer->odd += meta_odd(meta) - meta_odd(before.meta);
	err = chunk_trim(layer, place.dir, place.index, meta_odd(before.meta),
			 draft);
	return err ?: layer_maintain(layer, draft);
}

/**
 * op25b_layer_remove() - remove a prefix from a layer of a draft
 * @layer: the layer
 * @addr: the prefix, which the layer holds
 * @draft: the draft
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_layer_remove(struct layer *layer, const __be32 *addr, u64 draft)
{
	struct layer_item item;
	struct place place;
	int err;

	layer_place(layer, layer_key_of(layer, addr), &place);
	err = dir_own_chunk(place.dir, place.index, draft);
	if (err)
		return err;
	place_read(layer, &place, &item);
	chunk_remove(layer, &place);
	chunk_forget(layer, place_chunk(&place), &item);
	layer->used--;
	layer->odd -= meta_odd(item.meta);
	err = chunk_trim(layer, place.dir, place.index, meta_odd(item.meta),
			 draft);
	return err ?: layer_maintain(layer, draft);
}

/* What is left of a chunk when all that is chosen, or has moved, is out of it */
static int chunk_filter(struct layer *layer, u32 number,
			struct directory *dir, u32 index,
			const struct layer_filter *filter)
{
	struct filling filling = {
		.view = dir_view(layer, dir, index),
		.bits = dir_bits(dir, index),
	};
	const struct view *view = &filling.view;
	int err = 0;
	u32 i;

	view->chunk->used = 0;
	if (!layer->timed)
		view->chunk->odd = 0;
	memset(filling.bits, 0, SIEVE_WORDS * sizeof(u32));
	for (i = 0; i < view->slots && !err; i++) {
		struct layer_item item = {};
		u32 *slot = view_slot(view, i);
		bool live = slot_live(layer, number, view, slot, &item);

		slot_clear(view, slot);
		if (!live)
			continue;
		if (filter->chosen(filter, &item)) {
			layer->used--;
			layer->odd -= meta_odd(item.meta);
			err = filter->removed(filter, &item);
			continue;
		}
		/* that does not fail: none comes further from its home */
		filling_append(layer, &filling, &item,
			       key_scale(item.key, dir->nr), layer->key_words);
	}
	return err;
}

/* Whether there is anything in a chunk to be removed */
static bool chunk_concerned(const struct layer *layer, u32 number,
			    const struct layer_filter *filter)
{
	struct view view = layer_view(layer, number);
	struct layer_item item;
	u32 i;

	if (!view.chunk->used ||
	    (filter->due && !reached(filter->now, view.chunk->earliest)))
		return false;
	for (i = 0; i < view.slots; i++)
		if (slot_live(layer, number, &view, view_slot(&view, i),
			      &item) &&
		    filter->chosen(filter, &item))
			return true;
	return false;
}

static int chunk_remove_all(struct layer *layer, u32 number,
			    const struct layer_filter *filter,
			    u64 draft)
{
	struct directory *dir;
	bool had_odd;
	u32 index;
	int err;

	dir = chunk_dir(layer, number, &index) == &layer->dir ? &layer->dir :
								&layer->old;
	if (!chunk_concerned(layer, number, filter))
		return 0;
	if (filter->chunks)
		--*filter->chunks;
	err = dir_own_chunk(dir, index, draft);
	if (err)
		return err;
	had_odd = !layer->timed && ref_chunk(dir->refs[index])->odd;
	err = chunk_filter(layer, number, dir, index, filter);
	return err ?: chunk_trim(layer, dir, index, had_odd, draft);
}

/**
 * op25b_layer_remove_all() - remove the entries that a filter chooses
 * @layer: the layer, of a draft
 * @filter: the filter
 * @draft: the draft
 *
 * Context: Process context, may sleep.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_layer_remove_all(struct layer *layer,
			   const struct layer_filter *filter, u64 draft)
{
	u32 before = layer->used, removed, i;
	int err = 0;

	for (i = 0; i < layer_chunks(layer) && !err; i++) {
		if (filter->chunks && !*filter->chunks)
			break;
		err = chunk_remove_all(layer, i, filter, draft);
		cond_resched();
	}
	/* as if they had gone one by one */
	for (removed = before - layer->used; removed && !err; removed--) {
		if (!layer_resizing(layer) && !layer_sparse(layer))
			break;
		err = layer_maintain(layer, draft);
		cond_resched();
	}
	return err;
}

/* Life */

/**
 * op25b_layer_create() - make an empty layer
 * @layer: the layer
 * @family: of its prefixes
 * @prefix_len: of its prefixes, in bits
 * @timed: whether its entries expire
 * @draft: the draft it is for
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_layer_create(struct layer *layer, enum op25b_family family,
		       u8 prefix_len, bool timed, u64 draft)
{
	unsigned int i;

	memset(layer, 0, sizeof(*layer));
	prefix_mask(prefix_len, layer->mask);
	layer->prefix_len = prefix_len;
	layer->timed = timed;
	layer->key_words = family == OP25B_IPV4 ? 1 : prefix_len <= 64 ? 2 : 4;
	layer->slot_words = layer->key_words + 1 + timed;
	layer->seed = get_random_u64();
	for (i = 0; i < CHUNK_ORDERS; i++)
		layer->homes[i] = order_homes(i, layer->slot_words);
	return layer_create_dir(layer, 0, draft);
}

/**
 * op25b_layer_share() - make a copy of a layer the layer of a clone
 * @layer: the copy
 */
void op25b_layer_share(struct layer *layer)
{
	layer->dir.private = false;
	layer->old.private = false;
}

/**
 * op25b_layer_free() - free what a layer does not share with its neighbours
 * @layer: the layer
 * @elder: the one before it, or NULL
 * @heir: the one after it, or NULL
 *
 * Context: Process context, may sleep.
 */
void op25b_layer_free(struct layer *layer, const struct layer *elder,
		      const struct layer *heir)
{
	dir_free(&layer->dir, elder, heir);
	dir_free(&layer->old, elder, heir);
}

/**
 * op25b_layer_give_up() - free what a draft itself has made of a layer
 * @layer: the layer
 * @draft: the draft
 *
 * Context: Process context, may sleep.
 */
void op25b_layer_give_up(struct layer *layer, u64 draft)
{
	dir_give_up(&layer->dir, draft);
	dir_give_up(&layer->old, draft);
}
