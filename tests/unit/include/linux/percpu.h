/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU memory for two CPUs; the test chooses the current one.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_PERCPU_H
#define _TESTS_LINUX_PERCPU_H

#include <linux/bug.h>
#include <linux/slab.h>

#define SHIM_CPUS	2
#define SHIM_CPU_BYTES	4096	/* the most bytes of an allocation for each CPU */

#define for_each_possible_cpu(cpu)	for (cpu = 0; cpu < SHIM_CPUS; cpu++)
#define per_cpu_ptr(ptr, cpu) \
	((typeof(ptr))((uintptr_t)(ptr) + (cpu) * SHIM_CPU_BYTES))
#define this_cpu_ptr(ptr)		per_cpu_ptr(ptr, shim_cpu)
#define free_percpu(ptr)		shim_free(ptr)

static inline void *__alloc_percpu_gfp(size_t bytes, size_t align, gfp_t gfp)
{
	(void)align;
	BUG_ON(bytes > SHIM_CPU_BYTES);
	return shim_alloc(SHIM_CPUS * SHIM_CPU_BYTES, gfp | SHIM_ZERO);
}

#endif /* _TESTS_LINUX_PERCPU_H */
