/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers: the same in each run; see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_RANDOM_H
#define _TESTS_LINUX_RANDOM_H

#include "shim.h"

#define get_random_u64()	shim_random()

#endif /* _TESTS_LINUX_RANDOM_H */
