/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Divisions of 64 bits.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_MATH64_H
#define _TOOLS_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

#endif /* _TOOLS_LINUX_MATH64_H */
