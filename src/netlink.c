// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "op25b": requests in, replies and notifications
 * out, see include/uapi/linux/op25b.h. Dumps are in dump.c.
 *
 * The netlink core has validated a request against the policies in attrs.c, nested
 * attributes included, before anything here is called. In process
 * context; all but GET and TEST take the lock of the namespace.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "attrs.h"
#include "compat.h"
#include "dump.h"
#include "netlink.h"
#include "netns.h"
#include "notify.h"
#include "packet.h"
#include "sweep.h"
#include "txn.h"
#include "update.h"
#include "worker.h"

static const struct genl_multicast_group groups[] = {
	[OP25B_GROUP_CONFIG] = {
		.name = OP25B_MCGRP_CONFIG,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct op25b_net *info_state(struct genl_info *info)
{
	return op25b_net(genl_info_net(info));
}

/*
 * Undoes a load first that was not confirmed in time: the worker does not wait for the
 * lock. Where that lacks memory it is left to the worker.
 */
static int lock_state(struct op25b_net *state, struct sk_buff *skb, struct genl_info *info)
{
	int err = op25b_net_lock(state, skb, info->extack);

	if (!err && !state->rollback.failing)
		op25b_go_back(state);
	return err;
}

/* Commands */

/* The socket of a request; it stays open until the request has been answered */
static struct sock *request_sk(struct sk_buff *skb)
{
	return NETLINK_CB(skb).sk;
}

static int do_begin(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	int err;

	err = lock_state(state, skb, info);
	if (err)
		return err;
	err = op25b_txn_begin(state, request_sk(skb), info);
	op25b_net_unlock(state);
	return err;
}

static int try_update(struct op25b_net *state, struct genl_info *info,
		      struct op25b_writer *writer)
{
	struct op25b_policy *draft;
	int err;

	err = op25b_writer_read(state, info, writer);
	if (err)
		return err;
	draft = op25b_policy_clone(op25b_running(state));
	if (!draft)
		return op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
	err = op25b_update_apply(state, draft, NULL, writer, info);
	if (err) {
		op25b_policy_put(draft);
		return err;
	}
	return op25b_rollback_commit(state, draft, writer->owner, NULL, info->extack);
}

/* An update outside of a transaction is one of its own; it may have to wait for name sets */
static int update_running(struct op25b_net *state, struct genl_info *info,
			  struct op25b_writer *writer)
{
	int err = try_update(state, info, writer);

	if (err != -ENOSPC || !op25b_names_full(state->names))
		return err;
	op25b_make_room(state);
	/* the sentence was about the first try */
	memset(info->extack, 0, sizeof(*info->extack));
	return try_update(state, info, writer);
}

static int update_draft(struct op25b_net *state, struct op25b_txn *txn,
			struct genl_info *info)
{
	const struct nlattr *other = info->attrs[OP25B_A_OWNER] ?: info->attrs[OP25B_A_SKIP];
	const struct op25b_policy *others = NULL;
	int err;

	if (txn->failed)
		return op25b_refuse(info->extack, NULL, -ECANCELED,
				    "an update of this transaction was refused: abort it");
	/* found again at COMMIT, but here the operation is known */
	if (txn->replace && txn->writer.named && !txn->writer.skip)
		others = op25b_running(state);
	err = other ? op25b_refuse(info->extack, other, -EINVAL,
				   "the transaction was begun with or without this") :
		      op25b_update_apply(state, txn->draft, others, &txn->writer, info);
	txn->failed = err;
	return err;
}

/*
 * How many prefixes were skipped, to those who asked for it; what was done is done, so
 * that the request does not fail if the answer does
 */
static void reply_skipped(struct genl_info *info, const struct op25b_writer *writer, u8 cmd)
{
	struct sk_buff *skb = writer->skip ?
			      genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL) : NULL;
	void *header;

	if (!skb)
		return;
	header = genlmsg_put_reply(skb, info, &op25b_genl_family, 0, cmd);
	if (!header || nla_put_u32(skb, OP25B_A_SKIPPED, writer->skipped)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_reply(skb, info);
}

/* Tells listeners about what op25b_commit() returned, and turns it into an answer */
static int answer_commit(struct op25b_net *state, int result, enum op25b_event event,
			 const struct op25b_writer *writer)
{
	if (result > 0)
		op25b_notify(state, event, writer->named ? &writer->owner : NULL);
	return min(result, 0);
}

static int do_update(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *in_txn = info->attrs[OP25B_A_TRANSACTION];
	struct op25b_net *state = info_state(info);
	struct op25b_writer writer = {};
	struct op25b_txn *txn;
	int err;

	err = lock_state(state, skb, info);
	if (err)
		return err;
	txn = op25b_txn_find(state, request_sk(skb));
	if (txn)
		err = update_draft(state, txn, info);
	else if (in_txn)
		err = op25b_refuse(info->extack, in_txn, -ENOENT,
				   "this socket has no transaction open");
	else
		err = answer_commit(state, update_running(state, info, &writer),
				    OP25B_EVENT_CHANGE, &writer);
	op25b_net_unlock(state);
	if (!err)
		reply_skipped(info, &writer, OP25B_CMD_UPDATE);
	return err;
}

static int do_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	struct op25b_committed committed = {};
	int err;

	err = lock_state(state, skb, info);
	if (err)
		return err;
	err = op25b_txn_commit(state, request_sk(skb), info, &committed);
	err = answer_commit(state, err, committed.event, &committed.writer);
	op25b_net_unlock(state);
	if (!err)
		reply_skipped(info, &committed.writer, OP25B_CMD_COMMIT);
	return err;
}

/* CONFIRM and ROLLBACK: of the load of an owner, also if its time has just run out */
static int end_load(struct sk_buff *skb, struct genl_info *info,
		    int (*end)(struct op25b_net *state, u16 owner,
			       struct netlink_ext_ack *extack),
		    enum op25b_event event)
{
	struct op25b_net *state = info_state(info);
	struct op25b_writer writer;
	int err;

	err = op25b_net_lock(state, skb, info->extack);
	if (err)
		return err;
	err = op25b_writer_read(state, info, &writer);
	if (!err)
		err = end(state, writer.owner, info->extack);
	if (err >= 0)
		op25b_notify(state, event, &writer.owner);
	op25b_net_unlock(state);
	return min(err, 0);
}

static int do_confirm(struct sk_buff *skb, struct genl_info *info)
{
	return end_load(skb, info, op25b_rollback_confirm, OP25B_EVENT_CONFIRM);
}

static int do_rollback(struct sk_buff *skb, struct genl_info *info)
{
	return end_load(skb, info, op25b_rollback, OP25B_EVENT_ROLLBACK);
}

static int do_abort(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	int err;

	err = lock_state(state, skb, info);
	if (err)
		return err;
	err = op25b_txn_abort(state, request_sk(skb), info->extack);
	op25b_net_unlock(state);
	return err;
}

static int do_get(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	struct op25b_policy *policy;
	struct sk_buff *message;
	int err;

	err = op25b_net_admit(skb, info->extack);
	if (err)
		return err;
	policy = op25b_snapshot(state);
	message = op25b_config_message(state, policy, info->snd_portid,
				       info->snd_seq, OP25B_CMD_GET);
	op25b_policy_put(policy);
	if (!message)
		return op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
	return genlmsg_reply(message, info);
}

/**
 * struct trial - a packet of a TEST request
 * @policy: the policy that judges it
 * @flow: the packet
 * @now: jiffies
 * @judgement: the verdict
 */
struct trial {
	struct op25b_policy *policy;
	struct op25b_flow flow;
	u32 now;
	struct op25b_judgement judgement;
};

static int put_judgement(struct sk_buff *skb, const struct op25b_net *state,
			 const struct trial *trial)
{
	const struct op25b_judgement *judgement = &trial->judgement;
	const struct op25b_policy *policy = trial->policy;
	const struct op25b_flow *flow = &trial->flow;
	struct op25b_entry entry;
	int err;

	if (nla_put_u8(skb, OP25B_A_VERDICT, judgement->verdict) ||
	    nla_put_u8(skb, OP25B_A_REASON, judgement->reason))
		return -EMSGSIZE;
	if (judgement->direction != OP25B_DIRECTION_NONE &&
	    nla_put_u8(skb, OP25B_A_DIRECTION, judgement->direction))
		return -EMSGSIZE;
	if (!judgement->word)
		return 0;
	op25b_judgement_entry(policy, judgement, flow, &entry);
	err = op25b_put_entry(skb, OP25B_A_ENTRY, state->names, flow->family, &entry);
	if (!err && op25b_judgement_relay(policy, judgement, flow, trial->now, &entry))
		err = op25b_put_entry(skb, OP25B_A_RELAY, state->names, flow->family,
				      &entry);
	return err;
}

static struct sk_buff *test_message(struct genl_info *info,
				    const struct op25b_net *state,
				    const struct trial *trial)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put_reply(skb, info, &op25b_genl_family, 0, OP25B_CMD_TEST);
	if (!header || put_judgement(skb, state, trial)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

static int do_test(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	struct trial trial = { .now = jiffies };
	struct sk_buff *message;
	__be32 src[4], dst[4];
	int err;

	err = op25b_net_admit(skb, info->extack) ?:
	      op25b_read_flow(info, src, dst, &trial.flow);
	if (err)
		return err;
	/* held until the message is made, since that keeps the names too */
	trial.policy = op25b_snapshot(state);
	op25b_policy_judge(trial.policy, &trial.flow, trial.now, &trial.judgement);
	message = test_message(info, state, &trial);
	op25b_policy_put(trial.policy);
	if (!message)
		return op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
	return genlmsg_reply(message, info);
}

static int do_reset_stats(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	int err;

	err = lock_state(state, skb, info);
	if (err)
		return err;
	op25b_stats_reset(state->stats);
	op25b_names_reset(state->names);
	op25b_net_unlock(state);
	return 0;
}

/* A command, with the policy that its attributes must meet */
#define COMMAND(command, attributes)			\
	.cmd = OP25B_CMD_##command,			\
	.flags = GENL_UNS_ADMIN_PERM,			\
	.policy = op25b_##attributes##_attrs,		\
	.maxattr = OP25B_A_MAX

static const struct genl_ops commands[] = {
	{ COMMAND(GET, no), .doit = do_get },
	{ COMMAND(BEGIN, begin), .doit = do_begin },
	{ COMMAND(UPDATE, update), .doit = do_update },
	{ COMMAND(COMMIT, commit), .doit = do_commit },
	{ COMMAND(ABORT, no), .doit = do_abort },
	{
		COMMAND(LIST, list),
		.start = op25b_list_start,
		.dumpit = op25b_list,
		.done = op25b_list_done,
	},
	{ COMMAND(TEST, test), .doit = do_test },
	{
		COMMAND(GET_STATS, no),
		.dumpit = op25b_list_stats,
	},
	{ COMMAND(RESET_STATS, no), .doit = do_reset_stats },
	{ COMMAND(CONFIRM, owner), .doit = do_confirm },
	{ COMMAND(ROLLBACK, owner), .doit = do_rollback },
};

struct genl_family op25b_genl_family __ro_after_init = {
	.name = OP25B_GENL_NAME,
	.version = OP25B_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = commands,
	.n_ops = ARRAY_SIZE(commands),
	.resv_start_op = OP25B_CMD_UNSPEC + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * op25b_netlink_init() - register the family
 *
 * Return: 0 or an error.
 */
int __init op25b_netlink_init(void)
{
	return genl_register_family(&op25b_genl_family);
}

/**
 * op25b_netlink_exit() - unregister the family, when no command runs any more
 */
void op25b_netlink_exit(void)
{
	genl_unregister_family(&op25b_genl_family);
}
