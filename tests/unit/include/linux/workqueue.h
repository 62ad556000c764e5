/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Works that wait for a grace period. They run when the test says so, or when the
 * queue is flushed; see shim.h.
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

struct rcu_work {
	struct work_struct work;
	struct rcu_work *next;
	unsigned long grace;
};

#define to_rcu_work(w)	container_of(w, struct rcu_work, work)

#define INIT_RCU_WORK(rwork, function)	((rwork)->work.run = (function))

#define alloc_workqueue(name, flags, max_active) \
	((struct workqueue_struct *)shim_alloc(1, SHIM_ZERO))

bool queue_rcu_work(struct workqueue_struct *queue, struct rcu_work *rwork);
void flush_workqueue(struct workqueue_struct *queue);
void destroy_workqueue(struct workqueue_struct *queue);

#endif /* _TESTS_LINUX_WORKQUEUE_H */
