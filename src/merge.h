/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Merging: a policy with one owner's entries of one policy, and the others' of another.
 */
#ifndef _OP25B_MERGE_H
#define _OP25B_MERGE_H

#include "policy.h"

/**
 * enum op25b_held - what becomes of a prefix that another owner has
 * @OP25B_HELD_REFUSE: the merge is refused
 * @OP25B_HELD_SKIP: it is left to him
 * @OP25B_HELD_TAKE: it is taken over
 */
enum op25b_held {
	OP25B_HELD_REFUSE,
	OP25B_HELD_SKIP,
	OP25B_HELD_TAKE,
};

/**
 * struct op25b_merge - whose entries are merged, and how
 * @owner: number of a name set with the owner
 * @held: what becomes of prefixes that others have
 * @skipped: how many were left to others
 * @ceiling: most entries that the result may have, unless the running policy has more
 * @now: jiffies
 * @then: jiffies when the entries' expiry times were valid: @now for a draft
 * @elapsed: jiffies since @then
 */
struct op25b_merge {
	u16 owner;
	enum op25b_held held;
	u32 skipped;
	u32 ceiling;
	u32 now;
	u32 then;
	u64 elapsed;
};

int op25b_merge_into(struct op25b_policy *draft, const struct op25b_policy *from,
		     struct op25b_merge *merge, const char **why);
int op25b_merge_displaced(struct op25b_policy *draft, const struct op25b_policy *displaced,
			  const struct op25b_merge *merge, const char **why);
int op25b_merge_others(struct op25b_policy *draft, const struct op25b_policy *running,
		       struct op25b_merge *merge, const char **why);

#endif /* _OP25B_MERGE_H */
