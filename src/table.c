// SPDX-License-Identifier: GPL-2.0
/*
 * Prefix tables: longest-prefix match, copy-on-write.
 *
 * A table is a list of layers, longest prefix first: one for each prefix length
 * in use, and a second one where some prefixes of that length have a timeout. A
 * layer is a hash table: a directory of pointers to chunks of at most a page,
 * each of them open addressing with linear probing in itself. An entry takes
 * its key and one word, two with a timeout: 8 to 24 bytes, no pointers.
 *
 * A clone copies the list of layers and shares the directories. The first
 * change to a layer copies its directory, the first change to a chunk copies
 * the chunk. A chunk knows the draft that made it, so that a draft changes in
 * place what is its own. Nothing counts who shares a chunk: op25b_table_free()
 * frees what the table does not share with its heir, the clone made from it
 * (or, for a draft that is given up, its origin). The caller frees in the order
 * in which tables were published, see policy.c.
 *
 * A lookup costs one probe for each layer, at worst a whole chunk each.
 */
#include <linux/atomic.h>
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "table.h"

/* One chunk is at most a page, so that copying it is cheap */
#define CHUNK_BYTES	4096
#define CHUNK_MIN_SLOTS	8

/* Words of the longest key, and of the longest slot: key, meta, expires */
#define KEY_WORDS	4
#define SLOT_WORDS	(KEY_WORDS + 2)

/* The meta word of a slot: never 0 in use, since tables are numbered from 1 */
#define META_TABLE	GENMASK(2, 0)
#define META_FLAGS	GENMASK(7, 3)
#define META_LABEL	GENMASK(31, 16)

/**
 * struct chunk - a piece of a layer's hash table
 * @draft: the draft that made it and may change it
 * @used: slots in use
 * @slots: the words of the slots; a slot whose meta word is 0 is free
 */
struct chunk {
	u64 draft;
	u32 used;
	u32 slots[];
};

/**
 * struct layer - the prefixes of one length, with or without timeouts
 * @mask: what an address is compared under, network byte order
 * @chunks: the directory
 * @seed: of the hash
 * @nr_chunks: length of the directory
 * @nr_slots: slots of each chunk
 * @used: slots in use in all chunks
 * @earliest: no entry expires before that, if @timed
 * @prefix_len: bits
 * @key_words: 32-bit words of a key: 1, 2 or 4
 * @slot_words: 32-bit words of a slot
 * @timed: whether its entries expire
 * @private: the directory belongs to this draft alone
 */
struct layer {
	__be32 mask[KEY_WORDS];
	struct chunk **chunks;
	u64 seed;
	u32 nr_chunks;
	u32 nr_slots;
	u32 used;
	u32 earliest;
	u8 prefix_len;
	u8 key_words;
	u8 slot_words;
	bool timed;
	bool private;
};

/**
 * struct op25b_table - prefixes of one family
 * @layers: the layers, longest prefix first
 * @draft: the draft that this is, or was
 * @nr_layers: how many layers
 * @nr_uses: length of @uses
 * @uses: how many entries have each label
 * @count: how many entries are in each of the policy's tables
 * @family: of the prefixes
 */
struct op25b_table {
	struct layer *layers;
	u64 draft;
	u32 nr_layers;
	u32 nr_uses;
	u32 *uses;
	u32 count[OP25B_TABLE_MAX + 1];
	enum op25b_family family;
};

typedef bool (*slot_filter)(const struct layer *layer, const u32 *slot,
			    u32 arg);

static u64 new_draft(void)
{
	static atomic64_t last = ATOMIC64_INIT(0);

	return atomic64_inc_return(&last);
}

/* A copy of what may be NULL; NULL then, or without memory */
static void *copy(const void *from, size_t bytes)
{
	void *to = from ? kvmalloc(bytes, GFP_KERNEL_ACCOUNT) : NULL;

	return to ? memcpy(to, from, bytes) : NULL;
}

