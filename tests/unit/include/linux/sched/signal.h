/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fatal signals, sent by the test; see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_SCHED_SIGNAL_H
#define _TESTS_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#define fatal_signal_pending(task)	((void)(task), shim_fatal_pending())

#endif /* _TESTS_LINUX_SCHED_SIGNAL_H */
