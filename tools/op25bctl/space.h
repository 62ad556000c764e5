/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address space: which entry decides on each address, segment by segment.
 *
 * Called by warnings.c, compare.c and the exports.
 */
#ifndef OP25BCTL_SPACE_H
#define OP25BCTL_SPACE_H

#include "policy.h"

/* Most records walked at once, and prefixes of one that hold an address */
#define WALKS_MAX	4
#define NESTED_MAX	129

/**
 * struct segment - addresses on which the same entries decide
 * @family: their family
 * @first: the first address
 * @last: the last one
 * @entry: the most specific entry of each of the records walked, or NULL
 */
struct segment {
	enum family_index family;
	struct address first;
	struct address last;
	const struct record *entry[WALKS_MAX];
};

typedef void (*segment_taker)(const struct segment *segment, void *data);

void walk_space(enum family_index family, const struct records *const records[],
		unsigned int count, segment_taker take, void *data);
int compare_addresses(const struct address *a, const struct address *b);
bool follows(const struct address *before, const struct address *address);
struct address last_address(const struct record *record);
double segment_size(const struct segment *segment);
double record_size(const struct record *record, enum family_index family);

#endif /* OP25BCTL_SPACE_H */
