// SPDX-License-Identifier: GPL-2.0
/*
 * Strict validation: one test for each error in a request.
 *
 * A bad request is a good one with one attribute replaced or added. Messages that
 * begin with a capital letter, and those on ranges and lengths, are the netlink
 * core's.
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "policy.h"
#include "tests.h"

#define UNKNOWN		"Unknown attribute type"
#define UNSUPPORTED	"Unsupported attribute"
#define RANGE		"integer out of range"
#define SIZE		"binary attribute size out of range"
#define POLICY		"Attribute failed policy validation"
#define LENGTH		"invalid attribute length"
#define ADDRESS_BYTES	"an address has 4 or 16 bytes"
#define PREFIX_LENGTH	"prefix length exceeds the address length"
#define NEEDS_PREFIX	"needs a table, an address and a prefix length"
#define NEEDS_FLOW	"needs both addresses and both ports"
#define HOST_BITS	"address has bits set beyond the prefix length"
#define NOT_UTF8	"label is not valid UTF-8: convert it to UTF-8"
#define CONTROL		"label contains a control character: remove it"

/* The attribute that the extended ACK must name */
enum blame {
	BLAME_ATTR,	/* the bad attribute */
	BLAME_NEST,	/* the nest that holds it */
	BLAME_ADDRESS,	/* the address in the same nest */
	BLAME_NOTHING,
};

/**
 * struct bad - a bad request
 * @name: description of the error
 * @command: &enum op25b_cmd
 * @nest: the operation that the bad attribute is in, or 0
 * @type: type of the bad attribute
 * @bytes: length of its payload; ABSENT if the attribute is missing
 * @payload: its payload
 * @error: the expected error number
 * @text: the expected extended-ACK message
 * @blame: the attribute that the extended ACK is expected to name
 */
struct bad {
	const char *name;
	uint8_t command;
	uint16_t nest;
	uint16_t type;
	int bytes;
	const void *payload;
	int error;
	const char *text;
	enum blame blame;
};

#define ABSENT		-1

#define U8(value)	1, &(const uint8_t){ value }
#define U16(value)	2, &(const uint16_t){ value }
#define U32(value)	4, &(const uint32_t){ value }
#define U64(value)	8, &(const uint64_t){ value }
#define BYTES(text)	sizeof(text) - 1, text
#define STRING(text)	sizeof(text), text

#define IN_ADD		OP25B_CMD_UPDATE, OP25B_A_ADD
#define IN_DEL		OP25B_CMD_UPDATE, OP25B_A_DEL
#define IN_SET		OP25B_CMD_UPDATE, OP25B_A_SET
#define IN(command)	OP25B_CMD_##command, 0

#define SIXTY_THREE	"123456789012345678901234567890123456789012345678901234567890123"

