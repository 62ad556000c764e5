/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions, each named by its feature. No other file
 * of the module checks a version.
 */
#ifndef _OP25B_COMPAT_H
#define _OP25B_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

/*
 * Before this flag existed (6.1 until late in its life, 6.2 to 6.5),
 * genl_bind() took GENL_UNS_ADMIN_PERM in struct genl_multicast_group.flags
 * with the same effect: CAP_NET_ADMIN in the user namespace of the socket's
 * network namespace.
 */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN	GENL_UNS_ADMIN_PERM
#endif

/* 6.6: the attributes of a dump request are in its struct genl_info */
static inline struct nlattr **op25b_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _OP25B_COMPAT_H */
