// SPDX-License-Identifier: GPL-2.0
/*
 * The command line: options stand anywhere except directly after a word or an
 * option that takes a value. The commands are made up to cover each kind of
 * option.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/kernel.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "statement.h"

enum { JSON, HELP, NETNS };

static const struct name option_list[] = {
	[JSON] = { .text = "--json", .brief = "-j" },
	[HELP] = { .text = "--help", .brief = "-h" },
	[NETNS] = { .text = "--netns", .brief = "-n", .value = "NETNS" },
};

static const struct names options = { option_list, ARRAY_SIZE(option_list) };

static const struct name file_list[] = {
	{ .text = "--confirm", .value = "SECONDS" },
	{ .text = "--all" },
};

static const struct names file_options = { file_list, ARRAY_SIZE(file_list) };

static const struct command commands[] = {
	{ .name = "set", .words = &setting_names },
	{ .name = "add", .words = &object_names, .options = &entry_options },
	{ .name = "del", .words = &object_names },
	{ .name = "load", .options = &file_options },
};

static const struct syntax syntax = {
	.options = &options,
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

/* The arguments, separated by spaces; the words and options parsed, in brackets */
static const struct {
	const char *args;
	const char *words;
	const char *given;
} good[] = {
	{ "", "", "" },
	{ "load f", "[load][f]", "" },
	{ "-j load f", "[load][f]", "[--json ]" },
	{ "load -j f", "[load][f]", "[--json ]" },
	{ "load f --json", "[load][f]", "[--json ]" },
	{ "-j load -j f -h -j", "[load][f]", "[--json ][--help ]" },
	{ "load -", "[load][-]", "" },
	{ "unknown -h", "[unknown]", "[--help ]" },
	/* a word that takes a value */
	{ "add dynamic ::/0 label -h", "[add][dynamic][::/0][label][-h]", "" },
	{ "add dynamic ::/0 timeout --json",
	  "[add][dynamic][::/0][timeout][--json]", "" },
	{ "add dynamic from -j", "[add][dynamic][from][-j]", "" },
	{ "del dynamic from -n", "[del][dynamic][from][-n]", "" },
	{ "set mode -h", "[set][mode][-h]", "" },
	{ "set reply-rate -1", "[set][reply-rate][-1]", "" },
	{ "add dynamic ::/0 label -x", "[add][dynamic][::/0][label][-x]", "" },
	/* its value does not take a value itself, nor does it in other commands */
	{ "add dynamic ::/0 label label -j",
	  "[add][dynamic][::/0][label][label]", "[--json ]" },
	{ "add dynamic ::/0 label -j -j", "[add][dynamic][::/0][label][-j]",
	  "[--json ]" },
	{ "add dynamic ::/0 monitor -j", "[add][dynamic][::/0][monitor]",
	  "[--json ]" },
	{ "load label -j", "[load][label]", "[--json ]" },
	{ "del dynamic label -h", "[del][dynamic][label]", "[--help ]" },
	{ "label -h", "[label]", "[--help ]" },
	{ "-j add dynamic -h", "[add][dynamic]", "[--json ][--help ]" },
	/* an option that takes a value */
	{ "-n -j load f", "[load][f]", "[--netns -j]" },
	{ "load --netns red f", "[load][f]", "[--netns red]" },
	{ "-n red load f -n blue", "[load][f]", "[--netns blue]" },
	{ "-n add label -h", "[label]", "[--netns add][--help ]" },
	{ "load --confirm 60 f", "[load][f]", "[--confirm 60]" },
	{ "load f --confirm -h", "[load][f]", "[--confirm -h]" },
	{ "load --all f -j", "[load][f]", "[--all ][--json ]" },
	{ "load --netns=red f", "[load][f]", "[--netns red]" },
	{ "load --netns= --confirm=a=b f", "[load][f]",
	  "[--netns ][--confirm a=b]" },
	{ "add dynamic ::/0 label --netns=red",
	  "[add][dynamic][::/0][label][--netns=red]", "" },
	/* the end of options */
	{ "add dynamic ::/0 label -- -j", "[add][dynamic][::/0][label][-j]",
	  "" },
	{ "add dynamic ::/0 label -- --", "[add][dynamic][::/0][label][--]",
	  "" },
	{ "load -- -j", "[load][-j]", "" },
	{ "-- load -x --", "[load][-x][--]", "" },
	{ "-j -- -j", "[-j]", "[--json ]" },
	{ "-n -- -j load", "[load]", "[--netns -j]" },
};

