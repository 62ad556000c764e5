/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of the kernel that tests control: memory, random numbers, signals and
 * the CPU. Called by the headers in include/linux and by the tests.
 */
#ifndef _TESTS_SHIM_H
#define _TESTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct shim_memory - allocations of src/
 * @live: number of allocations not freed
 * @live_kv: number of kvmalloc() and similar calls, minus that of kvfree()
 * @bytes: size of the allocations not freed
 * @made: number of all allocations so far
 * @made_kv: number of those by kvmalloc() and similar calls
 * @uncharged: number of those without __GFP_ACCOUNT
 * @fail_in: the allocation that fails, counted from now, from 1 on; 0 for none
 */
struct shim_memory {
	size_t live;
	ptrdiff_t live_kv;
	size_t bytes;
	size_t made;
	size_t made_kv;
	size_t uncharged;
	size_t fail_in;
};

extern struct shim_memory shim_memory;
extern int shim_cpu;

/* Calls of cond_resched() */
extern unsigned long shim_rescheds;

/* Calls of prefetch() */
extern unsigned long shim_prefetches;

/* The check from which on a fatal signal is pending, counted from 1; 0 for none */
extern unsigned long shim_fatal;

#define SHIM_ZERO	1
#define SHIM_CHARGED	2

void *shim_alloc(size_t bytes, unsigned int flags);
void *shim_kvalloc(size_t bytes, unsigned int flags);
void shim_free(const void *memory);
void shim_kvfree(const void *memory);

bool shim_fatal_pending(void);

void shim_seed(uint64_t seed);
uint64_t shim_random(void);

/* A random number below n */
static inline uint32_t shim_below(uint32_t n)
{
	return (shim_random() >> 32) * n >> 32;
}

#endif /* _TESTS_SHIM_H */
