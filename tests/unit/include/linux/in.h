/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internet protocols and byte order, on top of the system's <linux/in.h>.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_IN_H
#define _TESTS_LINUX_IN_H

#include_next <linux/in.h>

#include <linux/in6.h>
#include <linux/types.h>
#include <endian.h>

#define htons(value)	((__be16)htobe16(value))
#define ntohs(value)	be16toh((__u16)(value))

#endif /* _TESTS_LINUX_IN_H */
