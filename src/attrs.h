/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink attributes: what each command takes, and how things are written.
 */
#ifndef _OP25B_ATTRS_H
#define _OP25B_ATTRS_H

#include <net/genetlink.h>

#include "names.h"
#include "policy.h"

extern struct genl_family op25b_genl_family;

extern const struct nla_policy op25b_no_attrs[OP25B_A_MAX + 1];
extern const struct nla_policy op25b_begin_attrs[OP25B_A_MAX + 1];
extern const struct nla_policy op25b_update_attrs[OP25B_A_MAX + 1];
extern const struct nla_policy op25b_owner_attrs[OP25B_A_MAX + 1];
extern const struct nla_policy op25b_commit_attrs[OP25B_A_MAX + 1];
extern const struct nla_policy op25b_list_attrs[OP25B_A_MAX + 1];
extern const struct nla_policy op25b_test_attrs[OP25B_A_MAX + 1];

int op25b_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		 int err, const char *why);
bool op25b_read_address(const struct nlattr *attr, __be32 *addr, enum op25b_family *family);
int op25b_read_flow(const struct genl_info *info, __be32 *src, __be32 *dst,
		    struct op25b_flow *flow);

int op25b_put_names(struct sk_buff *skb, const int attrs[OP25B_NAME_KINDS],
		    const struct op25b_names *names, u16 number);
int op25b_put_owner(struct sk_buff *skb, int attr, const struct op25b_names *names,
		    u16 number);
int op25b_put_entry(struct sk_buff *skb, int type, const struct op25b_names *names,
		    enum op25b_family family, const struct op25b_entry *entry);
int op25b_put_settings(struct sk_buff *skb, const struct op25b_settings *settings);
int op25b_put_count(struct sk_buff *skb, const struct op25b_policy *policy,
		    enum op25b_table_id id);

#endif /* _OP25B_ATTRS_H */
