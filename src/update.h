/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations of an UPDATE request, applied to a draft.
 */
#ifndef _OP25B_UPDATE_H
#define _OP25B_UPDATE_H

#include "netns.h"

struct genl_info;

/**
 * struct op25b_writer - on whose behalf a draft is changed
 * @owner: number of a name set with the owner, 0 for operator
 * @named: whether the request names the owner
 * @skip: leave prefixes that another owner has to him, instead of refusing
 * @skipped: how many were left
 */
struct op25b_writer {
	u16 owner;
	bool named;
	bool skip;
	u32 skipped;
};

int op25b_writer_read(struct op25b_net *state, const struct genl_info *info,
		      struct op25b_writer *writer);
int op25b_update_apply(struct op25b_net *state, struct op25b_policy *draft,
		       const struct op25b_policy *others, struct op25b_writer *writer,
		       const struct genl_info *info);

#endif /* _OP25B_UPDATE_H */
