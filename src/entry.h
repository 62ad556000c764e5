/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries: a prefix with its table and options, and the word that tables store.
 */
#ifndef _OP25B_ENTRY_H
#define _OP25B_ENTRY_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/op25b.h>

enum op25b_family {
	OP25B_IPV4,
	OP25B_IPV6,
	OP25B_FAMILIES
};

static inline u8 op25b_family_bits(enum op25b_family family)
{
	return family == OP25B_IPV4 ? 32 : 128;
}

/* Owners are in groups, so that pages can tell whose entries they have; 0 is operator's */
#define OP25B_GROUPS	8

/* Of a relay that has a provider; only entries of dynamic can be monitored */
#define OP25B_ENTRY_RESTRICTED	OP25B_ENTRY_MONITOR

/**
 * struct op25b_entry - a prefix and its options
 * @addr: network byte order, no bits set beyond @prefix_len; IPv4 uses one word,
 *	the others are 0
 * @expires: expiry time in jiffies modulo 2^32, if @timed
 * @names: number of its name set, 0 for none
 * @group: of its owner, see op25b_names_group()
 * @prefix_len: 0 to 32, or to 128
 * @table: &enum op25b_table_id
 * @flags: &enum op25b_entry_flags, or OP25B_ENTRY_RESTRICTED
 * @timed: the entry expires
 */
struct op25b_entry {
	__be32 addr[4];
	u32 expires;
	u16 names;
	u8 prefix_len;
	u8 table;
	u8 flags;
	u8 group;
	bool timed;
};

/*
 * The word of an entry as tables store it. The length field is the prefix length
 * plus one, so that the word of an empty slot, 0, matches no prefix length.
 */
#define ENTRY_NAMES	GENMASK(15, 0)
#define ENTRY_TABLE	GENMASK(18, 16)
#define ENTRY_MONITOR	BIT(19)
#define ENTRY_RESTRICTED	ENTRY_MONITOR
#define ENTRY_TIMED	BIT(20)
#define ENTRY_GROUP	GENMASK(23, 21)
#define ENTRY_OPTIONS	GENMASK(23, 0)
#define ENTRY_LENGTH	GENMASK(31, 24)

static inline u32 length_word(u32 prefix_len)
{
	return (prefix_len + 1) << 24;
}

static inline u8 word_prefix_len(u32 word)
{
	return (word >> 24) - 1;
}

static inline u8 word_table(u32 word)
{
	return FIELD_GET(ENTRY_TABLE, word);
}

static inline u8 word_group(u32 word)
{
	return FIELD_GET(ENTRY_GROUP, word);
}

static inline u32 entry_word(const struct op25b_entry *entry)
{
	return length_word(entry->prefix_len) |
	       FIELD_PREP(ENTRY_TABLE, entry->table) |
	       FIELD_PREP(ENTRY_NAMES, entry->names) |
	       FIELD_PREP(ENTRY_GROUP, entry->group) |
	       (entry->flags & OP25B_ENTRY_MONITOR ? ENTRY_MONITOR : 0) |
	       (entry->timed ? ENTRY_TIMED : 0);
}

/**
 * struct op25b_key - a prefix in host byte order
 * @hi: the first 64 bits of the address; of IPv4 the upper half
 * @lo: the last 64 bits
 * @prefix_len: 0 to 128; bits beyond it are 0
 */
struct op25b_key {
	u64 hi;
	u64 lo;
	u8 prefix_len;
};

static __always_inline u64 address_hi(enum op25b_family family, const __be32 *addr)
{
	u64 hi = (u64)be32_to_cpu(addr[0]) << 32;

	return family == OP25B_IPV4 ? hi : hi | be32_to_cpu(addr[1]);
}

static __always_inline u64 address_lo(enum op25b_family family, const __be32 *addr)
{
	if (family == OP25B_IPV4)
		return 0;
	return (u64)be32_to_cpu(addr[2]) << 32 | be32_to_cpu(addr[3]);
}

/* The first @bits of a word, the others 0 */
static inline u64 first_bits(u64 word, int bits)
{
	if (bits >= 64)
		return word;
	return bits > 0 ? word >> (64 - bits) << (64 - bits) : 0;
}

/* The prefix of an address: its first @prefix_len bits */
static inline struct op25b_key op25b_key_of(enum op25b_family family,
					    const __be32 *addr, u8 prefix_len)
{
	return (struct op25b_key){
		.hi = first_bits(address_hi(family, addr), prefix_len),
		.lo = first_bits(address_lo(family, addr), prefix_len - 64),
		.prefix_len = prefix_len,
	};
}

static inline void read_entry(struct op25b_entry *entry, enum op25b_family family,
			      const struct op25b_key *key, u32 word, u32 expires)
{
	*entry = (struct op25b_entry){
		.addr[0] = cpu_to_be32(key->hi >> 32),
		.expires = word & ENTRY_TIMED ? expires : 0,
		.names = FIELD_GET(ENTRY_NAMES, word),
		.prefix_len = key->prefix_len,
		.table = word_table(word),
		.flags = word & ENTRY_MONITOR ? OP25B_ENTRY_MONITOR : 0,
		.group = word_group(word),
		.timed = word & ENTRY_TIMED,
	};
	if (family == OP25B_IPV4)
		return;
	entry->addr[1] = cpu_to_be32(key->hi);
	entry->addr[2] = cpu_to_be32(key->lo >> 32);
	entry->addr[3] = cpu_to_be32(key->lo);
}

/*
 * Times are jiffies modulo 2^32, at most 2^31 before or after now; two of them can be
 * further apart than that, so that they are compared by their distance from now.
 */
static inline bool expired_for(u32 expires, u32 now, u32 age)
{
	return (s32)(now - expires) >= (s32)age;
}

static inline bool has_expired(u32 expires, u32 now)
{
	return expired_for(expires, now, 0);
}

static inline bool is_entry_alive(const struct op25b_entry *entry, u32 now)
{
	return !entry->timed || !has_expired(entry->expires, now);
}

static inline bool expires_before(u32 a, u32 b, u32 now)
{
	return (s32)(a - now) < (s32)(b - now);
}

#endif /* _OP25B_ENTRY_H */
