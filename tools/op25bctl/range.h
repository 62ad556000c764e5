/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of addresses, and the prefixes that make them up. Called by the readers of
 * other programs' files.
 */
#ifndef OP25BCTL_RANGE_H
#define OP25BCTL_RANGE_H

#include "statement.h"

/**
 * struct range - addresses from a first to a last one
 * @first: the first one, as the prefix of a host
 * @last: the last one, of the same family
 * @empty: whether there are none left
 */
struct range {
	struct prefix first;
	u8 last[16];
	bool empty;
};

void range_of_prefix(const struct prefix *prefix, struct range *range);
int make_range(const struct word *first, const struct word *last, struct range *range,
	       struct problem *problem);
int parse_range(const struct word *word, struct range *range, struct problem *problem);
bool next_prefix(struct range *range, struct prefix *prefix);

#endif /* OP25BCTL_RANGE_H */
