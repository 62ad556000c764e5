// SPDX-License-Identifier: GPL-2.0
/*
 * Interning: equal bytes are kept once and have one number.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "intern.h"

/**
 * struct interned - an element of a pool
 * @number: its number
 * @size: length of @bytes
 * @bytes: what is interned
 */
struct interned {
	u32 number;
	u32 size;
	char bytes[];
};

static int compare(const void *left, const void *right)
{
	const struct interned *a = left, *b = right;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->size);
}

/**
 * intern() - keep bytes until the end of the program
 * @pool: where
 * @bytes: the bytes
 * @size: their number
 *
 * Return: their index in @pool.list, or -ENOMEM.
 */
int intern(struct pool *pool, const void *bytes, size_t size)
{
	struct interned *new = malloc(sizeof(*new) + size), **found = NULL;
	void **list = grow(pool->list, pool->count, &pool->room, sizeof(*list));

	if (list)
		pool->list = list;
	if (new && list) {
		new->number = pool->count;
		new->size = size;
		memcpy(new->bytes, bytes, size);
		found = tsearch(new, &pool->tree, compare);
	}
	if (!found || *found != new)
		free(new);
	if (!found)
		return -ENOMEM;
	if (*found == new)
		list[pool->count++] = new->bytes;
	return (*found)->number;
}
