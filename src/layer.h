/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layers: hash tables of the prefixes of one length, copy-on-write.
 *
 * Used by table.c and lookup.h alone. What packets need is here, to be compiled
 * into the lookup; the rest, and how it works, is in layer.c.
 */
#ifndef _OP25B_LAYER_H
#define _OP25B_LAYER_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "table.h"
#include "words.h"

/* Words of the longest key, and of the longest slot: key, meta, expires */
#define KEY_WORDS	4
#define SLOT_WORDS	(KEY_WORDS + 2)

/* The bits of an address that a prefix of that length has, network byte order */
static inline void prefix_mask(u8 prefix_len, __be32 *mask)
{
	int i;

	for (i = 0; i < KEY_WORDS; i++) {
		int bits = clamp_t(int, prefix_len - 32 * i, 0, 32);

		mask[i] = cpu_to_be32(bits ? ~0U << (32 - bits) : 0);
	}
}

/* Chunks take 128 bytes << order; order 5, a page, is usual for those that are wide */
#define CHUNK_BYTES	128
#define CHUNK_ORDER	5
#define CHUNK_ORDERS	8

/*
 * Narrow chunks are half a page, and in directories of at least so many chunks: where
 * a key is tells so many bits of it, which make room for the tag.
 */
#define NARROW_ORDER	4
#define TAG_BITS	8
#define NARROW_CHUNKS	BIT(TAG_BITS)

/* A chunk has 2,048 bits in a sieve, and a sieve is of eight chunks: 2 KiB */
#define SIEVE_BITS_ORDER	11
#define SIEVE_CHUNKS_ORDER	3
#define SIEVE_WORDS		(BIT(SIEVE_BITS_ORDER) / 32)
#define SIEVE_CHUNKS		BIT(SIEVE_CHUNKS_ORDER)

/* All words of a free slot; no entry has such a meta word */
#define SLOT_FREE	(~(u32)0)

/*
 * A meta word in fewer bits: its table, the first of its flags and a label below 32.
 * In a free slot it is all ones, and so no entry's is.
 */
#define TAG_MASK	GENMASK(TAG_BITS - 1, 0)
#define TAG_FREE	TAG_MASK
#define TAG_LABEL	GENMASK(TAG_BITS - 1, 3)
#define TAG_REST	GENMASK(2, 0)

/**
 * struct chunk - a piece of a layer's hash table
 * @draft: the draft that made it and may change it; its directory and sieve are the
 *	draft's own, too
 * @used: slots in use
 * @earliest: none of its entries expires before that; if the layer is timed
 * @odd: if it is not: entries that no narrow chunk can hold
 * @slots: words of the slots, in ascending order of keys; the last slot is free. In
 *	wide chunks the key, the meta word and, if the layer is timed, when the entry
 *	ends; in narrow ones &struct layer_key as narrow_key() makes it, and the tag
 */
struct chunk {
	u64 draft;
	u32 used;
	union {
		u32 earliest;
		u32 odd;
	};
	u32 slots[];
};

/**
 * struct sieve - which parts of the ranges of some chunks have keys
 * @bits: SIEVE_WORDS for each of the chunks, a bit for each even part of its range;
 *	NULL if none of the chunks is there yet, or any more
 * @draft: the draft that made @bits and may change them
 *
 * Who changes where one of the chunks is has a sieve of its own, too, or none any
 * more: directories that share a sieve share all its chunks.
 */
struct sieve {
	u32 *bits;
	u64 draft;
};

/**
 * struct directory - where the chunks are
 * @sieves: for SIEVE_CHUNKS each their sieve; the last one may be of fewer, and is
 *	smaller then
 * @refs: for each chunk its address, with its order in the low three bits, which are
 *	0 for the usual one, and REF_NARROW; 0 if its entries have moved to another
 *	directory. In the same memory, behind @sieves
 * @id: the same in all directories that differ only in changes of drafts
 * @nr: how many chunks
 * @narrow: its chunks are narrow, save those with odd entries, or with too many
 * @private: @sieves and @refs belong to the draft alone
 */
