// SPDX-License-Identifier: GPL-2.0
/*
 * Messages about the policy of a namespace: replies to GET, and notifications of the
 * multicast group "config".
 *
 * Called by netlink.c and worker.c in process context under the lock of the namespace,
 * except where a function says otherwise.
 */
#include <net/genetlink.h>

#include "attrs.h"
#include "notify.h"

static int put_pending(struct sk_buff *skb,
		       const struct op25b_rollback_state *rollback)
{
	struct nlattr *nest = nla_nest_start(skb, OP25B_A_PENDING);

	if (!nest || nla_put_u32(skb, OP25B_A_PENDING_SECONDS, rollback->seconds))
		return -EMSGSIZE;
	if (nla_put_string(skb, OP25B_A_PENDING_OWNER, rollback->owner) ||
	    (rollback->failing && nla_put_flag(skb, OP25B_A_PENDING_FAILING)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_rollback(struct sk_buff *skb, struct op25b_net *state,
			const struct op25b_policy *policy)
{
	struct op25b_rollback_state rollback;

	op25b_rollback_read(state, policy, &rollback);
	if (rollback.pending && put_pending(skb, &rollback))
		return -EMSGSIZE;
	if (!rollback.pending && !rollback.kept)
		return 0;
	return nla_put_u64_64bit(skb, OP25B_A_KEPT_MEMORY, rollback.bytes, OP25B_A_PAD);
}

static int put_config(struct sk_buff *skb, struct op25b_net *state,
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
	return put_rollback(skb, state, policy);
}

/**
 * op25b_config_message() - make a message about a policy without its entries
 * @state: of the namespace; its lock need not be held
 * @policy: the policy
 * @portid: whom to, 0 for listeners
 * @seq: of the request, 0 without one
 * @cmd: &enum op25b_cmd
 *
 * Return: the message, or NULL without memory.
 */
struct sk_buff *op25b_config_message(struct op25b_net *state,
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

static struct sk_buff *event_message(struct op25b_net *state, enum op25b_event event,
				     const u16 *owner)
{
	struct sk_buff *skb = op25b_config_message(state, op25b_running(state), 0, 0,
					     OP25B_CMD_CONFIG_NTF);
	struct nlmsghdr *header;

	if (!skb)
		return NULL;
	header = nlmsg_hdr(skb);
	if (nla_put_u8(skb, OP25B_A_EVENT, event) ||
	    (owner && op25b_put_owner(skb, OP25B_A_OWNER, state->names, *owner))) {
		nlmsg_free(skb);
		return NULL;
	}
	nlmsg_end(skb, header);
	return skb;
}

/**
 * op25b_notify() - tell listeners about a commit or a confirmation
 * @state: of the namespace, locked
 * @event: what it was
 * @owner: whose, the number of a name set; NULL if it may be of several owners
 *
 * Without memory listeners get ENOBUFS, as when they read too slowly.
 */
void op25b_notify(struct op25b_net *state, enum op25b_event event, const u16 *owner)
{
	struct sk_buff *message;

	if (!genl_has_listeners(&op25b_genl_family, state->net, OP25B_GROUP_CONFIG))
		return;
	message = event_message(state, event, owner);
	if (message)
		genlmsg_multicast_netns(&op25b_genl_family, state->net, message,
					0, OP25B_GROUP_CONFIG, GFP_KERNEL);
	else
		genl_set_err(&op25b_genl_family, state->net, 0, OP25B_GROUP_CONFIG, -ENOBUFS);
}
