/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations of an UPDATE request, applied to a draft.
 */
#ifndef _OP25B_UPDATE_H
#define _OP25B_UPDATE_H

struct genl_info;
struct op25b_net;
struct op25b_policy;

int op25b_update_apply(struct op25b_net *state, struct op25b_policy *draft,
		       const struct genl_info *info);

#endif /* _OP25B_UPDATE_H */
