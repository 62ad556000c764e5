// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink dumps: entries and counters.
 *
 * A dump of entries holds a snapshot of the policy that ran when it started, and takes no
 * lock. A dump of counters takes the lock of the namespace for each message. Called by
 * netlink in process context, with the same context for all messages of a dump.
 */
#include <linux/build_bug.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "attrs.h"
#include "compat.h"
#include "dump.h"
#include "netns.h"

/**
 * struct list - the context of a dump of entries
 * @policy: the snapshot
 * @cursor: position in the table of prefixes at @index
 * @index: of tables of prefixes
 * @table: the only table to list, or 0
 * @family: the only family to list, or 0
 * @begun: a message has been sent
 */
struct list {
	struct op25b_policy *policy;
	struct op25b_cursor cursor;
	u8 index;
	u8 table;
	u8 family;
	bool begun;
};

/*
 * Most entries or counters that one message visits, listed or not: the first message of
 * a dump is written under a lock of generic netlink
 */
#define MAX_VISITS	4096

static struct list *list_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct list) > sizeof(cb->ctx));
	return (struct list *)cb->ctx;
}

static struct op25b_net *callback_state(struct netlink_callback *cb)
{
	return op25b_net(sock_net(cb->skb->sk));
}

/**
 * op25b_list_start() - start a dump of entries
 * @cb: of the dump
 */
int op25b_list_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = op25b_dump_attrs(cb);
	const struct nlattr *family = attrs[OP25B_A_FAMILY];
	const struct nlattr *table = attrs[OP25B_A_TABLE];
	struct list *list = list_of(cb);

	memset(list, 0, sizeof(*list));
	if (table)
		list->table = nla_get_u8(table);
	if (family)
		list->family = nla_get_u8(family);
	list->policy = op25b_snapshot(callback_state(cb));
	return 0;
}

/**
 * op25b_list_done() - end a dump of entries
 * @cb: of the dump
 */
int op25b_list_done(struct netlink_callback *cb)
{
	op25b_policy_put(list_of(cb)->policy);
	return 0;
}

static const struct op25b_lpm *list_lpm(const struct list *list)
{
	return &list->policy->lpm[list->index];
}

static bool is_listed(const struct list *list, const struct op25b_entry *entry)
{
	u8 family = list_lpm(list)->family == OP25B_IPV4 ? AF_INET : AF_INET6;

	if (list->table && entry->table != list->table)
		return false;
	if (list->family && list->family != family)
		return false;
	return !entry->timed || !has_expired(entry->expires, jiffies);
}

/* As many entries as fit and MAX_VISITS permits; moves the cursor behind them */
static void put_entries(struct sk_buff *skb, struct list *list,
			const struct op25b_names *names)
{
	unsigned int visits = 0;

	for (; list->index < OP25B_LPMS; list->index++) {
		struct op25b_cursor next = list->cursor;
		struct op25b_entry entry;

		while (op25b_lpm_next(list_lpm(list), &next, &entry)) {
			if (is_listed(list, &entry) &&
			    op25b_put_entry(skb, OP25B_A_ENTRY, names,
					    list_lpm(list)->family, &entry))
				return;
			list->cursor = next;
			if (++visits == MAX_VISITS)
				return;
			cond_resched();
		}
		memset(&list->cursor, 0, sizeof(list->cursor));
	}
}

/**
 * op25b_list() - write the next message of a dump of entries
 * @skb: the message
 * @cb: of the dump
 *
 * Return: bytes written, 0 at the end, or -EMSGSIZE.
 */
int op25b_list(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct list *list = list_of(cb);
	void *header;

	if (list->begun && list->index == OP25B_LPMS)
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &op25b_genl_family,
			     NLM_F_MULTI, OP25B_CMD_LIST);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, OP25B_A_GENERATION,
			      list->policy->generation, OP25B_A_PAD)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	put_entries(skb, list, callback_state(cb)->names);
	list->begun = true;
	genlmsg_end(skb, header);
	return skb->len;
}

/* Counters have one index: reasons first, then name sets, each with all outcomes */

#define OUTCOMES	(OP25B_VERDICT_MAX + 1)
#define REASONS		(OP25B_REASON_MAX + 1)

