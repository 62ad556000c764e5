/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prefetching, counted: one for each search of a hash table; see shim.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_PREFETCH_H
#define _TESTS_LINUX_PREFETCH_H

#include "shim.h"

#define prefetch(address)	((void)(address), (void)shim_prefetches++)

#endif /* _TESTS_LINUX_PREFETCH_H */
