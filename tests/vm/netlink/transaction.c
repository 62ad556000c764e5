// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: all or nothing, conflicts, and when the generation grows.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"

#define DYNAMIC		OP25B_TABLE_DYNAMIC
#define FIXED		OP25B_TABLE_FIXED
#define DIALUP		OP25B_TABLE_DIALUP
#define RELAY		OP25B_TABLE_RELAY

/* Disjoint prefixes */
#define ONE		"198.51.100.0/22"
#define TWO		"203.0.113.0/24"
#define THREE		"2001:db8:4000::/36"

#define MAX_TRANSACTIONS	64

#define NOT_OPEN	"this socket has no transaction open"
#define OPEN		"this socket has a transaction open already"
#define REFUSED_ABORT	"an update of this transaction was refused: abort it"
#define REFUSED_BEGIN	"an update of this transaction was refused: begin again"
#define CHANGED		"the policy has changed meanwhile: begin again"
#define OTHER_POLICY	"the policy is not of that generation"
#define TOO_MANY	"too many transactions are open"
#define TOO_LONG	"too many operations in one message: 4096 are allowed"
#define NOT_IN_FIXED	"this prefix is not in table fixed"

/* Offset of an operation's address attribute, which most refusals name */
static uint32_t address_place(struct nl_msg *message, struct nlattr *nest)
{
	return place(message, nla_find(nla_data(nest), nla_len(nest),
				       OP25B_A_ENTRY_ADDRESS));
}

static size_t count_all(struct client *client)
{
	struct listing listing = list(client, 0, 0);
	size_t count = listing.count;

	forget_listing(&listing);
	return count;
}

/* Fails the test unless the policy has this generation and number of entries */
static void assert_policy(struct client *client, uint64_t due, size_t count)
{
	assert_int_equal(generation(client), due);
	assert_int_equal(count_all(client), count);
}

/* Updates */

static void operations_apply_in_their_order(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);

	put_add(message, DYNAMIC, ONE);
	put_del(message, DYNAMIC, ONE);
	put_add(message, FIXED, ONE);
	put_mode(message, OP25B_MODE_OFF);
	put_add(message, RELAY, TWO);
	nla_put_u8(message, OP25B_A_FLUSH, RELAY);
	put_mode(message, OP25B_MODE_MONITOR);
	put_add(message, RELAY, THREE);
	assert_done(call(two->one, message));
	assert_true(is_listed(two->one, FIXED, ONE));
	assert_true(is_listed(two->one, RELAY, THREE));
	assert_int_equal(count_all(two->one), 2);
	assert_int_equal(get_config(two->one).mode, OP25B_MODE_MONITOR);
}

static void bad_operation_undoes_the_good_ones(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	uint64_t before = generation(two->one);
	struct nlattr *bad;
	uint32_t due;

	put_add(message, DYNAMIC, ONE);
	put_mode(message, OP25B_MODE_OFF);
	bad = put_del(message, FIXED, TWO);
	due = address_place(message, bad);
	put_add(message, RELAY, THREE);
	assert_refused(call(two->one, message), ENOENT, due, NOT_IN_FIXED);
	assert_policy(two->one, before, 0);
	assert_int_equal(get_config(two->one).mode, OP25B_MODE_ENFORCE);
}

static void prefix_is_in_one_subscriber_table(void **state)
{
	static const char *const sentences[] = {
		[DYNAMIC] = "this prefix is in table dynamic already: delete it there first",
		[FIXED] = "this prefix is in table fixed already: delete it there first",
		[DIALUP] = "this prefix is in table dialup already: delete it there first",
	};
	struct two *two = *state;
	int held, asked;

	for (held = DYNAMIC; held <= DIALUP; held++) {
		assert_done(add(two->one, held, ONE));
		for (asked = DYNAMIC; asked <= DIALUP; asked++) {
			struct nl_msg *message =
				request(two->one, OP25B_CMD_UPDATE);
			uint32_t due = address_place(message,
						     put_add(message, asked,
							     ONE));
			struct answer answer = call(two->one, message);

			if (asked == held)
				assert_done(answer);
			else
				assert_refused(answer, EEXIST, due,
					       sentences[held]);
		}
		assert_done(add(two->one, RELAY, ONE));
		assert_done(del(two->one, RELAY, ONE));
		assert_done(del(two->one, held, ONE));
	}
}

