/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic counters, of one thread.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_ATOMIC_H
#define _TESTS_LINUX_ATOMIC_H

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(value)	{ (value) }

#define atomic_read(v)		((v)->counter)
#define atomic_inc(v)		((void)(v)->counter++)
#define atomic_dec(v)		((void)(v)->counter--)

#endif /* _TESTS_LINUX_ATOMIC_H */
