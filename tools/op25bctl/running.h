/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running policy in memory.
 *
 * Called by the commands diff, export and load.
 */
#ifndef OP25BCTL_RUNNING_H
#define OP25BCTL_RUNNING_H

#include "netlink.h"
#include "policy.h"

int read_running(struct kernel *kernel, const char *owner, struct policy *own,
		 struct policy *others);
int find_relays(struct kernel *kernel, const char *owner, bool found[FAMILIES]);

#endif /* OP25BCTL_RUNNING_H */
