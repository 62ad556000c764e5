/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lookups: what packets need of tables, to be compiled into the packet path.
 *
 * Used by table.c and judge.h; how tables work and are made is in table.c.
 */
#ifndef _OP25B_LOOKUP_H
#define _OP25B_LOOKUP_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "guide.h"
#include "layer.h"
#include "table.h"
#include "words.h"

/* Prefix lengths of IPv6, and so of either family */
#define LENGTHS	129

/**
 * struct op25b_table - prefixes of one family
 * @layers: the layers, longest prefix first
 * @guide: which lengths there may be, see guide.h
 * @draft: the draft that this is, or was
 * @family: of the prefixes
 * @lengths: those in use: bit n % 64 of word n / 64 for length n + 1
 * @from: for each length, how many layers have that or a longer one
 * @nr_layers: how many layers
 * @uses: how many entries have each label; none is counted for 0, no label
 * @count: how many entries are in each of the policy's tables
 */
struct op25b_table {
	struct layer *layers;
	struct words guide;
	struct words uses;
	u64 draft;
	enum op25b_family family;
	u64 lengths[2];
	u16 from[LENGTHS + 1];
	u32 nr_layers;
	u32 count[OP25B_TABLE_MAX + 1];
};

/* Both search the lengths of the bitmaps, as in @lengths, and length 0 */
struct op25b_match table_search_ipv4(const struct op25b_table *table,
				     const __be32 *addr, u32 now, u64 lengths);
struct op25b_match table_search_ipv6(const struct op25b_table *table,
				     const __be32 *addr, u32 now, u64 shorter,
				     u64 longer);

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
	u64 shorter = table->lengths[0], longer = 0;

	if (family == OP25B_IPV4) {
		shorter &= guide_find_ipv4(&table->guide, addr);
	} else {
		shorter &= guide_find_ipv6(&table->guide, addr, 0);
		longer = table->lengths[1] &
			 guide_find_ipv6(&table->guide, addr, 1);
	}
	/* many addresses are under no prefix: this is all that they cost */
	if (!(shorter | longer) && table->from[0] == table->from[1])
		return (struct op25b_match){};
	return family == OP25B_IPV4 ?
	       table_search_ipv4(table, addr, now, shorter) :
	       table_search_ipv6(table, addr, now, shorter, longer);
}

#endif /* _OP25B_LOOKUP_H */
