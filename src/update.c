// SPDX-License-Identifier: GPL-2.0
/*
 * The operations of an UPDATE request, applied to a draft.
 *
 * The netlink core has validated the request against the policies in attrs.c, nested
 * attributes included. Called by netlink.c in process context under the lock of the
 * namespace.
 */
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "attrs.h"
#include "netns.h"
#include "update.h"

/* Reading operations */

/* The attributes of a nest that has been validated */
static void collect(const struct nlattr *nest, struct nlattr **attrs, int max)
{
	struct nlattr *attr;
	int rest;

	memset(attrs, 0, (max + 1) * sizeof(*attrs));
	nla_for_each_nested(attr, nest, rest)
		attrs[nla_type(attr)] = attr;
}

/* The prefix and table of an operation */
static int read_prefix(const struct nlattr *op, struct nlattr **attrs,
		       struct op25b_entry *entry, enum op25b_family *family,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *table = attrs[OP25B_A_ENTRY_TABLE];
	const struct nlattr *address = attrs[OP25B_A_ENTRY_ADDRESS];
	const struct nlattr *length = attrs[OP25B_A_ENTRY_PREFIX_LEN];
	struct op25b_key key;

	memset(entry, 0, sizeof(*entry));
	if (!table || !address || !length)
		return op25b_refuse(extack, op, -EINVAL,
				    "needs a table, an address and a prefix length");
	if (!op25b_read_address(address, entry->addr, family))
		return op25b_refuse(extack, address, -EINVAL,
				    "an address has 4 or 16 bytes");
	entry->table = nla_get_u8(table);
	entry->prefix_len = nla_get_u8(length);
	if (entry->prefix_len > op25b_family_bits(*family))
		return op25b_refuse(extack, length, -EINVAL,
				    "prefix length exceeds the address length");
	key = op25b_key_of(*family, entry->addr, entry->prefix_len);
	if (key.hi != address_hi(*family, entry->addr) ||
	    key.lo != address_lo(*family, entry->addr))
		return op25b_refuse(extack, address, -EINVAL,
				    "address has bits set beyond the prefix length");
	return 0;
}

static int read_name(const struct nlattr *attr, enum op25b_name_kind kind,
		     struct op25b_name_set *set, struct netlink_ext_ack *extack)
{
	const char *why;

	if (!attr)
		return 0;
	if (strlen(nla_data(attr)) + 1 != nla_len(attr))
		return op25b_refuse(extack, attr, -EINVAL, "a name has no zero bytes");
	if (!op25b_name_valid(kind, nla_data(attr), &why))
		return op25b_refuse(extack, attr, -EINVAL, why);
	set->name[kind] = nla_data(attr);
	return 0;
}

static int read_names(struct op25b_net *state, struct nlattr **attrs,
		      struct op25b_entry *entry, struct netlink_ext_ack *extack)
{
	const struct nlattr *label = attrs[OP25B_A_ENTRY_LABEL];
	const struct nlattr *provider = attrs[OP25B_A_ENTRY_PROVIDER];
	const char *why = "out of memory";
	struct op25b_name_set set = {};
	int result;

	result = read_name(label, OP25B_NAME_LABEL, &set, extack) ?:
		 read_name(provider, OP25B_NAME_PROVIDER, &set, extack);
	if (result)
		return result;
	result = op25b_names_number(state->names, &set, &why);
	if (result < 0)
		return op25b_refuse(extack, label ?: provider, result, why);
	entry->names = result;
	if (provider && entry->table == OP25B_TABLE_RELAY)
		entry->flags |= OP25B_ENTRY_RESTRICTED;
	return 0;
}

/* What else an entry carries */
static int read_options(struct op25b_net *state, struct nlattr **attrs,
			struct op25b_entry *entry,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *timeout = attrs[OP25B_A_ENTRY_TIMEOUT];
	const struct nlattr *flags = attrs[OP25B_A_ENTRY_FLAGS];

	if (flags)
		entry->flags = nla_get_u32(flags);
	if (entry->flags & OP25B_ENTRY_MONITOR && entry->table != OP25B_TABLE_DYNAMIC)
		return op25b_refuse(extack, flags, -EINVAL,
				    "only entries of table dynamic can be monitored");
	if (timeout) {
		entry->timed = true;
		entry->expires = jiffies + nla_get_u32(timeout) * HZ;
	}
	return read_names(state, attrs, entry, extack);
}

/* Operations on a draft */

