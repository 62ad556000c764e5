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
 * own. Nothing counts who shares them: layer_free() frees what neither neighbour has,
 * see table.c.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "layer.h"

/*
 * Chunks of a page are at PLANNED per cent of their slots after resizing, and
 * between the others before; those of half of a page and less are widened before
 * that. The closer these are to each other, the closer memory keeps to the number
 * of entries, and the more often a layer is resized: once while a fifteenth of its
 * entries comes, or a seventh goes.
 */
#define PERCENT_PLANNED	73
#define PERCENT_FULL	78
#define PERCENT_SPARSE	63

/* Changing: where a key is, or would be */
struct place {
	struct directory *dir;
	u32 index;
	u32 at;
};

static struct chunk *ref_chunk_mut(unsigned long ref)
{
	return (struct chunk *)(ref & ~(CHUNK_ORDERS - 1UL));
}

/* Chunks */

static size_t order_bytes(unsigned int order)
{
	return (size_t)CHUNK_BYTES << order;
}

static u32 layer_slots(const struct layer *layer, unsigned int order)
{
	return order_slots(order, layer->slot_words);
}

/* How many entries a chunk is to take; what a page takes varies by chance */
static u32 order_limit(const struct layer *layer, unsigned int order)
{
	u32 percent = order < CHUNK_ORDER ? PERCENT_FULL : 94;

	return layer_slots(layer, order) * percent / 100;
}

static size_t slot_bytes(const struct layer *layer)
{
	return layer->slot_words * sizeof(u32);
}

static u32 *chunk_slot(const struct layer *layer, struct chunk *chunk, u32 i)
{
	return &chunk->slots[i * layer->slot_words];
}

/* Most have two words, and to call for so few takes longer than to copy them */
static void slot_copy(const struct layer *layer, u32 *to, const u32 *from)
{
	store64(to, load64(from));
	if (layer->slot_words > 2)
		memcpy(to + 2, from + 2, slot_bytes(layer) - 2 * sizeof(*to));
}

static bool slot_used(const struct layer *layer, const u32 *slot)
{
	return slot_meta(layer, slot) != SLOT_FREE;
}

static struct layer_key slot_key_of(const struct layer *layer, const u32 *slot)
{
	switch (layer->key_words) {
	case 1:
		return slot_key(slot, 1);
	case 2:
		return slot_key(slot, 2);
	default:
		return slot_key(slot, 4);
	}
}

/* A slot's key, scaled for a directory of so many chunks */
static u64 slot_scale(const struct layer *layer, const u32 *slot, u32 nr)
{
	return key_scale(slot_key_of(layer, slot), nr);
}

/* The home of its entry in a chunk of one */
static u32 slot_home(const struct layer *layer, const u32 *slot, u32 nr,
		     unsigned int order)
{
	return key_home(slot_scale(layer, slot, nr), layer->homes[order]);
}

/* Its bit among those of the chunk */
static u32 slot_bit(const struct layer *layer, const u32 *slot, u32 nr)
{
	return key_bit(slot_scale(layer, slot, nr));
}

/* The least order of a chunk of so many: there is one that may be small */
static unsigned int least_order(u32 nr)
{
	return nr > 1 ? CHUNK_ORDER : 0;
}

static unsigned long chunk_ref(struct chunk *chunk, unsigned int order)
{
	return (unsigned long)chunk | (order ^ CHUNK_ORDER);
}

