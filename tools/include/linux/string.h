/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory and strings.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_STRING_H
#define _TOOLS_LINUX_STRING_H

#include <stddef.h>
#include <string.h>

/* The first byte that is not c, or NULL */
static inline void *memchr_inv(const void *memory, int c, size_t bytes)
{
	const unsigned char *byte = memory;

	for (; bytes; byte++, bytes--)
		if (*byte != (unsigned char)c)
			return (void *)byte;
	return NULL;
}

#endif /* _TOOLS_LINUX_STRING_H */
