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
#include <linux/string.h>
#include <net/genetlink.h>

#include "attrs.h"
#include "compat.h"
#include "dump.h"
#include "netlink.h"
#include "netns.h"
#include "packet.h"
#include "txn.h"
#include "update.h"

enum {
	GROUP_CONFIG,
};

static const struct genl_multicast_group groups[] = {
	[GROUP_CONFIG] = {
		.name = OP25B_MCGRP_CONFIG,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct op25b_net *info_state(struct genl_info *info)
{
	return op25b_net(genl_info_net(info));
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

	err = op25b_net_lock(state, skb, info->extack);
	if (err)
		return err;
	err = op25b_txn_begin(state, request_sk(skb), info->snd_portid,
			      info->attrs[OP25B_A_REPLACE],
			      info->attrs[OP25B_A_GENERATION], info->extack);
	op25b_net_unlock(state);
	return err;
}

static int try_update(struct op25b_net *state, struct genl_info *info)
{
	struct op25b_policy *draft;
	int err;

	draft = op25b_policy_clone(op25b_running(state));
	if (!draft)
		return op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
	err = op25b_update_apply(state, draft, info);
	if (err) {
		op25b_policy_put(draft);
		return err;
	}
	return op25b_commit(state, draft, info->extack);
}

/* An update outside of a transaction is one of its own; it may have to wait for name sets */
static int update_running(struct op25b_net *state, struct genl_info *info)
{
	int err = try_update(state, info);

	if (err != -ENOSPC || !op25b_names_full(state->names))
		return err;
	op25b_make_room(state);
	/* the sentence was about the first try */
	memset(info->extack, 0, sizeof(*info->extack));
	return try_update(state, info);
}

static int update_draft(struct op25b_net *state, struct op25b_txn *txn,
			struct genl_info *info)
{
	int err;

	if (txn->failed)
		return op25b_refuse(info->extack, NULL, -ECANCELED,
				    "an update of this transaction was refused: abort it");
	err = op25b_update_apply(state, txn->draft, info);
	txn->failed = err;
	return err;
}

/* Tells listeners about what op25b_commit() returned, and turns it into an answer */
static int answer_commit(struct op25b_net *state, int result)
{
	if (result > 0)
		op25b_netlink_notify(state);
	return min(result, 0);
}

static int do_update(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *in_txn = info->attrs[OP25B_A_TRANSACTION];
	struct op25b_net *state = info_state(info);
	struct op25b_txn *txn;
	int err;

	err = op25b_net_lock(state, skb, info->extack);
	if (err)
		return err;
	txn = op25b_txn_find(state, request_sk(skb));
	if (txn)
		err = update_draft(state, txn, info);
	else if (in_txn)
		err = op25b_refuse(info->extack, in_txn, -ENOENT,
				   "this socket has no transaction open");
	else
		err = answer_commit(state, update_running(state, info));
	op25b_net_unlock(state);
	return err;
}

static int do_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	int err;

	err = op25b_net_lock(state, skb, info->extack);
	if (err)
		return err;
	err = answer_commit(state, op25b_txn_commit(state, request_sk(skb), info->extack));
	op25b_net_unlock(state);
	return err;
}

static int do_abort(struct sk_buff *skb, struct genl_info *info)
{
	struct op25b_net *state = info_state(info);
	int err;

	err = op25b_net_lock(state, skb, info->extack);
	if (err)
		return err;
	err = op25b_txn_abort(state, request_sk(skb), info->extack);
	op25b_net_unlock(state);
	return err;
}

static int put_config(struct sk_buff *skb, const struct op25b_net *state,
		      const struct op25b_policy *policy)
{
	size_t bytes = op25b_policy_bytes(policy) +
		       op25b_names_bytes(state->names);
	enum op25b_table_id id;

	if (nla_put_u64_64bit(skb, OP25B_A_GENERATION, policy->generation,
			      OP25B_A_PAD) ||
	    op25b_put_settings(skb, &policy->settings) ||
	    nla_put_u64_64bit(skb, OP25B_A_MEMORY, bytes, OP25B_A_PAD) ||
	    nla_put_u32(skb, OP25B_A_MAX_PREFIXES, READ_ONCE(op25b_max_prefixes)))
		return -EMSGSIZE;
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
		if (op25b_put_count(skb, policy, id))
			return -EMSGSIZE;
	return 0;
}

/* A message about the policy, with such a header */
static struct sk_buff *config_message(const struct op25b_net *state,
				      const struct op25b_policy *policy,
				      u32 portid, u32 seq, u8 cmd)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put(skb, portid, seq, &op25b_genl_family, 0, cmd);
	if (!header || put_config(skb, state, policy)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
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
	message = config_message(state, policy, info->snd_portid,
				 info->snd_seq, OP25B_CMD_GET);
	op25b_policy_put(policy);
	if (!message)
		return op25b_refuse(info->extack, NULL, -ENOMEM, "out of memory");
	return genlmsg_reply(message, info);
}

/**
 * op25b_netlink_notify() - tell listeners about a commit
 * @state: of the namespace, locked
 *
 * Without memory listeners get ENOBUFS, as when they read too slowly.
 */
void op25b_netlink_notify(struct op25b_net *state)
{
	struct sk_buff *message;

	if (!genl_has_listeners(&op25b_genl_family, state->net, GROUP_CONFIG))
		return;
	message = config_message(state, op25b_running(state), 0, 0, OP25B_CMD_CONFIG_NTF);
	if (message)
		genlmsg_multicast_netns(&op25b_genl_family, state->net, message,
					0, GROUP_CONFIG, GFP_KERNEL);
	else
		genl_set_err(&op25b_genl_family, state->net, 0, GROUP_CONFIG, -ENOBUFS);
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

	err = op25b_net_lock(state, skb, info->extack);
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
	{ COMMAND(COMMIT, no), .doit = do_commit },
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
