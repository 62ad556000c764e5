/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests have a hand in where src/ calls the kernel: memory, random
 * numbers and the CPU it runs on. Called by the headers in include/linux and
 * by the tests.
 */
#ifndef _TESTS_SHIM_H
#define _TESTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct shim_memory - what src/ has allocated
 * @live: allocations not freed
 * @bytes: of them
 * @made: allocations ever
 * @fail_in: how many allocations from now one fails; 0 for never
 */
struct shim_memory {
	size_t live;
	size_t bytes;
	size_t made;
	size_t fail_in;
};

extern struct shim_memory shim_memory;
extern int shim_cpu;

/* How often src/ has let others run: once a chunk, where it looks at many */
extern unsigned long shim_rescheds;

void *shim_alloc(size_t bytes, bool zero);
void shim_free(const void *memory);

void shim_seed(uint64_t seed);
uint64_t shim_random(void);

/* A random number below n */
static inline uint32_t shim_below(uint32_t n)
{
	return (shim_random() >> 32) * n >> 32;
}

#endif /* _TESTS_SHIM_H */
