// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps: each is one snapshot, however many messages it has and whatever is
 * committed between them.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

/* Entries for a dump of many messages, and how many go in one update */
#define MANY		6000
#define AT_ONCE		1000

static struct entry many_entry(uint32_t number)
{
	struct entry entry = { .table = number % 3 + 1, .bytes = 4, .length = 32 };
	uint32_t address = htonl(0x0a000000 + number);

	memcpy(entry.address, &address, sizeof(address));
	if (number % 5 == 0) {
		entry.table = OP25B_TABLE_RELAY;
		entry.bytes = 16;
		entry.length = 100;
		entry.address[0] = 0x20;
	}
	if (number % 7 == 0)
		strcpy(entry.label, "フレッツ・ADSL");
	if (entry.table == OP25B_TABLE_DYNAMIC && number % 2)
		entry.flags = OP25B_ENTRY_MONITOR;
	return entry;
}

/* Adds or deletes the entries from first on, before the end */
static void update_many(struct client *client, int operation, uint32_t first,
			uint32_t end)
{
	uint32_t number, last;

	for (; first < end; first = last) {
		struct nl_msg *message = request(client, OP25B_CMD_UPDATE);

		last = first + AT_ONCE < end ? first + AT_ONCE : end;
		for (number = first; number < last; number++) {
			struct entry entry = many_entry(number);

			if (operation == OP25B_A_DEL) {
				entry.flags = 0;
				entry.label[0] = '\0';
			}
			put_entry(message, operation, &entry);
		}
		assert_done(call(client, message));
	}
}

static struct listing many_listing(void)
{
	struct listing listing = { .count = MANY };
	uint32_t number;

	listing.entries = calloc(MANY, sizeof(*listing.entries));
	assert_non_null(listing.entries);
	for (number = 0; number < MANY; number++)
		listing.entries[number] = many_entry(number);
	sort_listing(&listing);
	return listing;
}

static void load_many(struct client *client)
{
	assert_done(begin_anew(client));
	update_many(client, OP25B_A_ADD, 0, MANY);
	assert_done(commit(client));
}

static void dump_holds_all_entries(void **state)
{
	struct two *two = *state;
	struct listing expected = many_listing();
	struct listing seen;

	load_many(two->one);
	client_shrink_buffer(two->one);
	seen = list(two->one, 0, 0);
	assert_in_range(seen.messages, 20, MANY);
	assert_int_equal(seen.generation, generation(two->one));
	assert_listings_equal(&seen, &expected);
}

static bool is_asked_for(const struct entry *entry, int table, int family)
{
	return (!table || entry->table == table) &&
	       (!family || (family == AF_INET) == (entry->bytes == 4));
}

static void dump_of_table_and_family(void **state)
{
	static const int families[] = { 0, AF_INET, AF_INET6 };
	struct two *two = *state;
	int table;
	size_t f, i;

	load_many(two->one);
	for (table = 0; table <= OP25B_TABLE_MAX; table++) {
		for (f = 0; f < 3; f++) {
			struct listing expected = many_listing();
			struct listing seen = list(two->one, table, families[f]);
			size_t kept = 0;

			for (i = 0; i < MANY; i++)
				if (is_asked_for(&expected.entries[i], table,
						 families[f]))
					expected.entries[kept++] =
						expected.entries[i];
			expected.count = kept;
			assert_listings_equal(&seen, &expected);
		}
	}
}

static void dump_of_nothing_is_one_message(void **state)
{
	struct two *two = *state;
	struct listing listing = list(two->one, 0, 0);

	assert_int_equal(listing.count, 0);
	assert_int_equal(listing.messages, 1);
	assert_int_equal(listing.generation, generation(two->one));
	assert_done(add(two->one, OP25B_TABLE_FIXED, "192.0.2.0/24"));
	listing = list(two->one, OP25B_TABLE_RELAY, AF_INET6);
	assert_int_equal(listing.count, 0);
	assert_int_equal(listing.messages, 1);
}

/* One change of the policy by another socket, of a kind for each round */
static void disturb(struct client *client, int round)
{
	switch (round % 4) {
	case 0:
		update_many(client, OP25B_A_DEL, 100 * round, 100 * round + 50);
		break;
	case 1:
		update_many(client, OP25B_A_ADD, MANY + 100 * round,
			    MANY + 100 * round + 50);
		break;
	case 2:
		assert_done(begin_anew(client));
		assert_done(commit(client));
		break;
	default:
		load_many(client);
	}
}

static void dump_is_of_one_snapshot(void **state)
{
	struct two *two = *state;
	struct listing expected = many_listing();
	struct listing seen = { 0 };
	struct answer answer = { 0 };
	uint64_t before;
	int round = 0;

	load_many(two->one);
	before = generation(two->one);
	client_shrink_buffer(two->one);
	request_list(two->one, 0, 0);
	while (!dump_some(two->one, take_entries, &seen, &answer))
		if (round < 12)
			disturb(two->other, round++);
	assert_done(answer);
	assert_int_equal(round, 12);
	assert_int_equal(seen.generation, before);
	assert_true(generation(two->other) >= before + 12);
	sort_listing(&seen);
	assert_listings_equal(&seen, &expected);
}

