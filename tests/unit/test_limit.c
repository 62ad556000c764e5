// SPDX-License-Identifier: GPL-2.0
/*
 * The limit of replies: never exceeds the rate, and is not much lower.
 */
#include "unit.h"

#include <linux/time64.h>
#include <stdio.h>

#include "limit.h"

#define START	(5 * NSEC_PER_SEC)

/* Rates, some of which have an interval of a whole number of nanoseconds */
static const u32 rates[] = { 1, 2, 3, 7, 10, 1000, 1001, 333333, 999001, 1000000 };

#define NR_RATES	(sizeof(rates) / sizeof(*rates))

/* Number of tokens taken from a bucket at each step between two times */
static u64 take(s64 *time, s64 from, s64 to, s64 step, u32 rate)
{
	u64 taken = 0;
	s64 now, next;

	for (now = from; now < to; now += step) {
		next = op25b_limit(*time, now, rate);
		if (!next)
			continue;
		*time = next;
		taken++;
	}
	return taken;
}

/* Number of tokens taken at one time until the bucket is empty */
static u64 drain(s64 *time, s64 now, u32 rate)
{
	u64 taken = 0;

	while (take(time, now, now + 1, 1, rate))
		taken++;
	return taken;
}

static void rate_0_permits_nothing(void **state)
{
	s64 time = 0;

	(void)state;
	EXPECT(drain(&time, START, 0) == 0);
}

static void full_bucket_holds_one_second(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR_RATES; i++) {
		s64 time = 0;

		EXPECT(drain(&time, START, rates[i]) == rates[i]);
		/* and not more after a long pause */
		EXPECT(drain(&time, START + 100 * NSEC_PER_SEC, rates[i]) ==
		       rates[i]);
	}
}

static void no_second_permits_more_than_the_rate(void **state)
{
	const int seconds = 3;
	size_t i;
	int s;

	(void)state;
	for (i = 0; i < NR_RATES; i++) {
		s64 step = NSEC_PER_SEC / rates[i] / 3;
		s64 time = 0;
		u64 sum = 0;

		drain(&time, START, rates[i]);
		for (s = 0; s < seconds; s++) {
			s64 from = START + s * NSEC_PER_SEC;
			u64 taken = take(&time, from, from + NSEC_PER_SEC,
					 step, rates[i]);

			if (taken > rates[i])
				fail_msg("rate %u: %llu in a second", rates[i],
					 (unsigned long long)taken);
			sum += taken;
		}
		/* rounding loses at most a thousandth; the first token is not due yet */
		if (sum + seconds + 1 < seconds * (rates[i] - rates[i] / 1000))
			fail_msg("rate %u: %llu in %d s", rates[i],
				 (unsigned long long)sum, seconds);
	}
}

static void lower_rate_applies_at_once(void **state)
{
	s64 time = 0;

	(void)state;
	EXPECT(drain(&time, START, 1000000) == 1000000);
	EXPECT(drain(&time, START, 1) == 0);
	EXPECT(drain(&time, START + 3 * NSEC_PER_SEC, 1) == 1);
}

static const struct CMUnitTest tests[] = {
	fresh_test(rate_0_permits_nothing),
	fresh_test(full_bucket_holds_one_second),
	fresh_test(no_second_permits_more_than_the_rate),
	fresh_test(lower_rate_applies_at_once),
};

int main(void)
{
	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
