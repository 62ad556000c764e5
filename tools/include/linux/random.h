/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_RANDOM_H
#define _TOOLS_LINUX_RANDOM_H

#include <linux/bug.h>
#include <linux/types.h>
#include <sys/random.h>

static inline u64 get_random_u64(void)
{
	u64 value = 0;

	BUG_ON(getrandom(&value, sizeof(value), 0) != sizeof(value));
	return value;
}

#endif /* _TOOLS_LINUX_RANDOM_H */
