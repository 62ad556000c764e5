// SPDX-License-Identifier: GPL-2.0
/*
 * op25bctl: the command line.
 *
 * Finds the options and the command, and runs it. What there is to know of a
 * command, its help included, is in one table.
 */
#include <ctype.h>
#include <fcntl.h>
#include <linux/kernel.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "statement.h"

/**
 * struct command - a command
 * @name: the word that calls it
 * @usage: the words behind it
 * @summary: what it does, for the list of commands
 * @help: the rest of what there is to know
 * @run: does it
 * @free_words: whether its words may begin with a dash
 */
struct command {
	const char *name;
	const char *usage;
	const char *summary;
	const char *help;
	enum status (*run)(int count, char **words);
	bool free_words;
};

#define ENTRY_USAGE	"TABLE {PREFIX | from FILE}"
#define TABLE_HELP \
	"TABLE is dynamic, fixed, dialup or relay. PREFIX is ADDRESS or\n" \
	"ADDRESS/LENGTH, IPv4 or IPv6. FILE has one prefix a line.\n"

#define FILE_HELP \
	"FILE has statements (set, add, del, flush), one a line. # starts a\n" \
	"comment, quotes hold words with blanks. - is the standard input.\n"

/* In the order of the list of commands; the first one is the default */
static const struct command commands[] = {
	{
		.name = "show",
		.usage = "",
		.summary = "settings, entries by table, memory, counters in brief",
		.help = "Also what op25bctl does without a command.\n",
		.run = cmd_show,
	}, {
		.name = "set",
		.usage = "SETTING VALUE",
		.summary = "change a setting",
		.help = "mode off|monitor|enforce\n"
			"    how much of the policy is in force (enforce)\n"
			"action drop|reset|unreachable\n"
			"    what the sender of a blocked packet gets (drop)\n"
			"return on|off\n"
			"    whether answers from port 25 are blocked too (on)\n"
			"reply-rate N\n"
			"    the most resets and unreachables a second (1000)\n",
		.run = cmd_statement,
		.free_words = true,
	}, {
		.name = "add",
		.usage = ENTRY_USAGE " [label L] [timeout N] [monitor]",
		.summary = "add prefixes, or replace what is said of them",
		.help = TABLE_HELP
			"\n"
			"label L      a name to count by, 1 to 63 bytes of UTF-8\n"
			"timeout N    seconds after which the entry is gone\n"
			"monitor      count what would be blocked, but let it pass;\n"
			"             only in dynamic\n",
		.run = cmd_statement,
		.free_words = true,
	}, {
		.name = "del",
		.usage = ENTRY_USAGE,
		.summary = "remove prefixes",
		.help = TABLE_HELP,
		.run = cmd_statement,
		.free_words = true,
	}, {
		.name = "flush",
		.usage = "TABLE",
		.summary = "remove all prefixes of a table",
		.help = "TABLE is dynamic, fixed, dialup or relay.\n",
		.run = cmd_statement,
		.free_words = true,
	}, {
		.name = "load",
		.usage = "FILE",
		.summary = "replace policy and settings by those of a file",
		.help = FILE_HELP
			"What it does not set has its default. All of it is\n"
			"applied, or nothing.\n",
		.run = cmd_load,
	}, {
		.name = "batch",
		.usage = "FILE",
		.summary = "apply a file of statements to the running policy",
		.help = FILE_HELP
			"All of them are applied, or none.\n",
		.run = cmd_batch,
	}, {
		.name = "check",
		.usage = "FILE",
		.summary = "find the errors of a file without loading it",
		.help = FILE_HELP
			"Finds what load would refuse. Needs no root and no module,\n"
			"and prints all errors, not only the first. Exit status 1 if\n"
			"there are any.\n",
		.run = cmd_check,
	}, {
		.name = "save",
		.usage = "",
		.summary = "print the running policy as a file that load takes",
		.help = "Timeouts are saved as the seconds that are left.\n",
		.run = cmd_save,
	}, {
		.name = "list",
		.usage = "[TABLE] [ipv4|ipv6]",
		.summary = "print the entries",
		.help = "TABLE is dynamic, fixed, dialup or relay. More than 65536\n"
			"entries are not sorted.\n",
		.run = cmd_list,
	}, {
		.name = "test",
		.usage = "SRC DST [sport N] [dport N]",
		.summary = "print what would become of a packet, and why",
		.help = "SRC and DST are addresses. The ports are 49152 and 25 unless\n"
			"given. Counts nothing. Exit status 0 if the packet passes,\n"
			"1 if it is blocked.\n",
		.run = cmd_test,
	}, {
		.name = "stats",
		.usage = "[reset]",
		.summary = "print the counters by reason and by label, or reset them",
		.help = "",
		.run = cmd_stats,
	},
};

/**
 * struct request - what the command line asks for
 * @json: JSON instead of text
 * @help: help
 * @version: the version
 * @count: how many words there are
 * @words: they, the command first
 */
