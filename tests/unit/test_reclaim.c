// SPDX-License-Identifier: GPL-2.0
/*
 * Replaced and dropped policies: each is freed after a grace period, not before, and
 * commits wait if too many policies wait.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "policy.h"
#include "reclaim.h"

/* The throttle starts a grace period after this number of commits */
#define COMMITS	512

static u64 generation;
static unsigned long grace;

static struct op25b_policy *commit(struct op25b_policy *running)
{
	struct op25b_policy *draft = op25b_policy_clone(running);

	assert_non_null(draft);
	op25b_policy_link(running, draft);
	op25b_reclaim(running);
	op25b_reclaim_throttle(++generation, &grace);
	return draft;
}

static void after_grace_period(void **state)
{
	struct op25b_policy *running = op25b_policy_create(NULL);
	size_t one = shim_memory.live, live;

	(void)state;
	assert_int_equal(op25b_reclaim_init(), 0);
	running = commit(running);
	live = shim_memory.live;
	/* the work must not run yet */
	flush_workqueue(NULL);
	assert_int_equal(shim_memory.live, live);
	rcu_barrier();
	flush_workqueue(NULL);
	assert_true(shim_memory.live < live);

	op25b_reclaim(op25b_policy_clone(running));
	op25b_reclaim(running);
	op25b_reclaim_exit();
	assert_int_equal(shim_memory.live, 0);
	assert_true(one > 0);
}

/* The memory of waiting policies is bounded, however fast commits are */
static void bounded(void **state)
{
	struct op25b_policy *running = op25b_policy_create(NULL);
	size_t live = shim_memory.live;
	u32 i;

	(void)state;
	assert_int_equal(op25b_reclaim_init(), 0);
	for (i = 0; i < 10 * COMMITS; i++) {
		running = commit(running);
		assert_true(shim_memory.live <= (2 * COMMITS + 1) * live + 1);
	}
	/* commits wait for the grace period of earlier commits, not of the last ones */
	assert_true(shim_memory.live > COMMITS * live);
	op25b_reclaim(running);
	op25b_reclaim_exit();
	assert_int_equal(shim_memory.live, 0);
}

static void no_memory(void **state)
{
	(void)state;
	shim_memory.fail_in = 1;
	assert_int_equal(op25b_reclaim_init(), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(after_grace_period),
		fresh_test(bounded),
		fresh_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
