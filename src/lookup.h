/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lookups: what packets need of tables, to be compiled into the packet path.
 *
 * Used by table.c and judge.h; how tables work and are made is in table.c.
 */
#ifndef _OP25B_LOOKUP_H
#define _OP25B_LOOKUP_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "cover.h"
#include "guide.h"
#include "layer.h"
#include "table.h"
#include "words.h"

/* Prefix lengths of IPv6, and so of either family */
#define LENGTHS	129

/**
 * struct op25b_table - prefixes of one family
 * @layers: the layers, longest prefix first
 * @lengths: those in use, but 0, as in the bitmaps of the guide
 * @guide: which lengths there may be, see guide.h
 * @cover: what is said of many addresses at once, see cover.h
 * @uses: how many entries have each label; none is counted for 0, no label
 * @draft: the draft that this is, or was
 * @family: of the prefixes
 * @from: for each length, how many layers have that or a longer one
 * @nr_layers: how many layers
 * @count: how many entries are in each of the policy's tables
 */
struct op25b_table {
	struct layer *layers;
	u64 lengths[2];
	struct guide guide;
	struct cover cover;
	struct words uses;
	u64 draft;
	enum op25b_family family;
	u16 from[LENGTHS + 1];
	u32 nr_layers;
	u32 count[OP25B_TABLE_MAX + 1];
};

struct op25b_match op25b_layer_probe_timed(const struct layer *layer,
					   const __be32 *addr, u32 now);

/*
 * Whether a layer has a prefix that holds an address, and its time has not ended. In
 * most layers nothing expires: the others are not compiled in, which would take
 * registers of the rest.
 */
static __always_inline bool probe_layer(const struct layer *layer,
					const __be32 *addr, u32 now,
					const unsigned int words,
					struct op25b_match *match)
{
	struct layer_item item;

	if (unlikely(layer->timed)) {
		*match = op25b_layer_probe_timed(layer, addr, now);
		return op25b_match_found(match);
	}
	if (!layer_probe(layer, addr, words, false, &item))
		return false;
	match->layer = layer;
	match->meta = item.meta;
	return true;
}

/* The same for it and those behind it that have the same length */
static __always_inline bool probe_layers(const struct layer *layer,
					 const __be32 *addr, u32 now,
					 const unsigned int words,
					 struct op25b_match *match)
{
	do {
		if (probe_layer(layer, addr, now, words, match))
			return true;
	} while (layer++->more);
	return false;
}

/*
 * The same for lengths in use: bit n for length most - n. It is guessed that the
 * longest of them is that of a layer, the first of all for such lengths, as it
 * mostly is: the processor foretells that, and goes on with the search while the
 * guide's answer is still on its way.
 */
static __always_inline bool probe_lengths(const struct op25b_table *table,
					  const struct layer *guess,
					  const __be32 *addr, u32 now,
					  u64 lengths, unsigned int most,
					  const unsigned int words,
					  struct op25b_match *match)
{
	for (; lengths; lengths &= lengths - 1) {
		unsigned int prefix_len = most - __ffs64(lengths);
		const struct layer *layer = guess;

		if (layer->prefix_len != prefix_len)
			layer = &table->layers[table->from[prefix_len + 1]];
		if (probe_layers(layer, addr, now, words, match))
			return true;
	}
	return false;
}

/* The same for length 0 */
static __always_inline bool probe_everywhere(const struct op25b_table *table,
					     const __be32 *addr, u32 now,
					     const unsigned int words,
					     struct op25b_match *match)
{
	return table->from[0] > table->from[1] &&
	       probe_layers(&table->layers[table->from[1]], addr, now, words,
			    match);
}

/* A match in the lengths of the bitmap, as in @lengths, or in length 0 */
static __always_inline struct op25b_match
search_ipv4(const struct op25b_table *table, const struct layer *guess,
	    const __be32 *addr, u32 now, u64 lengths)
{
	struct op25b_match match = {};

	if (!probe_lengths(table, guess, addr, now, lengths, 32, 1, &match))
		probe_everywhere(table, addr, now, 1, &match);
	return match;
}

struct op25b_match op25b_table_search_ipv4(const struct op25b_table *table,
					   const __be32 *addr, u32 now,
					   u64 lengths);
struct op25b_match op25b_table_search_ipv6(const struct op25b_table *table,
					   const struct layer *guess,
					   const __be32 *addr, u32 now,
					   u64 shorter, u64 longer);