/* What a counter counts: a reason, or a name set if its number is not 0 */
struct subject {
	enum op25b_reason reason;
	enum op25b_verdict outcome;
	u16 names;
};

static struct subject subject_at(unsigned long index)
{
	unsigned long number = index / OUTCOMES;
	struct subject subject = { .outcome = index % OUTCOMES };

	if (number < REASONS)
		subject.reason = number;
	else
		subject.names = number - REASONS + 1;
	return subject;
}

static bool subject_counted(struct op25b_net *state, const struct subject *subject)
{
	if (subject->names)
		return subject->outcome != OP25B_VERDICT_PASS &&
		       op25b_names_exist(state->names, subject->names) &&
		       (op25b_policy_uses(op25b_running(state), subject->names) ||
			op25b_names_counted(state->names, subject->names));
	return op25b_stats_has(subject->reason, subject->outcome);
}

static int put_subject(struct sk_buff *skb, const struct op25b_net *state,
		       const struct subject *subject)
{
	static const int attrs[OP25B_NAME_KINDS] = {
		[OP25B_NAME_LABEL] = OP25B_A_STAT_LABEL,
		[OP25B_NAME_PROVIDER] = OP25B_A_STAT_PROVIDER,
		[OP25B_NAME_OWNER] = OP25B_A_STAT_OWNER,
	};

	if (subject->names)
		return op25b_put_names(skb, attrs, state->names, subject->names);
	return nla_put_u8(skb, OP25B_A_STAT_REASON, subject->reason);
}

static int put_stat(struct sk_buff *skb, const struct op25b_net *state,
		    const struct subject *subject)
{
	struct nlattr *nest = nla_nest_start(skb, OP25B_A_STAT);
	struct op25b_counter counter;

	if (!nest)
		return -EMSGSIZE;
	counter = subject->names ?
		  op25b_names_read(state->names, subject->names, subject->outcome) :
		  op25b_stats_read(state->stats, subject->reason, subject->outcome);
	if (put_subject(skb, state, subject) ||
	    nla_put_u8(skb, OP25B_A_STAT_OUTCOME, subject->outcome) ||
	    nla_put_u64_64bit(skb, OP25B_A_STAT_PACKETS, counter.packets,
			      OP25B_A_STAT_PAD) ||
	    nla_put_u64_64bit(skb, OP25B_A_STAT_BYTES, counter.bytes,
			      OP25B_A_STAT_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* As many counters as fit and MAX_VISITS permits; moves the index behind them */
static void put_stats(struct sk_buff *skb, struct op25b_net *state,
		      unsigned long end, unsigned long *index)
{
	end = min(end, *index + MAX_VISITS);
	for (; *index < end; ++*index) {
		struct subject subject = subject_at(*index);

		cond_resched();
		if (subject_counted(state, &subject) && put_stat(skb, state, &subject))
			return;
	}
}

static unsigned long stats_end(const struct op25b_net *state)
{
	return OUTCOMES * (REASONS + op25b_names_last(state->names));
}

/**
 * op25b_list_stats() - write the next message of a dump of counters
 * @skb: the message
 * @cb: of the dump
 *
 * Return: bytes written, 0 at the end, -EMSGSIZE, or an error of op25b_net_lock().
 */
int op25b_list_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct op25b_net *state = callback_state(cb);
	unsigned long *index = (unsigned long *)cb->ctx;
	void *header;
	int err;

	err = op25b_net_lock(state, NULL, cb->extack);
	if (err)
		return err;
	if (*index >= stats_end(state)) {
		op25b_net_unlock(state);
		return 0;
	}
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &op25b_genl_family,
			     NLM_F_MULTI, OP25B_CMD_GET_STATS);
	if (header && !*index &&
	    nla_put_u64_64bit(skb, OP25B_A_REPLIES_SUPPRESSED,
			      op25b_stats_suppressed(state->stats),
			      OP25B_A_PAD)) {
		genlmsg_cancel(skb, header);
		header = NULL;
	}
	if (header) {
		put_stats(skb, state, stats_end(state), index);
		genlmsg_end(skb, header);
	}
	op25b_net_unlock(state);
	return header ? skb->len : -EMSGSIZE;
}