struct directory {
	struct sieve *sieves;
	unsigned long *refs;
	u64 id;
	u32 nr;
	bool narrow;
	bool private;
};

/**
 * struct layer - the prefixes of one length, with or without timeouts
 * @mask: what an address is compared under, network byte order
 * @seed: of the keys
 * @dir: where the prefixes are
 * @moved: chunks of @dir that are there: all, unless the layer is being resized
 * @prefix_len: bits
 * @key_words: 32-bit words of a key: 1, 2 or 4
 * @slot_words: 32-bit words of a slot of a wide chunk
 * @timed: whether its entries expire
 * @more: the next layer of the table has prefixes of the same length; quicker than
 *	to count how many have it
 * @homes: for each order of wide chunks in how many slots the search may begin
 * @odd: entries that no narrow chunk can hold, since their meta words have no tag
 * @old: while the layer is being resized, where those are that have not moved
 * @used: entries
 * @earliest: no entry expires before that, if @timed
 */
struct layer {
	__be32 mask[KEY_WORDS];
	u64 seed;
	struct directory dir;
	u32 moved;
	u8 prefix_len;
	u8 key_words;
	u8 slot_words;
	bool timed;
	bool more;
	u16 homes[CHUNK_ORDERS];
	u32 odd;
	struct directory old;
	u32 used;
	u32 earliest;
};

/**
 * struct layer_key - a prefix as it is stored: mixed, but to be undone
 * @high: what orders the slots; a key of one word is in the upper half
 * @low: the rest of a key of four words
 */
struct layer_key {
	u64 high;
	u64 low;
};

/**
 * struct layer_item - an entry
 * @key: its prefix
 * @meta: its meta word
 * @expires: when it ends, in jiffies modulo 2^32; if the layer is timed
 */
struct layer_item {
	struct layer_key key;
	u32 meta;
	u32 expires;
};

/*
 * Both can be undone, and are good in their upper bits, which are all that is
 * used of them. The first is by Wellons, "Prospecting for hash functions", 2018,
 * less its last step, the second in the manner of MurmurHash3's finalizer.
 */
#define MIX32_A		0x21f0aaadU
#define MIX32_B		0x735a2d97U
#define MIX64_A		0xd6e8feb86659fd93ULL
#define MIX64_B		0xff51afd7ed558ccdULL

static __always_inline u32 mix32(u32 x)
{
	x ^= x >> 16;
	x *= MIX32_A;
	x ^= x >> 15;
	return x * MIX32_B;
}

static __always_inline u64 mix64(u64 x)
{
	x ^= x >> 32;
	x *= MIX64_A;
	x ^= x >> 29;
	return x * MIX64_B;
}

static __always_inline u64 masked64(const struct layer *layer,
				    const __be32 *addr, unsigned int i)
{
	return load64((__force const u32 *)&addr[i]) &
	       load64((__force const u32 *)&layer->mask[i]);
}

/*
 * The key of the prefix that holds an address. Four words go through two rounds
 * of a Feistel network: what differs in any of them differs in @high.
 */
static __always_inline struct layer_key
layer_key(const struct layer *layer, const __be32 *addr,
	  const unsigned int words)
{
	struct layer_key key = {};
	u32 prefix;

	if (words == 1) {
		prefix = (__force u32)(addr[0] & layer->mask[0]);
		key.high = (u64)mix32(prefix ^ (u32)layer->seed) << 32;
		return key;
	}
	key.high = masked64(layer, addr, 0);
	if (words == 2) {
		key.high = mix64(key.high ^ layer->seed);
		return key;
	}
	key.low = masked64(layer, addr, 2) ^ mix64(key.high ^ layer->seed);
	key.high ^= mix64(key.low ^ ~layer->seed);
	return key;
}

static __always_inline struct layer_key slot_key(const u32 *slot,
						 const unsigned int words)
{
	struct layer_key key = {
		.high = words > 1 ? load64(slot) : (u64)slot[0] << 32,
		.low = words > 2 ? load64(slot + 2) : 0,
	};

	return key;
}

