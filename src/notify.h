/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages about the policy of a namespace.
 */
#ifndef _OP25B_NOTIFY_H
#define _OP25B_NOTIFY_H

#include "netns.h"

/* Index of the multicast group "config" */
#define OP25B_GROUP_CONFIG	0

struct sk_buff *op25b_config_message(struct op25b_net *state,
				     const struct op25b_policy *policy,
				     u32 portid, u32 seq, u8 cmd);
void op25b_notify(struct op25b_net *state, enum op25b_event event, const u16 *owner);

#endif /* _OP25B_NOTIFY_H */