static const struct bad bad[] = {
	/* attributes that are unknown, or of another command */
	{ "GET with an attribute", IN(GET), OP25B_A_TABLE, U8(1),
	  EINVAL, UNSUPPORTED },
	{ "BEGIN with an operation", IN(BEGIN), OP25B_A_FLUSH, U8(1),
	  EINVAL, UNSUPPORTED },
	{ "UPDATE with a generation", IN(UPDATE), OP25B_A_GENERATION, U64(0),
	  EINVAL, UNSUPPORTED },
	{ "BEGIN with the flag of an update", IN(BEGIN), OP25B_A_TRANSACTION,
	  BYTES(""), EINVAL, UNSUPPORTED },
	{ "COMMIT with an attribute", IN(COMMIT), OP25B_A_REPLACE, BYTES(""),
	  EINVAL, UNSUPPORTED },
	{ "ABORT with an attribute", IN(ABORT), OP25B_A_GENERATION, U64(0),
	  EINVAL, UNSUPPORTED },
	{ "LIST with an address", IN(LIST), OP25B_A_SRC, BYTES("\1\2\3\4"),
	  EINVAL, UNSUPPORTED },
	{ "TEST with a table", IN(TEST), OP25B_A_TABLE, U8(1),
	  EINVAL, UNSUPPORTED },
	{ "GET_STATS with an attribute", IN(GET_STATS), OP25B_A_TABLE, U8(1),
	  EINVAL, UNSUPPORTED },
	{ "RESET_STATS with an attribute", IN(RESET_STATS), OP25B_A_TABLE, U8(1),
	  EINVAL, UNSUPPORTED },
	{ "DEL with a label", IN_DEL, OP25B_A_ENTRY_LABEL, STRING("a"),
	  EINVAL, UNSUPPORTED },
	{ "an unknown attribute", IN(UPDATE), OP25B_A_MAX + 1, U8(1),
	  EINVAL, UNKNOWN },
	{ "attribute 0", IN(UPDATE), OP25B_A_UNSPEC, U8(1), EINVAL, UNKNOWN },
	{ "an unknown attribute of a dump", IN(LIST), OP25B_A_MAX + 1, U8(1),
	  EINVAL, UNKNOWN },
	{ "an unknown attribute of ADD", IN_ADD, OP25B_A_ENTRY_MAX + 1, U8(1),
	  EINVAL, UNKNOWN },
	{ "an unknown attribute of DEL", IN_DEL, OP25B_A_ENTRY_MAX + 1, U8(1),
	  EINVAL, UNKNOWN },
	{ "an unknown setting", IN_SET, OP25B_A_SETTINGS_MAX + 1, U8(1),
	  EINVAL, UNKNOWN },

	/* tables */
	{ "ADD to table 0", IN_ADD, OP25B_A_ENTRY_TABLE, U8(0), ERANGE, RANGE },
	{ "ADD to table 5", IN_ADD, OP25B_A_ENTRY_TABLE, U8(5), ERANGE, RANGE },
	{ "DEL from table 255", IN_DEL, OP25B_A_ENTRY_TABLE, U8(255),
	  ERANGE, RANGE },
	{ "FLUSH of table 0", IN(UPDATE), OP25B_A_FLUSH, U8(0), ERANGE, RANGE },
	{ "FLUSH of table 5", IN(UPDATE), OP25B_A_FLUSH, U8(5), ERANGE, RANGE },
	{ "LIST of table 5", IN(LIST), OP25B_A_TABLE, U8(5), ERANGE, RANGE },
	{ "LIST of family 3", IN(LIST), OP25B_A_FAMILY, U8(3),
	  EINVAL, "family is not AF_INET or AF_INET6" },
	{ "ADD without a table", IN_ADD, OP25B_A_ENTRY_TABLE, ABSENT, NULL,
	  EINVAL, NEEDS_PREFIX, BLAME_NEST },

	/* prefixes */
	{ "an address of 0 bytes", IN_ADD, OP25B_A_ENTRY_ADDRESS, BYTES(""),
	  ERANGE, SIZE },
	{ "an address of 3 bytes", IN_ADD, OP25B_A_ENTRY_ADDRESS, BYTES("\1\2\3"),
	  ERANGE, SIZE },
	{ "an address of 5 bytes", IN_ADD, OP25B_A_ENTRY_ADDRESS,
	  BYTES("\1\2\3\4\0"), EINVAL, ADDRESS_BYTES },
	{ "an address of 15 bytes", IN_DEL, OP25B_A_ENTRY_ADDRESS,
	  BYTES("\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0"), EINVAL, ADDRESS_BYTES },
	{ "an address of 17 bytes", IN_ADD, OP25B_A_ENTRY_ADDRESS,
	  BYTES("\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), ERANGE, SIZE },
	{ "ADD without an address", IN_ADD, OP25B_A_ENTRY_ADDRESS, ABSENT, NULL,
	  EINVAL, NEEDS_PREFIX, BLAME_NEST },
	{ "DEL without an address", IN_DEL, OP25B_A_ENTRY_ADDRESS, ABSENT, NULL,
	  EINVAL, NEEDS_PREFIX, BLAME_NEST },
	{ "a prefix length of 33", IN_ADD, OP25B_A_ENTRY_PREFIX_LEN, U8(33),
	  EINVAL, PREFIX_LENGTH },
	{ "a prefix length of 129", IN_ADD, OP25B_A_ENTRY_PREFIX_LEN, U8(129),
	  ERANGE, RANGE },
	{ "DEL of a prefix length of 33", IN_DEL, OP25B_A_ENTRY_PREFIX_LEN, U8(33),
	  EINVAL, PREFIX_LENGTH },
	{ "ADD without a prefix length", IN_ADD, OP25B_A_ENTRY_PREFIX_LEN,
	  ABSENT, NULL, EINVAL, NEEDS_PREFIX, BLAME_NEST },
	{ "host bits", IN_ADD, OP25B_A_ENTRY_PREFIX_LEN, U8(21),
	  EINVAL, HOST_BITS, BLAME_ADDRESS },
	{ "host bits at length 0", IN_ADD, OP25B_A_ENTRY_PREFIX_LEN, U8(0),
	  EINVAL, HOST_BITS, BLAME_ADDRESS },
	{ "host bits in the last bit", IN_ADD, OP25B_A_ENTRY_ADDRESS,
	  BYTES("\xc6\x33\x64\1"), EINVAL, HOST_BITS },
	{ "host bits of IPv6", IN_ADD, OP25B_A_ENTRY_ADDRESS,
	  BYTES("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), EINVAL, HOST_BITS },
	{ "host bits beyond /64", IN_ADD, OP25B_A_ENTRY_ADDRESS,
	  BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), EINVAL, HOST_BITS },
	{ "DEL with host bits", IN_DEL, OP25B_A_ENTRY_PREFIX_LEN, U8(21),
	  EINVAL, HOST_BITS, BLAME_ADDRESS },

	/* flags and timeouts */
	{ "an unknown flag", IN_ADD, OP25B_A_ENTRY_FLAGS, U32(2),
	  EINVAL, "reserved bit set" },
	{ "a known and an unknown flag", IN_ADD, OP25B_A_ENTRY_FLAGS,
	  U32(0x80000001), EINVAL, "reserved bit set" },
	{ "a timeout of 0", IN_ADD, OP25B_A_ENTRY_TIMEOUT, U32(0), ERANGE, RANGE },
	{ "a timeout of one second too many", IN_ADD, OP25B_A_ENTRY_TIMEOUT,
	  U32(OP25B_TIMEOUT_MAX + 1), ERANGE, RANGE },
	{ "a timeout of 32 bits", IN_ADD, OP25B_A_ENTRY_TIMEOUT, U32(0xffffffff),
	  ERANGE, RANGE },

	/* labels */
	{ "a label of 64 bytes", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING(SIXTY_THREE "4"), EINVAL, POLICY },
	{ "a label without its zero byte", IN_ADD, OP25B_A_ENTRY_LABEL,
	  BYTES("bflets"), EINVAL, POLICY },
	{ "an empty label", IN_ADD, OP25B_A_ENTRY_LABEL, STRING(""),
	  EINVAL, "label is empty: expected 1 to 63 bytes" },
	{ "a label of no bytes", IN_ADD, OP25B_A_ENTRY_LABEL, BYTES(""),
	  EINVAL, POLICY },
	{ "a label with a zero byte", IN_ADD, OP25B_A_ENTRY_LABEL, STRING("a\0b"),
	  EINVAL, "a name has no zero bytes" },
	{ "a label with a tab", IN_ADD, OP25B_A_ENTRY_LABEL, STRING("a\tb"),
	  EINVAL, CONTROL },
	{ "a label with DEL", IN_ADD, OP25B_A_ENTRY_LABEL, STRING("\x7f"),
	  EINVAL, CONTROL },
	{ "a label with the first C1 control", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("\xc2\x80"), EINVAL, CONTROL },
	{ "a label with CSI, a C1 control", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("a\xc2\x9b" "31m"), EINVAL, CONTROL },
	{ "a label with the last C1 control", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("a\xc2\x9f"), EINVAL, CONTROL },
	{ "a label with a lone continuation byte", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("a\x80"), EINVAL, NOT_UTF8 },
	{ "a label cut in a character", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("\xe3\x83"), EINVAL, NOT_UTF8 },
	{ "a label with an overlong form", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("\xc0\xaf"), EINVAL, NOT_UTF8 },
	{ "a label with a surrogate", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("\xed\xa0\x80"), EINVAL, NOT_UTF8 },
	{ "a label beyond Unicode", IN_ADD, OP25B_A_ENTRY_LABEL,
	  STRING("\xf4\x90\x80\x80"), EINVAL, NOT_UTF8 },
	{ "an empty provider", IN_ADD, OP25B_A_ENTRY_PROVIDER, STRING(""),
	  EINVAL, "provider is empty: expected 1 to 63 bytes" },
	{ "a provider of 64 bytes", IN_ADD, OP25B_A_ENTRY_PROVIDER,
	  STRING(SIXTY_THREE "4"), EINVAL, POLICY },
	{ "a provider with a zero byte", IN_ADD, OP25B_A_ENTRY_PROVIDER,
	  STRING("a\0b"), EINVAL, "a name has no zero bytes" },
	{ "a provider with DEL", IN_ADD, OP25B_A_ENTRY_PROVIDER, STRING("\x7f"),
	  EINVAL, "provider contains a control character: remove it" },
	{ "a provider with a lone continuation byte", IN_ADD,
	  OP25B_A_ENTRY_PROVIDER, STRING("a\x80"), EINVAL,
	  "provider is not valid UTF-8: convert it to UTF-8" },
	{ "an empty owner", IN(UPDATE), OP25B_A_OWNER, STRING(""), EINVAL,
	  "owner is empty: expected 1 to 63 bytes" },
	{ "an owner of 64 bytes", IN(BEGIN), OP25B_A_OWNER,
	  STRING(SIXTY_THREE "4"), EINVAL, POLICY },
	{ "an owner with a zero byte", IN(BEGIN), OP25B_A_OWNER, STRING("a\0b"),
	  EINVAL, "a name has no zero bytes" },
	{ "an owner of an entry with DEL", IN_ADD, OP25B_A_ENTRY_OWNER,
	  STRING("\x7f"), EINVAL,
	  "owner contains a control character: remove it" },
	{ "an owner with a lone continuation byte", IN(BEGIN), OP25B_A_OWNER,
	  STRING("a\x80"), EINVAL,
	  "owner is not valid UTF-8: convert it to UTF-8" },
	{ "DEL with an owner", IN_DEL, OP25B_A_ENTRY_OWNER, STRING("a"),
	  EINVAL, UNSUPPORTED },
	{ "LIST with an owner", IN(LIST), OP25B_A_OWNER, STRING("a"),
	  EINVAL, UNSUPPORTED },
	{ "SKIP with a value", IN(BEGIN), OP25B_A_SKIP, U8(1), ERANGE, POLICY },
	{ "DEL with a provider", IN_DEL, OP25B_A_ENTRY_PROVIDER, STRING("a"),
	  EINVAL, UNSUPPORTED },

	/* settings */
	{ "mode 3", IN_SET, OP25B_A_SETTINGS_MODE, U8(3), ERANGE, RANGE },
	{ "action 3", IN_SET, OP25B_A_SETTINGS_ACTION, U8(3), ERANGE, RANGE },
	{ "return 2", IN_SET, OP25B_A_SETTINGS_RETURN, U8(2), ERANGE, RANGE },
	{ "a reply rate of one too many", IN_SET, OP25B_A_SETTINGS_REPLY_RATE,
	  U32(OP25B_REPLY_RATE_MAX + 1), ERANGE, RANGE },
	{ "REPLACE with a value", IN(BEGIN), OP25B_A_REPLACE, U8(1),
	  ERANGE, POLICY },

	{ "no time to confirm", IN(COMMIT), OP25B_A_CONFIRM, U32(0),
	  ERANGE, RANGE },
	{ "a day and a second to confirm", IN(COMMIT), OP25B_A_CONFIRM,
	  U32(OP25B_CONFIRM_MAX + 1), ERANGE, RANGE },
	{ "BEGIN with a time to confirm", IN(BEGIN), OP25B_A_CONFIRM, U32(1),
	  EINVAL, UNSUPPORTED },
	{ "CONFIRM with SKIP", IN(CONFIRM), OP25B_A_SKIP, U8(1),
	  EINVAL, UNSUPPORTED },
	{ "ROLLBACK with SKIP", IN(ROLLBACK), OP25B_A_SKIP, U8(1),
	  EINVAL, UNSUPPORTED },

	/* integers of a wrong size */
	{ "a table of 2 bytes", IN_ADD, OP25B_A_ENTRY_TABLE, U16(1),
	  EINVAL, LENGTH },
	{ "a timeout of 8 bytes", IN_ADD, OP25B_A_ENTRY_TIMEOUT, U64(1),
	  EINVAL, LENGTH },
	{ "a generation of 4 bytes", IN(BEGIN), OP25B_A_GENERATION, U32(0),
	  EINVAL, LENGTH },
	{ "a port of 4 bytes", IN(TEST), OP25B_A_DPORT, U32(25), EINVAL, LENGTH },

	/* the packet to test */
	{ "TEST without a source", IN(TEST), OP25B_A_SRC, ABSENT, NULL,
	  EINVAL, NEEDS_FLOW, BLAME_NOTHING },
	{ "TEST without a destination", IN(TEST), OP25B_A_DST, ABSENT, NULL,
	  EINVAL, NEEDS_FLOW, BLAME_NOTHING },
	{ "TEST without a source port", IN(TEST), OP25B_A_SPORT, ABSENT, NULL,
	  EINVAL, NEEDS_FLOW, BLAME_NOTHING },
	{ "TEST without a destination port", IN(TEST), OP25B_A_DPORT, ABSENT, NULL,
	  EINVAL, NEEDS_FLOW, BLAME_NOTHING },
	{ "TEST of a source of 5 bytes", IN(TEST), OP25B_A_SRC,
	  BYTES("\1\2\3\4\5"), EINVAL, ADDRESS_BYTES },
	{ "TEST of a destination of 5 bytes", IN(TEST), OP25B_A_DST,
	  BYTES("\1\2\3\4\5"), EINVAL, ADDRESS_BYTES },
	{ "TEST of two families", IN(TEST), OP25B_A_DST,
	  BYTES("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"),
	  EINVAL, "addresses are of different families" },
};

#define NR_BAD	(sizeof(bad) / sizeof(*bad))

/* Writes an attribute of a good request, unless it is the bad one */
static void put_unless(struct nl_msg *message, const struct bad *bad, int type,
		       int bytes, const void *payload)
{
	if (bad->type != type)
		nla_put(message, type, bytes, payload);
}

static const struct nlattr *find(const struct nlattr *from, struct nl_msg *message,
				 int type)
{
	const char *end = (const char *)nlmsg_hdr(message) +
			  nlmsg_hdr(message)->nlmsg_len;
	int rest = end - (const char *)from;

	return nla_find((struct nlattr *)from, rest, type);
}

static void put_bad(struct nl_msg *message, const struct bad *bad)
{
	if (bad->bytes != ABSENT)
		nla_put(message, bad->type, bad->bytes, bad->payload);
}

static void put_flow(struct nl_msg *message, const struct bad *bad)
{
	put_unless(message, bad, OP25B_A_SRC, BYTES("\xc6\x33\x64\1"));
	put_unless(message, bad, OP25B_A_DST, BYTES("\xcb\0\x71\1"));
	put_unless(message, bad, OP25B_A_SPORT, U16(1025));
	put_unless(message, bad, OP25B_A_DPORT, U16(25));
}

/* 198.51.100.0/22 of table dynamic, with the bad attribute in its place */
static void put_prefix(struct nl_msg *message, const struct bad *bad)
{
	put_unless(message, bad, OP25B_A_ENTRY_TABLE, U8(OP25B_TABLE_DYNAMIC));
	put_unless(message, bad, OP25B_A_ENTRY_ADDRESS, BYTES("\xc6\x33\x64\0"));
	put_unless(message, bad, OP25B_A_ENTRY_PREFIX_LEN, U8(22));
}

/* Returns the nest that holds all other attributes, or NULL */
static struct nlattr *put_request(struct nl_msg *message, const struct bad *bad)
{
	struct nlattr *nest;

	if (!bad->nest) {
		if (bad->command == OP25B_CMD_TEST)
			put_flow(message, bad);
		put_bad(message, bad);
		return NULL;
	}
	nest = nla_nest_start(message, bad->nest);
	assert_non_null(nest);
	nest->nla_type |= NLA_F_NESTED;
	if (bad->nest != OP25B_A_SET)
		put_prefix(message, bad);
	put_bad(message, bad);
	nla_nest_end(message, nest);
	return nest;
}

static uint32_t place_due(struct nl_msg *message, const struct bad *bad,
			  const struct nlattr *nest)
{
	const struct nlattr *first = nest ? nla_data(nest) :
		nlmsg_attrdata(nlmsg_hdr(message), GENL_HDRLEN);

	switch (bad->blame) {
	case BLAME_ATTR:
		return place(message, find(first, message, bad->type));
	case BLAME_NEST:
		return place(message, nest);
	case BLAME_ADDRESS:
		return place(message, find(first, message,
					   OP25B_A_ENTRY_ADDRESS));
	default:
		return 0;
	}
}

static void is_refused(void **state)
{
	const struct bad *bad = *state;
	struct client *client = client_open();
	struct config before = get_config(client), after;
	struct nl_msg *message = request(client, bad->command);
	uint32_t due;

	if (bad->command == OP25B_CMD_LIST || bad->command == OP25B_CMD_GET_STATS)
		nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	due = place_due(message, bad, put_request(message, bad));
	assert_refused(call(client, message), bad->error, due, bad->text);
	after = get_config(client);
	assert_memory_equal(&after, &before, sizeof(after));
	client_close(client);
}

/* Bad requests other than by one attribute */

static void reserved_header_field_is_refused(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_GET);
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(message));

	header->reserved = 1;
	assert_refused(call(two->one, message), EINVAL, 0,
		       "genlmsghdr.reserved field is not 0");
}

static void message_flags_are_refused(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);

	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_CREATE;
	assert_refused(call(two->one, message), EINVAL, 0,
		       "ambiguous or reserved bits set in nlmsg_flags");
}

