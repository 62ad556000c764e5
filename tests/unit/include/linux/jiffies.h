/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conversion of times; there is no clock.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_JIFFIES_H
#define _TESTS_LINUX_JIFFIES_H

#define msecs_to_jiffies(ms)	(ms)

#endif /* _TESTS_LINUX_JIFFIES_H */
