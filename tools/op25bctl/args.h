/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line, parsed into options, command and words.
 *
 * Options stand anywhere except directly after a word or an option that takes a
 * value: that argument is the value; a long option may also have it behind "=".
 * Only "--" is never a value unless it has ended the options before. The tables of
 * names say which words and options take a value. Called by main.c.
 */
#ifndef OP25BCTL_ARGS_H
#define OP25BCTL_ARGS_H

#include "names.h"
#include "status.h"

struct problem;

/* At least the number of options of any one command and of all commands together */
#define GIVEN_MAX	16

struct args;

/**
 * struct command - a command
 * @name: the word that calls it
 * @usage: the words after it, in their order
 * @words: those of them that take a value, or NULL
 * @options: what may follow them, in any order, or NULL. An option with dashes
 *	stands anywhere after the command and is kept apart from its words.
 * @summary: what it does, for the list of commands
 * @help: further lines, or NULL
 * @run: does it; returns the status to exit with, after printing an error
 */
struct command {
	const char *name;
	const char *usage;
	const struct names *words;
	const struct names *options;
	const char *summary;
	const char *help;
	enum status (*run)(const struct args *args);
};

/**
 * struct syntax - the options and commands that there are
 * @options: options of every command
 * @commands: the commands
 * @count: length of @commands
 */
struct syntax {
	const struct names *options;
	const struct command *commands;
	size_t count;
};

/**
 * struct args - the parsed command line
 * @command: the command; NULL without one, or if it is unknown
 * @count: number of words
 * @words: the words, that of the command first
 * @given: the options given, each once with its last value
 * @nr_given: length of @given
 */
struct args {
	const struct command *command;
	int count;
	char **words;
	struct {
		const struct name *option;
		const char *value;
	} given[GIVEN_MAX];
	size_t nr_given;
};

const struct command *find_command(const struct syntax *syntax,
				   const char *name);
const struct name *find_in(const struct names *names, const char *text);
bool looks_like_option(const char *arg);
int read_args(struct args *args, const struct syntax *syntax, int argc,
	      char **argv, struct problem *problem);
int option_number(const struct name *option, const char *value, u32 *number,
		  struct problem *problem);
int option_text(const struct name *option, const char *value,
		char text[OP25B_NAME_MAX + 1], struct problem *problem);
const char *option_value(const struct args *args, const struct name *option);

#endif /* OP25BCTL_ARGS_H */
