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
#include "update.h"

/**
 * struct update - an UPDATE being applied
 * @state: of the namespace
 * @draft: the draft
 * @others: a policy whose entries of other owners count as well, or NULL
 * @writer: on whose behalf
 * @extack: for a sentence on errors
 */
struct update {
	struct op25b_net *state;
	struct op25b_policy *draft;
	const struct op25b_policy *others;
	struct op25b_writer *writer;
	struct netlink_ext_ack *extack;
};

/* Names */

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
	if (kind == OP25B_NAME_OWNER && !strcmp(set->name[kind], OP25B_OPERATOR))
		set->name[kind] = NULL;
	return 0;
}

/**
 * op25b_writer_read() - read on whose behalf a request changes a draft
 * @state: of the namespace, locked
 * @info: the request
 * @writer: set to it
 *
 * Return: 0 or an error, with a sentence.
 */
int op25b_writer_read(struct op25b_net *state, const struct genl_info *info,
		      struct op25b_writer *writer)
{
	const struct nlattr *owner = info->attrs[OP25B_A_OWNER];
	const char *why = "out of memory";
	struct op25b_name_set set = {};
	int result;

	*writer = (struct op25b_writer){
		.named = owner,
		.skip = info->attrs[OP25B_A_SKIP],
	};
	result = read_name(owner, OP25B_NAME_OWNER, &set, info->extack);
	if (result)
		return result;
	result = op25b_names_owner(state->names, set.name[OP25B_NAME_OWNER], &why);
	if (result < 0)
		return op25b_refuse(info->extack, owner, result, why);
	writer->owner = result;
	return 0;
}

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

/* NULL is operator */
static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Label, provider and owner; the owner is that of the request unless it has none */
static int read_names(const struct update *update, struct nlattr **attrs,
		      struct op25b_entry *entry)
{
	const struct nlattr *label = attrs[OP25B_A_ENTRY_LABEL];
	const struct nlattr *provider = attrs[OP25B_A_ENTRY_PROVIDER];
	const struct nlattr *owner = attrs[OP25B_A_ENTRY_OWNER];
	struct netlink_ext_ack *extack = update->extack;
	struct op25b_names *names = update->state->names;
	const char *mine =
		op25b_names_get(names, update->writer->owner).name[OP25B_NAME_OWNER];
	struct op25b_name_set set = { .name[OP25B_NAME_OWNER] = mine };
	const char *why = "out of memory";
	int result;

	result = read_name(label, OP25B_NAME_LABEL, &set, extack) ?:
		 read_name(provider, OP25B_NAME_PROVIDER, &set, extack) ?:
		 read_name(owner, OP25B_NAME_OWNER, &set, extack);
	if (result)
		return result;
	if (update->writer->named && owner && !is_same(set.name[OP25B_NAME_OWNER], mine))
		return op25b_refuse(extack, owner, -EINVAL, "the request is of another owner");
	result = op25b_names_number(names, &set, &why);
	if (result < 0)
		return op25b_refuse(extack, label ?: provider ?: owner, result, why);
	entry->names = result;
	entry->group = op25b_names_group(names, result);
	if (provider && entry->table == OP25B_TABLE_RELAY)
		entry->flags |= OP25B_ENTRY_RESTRICTED;
	return 0;
}

/* What else an entry carries */
static int read_options(const struct update *update, struct nlattr **attrs,
			struct op25b_entry *entry)
{
	const struct nlattr *timeout = attrs[OP25B_A_ENTRY_TIMEOUT];
	const struct nlattr *flags = attrs[OP25B_A_ENTRY_FLAGS];

	if (flags)
		entry->flags = nla_get_u32(flags);
	if (entry->flags & OP25B_ENTRY_MONITOR && entry->table != OP25B_TABLE_DYNAMIC)
		return op25b_refuse(update->extack, flags, -EINVAL,
				    "only entries of table dynamic can be monitored");
	if (timeout) {
		entry->timed = true;
		entry->expires = jiffies + nla_get_u32(timeout) * HZ;
	}
	return read_names(update, attrs, entry);
}

/* Operations on a draft */

/* A prefix that another owner has may be skipped, and is counted then */
static int answer(const struct update *update, enum op25b_family family,
		  const struct op25b_entry *entry, const struct nlattr *op, int err,
		  const char *why)
{
	if (err == -EACCES && update->writer->skip) {
		update->writer->skipped++;
		why = "out of memory";
		err = op25b_policy_skip(update->draft, family, entry, jiffies, &why);
	}
	return err ? op25b_refuse(update->extack, op, err, why) : 0;
}

