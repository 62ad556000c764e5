// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: build operations, parse what the kernel reports, compare it with
 * expected values.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

/* Operations */

/** entry_of() - make an entry from a prefix, ADDRESS/LENGTH */
struct entry entry_of(int table, const char *prefix)
{
	struct entry entry = { .table = table };
	char address[INET6_ADDRSTRLEN];
	int family = strchr(prefix, ':') ? AF_INET6 : AF_INET;

	assert_int_equal(sscanf(prefix, "%45[^/]/%hhu", address,
				&entry.length), 2);
	assert_int_equal(inet_pton(family, address, entry.address), 1);
	entry.bytes = family == AF_INET ? 4 : 16;
	return entry;
}

/** put_entry() - write ADD or DEL */
struct nlattr *put_entry(struct nl_msg *message, int operation,
			 const struct entry *entry)
{
	struct nlattr *nest = nla_nest_start(message, operation);

	assert_non_null(nest);
	nest->nla_type |= NLA_F_NESTED;
	nla_put_u8(message, OP25B_A_ENTRY_TABLE, entry->table);
	nla_put(message, OP25B_A_ENTRY_ADDRESS, entry->bytes, entry->address);
	nla_put_u8(message, OP25B_A_ENTRY_PREFIX_LEN, entry->length);
	if (entry->flags)
		nla_put_u32(message, OP25B_A_ENTRY_FLAGS, entry->flags);
	if (entry->timeout)
		nla_put_u32(message, OP25B_A_ENTRY_TIMEOUT, entry->timeout);
	if (*entry->label)
		nla_put_string(message, OP25B_A_ENTRY_LABEL, entry->label);
	nla_nest_end(message, nest);
	return nest;
}

/** put_add() - write ADD of a prefix without options */
struct nlattr *put_add(struct nl_msg *message, int table, const char *prefix)
{
	struct entry entry = entry_of(table, prefix);

	return put_entry(message, OP25B_A_ADD, &entry);
}

/** put_del() - write DEL */
struct nlattr *put_del(struct nl_msg *message, int table, const char *prefix)
{
	struct entry entry = entry_of(table, prefix);

	return put_entry(message, OP25B_A_DEL, &entry);
}

/** put_mode() - write SET of the mode */
void put_mode(struct nl_msg *message, int mode)
{
	struct nlattr *nest = nla_nest_start(message, OP25B_A_SET);

	assert_non_null(nest);
	nest->nla_type |= NLA_F_NESTED;
	nla_put_u8(message, OP25B_A_SETTINGS_MODE, mode);
	nla_nest_end(message, nest);
}

/** add() - add one prefix */
struct answer add(struct client *client, int table, const char *prefix)
{
	struct nl_msg *message = request(client, OP25B_CMD_UPDATE);

	put_add(message, table, prefix);
	return call(client, message);
}

/** del() - delete one prefix */
struct answer del(struct client *client, int table, const char *prefix)
{
	struct nl_msg *message = request(client, OP25B_CMD_UPDATE);

	put_del(message, table, prefix);
	return call(client, message);
}

/** set_mode() - set the mode */
struct answer set_mode(struct client *client, int mode)
{
	struct nl_msg *message = request(client, OP25B_CMD_UPDATE);

	put_mode(message, mode);
	return call(client, message);
}

/** begin() - open a transaction on a copy of the policy */
struct answer begin(struct client *client)
{
	return call_simply(client, OP25B_CMD_BEGIN);
}

/** begin_anew() - open a transaction on an empty policy */
struct answer begin_anew(struct client *client)
{
	struct nl_msg *message = request(client, OP25B_CMD_BEGIN);

	nla_put_flag(message, OP25B_A_REPLACE);
	return call(client, message);
}

/** begin_at() - open a transaction on a copy if it is of that generation */
struct answer begin_at(struct client *client, uint64_t generation)
{
	struct nl_msg *message = request(client, OP25B_CMD_BEGIN);

	nla_put_u64(message, OP25B_A_GENERATION, generation);
	return call(client, message);
}

/** commit() - commit the transaction of the socket */
struct answer commit(struct client *client)
{
	return call_simply(client, OP25B_CMD_COMMIT);
}

/** abort_draft() - abort the transaction of the socket */
struct answer abort_draft(struct client *client)
{
	return call_simply(client, OP25B_CMD_ABORT);
}

