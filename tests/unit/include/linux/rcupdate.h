/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grace periods, which end when somebody waits for them; see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_RCUPDATE_H
#define _TESTS_LINUX_RCUPDATE_H

void rcu_barrier(void);

#endif /* _TESTS_LINUX_RCUPDATE_H */
