/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink dumps: entries and counters.
 */
#ifndef _OP25B_DUMP_H
#define _OP25B_DUMP_H

struct netlink_callback;
struct sk_buff;

int op25b_list_start(struct netlink_callback *cb);
int op25b_list(struct sk_buff *skb, struct netlink_callback *cb);
int op25b_list_done(struct netlink_callback *cb);
int op25b_list_stats(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _OP25B_DUMP_H */
