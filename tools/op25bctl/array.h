/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays that grow.
 *
 * Called by all that keep something in memory.
 */
#ifndef OP25BCTL_ARRAY_H
#define OP25BCTL_ARRAY_H

#include <stddef.h>

void *grow(void *list, size_t count, size_t *room, size_t size);

#endif /* OP25BCTL_ARRAY_H */