static __always_inline bool key_before(struct layer_key a, struct layer_key b,
				       const unsigned int words)
{
	if (words == 1)
		return (u32)(a.high >> 32) < (u32)(b.high >> 32);
	return a.high < b.high ||
	       (words > 2 && a.high == b.high && a.low < b.low);
}

static __always_inline bool key_equal(struct layer_key a, struct layer_key b,
				      const unsigned int words)
{
	if (words == 1)
		return (u32)(a.high >> 32) == (u32)(b.high >> 32);
	return a.high == b.high && (words == 2 || a.low == b.low);
}

/* An entry is never more slots behind its home than this */
#define MAX_DISTANCE	64

/* So a search ends there, or at the slot behind */
#define MAX_SEARCH	(MAX_DISTANCE + 2)

/* Slots that a search looks at in any case; those behind a home are at least so many */
#define SLOTS_AT_ONCE	4

/*
 * How many of the first slots are before a key, by the upper part of the keys.
 * Without branches: where a search ends is not to be predicted, and to guess wrong
 * costs more than to look at four. A free slot is not before any key, and behind
 * it no entry is.
 */
static __always_inline u32 slots_before(const u32 *slot, unsigned long step,
					struct layer_key key,
					const unsigned int words)
{
	const u32 upper = key.high >> 32;

	if (words == 1)
		return (slot[0] < upper) + (slot[step] < upper) +
		       (slot[2 * step] < upper) + (slot[3 * step] < upper);
	return (load64(slot) < key.high) + (load64(slot + step) < key.high) +
	       (load64(slot + 2 * step) < key.high) +
	       (load64(slot + 3 * step) < key.high);
}

/* Chunks share the range of the upper 32 bits of keys evenly, in order */
static __always_inline u64 key_scale(struct layer_key key, u32 nr)
{
	return (key.high >> 32) * nr;
}

/* In the reference to a chunk: that it is narrow; that it is not wide and a page */
#define REF_NARROW	CHUNK_ORDERS
#define REF_UNUSUAL	(REF_NARROW | (CHUNK_ORDERS - 1UL))

static __always_inline const struct chunk *ref_chunk(unsigned long ref)
{
	return (const struct chunk *)(ref & ~REF_UNUSUAL);
}

static __always_inline unsigned int ref_order(unsigned long ref)
{
	return (ref & (CHUNK_ORDERS - 1)) ^ CHUNK_ORDER;
}

/* How many slots of so many words a chunk has */
static __always_inline u32 order_slots(unsigned int order,
				       const unsigned int step)
{
	return ((CHUNK_BYTES << order) - sizeof(struct chunk)) /
	       (step * sizeof(u32));
}

/* Behind the homes there is room for those who are not at home, and a free slot */
static __always_inline u32 order_homes(unsigned int order,
				       const unsigned int step)
{
	u32 slots = order_slots(order, step);

	return slots - max_t(u32, slots / 20 + 2, SLOTS_AT_ONCE - 1);
}

/* The upper half of a scaled key is the chunk, the lower half the place in it */
static __always_inline u32 key_home(u64 scaled, u32 homes)
{
	return (u64)(u32)scaled * homes >> 32;
}

/* The bit of a key among those of its chunk: the upper bits of its place */
static __always_inline u32 key_bit(u64 scaled)
{
	return (u32)scaled >> (32 - SIEVE_BITS_ORDER);
}

/* The directory where a key is, if it is anywhere, and the key as scaled for it */
static __always_inline const struct directory *
layer_directory(const struct layer *layer, struct layer_key key, u64 *scaled)
{
	*scaled = key_scale(key, layer->dir.nr);
	if (likely(*scaled >> 32 < layer->moved))
		return &layer->dir;
	*scaled = key_scale(key, layer->old.nr);
	return &layer->old;
}

