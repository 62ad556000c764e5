// SPDX-License-Identifier: GPL-2.0
/*
 * The command test: what would become of a packet, and why.
 *
 * The kernel answers; here its answer is put into words.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "command.h"
#include "netlink.h"

/* Ports unless given: of a mail server, and the first of the ephemeral ones */
#define MAIL_PORT	25
#define EPHEMERAL_PORT	49152

/**
 * struct test - a packet and the answer
 * @src: source address
 * @dst: destination address
 * @sport: source port
 * @dport: destination port
 * @verdict: &enum op25b_verdict
 * @reason: &enum op25b_reason
 * @direction: &enum op25b_direction
 * @entry: that decides
 * @decided: whether there is one
 */
struct test {
	struct prefix src;
	struct prefix dst;
	u32 sport;
	u32 dport;
	u8 verdict;
	u8 reason;
	u8 direction;
	struct entry entry;
	bool decided;
};

static const char *const verdict_names[] = {
	[OP25B_VERDICT_PASS] = "pass",
	[OP25B_VERDICT_BLOCK] = "block",
	[OP25B_VERDICT_MONITOR] = "monitor",
};

static const char *const direction_names[] = {
	[OP25B_DIRECTION_NONE] = NULL,
	[OP25B_DIRECTION_OUTBOUND] = "outbound",
	[OP25B_DIRECTION_RETURN] = "return",
};

/* The answer */

static int take_answer(const struct nlmsghdr *message, void *data)
{
	struct test *test = data;
	const struct nlattr *attr;

	for_each_attr(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_VERDICT:
			test->verdict = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_REASON:
			test->reason = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_DIRECTION:
			test->direction = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_ENTRY:
			read_entry(attr, &test->entry);
			test->decided = true;
			break;
		}
	}
	return 0;
}

static int ask(struct kernel *kernel, struct test *test)
{
	size_t bytes = test->src.length / 8;
	union request buffer;
	struct nlmsghdr *request;

	request = start_request(kernel, &buffer, OP25B_CMD_TEST);
	mnl_attr_put(request, OP25B_A_SRC, bytes, test->src.address);
	mnl_attr_put(request, OP25B_A_DST, bytes, test->dst.address);
	mnl_attr_put_u16(request, OP25B_A_SPORT, test->sport);
	mnl_attr_put_u16(request, OP25B_A_DPORT, test->dport);
	return call_kernel(kernel, request, take_answer, test);
}

/* In words */

static const char *reason_name(const struct test *test)
{
	return name_of(reason_names, ARRAY_SIZE(reason_names), test->reason);
}

static void format_address(const struct prefix *prefix,
			   char text[PREFIX_TEXT_MAX])
{
	format_prefix(prefix, text);
	*strchr(text, '/') = '\0';
}

/* The address that the verdict is about */
static const struct prefix *subject(const struct test *test)
{
	bool is_dst = test->reason == OP25B_REASON_RELAY ||
		      test->reason == OP25B_REASON_RETURN;

	return is_dst ? &test->dst : &test->src;
}

/* What follows from it */
static const char *consequence(const struct test *test)
{
	bool monitor = test->verdict == OP25B_VERDICT_MONITOR;

	switch (test->reason) {
	case OP25B_REASON_RELAY:
		return "everybody may send mail to it";
	case OP25B_REASON_FIXED:
	case OP25B_REASON_DIALUP:
		return "it may send to port 25 of any host";
	case OP25B_REASON_DYNAMIC:
		return monitor ? "outbound port 25 is only monitored" :
				 "outbound port 25 is closed";
	case OP25B_REASON_RETURN:
		return monitor ? "answers from port 25 are only monitored" :
				 "answers from port 25 are closed, but those of relays";
	default:
		return "";
	}
}

/* Why it passes when no entry says so */
static void print_undecided(const struct test *test)
{
	char text[PREFIX_TEXT_MAX];

	switch (test->reason) {
	case OP25B_REASON_OFF:
		out_text("the mode is off");
		break;
	case OP25B_REASON_OTHER:
		format_address(&test->src, text);
		out_text("%s is not in dynamic, fixed or dialup", text);
		break;
	case OP25B_REASON_NONE:
		out_text(test->direction == OP25B_DIRECTION_NONE ?
			 "neither port is 25" :
			 "nothing closes this answer from port 25");
		break;
	default:
		out_text("reason %s", reason_name(test));
	}
}

static void print_decided(const struct test *test)
{
	const struct entry *entry = &test->entry;
	char text[PREFIX_TEXT_MAX];

	format_address(subject(test), text);
	out_text("%s is %s", text,
		 entry->table == OP25B_TABLE_RELAY ? "a relay" :
		 name_of(table_names, ARRAY_SIZE(table_names), entry->table));
	out_string("prefix", " by %s", format_prefix(&entry->prefix, text));
	if (*entry->label)
		out_string("label", " (%s)", entry->label);
	out_text("; %s", consequence(test));
}

static void print_answer(const struct test *test)
{
	out_object(NULL);
	out_string("verdict", "%s: ",
		   name_of(verdict_names, ARRAY_SIZE(verdict_names),
			   test->verdict));
	out_string("reason", NULL, reason_name(test));
	if (test->direction == OP25B_DIRECTION_NONE)
		out_null("direction");
	else
		out_string("direction", NULL,
			   name_of(direction_names, ARRAY_SIZE(direction_names),
				   test->direction));
	if (test->decided)
		print_decided(test);
	else
		print_undecided(test);
	out_text("\n");
	out_close();
}

static int do_test(struct kernel *kernel, void *data)
{
	struct test *test = data;
	int err = ask(kernel, test);

	if (err)
		return err;
	print_answer(test);
	return test->verdict == OP25B_VERDICT_BLOCK ? STATUS_NEGATIVE :
						      STATUS_DONE;
}

/* The question */

static int parse_addresses(const struct words *words, struct test *test,
			   struct problem *problem)
{
	if (words->count < 3)
		return set_problem(problem, 0,
				   "missing address: expected test SRC DST");
	if (parse_address(&words->word[1], &test->src, problem) ||
	    parse_address(&words->word[2], &test->dst, problem))
		return -EINVAL;
	if (test->src.family != test->dst.family)
		return set_problem(problem, 0,
				   "addresses are of different families: expected two of IPv4 or two of IPv6");
	return 0;
}

static int parse_ports(const struct words *words, struct test *test,
		       struct problem *problem)
{
	static const char *const options[] = { "sport", "dport" };
	u32 *ports[] = { &test->sport, &test->dport };
	bool seen[ARRAY_SIZE(options)] = { false };
	size_t i;

	for (i = 3; i < words->count; i += 2) {
		const char *word = words->word[i].text;
		int option = find_name(options, ARRAY_SIZE(options), word);

		if (option < 0)
			return set_problem(problem, 0,
					   "unexpected word '%s': expected sport N or dport N",
					   word);
		if (seen[option])
			return set_problem(problem, 0, "%s given twice", word);
		seen[option] = true;
		if (parse_number(i + 1 < words->count ? &words->word[i + 1] :
							NULL,
				 word, 0, 65535, ports[option], problem))
			return -EINVAL;
	}
	return 0;
}

/** cmd_test() - ask what would become of a packet */
enum status cmd_test(int count, char **args)
{
	struct test test = { .sport = EPHEMERAL_PORT, .dport = MAIL_PORT };
	struct problem problem;
	struct words words;

	words_of_args(&words, count, args);
	if (parse_addresses(&words, &test, &problem) ||
	    parse_ports(&words, &test, &problem))
		return fail("%s", problem.text);
	return with_kernel(do_test, &test);
}