static void dumps_of_two_sockets_differ(void **state)
{
	struct two *two = *state;
	struct listing old = { 0 }, new = { 0 }, expected = many_listing();
	struct answer answer = { 0 }, end = { 0 };
	bool first = false, second = false;

	load_many(two->one);
	client_shrink_buffer(two->one);
	client_shrink_buffer(two->other);
	request_list(two->one, 0, 0);
	assert_false(dump_some(two->one, take_entries, &old, &answer));
	update_many(two->other, OP25B_A_DEL, 1, MANY);
	request_list(two->other, 0, 0);
	while (!first || !second) {
		second = second || dump_some(two->other, take_entries, &new, &end);
		first = first || dump_some(two->one, take_entries, &old, &answer);
	}
	assert_done(answer);
	assert_done(end);
	assert_int_equal(new.count, 1);
	assert_true(new.generation > old.generation);
	sort_listing(&old);
	assert_listings_equal(&old, &expected);
	forget_listing(&new);
}

static void dump_can_be_abandoned(void **state)
{
	struct two *two = *state;
	struct client *third = client_open();
	struct listing listing = { 0 };
	struct answer answer = { 0 };

	load_many(two->one);
	client_shrink_buffer(third);
	request_list(third, 0, 0);
	assert_false(dump_some(third, take_entries, &listing, &answer));
	client_close(third);
	forget_listing(&listing);
	load_many(two->one);
	assert_done(begin_anew(two->one));
	assert_done(commit(two->one));
	listing = list(two->one, 0, 0);
	assert_int_equal(listing.count, 0);
}

static void dump_does_not_see_a_draft(void **state)
{
	struct two *two = *state;
	struct listing listing;

	assert_done(begin(two->one));
	update_many(two->one, OP25B_A_ADD, 0, 100);
	listing = list(two->one, 0, 0);
	assert_int_equal(listing.count, 0);
	assert_done(commit(two->one));
	listing = list(two->one, 0, 0);
	assert_int_equal(listing.count, 100);
	forget_listing(&listing);
}

/* Counters */

struct stats {
	size_t reasons;
	size_t labels;
	size_t suppressed;
};

static void take_stats(const struct nlmsghdr *message, void *data)
{
	struct stats *stats = data;
	struct nlattr *attr, *attrs[OP25B_A_STAT_MAX + 1];
	int rest;

	nlmsg_for_each_attr(attr, (struct nlmsghdr *)message, GENL_HDRLEN, rest) {
		if (nla_type(attr) == OP25B_A_REPLIES_SUPPRESSED)
			stats->suppressed++;
		if (nla_type(attr) != OP25B_A_STAT)
			continue;
		nla_parse_nested(attrs, OP25B_A_STAT_MAX, attr, NULL);
		assert_non_null(attrs[OP25B_A_STAT_OUTCOME]);
		assert_int_equal(nla_get_u64(attrs[OP25B_A_STAT_PACKETS]), 0);
		assert_int_equal(nla_get_u64(attrs[OP25B_A_STAT_BYTES]), 0);
		stats->reasons += !!attrs[OP25B_A_STAT_REASON];
		stats->labels += !!attrs[OP25B_A_STAT_LABEL];
	}
}

static void stats_of_many_labels(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	struct stats stats = { 0 };
	int number;

	for (number = 0; number < 500; number++) {
		struct entry entry = many_entry(number);

		snprintf(entry.label, sizeof(entry.label), "label %d", number);
		put_entry(message, OP25B_A_ADD, &entry);
	}
	assert_done(call(two->one, message));
	message = request(two->one, OP25B_CMD_GET_STATS);
	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	client_shrink_buffer(two->one);
	client_send(two->one, message);
	assert_done(dump_rest(two->one, take_stats, &stats));
	/* relay, fixed, dialup, other: passed; three more: blocked, monitored */
	assert_int_equal(stats.reasons, 4 + 3 * 2);
	assert_int_equal(stats.labels, 500 * 2);
	assert_int_equal(stats.suppressed, 1);
}

static const struct CMUnitTest tests[] = {
	TEST(dump_holds_all_entries),
	TEST(dump_of_table_and_family),
	TEST(dump_of_nothing_is_one_message),
	TEST(dump_is_of_one_snapshot),
	TEST(dumps_of_two_sockets_differ),
	TEST(dump_can_be_abandoned),
	TEST(dump_does_not_see_a_draft),
	TEST(stats_of_many_labels),
};

/** dump_tests() - list the tests of this file */
size_t dump_tests(struct CMUnitTest *array)
{
	memcpy(array, tests, sizeof(tests));
	return sizeof(tests) / sizeof(*tests);
}
