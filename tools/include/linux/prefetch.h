/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prefetching.
 *
 * User-space stand-in, for op25bctl and for the tests of src/.
 */
#ifndef _TOOLS_LINUX_PREFETCH_H
#define _TOOLS_LINUX_PREFETCH_H

#define prefetch(address)	__builtin_prefetch(address)

#endif /* _TOOLS_LINUX_PREFETCH_H */
