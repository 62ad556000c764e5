/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * op25b - Outbound Port 25 Blocking: the generic netlink interface
 *
 * The family "op25b", version 1, reads and changes the policy of the network
 * namespace that the socket was created in. Every command needs CAP_NET_ADMIN in
 * the user namespace that owns that network namespace. Validation is strict:
 * an unknown attribute, an attribute of another command, an unknown flag bit
 * or a value out of range refuses the whole request. Every refusal has an
 * extended-ACK message (NLMSGERR_ATTR_MSG) and, where one attribute is bad,
 * its offset in the request (NLMSGERR_ATTR_OFFS), except EPERM and EOPNOTSUPP
 * of the netlink core.
 *
 * Requests that change something, COMMIT, ABORT and GET_STATS wait for one
 * another within a namespace; GET, TEST and LIST never wait. With 64 requests
 * waiting, another one is refused with EBUSY: it had no effect, not even on a
 * transaction, and can be sent again. So are requests of a datagram later than
 * one second after its first one.
 *
 * This interface only grows: numbers are never reused or renumbered.
 *
 * Policy
 * ------
 *
 * A policy is a set of entries and four settings. An entry is a prefix in one
 * of four tables. "dynamic", "fixed" and "dialup" hold subscribers; the most
 * specific prefix among the three that holds an address is its class, and one
 * prefix is in at most one of the three. "relay" holds the provider's own
 * mail servers and may overlap anything. Any entry may name a provider: a relay
 * with a provider serves only subscribers whose deciding entry names the same
 * one, a relay without a provider serves everybody. Of nested relay prefixes
 * the most specific decides.
 *
 * Each entry has an owner, who has added it: the OWNER of the request, or
 * OP25B_OPERATOR. A prefix that another owner has is refused with EACCES, except
 * that operator takes it over. Settings belong to operator. Owners keep writers
 * from undoing each other by accident; anybody may name any owner.
 *
 * OP25B_CMD_GET (do)
 *
 *   Reply: GENERATION, SETTINGS (all four), COUNT for each table, MEMORY (of
 *   the running policy, and of the labels, providers and owners of this namespace with
 *   their counters, of which there may be more without a new generation),
 *   MAX_PREFIXES (the ceiling of this namespace), PENDING if a load waits for
 *   confirmation, and KEPT_MEMORY if there is a policy to go back to.
 *
 * OP25B_CMD_BEGIN (do)
 *
 *   Opens the transaction of this socket: a draft that starts as a copy of
 *   the running policy, or with REPLACE as an empty policy with the default
 *   settings. With OWNER all its updates are that owner's; with REPLACE as well
 *   it is a load: it replaces the entries of that owner only, and COMMIT adds
 *   those that the others have by then. With SKIP prefixes that another owner
 *   has are left to him, and counted. With GENERATION it is refused with ESTALE
 *   unless that is the generation now, and COMMIT checks it again. A socket has
 *   at most one transaction, EALREADY otherwise; a namespace at most 64, EBUSY
 *   otherwise. Closing the socket aborts.
 *
 * OP25B_CMD_UPDATE (do)
 *
 *   Operations ADD, DEL, FLUSH and SET, at most OP25B_OPERATIONS_MAX of them,
 *   applied in the order in which the message holds them: to the draft of this
 *   socket's transaction, or, where none is open, to the running policy as a
 *   transaction of its own. With TRANSACTION the update belongs to the
 *   transaction open on this socket; refused with ENOENT if none is open. OWNER
 *   and SKIP are as for BEGIN, which gives them for a transaction: an update of
 *   one has neither. With SKIP the reply is SKIPPED. The operation at fault is
 *   the one that NLMSGERR_ATTR_OFFS points at or into. A refused update, with
 *   E2BIG for too many operations too, leaves the running policy as it was, and
 *   an open transaction can then only be aborted. One that is malformed for
 *   netlink's validation has no effect at all.
 *
 *     ADD    TABLE, ADDRESS, PREFIX_LEN and optionally FLAGS, TIMEOUT, LABEL,
 *            PROVIDER and, unless the request has an OWNER, OWNER. A prefix
 *            that the table holds already gets the new ones of these. EEXIST if
 *            another subscriber table holds it, EACCES if another owner has it,
 *            EINVAL if there are host bits beyond the length, MONITOR is asked of
 *            a table other than dynamic, or the request is of another OWNER,
 *            ENOSPC at the ceiling of prefixes or of names (65,535 distinct
 *            combinations of label, provider and owner in a namespace). Those
 *            without entries and counts are freed when one is needed, unless a
 *            transaction, a dump or a policy replaced just now may use them:
 *            then ENOSPC is temporary.
 *     DEL    TABLE, ADDRESS, PREFIX_LEN. ENOENT if the table does not hold it,
 *            EACCES if another owner has it.
 *     FLUSH  the table to empty: of the entries of OWNER, or of all if the
 *            request has none.
 *     SET    settings; those that are not named stay as they are. EACCES unless
 *            the owner is operator.
 *
 * OP25B_CMD_COMMIT (do)
 *
 *   Makes the draft the running policy in one step and ends the transaction.
 *   Refused with ESTALE if a copied policy has changed since BEGIN, or the
 *   GENERATION given to BEGIN no longer holds; with ECANCELED if an update of
 *   the transaction was refused; with EACCES if another owner has a prefix of a
 *   load; with EINVAL for CONFIRM without a load; with ENOENT if none is open. A
 *   refused COMMIT ends the transaction too and changes nothing. If BEGIN had
 *   SKIP, the reply is SKIPPED.
 *
 *   With CONFIRM, for a load, the load is undone after so many seconds unless
 *   OP25B_CMD_CONFIRM comes in time (RFC 6241, section 8.4). Only the entries of
 *   its owner and, if that is operator, the settings go back; what others have
 *   changed, and what has expired, stays. While a load waits, its owner may
 *   commit another one with CONFIRM, which restarts the time and keeps what it
 *   goes back to, and other owners may load without; all else with REPLACE is
 *   refused with EINPROGRESS. A load that changes nothing does not wait.
 *
 * OP25B_CMD_ABORT (do)
 *
 *   Drops the draft. ENOENT if no transaction is open.
 *
 * OP25B_CMD_LIST (dump)
 *
 *   The entries of the running policy, of all tables and families or of the
 *   TABLE and FAMILY asked for, in no particular order. All messages of a
 *   dump come from one snapshot and carry its GENERATION and any number of
 *   ENTRY; a dump with no entries still sends one message. TIMEOUT is the time
 *   left.
 *
 * OP25B_CMD_TEST (do)
 *
 *   The verdict on a TCP packet from SRC, SPORT to DST, DPORT: VERDICT, REASON,
 *   DIRECTION unless it is none, and the deciding ENTRY if there is one; RELAY
 *   if the packet would not be blocked but for that relay's provider. Counts
 *   nothing.
 *
 * OP25B_CMD_GET_STATS (dump)
 *
 *   REPLIES_SUPPRESSED once, and a STAT for each reason and for each
 *   combination of label, provider and owner with each outcome that it can
 *   have.
 *
 * OP25B_CMD_RESET_STATS (do)
 *
 *   Sets every counter to zero.
 *
 * OP25B_CMD_CONFIRM (do)
 *
 *   Confirms the load of OWNER that waits for it. ENOENT if none does, or if its
 *   time has run out.
 *
 * OP25B_CMD_ROLLBACK (do)
 *
 *   Goes back at once: from the load of OWNER that waits for confirmation; if
 *   none waits and OWNER is operator, from his last load, once: from several that
 *   were to be confirmed in a row to before the first. Entries of others that
 *   operator has taken over since return, unless they have expired or their owner
 *   has deleted them. ENOENT if nothing is kept for that, as after a load of all
 *   owners' entries, or if another owner's load waits; ENOMEM, and then it can be
 *   tried again.
 *
 * OP25B_CMD_CONFIG_NTF (notification, multicast group "config")
 *
 *   Sent once for each commit that changed something, including those by which
 *   the kernel removes expired entries and goes back, and when a load is confirmed:
 *   the attributes of the OP25B_CMD_GET reply, EVENT, and OWNER unless the entries
 *   may be of several.
 *
 * Generation: starts at 0 and grows by one with each such commit.
 *
 * Integers are in host byte order, addresses in network byte order.
 */
