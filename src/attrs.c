// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink attributes: the policies of commands, and attributes of messages. The one
 * place for the types and ranges of include/uapi/linux/op25b.h; used by netlink.c and
 * dump.c in process context.
 */
#include <linux/jiffies.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "attrs.h"

#define ADDRESS		NLA_POLICY_RANGE(NLA_BINARY, 4, 16)
#define TABLE		NLA_POLICY_RANGE(NLA_U8, OP25B_TABLE_DYNAMIC, \
					 OP25B_TABLE_MAX)
#define PREFIX_LEN	NLA_POLICY_MAX(NLA_U8, 128)
#define NAME		{ .type = NLA_NUL_STRING, .len = OP25B_NAME_MAX }

static struct netlink_range_validation timeout_range = {
	.min = 1,
	.max = OP25B_TIMEOUT_MAX,
};

static struct netlink_range_validation confirm_range = {
	.min = 1,
	.max = OP25B_CONFIRM_MAX,
};

static struct netlink_range_validation reply_rate_range = {
	.max = OP25B_REPLY_RATE_MAX,
};

static const struct nla_policy add_attrs[OP25B_A_ENTRY_MAX + 1] = {
	[OP25B_A_ENTRY_TABLE] = TABLE,
	[OP25B_A_ENTRY_ADDRESS] = ADDRESS,
	[OP25B_A_ENTRY_PREFIX_LEN] = PREFIX_LEN,
	[OP25B_A_ENTRY_FLAGS] = NLA_POLICY_MASK(NLA_U32, OP25B_ENTRY_MONITOR),
	[OP25B_A_ENTRY_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32,
							&timeout_range),
	[OP25B_A_ENTRY_LABEL] = NAME,
	[OP25B_A_ENTRY_PROVIDER] = NAME,
	[OP25B_A_ENTRY_OWNER] = NAME,
};

static const struct nla_policy del_attrs[OP25B_A_ENTRY_MAX + 1] = {
	[OP25B_A_ENTRY_TABLE] = TABLE,
	[OP25B_A_ENTRY_ADDRESS] = ADDRESS,
	[OP25B_A_ENTRY_PREFIX_LEN] = PREFIX_LEN,
};

static const struct nla_policy set_attrs[OP25B_A_SETTINGS_MAX + 1] = {
	[OP25B_A_SETTINGS_MODE] = NLA_POLICY_MAX(NLA_U8, OP25B_MODE_MAX),
	[OP25B_A_SETTINGS_ACTION] = NLA_POLICY_MAX(NLA_U8, OP25B_ACTION_MAX),
	[OP25B_A_SETTINGS_RETURN] = NLA_POLICY_MAX(NLA_U8, 1),
	[OP25B_A_SETTINGS_REPLY_RATE] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &reply_rate_range),
};

/* Checked here and not when the dump starts: Linux 6.1 would lose the message */
static int check_family(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u8 family = nla_get_u8(attr);

	if (family != AF_INET && family != AF_INET6)
		return op25b_refuse(extack, attr, -EINVAL,
				    "family is not AF_INET or AF_INET6");
	return 0;
}

const struct nla_policy op25b_no_attrs[OP25B_A_MAX + 1];

const struct nla_policy op25b_begin_attrs[OP25B_A_MAX + 1] = {
	[OP25B_A_GENERATION] = { .type = NLA_U64 },
	[OP25B_A_REPLACE] = { .type = NLA_FLAG },
	[OP25B_A_OWNER] = NAME,
	[OP25B_A_SKIP] = { .type = NLA_FLAG },
};

const struct nla_policy op25b_owner_attrs[OP25B_A_MAX + 1] = {
	[OP25B_A_OWNER] = NAME,
};

const struct nla_policy op25b_commit_attrs[OP25B_A_MAX + 1] = {
	[OP25B_A_CONFIRM] = NLA_POLICY_FULL_RANGE(NLA_U32, &confirm_range),
};

const struct nla_policy op25b_update_attrs[OP25B_A_MAX + 1] = {
	[OP25B_A_ADD] = NLA_POLICY_NESTED(add_attrs),
	[OP25B_A_DEL] = NLA_POLICY_NESTED(del_attrs),
	[OP25B_A_FLUSH] = TABLE,
	[OP25B_A_SET] = NLA_POLICY_NESTED(set_attrs),
	[OP25B_A_TRANSACTION] = { .type = NLA_FLAG },
	[OP25B_A_OWNER] = NAME,
	[OP25B_A_SKIP] = { .type = NLA_FLAG },
};

