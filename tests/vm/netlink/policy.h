/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies: build operations, parse what the kernel reports, compare it with
 * expected values.
 */
#ifndef POLICY_H
#define POLICY_H

#include "client.h"

/**
 * struct config - the attributes of a reply to GET and of a notification
 * @generation: of the policy
 * @mode: &enum op25b_mode
 * @action: &enum op25b_action
 * @close_return: 0 or 1
 * @reply_rate: replies a second
 * @counts: entries by &enum op25b_table_id, IPv4 then IPv6
 * @memory: bytes
 * @max_prefixes: the most prefixes that a policy may have
 */
struct config {
	uint64_t generation;
	uint8_t mode;
	uint8_t action;
	uint8_t close_return;
	uint32_t reply_rate;
	uint32_t counts[OP25B_TABLE_MAX + 1][2];
	uint64_t memory;
	uint32_t max_prefixes;
};

/* An entry; unused bytes are zero, so that memcmp() can compare two */
struct entry {
	uint8_t table;
	uint8_t length;
	uint8_t bytes;
	uint8_t address[16];
	uint32_t flags;
	uint32_t timeout;
	char label[OP25B_LABEL_MAX + 1];
};

/**
 * struct listing - a dump of entries
 * @entries: the entries, in order after sort_listing()
 * @count: their number
 * @room: the number that fits into the memory allocated
 * @messages: the number of messages received
 * @generation: the generation that each message had
 */
struct listing {
	struct entry *entries;
	size_t count;
	size_t room;
	size_t messages;
	uint64_t generation;
};

struct entry entry_of(int table, const char *prefix);

struct nlattr *put_entry(struct nl_msg *message, int operation,
			 const struct entry *entry);
struct nlattr *put_add(struct nl_msg *message, int table, const char *prefix);
struct nlattr *put_del(struct nl_msg *message, int table, const char *prefix);
void put_mode(struct nl_msg *message, int mode);

struct answer add(struct client *client, int table, const char *prefix);
struct answer del(struct client *client, int table, const char *prefix);
struct answer set_mode(struct client *client, int mode);
struct answer begin(struct client *client);
struct answer begin_anew(struct client *client);
struct answer begin_at(struct client *client, uint64_t generation);
struct answer commit(struct client *client);
struct answer abort_draft(struct client *client);

void read_config(const struct nlmsghdr *message, int command,
		 struct config *config);
struct config get_config(struct client *client);
uint64_t generation(struct client *client);

void request_list(struct client *client, int table, int family);
void take_entries(const struct nlmsghdr *message, void *data);
struct listing list(struct client *client, int table, int family);
void sort_listing(struct listing *listing);
void forget_listing(struct listing *listing);
void assert_listings_equal(struct listing *seen, struct listing *expected);
bool is_listed(struct client *client, int table, const char *prefix);

int open_two(void **state);
int close_two(void **state);

/* The two sockets of each test, from open_two() */
struct two {
	struct client *one;
	struct client *other;
};

#endif /* POLICY_H */