/* Many addresses are under no prefix at all: then this is all that they cost */
static __always_inline bool is_under_none(const struct op25b_table *table,
					  u64 lengths)
{
	return !lengths && table->from[0] == table->from[1];
}

/* Longer prefixes than /24 first, then what the cover knows; what is left is searched */
static __always_inline struct op25b_match
lookup_ipv4(const struct op25b_table *table, const __be32 *addr, u32 now)
{
	u64 longer = table->lengths[0] & guide_longer_ipv4(&table->guide, addr);
	struct op25b_match match = {};
	const struct layer *next;
	u64 shorter;

	if (probe_lengths(table, table->layers, addr, now, longer, 32, 1,
			  &match))
		return match;
	if (cover_find(&table->cover, OP25B_IPV4, addr, &match.meta)) {
		match.layer = &table->layers[table->from[COVER_LONGEST_IPV4 + 1]];
		return match;
	}
	shorter = table->lengths[0] & guide_all_ipv4(&table->guide, addr) &
		  ~(guide_bit(OP25B_IPV4, COVER_LONGEST_IPV4) - 1);
	if (is_under_none(table, shorter))
		return match;
	next = &table->layers[table->from[COVER_LONGEST_IPV4 + 1]];
	return search_ipv4(table, next, addr, now, shorter);
}

/*
 * Longer prefixes than /32 first, both bitmaps at once, as there are often lengths in
 * one of them only; then what the cover knows; what is left is searched
 */
static __always_inline struct op25b_match
lookup_ipv6(const struct op25b_table *table, const __be32 *addr, u32 now)
{
	const u64 known = ~(guide_bit(OP25B_IPV6, COVER_LONGEST_IPV6) - 1);
	u64 shorter = table->lengths[0] &
		      guide_shorter_ipv6(&table->guide, addr);
	u64 longer = table->lengths[1] & guide_longer_ipv6(&table->guide, addr);
	const struct layer *guess = table->layers, *next;
	struct op25b_match match = {};

	if (longer | (shorter & ~known)) {
		next = &guess[table->from[GUIDE_LONGER_IPV6 + 1]];
		if (probe_lengths(table, guess, addr, now, longer, 128, 4,
				  &match) ||
		    probe_lengths(table, next, addr, now, shorter & ~known, 64,
				  2, &match))
			return match;
	}
	if (cover_find(&table->cover, OP25B_IPV6, addr, &match.meta)) {
		match.layer = &guess[table->from[COVER_LONGEST_IPV6 + 1]];
		return match;
	}
	shorter &= known;
	if (is_under_none(table, shorter))
		return match;
	next = &guess[table->from[COVER_LONGEST_IPV6 + 1]];
	return op25b_table_search_ipv6(table, next, addr, now, shorter, 0);
}

/**
 * table_lookup() - find the most specific prefix that holds an address
 * @table: a table that does not change
 * @family: of its prefixes, best a constant
 * @addr: the address, one or four words
 * @now: jiffies; entries whose time has ended are not there
 *
 * Context: Any. Takes no locks and writes nothing.
 *
 * Return: its entry, as long as the table is there, or none.
 */
static __always_inline struct op25b_match
table_lookup(const struct op25b_table *table, const enum op25b_family family,
	     const __be32 *addr, u32 now)
{
	return family == OP25B_IPV4 ? lookup_ipv4(table, addr, now) :
				      lookup_ipv6(table, addr, now);
}

/**
 * table_lookup_seldom() - the same, for what is asked seldom, or mostly in vain
 * @table: as there
 * @family: as there
 * @addr: as there
 * @now: as there
 *
 * Context: Any. Takes no locks and writes nothing.
 *
 * Return: as there.
 */
static __always_inline struct op25b_match
table_lookup_seldom(const struct op25b_table *table,
		    const enum op25b_family family, const __be32 *addr, u32 now)
{
	u64 shorter = table->lengths[0], longer = 0;
	const struct layer *guess;

	if (family == OP25B_IPV4) {
		shorter &= guide_all_ipv4(&table->guide, addr);
	} else {
		shorter &= guide_shorter_ipv6(&table->guide, addr);
		longer = table->lengths[1] &
			 guide_longer_ipv6(&table->guide, addr);
	}
	if (is_under_none(table, shorter | longer))
		return (struct op25b_match){};
	if (family == OP25B_IPV4)
		return op25b_table_search_ipv4(table, addr, now, shorter);
	guess = &table->layers[table->from[GUIDE_LONGER_IPV6 + 1]];
	return op25b_table_search_ipv6(table, guess, addr, now, shorter, longer);
}

#endif /* _OP25B_LOOKUP_H */