const struct nla_policy op25b_list_attrs[OP25B_A_MAX + 1] = {
	[OP25B_A_TABLE] = TABLE,
	[OP25B_A_FAMILY] = NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
};

const struct nla_policy op25b_test_attrs[OP25B_A_MAX + 1] = {
	[OP25B_A_SRC] = ADDRESS,
	[OP25B_A_DST] = ADDRESS,
	[OP25B_A_SPORT] = { .type = NLA_U16 },
	[OP25B_A_DPORT] = { .type = NLA_U16 },
};

/**
 * op25b_refuse() - report why a request is refused, and return @err
 * @extack: set to the report, or NULL
 * @attr: the bad attribute, or NULL
 * @err: negative error number
 * @why: a message for the user, which is never freed
 */
int op25b_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		 int err, const char *why)
{
	if (extack) {
		NL_SET_BAD_ATTR(extack, attr);
		extack->_msg = why;
	}
	return err;
}

/**
 * op25b_read_address() - read an address
 * @attr: the attribute, of 4 to 16 bytes
 * @addr: set to the address, four words
 * @family: set to its family
 *
 * Return: whether the attribute has the length of an address.
 */
bool op25b_read_address(const struct nlattr *attr, __be32 *addr, enum op25b_family *family)
{
	int bytes = nla_len(attr);

	if (bytes != 4 && bytes != 16)
		return false;
	memset(addr, 0, 16);
	memcpy(addr, nla_data(attr), bytes);
	*family = bytes == 4 ? OP25B_IPV4 : OP25B_IPV6;
	return true;
}

/**
 * op25b_read_flow() - read the packet of a TEST request
 * @info: the request
 * @src: set to the source address, four words
 * @dst: set to the destination address, four words
 * @flow: set to the packet, with @src and @dst
 *
 * Return: 0, or -EINVAL with a sentence.
 */
int op25b_read_flow(const struct genl_info *info, __be32 *src, __be32 *dst,
		    struct op25b_flow *flow)
{
	static const int addresses[] = { OP25B_A_SRC, OP25B_A_DST };
	struct nlattr **attrs = info->attrs;
	enum op25b_family family[2];
	unsigned int i;

	if (!attrs[OP25B_A_SRC] || !attrs[OP25B_A_DST] ||
	    !attrs[OP25B_A_SPORT] || !attrs[OP25B_A_DPORT])
		return op25b_refuse(info->extack, NULL, -EINVAL,
				    "needs both addresses and both ports");
	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		if (!op25b_read_address(attrs[addresses[i]], i ? dst : src, &family[i]))
			return op25b_refuse(info->extack, attrs[addresses[i]],
					    -EINVAL,
					    "an address has 4 or 16 bytes");
	if (family[0] != family[1])
		return op25b_refuse(info->extack, attrs[OP25B_A_DST], -EINVAL,
				    "addresses are of different families");
	*flow = (struct op25b_flow){
		.src = src,
		.dst = dst,
		.family = family[0],
		.sport = nla_get_u16(attrs[OP25B_A_SPORT]),
		.dport = nla_get_u16(attrs[OP25B_A_DPORT]),
	};
	return 0;
}

/**
 * op25b_put_names() - write the names of a set
 * @skb: the message
 * @attrs: the attribute for each kind of name
 * @names: name sets of the namespace
 * @number: of the set
 *
 * Return: 0 or -EMSGSIZE.
 */
int op25b_put_names(struct sk_buff *skb, const int attrs[OP25B_NAME_KINDS],
		    const struct op25b_names *names, u16 number)
{
	struct op25b_name_set set = op25b_names_get(names, number);
	unsigned int kind;

	for (kind = 0; kind < OP25B_NAME_KINDS; kind++)
		if (set.name[kind] && nla_put_string(skb, attrs[kind], set.name[kind]))
			return -EMSGSIZE;
	return 0;
}

/**
 * op25b_put_owner() - write the owner of a set
 * @skb: the message
 * @attr: the attribute
 * @names: name sets of the namespace
 * @number: of the set
 *
 * Return: 0 or -EMSGSIZE.
 */
