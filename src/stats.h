/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of a namespace, per CPU: packets and bytes by reason and outcome.
 */
#ifndef _OP25B_STATS_H
#define _OP25B_STATS_H

#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <linux/op25b.h>

/**
 * struct op25b_counter - a count of packets
 * @packets: how many
 * @bytes: their bytes, from the IP header on
 */
struct op25b_counter {
	u64 packets;
	u64 bytes;
};

/**
 * struct op25b_cpu_counter - one CPU's part of a counter
 * @packets: how many
 * @bytes: their bytes
 * @sync: makes both consistent where a u64 is not read in one piece
 */
struct op25b_cpu_counter {
	u64_stats_t packets;
	u64_stats_t bytes;
	struct u64_stats_sync sync;
};

void op25b_counter_init(struct op25b_cpu_counter __percpu *counter,
			unsigned int n);
void op25b_counter_add(struct op25b_cpu_counter __percpu *counter,
		       unsigned int bytes);
struct op25b_counter
op25b_counter_read(const struct op25b_cpu_counter __percpu *counter,
		   const struct op25b_counter *base);

struct op25b_stats;

struct op25b_stats *op25b_stats_create(void);
void op25b_stats_free(struct op25b_stats *stats);
void op25b_stats_count(const struct op25b_stats *stats,
		       enum op25b_reason reason, enum op25b_verdict outcome,
		       unsigned int bytes);
void op25b_stats_count_suppressed(const struct op25b_stats *stats);
bool op25b_stats_has(enum op25b_reason reason, enum op25b_verdict outcome);
struct op25b_counter op25b_stats_read(const struct op25b_stats *stats,
				      enum op25b_reason reason,
				      enum op25b_verdict outcome);
u64 op25b_stats_suppressed(const struct op25b_stats *stats);
void op25b_stats_reset(struct op25b_stats *stats);

#endif /* _OP25B_STATS_H */
