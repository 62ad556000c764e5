/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transactions: drafts of a policy, each open on one netlink socket.
 */
#ifndef _OP25B_TXN_H
#define _OP25B_TXN_H

#include "update.h"

struct nlattr;
struct sock;

/**
 * struct op25b_txn - an open transaction
 * @list: in the namespace's list
 * @sk: the socket, with a reference
 * @portid: its address, which others can have when it is closed
 * @draft: the draft
 * @writer: on whose behalf it is changed
 * @replace: whether it started empty
 * @generation: what the generation must be at COMMIT, if @conditional
 * @conditional: whether the generation must be @generation
 * @failed: an update was refused: there is no COMMIT
 */
struct op25b_txn {
	struct list_head list;
	struct sock *sk;
	u32 portid;
	struct op25b_policy *draft;
	struct op25b_writer writer;
	bool replace;
	u64 generation;
	bool conditional;
	bool failed;
};

/**
 * struct op25b_committed - a transaction that was committed
 * @writer: on whose behalf
 * @event: &enum op25b_event
 */
struct op25b_committed {
	struct op25b_writer writer;
	u8 event;
};

struct op25b_txn *op25b_txn_find(struct op25b_net *state, const struct sock *sk);
int op25b_txn_begin(struct op25b_net *state, struct sock *sk,
		    const struct genl_info *info);
int op25b_txn_commit(struct op25b_net *state, const struct sock *sk,
		     const struct genl_info *info, struct op25b_committed *committed);
int op25b_txn_abort(struct op25b_net *state, const struct sock *sk,
		    struct netlink_ext_ack *extack);
bool op25b_txns_on(struct op25b_net *state, const struct op25b_policy *policy);
void op25b_txns_abort(struct op25b_net *state);

int op25b_txn_init(void);
void op25b_txn_exit(void);

#endif /* _OP25B_TXN_H */