/* Whether a key may be there: most searches in vain end here */
static __always_inline bool dir_may_have(const struct directory *dir, u64 scaled)
{
	const u32 *bits = dir->sieves[scaled >> (32 + SIEVE_CHUNKS_ORDER)].bits;
	u32 bit = scaled >> (32 - SIEVE_BITS_ORDER) &
		  (BIT(SIEVE_CHUNKS_ORDER + SIEVE_BITS_ORDER) - 1);

	return bits[bit / 32] >> bit % 32 & 1;
}

/* Whether chunks of a layer may be narrow, if it has enough of them */
static __always_inline bool can_be_narrow(const unsigned int words,
					  const bool timed)
{
	return words <= 2 && !timed;
}

/* A scaled key as narrow chunks know it */
static __always_inline u64 narrow_scaled(u64 scaled)
{
	return scaled & ~(u64)TAG_MASK;
}

/*
 * A key as it is in narrow chunks, with room for the tag in the lowest bits of what
 * a slot has: instead of its upper 32 bits the upper ones of its place in the range
 * of the chunk. No other key of the chunk has the same, since scaled by so many
 * chunks they are as far apart.
 */
static __always_inline struct layer_key
narrow_key(struct layer_key key, u64 scaled, const unsigned int words)
{
	struct layer_key narrow = {
		.high = narrow_scaled(scaled) << 32,
	};

	if (words > 1)
		narrow.high |= (u64)(u32)key.high << TAG_BITS;
	return narrow;
}

/* The slot of a narrow chunk as one number, whose lowest bits are the tag */
static __always_inline u64 narrow_slot(const u32 *slot,
				       const unsigned int words)
{
	return words > 1 ? load64(slot) : slot[0];
}

static __always_inline u32 tag_meta(u32 tag)
{
	return (tag & TAG_REST) |
	       FIELD_PREP(OP25B_META_LABEL, FIELD_GET(TAG_LABEL, tag));
}

/* Where to begin to search for a key; a slot has so many words */
static __always_inline const u32 *home_slot(const struct chunk *chunk,
					    u64 scaled, u32 homes,
					    const unsigned long step)
{
	return &chunk->slots[key_home(scaled, homes) * step];
}

/* Searches for a key from a slot on; how is said at layer_probe() */
static __always_inline const u32 *search_slot(const u32 *slot,
					      unsigned long step,
					      struct layer_key key,
					      const unsigned int words)
{
	slot += slots_before(slot, step, key, words) * step;
	while (key_before(slot_key(slot, words), key, words))
		slot += step;
	return slot;
}

/* layer_probe() in a narrow chunk */
static __always_inline bool narrow_probe(const struct directory *dir,
					 unsigned long ref,
					 struct layer_key key, u64 scaled,
					 const unsigned int words, u32 *meta)
{
	const u32 *slot = home_slot(ref_chunk(ref), narrow_scaled(scaled),
				    order_homes(NARROW_ORDER, words), words);
	u64 differs;

	__builtin_prefetch(slot);
	if (!dir_may_have(dir, scaled))
		return false;
	key = narrow_key(key, scaled, words);
	slot = search_slot(slot, words, key, words);
	differs = narrow_slot(slot, words) ^
		  (words > 1 ? key.high : key.high >> 32);
	*meta = tag_meta(differs);
	return differs < TAG_FREE;
}

/* layer_probe() in a wide chunk, from the home of the key on */
static __always_inline bool
wide_probe(const struct directory *dir, const u32 *slot, struct layer_key key,
	   u64 scaled, const unsigned int words, const bool timed,
	   struct layer_item *item)
{
	/* not prefetch(), which on x86 says that the line is not worth keeping */
	__builtin_prefetch(slot);
	if (!dir_may_have(dir, scaled))
		return false;
	slot = search_slot(slot, words + 1 + timed, key, words);
	item->meta = slot[words];
	if (timed)
		item->expires = slot[words + 1];
	return key_equal(slot_key(slot, words), key, words) &&
	       item->meta != SLOT_FREE;
}

