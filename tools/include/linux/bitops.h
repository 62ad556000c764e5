/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bit operations.
 *
 * User-space stand-in, for op25bctl and for the tests of src/table.c.
 */
#ifndef _TOOLS_LINUX_BITOPS_H
#define _TOOLS_LINUX_BITOPS_H

#include <linux/bits.h>

/* The number of the highest bit that is set; one is */
static inline unsigned long __fls(unsigned long word)
{
	return 8 * sizeof(word) - 1 - __builtin_clzl(word);
}

#endif /* _TOOLS_LINUX_BITOPS_H */
