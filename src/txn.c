// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: drafts of a policy, each open on one netlink socket.
 *
 * Called by netlink.c in process context under the lock of the namespace. Transactions
 * do not wait for one another: any number may be open, and one that started from a copy
 * of the policy is refused at COMMIT if another policy runs by then, so that no commit
 * undoes another unseen.
 *
 * A closed socket ends its transaction. Its notifier holds a lock that all netlink
 * sockets of the host are closed under, so that it takes a spinlock only and leaves
 * freeing to a work.
 */
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "attrs.h"
#include "reclaim.h"
#include "txn.h"

/* Most open transactions of a namespace: each may hold a whole policy */
#define MAX_TXNS	64

/**
 * op25b_txn_find() - the transaction of a socket
 * @state: of the namespace, locked
 * @sk: the socket of a request, which is not closed before the request ends
 *
 * Return: the transaction, or NULL if none is open.
 */
struct op25b_txn *op25b_txn_find(struct op25b_net *state, const struct sock *sk)
{
	struct op25b_txn *txn, *found = NULL;

	spin_lock(&state->txn_lock);
	list_for_each_entry(txn, &state->txns, list)
		if (txn->sk == sk)
			found = txn;
	spin_unlock(&state->txn_lock);
	return found;
}

/* Leaves the draft to the caller */
static void end_txn(struct op25b_net *state, struct op25b_txn *txn)
{
	spin_lock(&state->txn_lock);
	list_del(&txn->list);
	state->nr_txns--;
	spin_unlock(&state->txn_lock);
	sock_put(txn->sk);
	kfree(txn);
}

static void drop_txn(struct op25b_net *state, struct op25b_txn *txn)
{
	struct op25b_policy *draft = txn->draft;

	end_txn(state, txn);
	op25b_policy_put(draft);
}

static int may_begin(struct op25b_net *state, const struct sock *sk,
		     const struct nlattr *generation,
		     struct netlink_ext_ack *extack)
{
	if (op25b_txn_find(state, sk))
		return op25b_refuse(extack, NULL, -EALREADY,
				    "this socket has a transaction open already");
	if (generation && nla_get_u64(generation) != op25b_running(state)->generation)
		return op25b_refuse(extack, generation, -ESTALE,
				    "the policy is not of that generation");
	if (READ_ONCE(state->nr_txns) >= MAX_TXNS)
		return op25b_refuse(extack, NULL, -EBUSY, "too many transactions are open");
	return 0;
}

/**
 * op25b_txn_begin() - open a transaction
 * @state: of the namespace, locked
 * @sk: the socket
 * @portid: its address
 * @replace: start from an empty policy instead of a copy
 * @generation: u64, what the generation must be, now and at COMMIT; or NULL
 * @extack: for a sentence on errors
 *
 * Return: 0, -EALREADY, -ESTALE, -EBUSY or -ENOMEM.
 */
int op25b_txn_begin(struct op25b_net *state, struct sock *sk, u32 portid,
		    bool replace, const struct nlattr *generation,
		    struct netlink_ext_ack *extack)
{
	struct op25b_txn *txn;
	int err;

	err = may_begin(state, sk, generation, extack);
	if (err)
		return err;
	op25b_make_room(state);
	txn = kzalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);
	if (!txn)
		return op25b_refuse(extack, NULL, -ENOMEM, "out of memory");
	txn->draft = replace ? op25b_policy_create(state->names) :
			       op25b_policy_clone(op25b_running(state));
	if (!txn->draft) {
		kfree(txn);
		return op25b_refuse(extack, NULL, -ENOMEM, "out of memory");
	}
	sock_hold(sk);
	txn->sk = sk;
	txn->portid = portid;
	txn->conditional = generation;
	if (generation)
		txn->generation = nla_get_u64(generation);
	spin_lock(&state->txn_lock);
	list_add(&txn->list, &state->txns);
	state->nr_txns++;
	spin_unlock(&state->txn_lock);
	return 0;
}

static struct op25b_txn *require_txn(struct op25b_net *state,
				     const struct sock *sk,
				     struct netlink_ext_ack *extack)
{
	struct op25b_txn *txn = op25b_txn_find(state, sk);