static void trailing_bytes_are_refused(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_GET);

	memset(nlmsg_reserve(message, 3, 0), 0, 3);
	assert_refused(call(two->one, message), EINVAL, 0,
		       "bytes leftover after parsing attributes");
}

static void nest_without_its_flag_is_refused(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	struct nlattr *nest = put_add(message, OP25B_TABLE_DYNAMIC,
				      "198.51.100.0/22");
	uint32_t due = place(message, nest);

	nest->nla_type &= ~NLA_F_NESTED;
	assert_refused(call(two->one, message), EINVAL, due,
		       "NLA_F_NESTED is missing");
}

static void unknown_commands_are_refused(void **state)
{
	static const int commands[] = {
		OP25B_CMD_UNSPEC, OP25B_CMD_CONFIG_NTF, OP25B_CMD_MAX + 1, 255,
	};
	struct two *two = *state;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		assert_int_equal(call_simply(two->one, commands[i]).error,
				 EOPNOTSUPP);
}

static void dump_flag_must_suit_the_command(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_GET);

	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	assert_int_equal(call(two->one, message).error, EOPNOTSUPP);
	assert_int_equal(call_simply(two->one, OP25B_CMD_LIST).error, EOPNOTSUPP);
	assert_int_equal(call_simply(two->one, OP25B_CMD_GET_STATS).error,
			 EOPNOTSUPP);
}

