// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays that grow.
 */
#include <stdlib.h>

#include "array.h"

/**
 * grow() - make room for another element of an array
 * @list: the array, or NULL
 * @count: its elements
 * @room: for how many it has room; set to for how many the result has
 * @size: bytes of an element
 *
 * Return: the array, moved maybe, or NULL without memory, and then @list is as before.
 */
void *grow(void *list, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64;

	if (count < *room)
		return list;
	list = reallocarray(list, more, size);
	if (list)
		*room = more;
	return list;
}
