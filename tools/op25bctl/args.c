// SPDX-License-Identifier: GPL-2.0
/*
 * The command line, parsed into options, command and words.
 */
#include <linux/kernel.h>
#include <string.h>

#include "args.h"
#include "escape.h"
#include "statement.h"

/* Bytes that an argument may take in an error message, with the zero byte */
#define SHOWN_MAX	160

/**
 * find_command() - look up a command
 * @syntax: the commands
 * @name: the word that calls it
 *
 * Return: the command, or NULL.
 */
const struct command *find_command(const struct syntax *syntax,
				   const char *name)
{
	size_t i;

	for (i = 0; i < syntax->count; i++)
		if (!strcmp(syntax->commands[i].name, name))
			return &syntax->commands[i];
	return NULL;
}

/**
 * find_in() - find a name
 * @names: where, or NULL for no names
 * @text: the name
 *
 * Return: the name, or NULL.
 */
const struct name *find_in(const struct names *names, const char *text)
{
	int number = names ? find_name(names, text) : -1;

	return number < 0 ? NULL : &names->list[number];
}

/**
 * looks_like_option() - whether an argument begins with a dash
 * @arg: the argument; "-" alone is the standard input
 */
bool looks_like_option(const char *arg)
{
	return arg[0] == '-' && arg[1];
}

static const struct name *find_option(const struct args *args,
				      const struct syntax *syntax,
				      const char *arg)
{
	const struct name *option = find_in(syntax->options, arg);

	if (!option && args->command)
		option = find_in(args->command->options, arg);
	return option;
}

/* Cuts "--name=value" in two; returns the value, NULL if there is none */
static char *cut_value(char *arg)
{
	char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL;

	if (!equals)
		return NULL;
	*equals = '\0';
	return equals + 1;
}

/* Where the value of an option goes; it is "" until there is one */
static const char **add_option(struct args *args, const struct name *option)
{
	size_t i = 0;

	while (i < args->nr_given && args->given[i].option != option)
		i++;
	if (i == args->nr_given && i < GIVEN_MAX - 1)
		args->nr_given++;
	args->given[i].option = option;
	args->given[i].value = "";
	return &args->given[i].value;
}

/* Adds a word; if that takes a value, returns its name */
static const struct name *add_word(struct args *args,
				   const struct syntax *syntax, char *word)
{
	const struct command *command = args->command;
	const struct name *name = NULL;

	if (!args->count) {
		args->command = find_command(syntax, word);
	} else if (command) {
		name = find_in(command->words, word);
		if (!name)
			name = find_in(command->options, word);
	}
	args->words[args->count++] = word;
	return name && name->value ? name : NULL;
}

/**
 * read_args() - parse the command line
 * @args: set to the result
 * @syntax: the options and commands that there are
 * @argc: number of arguments, the name of the program included
 * @argv: the arguments; the words are moved to the front
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int read_args(struct args *args, const struct syntax *syntax, int argc,
	      char **argv, struct problem *problem)
{
	const struct name *word = NULL, *option = NULL;
	const char **value = NULL, *with;
	bool options_end = false;
	char shown[SHOWN_MAX];
	int i;

	memset(args, 0, sizeof(*args));
	args->words = argv;
	for (i = 1; i < argc; i++) {
		char *arg = argv[i];

		if (!options_end && !strcmp(arg, "--")) {
			options_end = true;
		} else if (value) {
			*value = arg;
			value = NULL;
		} else if (word) {
			args->words[args->count++] = arg;
			word = NULL;
		} else if (options_end || !looks_like_option(arg)) {
			word = add_word(args, syntax, arg);
		} else {
			with = cut_value(arg);
			option = find_option(args, syntax, arg);
			if (!option)
				return set_problem(problem, 0,
						   "unknown option '%s': see op25bctl --help",
						   escape(shown, sizeof(shown),
							  arg));
			if (with && !option->value)
				return set_problem(problem, 0,
						   "unexpected value: %s takes none",
						   option->text);
			value = add_option(args, option);
			if (with)
				*value = with;
			if (with || !option->value)
				value = NULL;
		}
	}
	if (value)
		return set_problem(problem, 0, "missing value: expected %s %s",
				   option->text, option->value);
	return 0;
}

static struct word word_of(const char *text)
{
	return (struct word){ .text = text, .length = strlen(text) };
}

/**
 * option_number() - parse the value of an option as a number
 * @option: the option
 * @value: its value
 * @number: set to the number
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int option_number(const struct name *option, const char *value, u32 *number,
		  struct problem *problem)
{
	const struct word word = word_of(value);

	return parse_number(&word, option, number, problem);
}

/**
 * option_text() - parse the value of an option as a name
 * @option: the option
 * @value: its value
 * @text: set to the name
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int option_text(const struct name *option, const char *value,
		char text[OP25B_NAME_MAX + 1], struct problem *problem)
{
	const struct word word = word_of(value);

	return parse_name(&word, option, text, problem);
}

/**
 * option_value() - look up an option that was given
 * @args: the command line
 * @option: the option
 *
 * Return: its last value, "" if it takes none, NULL if it was not given.
 */
const char *option_value(const struct args *args, const struct name *option)
{
	size_t i;

	for (i = 0; i < args->nr_given; i++)
		if (args->given[i].option == option)
			return args->given[i].value;
	return NULL;
}
