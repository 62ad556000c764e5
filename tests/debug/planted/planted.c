// SPDX-License-Identifier: GPL-2.0
/*
 * A module with bugs, to check that the debug kernel reports them: typical bugs of
 * copy-on-write, grace periods and locking, as op25b might have them. Loading it with
 * bugs=NAME,... commits these in that order; it stays loaded, so that reports name
 * its functions. `check` has the list of names.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#define TABLE_PAGES	4

static char *bugs[8];
static int nr_bugs;
module_param_array(bugs, charp, &nr_bugs, 0444);
MODULE_PARM_DESC(bugs, "Which bugs to commit (default none)");

/**
 * struct table - a directory of pages
 * @pages: shared with the table that this one is a clone of, until they differ
 * @rcu: for freeing the table after a grace period
 * @work: for freeing the table later
 */
struct table {
	int *pages[TABLE_PAGES];
	struct rcu_head rcu;
	struct delayed_work work;
};

static struct table __rcu *published;
static DEFINE_MUTEX(writers);
static DEFINE_MUTEX(readers);
static DEFINE_SPINLOCK(counters);
static int counts[TABLE_PAGES];

static struct table *create_table(void)
{
	struct table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int i;

	for (i = 0; table && i < TABLE_PAGES; i++)
		table->pages[i] = kzalloc(sizeof(int), GFP_KERNEL);
	return table;
}

static void free_table(struct table *table, const struct table *clone)
{
	int i;

	for (i = 0; i < TABLE_PAGES; i++)
		if (!clone || clone->pages[i] != table->pages[i])
			kfree(table->pages[i]);
	kfree(table);
}

/* Frees pages that a clone shares and still reads */
static noinline int plant_shared_page(void)
{
	struct table *origin = create_table();
	struct table *clone;
	int found;

	clone = kmemdup(origin, sizeof(*origin), GFP_KERNEL);
	free_table(origin, NULL);
	found = *READ_ONCE(clone->pages[1]);
	kfree(clone);
	return found;
}

/* Frees a table without a grace period, while a reader uses it */
static noinline int plant_no_grace_period(void)
{
	struct table *table;
	int found;

	rcu_assign_pointer(published, create_table());
	rcu_read_lock();
	table = rcu_dereference(published);
	RCU_INIT_POINTER(published, NULL);
	free_table(table, NULL);
	found = !READ_ONCE(table->pages[0]);
	rcu_read_unlock();
	return found;
}

/* Leaks a page that was replaced by a copy */
static noinline int plant_forgotten_page(void)
{
	struct table *table = create_table();

	table->pages[2] = kmemdup(table->pages[2], sizeof(int), GFP_KERNEL);
	free_table(table, NULL);
	return 0;
}

/* Takes two locks in both orders */
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

/* Reads the published table outside of an RCU read-side critical section */
static noinline int plant_no_rcu(void)
{
	return !!rcu_dereference(published);
}

/* Allocates memory under a spinlock by a call that may sleep */
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

/* Frees a table while its timer runs */
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

/* Passes a table to call_rcu() twice, as two concurrent commits might */
static noinline int plant_released_twice(void)
{
	struct table *table = create_table();

	rcu_read_lock();
	call_rcu(&table->rcu, end_table_rcu);
	call_rcu(&table->rcu, end_table_rcu);
	rcu_read_unlock();
	return 0;
}

/* Reads one element beyond the end of an array */
static noinline int plant_bad_index(void)
{
	int index = TABLE_PAGES;

	OPTIMIZER_HIDE_VAR(index);
	return counts[index];
}

static const struct {
	const char *name;
	int (*plant)(void);
} known[] = {
	{ "shared_page", plant_shared_page },
	{ "no_grace_period", plant_no_grace_period },
	{ "forgotten_page", plant_forgotten_page },
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
