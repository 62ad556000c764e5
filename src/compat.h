/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernel versions, named by feature. Nothing else in
 * the module looks at a version.
 */
#ifndef _OP25B_COMPAT_H
#define _OP25B_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

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
