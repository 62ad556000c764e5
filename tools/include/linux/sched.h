/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduler: cond_resched() does nothing in user space.
 *
 * User-space stand-in, for op25bctl.
 */
#ifndef _TOOLS_LINUX_SCHED_H
#define _TOOLS_LINUX_SCHED_H

#define cond_resched()	((void)0)

#endif /* _TOOLS_LINUX_SCHED_H */
