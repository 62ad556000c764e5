/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deferred work, which only net.c does.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_WORKQUEUE_H
#define _TESTS_LINUX_WORKQUEUE_H

struct rcu_work {
	char unused;
};

#endif /* _TESTS_LINUX_WORKQUEUE_H */