static void absent_prefix_cannot_be_deleted(void **state)
{
	static const char *const sentences[] = {
		[DYNAMIC] = "this prefix is not in table dynamic",
		[FIXED] = "this prefix is not in table fixed",
		[DIALUP] = "this prefix is not in table dialup",
		[RELAY] = "this prefix is not in table relay",
	};
	struct two *two = *state;
	int held, asked;

	for (held = DYNAMIC; held <= RELAY; held++) {
		assert_done(add(two->one, held, ONE));
		for (asked = DYNAMIC; asked <= RELAY; asked++) {
			struct nl_msg *message =
				request(two->one, OP25B_CMD_UPDATE);
			uint32_t due = address_place(message,
						     put_del(message, asked,
							     ONE));

			if (asked == held)
				nlmsg_free(message);
			else
				assert_refused(call(two->one, message), ENOENT,
					       due, sentences[asked]);
		}
		assert_done(del(two->one, held, ONE));
	}
}

static void set_max_prefixes(unsigned int max)
{
	FILE *file = fopen("/sys/module/op25b/parameters/max_prefixes", "w");

	assert_non_null(file);
	assert_true(fprintf(file, "%u\n", max) > 0);
	assert_int_equal(fclose(file), 0);
}

static void max_prefixes_is_enforced(void **state)
{
	struct two *two = *state;
	unsigned int before = get_config(two->one).max_prefixes;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	uint32_t due = address_place(message, put_add(message, RELAY, THREE));
	struct answer answer;

	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(add(two->one, FIXED, TWO));
	set_max_prefixes(2);
	assert_int_equal(get_config(two->one).max_prefixes, 2);
	answer = call(two->one, message);
	assert_done(add(two->one, FIXED, TWO));
	assert_done(del(two->one, FIXED, TWO));
	assert_done(add(two->one, RELAY, THREE));
	set_max_prefixes(before);
	assert_refused(answer, ENOSPC, due,
		       "too many prefixes: see the module parameter max_prefixes");
	assert_int_equal(count_all(two->one), 2);
}

/* Transactions */

static void draft_is_invisible_before_commit(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(add(two->one, FIXED, TWO));
	assert_policy(two->one, before, 0);
	assert_policy(two->other, before, 0);
	assert_done(commit(two->one));
	assert_policy(two->other, before + 1, 2);
	assert_refused(commit(two->one), ENOENT, 0, NOT_OPEN);
}

static void refused_update_spoils_the_transaction(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_int_equal(del(two->one, FIXED, TWO).error, ENOENT);
	assert_refused(add(two->one, RELAY, THREE), ECANCELED, 0, REFUSED_ABORT);
	assert_refused(commit(two->one), ECANCELED, 0, REFUSED_BEGIN);
	assert_policy(two->one, before, 0);

	/* the refused COMMIT has ended the transaction */
	assert_refused(abort_draft(two->one), ENOENT, 0, NOT_OPEN);
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_policy(two->one, before + 1, 1);
}

static void refused_update_can_be_aborted(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_int_equal(del(two->one, FIXED, TWO).error, ENOENT);
	assert_done(abort_draft(two->one));
	assert_done(begin(two->one));
	assert_done(add(two->one, FIXED, TWO));
	assert_done(commit(two->one));
	assert_policy(two->one, before + 1, 1);
}

static void abort_discards_the_draft(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(abort_draft(two->one));
	assert_policy(two->one, before, 0);
	assert_refused(commit(two->one), ENOENT, 0, NOT_OPEN);
	assert_refused(abort_draft(two->one), ENOENT, 0, NOT_OPEN);
}

static void closing_a_socket_aborts_its_transaction(void **state)
{
	struct two *two = *state;
	struct client *third = client_open();
	uint64_t before = generation(two->one);

	assert_done(begin(third));
	assert_done(begin(two->other));
	assert_done(add(third, DYNAMIC, ONE));
	assert_done(add(two->other, FIXED, TWO));
	client_close(third);
	assert_policy(two->one, before, 0);
	assert_done(commit(two->other));
	assert_policy(two->one, before + 1, 1);
	assert_true(is_listed(two->one, FIXED, TWO));
}

