/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The IPv6 header, on top of the system's <linux/ipv6.h>.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_IPV6_H
#define _TESTS_LINUX_IPV6_H

#include_next <linux/ipv6.h>

#include <linux/skbuff.h>

#define ipv6_hdr(skb)	((const struct ipv6hdr *)(skb)->data)

#endif /* _TESTS_LINUX_IPV6_H */