int op25b_put_owner(struct sk_buff *skb, int attr, const struct op25b_names *names,
		    u16 number)
{
	const char *owner = op25b_names_get(names, number).name[OP25B_NAME_OWNER];

	return nla_put_string(skb, attr, owner ?: OP25B_OPERATOR);
}

/* Seconds until an entry expires, rounded up */
static u32 seconds_left(const struct op25b_entry *entry)
{
	s32 left = entry->expires - (u32)jiffies;

	return left > 0 ? DIV_ROUND_UP((u32)left, HZ) : 1;
}

static int put_entry(struct sk_buff *skb, const struct op25b_names *names,
		     enum op25b_family family, const struct op25b_entry *entry)
{
	static const int attrs[OP25B_NAME_KINDS] = {
		[OP25B_NAME_LABEL] = OP25B_A_ENTRY_LABEL,
		[OP25B_NAME_PROVIDER] = OP25B_A_ENTRY_PROVIDER,
		[OP25B_NAME_OWNER] = OP25B_A_ENTRY_OWNER,
	};

	if (nla_put_u8(skb, OP25B_A_ENTRY_TABLE, entry->table) ||
	    nla_put(skb, OP25B_A_ENTRY_ADDRESS,
		    op25b_family_bits(family) / 8, entry->addr) ||
	    nla_put_u8(skb, OP25B_A_ENTRY_PREFIX_LEN, entry->prefix_len))
		return -EMSGSIZE;
	if (entry->flags && entry->table == OP25B_TABLE_DYNAMIC &&
	    nla_put_u32(skb, OP25B_A_ENTRY_FLAGS, entry->flags))
		return -EMSGSIZE;
	if (entry->timed && nla_put_u32(skb, OP25B_A_ENTRY_TIMEOUT, seconds_left(entry)))
		return -EMSGSIZE;
	return op25b_put_names(skb, attrs, names, entry->names);
}

/**
 * op25b_put_entry() - write an entry
 * @skb: the message
 * @type: the attribute, OP25B_A_ENTRY or OP25B_A_RELAY
 * @names: name sets of the namespace
 * @family: of the entry
 * @entry: the entry
 *
 * Return: 0, or -EMSGSIZE, and then nothing is written.
 */
int op25b_put_entry(struct sk_buff *skb, int type, const struct op25b_names *names,
		    enum op25b_family family, const struct op25b_entry *entry)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;
	if (put_entry(skb, names, family, entry)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * op25b_put_settings() - write OP25B_A_SETTINGS
 * @skb: the message
 * @settings: the settings
 *
 * Return: 0 or -EMSGSIZE.
 */
int op25b_put_settings(struct sk_buff *skb, const struct op25b_settings *settings)
{
	struct nlattr *nest = nla_nest_start(skb, OP25B_A_SETTINGS);

	if (!nest ||
	    nla_put_u8(skb, OP25B_A_SETTINGS_MODE, settings->mode) ||
	    nla_put_u8(skb, OP25B_A_SETTINGS_ACTION, settings->action) ||
	    nla_put_u8(skb, OP25B_A_SETTINGS_RETURN, settings->close_return) ||
	    nla_put_u32(skb, OP25B_A_SETTINGS_REPLY_RATE,
			settings->reply_rate))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * op25b_put_count() - write OP25B_A_COUNT
 * @skb: the message
 * @policy: the policy
 * @id: the table whose entries are counted
 *
 * Return: 0 or -EMSGSIZE.
 */
int op25b_put_count(struct sk_buff *skb, const struct op25b_policy *policy,
		    enum op25b_table_id id)
{
	const struct op25b_lpm *ipv4 = op25b_policy_lpm(policy, OP25B_IPV4, id);
	const struct op25b_lpm *ipv6 = op25b_policy_lpm(policy, OP25B_IPV6, id);
	struct nlattr *nest = nla_nest_start(skb, OP25B_A_COUNT);

	if (!nest ||
	    nla_put_u8(skb, OP25B_A_COUNT_TABLE, id) ||
	    nla_put_u32(skb, OP25B_A_COUNT_IPV4,
			op25b_lpm_count(ipv4, id, jiffies)) ||
	    nla_put_u32(skb, OP25B_A_COUNT_IPV6,
			op25b_lpm_count(ipv6, id, jiffies)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