static int apply_add(struct op25b_net *state, struct op25b_policy *draft,
		     const struct nlattr *op, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[OP25B_A_ENTRY_MAX + 1];
	const char *why = "out of memory";
	enum op25b_family family;
	struct op25b_entry entry;
	int err;

	collect(op, attrs, OP25B_A_ENTRY_MAX);
	err = read_prefix(op, attrs, &entry, &family, extack);
	if (!err)
		err = read_options(state, attrs, &entry, extack);
	if (err)
		return err;
	err = op25b_policy_add(draft, family, &entry, jiffies,
			       READ_ONCE(op25b_max_prefixes), &why);
	if (err)
		return op25b_refuse(extack, attrs[OP25B_A_ENTRY_ADDRESS], err, why);
	return 0;
}

static int apply_del(struct op25b_net *state, struct op25b_policy *draft,
		     const struct nlattr *op, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[OP25B_A_ENTRY_MAX + 1];
	const char *why = "out of memory";
	enum op25b_family family;
	struct op25b_entry entry;
	int err;

	collect(op, attrs, OP25B_A_ENTRY_MAX);
	err = read_prefix(op, attrs, &entry, &family, extack);
	if (err)
		return err;
	err = op25b_policy_del(draft, family, &entry, jiffies, &why);
	if (err)
		return op25b_refuse(extack, attrs[OP25B_A_ENTRY_ADDRESS], err, why);
	return 0;
}

static int apply_flush(struct op25b_net *state, struct op25b_policy *draft,
		       const struct nlattr *op, struct netlink_ext_ack *extack)
{
	int err = op25b_policy_flush(draft, nla_get_u8(op), jiffies);

	if (err == -ENOMEM)
		return op25b_refuse(extack, op, err, "out of memory");
	return err;
}

static int apply_set(struct op25b_net *state, struct op25b_policy *draft,
		     const struct nlattr *op, struct netlink_ext_ack *extack)
{
	struct op25b_settings *settings = &draft->settings;
	struct nlattr *attrs[OP25B_A_SETTINGS_MAX + 1];

	collect(op, attrs, OP25B_A_SETTINGS_MAX);
	if (attrs[OP25B_A_SETTINGS_MODE])
		settings->mode = nla_get_u8(attrs[OP25B_A_SETTINGS_MODE]);
	if (attrs[OP25B_A_SETTINGS_ACTION])
		settings->action = nla_get_u8(attrs[OP25B_A_SETTINGS_ACTION]);
	if (attrs[OP25B_A_SETTINGS_RETURN])
		settings->close_return = nla_get_u8(attrs[OP25B_A_SETTINGS_RETURN]);
	if (attrs[OP25B_A_SETTINGS_REPLY_RATE])
		settings->reply_rate = nla_get_u32(attrs[OP25B_A_SETTINGS_REPLY_RATE]);
	return 0;
}

static int apply(struct op25b_net *state, struct op25b_policy *draft,
		 const struct nlattr *op, struct netlink_ext_ack *extack)
{
	switch (nla_type(op)) {
	case OP25B_A_ADD:
		return apply_add(state, draft, op, extack);
	case OP25B_A_DEL:
		return apply_del(state, draft, op, extack);
	case OP25B_A_FLUSH:
		return apply_flush(state, draft, op, extack);
	case OP25B_A_SET:
		return apply_set(state, draft, op, extack);
	default:
		return 0;
	}
}

static int check_count(const struct genl_info *info)
{
	const struct nlattr *op;
	unsigned int nr = 0;
	int rest;

	nlmsg_for_each_attr(op, info->nlhdr, GENL_HDRLEN, rest)
		if (nla_type(op) != OP25B_A_TRANSACTION && ++nr > OP25B_OPERATIONS_MAX)
			return op25b_refuse(info->extack, op, -E2BIG,
					    "too many operations in one message: 4096 are allowed");
	return 0;
}

/**
 * op25b_update_apply() - apply the operations of an UPDATE
 * @state: of the namespace, locked
 * @draft: the draft
 * @info: the request
 *
 * Generic netlink is locked meanwhile: the work is bounded, and a fatal signal ends it.
 *
 * Return: 0, or an error with a sentence, and then the draft can only be dropped.
 */
int op25b_update_apply(struct op25b_net *state, struct op25b_policy *draft,
		       const struct genl_info *info)
{
	const struct nlattr *op;
	int rest, err;

	err = check_count(info);
	if (err)
		return err;
	nlmsg_for_each_attr(op, info->nlhdr, GENL_HDRLEN, rest) {
		err = apply(state, draft, op, info->extack);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}
