// SPDX-License-Identifier: GPL-2.0
/*
 * Which prefix lengths can match an address; see lengths.h.
 *
 * Called by lpm.c in process context; the caller serialises writers.
 */
#include <linux/bits.h>
#include <linux/errno.h>

#include "lengths.h"

/* A bit of a bitmap in @used or in a group */
static u64 length_bit(enum op25b_family family, u8 prefix_len)
{
	if (family == OP25B_IPV4)
		return 1ULL << (32 - prefix_len);
	return 1ULL << (128 - prefix_len) % 64;
}

static void set_used(struct lengths *lengths, enum op25b_family family,
		     u8 prefix_len, bool used)
{
	u64 *bitmap = &lengths->used[prefix_len > 64];

	if (!prefix_len)
		lengths->has_default = used;
	else if (used)
		*bitmap |= length_bit(family, prefix_len);
	else
		*bitmap &= ~length_bit(family, prefix_len);
}

static int note_fine_ipv4(struct op25b_pages *pages, u64 hi, u8 bit)
{
	u8 *page = op25b_pages_change(pages, PAGES_FINE + (hi >> 60));

	if (!page)
		return -ENOMEM;
	page[hi >> 48 & 0xfff] |= bit;
	return 0;
}

/* All groups of a prefix up to /15 are in one page: its length is 8 or more */
static int note_coarse_ipv4(struct op25b_pages *pages, u64 hi, u8 prefix_len)
{
	u32 *page = op25b_pages_change(pages, PAGES_COARSE + (hi >> 58));
	u32 nr = prefix_len < 16 ? 1U << (16 - prefix_len) : 1;
	u32 group = hi >> 48 & 0x3ff;

	if (!page)
		return -ENOMEM;
	while (nr--)
		page[group++] |= length_bit(OP25B_IPV4, prefix_len);
	return 0;
}

static int note_ipv6(struct op25b_pages *pages, const struct op25b_key *key)
{
	u32 group = lengths_group_ipv6(key->hi);
	u64 *page;

	page = op25b_pages_change(pages, group / 512 +
				  (key->prefix_len > 64 ? PAGES_FINE :
							  PAGES_COARSE));
	if (!page)
		return -ENOMEM;
	page[group % 512] |= length_bit(OP25B_IPV6, key->prefix_len);
	return 0;
}

/**
 * op25b_lengths_note() - set the bit of a prefix in the bitmaps of its groups
 * @pages: the bitmaps
 * @family: address family
 * @key: the prefix
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_lengths_note(struct op25b_pages *pages, enum op25b_family family,
		       const struct op25b_key *key)
{
	if (family == OP25B_IPV6)
		return key->prefix_len < LENGTHS_SHORTEST_IPV6 ?
		       0 : note_ipv6(pages, key);
	if (key->prefix_len < LENGTHS_SHORTEST_IPV4)
		return 0;
	if (key->prefix_len > 24)
		return note_fine_ipv4(pages, key->hi,
				      length_bit(family, key->prefix_len));
	return note_coarse_ipv4(pages, key->hi, key->prefix_len);
}

/**
 * op25b_lengths_add() - count a prefix that was added
 * @lengths: the lengths
 * @pages: bitmaps of groups
 * @family: address family
 * @key: the prefix
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_lengths_add(struct lengths *lengths, struct op25b_pages *pages,
		      enum op25b_family family, const struct op25b_key *key)
{
	if (!lengths->count[key->prefix_len]++)
		set_used(lengths, family, key->prefix_len, true);
	return lengths->grouped ? op25b_lengths_note(pages, family, key) : 0;
}

/**
 * op25b_lengths_remove() - count a prefix that was removed
 * @lengths: the lengths
 * @family: address family
 * @prefix_len: its length
 */
void op25b_lengths_remove(struct lengths *lengths, enum op25b_family family,
			  u8 prefix_len)
{
	if (!--lengths->count[prefix_len])
		set_used(lengths, family, prefix_len, false);
}