static unsigned long chunk_create(unsigned int order, u64 draft)
{
	struct chunk *chunk = kmalloc(order_bytes(order), GFP_KERNEL_ACCOUNT);

	if (!chunk)
		return 0;
	memset(chunk, 0xff, order_bytes(order));
	chunk->draft = draft;
	chunk->used = 0;
	return chunk_ref(chunk, order);
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
static bool next_has_bit(const struct layer *layer, const struct place *place,
			 int way, u32 bit)
{
	unsigned long ref = place->dir->refs[place->index];
	u32 slots = layer_slots(layer, ref_order(ref)), i;

	for (i = place->at + way; i < slots; i += way) {
		const u32 *slot = chunk_slot(layer, ref_chunk_mut(ref), i);

		if (slot_used(layer, slot))
			return slot_bit(layer, slot, place->dir->nr) == bit;
	}
	return false;
}

/* An entry is about to go: entries are in order, so that those beside it tell */
static void sieve_remove(const struct layer *layer, const struct place *place,
			 const u32 *slot)
{
	u32 bit = slot_bit(layer, slot, place->dir->nr);

	if (!next_has_bit(layer, place, -1, bit) &&
	    !next_has_bit(layer, place, 1, bit))
		dir_bits(place->dir, place->index)[bit / 32] &=
			~(1U << bit % 32);
}

/*
 * Puts an entry in its place, and those that are there one slot further. False,
 * and nothing is changed, if one of them would be too far from home then.
 */
static bool chunk_insert(const struct layer *layer, const struct place *place,
			 const u32 *entry)
{
	unsigned long ref = place->dir->refs[place->index];
	unsigned int order = ref_order(ref);
	struct chunk *chunk = ref_chunk_mut(ref);
	u32 nr = place->dir->nr, end = place->at;
	const u32 *slot = entry;

	if (chunk->used >= order_limit(layer, order))
		return false;
	for (;;) {
		if (end - slot_home(layer, slot, nr, order) > MAX_DISTANCE)
			return false;
		slot = chunk_slot(layer, chunk, end);
		if (!slot_used(layer, slot))
			break;
		end++;
	}
	if (end + 1 >= layer_slots(layer, order))
		return false;
	memmove(chunk_slot(layer, chunk, place->at + 1),
		chunk_slot(layer, chunk, place->at),
		(end - place->at) * slot_bytes(layer));
	slot_copy(layer, chunk_slot(layer, chunk, place->at), entry);
	chunk->used++;
	bits_set(dir_bits(place->dir, place->index),
		 slot_bit(layer, entry, nr));
	return true;
}

/* Takes out an entry; those behind it that are not at home move one slot back */
static void chunk_remove(const struct layer *layer, const struct place *place)
{
	unsigned long ref = place->dir->refs[place->index];
	struct chunk *chunk = ref_chunk_mut(ref);
	u32 end = place->at + 1;

	sieve_remove(layer, place, chunk_slot(layer, chunk, place->at));
	for (;;) {
		const u32 *slot = chunk_slot(layer, chunk, end);

		if (!slot_used(layer, slot) ||
		    slot_home(layer, slot, place->dir->nr,
			      ref_order(ref)) == end)
			break;
		end++;
	}
	memmove(chunk_slot(layer, chunk, place->at),
		chunk_slot(layer, chunk, place->at + 1),
		(end - 1 - place->at) * slot_bytes(layer));
	memset(chunk_slot(layer, chunk, end - 1), 0xff, slot_bytes(layer));
	chunk->used--;
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

static int dir_create(struct directory *dir, u32 nr)
{
	void *memory;

	dir->nr = nr;
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
	unsigned int order = ref_order(dir->refs[i]);
	struct chunk *chunk;

	if (ref_chunk(dir->refs[i])->draft == draft)
		return 0;
	if (dir_own_sieve(dir, i, draft))
		return -ENOMEM;
	chunk = kmemdup(ref_chunk(dir->refs[i]), order_bytes(order),
			GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return -ENOMEM;
	chunk->draft = draft;
	dir->refs[i] = chunk_ref(chunk, order);
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

/* How many chunks it takes for so many entries */
static u32 layer_plan(const struct layer *layer, u32 entries)
{
	u32 planned = layer_slots(layer, CHUNK_ORDER) * PERCENT_PLANNED / 100;

	return max(DIV_ROUND_UP(entries, planned), 1U);
}

/* The first chunk of the old directory with entries that have not moved */
static u32 layer_old_first(const struct layer *layer)
{
	return (u64)layer->moved * layer->old.nr / layer->dir.nr;
}

/* Whether a slot of the old directory is one whose entry has moved */
static bool slot_moved(const struct layer *layer, const u32 *slot)
{
	return key_scale(slot_key_of(layer, slot), layer->dir.nr) >> 32 <
	       layer->moved;
}

/**
 * struct part - entries that are to have a chunk of their own
 * @from: where they are
 * @first: the first chunk of @from with some of them
 * @last: the last one
 * @index: the chunk they are to be
 * @nr: of so many
 */
struct part {
	const struct directory *from;
	u32 first;
	u32 last;
	u32 index;
	u32 nr;
};

/* The slot of its first chunk that the part begins at: the home of its least key */
static u32 part_begin(const struct layer *layer, const struct part *part)
{
	u64 upper = DIV_ROUND_UP((u64)part->index << 32, part->nr);
	struct layer_key least = { .high = upper << 32 };
	u64 scaled = key_scale(least, part->from->nr);
	unsigned long ref = part->from->refs[part->first];

	if (scaled >> 32 != part->first)
		return 0;
	return key_home(scaled, layer->homes[ref_order(ref)]);
}

/**
 * struct walk - a place in a part
 * @index: the chunk of the directory
 * @slot: the next slot of it
 * @end: the one behind its last
 */
struct walk {
	u32 index;
	const u32 *slot;
	const u32 *end;
};

static void walk_chunk(const struct layer *layer, const struct part *part,
		       struct walk *walk, u32 index, u32 i)
{
	unsigned long ref = part->from->refs[index];

	walk->index = index;
	walk->slot = chunk_slot(layer, ref_chunk_mut(ref), i);
	walk->end = chunk_slot(layer, ref_chunk_mut(ref),
			       layer_slots(layer, ref_order(ref)));
}

static void walk_begin(const struct layer *layer, const struct part *part,
		       struct walk *walk)
{
	walk_chunk(layer, part, walk, part->first, part_begin(layer, part));
}

/*
 * The part's next entry, and its key as scaled for so many chunks as the part's; NULL
 * behind the last one
 */
static __always_inline const u32 *
walk_next(const struct layer *layer, const struct part *part,
	  struct walk *walk, u64 *scaled, const unsigned int words)
{
	for (;;) {
		while (walk->slot < walk->end) {
			const u32 *slot = walk->slot;

			walk->slot += layer->slot_words;
			if (slot[words] == SLOT_FREE)
				continue;
			*scaled = key_scale(slot_key(slot, words), part->nr);
			if (*scaled >> 32 < part->index)
				continue;
			return *scaled >> 32 == part->index ? slot : NULL;
		}
		if (walk->index == part->last)
			return NULL;
		walk_chunk(layer, part, walk, walk->index + 1, 0);
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

/**
 * struct filling - a chunk that gets entries in the order of their keys
 * @chunk: the chunk
 * @bits: its own in its sieve
 * @homes: in how many slots a search may begin
 * @slots: how many it has
 * @end: behind the last entry
 */
struct filling {
	struct chunk *chunk;
	u32 *bits;
	u32 homes;
	u32 slots;
	u32 end;
};

static struct filling filling_begin(const struct layer *layer,
				    unsigned long ref, u32 *bits)
{
	return (struct filling){
		.chunk = ref_chunk_mut(ref),
		.bits = bits,
		.homes = layer->homes[ref_order(ref)],
		.slots = layer_slots(layer, ref_order(ref)),
	};
}

/*
 * Puts an entry behind all others, or at its home if that is further; its bit and
 * when it expires are noted. False if there is no room, or too far from home only.
 */
static __always_inline bool filling_append(const struct layer *layer,
					   struct filling *filling,
					   const u32 *entry, u64 scaled)
{
	u32 home = key_home(scaled, filling->homes);
	u32 at = max(home, filling->end);

	if (at - home > MAX_DISTANCE || at + 1 >= filling->slots)
		return false;
	slot_copy(layer, chunk_slot(layer, filling->chunk, at), entry);
	bits_set(filling->bits, key_bit(scaled));
	filling->end = at + 1;
	filling->chunk->used++;
	if (layer->timed)
		chunk_note_expiry(layer, filling->chunk,
				  slot_expires(layer, entry));
	return true;
}

/* While a layer grows to a million, an entry is copied fourteen times on average */
static __always_inline bool part_copy(const struct layer *layer,
				      const struct part *part,
				      unsigned long ref, u32 *bits,
				      const unsigned int words)
{
	struct filling filling = filling_begin(layer, ref, bits);
	struct walk walk;
	const u32 *slot;
	u64 scaled;

	walk_begin(layer, part, &walk);
	while ((slot = walk_next(layer, part, &walk, &scaled, words)))
		if (!filling_append(layer, &filling, slot, scaled))
			return false;
	return true;
}

static bool part_fill(const struct layer *layer, const struct part *part,
		      unsigned long ref, u32 *bits)
{
	switch (layer->key_words) {
	case 1:
		return part_copy(layer, part, ref, bits, 1);
	case 2:
		return part_copy(layer, part, ref, bits, 2);
	default:
		return part_copy(layer, part, ref, bits, 4);
	}
}

static u32 part_entries(const struct layer *layer, const struct part *part)
{
	const unsigned int words = layer->key_words;
	struct walk walk;
	u32 entries = 0;
	u64 scaled;

	walk_begin(layer, part, &walk);
	while (walk_next(layer, part, &walk, &scaled, words))
		entries++;
	return entries;
}

/* The least order that takes a part with some room to spare, a page at most */
static unsigned int part_order(const struct layer *layer,
			       const struct part *part)
{
	unsigned int order = least_order(part->nr);
	u32 entries;

	if (order == CHUNK_ORDER)
		return order;
	entries = part_entries(layer, part);
	while (order < CHUNK_ORDER &&
	       entries * 4 > layer_slots(layer, order) * 3)
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
		*ref = chunk_create(order, draft);
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
		.from = dir, .first = i, .last = i, .index = i, .nr = dir->nr,
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
		.first = i * old_nr / nr,
		.last = ((i + 1) * old_nr - 1) / nr,
		.index = i,
		.nr = nr,
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

static bool layer_full(const struct layer *layer)
{
	u64 slots = (u64)layer->dir.nr * layer_slots(layer, CHUNK_ORDER);

	return (u64)layer->used * 100 >= slots * PERCENT_FULL;
}

static bool layer_sparse(const struct layer *layer)
{
	u64 slots = (u64)layer->dir.nr * layer_slots(layer, CHUNK_ORDER);

	return (u64)layer->used * 100 < slots * PERCENT_SPARSE &&
	       layer_plan(layer, layer->used) < layer->dir.nr;
}

static int layer_reseed(struct layer *layer, u64 draft);

/* With each entry that comes or goes: goes on with resizing, or begins it */
static int layer_maintain(struct layer *layer, u64 draft)
{
	int err = 0;

	if (!layer_resizing(layer) &&
	    (layer_full(layer) || layer_sparse(layer)))
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

/* The directory, chunk and slot where an address's prefix is, or would be */
static void layer_place(struct layer *layer, const __be32 *addr,
			struct place *place)
{
	struct layer_key key = layer_key_of(layer, addr);
	struct directory *dir = &layer->dir;
	unsigned long ref;
	u64 scaled;

	scaled = key_scale(key, dir->nr);
	if (scaled >> 32 >= layer->moved) {
		dir = &layer->old;
		scaled = key_scale(key, dir->nr);
	}
	place->dir = dir;
	place->index = scaled >> 32;
	ref = dir->refs[place->index];
	place->at = key_home(scaled, layer->homes[ref_order(ref)]);
	while (key_before(slot_key_of(layer, chunk_slot(layer,
							ref_chunk_mut(ref),
							place->at)),
			  key, layer->key_words))
		place->at++;
}

/**
 * layer_find() - find the prefix of a layer that holds an address
 * @layer: the layer
 * @addr: the address
 *
 * Return: the slot, or NULL.
 */
const u32 *layer_find(const struct layer *layer, const __be32 *addr)
{
	const u32 *slot;
	bool found;

	switch (layer->key_words) {
	case 1:
		found = layer_probe(layer, addr, 1, layer->slot_words, &slot);
		break;
	case 2:
		found = layer_probe(layer, addr, 2, layer->slot_words, &slot);
		break;
	default:
		found = layer_probe(layer, addr, 4, layer->slot_words, &slot);
		break;
	}
	return found ? slot : NULL;
}

/* Chunks by number: those that are there, then the old ones that are left */

static u32 layer_chunks(const struct layer *layer)
{
	if (!layer_resizing(layer))
		return layer->dir.nr;
	return layer->moved + layer->old.nr - layer_old_first(layer);
}

static unsigned long layer_ref(const struct layer *layer, u32 i)
{
	if (i < layer->moved)
		return layer->dir.refs[i];
	return layer->old.refs[i - layer->moved + layer_old_first(layer)];
}

/* Whether a slot of a chunk by that number is an entry of the layer */
static bool slot_live(const struct layer *layer, u32 i, const u32 *slot)
{
	return slot_used(layer, slot) &&
	       (i != layer->moved || !slot_moved(layer, slot));
}

/**
 * layer_next() - walk through the entries of a layer
 * @layer: a layer that does not change
 * @chunk: where to go on: the number of the chunk, at first 0
 * @i: the slot in it, at first 0; both are moved behind the entry
 *
 * Return: the slot; NULL if there are no more.
 */
const u32 *layer_next(const struct layer *layer, u32 *chunk, u32 *i)
{
	for (; *chunk < layer_chunks(layer); ++*chunk, *i = 0) {
		unsigned long ref = layer_ref(layer, *chunk);

		while (*i < layer_slots(layer, ref_order(ref))) {
			const u32 *slot = chunk_slot(layer, ref_chunk_mut(ref),
						     (*i)++);

			if (slot_live(layer, *chunk, slot))
				return slot;
		}
	}
	return NULL;
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
 * layer_prefix() - tell the prefix of a slot
 * @layer: the layer
 * @slot: the slot of an entry
 * @addr: set to the prefix, all four words
 */
void layer_prefix(const struct layer *layer, const u32 *slot, __be32 *addr)
{
	struct layer_key key = slot_key_of(layer, slot);

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

/* Whether a chunk by that number is shared, with the same entries */
static bool layer_shares(const struct layer *layer, u32 i,
			 const struct layer *other)
{
	bool moved = i < layer->moved;
	const struct directory *dir = moved ? &layer->dir : &layer->old;
	const struct directory *twin = dir_twin(dir, other);
	u32 index = moved ? i : i - layer->moved + layer_old_first(layer);

	if (!twin || i == layer->moved || twin->refs[index] != dir->refs[index])
		return false;
	return twin != &other->old || index > layer_old_first(other);
}

static bool slot_within(const struct layer *layer, const u32 *slot,
			const struct layer *other)
{
	__be32 addr[KEY_WORDS];
	const u32 *twin;

	layer_prefix(layer, slot, addr);
	twin = layer_find(other, addr);
	return twin && slot_meta(other, twin) == slot_meta(layer, slot) &&
	       (!layer->timed ||
		slot_expires(other, twin) == slot_expires(layer, slot));
}

/**
 * layer_equal() - compare the entries of two layers
 * @a: a layer that does not change
 * @b: another one, of the same prefix length and both with timeouts or without
 *
 * Return: whether they have the same entries.
 */
bool layer_equal(const struct layer *a, const struct layer *b)
{
	u32 chunk = 0, i = 0, last = 0;
	const u32 *slot;

	if (a->used != b->used)
		return false;
	for (;;) {
		while (!i && chunk < layer_chunks(a) &&
		       layer_shares(a, chunk, b))
			chunk++;
		slot = layer_next(a, &chunk, &i);
		if (!slot)
			return true;
		if (!slot_within(a, slot, b))
			return false;
		if (chunk != last)
			cond_resched();
		last = chunk;
	}
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
 * layer_bytes() - memory of a layer
 * @layer: the layer
 *
 * Return: bytes besides @layer itself, those shared with others too.
 */
size_t layer_bytes(const struct layer *layer)
{
	return dir_bytes(&layer->dir) + dir_bytes(&layer->old);
}

/* When the first entry of a chunk expires: never, if it has none */
static u32 chunk_earliest(const struct layer *layer, u32 number)
{
	unsigned long ref = layer_ref(layer, number);
	u32 earliest = layer->earliest - 1, i;

	for (i = 0; i < layer_slots(layer, ref_order(ref)); i++) {
		const u32 *slot = chunk_slot(layer, ref_chunk_mut(ref), i);

		if (slot_live(layer, number, slot) &&
		    layer_sooner(layer, slot_expires(layer, slot), earliest))
			earliest = slot_expires(layer, slot);
	}
	return earliest;
}

/**
 * layer_settle() - find out anew when the first entry expires
 * @layer: the layer, which is timed; may be published, since lookups do not look
 *	at this
 * @now: jiffies
 *
 * Context: Process context, may sleep. The caller serialises writers.
 */
void layer_settle(struct layer *layer, u32 now)
{
	u32 earliest = layer->earliest - 1, i;

	if (!reached(now, layer->earliest))
		return;
	for (i = 0; i < layer_chunks(layer); i++) {
		struct chunk *chunk = ref_chunk_mut(layer_ref(layer, i));

		if (!chunk->used)
			continue;
		if (reached(now, chunk->earliest))
			chunk->earliest = chunk_earliest(layer, i);
		if (layer_sooner(layer, chunk->earliest, earliest))
			earliest = chunk->earliest;
		/* there is something to remove: what has been noted stays true */
		if (earliest != layer->earliest - 1 && reached(now, earliest))
			return;
		cond_resched();
	}
	layer->earliest = earliest;
}

/* Changing */

static void slot_write(const struct layer *layer, u32 *slot,
		       struct layer_key key, u32 meta, u32 expires)
{
	if (layer->key_words == 1)
		slot[0] = key.high >> 32;
	else
		store64(slot, key.high);
	if (layer->key_words > 2)
		store64(slot + 2, key.low);
	slot[layer->key_words] = meta;
	if (layer->timed)
		slot[layer->key_words + 1] = expires;
}

static struct chunk *place_chunk(const struct place *place)
{
	return ref_chunk_mut(place->dir->refs[place->index]);
}

static int layer_put(struct layer *layer, const __be32 *addr, u32 meta,
		     u32 expires, u64 draft)
{
	u32 entry[SLOT_WORDS];
	struct place place;
	int err;

	slot_write(layer, entry, layer_key_of(layer, addr), meta, expires);
	for (;;) {
		unsigned long ref;

		layer_place(layer, addr, &place);
		err = dir_own_chunk(place.dir, place.index, draft);
		if (err)
			return err;
		if (chunk_insert(layer, &place, entry))
			break;
		ref = place.dir->refs[place.index];
		err = chunk_rebuild(layer, place.dir, place.index,
				    ref_order(ref) + 1, draft);
		if (err)
			return err;
	}
	if (layer->timed)
		chunk_note_expiry(layer, place_chunk(&place), expires);
	layer->used++;
	return 0;
}

/* An empty directory for so many entries */
static int layer_create_dir(struct layer *layer, u32 entries, u64 draft)
{
	u32 nr = layer_plan(layer, entries), i;
	int err;

	err = dir_create(&layer->dir, nr);
	if (err)
		return err;
	layer->moved = nr;
	for (i = 0; i < nr && !err; i++) {
		err = dir_own_sieve(&layer->dir, i, draft);
		if (err)
			break;
		layer->dir.refs[i] = chunk_create(least_order(nr), draft);
		if (!layer->dir.refs[i])
			err = -ENOMEM;
	}
	if (err)
		dir_give_up(&layer->dir, draft);
	return err;
}

static int layer_copy(struct layer *to, const struct layer *from, u64 draft)
{
	u32 chunk = 0, i = 0;
	const u32 *slot;
	int err;

	while ((slot = layer_next(from, &chunk, &i))) {
		__be32 addr[KEY_WORDS];

		layer_prefix(from, slot, addr);
		err = layer_put(to, addr, slot_meta(from, slot),
				from->timed ? slot_expires(from, slot) : 0,
				draft);
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
		next.used = 0;
		err = layer_create_dir(&next, layer->used, draft);
		if (err)
			return err;
		err = layer_copy(&next, layer, draft);
		if (!err) {
			layer_give_up(layer, draft);
			*layer = next;
			return 0;
		}
		layer_give_up(&next, draft);
		if (err != -ENOSPC)
			return err;
	}
	return -ENOMEM;
}

/**
 * layer_insert() - add a prefix to a layer of a draft
 * @layer: the layer
 * @addr: the prefix, which the layer does not hold
 * @meta: its meta word
 * @expires: when it ends, in jiffies modulo 2^32, if the layer is timed
 * @draft: the draft
 * @now: jiffies
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int layer_insert(struct layer *layer, const __be32 *addr, u32 meta, u32 expires,
		 u64 draft, u32 now)
{
	int err;

	if (layer->timed &&
	    (!layer->used || sooner(expires, layer->earliest, now)))
		layer->earliest = expires;
	err = layer_maintain(layer, draft);
	if (err)
		return err;
	err = layer_put(layer, addr, meta, expires, draft);
	if (err != -ENOSPC)
		return err;
	err = layer_reseed(layer, draft) ?:
	      layer_put(layer, addr, meta, expires, draft);
	return err == -ENOSPC ? -ENOMEM : err;
}

/**
 * layer_replace() - change what a layer of a draft says of a prefix
 * @layer: the layer
 * @addr: the prefix, which the layer holds
 * @meta: its meta word
 * @expires: when it ends, in jiffies modulo 2^32, if the layer is timed
 * @draft: the draft
 * @now: jiffies
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int layer_replace(struct layer *layer, const __be32 *addr, u32 meta,
		  u32 expires, u64 draft, u32 now)
{
	struct place place;
	int err;

	layer_place(layer, addr, &place);
	err = dir_own_chunk(place.dir, place.index, draft);
	if (err)
		return err;
	if (layer->timed && sooner(expires, layer->earliest, now))
		layer->earliest = expires;
	slot_write(layer, chunk_slot(layer, place_chunk(&place), place.at),
		   layer_key_of(layer, addr), meta, expires);
	if (layer->timed)
		chunk_note_expiry(layer, place_chunk(&place), expires);
	return 0;
}

/* Gives a chunk that is nearly empty less memory */
static int chunk_trim(const struct layer *layer, struct directory *dir, u32 i,
		      u64 draft)
{
	unsigned int order = ref_order(dir->refs[i]);

	if (order <= least_order(dir->nr) ||
	    ref_chunk(dir->refs[i])->used * 4 > layer_slots(layer, order))
		return 0;
	return chunk_rebuild(layer, dir, i, 0, draft);
}

/**
 * layer_remove() - remove a prefix from a layer of a draft
 * @layer: the layer
 * @addr: the prefix, which the layer holds
 * @draft: the draft
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int layer_remove(struct layer *layer, const __be32 *addr, u64 draft)
{
	struct place place;
	int err;

	layer_place(layer, addr, &place);
	err = dir_own_chunk(place.dir, place.index, draft);
	if (err)
		return err;
	chunk_remove(layer, &place);
	layer->used--;
	err = chunk_trim(layer, place.dir, place.index, draft);
	return err ?: layer_maintain(layer, draft);
}

/* What is left of a chunk when all that is chosen, or has moved, is out of it */
static int chunk_filter(struct layer *layer, u32 number,
			struct directory *dir, u32 index,
			const struct layer_filter *filter)
{
	unsigned long ref = dir->refs[index];
	struct chunk *chunk = ref_chunk_mut(ref);
	u32 *bits = dir_bits(dir, index), i;
	struct filling filling = filling_begin(layer, ref, bits);
	int err = 0;

	chunk->used = 0;
	memset(bits, 0, SIEVE_WORDS * sizeof(u32));
	for (i = 0; i < filling.slots && !err; i++) {
		u32 entry[SLOT_WORDS], *slot = chunk_slot(layer, chunk, i);

		if (!slot_used(layer, slot))
			continue;
		memcpy(entry, slot, slot_bytes(layer));
		memset(slot, 0xff, slot_bytes(layer));
		if (!slot_live(layer, number, entry))
			continue;
		if (filter->chosen(filter, layer, entry)) {
			layer->used--;
			err = filter->removed(filter, layer, entry);
			continue;
		}
		/* that does not fail: none comes further from its home */
		filling_append(layer, &filling, entry,
			       slot_scale(layer, entry, dir->nr));
	}
	return err;
}

/* Whether there is anything in a chunk to be removed */
static bool chunk_concerned(const struct layer *layer, u32 number,
			    const struct layer_filter *filter)
{
	unsigned long ref = layer_ref(layer, number);
	struct chunk *chunk = ref_chunk_mut(ref);
	u32 i;

	if (!chunk->used ||
	    (filter->due && !reached(filter->now, chunk->earliest)))
		return false;
	for (i = 0; i < layer_slots(layer, ref_order(ref)); i++) {
		const u32 *slot = chunk_slot(layer, chunk, i);

		if (slot_live(layer, number, slot) &&
		    filter->chosen(filter, layer, slot))
			return true;
	}
	return false;
}

static int chunk_remove_all(struct layer *layer, u32 number,
			    const struct layer_filter *filter,
			    u64 draft)
{
	bool moved = number < layer->moved;
	struct directory *dir = moved ? &layer->dir : &layer->old;
	u32 index = moved ? number :
			    number - layer->moved + layer_old_first(layer);
	int err;

	if (!chunk_concerned(layer, number, filter))
		return 0;
	if (filter->chunks)
		--*filter->chunks;
	err = dir_own_chunk(dir, index, draft);
	if (err)
		return err;
	err = chunk_filter(layer, number, dir, index, filter);
	return err ?: chunk_trim(layer, dir, index, draft);
}

/**
 * layer_remove_all() - remove the entries that a filter chooses
 * @layer: the layer, of a draft
 * @filter: the filter
 * @draft: the draft
 *
 * Context: Process context, may sleep.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int layer_remove_all(struct layer *layer, const struct layer_filter *filter,
		     u64 draft)
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
 * layer_create() - make an empty layer
 * @layer: the layer
 * @family: of its prefixes
 * @prefix_len: of its prefixes, in bits
 * @timed: whether its entries expire
 * @draft: the draft it is for
 *
 * Return: 0 or -ENOMEM.
 */
int layer_create(struct layer *layer, enum op25b_family family, u8 prefix_len,
		 bool timed, u64 draft)
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
 * layer_share() - make a copy of a layer the layer of a clone
 * @layer: the copy
 */
void layer_share(struct layer *layer)
{
	layer->dir.private = false;
	layer->old.private = false;
}

/**
 * layer_free() - free what a layer does not share with its neighbours
 * @layer: the layer
 * @elder: the one before it, or NULL
 * @heir: the one after it, or NULL
 *
 * Context: Process context, may sleep.
 */
void layer_free(struct layer *layer, const struct layer *elder,
		const struct layer *heir)
{
	dir_free(&layer->dir, elder, heir);
	dir_free(&layer->old, elder, heir);
}

/**
 * layer_give_up() - free what a draft itself has made of a layer
 * @layer: the layer
 * @draft: the draft
 *
 * Context: Process context, may sleep.
 */
void layer_give_up(struct layer *layer, u64 draft)
{
	dir_give_up(&layer->dir, draft);
	dir_give_up(&layer->old, draft);
}
