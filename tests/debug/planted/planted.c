// SPDX-License-Identifier: GPL-2.0
/*
 * A module with bugs, to see that the debug kernel reports them: those that
 * copy-on-write, grace periods and locks invite, in the shapes that they would
 * have in op25b. Loading it with bugs=NAME,... commits these in that order; it
 * stays loaded, so that reports name its functions. `check` knows the names.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#define CHUNKS	4

static char *bugs[8];
static int nr_bugs;
module_param_array(bugs, charp, &nr_bugs, 0444);
MODULE_PARM_DESC(bugs, "Which bugs to commit (default none)");

/**
 * struct table - a directory of chunks
 * @chunks: shared with the table that this one is a clone of, until they differ
 * @rcu: frees it, or should
 * @work: frees it, or should
 */
struct table {
	int *chunks[CHUNKS];
	struct rcu_head rcu;
	struct delayed_work work;
};

static struct table __rcu *published;
static DEFINE_MUTEX(writers);
static DEFINE_MUTEX(readers);
static DEFINE_SPINLOCK(counters);
static int counts[CHUNKS];

static struct table *create_table(void)
{
	struct table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int i;

	for (i = 0; table && i < CHUNKS; i++)
		table->chunks[i] = kzalloc(sizeof(int), GFP_KERNEL);
	return table;
}

static void free_table(struct table *table, const struct table *heir)
{
	int i;

	for (i = 0; i < CHUNKS; i++)
		if (!heir || heir->chunks[i] != table->chunks[i])
			kfree(table->chunks[i]);
	kfree(table);
}

/* As if the heir shared nothing: what it shares is freed under its readers */
static noinline int plant_shared_chunk(void)
{
	struct table *origin = create_table();
	struct table *heir;
	int found;

	heir = kmemdup(origin, sizeof(*origin), GFP_KERNEL);
	free_table(origin, NULL);
	found = *READ_ONCE(heir->chunks[1]);
	kfree(heir);
	return found;
}

/* Freed without a grace period, while a reader has it */
static noinline int plant_no_grace_period(void)
{
	struct table *table;
	int found;

	rcu_assign_pointer(published, create_table());
	rcu_read_lock();
	table = rcu_dereference(published);
	RCU_INIT_POINTER(published, NULL);
	free_table(table, NULL);
	found = !READ_ONCE(table->chunks[0]);
	rcu_read_unlock();
	return found;
}

/* A chunk that was copied is forgotten, since the heir does not have it either */
static noinline int plant_forgotten_chunk(void)
{
	struct table *table = create_table();

	table->chunks[2] = kmemdup(table->chunks[2], sizeof(int), GFP_KERNEL);
	free_table(table, NULL);
	return 0;
}

/* Two locks in one order here, in the other one there */
static noinline int plant_lock_inversion(void)
{
	mutex_lock(&writers);
	mutex_lock(&readers);
	mutex_unlock(&readers);
	mutex_unlock(&writers);

	mutex_lock(&readers);
	mutex_lock(&writers);
	mutex_unlock(&writers);
	mutex_unlock(&readers);
	return 0;
}

/* What packets are judged by is looked at without RCU */
static noinline int plant_no_rcu(void)
{
	return !!rcu_dereference(published);
}

/* Memory is asked for, and may have to be waited for, under a spinlock */
static noinline int plant_sleep(void)
{
	spin_lock_bh(&counters);
	kfree(kmalloc(sizeof(int), GFP_KERNEL));
	spin_unlock_bh(&counters);
	return 0;
}

static void end_table(struct work_struct *work)
{
	free_table(container_of(to_delayed_work(work), struct table, work), NULL);
}

/* Freed while its timer runs */
static noinline int plant_active_timer(void)
{
	struct table *table = create_table();

	INIT_DELAYED_WORK(&table->work, end_table);
	schedule_delayed_work(&table->work, 10 * HZ);
	free_table(table, NULL);
	return 0;
}

static void end_table_rcu(struct rcu_head *rcu)
{
	free_table(container_of(rcu, struct table, rcu), NULL);
}

/* Freed twice by RCU: replaced by two commits at once */
static noinline int plant_released_twice(void)
{
	struct table *table = create_table();

	rcu_read_lock();
	call_rcu(&table->rcu, end_table_rcu);
	call_rcu(&table->rcu, end_table_rcu);
	rcu_read_unlock();
	return 0;
}

/* Beyond the end of an array, by one */
static noinline int plant_bad_index(void)
{
	int index = CHUNKS;

	OPTIMIZER_HIDE_VAR(index);
	return counts[index];
}

static const struct {
	const char *name;
	int (*plant)(void);
} known[] = {
	{ "shared_chunk", plant_shared_chunk },
	{ "no_grace_period", plant_no_grace_period },
	{ "forgotten_chunk", plant_forgotten_chunk },
	{ "lock_inversion", plant_lock_inversion },
	{ "no_rcu", plant_no_rcu },
	{ "sleep", plant_sleep },
	{ "active_timer", plant_active_timer },
	{ "released_twice", plant_released_twice },
	{ "bad_index", plant_bad_index },
};

static int commit_bug(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(name, known[i].name))
			continue;
		pr_info("%s: %d\n", name, known[i].plant());
		return 0;
	}
	return -EINVAL;
}

static int __init planted_init(void)
{
	int err = 0, i;

	for (i = 0; !err && i < nr_bugs; i++)
		err = commit_bug(bugs[i]);
	return err;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);

MODULE_DESCRIPTION("Bugs for the debug kernel to find");
MODULE_LICENSE("GPL");