/* Answers */

/* A mandatory attribute */
static struct nlattr *one(struct nlattr **attrs, int type)
{
	if (!attrs[type])
		fail_msg("attribute %d is missing", type);
	return attrs[type];
}

static void read_settings(struct nlattr *nest, struct config *config)
{
	struct nlattr *attrs[OP25B_A_SETTINGS_MAX + 1];

	nla_parse_nested(attrs, OP25B_A_SETTINGS_MAX, nest, NULL);
	config->mode = nla_get_u8(one(attrs, OP25B_A_SETTINGS_MODE));
	config->action = nla_get_u8(one(attrs, OP25B_A_SETTINGS_ACTION));
	config->close_return = nla_get_u8(one(attrs, OP25B_A_SETTINGS_RETURN));
	config->reply_rate =
		nla_get_u32(one(attrs, OP25B_A_SETTINGS_REPLY_RATE));
}

static void read_count(struct nlattr *nest, struct config *config)
{
	struct nlattr *attrs[OP25B_A_COUNT_MAX + 1];
	int table;

	nla_parse_nested(attrs, OP25B_A_COUNT_MAX, nest, NULL);
	table = nla_get_u8(one(attrs, OP25B_A_COUNT_TABLE));
	assert_in_range(table, 1, OP25B_TABLE_MAX);
	config->counts[table][0] = nla_get_u32(one(attrs, OP25B_A_COUNT_IPV4));
	config->counts[table][1] = nla_get_u32(one(attrs, OP25B_A_COUNT_IPV6));
}

static void assert_command(const struct nlmsghdr *message, int command)
{
	const struct genlmsghdr *header = nlmsg_data(message);

	assert_int_equal(header->cmd, command);
	assert_int_equal(header->version, OP25B_GENL_VERSION);
}

/** read_config() - parse a reply to GET or a CONFIG_NTF; all attributes are mandatory */
void read_config(const struct nlmsghdr *message, int command,
		 struct config *config)
{
	struct nlattr *attrs[OP25B_A_MAX + 1], *attr;
	int rest, counts = 0;

	assert_command(message, command);
	memset(config, 0, sizeof(*config));
	assert_int_equal(nlmsg_parse((struct nlmsghdr *)message, GENL_HDRLEN,
				     attrs, OP25B_A_MAX, NULL), 0);
	config->generation = nla_get_u64(one(attrs, OP25B_A_GENERATION));
	config->memory = nla_get_u64(one(attrs, OP25B_A_MEMORY));
	config->max_prefixes = nla_get_u32(one(attrs, OP25B_A_MAX_PREFIXES));
	read_settings(one(attrs, OP25B_A_SETTINGS), config);
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)message, GENL_HDRLEN, rest)
		if (nla_type(attr) == OP25B_A_COUNT) {
			read_count(attr, config);
			counts++;
		}
	assert_int_equal(counts, OP25B_TABLE_MAX);
}

/** get_config() - request GET and parse its reply */
struct config get_config(struct client *client)
{
	struct answer answer = call_simply(client, OP25B_CMD_GET);
	struct config config;

	assert_done(answer);
	assert_non_null(answer.reply);
	read_config(answer.reply, OP25B_CMD_GET, &config);
	return config;
}

/** generation() - the current generation */
uint64_t generation(struct client *client)
{
	return get_config(client).generation;
}

/* Listings */

static struct entry read_entry(struct nlattr *nest)
{
	struct nlattr *attrs[OP25B_A_ENTRY_MAX + 1], *address;
	struct entry entry;

	memset(&entry, 0, sizeof(entry));
	nla_parse_nested(attrs, OP25B_A_ENTRY_MAX, nest, NULL);
	entry.table = nla_get_u8(one(attrs, OP25B_A_ENTRY_TABLE));
	entry.length = nla_get_u8(one(attrs, OP25B_A_ENTRY_PREFIX_LEN));
	address = one(attrs, OP25B_A_ENTRY_ADDRESS);
	entry.bytes = nla_len(address);
	assert_true(entry.bytes == 4 || entry.bytes == 16);
	memcpy(entry.address, nla_data(address), entry.bytes);
	if (attrs[OP25B_A_ENTRY_FLAGS])
		entry.flags = nla_get_u32(attrs[OP25B_A_ENTRY_FLAGS]);
	if (attrs[OP25B_A_ENTRY_TIMEOUT])
		entry.timeout = nla_get_u32(attrs[OP25B_A_ENTRY_TIMEOUT]);
	if (attrs[OP25B_A_ENTRY_LABEL])
		nla_strlcpy(entry.label, attrs[OP25B_A_ENTRY_LABEL],
			    sizeof(entry.label));
	return entry;
}

