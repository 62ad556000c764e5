/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of 64 bits, which a 64-bit machine reads atomically.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_U64_STATS_SYNC_H
#define _TESTS_LINUX_U64_STATS_SYNC_H

#include <linux/types.h>

#define __percpu

typedef struct {
	u64 value;
} u64_stats_t;

struct u64_stats_sync {
	bool updating;
};

#define u64_stats_init(sync)			((void)(sync))
#define u64_stats_update_begin(sync)		((void)(sync))
#define u64_stats_update_end(sync)		((void)(sync))
#define u64_stats_fetch_begin(sync)		((void)(sync), 0)
#define u64_stats_fetch_retry(sync, start)	((void)(sync), (start))

#define u64_stats_read(stat)			((stat)->value)
#define u64_stats_inc(stat)			((stat)->value++)
#define u64_stats_add(stat, n)			((stat)->value += (n))

#endif /* _TESTS_LINUX_U64_STATS_SYNC_H */