static const struct {
	const char *args;
	const char *text;
} bad[] = {
	{ "-x", "unknown option '-x': see op25bctl --help" },
	{ "load -x", "unknown option '-x': see op25bctl --help" },
	{ "load -jh f", "unknown option '-jh': see op25bctl --help" },
	{ "load --", NULL },
	{ "add dynamic -1", "unknown option '-1': see op25bctl --help" },
	{ "add --confirm 60",
	  "unknown option '--confirm': see op25bctl --help" },
	{ "--confirm 60 load",
	  "unknown option '--confirm': see op25bctl --help" },
	{ "load -\302\233m", "unknown option '-\\xc2\\x9bm': see op25bctl --help" },
	{ "load f -n", "missing value: expected --netns NETNS" },
	{ "load f -n --", "missing value: expected --netns NETNS" },
	{ "load --confirm", "missing value: expected --confirm SECONDS" },
	{ "load --all=1 f", "unexpected value: --all takes none" },
	{ "load --json= f", "unexpected value: --json takes none" },
	{ "load --unknown=1 f", "unknown option '--unknown': see op25bctl --help" },
	{ "load -n=red f", "unknown option '-n=red': see op25bctl --help" },
};

static int read_text(const char *text, struct args *args,
		     struct problem *problem)
{
	static char copy[256];
	static char *argv[16];
	int argc = 1;
	char *word;

	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return read_args(args, &syntax, argc, argv, problem);
}

static void takes_apart(void **state)
{
	struct problem problem;
	struct args args;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		char words[256] = "", given[256] = "";
		size_t used = 0;

		if (read_text(good[i].args, &args, &problem))
			fail_msg("%s: %s", good[i].args, problem.text);
		for (j = 0; j < (size_t)args.count; j++)
			used += sprintf(words + used, "[%s]", args.words[j]);
		for (j = used = 0; j < args.nr_given; j++)
			used += sprintf(given + used, "[%s %s]",
					args.given[j].option->text,
					args.given[j].value);
		assert_string_equal(words, good[i].words);
		assert_string_equal(given, good[i].given);
	}
}

static void refuses(void **state)
{
	struct problem problem;
	struct args args;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int err = read_text(bad[i].args, &args, &problem);

		assert_int_equal(!err, !bad[i].text);
		if (err)
			assert_string_equal(problem.text, bad[i].text);
	}
}

static void finds_command_and_options(void **state)
{
	struct problem problem;
	struct args args;

	(void)state;
	assert_int_equal(read_text("-n red -j load f", &args, &problem), 0);
	assert_ptr_equal(args.command, find_command(&syntax, "load"));
	assert_string_equal(option_value(&args, &option_list[NETNS]), "red");
	assert_string_equal(option_value(&args, &option_list[JSON]), "");
	assert_null(option_value(&args, &option_list[HELP]));
	assert_int_equal(read_text("unknown", &args, &problem), 0);
	assert_null(args.command);
	assert_null(find_command(&syntax, "unknown"));
}

/* A repeated option is stored once */
static void counts_each_option_once(void **state)
{
	char *argv[64];
	struct problem problem;
	struct args args;
	int i;

	(void)state;
	for (i = 1; i < (int)ARRAY_SIZE(argv); i++)
		argv[i] = i % 2 ? "-j" : "-h";
	assert_int_equal(read_args(&args, &syntax, i, argv, &problem), 0);
	assert_int_equal(args.nr_given, 2);
	assert_int_equal(args.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_apart),
		cmocka_unit_test(refuses),
		cmocka_unit_test(finds_command_and_options),
		cmocka_unit_test(counts_each_option_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
