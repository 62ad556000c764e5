// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: drafts of a policy, each open on one netlink socket.
 *
 * Called by netlink.c in process context, all under the lock of the namespace.
 * Transactions do not wait for one another: any number may be open, and one
 * that started from a copy of the policy is refused at COMMIT if the policy is
 * no longer the one copied, so that no commit undoes another unseen. A socket
 * that is closed takes its transaction with it.
 */
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "attrs.h"
#include "transaction.h"

/* Most open transactions of a namespace: each may hold a whole policy */
#define MAX_TRANSACTIONS	64

/**
 * op25b_transaction_find() - the transaction of a socket
 * @state: of the namespace, locked
 * @portid: of the socket
 *
 * Return: the transaction, or NULL if none is open.
 */
struct op25b_transaction *op25b_transaction_find(struct op25b_net *state,
						 u32 portid)
{
	struct op25b_transaction *transaction;

	list_for_each_entry(transaction, &state->transactions, list)
		if (transaction->portid == portid)
			return transaction;
	return NULL;
}

static void end_transaction(struct op25b_net *state,
			    struct op25b_transaction *transaction)
{
	list_del(&transaction->list);
	state->nr_transactions--;
	kfree(transaction);
}

static void give_up(struct op25b_net *state,
		    struct op25b_transaction *transaction)
{
	op25b_policy_put(transaction->draft);
	end_transaction(state, transaction);
}

static int may_begin(struct op25b_net *state, u32 portid,
		     const struct nlattr *generation,
		     struct netlink_ext_ack *extack)
{
	if (op25b_transaction_find(state, portid))
		return op25b_refuse(extack, NULL, -EALREADY,
				    "this socket has a transaction open already");
	if (generation &&
	    nla_get_u64(generation) != op25b_running(state)->generation)
		return op25b_refuse(extack, generation, -ESTALE,
				    "the policy is not of that generation");
	if (state->nr_transactions == MAX_TRANSACTIONS)
		return op25b_refuse(extack, NULL, -EBUSY,
				    "too many transactions are open");
	return 0;
}

/**
 * op25b_transaction_begin() - open a transaction
 * @state: of the namespace, locked
 * @portid: of the socket
 * @replace: start from an empty policy instead of a copy
 * @generation: u64, what the generation must be, now and at COMMIT; or NULL
 * @extack: for a sentence on errors
 *
 * Return: 0, -EALREADY, -ESTALE, -EBUSY or -ENOMEM.
 */
int op25b_transaction_begin(struct op25b_net *state, u32 portid, bool replace,
			    const struct nlattr *generation,
			    struct netlink_ext_ack *extack)
{
	struct op25b_transaction *transaction;
	int err;

	err = may_begin(state, portid, generation, extack);
	if (err)
		return err;
	op25b_make_room(state);
	transaction = kzalloc(sizeof(*transaction), GFP_KERNEL_ACCOUNT);
	if (!transaction)
		return op25b_refuse(extack, NULL, -ENOMEM, "out of memory");
	transaction->draft = replace ? op25b_policy_create() :
				       op25b_policy_clone(op25b_running(state));
	if (!transaction->draft) {
		kfree(transaction);
		return op25b_refuse(extack, NULL, -ENOMEM, "out of memory");
	}
	transaction->portid = portid;
	transaction->conditional = generation;
	if (generation)
		transaction->generation = nla_get_u64(generation);
	list_add(&transaction->list, &state->transactions);
	state->nr_transactions++;
	return 0;
}

static struct op25b_transaction *find_or_say(struct op25b_net *state,
					     u32 portid,
					     struct netlink_ext_ack *extack)
{
	struct op25b_transaction *transaction;

	transaction = op25b_transaction_find(state, portid);
	if (!transaction)
		op25b_refuse(extack, NULL, -ENOENT,
			     "this socket has no transaction open");
	return transaction;
}

static int may_commit(struct op25b_net *state,
		      const struct op25b_transaction *transaction,
		      struct netlink_ext_ack *extack)
{
	const struct op25b_policy *origin = transaction->draft->origin;
	const struct op25b_policy *running = op25b_running(state);

	if (transaction->failed)
		return op25b_refuse(extack, NULL, -ECANCELED,
				    "an update of this transaction was refused: begin again");
	if ((origin && origin != running) ||
	    (transaction->conditional &&
	     transaction->generation != running->generation))
		return op25b_refuse(extack, NULL, -ESTALE,
				    "the policy has changed meanwhile: begin again");
	return 0;
}

/**
 * op25b_transaction_commit() - make a transaction's draft the running policy
 * @state: of the namespace, locked
 * @portid: of the socket
 * @extack: for a sentence on errors
 *
 * Return: 0, -ENOENT, -ECANCELED, -ESTALE or what op25b_commit() returns. The
 * transaction has ended in any case.
 */
int op25b_transaction_commit(struct op25b_net *state, u32 portid,
			     struct netlink_ext_ack *extack)
{
	struct op25b_transaction *transaction;
	int err;

	transaction = find_or_say(state, portid, extack);
	if (!transaction)
		return -ENOENT;
	err = may_commit(state, transaction, extack);
	if (err) {
		give_up(state, transaction);
		return err;
	}
	err = op25b_commit(state, transaction->draft, extack);
	end_transaction(state, transaction);
	return err;
}

/**
 * op25b_transaction_abort() - forget a transaction
 * @state: of the namespace, locked
 * @portid: of the socket
 * @extack: for a sentence on errors
 *
 * Return: 0 or -ENOENT.
 */
int op25b_transaction_abort(struct op25b_net *state, u32 portid,
			    struct netlink_ext_ack *extack)
{
	struct op25b_transaction *transaction;

	transaction = find_or_say(state, portid, extack);
	if (!transaction)
		return -ENOENT;
	give_up(state, transaction);
	return 0;
}

/**
 * op25b_transactions_on() - see whether a policy is being worked on
 * @state: of the namespace, locked
 * @policy: the policy
 *
 * Return: whether a transaction is open on a copy of it.
 */
bool op25b_transactions_on(struct op25b_net *state,
			   const struct op25b_policy *policy)
{
	struct op25b_transaction *transaction;

	list_for_each_entry(transaction, &state->transactions, list)
		if (transaction->draft->origin == policy)
			return true;
	return false;
}

/**
 * op25b_transactions_abort() - forget all transactions
 * @state: of the namespace, locked
 */
void op25b_transactions_abort(struct op25b_net *state)
{
	struct op25b_transaction *transaction, *next;

	list_for_each_entry_safe(transaction, next, &state->transactions, list)
		give_up(state, transaction);
}

static int socket_closed(struct notifier_block *block, unsigned long event,
			 void *data)
{
	const struct netlink_notify *notify = data;
	struct op25b_transaction *transaction;
	struct op25b_net *state;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	state = op25b_net(notify->net);
	mutex_lock(&state->lock);
	transaction = op25b_transaction_find(state, notify->portid);
	if (transaction)
		give_up(state, transaction);
	mutex_unlock(&state->lock);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = socket_closed,
};

/**
 * op25b_transaction_init() - start to watch for closed sockets
 *
 * Return: 0 or an error.
 */
int op25b_transaction_init(void)
{
	return netlink_register_notifier(&notifier);
}

/**
 * op25b_transaction_exit() - stop to watch for closed sockets
 */
void op25b_transaction_exit(void)
{
	netlink_unregister_notifier(&notifier);
}