static void monitor_is_for_dynamic_only(void **state)
{
	struct two *two = *state;
	int table;

	for (table = OP25B_TABLE_FIXED; table <= OP25B_TABLE_MAX; table++) {
		struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
		struct entry entry = entry_of(table, "198.51.100.0/22");
		struct nlattr *nest;
		uint32_t due;

		entry.flags = OP25B_ENTRY_MONITOR;
		nest = put_entry(message, OP25B_A_ADD, &entry);
		due = place(message, find(nla_data(nest), message,
					  OP25B_A_ENTRY_FLAGS));
		assert_refused(call(two->one, message), EINVAL, due,
			       "only entries of table dynamic can be monitored");
	}
}

static void request_has_one_owner(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	struct entry entry = entry_of(OP25B_TABLE_FIXED, "198.51.100.0/22");
	struct nlattr *nest;
	uint32_t due;

	nla_put_string(message, OP25B_A_OWNER, "a");
	nest = put_entry(message, OP25B_A_ADD, &entry);
	nla_put_string(message, OP25B_A_ENTRY_OWNER, "b");
	nla_nest_end(message, nest);
	due = place(message, find(nla_data(nest), message, OP25B_A_ENTRY_OWNER));
	assert_refused(call(two->one, message), EINVAL, due,
		       "the request is of another owner");
}

