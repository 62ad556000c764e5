// SPDX-License-Identifier: GPL-2.0
/*
 * The part of the kernel that tests control; see shim.h.
 *
 * Memory that need not be zeroed is filled with garbage, so that nothing relies on
 * it. AddressSanitizer watches the rest.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "shim.h"

#define GARBAGE	0xa5

struct shim_memory shim_memory;
int shim_cpu;
unsigned long shim_rescheds;
unsigned long shim_prefetches;
unsigned long shim_fatal;

static uint64_t random_state = 1;

/* Like kmalloc(), aligns allocations of a power of two bytes to their size */
static void *alloc(size_t bytes)
{
	if (bytes < sizeof(void *) || bytes & (bytes - 1))
		return malloc(bytes);
	return aligned_alloc(bytes, bytes);
}

void *shim_alloc(size_t bytes, unsigned int flags)
{
	void *memory;

	if (shim_memory.fail_in && !--shim_memory.fail_in)
		return NULL;
	memory = alloc(bytes);
	if (!memory)
		abort();
	memset(memory, flags & SHIM_ZERO ? 0 : GARBAGE, bytes);
	shim_memory.live++;
	shim_memory.made++;
	shim_memory.uncharged += !(flags & SHIM_CHARGED);
	shim_memory.bytes += malloc_usable_size(memory);
	return memory;
}

void *shim_kvalloc(size_t bytes, unsigned int flags)
{
	void *memory = shim_alloc(bytes, flags);

	if (memory) {
		shim_memory.live_kv++;
		shim_memory.made_kv++;
	}
	return memory;
}

void shim_free(const void *memory)
{
	if (!memory)
		return;
	shim_memory.live--;
	shim_memory.bytes -= malloc_usable_size((void *)memory);
	free((void *)memory);
}

void shim_kvfree(const void *memory)
{
	if (memory)
		shim_memory.live_kv--;
	shim_free(memory);
}

bool shim_fatal_pending(void)
{
	if (shim_fatal > 1)
		shim_fatal--;
	else
		return shim_fatal;
	return false;
}

void shim_seed(uint64_t seed)
{
	random_state = seed;
}

/* SplitMix64: any seed will do */
uint64_t shim_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Works that wait for the end of a grace period, and those that are ready to run */
static struct rcu_work *waiting, *runnable;

/* Grace periods are numbered from 1 */
static unsigned long started;

bool queue_rcu_work(struct workqueue_struct *queue, struct rcu_work *rwork)
{
	(void)queue;
	rwork->grace = started + 1;
	rwork->next = waiting;
	waiting = rwork;
	return true;
}

unsigned long start_poll_synchronize_rcu(void)
{
	return ++started;
}

/* Makes works runnable that wait for a grace period up to this one */
static void end_grace(unsigned long grace)
{
	struct rcu_work **place = &waiting;

	while (*place) {
		struct rcu_work *rwork = *place;

		if (rwork->grace > grace) {
			place = &rwork->next;
			continue;
		}
		*place = rwork->next;
		rwork->next = runnable;
		runnable = rwork;
	}
}

void cond_synchronize_rcu(unsigned long grace)
{
	end_grace(grace);
	flush_workqueue(NULL);
}

void rcu_barrier(void)
{
	end_grace(++started);
}

void flush_workqueue(struct workqueue_struct *queue)
{
	(void)queue;
	while (runnable) {
		struct rcu_work *rwork = runnable;

		runnable = rwork->next;
		rwork->work.run(&rwork->work);
	}
}

void destroy_workqueue(struct workqueue_struct *queue)
{
	flush_workqueue(queue);
	shim_free(queue);
}
