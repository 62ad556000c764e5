/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interning: equal bytes are kept once and have one number.
 *
 * Called by policy.c.
 */
#ifndef OP25BCTL_INTERN_H
#define OP25BCTL_INTERN_H

#include <linux/types.h>
#include <stddef.h>

/**
 * struct pool - what is interned, at first all zero
 * @tree: finds it, for tsearch()
 * @list: by number
 * @count: length of @list
 * @room: for how many @list has room
 */
struct pool {
	void *tree;
	void **list;
	size_t count;
	size_t room;
};

int intern(struct pool *pool, const void *bytes, size_t size);

#endif /* OP25BCTL_INTERN_H */
