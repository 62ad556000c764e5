// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests have a hand in where src/ calls the kernel.
 *
 * Memory that is not asked to be zeroed is filled with garbage, so that nobody
 * relies on it; beyond that AddressSanitizer watches it.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

#define GARBAGE	0xa5

struct shim_memory shim_memory;
int shim_cpu;
unsigned long shim_rescheds;

static uint64_t random_state = 1;

void *shim_alloc(size_t bytes, bool zero)
{
	void *memory;

	if (shim_memory.fail_in && !--shim_memory.fail_in)
		return NULL;
	memory = malloc(bytes);
	if (!memory)
		abort();
	memset(memory, zero ? 0 : GARBAGE, bytes);
	shim_memory.live++;
	shim_memory.made++;
	shim_memory.bytes += malloc_usable_size(memory);
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
