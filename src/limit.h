/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The limit of replies: a token bucket, kept as the time at which it is full again
 * (generic cell rate algorithm, ITU-T I.371).
 */
#ifndef _OP25B_LIMIT_H
#define _OP25B_LIMIT_H

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include <linux/types.h>

/**
 * op25b_limit() - take a token
 * @time: when the bucket is full again, ns
 * @now: the time, ns
 * @rate: tokens a second, and how many the bucket holds; 0 to 1,000,000
 *
 * Return: the new @time, or 0 if the bucket is empty.
 */
static inline s64 op25b_limit(s64 time, s64 now, u32 rate)
{
	s64 interval, next;

	if (!rate)
		return 0;
	/* rounded up: never more than the rate */
	interval = div_u64(NSEC_PER_SEC + rate - 1, rate);
	next = max(time, now) + interval;
	return next - now > interval * rate ? 0 : next;
}

#endif /* _OP25B_LIMIT_H */