/**
 * layer_probe() - find the prefix of a layer that holds an address
 * @layer: the layer
 * @addr: the address
 * @words: the words of its keys, a constant
 * @timed: whether it is timed, a constant
 * @item: set to its meta word, and when it ends if the layer is timed; if it is there
 *
 * Entries are in ascending order of keys, each at its home or behind it, so the
 * first key that is not before the one that is looked for ends the search; a
 * free slot does too. The slots are on their way before it is known whether the
 * sieve lets the search pass: the processor's guess of that is often wrong, and
 * to wait for the two one after the other is dearer than a line in vain.
 *
 * Return: whether there is one.
 */
static __always_inline bool layer_probe(const struct layer *layer,
					const __be32 *addr,
					const unsigned int words,
					const bool timed,
					struct layer_item *item)
{
	const unsigned long step = words + 1 + timed;
	struct layer_key key = layer_key(layer, addr, words);
	const struct directory *dir;
	const u32 *slot;
	unsigned long ref;
	u64 scaled;

	dir = layer_directory(layer, key, &scaled);
	ref = dir->refs[scaled >> 32];
	/* what a chunk is like is known from where it is, and need not be waited for */
	if (likely(!(ref & REF_UNUSUAL))) {
		slot = home_slot((const struct chunk *)ref, scaled,
				 order_homes(CHUNK_ORDER, step), step);
	} else {
		if (can_be_narrow(words, timed) && ref & REF_NARROW)
			return narrow_probe(dir, ref, key, scaled, words,
					    &item->meta);
		slot = home_slot(ref_chunk(ref), scaled,
				 layer->homes[ref_order(ref)], step);
	}
	return wide_probe(dir, slot, key, scaled, words, timed, item);
}

/* Whether time a, in jiffies modulo 2^32, is at or after time b */
static inline bool reached(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

static inline bool item_expired(const struct layer *layer,
				const struct layer_item *item, u32 now)
{
	return layer->timed && reached(now, item->expires);
}

/* Times are compared by their distance from now, which is in 31 bits */
static inline bool sooner(u32 a, u32 b, u32 now)
{
	return (s32)(a - now) < (s32)(b - now);
}

/**
 * struct layer_filter - which entries to remove
 * @chosen: whether an entry is
 * @removed: called for each entry that has been removed; 0 or -ENOMEM
 * @table: the table, for @removed
 * @id: of the table of the policy, for @chosen
 * @now: jiffies, for @chosen
 * @due: only entries whose time has ended by @now are chosen
 * @chunks: how many chunks may still be changed, counted down; NULL: all
 */
struct layer_filter {
	bool (*chosen)(const struct layer_filter *filter,
		       const struct layer_item *item);
	int (*removed)(const struct layer_filter *filter,
		       const struct layer_item *item);
	struct op25b_table *table;
	u8 id;
	u32 now;
	bool due;
	u32 *chunks;
};

int op25b_layer_create(struct layer *layer, enum op25b_family family,
		       u8 prefix_len, bool timed, u64 draft);
void op25b_layer_share(struct layer *layer);
void op25b_layer_free(struct layer *layer, const struct layer *elder,
		      const struct layer *heir);
void op25b_layer_give_up(struct layer *layer, u64 draft);

bool op25b_layer_find(const struct layer *layer, const __be32 *addr,
		      struct layer_item *item);
bool op25b_layer_next(const struct layer *layer, u32 *chunk, u32 *slot,
		      struct layer_item *item);
void op25b_layer_prefix(const struct layer *layer, struct layer_key key,
			__be32 *addr);
bool op25b_layer_equal(const struct layer *a, const struct layer *b);
size_t op25b_layer_bytes(const struct layer *layer);
void op25b_layer_settle(struct layer *layer, u32 now, u64 draft);

int op25b_layer_insert(struct layer *layer, const __be32 *addr, u32 meta,
		       u32 expires, u64 draft, u32 now);
int op25b_layer_replace(struct layer *layer, const __be32 *addr, u32 meta,
			u32 expires, u64 draft, u32 now);
int op25b_layer_remove(struct layer *layer, const __be32 *addr, u64 draft);
int op25b_layer_remove_all(struct layer *layer,
			   const struct layer_filter *filter, u64 draft);

#endif /* _OP25B_LAYER_H */
