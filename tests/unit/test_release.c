// SPDX-License-Identifier: GPL-2.0
/*
 * Replaced policies: none is freed while packets may be judged by it, none twice,
 * none is forgotten, and commits keep to the bound.
 *
 * One thread plays all parts. Whoever waits for a grace period, or frees a policy,
 * lets others go first: the work, and commits in other namespaces.
 */
#include "unit.h"

#include "release.c"

#define MAX_POLICIES	1000
#define MAX_DEPTH	4	/* commits and works, each while another one waits */

/**
 * struct stage - what has become of the policies
 * @policies: in the order in which they were replaced
 * @freed: which of them are freed
 * @replaced: how many are replaced
 * @unused: by how many, from the first on, no packet is judged any more
 * @left: how many are replaced and not freed
 * @others: what is done while somebody waits; NULL: nothing
 * @depth: how many commits and works have begun and not ended
 * @working: the work is one of them
 */
static struct stage {
	struct op25b_policy policies[MAX_POLICIES];
	bool freed[MAX_POLICIES];
	u32 replaced;
	u32 unused;
	u32 left;
	void (*others)(void);
	u32 depth;
	bool working;
} stage;

/* The parts */

static void commit(void)
{
	if (stage.replaced == MAX_POLICIES)
		return;
	stage.depth++;
	stage.left++;
	op25b_release(&stage.policies[stage.replaced++]);
	stage.depth--;
}

static void work(void)
{
	if (stage.working)
		return;
	stage.depth++;
	stage.working = true;
	flush_delayed_work(&release_work);
	stage.working = false;
	stage.depth--;
}

/* Anything, in any order */
static void anything(void)
{
	while (shim_below(3)) {
		if (shim_below(2))
			commit();
		else
			work();
	}
}

static void let_others(void)
{
	assert_false(release_lock.locked);
	if (stage.others && stage.depth < MAX_DEPTH)
		stage.others();
}

/* Then packets are judged by what had not been replaced when this began */
void synchronize_rcu(void)
{
	u32 replaced = stage.replaced;

	let_others();
	stage.unused = max(stage.unused, replaced);
}

void synchronize_rcu_expedited(void)
{
	synchronize_rcu();
}

void op25b_policy_put(struct op25b_policy *policy)
{
	u32 i;

	if (!policy)
		return;
	i = policy - stage.policies;
	assert_true(i < stage.unused);
	assert_false(stage.freed[i]);
	stage.freed[i] = true;
	stage.left--;
	let_others();
}

/* From nothing, even if the test before has failed */
static void begin(unsigned int max)
{
	memset(&stage, 0, sizeof(stage));
	INIT_LIST_HEAD(&retired);
	INIT_LIST_HEAD(&awaited);
	INIT_LIST_HEAD(&ready);
	nr_releases = 0;
	release_lock.locked = false;
	release_work.pending = false;
	max_releases = max;
	assert_int_equal(op25b_release_init(), 0);
}

static void end(void)
{
	op25b_release_exit();
	assert_int_equal(stage.left, 0);
	assert_int_equal(shim_memory.live, 0);
}

/* The tests */

/* However commits and the work have met: once there are no more, all are freed */
static void all_freed(void **state)
{
	int game;

	(void)state;
	for (game = 0; game < 20000; game++) {
		u32 commits = 1 + shim_below(12);

		begin(shim_below(8));
		stage.others = anything;
		while (commits--) {
			commit();
			if (!shim_below(4))
				work();
		}
		stage.others = NULL;
		while (release_work.pending)
			work();
		assert_int_equal(stage.left, 0);
		end();
	}
}

/* There are never more than the most, and no commit frees many */
static void commit_many(void)
{
	while (stage.replaced < MAX_POLICIES) {
		u32 before = stage.left;

		commit();
		assert_true(stage.left <= max_releases);
		assert_true(before + 1 - stage.left <= COMMIT_SHARE);
	}
}

static void commit_many_alone(void)
{
	stage.others = NULL;
	commit_many();
}

static const unsigned int bounds[] = { 0, 1, 2, 3, 8, 100 };

/* The work does not get to run */
static void bounded_without_work(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		begin(bounds[i]);
		commit_many();
		end();
	}
}

/* The work has begun, and waits for a grace period that takes long */
static void bounded_while_work_waits(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		begin(bounds[i]);
		do
			commit();
		while (stage.left < bounds[i] / 2);
		stage.others = commit_many_alone;
		work();
		assert_int_equal(stage.replaced, MAX_POLICIES);
		end();
	}
}

static void no_memory(void **state)
{
	(void)state;
	shim_memory.fail_in = 1;
	assert_int_equal(op25b_release_init(), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(all_freed),
		fresh_test(bounded_without_work),
		fresh_test(bounded_while_work_waits),
		fresh_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