static void transaction_has_one_owner(void **state)
{
	struct two *two = *state;
	struct nl_msg *message;
	struct nlattr *owner;

	assert_done(begin(two->one));
	message = request(two->one, OP25B_CMD_UPDATE);
	owner = nlmsg_tail(nlmsg_hdr(message));
	nla_put_string(message, OP25B_A_OWNER, "a");
	put_add(message, OP25B_TABLE_FIXED, "198.51.100.0/22");
	assert_refused(call(two->one, message), EINVAL, place(message, owner),
		       "the transaction was begun with or without this");
	assert_done(abort_draft(two->one));
}

static void only_loads_are_confirmed(void **state)
{
	struct two *two = *state;
	struct nl_msg *message;
	struct nlattr *confirm;

	assert_done(begin(two->one));
	assert_done(add(two->one, OP25B_TABLE_FIXED, "198.51.100.0/22"));
	message = request(two->one, OP25B_CMD_COMMIT);
	confirm = nlmsg_tail(nlmsg_hdr(message));
	nla_put_u32(message, OP25B_A_CONFIRM, 1);
	assert_refused(call(two->one, message), EINVAL, place(message, confirm),
		       "only a transaction that replaces one owner's entries can be confirmed");
}

static void limits_are_accepted(void **state)
{
	struct two *two = *state;
	struct nl_msg *message = request(two->one, OP25B_CMD_UPDATE);
	struct entry entry = entry_of(OP25B_TABLE_DYNAMIC, "::/0");
	struct listing listing;

	entry.timeout = OP25B_TIMEOUT_MAX;
	entry.flags = OP25B_ENTRY_MONITOR;
	strcpy(entry.label, SIXTY_THREE);
	put_entry(message, OP25B_A_ADD, &entry);
	put_add(message, OP25B_TABLE_FIXED, "0.0.0.0/0");
	put_add(message, OP25B_TABLE_DIALUP, "255.255.255.255/32");
	put_add(message, OP25B_TABLE_RELAY, "ffff::1/128");
	assert_done(call(two->one, message));
	listing = list(two->one, OP25B_TABLE_DYNAMIC, AF_INET6);
	assert_int_equal(listing.count, 1);
	assert_memory_equal(listing.entries, &entry, sizeof(entry));
	forget_listing(&listing);
	listing = list(two->one, 0, 0);
	assert_int_equal(listing.count, 4);
	forget_listing(&listing);
}

static const struct CMUnitTest others[] = {
	TEST(reserved_header_field_is_refused),
	TEST(message_flags_are_refused),
	TEST(trailing_bytes_are_refused),
	TEST(nest_without_its_flag_is_refused),
	TEST(unknown_commands_are_refused),
	TEST(dump_flag_must_suit_the_command),
	TEST(monitor_is_for_dynamic_only),
	TEST(request_has_one_owner),
	TEST(transaction_has_one_owner),
	TEST(only_loads_are_confirmed),
	TEST(limits_are_accepted),
};

/** strict_tests() - list the tests of this file */
size_t strict_tests(struct CMUnitTest *tests)
{
	size_t i;

	for (i = 0; i < NR_BAD; i++)
		tests[i] = (struct CMUnitTest){
			.name = bad[i].name,
			.test_func = is_refused,
			.initial_state = (void *)&bad[i],
		};
	memcpy(tests + NR_BAD, others, sizeof(others));
	return NR_BAD + sizeof(others) / sizeof(*others);
}