static void a_socket_has_one_transaction(void **state)
{
	struct two *two = *state;

	assert_done(begin(two->one));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_refused(begin(two->one), EALREADY, 0, OPEN);
	assert_refused(begin_anew(two->one), EALREADY, 0, OPEN);
	assert_done(commit(two->one));
	assert_int_equal(count_all(two->one), 1);
}

static void a_namespace_has_64_transactions(void **state)
{
	struct client *clients[MAX_TRANSACTIONS];
	struct two *two = *state;
	int i;

	for (i = 0; i < MAX_TRANSACTIONS; i++) {
		clients[i] = client_open();
		assert_done(begin(clients[i]));
	}
	assert_refused(begin(two->one), EBUSY, 0, TOO_MANY);
	assert_done(abort_draft(clients[0]));
	assert_done(begin(two->one));
	assert_refused(begin(clients[0]), EBUSY, 0, TOO_MANY);
	client_close(clients[1]);
	assert_done(begin(clients[0]));
	client_close(clients[0]);
	for (i = 2; i < MAX_TRANSACTIONS; i++)
		client_close(clients[i]);
}

/* Adds a prefix by an UPDATE with the flag TRANSACTION */
static struct answer add_in_transaction(struct client *client, int table,
					const char *prefix, uint32_t *flag)
{
	struct nl_msg *message = request(client, OP25B_CMD_UPDATE);

	put_add(message, table, prefix);
	nla_put_flag(message, OP25B_A_TRANSACTION);
	*flag = place(message, nlmsg_find_attr(nlmsg_hdr(message), GENL_HDRLEN,
					       OP25B_A_TRANSACTION));
	return call(client, message);
}

static void update_of_a_transaction_needs_an_open_one(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);
	struct answer answer;
	uint32_t flag;

	answer = add_in_transaction(two->one, DYNAMIC, ONE, &flag);
	assert_refused(answer, ENOENT, flag, NOT_OPEN);
	assert_policy(two->one, before, 0);

	assert_done(begin(two->one));
	assert_done(add_in_transaction(two->one, DYNAMIC, ONE, &flag));
	answer = add_in_transaction(two->other, FIXED, TWO, &flag);
	assert_refused(answer, ENOENT, flag, NOT_OPEN);
	assert_done(commit(two->one));
	assert_policy(two->one, before + 1, 1);
	answer = add_in_transaction(two->one, FIXED, TWO, &flag);
	assert_refused(answer, ENOENT, flag, NOT_OPEN);
	assert_policy(two->one, before + 1, 1);
}

/* An update with this many operations, the last of which adds ONE to dynamic */
static struct nl_msg *long_update(struct client *client, int operations,
				  uint32_t *last)
{
	struct nl_msg *message = request(client, OP25B_CMD_UPDATE);

	nla_put_flag(message, OP25B_A_TRANSACTION);
	while (--operations)
		nla_put_u8(message, OP25B_A_FLUSH, DIALUP);
	*last = place(message, put_add(message, DYNAMIC, ONE));
	return message;
}

static void long_update_is_refused_whole(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);
	struct nl_msg *message;
	uint32_t last;

	assert_done(begin(two->one));
	message = long_update(two->one, OP25B_OPERATIONS_MAX, &last);
	assert_done(call(two->one, message));
	assert_done(commit(two->one));
	assert_policy(two->one, before + 1, 1);

	assert_done(begin_anew(two->one));
	message = long_update(two->one, OP25B_OPERATIONS_MAX + 1, &last);
	assert_refused(call(two->one, message), E2BIG, last, TOO_LONG);
	assert_refused(commit(two->one), ECANCELED, 0, REFUSED_BEGIN);
	assert_policy(two->one, before + 1, 1);
}

static void update_of_another_socket_commits_alone(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_done(add(two->other, FIXED, TWO));
	assert_policy(two->one, before + 1, 1);
	assert_refused(commit(two->one), ESTALE, 0, CHANGED);
}

/* Conflicts */

static void commit_of_a_stale_copy_is_refused(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_done(begin(two->other));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(add(two->other, FIXED, TWO));
	assert_done(commit(two->other));
	assert_refused(commit(two->one), ESTALE, 0, CHANGED);
	assert_policy(two->one, before + 1, 1);
	assert_true(is_listed(two->one, FIXED, TWO));
	assert_refused(commit(two->one), ENOENT, 0, NOT_OPEN);
}

