// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications: exactly one for each commit that changed something.
 */
#include <poll.h>
#include <string.h>

#include "tests.h"

#define ONE	"198.51.100.0/22"
#define TWO	"203.0.113.0/24"

/* Milliseconds in which a notification of a commit arrives */
#define SOON	100
#define LATER	10000

static void listen_on(struct client *client)
{
	assert_int_equal(nl_socket_add_membership(client->socket, client->group),
			 0);
}

static bool is_readable(struct client *client, int milliseconds)
{
	struct pollfd fd = {
		.fd = nl_socket_get_fd(client->socket),
		.events = POLLIN,
	};

	return poll(&fd, 1, milliseconds) == 1;
}

static void take_config(const struct nlmsghdr *message, void *data)
{
	assert_int_equal(message->nlmsg_seq, 0);
	assert_int_equal(message->nlmsg_pid, 0);
	read_config(message, OP25B_CMD_CONFIG_NTF, data);
}

/* Fails the test unless there is exactly one notification, equal to GET's reply */
static void assert_notified(struct two *two, int milliseconds)
{
	struct config seen, expected = get_config(two->other);
	struct answer answer = { 0 };

	assert_true(is_readable(two->one, milliseconds));
	assert_false(dump_some(two->one, take_config, &seen, &answer));
	if (milliseconds != SOON)
		expected = get_config(two->other);
	assert_memory_equal(&seen, &expected, sizeof(seen));
	assert_false(is_readable(two->one, SOON));
}

static void each_commit_notifies_once(void **state)
{
	struct two *two = *state;

	listen_on(two->one);
	assert_done(add(two->other, OP25B_TABLE_DYNAMIC, ONE));
	assert_notified(two, SOON);
	assert_done(add(two->other, OP25B_TABLE_RELAY, "2001:db8::/32"));
	assert_notified(two, SOON);
	assert_done(set_mode(two->other, OP25B_MODE_OFF));
	assert_notified(two, SOON);
	assert_done(del(two->other, OP25B_TABLE_DYNAMIC, ONE));
	assert_notified(two, SOON);
}

static void transaction_notifies_at_its_commit(void **state)
{
	struct two *two = *state;

	listen_on(two->one);
	assert_done(begin(two->other));
	assert_done(add(two->other, OP25B_TABLE_DYNAMIC, ONE));
	assert_done(add(two->other, OP25B_TABLE_FIXED, TWO));
	assert_false(is_readable(two->one, SOON));
	assert_done(commit(two->other));
	assert_notified(two, SOON);
}

static void no_change_sends_no_notification(void **state)
{
	struct two *two = *state;

	assert_done(add(two->other, OP25B_TABLE_DYNAMIC, ONE));
	listen_on(two->one);
	assert_done(add(two->other, OP25B_TABLE_DYNAMIC, ONE));
	assert_done(set_mode(two->other, OP25B_MODE_ENFORCE));
	assert_int_equal(del(two->other, OP25B_TABLE_FIXED, TWO).error, ENOENT);
	assert_done(begin(two->other));
	assert_done(add(two->other, OP25B_TABLE_FIXED, TWO));
	assert_done(abort_draft(two->other));
	assert_done(call_simply(two->other, OP25B_CMD_RESET_STATS));
	assert_false(is_readable(two->one, SOON));
}

static void expiry_notifies(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->other, OP25B_CMD_UPDATE);
	struct entry entry = entry_of(OP25B_TABLE_DYNAMIC, ONE);

	entry.timeout = 1;
	put_entry(message, OP25B_A_ADD, &entry);
	assert_done(call(two->other, message));
	listen_on(two->one);
	assert_notified(two, LATER);
	assert_int_equal(get_config(two->other).counts[OP25B_TABLE_DYNAMIC][0], 0);
}

static void leaving_the_group_ends_notifications(void **state)
{
	struct two *two = *state;

	listen_on(two->one);
	assert_int_equal(nl_socket_drop_membership(two->one->socket,
						   two->one->group), 0);
	assert_done(add(two->other, OP25B_TABLE_DYNAMIC, ONE));
	assert_false(is_readable(two->one, SOON));
}

static const struct CMUnitTest tests[] = {
	TEST(each_commit_notifies_once),
	TEST(transaction_notifies_at_its_commit),
	TEST(no_change_sends_no_notification),
	TEST(expiry_notifies),
	TEST(leaving_the_group_ends_notifications),
};

/** notify_tests() - list the tests of this file */
size_t notify_tests(struct CMUnitTest *array)
{
	memcpy(array, tests, sizeof(tests));
	return sizeof(tests) / sizeof(*tests);
}
