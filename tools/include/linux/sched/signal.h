/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals, which end a process in user space by themselves.
 *
 * User-space stand-in, for op25bctl.
 */
#ifndef _TOOLS_LINUX_SCHED_SIGNAL_H
#define _TOOLS_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#define fatal_signal_pending(task)	false

#endif /* _TOOLS_LINUX_SCHED_SIGNAL_H */