static void commit_that_changed_nothing_is_no_conflict(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin(two->one));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(begin(two->other));
	assert_done(commit(two->other));
	assert_done(set_mode(two->other, OP25B_MODE_ENFORCE));
	assert_done(commit(two->one));
	assert_policy(two->one, before + 1, 1);
}

static void begin_at_another_generation_is_refused(void **state)
{
	struct two *two = *state;
	uint64_t now = generation(two->one);
	uint64_t wrong[] = { now + 1, now - 1, now ^ 1ull << 32, ~0ull };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_refused(begin_at(two->one, wrong[i]), ESTALE,
			       NLMSG_HDRLEN + GENL_HDRLEN, OTHER_POLICY);
	assert_refused(commit(two->one), ENOENT, 0, NOT_OPEN);
	assert_done(begin_at(two->one, now));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(commit(two->one));
	assert_policy(two->one, now + 1, 1);
}

static struct answer begin_anew_at(struct client *client, uint64_t generation)
{
	struct nl_msg *message = request(client, OP25B_CMD_BEGIN);

	nla_put_flag(message, OP25B_A_REPLACE);
	nla_put_u64(message, OP25B_A_GENERATION, generation);
	return call(client, message);
}

static void generation_is_checked_again_at_commit(void **state)
{
	struct two *two = *state;
	uint64_t before = generation(two->one);

	assert_done(begin_anew_at(two->one, before));
	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(add(two->other, FIXED, TWO));
	assert_refused(commit(two->one), ESTALE, 0, CHANGED);
	assert_policy(two->one, before + 1, 1);
	assert_true(is_listed(two->one, FIXED, TWO));
}

static void replace_ignores_the_running_policy(void **state)
{
	struct two *two = *state;
	struct config config;
	uint64_t before;

	assert_done(add(two->one, DYNAMIC, ONE));
	assert_done(set_mode(two->one, OP25B_MODE_MONITOR));
	before = generation(two->one);
	assert_done(begin_anew(two->one));
	assert_done(add(two->one, RELAY, THREE));
	assert_done(add(two->other, FIXED, TWO));
	assert_done(commit(two->one));
	assert_policy(two->one, before + 2, 1);
	assert_true(is_listed(two->one, RELAY, THREE));

	config = get_config(two->one);
	assert_int_equal(config.mode, OP25B_MODE_ENFORCE);
	assert_int_equal(config.action, OP25B_ACTION_DROP);
	assert_int_equal(config.close_return, 1);
	assert_int_equal(config.reply_rate, 1000);
}

/* Generations */

static void put_sample(struct nl_msg *message)
{
	struct entry entry = entry_of(DYNAMIC, ONE);

	strcpy(entry.label, "bflets");
	entry.flags = OP25B_ENTRY_MONITOR;
	put_entry(message, OP25B_A_ADD, &entry);
	put_add(message, FIXED, TWO);
	put_add(message, RELAY, THREE);
	put_mode(message, OP25B_MODE_MONITOR);
}

static void load_sample(struct client *client)
{
	struct nl_msg *message;

	assert_done(begin_anew(client));
	message = request(client, OP25B_CMD_UPDATE);
	put_sample(message);
	assert_done(call(client, message));
	assert_done(commit(client));
}

static void no_change_keeps_the_generation(void **state)
{
	struct two *two = *state;
	struct nl_msg *message;
	uint64_t before;

	load_sample(two->one);
	before = generation(two->one);

	load_sample(two->one);			/* an identical policy */
	message = request(two->one, OP25B_CMD_UPDATE);
	put_sample(message);
	assert_done(call(two->one, message));
	assert_done(set_mode(two->one, OP25B_MODE_MONITOR));
	message = request(two->one, OP25B_CMD_UPDATE);
	put_mode(message, OP25B_MODE_OFF);
	put_mode(message, OP25B_MODE_MONITOR);
	nla_put_u8(message, OP25B_A_FLUSH, DIALUP);
	assert_done(call(two->one, message));
	assert_done(call_simply(two->one, OP25B_CMD_UPDATE));
	assert_done(begin(two->one));
	assert_done(commit(two->one));
	assert_done(call_simply(two->one, OP25B_CMD_RESET_STATS));
	assert_policy(two->one, before, 3);
}