struct request {
	bool json;
	bool help;
	bool version;
	int count;
	char **words;
};

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/**
 * refuse_word() - complain about a word that a command does not take
 * @name: of the command
 * @word: the word
 *
 * Return: STATUS_ERROR.
 */
enum status refuse_word(const char *name, const char *word)
{
	const struct command *command = find_command(name);

	return fail("unexpected word '%s': expected op25bctl %s%s%s", word,
		    command->name, *command->usage ? " " : "", command->usage);
}

/**
 * only_file() - take the file name that is all that a command takes
 * @count: how many words there are
 * @words: they, the command first
 * @path: the file name
 *
 * Return: STATUS_DONE, or STATUS_ERROR after saying what is wrong.
 */
enum status only_file(int count, char **words, const char **path)
{
	if (count < 2 || !*words[1])
		return fail("missing file name: expected op25bctl %s FILE",
			    words[0]);
	if (count > 2)
		return refuse_word(words[0], words[2]);
	*path = words[1];
	return STATUS_DONE;
}

/* Takes the argument as an option, if it is one that all commands have */
static bool take_option(struct request *request, const char *arg)
{
	if (!strcmp(arg, "-j") || !strcmp(arg, "--json"))
		request->json = true;
	else if (!strcmp(arg, "-h") || !strcmp(arg, "--help"))
		request->help = true;
	else if (!strcmp(arg, "-V") || !strcmp(arg, "--version"))
		request->version = true;
	else
		return false;
	return true;
}

/* Whether a word that begins with a dash cannot be anything but an option */
static bool is_unknown_option(const struct request *request, const char *arg)
{
	const struct command *command = NULL;

	/* the standard input, or a number */
	if (arg[0] != '-' || !arg[1] || isdigit((unsigned char)arg[1]))
		return false;
	if (request->count)
		command = find_command(request->words[0]);
	return !command || !command->free_words;
}

/* Sorts the arguments into options and words; the words move to the front */
static enum status read_args(struct request *request, int argc, char **argv)
{
	bool options = true;
	int i;

	request->words = argv;
	for (i = 1; i < argc; i++) {
		if (options && !strcmp(argv[i], "--")) {
			options = false;
			continue;
		}
		if (options && take_option(request, argv[i]))
			continue;
		if (options && is_unknown_option(request, argv[i]))
			return fail("unknown option '%s': see op25bctl --help",
				    argv[i]);
		request->words[request->count++] = argv[i];
	}
	return STATUS_DONE;
}

static void print_commands(void)
{
	size_t i;

	printf("op25bctl controls op25b, Outbound Port 25 Blocking in the kernel.\n"
	       "\n"
	       "Usage: op25bctl [OPTION]... [COMMAND [WORD]...]\n"
	       "\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-6s %s\n", commands[i].name, commands[i].summary);
	printf("\n"
	       "  -j, --json     print JSON\n"
	       "  -h, --help     print this, or the help of the command\n"
	       "  -V, --version  print the version\n"
	       "  --             what follows are words, even if they look like options\n"
	       "\n"
	       "Exit status: 0 done, or test says pass; 1 test says block, or check found\n"
	       "errors; 2 an error.\n");
}

static enum status print_help(const struct request *request)
{
	const struct command *command;

	if (!request->count) {
		print_commands();
		return STATUS_DONE;
	}
	command = find_command(request->words[0]);
	if (!command)
		return fail("unknown command '%s': see op25bctl --help",
			    request->words[0]);
	printf("Usage: op25bctl %s%s%s\n\n%c%s.\n%s%s", command->name,
	       *command->usage ? " " : "", command->usage,
	       command->summary[0] & ~0x20, command->summary + 1,
	       *command->help ? "\n" : "", command->help);
	return STATUS_DONE;
}

static enum status run_command(const struct request *request)
{
	const struct command *command;

	if (!request->count)
		return commands[0].run(0, request->words);
	command = find_command(request->words[0]);
	if (!command)
		return fail("unknown command '%s': see op25bctl --help",
			    request->words[0]);
	return command->run(request->count, request->words);
}

/* So that no file opened later is taken for a standard one that is closed */
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
	static char complaint[BUFSIZ];
	struct request request = { 0 };
	enum status status;

	reserve_standard_files();
	/* a closed pipe is an error of writing, not the end of the process */
	signal(SIGPIPE, SIG_IGN);
	/* a complaint in one piece, not a byte at a time among those of others */
	setvbuf(stderr, complaint, _IOLBF, sizeof(complaint));
	if (read_args(&request, argc, argv))
		return STATUS_ERROR;
	out_start(request.json);
	if (request.version) {
		printf("op25bctl %s\n", OP25B_VERSION);
		status = STATUS_DONE;
	} else if (request.help) {
		status = print_help(&request);
	} else {
		status = run_command(&request);
	}
	return out_finish() ? STATUS_ERROR : status;
}
