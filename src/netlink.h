/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family "op25b".
 */
#ifndef _OP25B_NETLINK_H
#define _OP25B_NETLINK_H

#include "netns.h"

int op25b_netlink_init(void);
void op25b_netlink_exit(void);

#endif /* _OP25B_NETLINK_H */
