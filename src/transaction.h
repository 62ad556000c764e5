/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transactions: drafts of a policy, each open on one netlink socket.
 */
#ifndef _OP25B_TRANSACTION_H
#define _OP25B_TRANSACTION_H

#include "net.h"

struct nlattr;

/**
 * struct op25b_transaction - an open transaction
 * @list: in the namespace's list
 * @draft: what the policy shall be
 * @generation: what the generation must be at COMMIT, if @conditional
 * @portid: of the socket
 * @conditional: whether the generation must be @generation
 * @failed: an update was refused, so that there is no COMMIT
 */
struct op25b_transaction {
	struct list_head list;
	struct op25b_policy *draft;
	u64 generation;
	u32 portid;
	bool conditional;
	bool failed;
};

struct op25b_transaction *op25b_transaction_find(struct op25b_net *state,
						 u32 portid);
int op25b_transaction_begin(struct op25b_net *state, u32 portid, bool replace,
			    const struct nlattr *generation,
			    struct netlink_ext_ack *extack);
int op25b_transaction_commit(struct op25b_net *state, u32 portid,
			     struct netlink_ext_ack *extack);
int op25b_transaction_abort(struct op25b_net *state, u32 portid,
			    struct netlink_ext_ack *extack);

bool op25b_transactions_on(struct op25b_net *state,
			   const struct op25b_policy *policy);
void op25b_transactions_abort(struct op25b_net *state);

int op25b_transaction_init(void);
void op25b_transaction_exit(void);

#endif /* _OP25B_TRANSACTION_H */