#ifndef _UAPI_LINUX_OP25B_H
#define _UAPI_LINUX_OP25B_H

#define OP25B_GENL_NAME		"op25b"
#define OP25B_GENL_VERSION	1
#define OP25B_MCGRP_CONFIG	"config"

/** Longest name (label or provider), in bytes of UTF-8 without the terminating zero. */
#define OP25B_NAME_MAX		63
/** The same for labels alone. */
#define OP25B_LABEL_MAX		63
/** The owner of entries that name none. */
#define OP25B_OPERATOR		"operator"
/** Longest time to confirm a load, in seconds. */
#define OP25B_CONFIRM_MAX	86400
/** Longest timeout, in seconds: the largest count of milliseconds in 31 bits. */
#define OP25B_TIMEOUT_MAX	2147483
/** Largest reply rate, in replies a second. */
#define OP25B_REPLY_RATE_MAX	1000000
/** Most operations of one UPDATE message. */
#define OP25B_OPERATIONS_MAX	4096

enum op25b_cmd {
	OP25B_CMD_UNSPEC,
	OP25B_CMD_GET,
	OP25B_CMD_BEGIN,
	OP25B_CMD_UPDATE,
	OP25B_CMD_COMMIT,
	OP25B_CMD_ABORT,
	OP25B_CMD_LIST,
	OP25B_CMD_TEST,
	OP25B_CMD_GET_STATS,
	OP25B_CMD_RESET_STATS,
	OP25B_CMD_CONFIG_NTF,
	OP25B_CMD_CONFIRM,
	OP25B_CMD_ROLLBACK,

