// SPDX-License-Identifier: GPL-2.0
/*
 * The command test: ask the kernel for the verdict on a packet and explain it.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <string.h>

#include "command.h"
#include "netlink.h"

/**
 * struct test - a packet and the answer
 * @src: source address
 * @dst: destination address
 * @ports: by &enum port_option
 * @verdict: &enum op25b_verdict
 * @reason: &enum op25b_reason
 * @direction: &enum op25b_direction
 * @entry: the deciding entry
 * @decided: whether there is one
 * @relay: the relay that does not serve the subscriber
 * @refused: whether there is one
 */
struct test {
	struct prefix src;
	struct prefix dst;
	u32 ports[PORT_OPTIONS];
	u8 verdict;
	u8 reason;
	u8 direction;
	struct entry entry;
	bool decided;
	struct entry relay;
	bool refused;
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
		case OP25B_A_RELAY:
			read_entry(attr, &test->relay);
			test->refused = true;
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
	mnl_attr_put_u16(request, OP25B_A_SPORT, test->ports[PORT_SOURCE]);
	mnl_attr_put_u16(request, OP25B_A_DPORT,
			 test->ports[PORT_DESTINATION]);
	return call_kernel(kernel, request, take_answer, test);
}

/* Explaining it */

static void format_address(const struct prefix *prefix,
			   char text[PREFIX_TEXT_MAX])
{
	format_prefix(prefix, text);
	*strchr(text, '/') = '\0';
}

/* The address that decides: the destination for relay and return, else the source */
static const struct prefix *subject(const struct test *test)
{
	bool is_dst = test->reason == OP25B_REASON_RELAY ||
		      test->reason == OP25B_REASON_RETURN;

	return is_dst ? &test->dst : &test->src;
}

static const char *consequence(const struct test *test)
{
	bool monitor = test->verdict == OP25B_VERDICT_MONITOR;

	switch (test->reason) {
	case OP25B_REASON_RELAY:
		return *test->entry.provider ?
		       "its provider's subscribers may connect to its port 25" :
		       "every host may connect to its port 25";
	case OP25B_REASON_FIXED:
	case OP25B_REASON_DIALUP:
		return "it may connect to port 25 of any host";
	case OP25B_REASON_DYNAMIC:
		return monitor ? "outbound port 25 is monitored, not blocked" :
				 "outbound port 25 is blocked";
	case OP25B_REASON_RETURN:
		return monitor ?
		       "replies from port 25 are monitored, not blocked" :
		       "replies from port 25 are blocked, except from relays that serve it";
	default:
		return "";
	}
}

/* Why it passes if no entry decides */
static void print_undecided(const struct test *test)
{
	char text[PREFIX_TEXT_MAX];

	switch (test->reason) {
	case OP25B_REASON_OFF:
		out_text("mode is off");
		break;
	case OP25B_REASON_OTHER:
		format_address(&test->src, text);
		out_text("%s is in no table of subscribers", text);
		break;
	case OP25B_REASON_NONE:
		out_text(test->direction == OP25B_DIRECTION_NONE ?
			 "neither port is 25" :
			 "no entry blocks this reply from port 25");
		break;
	default:
		out_text("reason %s", name_of(&reason_names, test->reason));
	}
}

/* "192.0.2.25 is a relay of provider b; 198.51.100.7 belongs to a; it" */
static void print_refused(const struct test *test)
{
	bool to_dst = subject(test) == &test->src;
	const char *provider = test->entry.provider;
	char text[PREFIX_TEXT_MAX];

	format_address(to_dst ? &test->dst : &test->src, text);
	out_text("%s is a relay", text);
	out_object("relay");
	out_string("prefix", NULL, format_prefix(&test->relay.prefix, text));
	out_string("provider", " of provider %s; ", test->relay.provider);
	out_close();
	format_address(subject(test), text);
	out_string(NULL, "%s belongs to ", text);
	out_string(NULL, "%s; it", *provider ? provider : "no provider");
}

static void print_decided(const struct test *test)
{
	const struct entry *entry = &test->entry;
	char text[PREFIX_TEXT_MAX];

	format_address(subject(test), text);
	if (test->refused)
		print_refused(test);
	else
		out_text("%s", text);
	out_text(" matches %s ", name_of(&table_names, entry->table));
	out_string("prefix", "%s", format_prefix(&entry->prefix, text));
	if (*entry->label)
		out_string("label", " (%s)", entry->label);
	if (*entry->provider)
		out_string("provider", test->refused ? NULL : " of provider %s",
			   entry->provider);
	out_text("; %s", consequence(test));
}

static enum color verdict_color(u8 verdict)
{
	switch (verdict) {
	case OP25B_VERDICT_PASS:
		return COLOR_GOOD;
	case OP25B_VERDICT_MONITOR:
		return COLOR_WARNING;
	default:
		return COLOR_BAD;
	}
}

static void print_answer(const struct test *test)
{
	out_object(NULL);
	out_colored("verdict", "%s", name_of(&verdict_names, test->verdict),
		    verdict_color(test->verdict));
	out_text(": ");
	out_string("reason", NULL, name_of(&reason_names, test->reason));
	if (test->direction == OP25B_DIRECTION_NONE)
		out_null("direction");
	else
		out_string("direction", NULL,
			   name_of(&direction_names, test->direction));
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

/* The request */

static int parse_addresses(const struct words *words, struct test *test,
			   struct problem *problem)
{
	if (words->count < 3)
		return set_problem(problem, 0,
				   "missing address: expected op25bctl test SRC DST");
	if (parse_address(&words->word[1], &test->src, problem) ||
	    parse_address(&words->word[2], &test->dst, problem))
		return -EINVAL;
	if (test->src.family != test->dst.family)
		return set_problem(problem, 0,
				   "different address families: expected two IPv4 or two IPv6 addresses");
	return 0;
}

static int take_port(const struct option *option, void *data,
		     __maybe_unused struct problem *problem)
{
	struct test *test = data;

	test->ports[option->index] = option->number;
	return 0;
}

/** cmd_test() - explain the verdict for a packet */
enum status cmd_test(const struct args *args)
{
	struct test test = { 0 };
	struct problem problem;
	struct words words;
	size_t i;

	for (i = 0; i < PORT_OPTIONS; i++)
		test.ports[i] = port_options.list[i].standard;
	words_of_args(&words, args->count, args->words);
	if (parse_addresses(&words, &test, &problem) ||
	    parse_options(&words, 3, &port_options, take_port, &test,
			  &problem))
		return fail("%s", problem.text);
	return with_kernel(do_test, &test);
}
