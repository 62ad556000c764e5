/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Delayed works: they run when the test flushes them.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_WORKQUEUE_H
#define _TESTS_LINUX_WORKQUEUE_H

#include <linux/slab.h>
#include <linux/types.h>

#define WQ_UNBOUND	0

struct workqueue_struct;

struct work_struct {
	void (*run)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
	bool pending;
};

#define DECLARE_DELAYED_WORK(name, function) \
	struct delayed_work name = { .work.run = function }

#define alloc_workqueue(name, flags, max_active) \
	((struct workqueue_struct *)shim_alloc(1, true))
#define destroy_workqueue(queue)	shim_free(queue)

/* One that runs may be queued again, as in the kernel */
static inline bool queue_delayed_work(struct workqueue_struct *queue,
				      struct delayed_work *work,
				      unsigned long delay)
{
	bool was_pending = work->pending;

	(void)queue;
	(void)delay;
	work->pending = true;
	return !was_pending;
}

static inline bool flush_delayed_work(struct delayed_work *work)
{
	bool was_pending = work->pending;

	work->pending = false;
	if (was_pending)
		work->work.run(&work->work);
	return was_pending;
}

#endif /* _TESTS_LINUX_WORKQUEUE_H */