	__OP25B_CMD_MAX,
	OP25B_CMD_MAX = __OP25B_CMD_MAX - 1
};

/**
 * enum op25b_attr - attributes of a message
 * @OP25B_A_PAD: padding before 64-bit attributes, to be ignored
 * @OP25B_A_GENERATION: u64
 * @OP25B_A_REPLACE: flag
 * @OP25B_A_ADD: nested &enum op25b_entry_attr, repeated
 * @OP25B_A_DEL: nested &enum op25b_entry_attr, repeated
 * @OP25B_A_FLUSH: u8 &enum op25b_table_id, repeated
 * @OP25B_A_SET: nested &enum op25b_settings_attr, repeated
 * @OP25B_A_SETTINGS: nested &enum op25b_settings_attr
 * @OP25B_A_COUNT: nested &enum op25b_count_attr, repeated
 * @OP25B_A_MEMORY: u64, bytes
 * @OP25B_A_MAX_PREFIXES: u32, entries of a policy, all tables together
 * @OP25B_A_TABLE: u8 &enum op25b_table_id
 * @OP25B_A_FAMILY: u8, AF_INET or AF_INET6
 * @OP25B_A_ENTRY: nested &enum op25b_entry_attr, repeated in a dump
 * @OP25B_A_SRC: 4 or 16 bytes, an address
 * @OP25B_A_DST: 4 or 16 bytes, an address of the same family
 * @OP25B_A_SPORT: u16, source port
 * @OP25B_A_DPORT: u16, destination port
 * @OP25B_A_VERDICT: u8 &enum op25b_verdict
 * @OP25B_A_REASON: u8 &enum op25b_reason
 * @OP25B_A_DIRECTION: u8 &enum op25b_direction
 * @OP25B_A_STAT: nested &enum op25b_stat_attr, repeated
 * @OP25B_A_REPLIES_SUPPRESSED: u64, blocked packets that would have been
 *	answered but for the reply rate
 * @OP25B_A_TRANSACTION: flag, this update belongs to the transaction open on
 *	this socket; refused with ENOENT if none is open
 * @OP25B_A_RELAY: nested &enum op25b_entry_attr, the relay that does not serve
 *	the subscriber
 * @OP25B_A_OWNER: string, 1 to OP25B_NAME_MAX bytes of UTF-8 without control
 *	characters: whose entries are changed; OP25B_OPERATOR is the owner of entries
 *	without one
 * @OP25B_A_SKIP: flag, leave prefixes that another owner has to him
 * @OP25B_A_SKIPPED: u32, how many were left
 * @OP25B_A_CONFIRM: u32, seconds, 1 to OP25B_CONFIRM_MAX
 * @OP25B_A_PENDING: nested &enum op25b_pending_attr
 * @OP25B_A_KEPT_MEMORY: u64, bytes of the policies that ROLLBACK can go back to, without
 *	what the running policy shares; absent if there are none
 * @OP25B_A_EVENT: u8 &enum op25b_event
 */
