// SPDX-License-Identifier: GPL-2.0
/*
 * Access: who may use the family, and in which namespace.
 *
 * A test that drops privileges does so in a child process, which reports by its
 * exit status.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

#define ONE	"198.51.100.0/22"

static void drop_net_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1u << CAP_NET_ADMIN);
	data[0].permitted &= ~(1u << CAP_NET_ADMIN);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static bool is_forbidden(struct client *client, int command)
{
	struct nl_msg *message = request(client, command);

	if (command == OP25B_CMD_LIST || command == OP25B_CMD_GET_STATS)
		nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	if (command == OP25B_CMD_UPDATE)
		put_add(message, OP25B_TABLE_DYNAMIC, ONE);
	return call(client, message).error == EPERM;
}

/* The first command that is not refused with EPERM, or 0 */
static int first_allowed(struct client *client)
{
	int command;

	for (command = OP25B_CMD_GET; command < OP25B_CMD_CONFIG_NTF; command++)
		if (!is_forbidden(client, command))
			return command;
	return 0;
}

/* Runs the function in a child process; returns its return value, 0..100 */
static int in_child(int (*function)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_in_range(pid, 0, 1 << 30);
	if (!pid)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int use_without_privilege(void)
{
	drop_net_admin();
	return first_allowed(client_open());
}

static void every_command_needs_net_admin(void **state)
{
	struct two *two = *state;

	assert_int_equal(in_child(use_without_privilege), 0);
	assert_int_equal(get_config(two->one).counts[OP25B_TABLE_DYNAMIC][0], 0);
	assert_int_equal(first_allowed(two->one), OP25B_CMD_GET);
}

static int join_without_privilege(void)
{
	struct client *client;

	drop_net_admin();
	client = client_open();
	return nl_socket_add_membership(client->socket, client->group) == 0;
}

static void joining_the_group_needs_net_admin(void **state)
{
	(void)state;
	assert_int_equal(in_child(join_without_privilege), 0);
}

/* Has CAP_NET_ADMIN in a new user namespace only, not in that of the network */
static int use_others_namespace(void)
{
	if (unshare(CLONE_NEWUSER))
		return 100;
	return first_allowed(client_open());
}

static void user_namespace_gives_no_right_to_another(void **state)
{
	struct two *two = *state;

	assert_int_equal(in_child(use_others_namespace), 0);
	assert_int_equal(get_config(two->one).counts[OP25B_TABLE_DYNAMIC][0], 0);
}

static int use_own_namespace(void)
{
	struct client *client, *listener;
	struct config config;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 100;
	client = client_open();
	listener = client_open();
	if (nl_socket_add_membership(listener->socket, listener->group))
		return 1;
	config = get_config(client);
	if (config.generation || config.counts[OP25B_TABLE_DYNAMIC][0])
		return 2;
	if (add(client, OP25B_TABLE_DYNAMIC, "203.0.113.0/24").error ||
	    begin(client).error || set_mode(client, OP25B_MODE_MONITOR).error ||
	    commit(client).error)
		return 3;
	if (!is_listed(client, OP25B_TABLE_DYNAMIC, "203.0.113.0/24"))
		return 4;
	return generation(client) == 2 ? 0 : 5;
}

static void works_in_a_user_namespace(void **state)
{
	struct two *two = *state;
	struct config before, after;

	assert_done(add(two->one, OP25B_TABLE_DYNAMIC, ONE));
	before = get_config(two->one);
	assert_int_equal(in_child(use_own_namespace), 0);
	after = get_config(two->one);
	assert_memory_equal(&after, &before, sizeof(after));
	assert_false(is_listed(two->one, OP25B_TABLE_DYNAMIC, "203.0.113.0/24"));
}

static const struct CMUnitTest tests[] = {
	TEST(every_command_needs_net_admin),
	TEST(joining_the_group_needs_net_admin),
	TEST(user_namespace_gives_no_right_to_another),
	TEST(works_in_a_user_namespace),
};

/** access_tests() - list the tests of this file */
size_t access_tests(struct CMUnitTest *array)
{
	memcpy(array, tests, sizeof(tests));
	return sizeof(tests) / sizeof(*tests);
}
