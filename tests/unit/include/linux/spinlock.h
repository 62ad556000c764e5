/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spinlocks: there is one thread, which must not lock one twice.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_SPINLOCK_H
#define _TESTS_LINUX_SPINLOCK_H

#include <linux/bug.h>
#include <linux/types.h>

typedef struct {
	bool locked;
} spinlock_t;

#define DEFINE_SPINLOCK(name)	spinlock_t name

static inline void spin_lock(spinlock_t *lock)
{
	BUG_ON(lock->locked);
	lock->locked = true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	BUG_ON(!lock->locked);
	lock->locked = false;
}

#endif /* _TESTS_LINUX_SPINLOCK_H */
