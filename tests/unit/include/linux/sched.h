/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduler: calls of cond_resched() are counted, see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_SCHED_H
#define _TESTS_LINUX_SCHED_H

#include "shim.h"

#define current		NULL

#define cond_resched()	((void)shim_rescheds++)

#endif /* _TESTS_LINUX_SCHED_H */
