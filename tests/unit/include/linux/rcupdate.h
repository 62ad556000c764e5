/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grace periods, which end when the code under test waits for them; see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_RCUPDATE_H
#define _TESTS_LINUX_RCUPDATE_H

unsigned long start_poll_synchronize_rcu(void);
void cond_synchronize_rcu(unsigned long grace);
void rcu_barrier(void);

#endif /* _TESTS_LINUX_RCUPDATE_H */
