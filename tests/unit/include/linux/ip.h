/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The IPv4 header, on top of the system's <linux/ip.h>.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_IP_H
#define _TESTS_LINUX_IP_H

#include_next <linux/ip.h>

#include <linux/skbuff.h>

#define ip_hdr(skb)	((const struct iphdr *)(skb)->data)

#endif /* _TESTS_LINUX_IP_H */
