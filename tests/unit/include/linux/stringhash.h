/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hashes of strings.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_STRINGHASH_H
#define _TESTS_LINUX_STRINGHASH_H

#include <linux/types.h>

static inline u32 full_name_hash(const void *salt, const char *name,
				 unsigned int len)
{
	u32 hash = 0;

	(void)salt;
	while (len--)
		hash = hash * 31 + (u8)*name++;
	return hash;
}

#endif /* _TESTS_LINUX_STRINGHASH_H */