/* Changing an entry and changing it back counts as a change */
static void changes_that_cancel_out_are_one_generation(void **state)
{
	struct two *two = *state;
	struct nl_msg *message;
	uint64_t before;

	load_sample(two->one);
	before = generation(two->one);
	message = request(two->one, OP25B_CMD_UPDATE);
	put_add(message, DIALUP, "192.0.2.0/24");
	put_del(message, DIALUP, "192.0.2.0/24");
	assert_done(call(two->one, message));
	assert_policy(two->one, before + 1, 3);
}

/* One change of the sample policy, of the given kind */
static void put_change(struct nl_msg *message, int kind)
{
	struct entry entry = entry_of(DYNAMIC, ONE);
	struct nlattr *nest;

	strcpy(entry.label, kind == 0 ? "adsl" : "bflets");
	entry.flags = kind == 1 ? 0 : OP25B_ENTRY_MONITOR;
	entry.timeout = kind == 2 ? 1000 : 0;
	if (kind <= 2)
		put_entry(message, OP25B_A_ADD, &entry);
	else if (kind == 3)
		put_del(message, FIXED, TWO);
	else if (kind == 4)
		nla_put_u8(message, OP25B_A_FLUSH, RELAY);
	if (kind <= 4)
		return;
	nest = nla_nest_start(message, OP25B_A_SET);
	nest->nla_type |= NLA_F_NESTED;
	if (kind == 5)
		nla_put_u8(message, OP25B_A_SETTINGS_ACTION, OP25B_ACTION_RESET);
	else if (kind == 6)
		nla_put_u8(message, OP25B_A_SETTINGS_RETURN, 0);
	else
		nla_put_u32(message, OP25B_A_SETTINGS_REPLY_RATE, 999);
	nla_nest_end(message, nest);
}

static void each_change_is_one_generation(void **state)
{
	struct two *two = *state;
	struct nl_msg *message;
	uint64_t before;
	int kind;

	for (kind = 0; kind <= 7; kind++) {
		load_sample(two->one);
		before = generation(two->one);
		message = request(two->one, OP25B_CMD_UPDATE);
		put_change(message, kind);
		assert_done(call(two->one, message));
		if (generation(two->one) != before + 1)
			fail_msg("change %d: generation %llu, then %llu", kind,
				 (unsigned long long)before,
				 (unsigned long long)generation(two->one));
	}
}

static void expiry_is_a_generation(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	struct entry entry = entry_of(DYNAMIC, ONE);
	uint64_t before;
	int tries;

	entry.timeout = 1;
	put_entry(message, OP25B_A_ADD, &entry);
	assert_done(call(two->one, message));
	before = generation(two->one);
	for (tries = 0; tries < 100 && generation(two->one) == before; tries++)
		usleep(100000);
	assert_policy(two->one, before + 1, 0);
}

static const struct CMUnitTest tests[] = {
	TEST(operations_apply_in_their_order),
	TEST(bad_operation_undoes_the_good_ones),
	TEST(prefix_is_in_one_subscriber_table),
	TEST(absent_prefix_cannot_be_deleted),
	TEST(max_prefixes_is_enforced),
	TEST(draft_is_invisible_before_commit),
	TEST(refused_update_spoils_the_transaction),
	TEST(refused_update_can_be_aborted),
	TEST(abort_discards_the_draft),
	TEST(closing_a_socket_aborts_its_transaction),
	TEST(a_socket_has_one_transaction),
	TEST(a_namespace_has_64_transactions),
	TEST(update_of_a_transaction_needs_an_open_one),
	TEST(long_update_is_refused_whole),
	TEST(update_of_another_socket_commits_alone),
	TEST(commit_of_a_stale_copy_is_refused),
	TEST(commit_that_changed_nothing_is_no_conflict),
	TEST(begin_at_another_generation_is_refused),
	TEST(generation_is_checked_again_at_commit),
	TEST(replace_ignores_the_running_policy),
	TEST(no_change_keeps_the_generation),
	TEST(changes_that_cancel_out_are_one_generation),
	TEST(each_change_is_one_generation),
	TEST(expiry_is_a_generation),
};

/** transaction_tests() - list the tests of this file */
size_t transaction_tests(struct CMUnitTest *array)
{
	memcpy(array, tests, sizeof(tests));
	return sizeof(tests) / sizeof(*tests);
}
