/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters that threads may share.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_ATOMIC_H
#define _TOOLS_LINUX_ATOMIC_H

#include <linux/types.h>

typedef struct {
	s64 counter;
} atomic64_t;

#define ATOMIC64_INIT(value)	{ (value) }

static inline s64 atomic64_inc_return(atomic64_t *v)
{
	return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

static inline s64 atomic64_read(const atomic64_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

#endif /* _TOOLS_LINUX_ATOMIC_H */
