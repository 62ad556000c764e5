/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common header of the fuzzers. A failure of a shared model aborts the fuzzer.
 */
#ifndef _TESTS_FUZZ_H
#define _TESTS_FUZZ_H

#include <linux/bug.h>
#include <stddef.h>
#include <stdint.h>

#define EXPECT(condition)	BUG_ON(!(condition))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* _TESTS_FUZZ_H */