enum op25b_attr {
	OP25B_A_UNSPEC,
	OP25B_A_PAD,
	OP25B_A_GENERATION,
	OP25B_A_REPLACE,
	OP25B_A_ADD,
	OP25B_A_DEL,
	OP25B_A_FLUSH,
	OP25B_A_SET,
	OP25B_A_SETTINGS,
	OP25B_A_COUNT,
	OP25B_A_MEMORY,
	OP25B_A_MAX_PREFIXES,
	OP25B_A_TABLE,
	OP25B_A_FAMILY,
	OP25B_A_ENTRY,
	OP25B_A_SRC,
	OP25B_A_DST,
	OP25B_A_SPORT,
	OP25B_A_DPORT,
	OP25B_A_VERDICT,
	OP25B_A_REASON,
	OP25B_A_DIRECTION,
	OP25B_A_STAT,
	OP25B_A_REPLIES_SUPPRESSED,
	OP25B_A_TRANSACTION,
	OP25B_A_RELAY,
	OP25B_A_OWNER,
	OP25B_A_SKIP,
	OP25B_A_SKIPPED,
	OP25B_A_CONFIRM,
	OP25B_A_PENDING,
	OP25B_A_KEPT_MEMORY,
	OP25B_A_EVENT,

	__OP25B_A_MAX,
	OP25B_A_MAX = __OP25B_A_MAX - 1
};

/**
 * enum op25b_entry_attr - one prefix of a table
 * @OP25B_A_ENTRY_TABLE: u8 &enum op25b_table_id
 * @OP25B_A_ENTRY_ADDRESS: 4 or 16 bytes, no bits set beyond the prefix length
 * @OP25B_A_ENTRY_PREFIX_LEN: u8, 0 to 32 or to 128
 * @OP25B_A_ENTRY_FLAGS: u32 &enum op25b_entry_flags, none if absent
 * @OP25B_A_ENTRY_TIMEOUT: u32, seconds from now, 1 to OP25B_TIMEOUT_MAX; never
 *	if absent
 * @OP25B_A_ENTRY_LABEL: string, 1 to OP25B_NAME_MAX bytes of UTF-8 without
 *	control characters (C0, DEL, C1); none if absent
 * @OP25B_A_ENTRY_PROVIDER: string, likewise
 * @OP25B_A_ENTRY_OWNER: string, likewise; that of the request, or OP25B_OPERATOR, if
 *	absent
 */
enum op25b_entry_attr {
	OP25B_A_ENTRY_UNSPEC,
	OP25B_A_ENTRY_TABLE,
	OP25B_A_ENTRY_ADDRESS,
	OP25B_A_ENTRY_PREFIX_LEN,
	OP25B_A_ENTRY_FLAGS,
	OP25B_A_ENTRY_TIMEOUT,
	OP25B_A_ENTRY_LABEL,
	OP25B_A_ENTRY_PROVIDER,
	OP25B_A_ENTRY_OWNER,

	__OP25B_A_ENTRY_MAX,
	OP25B_A_ENTRY_MAX = __OP25B_A_ENTRY_MAX - 1
};

/**
 * enum op25b_settings_attr - what a policy holds beside its entries
 * @OP25B_A_SETTINGS_MODE: u8 &enum op25b_mode, default enforce
 * @OP25B_A_SETTINGS_ACTION: u8 &enum op25b_action, default drop
 * @OP25B_A_SETTINGS_RETURN: u8, 1 if the return direction is closed too, else
 *	0; default 1
 * @OP25B_A_SETTINGS_REPLY_RATE: u32, most replies a second, 0 (none) to
 *	OP25B_REPLY_RATE_MAX; default 1000
 */
enum op25b_settings_attr {
	OP25B_A_SETTINGS_UNSPEC,
	OP25B_A_SETTINGS_MODE,
	OP25B_A_SETTINGS_ACTION,
	OP25B_A_SETTINGS_RETURN,
	OP25B_A_SETTINGS_REPLY_RATE,

	__OP25B_A_SETTINGS_MAX,
	OP25B_A_SETTINGS_MAX = __OP25B_A_SETTINGS_MAX - 1
};

