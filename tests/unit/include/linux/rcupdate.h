/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grace periods: the test says what happens meanwhile.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_RCUPDATE_H
#define _TESTS_LINUX_RCUPDATE_H

void synchronize_rcu(void);
void synchronize_rcu_expedited(void);

#endif /* _TESTS_LINUX_RCUPDATE_H */
