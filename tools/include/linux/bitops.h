/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bit operations.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_BITOPS_H
#define _TOOLS_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/types.h>

/* Index of the lowest bit set, from 0; undefined for 0 */
static inline unsigned long __ffs64(u64 x)
{
	return __builtin_ctzll(x);
}

/* Index of the highest bit set, from 1; 0 if none is set */
static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

/* Bits of an array in little-endian order */

static inline int test_bit_le(int nr, const void *addr)
{
	return ((const u8 *)addr)[nr / 8] >> nr % 8 & 1;
}

static inline void __set_bit_le(int nr, void *addr)
{
	((u8 *)addr)[nr / 8] |= 1 << nr % 8;
}

#endif /* _TOOLS_LINUX_BITOPS_H */
