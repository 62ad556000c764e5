// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of addresses, and the prefixes that make them up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "escape.h"
#include "range.h"

/* Bytes of two addresses and what is between them, with the zero byte */
#define RANGE_TEXT_MAX	(2 * INET6_ADDRSTRLEN)

/* The bit of an address that is the last one of a prefix of that length */
static u8 last_bit(unsigned int length)
{
	return 0x80 >> (length - 1) % 8;
}

static unsigned int byte_of(unsigned int length)
{
	return (length - 1) / 8;
}

/**
 * range_of_prefix() - the addresses of a prefix
 * @prefix: the prefix
 * @range: set to its addresses
 */
void range_of_prefix(const struct prefix *prefix, struct range *range)
{
	unsigned int length = prefix->family == AF_INET ? 32 : 128;

	range->first = *prefix;
	range->first.length = length;
	memcpy(range->last, prefix->address, sizeof(range->last));
	for (; length > prefix->length; length--)
		range->last[byte_of(length)] |= last_bit(length);
	range->empty = false;
}

/**
 * make_range() - parse the two addresses of a range
 * @first: the first address
 * @last: the last one
 * @range: set to the range
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int make_range(const struct word *first, const struct word *last, struct range *range,
	       struct problem *problem)
{
	struct prefix end;

	if (parse_address(first, &range->first, problem) ||
	    parse_address(last, &end, problem))
		return -EINVAL;
	if (end.family != range->first.family)
		return set_problem(problem, first->column,
				   "range from %s to %s: expected two IPv4 or two IPv6 addresses",
				   first->text, last->text);
	if (memcmp(end.address, range->first.address, sizeof(end.address)) < 0)
		return set_problem(problem, first->column,
				   "range from %s to %s ends before it begins: swap the addresses",
				   first->text, last->text);
	memcpy(range->last, end.address, sizeof(range->last));
	range->empty = false;
	return 0;
}

/**
 * parse_range() - parse an address, a prefix, or two addresses with a dash between them
 * @word: the word
 * @range: set to the addresses
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int parse_range(const struct word *word, struct range *range, struct problem *problem)
{
	const char *dash = strchr(word->text, '-');
	char copy[RANGE_TEXT_MAX];
	struct prefix prefix;

	if (dash && word->length < sizeof(copy)) {
		size_t length = dash - word->text;
		struct word first = { copy, length, word->column };
		struct word last = {
			.text = copy + length + 1,
			.length = word->length - length - 1,
			.column = word->column ? word->column + length + 1 : 0,
		};

		memcpy(copy, word->text, word->length + 1);
		copy[length] = '\0';
		return make_range(&first, &last, range, problem);
	}
	if (parse_prefix(word, &prefix, problem))
		return -EINVAL;
	range_of_prefix(&prefix, range);
	return 0;
}

/* Moves the beginning of a range behind an address */
static void start_behind(struct range *range, const u8 address[16])
{
	unsigned int byte = range->first.length / 8;

	memcpy(range->first.address, address, sizeof(range->first.address));
	while (byte && !++range->first.address[byte - 1])
		byte--;
}

/**
 * next_prefix() - take the largest prefix from the beginning of a range
 * @range: the range; what is taken until it is empty are the fewest prefixes that
 *	make it up, in their order
 * @prefix: set to the prefix
 *
 * Return: whether there was one.
 */
bool next_prefix(struct range *range, struct prefix *prefix)
{
	u8 end[16];

	if (range->empty)
		return false;
	*prefix = range->first;
	memcpy(end, prefix->address, sizeof(end));
	while (prefix->length) {
		unsigned int byte = byte_of(prefix->length);
		u8 bit = last_bit(prefix->length);

		end[byte] |= bit;
		if (prefix->address[byte] & bit)
			break;
		if (memcmp(end, range->last, sizeof(end)) > 0) {
			end[byte] &= ~bit;
			break;
		}
		prefix->length--;
	}
	range->empty = !memcmp(end, range->last, sizeof(end));
	if (!range->empty)
		start_behind(range, end);
	return true;
}
