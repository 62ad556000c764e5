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
#include "merge.h"
#include "reclaim.h"
#include "sweep.h"
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

static int start_txn(struct op25b_net *state, struct op25b_txn *txn,
		     const struct genl_info *info)
{
	const struct nlattr *generation = info->attrs[OP25B_A_GENERATION];
	int err;

	err = op25b_writer_read(state, info, &txn->writer);
	if (err)
		return err;
	txn->replace = info->attrs[OP25B_A_REPLACE];
	txn->portid = info->snd_portid;
	txn->conditional = generation;
	if (generation)
		txn->generation = nla_get_u64(generation);
	txn->draft = txn->replace ? op25b_policy_create(state->names) :
				    op25b_policy_clone(op25b_running(state));
	return txn->draft ? 0 :
	       op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
}

/**
 * op25b_txn_begin() - open a transaction
 * @state: of the namespace, locked
 * @sk: the socket
 * @info: the request
 *
 * Return: 0, -EALREADY, -ESTALE, -EBUSY, -ENOMEM or an error of op25b_writer_read().
 */
int op25b_txn_begin(struct op25b_net *state, struct sock *sk,
		    const struct genl_info *info)
{
	struct op25b_txn *txn;
	int err;

	err = may_begin(state, sk, info->attrs[OP25B_A_GENERATION], info->extack);
	if (err)
		return err;
	op25b_make_room(state);
	txn = kzalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);
	if (!txn)
		return op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
	err = start_txn(state, txn, info);
	if (err) {
		kfree(txn);
		return err;
	}
	sock_hold(sk);
	txn->sk = sk;
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
		      const struct op25b_load *load, const struct genl_info *info)
{
	const struct op25b_policy *running = op25b_running(state);
	const struct op25b_policy *origin = txn->draft->origin;

	if (txn->failed)
		return op25b_refuse(info->extack, NULL, -ECANCELED,
				    "an update of this transaction was refused: begin again");
	if ((origin && origin != running) ||
	    (txn->conditional && txn->generation != running->generation))
		return op25b_refuse(info->extack, NULL, -ESTALE,
				    "the policy has changed meanwhile: begin again");
	if (load->confirm && (!txn->replace || load->everybody))
		return op25b_refuse(info->extack, info->attrs[OP25B_A_CONFIRM], -EINVAL,
				    "only a transaction that replaces one owner's entries can be confirmed");
	return txn->replace ? op25b_rollback_admit(state, load, info->extack) : 0;
}

/* Whether the owner's entries are most of those that the policy will have */
static bool is_most(const struct op25b_policy *running, const struct op25b_txn *txn)
{
	u8 group = op25b_names_group(running->names, txn->writer.owner);
	u32 others = op25b_policy_count(running) - op25b_policy_group_count(running, group);

	return op25b_names_alone(running->names, txn->writer.owner) &&
	       others <= op25b_policy_count(txn->draft) / 4;
}

/* What becomes of prefixes that others have */
static enum op25b_held held_by_others(const struct op25b_writer *writer, bool is_operator)
{
	if (is_operator)
		return OP25B_HELD_TAKE;
	return writer->skip ? OP25B_HELD_SKIP : OP25B_HELD_REFUSE;
}

/* Adds the other owners' entries, one way or the other */
static int merge_draft(struct op25b_net *state, struct op25b_txn *txn,
		       struct netlink_ext_ack *extack)
{
	struct op25b_policy *running = op25b_running(state), *clone;
	bool is_operator = !op25b_names_group(state->names, txn->writer.owner);
	u32 now = jiffies;
	struct op25b_merge merge = {
		.owner = txn->writer.owner,
		.held = held_by_others(&txn->writer, is_operator),
		.ceiling = READ_ONCE(op25b_max_prefixes),
		.now = now,
		.then = now,
	};
	const char *why = "out of memory";
	int err;

	if (is_most(running, txn)) {
		err = op25b_merge_others(txn->draft, running, &merge, &why);
	} else {
		clone = op25b_policy_clone(running);
		if (!clone)
			return op25b_refuse(extack, NULL, -ENOMEM, why);
		clone->settings = txn->draft->settings;
		err = op25b_merge_into(clone, txn->draft, &merge, &why);
		op25b_policy_put(txn->draft);
		txn->draft = clone;
	}
	if (!is_operator)
		txn->draft->settings = running->settings;
	txn->writer.skipped += merge.skipped;
	return err ? op25b_refuse(extack, NULL, err, why) : 0;
}

/**
 * op25b_txn_commit() - make a transaction's draft the running policy
 * @state: of the namespace, locked
 * @sk: the socket
 * @info: the request
 * @committed: set to what was committed, unless an error is returned
 *
 * Return: what op25b_rollback_commit() returns; -ENOENT, -ECANCELED, -ESTALE or -EINVAL; an
 * error of op25b_rollback_admit(), op25b_merge_into() or op25b_merge_others(). The transaction
 * has ended in any case.
 */
int op25b_txn_commit(struct op25b_net *state, const struct sock *sk,
		     const struct genl_info *info, struct op25b_committed *committed)
{
	const struct nlattr *confirm = info->attrs[OP25B_A_CONFIRM];
	struct op25b_txn *txn = require_txn(state, sk, info->extack);
	struct op25b_load load = {};
	int err;

	if (!txn)
		return -ENOENT;
	load.owner = txn->writer.owner;
	load.everybody = !txn->writer.named;
	load.confirm = confirm ? nla_get_u32(confirm) : 0;
	err = may_commit(state, txn, &load, info);
	if (!err && txn->replace && txn->writer.named)
		err = merge_draft(state, txn, info->extack);
	if (err) {
		drop_txn(state, txn);
		return err;
	}
	committed->event = txn->replace ? OP25B_EVENT_LOAD : OP25B_EVENT_CHANGE;
	committed->writer = txn->writer;
	err = op25b_rollback_commit(state, txn->draft, load.owner,
				    txn->replace ? &load : NULL, info->extack);
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
