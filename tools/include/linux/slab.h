/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory allocation.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_SLAB_H
#define _TOOLS_LINUX_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_NOWARN		0
#define __GFP_ZERO		0

#define kmalloc(bytes, gfp)		((void)(gfp), slab_alloc(bytes))
#define kzalloc(bytes, gfp)		((void)(gfp), calloc(1, bytes))
#define kcalloc(n, bytes, gfp)		((void)(gfp), calloc(n, bytes))
#define kmalloc_array(n, bytes, gfp)	((void)(gfp), reallocarray(NULL, n, bytes))
#define kfree(memory)			free((void *)(memory))
#define kmalloc_size_roundup(bytes)	(bytes)

#define kvmalloc(bytes, gfp)		kmalloc(bytes, gfp)
#define kvzalloc(bytes, gfp)		kzalloc(bytes, gfp)
#define kvcalloc(n, bytes, gfp)		kcalloc(n, bytes, gfp)
#define kvmalloc_array(n, bytes, gfp)	kmalloc_array(n, bytes, gfp)
#define kvfree(memory)			kfree(memory)

/* Aligns allocations of a power of two bytes to their size */
static inline void *slab_alloc(size_t bytes)
{
	return bytes & (bytes - 1) ? malloc(bytes) : aligned_alloc(bytes, bytes);
}

static inline void *kmemdup(const void *from, size_t bytes, gfp_t gfp)
{
	void *copy = kmalloc(bytes, gfp);

	return copy ? __builtin_memcpy(copy, from, bytes) : NULL;
}

#define kvmemdup(from, bytes, gfp)	kmemdup(from, bytes, gfp)

#endif /* _TOOLS_LINUX_SLAB_H */
