// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a namespace, per CPU: packets and bytes by reason and outcome.
 *
 * The packet path adds to the counters of its CPU with softirqs off. Counters only
 * grow: a reset saves their values, which readers subtract. Resets and readers are in
 * process context under the lock of the namespace.
 */
#include <linux/percpu.h>
#include <linux/slab.h>

#include "stats.h"

/**
 * op25b_counter_init() - prepare zeroed counters
 * @counter: an array of them
 * @n: its length
 */
void op25b_counter_init(struct op25b_cpu_counter __percpu *counter, unsigned int n)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu)
		for (i = 0; i < n; i++)
			u64_stats_init(&per_cpu_ptr(&counter[i], cpu)->sync);
}

/**
 * op25b_counter_read() - sum a counter over all CPUs
 * @counter: the counter
 * @base: its value at the last reset
 *
 * Return: packets and bytes since then.
 */
struct op25b_counter
op25b_counter_read(const struct op25b_cpu_counter __percpu *counter,
		   const struct op25b_counter *base)
{
	struct op25b_counter sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct op25b_cpu_counter *one = per_cpu_ptr(counter, cpu);
		u64 packets, bytes;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&one->sync);
			packets = u64_stats_read(&one->packets);
			bytes = u64_stats_read(&one->bytes);
		} while (u64_stats_fetch_retry(&one->sync, start));
		sum.packets += packets;
		sum.bytes += bytes;
	}
	sum.packets -= base->packets;
	sum.bytes -= base->bytes;
	return sum;
}

/**
 * op25b_stats_create() - create the counters of a namespace
 *
 * Return: the counters, or NULL without memory.
 */
struct op25b_stats *op25b_stats_create(void)
{
	struct op25b_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL_ACCOUNT);

	if (!stats)
		return NULL;
	stats->cpu = __alloc_percpu_gfp(OP25B_STATS_COUNTERS * sizeof(*stats->cpu),
					__alignof__(*stats->cpu),
					GFP_KERNEL_ACCOUNT);
	if (!stats->cpu) {
		kfree(stats);
		return NULL;
	}
	op25b_counter_init(stats->cpu, OP25B_STATS_COUNTERS);
	return stats;
}

/**
 * op25b_stats_free() - free the counters of a namespace
 * @stats: the counters, or NULL; no hook uses them any more
 */
void op25b_stats_free(struct op25b_stats *stats)
{
	if (!stats)
		return;
	free_percpu(stats->cpu);
	kfree(stats);
}

/**
 * op25b_stats_count_suppressed() - count a reply that the rate limit suppressed
 * @stats: the counters
 *
 * Context: Softirqs off.
 */
void op25b_stats_count_suppressed(const struct op25b_stats *stats)
{
	op25b_counter_add(&stats->cpu[OP25B_STATS_SUPPRESSED], 0);
}

/**
 * op25b_stats_has() - check whether a counter exists
 * @reason: of the verdict
 * @outcome: the verdict
 *
 * Return: whether packets are counted with this reason and outcome.
 */
bool op25b_stats_has(enum op25b_reason reason, enum op25b_verdict outcome)
{
	switch (reason) {
	case OP25B_REASON_RELAY:
	case OP25B_REASON_FIXED:
	case OP25B_REASON_DIALUP:
	case OP25B_REASON_OTHER:
		return outcome == OP25B_VERDICT_PASS;
	case OP25B_REASON_DYNAMIC:
	case OP25B_REASON_RETURN:
	case OP25B_REASON_MALFORMED:
		return outcome != OP25B_VERDICT_PASS;
	default:
		return false;
	}
}

/**
 * op25b_stats_read() - read a counter
 * @stats: the counters
 * @reason: of the verdict
 * @outcome: the verdict
 *
 * Return: packets and bytes since the last reset.
 */
struct op25b_counter op25b_stats_read(const struct op25b_stats *stats,
				      enum op25b_reason reason,
				      enum op25b_verdict outcome)
{
	unsigned int i = op25b_stats_cell(reason, outcome);

	return op25b_counter_read(&stats->cpu[i], &stats->base[i]);
}

/**
 * op25b_stats_suppressed() - read how many replies the rate limit suppressed
 * @stats: the counters
 *
 * Return: their number since the last reset.
 */
u64 op25b_stats_suppressed(const struct op25b_stats *stats)
{
	return op25b_counter_read(&stats->cpu[OP25B_STATS_SUPPRESSED],
				  &stats->base[OP25B_STATS_SUPPRESSED]).packets;
}

/**
 * op25b_stats_reset() - set all counters to 0
 * @stats: the counters
 */
void op25b_stats_reset(struct op25b_stats *stats)
{
	static const struct op25b_counter zero;
	unsigned int i;

	for (i = 0; i < OP25B_STATS_COUNTERS; i++)
		stats->base[i] = op25b_counter_read(&stats->cpu[i], &zero);
}