	if (!txn)
		op25b_refuse(extack, NULL, -ENOENT, "this socket has no transaction open");
	return txn;
}

static int may_commit(struct op25b_net *state, const struct op25b_txn *txn,
		      struct netlink_ext_ack *extack)
{
	const struct op25b_policy *running = op25b_running(state);
	const struct op25b_policy *origin = txn->draft->origin;

	if (txn->failed)
		return op25b_refuse(extack, NULL, -ECANCELED,
				    "an update of this transaction was refused: begin again");
	if ((origin && origin != running) ||
	    (txn->conditional && txn->generation != running->generation))
		return op25b_refuse(extack, NULL, -ESTALE,
				    "the policy has changed meanwhile: begin again");
	return 0;
}

/**
 * op25b_txn_commit() - make a transaction's draft the running policy
 * @state: of the namespace, locked
 * @sk: the socket
 * @extack: for a sentence on errors
 *
 * Return: what op25b_commit() returns; -ENOENT, -ECANCELED or -ESTALE. The transaction
 * has ended in any case.
 */
int op25b_txn_commit(struct op25b_net *state, const struct sock *sk,
		     struct netlink_ext_ack *extack)
{
	struct op25b_txn *txn = require_txn(state, sk, extack);
	int err;

	if (!txn)
		return -ENOENT;
	err = may_commit(state, txn, extack);
	if (err) {
		drop_txn(state, txn);
		return err;
	}
	err = op25b_commit(state, txn->draft, extack);
	end_txn(state, txn);
	return err;
}

/**
 * op25b_txn_abort() - drop a transaction
 * @state: of the namespace, locked
 * @sk: the socket
 * @extack: for a sentence on errors
 *
 * Return: 0 or -ENOENT.
 */
int op25b_txn_abort(struct op25b_net *state, const struct sock *sk,
		    struct netlink_ext_ack *extack)
{
	struct op25b_txn *txn = require_txn(state, sk, extack);

	if (!txn)
		return -ENOENT;
	drop_txn(state, txn);
	return 0;
}

/**
 * op25b_txns_on() - see whether a transaction would fail if a policy was replaced
 * @state: of the namespace, locked
 * @policy: the policy
 *
 * Return: whether a transaction is open on a copy of it.
 */
bool op25b_txns_on(struct op25b_net *state, const struct op25b_policy *policy)
{
	struct op25b_txn *txn;
	bool any = false;

	spin_lock(&state->txn_lock);
	list_for_each_entry(txn, &state->txns, list)
		any |= txn->draft->origin == policy;
	spin_unlock(&state->txn_lock);
	return any;
}

/* Ends the transactions of closed sockets, or all if @portid is not given */
static void abort_txns(struct op25b_net *state, const u32 *portid)
{
	struct op25b_txn *txn, *next;
	LIST_HEAD(aborted);

	spin_lock(&state->txn_lock);
	list_for_each_entry_safe(txn, next, &state->txns, list) {
		/*
		 * netlink_release() sets SOCK_DEAD before it calls the notifier:
		 * another socket can have the same portid by then.
		 */
		if (portid && (txn->portid != *portid || !sock_flag(txn->sk, SOCK_DEAD)))
			continue;
		list_move(&txn->list, &aborted);
		state->nr_txns--;
	}
	spin_unlock(&state->txn_lock);
	list_for_each_entry_safe(txn, next, &aborted, list) {
		op25b_reclaim(txn->draft);
		sock_put(txn->sk);
		kfree(txn);
	}
}

/**
 * op25b_txns_abort() - drop all transactions
 * @state: of a namespace that goes
 */
void op25b_txns_abort(struct op25b_net *state)
{
	abort_txns(state, NULL);
}

static int socket_closed(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		abort_txns(op25b_net(notify->net), &notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = socket_closed,
};

/**
 * op25b_txn_init() - start to watch for closed sockets
 *
 * Return: 0 or an error.
 */
int op25b_txn_init(void)
{
	return netlink_register_notifier(&notifier);
}

/** op25b_txn_exit() - stop to watch for closed sockets */
void op25b_txn_exit(void)
{
	netlink_unregister_notifier(&notifier);
}
