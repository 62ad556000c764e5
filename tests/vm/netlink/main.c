// SPDX-License-Identifier: GPL-2.0
/*
 * client GROUP: runs a group of tests in this network namespace, whose policy they
 * replace, and prints TAP if CMOCKA_MESSAGE_OUTPUT says so. Without GROUP it
 * prints the names of the groups.
 */
#include <stdio.h>
#include <string.h>

#include "tests.h"

static const struct {
	const char *name;
	size_t (*tests)(struct CMUnitTest *tests);
} groups[] = {
	{ "strict", strict_tests },
	{ "transaction", transaction_tests },
	{ "dump", dump_tests },
	{ "notify", notify_tests },
	{ "access", access_tests },
};

#define NR_GROUPS	(sizeof(groups) / sizeof(*groups))

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TESTS_MAX];
	size_t i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (argc < 2)
			puts(groups[i].name);
		else if (!strcmp(groups[i].name, argv[1]))
			return _cmocka_run_group_tests(groups[i].name, tests,
						       groups[i].tests(tests),
						       NULL, NULL);
	}
	return argc < 2 ? 0 : 2;
}