/**
 * enum op25b_pending_attr - a load that waits for confirmation
 * @OP25B_A_PENDING_SECONDS: u32, until it is undone; 0 if it is being undone
 * @OP25B_A_PENDING_OWNER: string, whose entries it replaced
 * @OP25B_A_PENDING_FAILING: flag, undoing it lacked memory and is tried again
 */
enum op25b_pending_attr {
	OP25B_A_PENDING_UNSPEC,
	OP25B_A_PENDING_SECONDS,
	OP25B_A_PENDING_OWNER,
	OP25B_A_PENDING_FAILING,

	__OP25B_A_PENDING_MAX,
	OP25B_A_PENDING_MAX = __OP25B_A_PENDING_MAX - 1
};

/**
 * enum op25b_count_attr - entries of one table
 * @OP25B_A_COUNT_TABLE: u8 &enum op25b_table_id
 * @OP25B_A_COUNT_IPV4: u32
 * @OP25B_A_COUNT_IPV6: u32
 */
enum op25b_count_attr {
	OP25B_A_COUNT_UNSPEC,
	OP25B_A_COUNT_TABLE,
	OP25B_A_COUNT_IPV4,
	OP25B_A_COUNT_IPV6,

	__OP25B_A_COUNT_MAX,
	OP25B_A_COUNT_MAX = __OP25B_A_COUNT_MAX - 1
};

/**
 * enum op25b_stat_attr - one counter, of a reason or of a label and provider
 * @OP25B_A_STAT_PAD: padding before 64-bit attributes, to be ignored
 * @OP25B_A_STAT_REASON: u8 &enum op25b_reason
 * @OP25B_A_STAT_LABEL: string, instead of a reason; none if absent
 * @OP25B_A_STAT_OUTCOME: u8 &enum op25b_verdict
 * @OP25B_A_STAT_PACKETS: u64
 * @OP25B_A_STAT_BYTES: u64, from the IP header on
 * @OP25B_A_STAT_PROVIDER: string, as @OP25B_A_STAT_LABEL
 * @OP25B_A_STAT_OWNER: string, instead of a reason; operator if absent
 */
enum op25b_stat_attr {
	OP25B_A_STAT_UNSPEC,
	OP25B_A_STAT_PAD,
	OP25B_A_STAT_REASON,
	OP25B_A_STAT_LABEL,
	OP25B_A_STAT_OUTCOME,
	OP25B_A_STAT_PACKETS,
	OP25B_A_STAT_BYTES,
	OP25B_A_STAT_PROVIDER,
	OP25B_A_STAT_OWNER,

	__OP25B_A_STAT_MAX,
	OP25B_A_STAT_MAX = __OP25B_A_STAT_MAX - 1
};

/**
 * enum op25b_table_id - which table
 * @OP25B_TABLE_DYNAMIC: dynamic subscriber ranges, the ones in scope
 * @OP25B_TABLE_FIXED: fixed-IP contracts, exempt
 * @OP25B_TABLE_DIALUP: dial-up pools, exempt
 * @OP25B_TABLE_RELAY: the provider's own mail servers
 */
enum op25b_table_id {
	OP25B_TABLE_DYNAMIC = 1,
	OP25B_TABLE_FIXED,
	OP25B_TABLE_DIALUP,
	OP25B_TABLE_RELAY,

	__OP25B_TABLE_MAX,
	OP25B_TABLE_MAX = __OP25B_TABLE_MAX - 1
};

/**
 * enum op25b_entry_flags - flags of an entry
 * @OP25B_ENTRY_MONITOR: count what would be blocked, but let it pass (dynamic)
 */
enum op25b_entry_flags {
	OP25B_ENTRY_MONITOR = 1 << 0,
};

/**
 * enum op25b_mode - how much of the policy is in force
 * @OP25B_MODE_OFF: none; the hooks are not registered
 * @OP25B_MODE_MONITOR: what would be blocked is counted and passes
 * @OP25B_MODE_ENFORCE: all
 */
enum op25b_mode {
	OP25B_MODE_OFF,
	OP25B_MODE_MONITOR,
	OP25B_MODE_ENFORCE,

	__OP25B_MODE_MAX,
	OP25B_MODE_MAX = __OP25B_MODE_MAX - 1
};

