/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tests, a group a file. Each test starts with an empty policy and two
 * sockets, in a &struct two.
 */
#ifndef TESTS_H
#define TESTS_H

#include "policy.h"

/* The most tests that a group may have */
#define TESTS_MAX	128

#define TEST(function)	\
	cmocka_unit_test_setup_teardown(function, open_two, close_two)

/* Each writes its tests to the array and returns their number */
size_t strict_tests(struct CMUnitTest *tests);
size_t transaction_tests(struct CMUnitTest *tests);
size_t dump_tests(struct CMUnitTest *tests);
size_t notify_tests(struct CMUnitTest *tests);
size_t access_tests(struct CMUnitTest *tests);

#endif /* TESTS_H */
