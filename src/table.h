/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prefix tables: longest-prefix match, copy-on-write.
 *
 * A table holds IPv4 or IPv6 prefixes, each at most once. It is either a
 * draft, which one writer changes, or published, which nobody changes and
 * everybody may read without a lock. A clone is a draft that shares all memory
 * of its origin until it differs.
 *
 * Used by policy.c, and in user space by op25bctl check and the tests: nothing
 * here knows of RCU, namespaces or packets.
 */
#ifndef _OP25B_TABLE_H
#define _OP25B_TABLE_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/types.h>
#include <linux/op25b.h>

struct layer;
struct op25b_table;

/**
 * enum op25b_family - index of an address family
 * @OP25B_IPV4: addresses of one 32-bit word
 * @OP25B_IPV6: addresses of four 32-bit words
 * @OP25B_FAMILIES: how many there are
 */
enum op25b_family {
	OP25B_IPV4,
	OP25B_IPV6,
	OP25B_FAMILIES
};

/**
 * struct op25b_entry - a prefix and what is known of it
 * @addr: network byte order; IPv4 uses the first word only
 * @expires: when it ends, in jiffies modulo 2^32; if @timed
 * @label: number of the label, 0 for none
 * @prefix_len: bits, 0 to 32 or to 128
 * @table: &enum op25b_table_id
 * @flags: &enum op25b_entry_flags
 * @timed: whether it ends at @expires
 */
struct op25b_entry {
	__be32 addr[4];
	u32 expires;
	u16 label;
	u8 prefix_len;
	u8 table;
	u8 flags;
	bool timed;
};

/*
 * The meta word of an entry: its table, 0 for relay, flags and label; never all ones.
 * What most have has the lowest bits, see layer.h.
 */
#define OP25B_META_TABLE	GENMASK(1, 0)
#define OP25B_META_FLAGS	GENMASK(9, 2)
#define OP25B_META_LABEL	GENMASK(31, 16)

static inline u8 op25b_meta_table(u32 meta)
{
	return FIELD_GET(OP25B_META_TABLE, meta) ?: OP25B_TABLE_RELAY;
}

/**
 * struct op25b_match - the entry of the prefix that holds an address
 * @layer: which of the table's layers it is in, or one before that, and those in
 *	between have no prefix for the address; NULL if there is none
 * @meta: its meta word
 *
 * Small enough to be returned in registers. Points into the table, and is good as
 * long as that is there.
 */
struct op25b_match {
	const struct layer *layer;
	u32 meta;
};

static inline bool op25b_match_found(const struct op25b_match *match)
{
	return match->layer;
}

/* Only of those that are found */
static inline u8 op25b_match_table(const struct op25b_match *match)
{
	return op25b_meta_table(match->meta);
}

static inline u8 op25b_match_flags(const struct op25b_match *match)
{
	return FIELD_GET(OP25B_META_FLAGS, match->meta);
}

static inline u16 op25b_match_label(const struct op25b_match *match)
{
	return FIELD_GET(OP25B_META_LABEL, match->meta);
}

/**
 * struct op25b_cursor - a place in a published table
 * @layer: index of the layer
 * @chunk: index of the chunk in it
 * @slot: index of the slot in that
 *
 * All zero is the beginning.
 */
struct op25b_cursor {
	u32 layer;
	u32 chunk;
	u32 slot;
};

/**
 * op25b_family_bits() - the longest prefix length of a family
 * @family: the family
 */
static inline u8 op25b_family_bits(enum op25b_family family)
{
	return family == OP25B_IPV4 ? 32 : 128;
}

struct op25b_table *op25b_table_create(enum op25b_family family);
struct op25b_table *op25b_table_clone(const struct op25b_table *origin);
void op25b_table_free(struct op25b_table *table,
		      const struct op25b_table *elder,
		      const struct op25b_table *heir);

void op25b_match_entry(const struct op25b_match *match, const __be32 *addr,
		       struct op25b_entry *entry);
bool op25b_table_next(const struct op25b_table *table,
		      struct op25b_cursor *cursor, struct op25b_entry *entry);
bool op25b_table_equal(const struct op25b_table *a,
		       const struct op25b_table *b);
u32 op25b_table_count(const struct op25b_table *table, enum op25b_table_id id);
u32 op25b_table_uses(const struct op25b_table *table, u16 label);
size_t op25b_table_bytes(const struct op25b_table *table);
bool op25b_table_earliest(const struct op25b_table *table, u32 now,
			  u32 *expires);

void op25b_table_settle(struct op25b_table *table, u32 now);

int op25b_table_add(struct op25b_table *table, const struct op25b_entry *entry,
		    u32 now, const char **why);
int op25b_table_del(struct op25b_table *table, const struct op25b_entry *entry,
		    u32 now, const char **why);
int op25b_table_flush(struct op25b_table *table, enum op25b_table_id id);
int op25b_table_expire(struct op25b_table *table, u32 now);

#endif /* _OP25B_TABLE_H */