/* Whether time a, in jiffies modulo 2^32, is at or after time b */
static bool reached(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

/* Slots: layout, keys and hash */

static const u32 *chunk_slot(const struct layer *layer,
			     const struct chunk *chunk, u32 i)
{
	return &chunk->slots[i * layer->slot_words];
}

static u32 *chunk_slot_mut(const struct layer *layer, struct chunk *chunk,
			   u32 i)
{
	return &chunk->slots[i * layer->slot_words];
}

static u32 slot_meta(const struct layer *layer, const u32 *slot)
{
	return slot[layer->key_words];
}

static u32 slot_expires(const struct layer *layer, const u32 *slot)
{
	return slot[layer->key_words + 1];
}

static bool slot_expired(const struct layer *layer, const u32 *slot, u32 now)
{
	return layer->timed && reached(now, slot_expires(layer, slot));
}

static void slot_write(const struct layer *layer, u32 *slot, const u32 *key,
		       const struct op25b_entry *entry)
{
	memcpy(slot, key, layer->key_words * sizeof(*slot));
	slot[layer->key_words] = FIELD_PREP(META_TABLE, entry->table) |
				 FIELD_PREP(META_FLAGS, entry->flags) |
				 FIELD_PREP(META_LABEL, entry->label);
	if (layer->timed)
		slot[layer->key_words + 1] = entry->expires;
}

static void slot_read(const struct layer *layer, const u32 *slot,
		      struct op25b_entry *entry)
{
	u32 meta = slot_meta(layer, slot);

	memset(entry, 0, sizeof(*entry));
	memcpy(entry->addr, slot, layer->key_words * sizeof(*slot));
	entry->prefix_len = layer->prefix_len;
	entry->table = FIELD_GET(META_TABLE, meta);
	entry->flags = FIELD_GET(META_FLAGS, meta);
	entry->label = FIELD_GET(META_LABEL, meta);
	entry->timed = layer->timed;
	if (layer->timed)
		entry->expires = slot_expires(layer, slot);
}

static const u32 *entry_key(const struct op25b_entry *entry)
{
	return (__force const u32 *)entry->addr;
}

static __always_inline void make_key(const struct layer *layer,
				     const __be32 *addr, u32 *key,
				     unsigned int words)
{
	unsigned int i;

	for (i = 0; i < words; i++)
		key[i] = (__force u32)(addr[i] & layer->mask[i]);
}

static __always_inline u64 mix(u64 h, u64 odd)
{
	h *= odd;
	return h ^ h >> 32;
}

static __always_inline u64 hash_key(const u32 *key, u64 seed,
				    unsigned int words)
{
	u64 h = seed ^ key[0];

	if (words > 1)
		h ^= (u64)key[1] << 32;
	h = mix(h, 0x9e3779b97f4a7c15ULL);
	if (words > 2) {
		/* twice, or the top bits could be cancelled by what follows */
		h = mix(h, 0xd6e8feb86659fd93ULL);
		h ^= key[2] | (u64)key[3] << 32;
		h = mix(h, 0x9e3779b97f4a7c15ULL);
	}
	return mix(h, 0xd6e8feb86659fd93ULL);
}

/* The high half of a hash chooses the chunk, the low half the first slot */

static __always_inline u32 hash_chunk(const struct layer *layer, u64 hash)
{
	return reciprocal_scale(hash >> 32, layer->nr_chunks);
}

static __always_inline u32 hash_slot(const struct layer *layer, u64 hash)
{
	return reciprocal_scale((u32)hash, layer->nr_slots);
}

static bool same_key(const u32 *a, const u32 *b, unsigned int words)
{
	u32 diff = a[0] ^ b[0];

	if (words > 1)
		diff |= a[1] ^ b[1];
	if (words > 2)
		diff |= (a[2] ^ b[2]) | (a[3] ^ b[3]);
	return !diff;
}

/* Where the key is in its chunk; nr_slots if it is not */
static __always_inline u32 chunk_find(const struct layer *layer,
				      const struct chunk *chunk,
				      const u32 *key, u32 first,
				      unsigned int words)
{
	u32 i = first, n;

	for (n = 0; n < layer->nr_slots; n++) {
		const u32 *slot = chunk_slot(layer, chunk, i);

		if (!slot[words])
			break;
		if (same_key(slot, key, words))
			return i;
		if (++i == layer->nr_slots)
			i = 0;
	}
	return layer->nr_slots;
}

static __always_inline const u32 *layer_probe(const struct layer *layer,
					      const __be32 *addr,
					      unsigned int words)
{
	const struct chunk *chunk;
	u32 key[KEY_WORDS], i;
	u64 hash;

	make_key(layer, addr, key, words);
	hash = hash_key(key, layer->seed, words);
	chunk = layer->chunks[hash_chunk(layer, hash)];
	i = chunk_find(layer, chunk, key, hash_slot(layer, hash), words);
	return i < layer->nr_slots ? chunk_slot(layer, chunk, i) : NULL;
}

/* The slot of the layer's prefix that holds addr, or NULL */
static const u32 *layer_find(const struct layer *layer, const __be32 *addr)
{
	switch (layer->key_words) {
	case 1:
		return layer_probe(layer, addr, 1);
	case 2:
		return layer_probe(layer, addr, 2);
	default:
		return layer_probe(layer, addr, 4);
	}
}

static u64 slot_hash(const struct layer *layer, const u32 *key)
{
	switch (layer->key_words) {
	case 1:
		return hash_key(key, layer->seed, 1);
	case 2:
		return hash_key(key, layer->seed, 2);
	default:
		return hash_key(key, layer->seed, 4);
	}
}

/* Chunks: memory, insertion and removal */

static size_t chunk_bytes(const struct layer *layer)
{
	return sizeof(struct chunk) +
	       (size_t)layer->nr_slots * layer->slot_words * sizeof(u32);
}

static struct chunk *chunk_create(const struct layer *layer, u64 draft)
{
	struct chunk *chunk = kzalloc(chunk_bytes(layer), GFP_KERNEL_ACCOUNT);

	if (chunk)
		chunk->draft = draft;
	return chunk;
}

static bool chunk_full(const struct layer *layer, const struct chunk *chunk)
{
	return chunk->used + 1 + layer->nr_slots / 16 >= layer->nr_slots;
}

/* The slot is a copy or a template; the chunk is not full */
static void chunk_insert(const struct layer *layer, struct chunk *chunk,
			 const u32 *slot, u32 first)
{
	u32 i = first;

	while (slot_meta(layer, chunk_slot(layer, chunk, i)))
		if (++i == layer->nr_slots)
			i = 0;
	memcpy(chunk_slot_mut(layer, chunk, i), slot,
	       layer->slot_words * sizeof(*slot));
	chunk->used++;
}

/*
 * Frees slot i and moves up those behind it that would no longer be found
 * (Knuth, The Art of Computer Programming, vol. 3, 6.4, algorithm R).
 */
static void chunk_remove(const struct layer *layer, struct chunk *chunk, u32 i)
{
	size_t bytes = layer->slot_words * sizeof(u32);
	u32 hole = i;

	for (;;) {
		const u32 *slot;
		u32 first;

		if (++i == layer->nr_slots)
			i = 0;
		slot = chunk_slot(layer, chunk, i);
		if (!slot_meta(layer, slot))
			break;
		first = hash_slot(layer, slot_hash(layer, slot));
		/* not moved if its first slot is cyclically in (hole, i] */
		if (hole <= i ? hole < first && first <= i :
				hole < first || first <= i)
			continue;
		memcpy(chunk_slot_mut(layer, chunk, hole), slot, bytes);
		hole = i;
	}
	memset(chunk_slot_mut(layer, chunk, hole), 0, bytes);
	chunk->used--;
}

/* Layers: geometry, copy-on-write */

static u32 layer_max_slots(const struct layer *layer)
{
	return (CHUNK_BYTES - sizeof(struct chunk)) /
	       (layer->slot_words * sizeof(u32));
}

static u64 layer_slots(const struct layer *layer)
{
	return (u64)layer->nr_chunks * layer->nr_slots;
}

/* Sizes a layer for so many entries at five eighths of its slots */
static void layer_plan(struct layer *layer, u32 entries)
{
	u32 slots = max_t(u64, (u64)entries * 8 / 5, CHUNK_MIN_SLOTS);
	size_t bytes;

	if (slots >= layer_max_slots(layer)) {
		layer->nr_slots = layer_max_slots(layer);
		layer->nr_chunks = DIV_ROUND_UP(slots, layer->nr_slots);
		return;
	}
	bytes = sizeof(struct chunk) + slots * layer->slot_words * sizeof(u32);
	bytes = roundup_pow_of_two(bytes);
	layer->nr_slots = (bytes - sizeof(struct chunk)) /
			  (layer->slot_words * sizeof(u32));
	layer->nr_chunks = 1;
}

/* Full at four fifths, worth shrinking below one quarter */

static bool layer_full(const struct layer *layer)
{
	return (u64)(layer->used + 1) * 5 > layer_slots(layer) * 4;
}

static bool layer_sparse(const struct layer *layer)
{
	return layer_slots(layer) > 4 * CHUNK_MIN_SLOTS &&
	       (u64)layer->used * 4 < layer_slots(layer);
}

/* Frees chunks and directory as far as the heir does not have them too */
static void layer_free(struct layer *layer, const struct layer *heir)
{
	bool congruent = heir && heir->nr_chunks == layer->nr_chunks;
	u32 i;

	if (heir && heir->chunks == layer->chunks)
		return;
	for (i = 0; i < layer->nr_chunks; i++) {
		if (!congruent || heir->chunks[i] != layer->chunks[i])
			kfree(layer->chunks[i]);
		cond_resched();
	}
	kvfree(layer->chunks);
}

/* Frees what the draft itself has made */
static void layer_free_own(struct layer *layer, u64 draft)
{
	u32 i;

	if (!layer->private)
		return;
	for (i = 0; i < layer->nr_chunks; i++) {
		if (layer->chunks[i] && layer->chunks[i]->draft == draft)
			kfree(layer->chunks[i]);
		cond_resched();
	}
	kvfree(layer->chunks);
}

/* Memory for a planned layer, all slots free */
static int layer_alloc(struct layer *layer, u64 draft)
{
	u32 i;

	layer->chunks = kvcalloc(layer->nr_chunks, sizeof(*layer->chunks),
				 GFP_KERNEL_ACCOUNT);
	if (!layer->chunks)
		return -ENOMEM;
	layer->private = true;
	layer->seed = get_random_u64();
	layer->used = 0;
	for (i = 0; i < layer->nr_chunks; i++) {
		layer->chunks[i] = chunk_create(layer, draft);
		if (!layer->chunks[i]) {
			layer_free_own(layer, draft);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Copies all entries into an empty layer; false if one of its chunks is full */
static bool layer_fill(struct layer *to, const struct layer *from)
{
	u32 i, j;

	for (i = 0; i < from->nr_chunks; i++) {
		const struct chunk *chunk = from->chunks[i];

		for (j = 0; j < from->nr_slots; j++) {
			const u32 *slot = chunk_slot(from, chunk, j);
			struct chunk *dest;
			u64 hash;

			if (!slot_meta(from, slot))
				continue;
			hash = slot_hash(to, slot);
			dest = to->chunks[hash_chunk(to, hash)];
			if (chunk_full(to, dest))
				return false;
			chunk_insert(to, dest, slot, hash_slot(to, hash));
		}
		cond_resched();
	}
	to->used = from->used;
	return true;
}

/*
 * Gives a layer of a draft new memory, with room to grow. Chunks fill evenly;
 * where chance has it that one overflows, another seed will do.
 */
static int layer_rebuild(struct layer *layer, u64 draft)
{
	struct layer next = *layer;
	int err, tries;

	for (tries = 0; tries < 8; tries++) {
		layer_plan(&next, layer->used + 1 + layer->used / 16 * tries);
		err = layer_alloc(&next, draft);
		if (err)
			return err;
		if (layer_fill(&next, layer)) {
			layer_free_own(layer, draft);
			*layer = next;
			return 0;
		}
		layer_free_own(&next, draft);
	}
	return -ENOMEM;
}

static int layer_make_private(struct layer *layer)
{
	size_t bytes = layer->nr_chunks * sizeof(*layer->chunks);
	struct chunk **chunks;

	if (layer->private)
		return 0;
	chunks = copy(layer->chunks, bytes);
	if (!chunks)
		return -ENOMEM;
	layer->chunks = chunks;
	layer->private = true;
	return 0;
}

/* The chunk at an index, as a draft may change it; NULL without memory */
static struct chunk *layer_chunk_mut(struct layer *layer, u32 i, u64 draft)
{
	struct chunk *copy;

	if (layer->chunks[i]->draft == draft)
		return layer->chunks[i];
	if (layer_make_private(layer))
		return NULL;
	copy = kmemdup(layer->chunks[i], chunk_bytes(layer),
		       GFP_KERNEL_ACCOUNT);
	if (!copy)
		return NULL;
	copy->draft = draft;
	layer->chunks[i] = copy;
	return copy;
}

/* The slot of a prefix that the layer holds, as a draft may change it */
static u32 *layer_slot_mut(struct layer *layer, const u32 *key, u64 draft,
			   struct chunk **chunk, u32 *index)
{
	u64 hash = slot_hash(layer, key);

	*chunk = layer_chunk_mut(layer, hash_chunk(layer, hash), draft);
	if (!*chunk)
		return NULL;
	*index = chunk_find(layer, *chunk, key, hash_slot(layer, hash),
			    layer->key_words);
	return chunk_slot_mut(layer, *chunk, *index);
}

/* Times are compared by their distance from now, which is in 31 bits */
static bool sooner(u32 a, u32 b, u32 now)
{
	return (s32)(a - now) < (s32)(b - now);
}

static void layer_note_expiry(struct layer *layer, u32 expires, u32 now)
{
	if (!layer->used || sooner(expires, layer->earliest, now))
		layer->earliest = expires;
}

static int layer_insert(struct layer *layer, const u32 *slot, u64 draft,
			u32 now)
{
	struct chunk *chunk;
	u64 hash;
	int err;

	if (layer_full(layer)) {
		err = layer_rebuild(layer, draft);
		if (err)
			return err;
	}
	for (;;) {
		hash = slot_hash(layer, slot);
		chunk = layer_chunk_mut(layer, hash_chunk(layer, hash), draft);
		if (!chunk)
			return -ENOMEM;
		if (!chunk_full(layer, chunk))
			break;
		err = layer_rebuild(layer, draft);
		if (err)
			return err;
	}
	if (layer->timed)
		layer_note_expiry(layer, slot_expires(layer, slot), now);
	chunk_insert(layer, chunk, slot, hash_slot(layer, hash));
	layer->used++;
	return 0;
}

/* Tables: the list of layers */

static struct layer *table_layer(const struct op25b_table *table,
				 u8 prefix_len, bool timed)
{
	u32 i;

	for (i = 0; i < table->nr_layers; i++) {
		struct layer *layer = &table->layers[i];

		if (layer->prefix_len == prefix_len && layer->timed == timed)
			return layer;
	}
	return NULL;
}

static void layer_init(struct layer *layer, u8 prefix_len, bool timed,
		       enum op25b_family family)
{
	unsigned int i;

	memset(layer, 0, sizeof(*layer));
	for (i = 0; i < KEY_WORDS; i++) {
		int bits = clamp_t(int, prefix_len - 32 * i, 0, 32);

		layer->mask[i] = cpu_to_be32(bits ? ~0U << (32 - bits) : 0);
	}
	layer->prefix_len = prefix_len;
	layer->timed = timed;
	layer->key_words = family == OP25B_IPV4 ? 1 : prefix_len <= 64 ? 2 : 4;
	layer->slot_words = layer->key_words + 1 + timed;
}

/* Adds an empty layer, behind the longer ones; NULL without memory */
static struct layer *table_add_layer(struct op25b_table *table, u8 prefix_len,
				     bool timed)
{
	struct layer *layers;
	u32 i;

	layers = kvcalloc(table->nr_layers + 1, sizeof(*layers),
			  GFP_KERNEL_ACCOUNT);
	if (!layers)
		return NULL;
	for (i = 0; i < table->nr_layers; i++)
		if (table->layers[i].prefix_len < prefix_len)
			break;
	layer_init(&layers[i], prefix_len, timed, table->family);
	layer_plan(&layers[i], 1);
	if (layer_alloc(&layers[i], table->draft)) {
		kvfree(layers);
		return NULL;
	}
	if (table->nr_layers) {
		memcpy(layers, table->layers, i * sizeof(*layers));
		memcpy(&layers[i + 1], &table->layers[i],
		       (table->nr_layers - i) * sizeof(*layers));
	}
	kvfree(table->layers);
	table->layers = layers;
	table->nr_layers++;
	return &layers[i];
}

static void table_drop_layer(struct op25b_table *table, struct layer *layer)
{
	u32 i = layer - table->layers;

	layer_free_own(layer, table->draft);
	table->nr_layers--;
	memmove(layer, layer + 1, (table->nr_layers - i) * sizeof(*layer));
}

/* After removals: drops the layer if it is empty, shrinks it if it is sparse */
static int table_trim_layer(struct op25b_table *table, struct layer *layer)
{
	if (!layer->used)
		table_drop_layer(table, layer);
	else if (layer_sparse(layer))
		return layer_rebuild(layer, table->draft);
	return 0;
}

/* Makes room to count a label */
static int table_reserve_label(struct op25b_table *table, u16 label)
{
	u32 nr = max_t(u32, roundup_pow_of_two(label + 1), 16);
	u32 *uses;

	if (label < table->nr_uses)
		return 0;
	uses = kvcalloc(nr, sizeof(*uses), GFP_KERNEL_ACCOUNT);
	if (!uses)
		return -ENOMEM;
	if (table->nr_uses)
		memcpy(uses, table->uses, table->nr_uses * sizeof(*uses));
	kvfree(table->uses);
	table->uses = uses;
	table->nr_uses = nr;
	return 0;
}

/* Counts a slot that has come or is about to go */
static void table_account(struct op25b_table *table, const struct layer *layer,
			  const u32 *slot, int change)
{
	u32 meta = slot_meta(layer, slot);

	table->count[FIELD_GET(META_TABLE, meta)] += change;
	table->uses[FIELD_GET(META_LABEL, meta)] += change;
}

static int table_remove(struct op25b_table *table, struct layer *layer,
			const u32 *key)
{
	struct chunk *chunk;
	u32 *slot, i;

	slot = layer_slot_mut(layer, key, table->draft, &chunk, &i);
	if (!slot)
		return -ENOMEM;
	table_account(table, layer, slot, -1);
	chunk_remove(layer, chunk, i);
	layer->used--;
	return table_trim_layer(table, layer);
}

static int table_insert(struct op25b_table *table, const u32 *key,
			const struct op25b_entry *entry, u32 now)
{
	struct layer *layer;
	u32 slot[SLOT_WORDS];
	int err;

	err = table_reserve_label(table, entry->label);
	if (err)
		return err;
	layer = table_layer(table, entry->prefix_len, entry->timed);
	if (!layer)
		layer = table_add_layer(table, entry->prefix_len, entry->timed);
	if (!layer)
		return -ENOMEM;
	slot_write(layer, slot, key, entry);
	err = layer_insert(layer, slot, table->draft, now);
	if (!err)
		table_account(table, layer, slot, 1);
	return err;
}

static int table_overwrite(struct op25b_table *table, struct layer *layer,
			   const u32 *key, const struct op25b_entry *entry,
			   u32 now)
{
	struct chunk *chunk;
	u32 *slot, i;

	if (table_reserve_label(table, entry->label))
		return -ENOMEM;
	slot = layer_slot_mut(layer, key, table->draft, &chunk, &i);
	if (!slot)
		return -ENOMEM;
	table_account(table, layer, slot, -1);
	if (layer->timed)
		layer_note_expiry(layer, entry->expires, now);
	slot_write(layer, slot, key, entry);
	table_account(table, layer, slot, 1);
	return 0;
}

/* The layer that holds exactly this prefix, and its slot; else NULL */
static struct layer *table_holder(const struct op25b_table *table,
				  const struct op25b_entry *entry,
				  const u32 **slot)
{
	int timed;

	for (timed = 0; timed <= 1; timed++) {
		struct layer *layer = table_layer(table, entry->prefix_len,
						  timed);

		if (!layer)
			continue;
		*slot = layer_find(layer, entry->addr);
		if (*slot)
			return layer;
	}
	return NULL;
}

/* Removes the slots that the filter chooses */
static int layer_filter(struct op25b_table *table, struct layer *layer,
			slot_filter chosen, u32 arg)
{
	u32 i, j;

	for (i = 0; i < layer->nr_chunks; i++) {
		for (j = 0; j < layer->nr_slots; ) {
			const u32 *slot = chunk_slot(layer, layer->chunks[i],
						     j);
			struct chunk *chunk;

			if (!slot_meta(layer, slot) ||
			    !chosen(layer, slot, arg)) {
				j++;
				continue;
			}
			chunk = layer_chunk_mut(layer, i, table->draft);
			if (!chunk)
				return -ENOMEM;
			table_account(table, layer,
				      chunk_slot(layer, chunk, j), -1);
			chunk_remove(layer, chunk, j);
			layer->used--;
		}
		cond_resched();
	}
	return 0;
}

/* When the first entry of the layer expires */
static u32 layer_earliest(const struct layer *layer, u32 now)
{
	u32 earliest = now + S32_MAX;
	u32 i, j;

	for (i = 0; i < layer->nr_chunks; i++) {
		for (j = 0; j < layer->nr_slots; j++) {
			const u32 *slot = chunk_slot(layer, layer->chunks[i],
						     j);

			if (slot_meta(layer, slot) &&
			    sooner(slot_expires(layer, slot), earliest, now))
				earliest = slot_expires(layer, slot);
		}
		cond_resched();
	}
	return earliest;
}

/**
 * op25b_table_create() - make an empty draft
 * @family: the family of its prefixes
 *
 * Return: the table, or NULL without memory.
 */
struct op25b_table *op25b_table_create(enum op25b_family family)
{
	struct op25b_table *table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);

	if (!table)
		return NULL;
	table->family = family;
	table->draft = new_draft();
	return table;
}

/**
 * op25b_table_clone() - make a draft with the contents of another table
 * @origin: a table that does not change any more
 *
 * The draft shares memory with @origin, which must outlive it, or be freed with
 * the draft as its heir.
 *
 * Return: the draft, or NULL without memory.
 */
struct op25b_table *op25b_table_clone(const struct op25b_table *origin)
{
	struct op25b_table *table = kmemdup(origin, sizeof(*origin),
					    GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!table)
		return NULL;
	table->draft = new_draft();
	table->layers = copy(origin->layers,
			     origin->nr_layers * sizeof(*origin->layers));
	table->uses = copy(origin->uses,
			   origin->nr_uses * sizeof(*origin->uses));
	if ((origin->layers && !table->layers) ||
	    (origin->uses && !table->uses)) {
		kvfree(table->layers);
		kvfree(table->uses);
		kfree(table);
		return NULL;
	}
	for (i = 0; i < table->nr_layers; i++)
		table->layers[i].private = false;
	return table;
}

/**
 * op25b_table_free() - free a table
 * @table: the table, or NULL; nobody reads it any more
 * @heir: the published clone of it, or for a draft its origin; NULL if there is
 *	none, or none that shares memory with it
 *
 * What @heir has too is left alone. Of all tables that share memory only @heir
 * may be left after this: earlier ones have been freed before.
 *
 * Context: Process context, may sleep.
 */
void op25b_table_free(struct op25b_table *table,
		      const struct op25b_table *heir)
{
	u32 i;

	if (!table)
		return;
	for (i = 0; i < table->nr_layers; i++) {
		struct layer *layer = &table->layers[i];

		layer_free(layer, heir ? table_layer(heir, layer->prefix_len,
						     layer->timed) : NULL);
	}
	kvfree(table->layers);
	kvfree(table->uses);
	kfree(table);
}

/**
 * op25b_table_lookup() - find the most specific prefix that holds an address
 * @table: a table that does not change
 * @addr: the address, one or four words
 * @now: jiffies; entries whose time has ended are not there
 * @match: the entry; only set if there is one
 *
 * Context: Any. Takes no locks and writes nothing but @match.
 *
 * Return: whether there is one.
 */
bool op25b_table_lookup(const struct op25b_table *table, const __be32 *addr,
			u32 now, struct op25b_entry *match)
{
	u32 i;

	for (i = 0; i < table->nr_layers; i++) {
		const struct layer *layer = &table->layers[i];
		const u32 *slot = layer_find(layer, addr);

		if (slot && !slot_expired(layer, slot, now)) {
			slot_read(layer, slot, match);
			return true;
		}
	}
	return false;
}

/**
 * op25b_table_next() - walk through all entries
 * @table: a table that does not change
 * @cursor: where to go on; moved behind the entry
 * @entry: the entry; it may have expired
 *
 * Return: whether there was one more.
 */
bool op25b_table_next(const struct op25b_table *table,
		      struct op25b_cursor *cursor, struct op25b_entry *entry)
{
	for (; cursor->layer < table->nr_layers;
	     cursor->layer++, cursor->chunk = 0) {
		const struct layer *layer = &table->layers[cursor->layer];

		for (; cursor->chunk < layer->nr_chunks;
		     cursor->chunk++, cursor->slot = 0) {
			const struct chunk *chunk =
				layer->chunks[cursor->chunk];

			while (cursor->slot < layer->nr_slots) {
				const u32 *slot = chunk_slot(layer, chunk,
							     cursor->slot++);

				if (slot_meta(layer, slot)) {
					slot_read(layer, slot, entry);
					return true;
				}
			}
		}
	}
	return false;
}

/* Whether a layer's chunk has only entries that the other table has too */
static bool chunk_within(const struct layer *layer, const struct chunk *chunk,
			 const struct layer *other)
{
	u32 i;

	for (i = 0; i < layer->nr_slots; i++) {
		const u32 *slot = chunk_slot(layer, chunk, i), *twin;
		__be32 addr[KEY_WORDS];

		if (!slot_meta(layer, slot))
			continue;
		memcpy(addr, slot, layer->key_words * sizeof(*slot));
		twin = layer_find(other, addr);
		if (!twin ||
		    memcmp(twin, slot, layer->slot_words * sizeof(*slot)))
			return false;
	}
	return true;
}

static bool layer_equal(const struct layer *a, const struct layer *b)
{
	bool congruent = a->nr_chunks == b->nr_chunks;
	u32 i;

	if (a->used != b->used)
		return false;
	if (a->chunks == b->chunks)
		return true;
	for (i = 0; i < a->nr_chunks; i++) {
		cond_resched();
		if (congruent && a->chunks[i] == b->chunks[i])
			continue;
		if (!chunk_within(a, a->chunks[i], b))
			return false;
	}
	return true;
}

/**
 * op25b_table_equal() - compare the contents of two tables
 * @a: a table that does not change
 * @b: another one of the same family
 *
 * Costs little where the two share memory.
 *
 * Return: whether they hold the same entries.
 */
bool op25b_table_equal(const struct op25b_table *a,
		       const struct op25b_table *b)
{
	u32 i;

	if (a->nr_layers != b->nr_layers ||
	    memcmp(a->count, b->count, sizeof(a->count)))
		return false;
	for (i = 0; i < a->nr_layers; i++) {
		const struct layer *layer = &a->layers[i], *other;

		other = table_layer(b, layer->prefix_len, layer->timed);
		if (!other || !layer_equal(layer, other))
			return false;
	}
	return true;
}

/**
 * op25b_table_count() - count the entries
 * @table: the table
 * @id: of which table of the policy
 *
 * Return: their number, with those that have expired but not been removed.
 */
u32 op25b_table_count(const struct op25b_table *table, enum op25b_table_id id)
{
	return table->count[id];
}

/**
 * op25b_table_uses() - count the entries with a label
 * @table: the table
 * @label: the label's number
 *
 * Return: their number, with those that have expired but not been removed.
 */
u32 op25b_table_uses(const struct op25b_table *table, u16 label)
{
	return label < table->nr_uses ? table->uses[label] : 0;
}

/**
 * op25b_table_bytes() - memory of a table
 * @table: the table
 *
 * Return: bytes, those shared with other tables too.
 */
size_t op25b_table_bytes(const struct op25b_table *table)
{
	size_t bytes = sizeof(*table) +
		       table->nr_layers * sizeof(*table->layers) +
		       table->nr_uses * sizeof(*table->uses);
	u32 i;

	for (i = 0; i < table->nr_layers; i++) {
		const struct layer *layer = &table->layers[i];

		bytes += layer->nr_chunks *
			 (sizeof(*layer->chunks) +
			  roundup_pow_of_two(chunk_bytes(layer)));
	}
	return bytes;
}

/**
 * op25b_table_earliest() - when to call op25b_table_expire() next
 * @table: the table
 * @now: jiffies
 * @expires: no entry expires before that, in jiffies modulo 2^32; only set if
 *	there is one that expires
 *
 * Return: whether there is one.
 */
bool op25b_table_earliest(const struct op25b_table *table, u32 now,
			  u32 *expires)
{
	bool any = false;
	u32 i;

	for (i = 0; i < table->nr_layers; i++) {
		const struct layer *layer = &table->layers[i];

		if (!layer->timed)
			continue;
		if (!any || sooner(layer->earliest, *expires, now))
			*expires = layer->earliest;
		any = true;
	}
	return any;
}

/**
 * op25b_table_settle() - find out anew what op25b_table_earliest() says
 * @table: the table; may be published, since lookups do not look at this
 * @now: jiffies
 *
 * Where that time has come, the entry it was noted for may have got a later one,
 * or be gone.
 *
 * Context: Process context, may sleep. The caller serialises writers.
 */
void op25b_table_settle(struct op25b_table *table, u32 now)
{
	u32 i;

	for (i = 0; i < table->nr_layers; i++) {
		struct layer *layer = &table->layers[i];

		if (layer->timed && reached(now, layer->earliest))
			layer->earliest = layer_earliest(layer, now);
	}
}

/* The sentence for a prefix that another table holds */
static const char *held_elsewhere(u8 id)
{
	switch (id) {
	case OP25B_TABLE_DYNAMIC:
		return "this prefix is in table dynamic: delete it there first";
	case OP25B_TABLE_FIXED:
		return "this prefix is in table fixed: delete it there first";
	case OP25B_TABLE_DIALUP:
		return "this prefix is in table dialup: delete it there first";
	default:
		return "this prefix is in table relay: delete it there first";
	}
}

static int check_prefix(const struct op25b_table *table,
			const struct op25b_entry *entry, const char **why)
{
	struct layer shape;
	unsigned int i;

	if (entry->prefix_len > op25b_family_bits(table->family)) {
		*why = "prefix length is over that of an address";
		return -EINVAL;
	}
	layer_init(&shape, entry->prefix_len, false, table->family);
	for (i = 0; i < KEY_WORDS; i++) {
		if (entry->addr[i] & ~shape.mask[i]) {
			*why = "address has bits set beyond the prefix length";
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * op25b_table_add() - add a prefix to a draft, or replace what it says of it
 * @table: the draft
 * @entry: the prefix, its table, flags, label and timeout
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0; -EINVAL if the prefix is none; -EEXIST if it is in another of the
 * policy's tables; -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_add(struct op25b_table *table, const struct op25b_entry *entry,
		    u32 now, const char **why)
{
	const u32 *key = entry_key(entry);
	struct layer *holder;
	const u32 *slot;
	u8 id;
	int err;

	err = check_prefix(table, entry, why);
	if (err)
		return err;
	holder = table_holder(table, entry, &slot);
	if (!holder)
		return table_insert(table, key, entry, now);

	id = FIELD_GET(META_TABLE, slot_meta(holder, slot));
	if (id != entry->table && !slot_expired(holder, slot, now)) {
		*why = held_elsewhere(id);
		return -EEXIST;
	}
	if (holder->timed == entry->timed)
		return table_overwrite(table, holder, key, entry, now);
	err = table_remove(table, holder, key);
	return err ?: table_insert(table, key, entry, now);
}

static const char *not_held(u8 id)
{
	switch (id) {
	case OP25B_TABLE_DYNAMIC:
		return "this prefix is not in table dynamic";
	case OP25B_TABLE_FIXED:
		return "this prefix is not in table fixed";
	case OP25B_TABLE_DIALUP:
		return "this prefix is not in table dialup";
	default:
		return "this prefix is not in table relay";
	}
}

/**
 * op25b_table_del() - remove a prefix from a draft
 * @table: the draft
 * @entry: the prefix and its table
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0; -EINVAL if the prefix is none; -ENOENT if it is not in that table;
 * -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_del(struct op25b_table *table, const struct op25b_entry *entry,
		    u32 now, const char **why)
{
	struct layer *holder;
	const u32 *slot;
	int err;

	err = check_prefix(table, entry, why);
	if (err)
		return err;
	holder = table_holder(table, entry, &slot);
	if (!holder || slot_expired(holder, slot, now) ||
	    FIELD_GET(META_TABLE, slot_meta(holder, slot)) != entry->table) {
		*why = not_held(entry->table);
		return -ENOENT;
	}
	return table_remove(table, holder, entry_key(entry));
}

static bool in_table(const struct layer *layer, const u32 *slot, u32 id)
{
	return FIELD_GET(META_TABLE, slot_meta(layer, slot)) == id;
}

/**
 * op25b_table_flush() - remove all prefixes of one of the policy's tables
 * @table: the draft
 * @id: which
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_flush(struct op25b_table *table, enum op25b_table_id id)
{
	u32 i = table->nr_layers;
	int err = 0;

	if (!table->count[id])
		return 0;
	/* backwards, since trimming a layer may drop it */
	while (i-- && !err) {
		struct layer *layer = &table->layers[i];

		err = layer_filter(table, layer, in_table, id);
		if (!err)
			err = table_trim_layer(table, layer);
	}
	return err;
}

/**
 * op25b_table_expire() - remove the prefixes whose time has ended
 * @table: the draft
 * @now: jiffies
 *
 * Context: Process context, may sleep. The caller serialises writers.
 *
 * Return: 0, or -ENOMEM, and then the draft is only good for being freed.
 */
int op25b_table_expire(struct op25b_table *table, u32 now)
{
	u32 i = table->nr_layers;
	int err = 0;

	/* backwards, since trimming a layer may drop it */
	while (i-- && !err) {
		struct layer *layer = &table->layers[i];

		if (!layer->timed || !reached(now, layer->earliest))
			continue;
		err = layer_filter(table, layer, slot_expired, now);
		if (err)
			break;
		layer->earliest = layer_earliest(layer, now);
		err = table_trim_layer(table, layer);
	}
	return err;
}
