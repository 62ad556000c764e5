/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory allocation, counted and failing on demand; see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_SLAB_H
#define _TESTS_LINUX_SLAB_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "shim.h"

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	SHIM_CHARGED

#define kmalloc(bytes, gfp)	shim_alloc(bytes, gfp)
#define kzalloc(bytes, gfp)	shim_alloc(bytes, (gfp) | SHIM_ZERO)
#define kmalloc_array(n, bytes, gfp)	kmalloc((size_t)(n) * (bytes), gfp)
#define kcalloc(n, bytes, gfp)	kzalloc((size_t)(n) * (bytes), gfp)
#define kfree(memory)		shim_free(memory)
#define kmalloc_size_roundup(bytes)	(bytes)

#define kvmalloc(bytes, gfp)	shim_kvalloc(bytes, gfp)
#define kvzalloc(bytes, gfp)	shim_kvalloc(bytes, (gfp) | SHIM_ZERO)
#define kvmalloc_array(n, bytes, gfp)	kvmalloc((size_t)(n) * (bytes), gfp)
#define kvcalloc(n, bytes, gfp)	kvzalloc((size_t)(n) * (bytes), gfp)
#define kvfree(memory)		shim_kvfree(memory)

static inline void *kmemdup(const void *from, size_t bytes, gfp_t gfp)
{
	void *copy = kmalloc(bytes, gfp);

	return copy ? __builtin_memcpy(copy, from, bytes) : NULL;
}

#endif /* _TESTS_LINUX_SLAB_H */
