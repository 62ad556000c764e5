/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of entries as the module's worker sees to it.
 */
#ifndef _TESTS_EXPIRE_H
#define _TESTS_EXPIRE_H

#include <errno.h>

#include "table.h"

/* Far more than any table of the tests takes */
#define EXPIRE_PASSES	10000

static inline bool is_due(const struct op25b_table *table, u32 now)
{
	u32 expires;

	return op25b_table_earliest(table, now, &expires) &&
	       (s32)(expires - now) <= 0;
}

/* Until nothing is due: 0, -ENOMEM, or -ELOOP if the worker would never be done */
static inline int expire_all(struct op25b_table *draft, u32 now)
{
	int passes = 0, err;

	do {
		if (passes++ == EXPIRE_PASSES)
			return -ELOOP;
		err = op25b_table_expire(draft, now);
	} while (!err && is_due(draft, now));
	return err;
}

#endif /* _TESTS_EXPIRE_H */