static int apply_add(const struct update *update, const struct nlattr *op)
{
	struct nlattr *attrs[OP25B_A_ENTRY_MAX + 1];
	const char *why = "out of memory";
	enum op25b_family family;
	struct op25b_entry entry;
	int err;

	collect(op, attrs, OP25B_A_ENTRY_MAX);
	err = read_prefix(op, attrs, &entry, &family, update->extack);
	if (!err)
		err = read_options(update, attrs, &entry);
	if (err)
		return err;
	if (update->others)
		err = op25b_policy_may_add(update->others, family, &entry, jiffies, &why);
	if (!err)
		err = op25b_policy_add(update->draft, family, &entry, jiffies,
				       READ_ONCE(op25b_max_prefixes), &why) ?:
		      op25b_displaced_give_up(&update->state->rollback.displaced,
					      update->draft, family, &entry, &why);
	return answer(update, family, &entry, attrs[OP25B_A_ENTRY_ADDRESS], err, why);
}

static int apply_del(const struct update *update, const struct nlattr *op)
{
	struct nlattr *attrs[OP25B_A_ENTRY_MAX + 1];
	const char *why = "out of memory";
	enum op25b_family family;
	struct op25b_entry entry;
	int err;

	collect(op, attrs, OP25B_A_ENTRY_MAX);
	err = read_prefix(op, attrs, &entry, &family, update->extack);
	if (err)
		return err;
	entry.names = update->writer->owner;
	entry.group = op25b_names_group(update->state->names, entry.names);
	entry.timed = true;
	entry.expires = jiffies;
	err = op25b_policy_del(update->draft, family, &entry, jiffies, &why) ?:
	      op25b_displaced_give_up(&update->state->rollback.displaced, update->draft,
				      family, &entry, &why);
	return answer(update, family, &entry, attrs[OP25B_A_ENTRY_ADDRESS], err, why);
}

static int apply_flush(const struct update *update, const struct nlattr *op)
{
	u8 table = nla_get_u8(op);
	int err;

	if (update->writer->named)
		err = op25b_policy_flush_owned(update->draft, table, update->writer->owner,
					       jiffies) ?:
		      op25b_displaced_flush(&update->state->rollback.displaced,
					    update->draft, table, update->writer->owner);
	else
		err = op25b_policy_flush(update->draft, table, jiffies);
	if (err == -ENOMEM)
		return op25b_refuse(update->extack, op, err, "out of memory");
	return err;
}

static int apply_set(const struct update *update, const struct nlattr *op)
{
	struct op25b_settings *settings = &update->draft->settings;
	struct nlattr *attrs[OP25B_A_SETTINGS_MAX + 1];

	if (update->writer->owner)
		return op25b_refuse(update->extack, op, -EACCES,
				    "settings belong to owner operator");
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

static int apply(const struct update *update, const struct nlattr *op)
{
	switch (nla_type(op)) {
	case OP25B_A_ADD:
		return apply_add(update, op);
	case OP25B_A_DEL:
		return apply_del(update, op);
	case OP25B_A_FLUSH:
		return apply_flush(update, op);
	case OP25B_A_SET:
		return apply_set(update, op);
	default:
		return 0;
	}
}

static bool is_operation(const struct nlattr *attr)
{
	return nla_type(attr) >= OP25B_A_ADD && nla_type(attr) <= OP25B_A_SET;
}

static int check_count(const struct genl_info *info)
{
	const struct nlattr *op;
	unsigned int nr = 0;
	int rest;

	nlmsg_for_each_attr(op, info->nlhdr, GENL_HDRLEN, rest)
		if (is_operation(op) && ++nr > OP25B_OPERATIONS_MAX)
			return op25b_refuse(info->extack, op, -E2BIG,
					    "too many operations in one message: 4096 are allowed");
	return 0;
}

/**
 * op25b_update_apply() - apply the operations of an UPDATE
 * @state: of the namespace, locked
 * @draft: the draft
 * @others: a policy whose entries of other owners count as well, or NULL
 * @writer: on whose behalf
 * @info: the request
 *
 * Generic netlink is locked meanwhile: the work is bounded, and a fatal signal ends it.
 *
 * Return: 0 or an error, with a sentence; then the draft can only be dropped.
 */
int op25b_update_apply(struct op25b_net *state, struct op25b_policy *draft,
		       const struct op25b_policy *others, struct op25b_writer *writer,
		       const struct genl_info *info)
{
	const struct update update = {
		.state = state,
		.draft = draft,
		.others = others,
		.writer = writer,
		.extack = info->extack,
	};
	const struct nlattr *op;
	int rest, err;

	err = check_count(info);
	if (err)
		return err;
	nlmsg_for_each_attr(op, info->nlhdr, GENL_HDRLEN, rest) {
		err = apply(&update, op);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}
