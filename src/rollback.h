/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Going back: the policies that are kept for it, and loads that wait for confirmation.
 */
#ifndef _OP25B_ROLLBACK_H
#define _OP25B_ROLLBACK_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "displaced.h"

struct mem_cgroup;
struct netlink_ext_ack;
struct op25b_net;

/**
 * struct op25b_load - a load: a transaction that replaces entries
 * @owner: number of a name set with the owner whose entries it replaces
 * @everybody: it replaces all owners' entries; @owner is operator
 * @confirm: seconds until it is undone unless it is confirmed, 0 for never
 */
struct op25b_load {
	u16 owner;
	bool everybody;
	u32 confirm;
};

/**
 * struct op25b_kept - a policy to go back to
 * @policy: the policy that ran before a load, with a reference; NULL for none
 * @displaced: the displaced entries then, likewise, if the load is to be confirmed
 * @at: get_jiffies_64() when it was replaced
 * @owner: whose load that was
 */
struct op25b_kept {
	struct op25b_policy *policy;
	struct op25b_policy *displaced;
	u64 at;
	u16 owner;
};

/**
 * struct op25b_rollback - what a namespace keeps
 * @lock: protects the members but @displaced and @memcg against readers without the lock
 *	of the namespace
 * @previous: before operator's last load
 * @displaced: entries of others that operator has taken over since
 * @displaced_bytes: their memory
 * @target: before the first load that waits for confirmation, if any does
 * @deadline: when it goes back, get_jiffies_64()
 * @failing: going back lacked memory and is tried again
 * @memcg: memory cgroup of who has made that load, with a reference
 */
struct op25b_rollback {
	spinlock_t lock;	/* all members but displaced and memcg */
	struct op25b_kept previous;
	struct op25b_displaced displaced;
	size_t displaced_bytes;
	struct op25b_kept target;
	u64 deadline;
	bool failing;
	struct mem_cgroup *memcg;
};

/**
 * struct op25b_rollback_state - what there is to go back to, for readers
 * @pending: a load waits for confirmation
 * @seconds: left
 * @owner: of that load
 * @failing: going back lacked memory and is tried again
 * @kept: a policy is kept for a rollback
 * @bytes: memory of kept policies that the running one does not share
 */
struct op25b_rollback_state {
	bool pending;
	u32 seconds;
	char owner[OP25B_NAME_MAX + 1];
	bool failing;
	bool kept;
	size_t bytes;
};

bool op25b_rollback_pending(const struct op25b_net *state);
bool op25b_rollback_is_due(const struct op25b_net *state);
int op25b_rollback_admit(const struct op25b_net *state, const struct op25b_load *load,
			 struct netlink_ext_ack *extack);
int op25b_rollback_commit(struct op25b_net *state, struct op25b_policy *draft, u16 owner,
			  const struct op25b_load *load, struct netlink_ext_ack *extack);
int op25b_rollback_confirm(struct op25b_net *state, u16 owner,
			   struct netlink_ext_ack *extack);
int op25b_rollback(struct op25b_net *state, u16 owner, struct netlink_ext_ack *extack);
bool op25b_rollback_uses(const struct op25b_net *state, u16 names);
void op25b_rollback_forget(struct op25b_net *state);
void op25b_rollback_read(struct op25b_net *state, const struct op25b_policy *running,
			 struct op25b_rollback_state *result);
void op25b_rollback_init(struct op25b_net *state);
void op25b_rollback_exit(struct op25b_net *state);

#endif /* _OP25B_ROLLBACK_H */
