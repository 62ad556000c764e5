// SPDX-License-Identifier: GPL-2.0
/*
 * op25bctl: the table of commands, and the help made from it.
 */
#include <fcntl.h>
#include <linux/kernel.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "complete.h"
#include "netlink.h"
#include "statement.h"

/* Columns of a line of help */
#define HELP_WIDTH	79
/* Columns of an option and its value */
#define OPTION_WIDTH	13
/* Bytes of a command's usage, with the zero byte */
#define USAGE_MAX	512
/* Bytes of the version of the module, with the zero byte */
#define VERSION_MAX	64

enum {
	OPTION_JSON,
	OPTION_COLOR,
	OPTION_NETNS,
	OPTION_OWNER,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct name option_list[] = {
	[OPTION_JSON] = {
		.text = "--json", .brief = "-j", .help = "print JSON",
	},
	[OPTION_COLOR] = {
		.text = "--color", .value = "WHEN", .choice = &when_names,
		.standard = WHEN_AUTO,
		.help = "color verdicts and errors: auto, always or never",
	},
	[OPTION_NETNS] = {
		.text = "--netns", .brief = "-n", .value = "NAME",
		.help = "work in a network namespace, as named by ip netns",
	},
	[OPTION_OWNER] = {
		.text = "--owner", .brief = "-o", .value = "OWNER",
		.min = 1, .max = OP25B_NAME_MAX, .unit = " bytes",
		.help = "change the entries of another owner than operator",
	},
	[OPTION_HELP] = {
		.text = "--help", .brief = "-h",
		.help = "print this help, or that of the command",
	},
	[OPTION_VERSION] = {
		.text = "--version", .brief = "-V",
		.help = "print the version of the tool and of the module",
	},
};

static const struct names options = { option_list, ARRAY_SIZE(option_list) };

/* In the order of the help; the first one is the default */
static const struct command commands[] = {
	{
		.name = "show",
		.usage = "",
		.summary = "show settings, entry counts, memory and packet counts",
		.help = "This is what op25bctl does without a command.\n",
		.run = cmd_show,
	}, {
		.name = "set",
		.usage = "SETTING VALUE",
		.words = &setting_names,
		.summary = "change a setting",
		.run = cmd_statement,
	}, {
		.name = "add",
		.usage = "TABLE {PREFIX | from FILE}",
		.words = &object_names,
		.options = &entry_options,
		.summary = "add prefixes to a table, or replace their options",
		.run = cmd_statement,
	}, {
		.name = "del",
		.usage = "TABLE {PREFIX | from FILE}",
		.words = &object_names,
		.summary = "delete prefixes from a table",
		.run = cmd_statement,
	}, {
		.name = "flush",
		.usage = "TABLE",
		.summary = "delete all prefixes of a table",
		.run = cmd_statement,
	}, {
		.name = "include",
		.usage = "provider PROVIDER from FILE",
		.words = &include_words,
		.summary = "add the entries of a file, all of one provider",
		.help = "The file holds add statements without a provider.\n",
		.run = cmd_statement,
	}, {
		.name = "load",
		.usage = "FILE",
		.options = &load_options,
		.summary = "replace entries and settings by a file",
		.help = "The entries of one owner are replaced, and operator's settings: those\n"
			"not in the file get their defaults. All or nothing is applied.\n",
		.run = cmd_load,
	}, {
		.name = "batch",
		.usage = "FILE",
		.summary = "apply the statements of a file to the running policy",
		.help = "The change is atomic: all or nothing.\n",
		.run = cmd_batch,
	}, {
		.name = "confirm",
		.usage = "",
		.summary = "confirm the load that waits for it",
		.help = "With --owner the load of another owner than operator.\n",
		.run = cmd_confirm,
	}, {
		.name = "rollback",
		.usage = "",
		.summary = "go back to the policy before a load",
		.help = "The owner's load that waits for confirmation; if none does, operator's\n"
			"last one. Only entries of that owner go back, and settings if that is\n"
			"operator: what others have changed, and what has expired, stays.\n",
		.run = cmd_rollback,
	}, {
		.name = "diff",
		.usage = "FILE [FILE]",
		.options = &diff_options,
		.summary = "show what load would change, or how two files differ",
		.help = "Entries and settings: - is removed, + added, ~ changed; then addresses\n"
			"by class before and after. Exit status 1 if there is a difference.\n",
		.run = cmd_diff,
	}, {
		.name = "check",
		.usage = "FILE",
		.options = &check_options,
		.summary = "check a file without loading it",
		.help = "Prints all errors for which load would refuse the file, or if there are\n"
			"none warnings. Needs neither root nor the module. Exit status 1 if\n"
			"there are errors.\n",
		.run = cmd_check,
	}, {
		.name = "import",
		.usage = "{ipset | nft | cidr} TABLE [FILE]",
		.words = &import_formats,
		.summary = "print another program's file as add statements",
		.help = "FILE is standard input unless given, or if it is -. Prints nothing if\n"
			"there are errors. Needs neither root nor the module.\n",
		.run = cmd_import,
	}, {
		.name = "export",
		.usage = "{nft | rbldnsd | bird | cidr TABLE} [FILE]",
		.words = &export_formats,
		.options = &export_options,
		.summary = "print the policy in the format of another program",
		.help = "The running policy unless there is a FILE, which needs neither root nor\n"
			"the module. What the format cannot say is in its first lines.\n",
		.run = cmd_export,
	}, {
		.name = "save",
		.usage = "",
		.options = &save_options,
		.summary = "print the running policy as a file for load",
		.help = "Timeouts are saved as the seconds left.\n",
		.run = cmd_save,
	}, {
		.name = "list",
		.usage = "[TABLE] [FAMILY]",
		.options = &list_options,
		.summary = "list entries",
		.help = "Lists of more than 65536 entries are not sorted.\n",
		.run = cmd_list,
	}, {
		.name = "test",
		.usage = "SRC DST",
		.options = &port_options,
		.summary = "explain the verdict for a packet",
		.help = "SRC and DST are addresses. Nothing is sent or counted. Exit status 0\n"
			"if the packet passes, 1 if it is blocked.\n",
		.run = cmd_test,
	}, {
		.name = "stats",
		.usage = "",
		.options = &stats_options,
		.summary = "show the counters by reason, label and provider, or reset them",
		.run = cmd_stats,
	},
};

static const struct syntax syntax = {
	.options = &options,
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

/* Placeholders in usages that stand for one of some names */
static const struct {
	const char *text;
	const struct names *names;
} placeholders[] = {
	{ "TABLE", &table_names },
	{ "FAMILY", &family_names },
};

/* "add TABLE {PREFIX | from FILE} [label LABEL] [timeout N] [monitor]" */
static const char *format_usage(const struct command *command,
				char text[USAGE_MAX])
{
	size_t used, i;

	used = snprintf(text, USAGE_MAX, "%s%s%s", command->name,
			*command->usage ? " " : "", command->usage);
	for (i = 0; command->options && i < command->options->count; i++) {
		const struct name *option = &command->options->list[i];

		used += snprintf(text + used, USAGE_MAX - used, " [%s%s%s]",
				 option->text, option->value ? " " : "",
				 option->value ? option->value : "");
	}
	return text;
}

/**
 * refuse_word() - print an error about a word that a command does not take
 * @args: the command line
 * @index: of the word
 *
 * Return: STATUS_ERROR.
 */
enum status refuse_word(const struct args *args, int index)
{
	char usage[USAGE_MAX];

	return fail("unexpected word '%s': expected op25bctl %s",
		    args->words[index], format_usage(args->command, usage));
}

/**
 * only_file() - take the file name that is the only word of a command
 * @args: the command line
 * @path: set to the file name
 *
 * Return: STATUS_DONE, or STATUS_ERROR after printing an error.
 */
enum status only_file(const struct args *args, const char **path)
{
	if (args->count < 2 || !*args->words[1])
		return fail("missing file name: expected op25bctl %s FILE",
			    args->command->name);
	if (args->count > 2)
		return refuse_word(args, 2);
	*path = args->words[1];
	return STATUS_DONE;
}

/**
 * take_word() - take a word that is one of some names
 * @args: the command line
 * @index: of the word
 * @what: what it is, for errors
 * @names: the names
 *
 * Return: its number, or -1 after printing an error.
 */
int take_word(const struct args *args, int index, const char *what,
	      const struct names *names)
{
	char joined[JOINED_MAX];
	int number;

	join_names(joined, sizeof(joined), names, ", ", " or ");
	if (index >= args->count) {
		fail("missing %s: expected %s", what, joined);
		return -1;
	}
	number = find_name(names, args->words[index]);
	if (number < 0)
		fail("unknown %s '%s': expected %s", what, args->words[index], joined);
	return number;
}

/**
 * take_name() - take the label, provider or owner behind that word
 * @args: the command line
 * @index: of the word; moved to the name
 * @name: which word it is
 * @chosen: set to the name; NULL before
 *
 * Return: STATUS_DONE, or STATUS_ERROR after printing an error.
 */
enum status take_name(const struct args *args, int *index, const struct name *name,
		      const char **chosen)
{
	char text[OP25B_NAME_MAX + 1];
	struct problem problem;
	struct words words;

	if (*chosen)
		return fail("duplicate option '%s': give it once", name->text);
	if (++*index == args->count)
		return fail("missing %s: expected %s %s", name->text, name->text,
			    name->value);
	words_of_args(&words, 1, &args->words[*index]);
	if (parse_name(&words.word[0], name, text, &problem))
		return fail("%s", problem.text);
	*chosen = args->words[*index];
	return STATUS_DONE;
}

/* Help */

/* "  -n, --netns NAME  work in …" */
static void print_option(const struct name *option)
{
	char text[OPTION_WIDTH + 1];

	snprintf(text, sizeof(text), "%s%s%s", option->text,
		 option->value ? " " : "", option->value ? option->value : "");
	printf("  %s%s %-*s %s\n", option->brief ? option->brief : "  ",
	       option->brief ? "," : " ", OPTION_WIDTH, text, option->help);
}

static void print_commands(void)
{
	size_t i;

	printf("Control op25b, the kernel's Outbound Port 25 Blocking.\n"
	       "\n"
	       "Usage: op25bctl [OPTION]... [COMMAND [WORD]...]\n"
	       "\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	printf("\n");
	for (i = 0; i < options.count; i++)
		print_option(&option_list[i]);
	printf("  --                take all further arguments as words\n"
	       "\n"
	       "Options may stand anywhere but directly after a word that takes a value.\n"
	       "\n"
	       "Exit status: 0 success, or test says pass; 1 test says block, check found\n"
	       "errors, diff a difference, or a guard refused a load; 2 error.\n");
}

/* The usage, with line breaks before options */
static void print_usage(const struct command *command)
{
	static const char start[] = "Usage: op25bctl ";
	char usage[USAGE_MAX], *part = usage;
	size_t column = strlen(start);

	format_usage(command, usage);
	printf("%s", start);
	while (part) {
		char *next = strstr(part + 1, " [");
		int length = next ? next - part : (int)strlen(part);

		if (column + length > HELP_WIDTH) {
			printf("\n       ");
			column = 7;
		}
		printf("%.*s", length, part);
		column += length;
		part = next;
	}
	printf("\n");
}

/* ", 1 to 2147483 seconds (default 5)" */
static void print_range(const struct name *name)
{
	if (name->max)
		printf(", %u to %u%s", name->min, name->max,
		       name->unit ? name->unit : "");
	if (name->choice)
		printf(" (default %s)", name_of(name->choice, name->standard));
	else if (name->standard)
		printf(" (default %u)", name->standard);
}

/* The words and options that a command takes, two lines each */
static void print_words(const struct names *names)
{
	char joined[JOINED_MAX];
	size_t i;

	for (i = 0; names && i < names->count; i++) {
		const struct name *name = &names->list[i];

		if (!name->text)
			continue;
		printf("%s", name->text);
		if (name->choice)
			printf(" %s", join_names(joined, sizeof(joined),
						 name->choice, "|", "|"));
		else if (name->value)
			printf(" %s", name->value);
		printf("\n    %s", name->help);
		print_range(name);
		printf("\n");
	}
}

static void print_placeholders(const struct command *command)
{
	char joined[JOINED_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (strstr(command->usage, placeholders[i].text))
			printf("%s is %s.\n", placeholders[i].text,
			       join_names(joined, sizeof(joined),
					  placeholders[i].names, ", ", " or "));
	if (strstr(command->usage, "PREFIX"))
		printf("PREFIX is ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6.\n");
	if (!strcmp(command->usage, "FILE"))
		printf("FILE has one statement (%s) per line. # starts a\n"
		       "comment, double quotes hold words with spaces. - is standard input.\n",
		       join_names(joined, sizeof(joined), &statement_names,
				  ", ", " or "));
}

static enum status print_help(const struct args *args)
{
	const struct command *command = args->command;

	if (!args->count) {
		print_commands();
		return STATUS_DONE;
	}
	if (!command)
		return fail("unknown command '%s': see op25bctl --help",
			    args->words[0]);
	print_usage(command);
	printf("\n%c%s.\n\n", command->summary[0] & ~0x20,
	       command->summary + 1);
	print_placeholders(command);
	if (command->help)
		printf("%s", command->help);
	print_words(command->words);
	print_words(command->options);
	return STATUS_DONE;
}

/* Running */

static enum status run_command(const struct args *args)
{
	if (!args->count)
		return commands[0].run(args);
	if (!args->command)
		return fail("unknown command '%s': see op25bctl --help",
			    args->words[0]);
	return args->command->run(args);
}

static enum status print_versions(void)
{
	char version[VERSION_MAX];

	printf("op25bctl %s\n", OP25B_VERSION);
	if (module_version(version, sizeof(version)))
		printf("op25b module %s\n", version);
	return STATUS_DONE;
}

/* So that no file opened later gets the number of a standard one */
static void reserve_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY :
							       O_RDONLY);
}

int main(int argc, char **argv)
{
	static char error_buffer[BUFSIZ];
	struct problem problem;
	enum status status;
	struct args args;
	char joined[JOINED_MAX];
	static char owner[OP25B_NAME_MAX + 1];
	const char *when, *given;
	int color;

	reserve_standard_files();
	if (argc > 2 && !strcmp(argv[1], "__complete")) {
		complete(&syntax, argc - 2, argv + 2);
		return STATUS_DONE;
	}
	/* writing to a closed pipe is an error, not the end of the process */
	signal(SIGPIPE, SIG_IGN);
	/* an error in one write(), not mixed with those of other processes */
	setvbuf(stderr, error_buffer, _IOLBF, sizeof(error_buffer));
	if (read_args(&args, &syntax, argc, argv, &problem))
		return fail("%s", problem.text);
	when = option_value(&args, &option_list[OPTION_COLOR]);
	color = when ? find_name(&when_names, when) : WHEN_AUTO;
	if (color < 0)
		return fail("unknown value '%s' of --color: expected %s", when,
			    join_names(joined, sizeof(joined), &when_names,
				       ", ", " or "));
	out_start(option_value(&args, &option_list[OPTION_JSON]), color);
	use_netns(option_value(&args, &option_list[OPTION_NETNS]));
	given = option_value(&args, &option_list[OPTION_OWNER]);
	if (given && option_text(&option_list[OPTION_OWNER], given, owner, &problem))
		return fail("%s", problem.text);
	use_owner(given ? owner : NULL);
	if (option_value(&args, &option_list[OPTION_VERSION]))
		status = print_versions();
	else if (option_value(&args, &option_list[OPTION_HELP]))
		status = print_help(&args);
	else
		status = run_command(&args);
	return out_finish() ? STATUS_ERROR : status;
}
