/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of a namespace, per CPU: packets and bytes by reason and outcome.
 */
#ifndef _OP25B_STATS_H
#define _OP25B_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <linux/op25b.h>

/**
 * struct op25b_counter - a counter
 * @packets: number of packets
 * @bytes: their bytes, from the IP header on
 */
struct op25b_counter {
	u64 packets;
	u64 bytes;
};

/**
 * struct op25b_cpu_counter - one CPU's part of a counter
 * @packets: number of packets
 * @bytes: their bytes, from the IP header on
 * @sync: makes both consistent on 32-bit machines
 */
struct op25b_cpu_counter {
	u64_stats_t packets;
	u64_stats_t bytes;
	struct u64_stats_sync sync;
};

void op25b_counter_init(struct op25b_cpu_counter __percpu *counter, unsigned int n);
struct op25b_counter
op25b_counter_read(const struct op25b_cpu_counter __percpu *counter,
		   const struct op25b_counter *base);

/**
 * op25b_counter_add() - count a packet
 * @counter: the counter
 * @bytes: of the packet
 *
 * Context: Softirqs off.
 */
static inline void op25b_counter_add(struct op25b_cpu_counter __percpu *counter,
				     unsigned int bytes)
{
	struct op25b_cpu_counter *mine = this_cpu_ptr(counter);

	u64_stats_update_begin(&mine->sync);
	u64_stats_inc(&mine->packets);
	u64_stats_add(&mine->bytes, bytes);
	u64_stats_update_end(&mine->sync);
}

/* One cell for each reason and outcome, and a counter of suppressed replies */
#define OP25B_STATS_CELLS	((OP25B_REASON_MAX + 1) * (OP25B_VERDICT_MAX + 1))
#define OP25B_STATS_SUPPRESSED	OP25B_STATS_CELLS
#define OP25B_STATS_COUNTERS	(OP25B_STATS_CELLS + 1)

/**
 * struct op25b_stats - the counters by reason
 * @cpu: each CPU's counters
 * @base: their values at the last reset
 */
struct op25b_stats {
	struct op25b_cpu_counter __percpu *cpu;
	struct op25b_counter base[OP25B_STATS_COUNTERS];
};

static inline unsigned int op25b_stats_cell(enum op25b_reason reason,
					    enum op25b_verdict outcome)
{
	return reason * (OP25B_VERDICT_MAX + 1) + outcome;
}

/**
 * op25b_stats_count() - count a packet
 * @stats: the counters
 * @reason: of the verdict
 * @outcome: the verdict
 * @bytes: of the packet, from the IP header on
 *
 * Context: Softirqs off.
 */
static inline void op25b_stats_count(const struct op25b_stats *stats,
				     enum op25b_reason reason,
				     enum op25b_verdict outcome,
				     unsigned int bytes)
{
	op25b_counter_add(&stats->cpu[op25b_stats_cell(reason, outcome)], bytes);
}

struct op25b_stats *op25b_stats_create(void);
void op25b_stats_free(struct op25b_stats *stats);
void op25b_stats_count_suppressed(const struct op25b_stats *stats);
bool op25b_stats_has(enum op25b_reason reason, enum op25b_verdict outcome);
struct op25b_counter op25b_stats_read(const struct op25b_stats *stats,
				      enum op25b_reason reason,
				      enum op25b_verdict outcome);
u64 op25b_stats_suppressed(const struct op25b_stats *stats);
void op25b_stats_reset(struct op25b_stats *stats);

#endif /* _OP25B_STATS_H */
