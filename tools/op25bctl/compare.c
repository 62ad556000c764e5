// SPDX-License-Identifier: GPL-2.0
/*
 * Two policies compared: entries, and address space by class.
 */
#include <errno.h>
#include <string.h>

#include "compare.h"
#include "space.h"

/**
 * visit_pairs() - visit the prefixes of two records together
 * @a: records, settled
 * @b: others of the same family, settled
 * @take: called for each prefix, in their order
 * @data: for @take
 *
 * Return: 0, or what @take returned.
 */
int visit_pairs(const struct records *a, const struct records *b, pair_taker take,
		void *data)
{
	size_t i = 0, j = 0;
	int result = 0;

	while (!result && (i < a->count || j < b->count)) {
		const struct record *left = i < a->count ? &a->list[i] : NULL;
		const struct record *right = j < b->count ? &b->list[j] : NULL;
		int order = !left ? 1 : !right ? -1 : compare_records(left, right);

		result = take(order <= 0 ? left : NULL, order >= 0 ? right : NULL, data);
		i += order <= 0;
		j += order >= 0;
	}
	return result;
}

/* Joining */

/**
 * struct joining - records being joined
 * @joined: gets them
 * @own_first: whose entry is taken of a prefix that both have
 */
struct joining {
	struct records *joined;
	bool own_first;
};

static int join_pair(const struct record *other, const struct record *own, void *data)
{
	const struct joining *joining = data;
	bool take_own = own && (!other || joining->own_first);

	return append_record(joining->joined, take_own ? own : other);
}

/**
 * join_policies() - what an owner's entries and those of others are together
 * @joined: set to it, without settings
 * @others: their entries, settled
 * @own: his entries, settled
 * @own_first: whether he takes over a prefix that another owner has
 *
 * Return: 0 or -ENOMEM.
 */
int join_policies(struct policy *joined, const struct policy *others,
		  const struct policy *own, bool own_first)
{
	enum space space;
	int family, err = 0;

	init_policy(joined);
	for (space = 0; space < SPACES; space++) {
		for (family = 0; family < FAMILIES && !err; family++) {
			struct joining joining = {
				&joined->records[space][family], own_first
			};

			err = visit_pairs(&others->records[space][family],
					  &own->records[space][family], join_pair,
					  &joining);
		}
	}
	return err;
}

/* Address space */

static u8 class_of(const struct record *record)
{
	return record ? record->table : CLASS_NONE;
}

static void add_segment(const struct segment *segment, void *data)
{
	const struct record *old = segment->entry[0], *new = segment->entry[1];
	struct changes *changes = data;

	if (old || new)
		changes->space[class_of(old)][class_of(new)][segment->family] +=
			segment_size(segment);
}

/**
 * compare_space() - compare the classes of all addresses
 * @old: the policy before, settled
 * @new: the policy after, settled
 * @changes: set to how much space is of which class before and after
 */
void compare_space(const struct policy *old, const struct policy *new,
		   struct changes *changes)
{
	enum space space;
	int family;

	memset(changes, 0, sizeof(*changes));
	for (space = 0; space < SPACES; space++) {
		for (family = 0; family < FAMILIES; family++) {
			const struct records *const records[] = {
				&old->records[space][family],
				&new->records[space][family],
			};

			walk_space(family, records, 2, add_segment, changes);
		}
	}
}

/* Entries */

/**
 * struct comparison - entries being compared
 * @take: called for each that differs
 * @data: for @take
 * @family: their family
 */
struct comparison {
	difference_taker take;
	void *data;
	enum family_index family;
};

/* The seconds left of a timeout are no difference; whether there is one is */
static bool is_same(const struct record *old, const struct record *new)
{
	return old && new && old->table == new->table && old->flags == new->flags &&
	       old->names == new->names && !old->timeout == !new->timeout;
}

static int compare_pair(const struct record *old, const struct record *new, void *data)
{
	const struct comparison *comparison = data;

	if (is_same(old, new))
		return 0;
	return comparison->take(old, new, comparison->family, comparison->data);
}

/**
 * compare_entries() - compare the entries of two policies
 * @old: the policy before, settled
 * @new: the policy after, settled
 * @take: called for each entry that differs, by space, family and prefix
 * @data: for @take
 *
 * Return: 0, or what @take returned.
 */
int compare_entries(const struct policy *old, const struct policy *new,
		    difference_taker take, void *data)
{
	struct comparison comparison = { take, data, FAMILY_IPV4 };
	enum space space;
	int family, result = 0;

	for (space = 0; space < SPACES; space++) {
		for (family = 0; family < FAMILIES && !result; family++) {
			comparison.family = family;
			result = visit_pairs(&old->records[space][family],
					     &new->records[space][family],
					     compare_pair, &comparison);
		}
	}
	return result;
}
