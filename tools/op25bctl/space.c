// SPDX-License-Identifier: GPL-2.0
/*
 * Address space: which entry decides on each address, segment by segment.
 *
 * Addresses are walked from the first to the last one. The prefixes that hold the present
 * one are on a stack, the most specific on top; a segment ends where one of them ends or
 * the next one begins.
 */
#include <linux/kernel.h>

#include "space.h"

/**
 * struct walk - some records being walked
 * @next: the next one to begin
 * @end: behind the last one
 * @stack: those that hold the present address, outermost first
 * @depth: length of @stack
 */
struct walk {
	const struct record *next;
	const struct record *end;
	const struct record *stack[NESTED_MAX];
	unsigned int depth;
};

/**
 * compare_addresses() - compare two addresses
 * @a: an address
 * @b: another one
 *
 * Return: less than 0, 0 or more than 0.
 */
int compare_addresses(const struct address *a, const struct address *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	return a->lo < b->lo ? -1 : a->lo > b->lo;
}

/**
 * last_address() - the last address of a prefix
 * @record: its entry
 *
 * Return: the address; of IPv4 all bits behind the first 32 are set.
 */
struct address last_address(const struct record *record)
{
	struct address last = record->first;

	if (record->length < 64)
		last.hi |= U64_MAX >> record->length;
	if (record->length <= 64)
		last.lo = U64_MAX;
	else if (record->length < 128)
		last.lo |= U64_MAX >> (record->length - 64);
	return last;
}

static bool is_last(const struct address *address)
{
	return address->hi == U64_MAX && address->lo == U64_MAX;
}

static void next_address(struct address *address)
{
	if (!++address->lo)
		address->hi++;
}

static void previous_address(struct address *address)
{
	if (!address->lo--)
		address->hi--;
}

/**
 * follows() - whether an address is the next one
 * @before: an address
 * @address: maybe the next one
 */
bool follows(const struct address *before, const struct address *address)
{
	struct address next = *before;

	next_address(&next);
	return !compare_addresses(&next, address);
}

/* Moves to an address at which something may begin or end */
static void move_walk(struct walk *walk, const struct address *at)
{
	while (walk->depth) {
		struct address last = last_address(walk->stack[walk->depth - 1]);

		if (compare_addresses(&last, at) >= 0)
			break;
		walk->depth--;
	}
	while (walk->next < walk->end && !compare_addresses(&walk->next->first, at))
		walk->stack[walk->depth++] = walk->next++;
}

/* Shortens a segment such that nothing begins or ends in it */
static void limit_segment(const struct walk *walk, struct segment *segment)
{
	struct address last;

	if (walk->depth) {
		last = last_address(walk->stack[walk->depth - 1]);
		if (compare_addresses(&last, &segment->last) < 0)
			segment->last = last;
	}
	if (walk->next == walk->end)
		return;
	last = walk->next->first;
	previous_address(&last);
	if (compare_addresses(&last, &segment->last) < 0)
		segment->last = last;
}

/**
 * walk_space() - visit the whole address space of a family
 * @family: the family
 * @records: records of that family, settled
 * @count: length of @records, at most WALKS_MAX
 * @take: called for each segment, in their order
 * @data: for @take
 */
void walk_space(enum family_index family, const struct records *const records[],
		unsigned int count, segment_taker take, void *data)
{
	struct segment segment = { .family = family };
	struct walk walks[WALKS_MAX] = { 0 };
	unsigned int i;

	for (i = 0; i < count; i++) {
		walks[i].next = records[i]->list;
		walks[i].end = records[i]->list + records[i]->count;
	}
	for (;;) {
		segment.last.hi = U64_MAX;
		segment.last.lo = U64_MAX;
		for (i = 0; i < count; i++) {
			struct walk *walk = &walks[i];

			move_walk(walk, &segment.first);
			limit_segment(walk, &segment);
			segment.entry[i] = walk->depth ?
					   walk->stack[walk->depth - 1] : NULL;
		}
		take(&segment, data);
		if (is_last(&segment.last))
			return;
		segment.first = segment.last;
		next_address(&segment.first);
	}
}

/* 2 to that power */
static double power(unsigned int exponent)
{
	return exponent > 63 ? 0x1p63 * (1ULL << (exponent - 63)) : 1ULL << exponent;
}

/**
 * segment_size() - how large a segment is
 * @segment: the segment
 *
 * Return: number of addresses, exact; of IPv6 in networks of /64, with fractions.
 */
double segment_size(const struct segment *segment)
{
	u64 hi = segment->last.hi - segment->first.hi;
	u64 lo = segment->last.lo - segment->first.lo;

	if (segment->family == FAMILY_IPV4)
		return (hi >> 32) + 1.0;
	hi -= segment->last.lo < segment->first.lo;
	return hi + (lo + 1.0) / power(64);
}

/**
 * record_size() - how large the prefix of an entry is
 * @record: the entry
 * @family: its family
 *
 * Return: as segment_size().
 */
double record_size(const struct record *record, enum family_index family)
{
	if (family == FAMILY_IPV4)
		return power(32 - record->length);
	return record->length <= 64 ? power(64 - record->length) :
				      1 / power(record->length - 64);
}