/**
 * enum op25b_action - what the sender of a blocked packet gets
 * @OP25B_ACTION_DROP: nothing
 * @OP25B_ACTION_RESET: a TCP reset
 * @OP25B_ACTION_UNREACHABLE: ICMP destination unreachable, communication
 *	administratively prohibited: code 13 (RFC 1812), ICMPv6 code 1 (RFC 4443)
 */
enum op25b_action {
	OP25B_ACTION_DROP,
	OP25B_ACTION_RESET,
	OP25B_ACTION_UNREACHABLE,

	__OP25B_ACTION_MAX,
	OP25B_ACTION_MAX = __OP25B_ACTION_MAX - 1
};

/**
 * enum op25b_verdict - what becomes of a packet
 * @OP25B_VERDICT_PASS: passes
 * @OP25B_VERDICT_BLOCK: blocked
 * @OP25B_VERDICT_MONITOR: would be blocked, but is only counted and passes
 */
enum op25b_verdict {
	OP25B_VERDICT_PASS,
	OP25B_VERDICT_BLOCK,
	OP25B_VERDICT_MONITOR,

	__OP25B_VERDICT_MAX,
	OP25B_VERDICT_MAX = __OP25B_VERDICT_MAX - 1
};

/**
 * enum op25b_reason - why
 * @OP25B_REASON_NONE: not about port 25, or nothing speaks against it
 * @OP25B_REASON_OFF: the mode is off
 * @OP25B_REASON_RELAY: to port 25 of a relay that serves the source
 * @OP25B_REASON_FIXED: to port 25 from a fixed-IP subscriber
 * @OP25B_REASON_DIALUP: to port 25 from a dial-up subscriber
 * @OP25B_REASON_OTHER: to port 25 from an address that is no subscriber's
 * @OP25B_REASON_DYNAMIC: to port 25 from a dynamic subscriber
 * @OP25B_REASON_RETURN: from port 25, not of a relay that serves it, to a dynamic
 *	subscriber
 * @OP25B_REASON_MALFORMED: TCP from a dynamic subscriber whose ports are hidden
 *	by fragmentation (RFC 1858, 3128, 7112) or by its IPv6 header chain
 */
enum op25b_reason {
	OP25B_REASON_NONE,
	OP25B_REASON_OFF,
	OP25B_REASON_RELAY,
	OP25B_REASON_FIXED,
	OP25B_REASON_DIALUP,
	OP25B_REASON_OTHER,
	OP25B_REASON_DYNAMIC,
	OP25B_REASON_RETURN,
	OP25B_REASON_MALFORMED,

	__OP25B_REASON_MAX,
	OP25B_REASON_MAX = __OP25B_REASON_MAX - 1
};

/**
 * enum op25b_direction - which way the packet would go in a mail delivery
 * @OP25B_DIRECTION_NONE: neither: no port is 25, or the mode is off
 * @OP25B_DIRECTION_OUTBOUND: to port 25
 * @OP25B_DIRECTION_RETURN: from port 25
 */
enum op25b_direction {
	OP25B_DIRECTION_NONE,
	OP25B_DIRECTION_OUTBOUND,
	OP25B_DIRECTION_RETURN,

	__OP25B_DIRECTION_MAX,
	OP25B_DIRECTION_MAX = __OP25B_DIRECTION_MAX - 1
};

/**
 * enum op25b_event - why a notification is sent
 * @OP25B_EVENT_LOAD: a transaction that replaces entries was committed
 * @OP25B_EVENT_CHANGE: another transaction, or an update outside of one
 * @OP25B_EVENT_EXPIRY: the kernel removed expired entries
 * @OP25B_EVENT_ROLLBACK: the policy went back
 * @OP25B_EVENT_CONFIRM: a load was confirmed: the policy has not changed
 */
enum op25b_event {
	OP25B_EVENT_LOAD,
	OP25B_EVENT_CHANGE,
	OP25B_EVENT_EXPIRY,
	OP25B_EVENT_ROLLBACK,
	OP25B_EVENT_CONFIRM,

	__OP25B_EVENT_MAX,
	OP25B_EVENT_MAX = __OP25B_EVENT_MAX - 1
};

#endif /* _UAPI_LINUX_OP25B_H */
