/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Divisions and products of 64 bits.
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

/* For a shift of 64 only */
static inline u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int shift)
{
	u64 low = (a & UINT32_MAX) * (b & UINT32_MAX);
	u64 middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
	u64 other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);

	(void)shift;
	return (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
}

#endif /* _TOOLS_LINUX_MATH64_H */
