/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reference counts: using one that is zero aborts.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_REFCOUNT_H
#define _TESTS_LINUX_REFCOUNT_H

#include <linux/bug.h>
#include <linux/types.h>

typedef struct {
	unsigned int refs;
} refcount_t;

static inline void refcount_set(refcount_t *r, unsigned int n)
{
	r->refs = n;
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return r->refs;
}

static inline void refcount_inc(refcount_t *r)
{
	BUG_ON(!r->refs);
	r->refs++;
}

/* With the last reference, the mutex is locked for the caller */
static inline bool refcount_dec_and_test(refcount_t *r)
{
	BUG_ON(!r->refs);
	return !--r->refs;
}

#endif /* _TESTS_LINUX_REFCOUNT_H */
