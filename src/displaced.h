/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Displaced entries: those of others that operator has taken over since his last load.
 */
#ifndef _OP25B_DISPLACED_H
#define _OP25B_DISPLACED_H

#include "policy.h"

/**
 * struct op25b_displaced - what operator's going back returns to others
 * @policy: the entries, published in versions like policies; NULL for none
 * @at: get_jiffies_64() when it was published: none of them had expired
 */
struct op25b_displaced {
	struct op25b_policy *policy;
	u64 at;
};

struct op25b_policy *op25b_displaced_draft(const struct op25b_displaced *displaced,
					   struct op25b_names *names);
int op25b_displaced_note(struct op25b_policy *draft, u16 owner,
			 const struct op25b_policy *notes, u32 ceiling);
int op25b_displaced_narrow(struct op25b_policy *draft, u16 owner,
			   const struct op25b_policy *const wanted[2]);
void op25b_displaced_publish(struct op25b_displaced *displaced, struct op25b_policy *draft);

int op25b_displaced_give_up(const struct op25b_displaced *displaced,
			    struct op25b_policy *draft, enum op25b_family family,
			    const struct op25b_entry *entry, const char **why);
int op25b_displaced_flush(const struct op25b_displaced *displaced,
			  struct op25b_policy *draft, enum op25b_table_id table, u16 owner);

#endif /* _OP25B_DISPLACED_H */
