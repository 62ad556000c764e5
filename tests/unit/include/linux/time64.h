/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Units of time; user-space stand-in for the tests of src/.
 */
#ifndef _TESTS_LINUX_TIME64_H
#define _TESTS_LINUX_TIME64_H

#define NSEC_PER_SEC	1000000000L

#endif /* _TESTS_LINUX_TIME64_H */
