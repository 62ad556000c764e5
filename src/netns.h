/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a network namespace: its policy, counters and transactions.
 */
#ifndef _OP25B_NETNS_H
#define _OP25B_NETNS_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "names.h"
#include "policy.h"
#include "rollback.h"
#include "stats.h"

struct mem_cgroup;
struct netlink_ext_ack;

/* How long the worker pauses */
#define OP25B_WORKER_INTERVAL	(HZ / 4)

/**
 * struct op25b_net - the state of a network namespace
 * @policy: the running policy; read under RCU, replaced under @lock
 * @stats: counters by reason
 * @names: name sets and their counters
 * @net: the namespace
 * @reply_time: when the token bucket of replies is full again, ns of the monotonic
 *	clock; the only word that the packet path shares, written once for each reply
 * @lock: serialises changes and readers of counters, in process context
 * @waiting: requests that wait for @lock or hold it
 * @hooks: the FORWARD hooks, IPv4 and IPv6
 * @hooked: whether they are registered
 * @txn_lock: protects @txns and @nr_txns
 * @txns: open transactions
 * @nr_txns: how many
 * @rollback: what is kept to go back to
 * @hold_hooks: the hooks stay registered, whatever the policy is
 * @worker: removes expired entries, and goes back
 * @worker_pause: until it runs again, jiffies
 * @memcg: memory cgroup of the last process that committed, with a reference
 * @grace: for op25b_reclaim_throttle()
 * @next_sweep: limit of op25b_make_room(), ns of the monotonic clock
 */
struct op25b_net {
	struct op25b_policy __rcu *policy;
	struct op25b_stats *stats;
	struct op25b_names *names;
	struct net *net;

	atomic64_t reply_time ____cacheline_aligned_in_smp;

	struct mutex lock ____cacheline_aligned_in_smp;
	atomic_t waiting;
	struct nf_hook_ops hooks[OP25B_FAMILIES];
	bool hooked;
	spinlock_t txn_lock;	/* txns, nr_txns */
	struct list_head txns;
	unsigned int nr_txns;
	struct op25b_rollback rollback;
	bool hold_hooks;
	struct delayed_work worker;
	unsigned long worker_pause;
	struct mem_cgroup *memcg;
	unsigned long grace;
	s64 next_sweep;
};

extern unsigned int op25b_net_id;
extern struct workqueue_struct *op25b_worker_queue;
extern unsigned int op25b_max_prefixes;

/**
 * op25b_net() - the state of a network namespace
 * @net: the namespace
 */
static inline struct op25b_net *op25b_net(const struct net *net)
{
	return net_generic(net, op25b_net_id);
}

/**
 * op25b_running() - the running policy
 * @state: of the namespace, locked
 */
static inline struct op25b_policy *op25b_running(struct op25b_net *state)
{
	return rcu_dereference_protected(state->policy, lockdep_is_held(&state->lock));
}

int op25b_net_init(struct op25b_net *state, struct net *net);
void op25b_net_stop(struct op25b_net *state);
void op25b_net_exit(struct op25b_net *state);
int op25b_net_admit(struct sk_buff *skb, struct netlink_ext_ack *extack);
int op25b_net_lock(struct op25b_net *state, struct sk_buff *skb,
		   struct netlink_ext_ack *extack);
void op25b_net_unlock(struct op25b_net *state);
struct op25b_policy *op25b_snapshot(struct op25b_net *state);
int op25b_commit(struct op25b_net *state, struct op25b_policy *draft,
		 struct netlink_ext_ack *extack);

#endif /* _OP25B_NETNS_H */
