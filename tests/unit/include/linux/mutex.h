/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mutexes: there is one thread, which must not lock one twice.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_MUTEX_H
#define _TESTS_LINUX_MUTEX_H

#include <linux/bug.h>
#include <linux/types.h>

struct mutex {
	bool locked;
};

#define DEFINE_MUTEX(name)	struct mutex name

static inline void mutex_lock(struct mutex *mutex)
{
	BUG_ON(mutex->locked);
	mutex->locked = true;
}

static inline void mutex_unlock(struct mutex *mutex)
{
	BUG_ON(!mutex->locked);
	mutex->locked = false;
}

#endif /* _TESTS_LINUX_MUTEX_H */
