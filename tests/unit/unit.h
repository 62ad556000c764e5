/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common header of the unit tests. A failure of a shared model fails the running
 * test.
 */
#ifndef _TESTS_UNIT_H
#define _TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shim.h"

#define EXPECT(condition)	assert_true(condition)

/* A test whose setup resets the allocation counters, in case the last test failed */
#define fresh_test(function)	cmocka_unit_test_setup(function, unit_setup)

static inline int unit_setup(void **state)
{
	(void)state;
	shim_memory = (struct shim_memory) {};
	shim_fatal = 0;
	shim_cpu = 0;
	shim_seed(1);
	return 0;
}

#endif /* _TESTS_UNIT_H */
