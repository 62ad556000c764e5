/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two policies compared: entries, and address space by class.
 *
 * Called by the commands diff, export and load.
 */
#ifndef OP25BCTL_COMPARE_H
#define OP25BCTL_COMPARE_H

#include "policy.h"

/* The class of an address that no entry holds; the others are tables */
#define CLASS_NONE	0
#define CLASSES		(OP25B_TABLE_MAX + 1)

/**
 * struct changes - address space, by class before and after
 * @space: addresses of IPv4, networks of /64 of IPv6: by class before, class after and
 *	&enum family_index. An address has one class as a subscriber, and one as a relay
 *	if it is one before or after.
 */
struct changes {
	double space[CLASSES][CLASSES][FAMILIES];
};

/* Takes a prefix that is in either or both of two records; returns 0 to continue */
typedef int (*pair_taker)(const struct record *a, const struct record *b, void *data);

/* Takes an entry as it was and as it is, NULL for none; returns 0 to continue */
typedef int (*difference_taker)(const struct record *old, const struct record *new,
				enum family_index family, void *data);

int visit_pairs(const struct records *a, const struct records *b, pair_taker take,
		void *data);
int join_policies(struct policy *joined, const struct policy *others,
		  const struct policy *own, bool own_first);
void compare_space(const struct policy *old, const struct policy *new,
		   struct changes *changes);
int compare_entries(const struct policy *old, const struct policy *new,
		    difference_taker take, void *data);

#endif /* OP25BCTL_COMPARE_H */