static void keep_entry(struct listing *listing, struct entry entry)
{
	if (listing->count == listing->room) {
		listing->room = 2 * listing->room + 64;
		listing->entries = realloc(listing->entries, listing->room *
					   sizeof(*listing->entries));
		assert_non_null(listing->entries);
	}
	listing->entries[listing->count++] = entry;
}

/** take_entries() - append the entries of a message to a &struct listing */
void take_entries(const struct nlmsghdr *message, void *data)
{
	struct listing *listing = data;
	struct nlattr *attr;
	int rest, generations = 0;

	assert_command(message, OP25B_CMD_LIST);
	assert_true(message->nlmsg_flags & NLM_F_MULTI);
	assert_false(message->nlmsg_flags & NLM_F_DUMP_INTR);
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)message, GENL_HDRLEN, rest) {
		if (nla_type(attr) == OP25B_A_ENTRY) {
			keep_entry(listing, read_entry(attr));
		} else if (nla_type(attr) == OP25B_A_GENERATION) {
			if (listing->messages)
				assert_int_equal(nla_get_u64(attr),
						 listing->generation);
			listing->generation = nla_get_u64(attr);
			generations++;
		} else {
			assert_int_equal(nla_type(attr), OP25B_A_PAD);
		}
	}
	assert_int_equal(generations, 1);
	listing->messages++;
}

/** request_list() - send LIST; 0 stands for all tables or all families */
void request_list(struct client *client, int table, int family)
{
	struct nl_msg *message = request(client, OP25B_CMD_LIST);

	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	if (table)
		nla_put_u8(message, OP25B_A_TABLE, table);
	if (family)
		nla_put_u8(message, OP25B_A_FAMILY, family);
	client_send(client, message);
}

/** list() - dump entries; 0 stands for all tables or all families */
struct listing list(struct client *client, int table, int family)
{
	struct listing listing = { 0 };

	request_list(client, table, family);
	assert_done(dump_rest(client, take_entries, &listing));
	sort_listing(&listing);
	return listing;
}

static int compare_entries(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct entry));
}

/** sort_listing() - sort the entries, so that listings can be compared */
void sort_listing(struct listing *listing)
{
	if (listing->count)
		qsort(listing->entries, listing->count,
		      sizeof(*listing->entries), compare_entries);
}

/** forget_listing() - free its entries */
void forget_listing(struct listing *listing)
{
	free(listing->entries);
	memset(listing, 0, sizeof(*listing));
}

/** assert_listings_equal() - compare two sorted listings, and free them */
void assert_listings_equal(struct listing *seen, struct listing *expected)
{
	assert_int_equal(seen->count, expected->count);
	if (seen->count)
		assert_memory_equal(seen->entries, expected->entries,
				    seen->count * sizeof(*seen->entries));
	forget_listing(seen);
	forget_listing(expected);
}

/** is_listed() - whether LIST returns a prefix, without options, in a table */
bool is_listed(struct client *client, int table, const char *prefix)
{
	struct listing listing = list(client, table, 0);
	struct entry entry = entry_of(table, prefix);
	bool found = listing.count &&
		     bsearch(&entry, listing.entries, listing.count,
			     sizeof(entry), compare_entries);

	forget_listing(&listing);
	return found;
}

/* Setup and teardown of each test */

/** open_two() - make the policy empty and open two sockets */
int open_two(void **state)
{
	struct two *two = malloc(sizeof(*two));

	assert_non_null(two);
	two->one = client_open();
	two->other = client_open();
	assert_done(begin_anew(two->one));
	assert_done(commit(two->one));
	*state = two;
	return 0;
}

/** close_two() - close the two sockets */
int close_two(void **state)
{
	struct two *two = *state;

	client_close(two->one);
	client_close(two->other);
	free(two);
	return 0;
}
