// SPDX-License-Identifier: GPL-2.0
/*
 * Completion for shells: the words that may stand next, from the tables that the
 * commands themselves are made of. Called by main.c for "op25bctl __complete WORD...",
 * which the scripts in tools/completion run; the last word is the one to complete.
 *
 * Prints a candidate per line, and ":files" instead where a file name is expected.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/kernel.h>
#include <stdio.h>
#include <string.h>

#include "complete.h"
#include "netlink.h"

#define FILES		":files"

static void print_names(const struct names *names)
{
	size_t i;

	for (i = 0; names && i < names->count; i++)
		if (names->list[i].text)
			puts(names->list[i].text);
}

static void print_netns(void)
{
	DIR *dir = opendir(NETNS_DIR);
	struct dirent *file;

	while (dir && (file = readdir(dir)))
		if (file->d_name[0] != '.')
			puts(file->d_name);
	if (dir)
		closedir(dir);
}

/* Labels, providers or owners of the running policy: nothing without the module or the privilege */

/**
 * struct wanted - which names to print
 * @type: &enum op25b_stat_attr, of a label, a provider or an owner
 * @last: the one printed last
 */
struct wanted {
	u16 type;
	char last[OP25B_NAME_MAX + 1];
};

static int take_stats(const struct nlmsghdr *message, void *data)
{
	char text[OP25B_NAME_MAX + 1];
	struct wanted *wanted = data;
	const struct nlattr *stat, *attr;

	for_each_attr(stat, message) {
		if (mnl_attr_get_type(stat) != OP25B_A_STAT)
			continue;
		mnl_attr_for_each_nested(attr, stat) {
			if (mnl_attr_get_type(attr) != wanted->type)
				continue;
			read_text(attr, text);
			if (strcmp(text, wanted->last))
				puts(strcpy(wanted->last, text));
		}
	}
	return 0;
}

static int do_names(struct kernel *kernel, void *data)
{
	union request buffer;

	return dump_kernel(kernel, start_request(kernel, &buffer, OP25B_CMD_GET_STATS),
			   take_stats, data);
}

static void print_running(u16 type)
{
	struct wanted wanted = { .type = type };

	with_kernel(do_names, &wanted);
}

/* The values of a word or an option */
static void print_values(const struct name *name)
{
	if (name->choice)
		print_names(name->choice);
	else if (!strcmp(name->value, "FILE"))
		puts(FILES);
	else if (!strcmp(name->value, "TABLE"))
		print_names(&table_names);
	else if (!strcmp(name->value, "LABEL"))
		print_running(OP25B_A_STAT_LABEL);
	else if (!strcmp(name->value, "PROVIDER"))
		print_running(OP25B_A_STAT_PROVIDER);
	else if (!strcmp(name->value, "OWNER"))
		print_running(OP25B_A_STAT_OWNER);
	else if (!strcmp(name->value, "NAME"))
		print_netns();
}

/**
 * struct position - where the word to complete stands
 * @command: the command, or NULL before it
 * @wants: the word or option whose value it is, or NULL
 * @nth: how many words of the command's usage stand before it
 */
struct position {
	const struct command *command;
	const struct name *wants;
	size_t nth;
};

static void pass_option(struct position *at, const struct syntax *syntax, const char *word)
{
	const struct name *option = find_in(syntax->options, word);

	if (!option && at->command)
		option = find_in(at->command->options, word);
	if (option && option->value)
		at->wants = option;
}

static void pass_word(struct position *at, const struct syntax *syntax, const char *word)
{
	const struct name *name;

	if (!at->command) {
		at->command = find_command(syntax, word);
		return;
	}
	name = find_in(at->command->words, word);
	if (!name)
		name = find_in(at->command->options, word);
	if (name && name->value)
		at->wants = name;
	at->nth++;
}

static bool has(const char *part, size_t length, const char *word)
{
	return memmem(part, length, word, strlen(word));
}

/* Bytes up to the next space that is in no brackets */
static size_t span(const char *usage)
{
	size_t length;
	int depth = 0;

	for (length = 0; usage[length] && (depth || usage[length] != ' '); length++) {
		depth += usage[length] == '{' || usage[length] == '[';
		depth -= usage[length] == '}' || usage[length] == ']';
	}
	return length;
}

/* A part of a usage: "TABLE", "[FAMILY]", "{PREFIX | from FILE}" or "from FILE" */
static const char *next_part(const struct command *command, const char *usage,
			     size_t *length)
{
	const struct names *names = command->words;
	size_t i;

	usage += strspn(usage, " ");
	*length = span(usage);
	for (i = 0; names && i < names->count; i++)
		if (names->list[i].text && names->list[i].value &&
		    strlen(names->list[i].text) == *length &&
		    has(usage, *length, names->list[i].text))
			*length += 1 + span(usage + *length + 1);
	return *length ? usage : NULL;
}

static void print_part(const struct command *command, const char *part, size_t length)
{
	const struct names *names = command->words;
	bool named = false;
	size_t i;

	for (i = 0; names && i < names->count; i++)
		if (names->list[i].text && has(part, length, names->list[i].text)) {
			puts(names->list[i].text);
			named = true;
		}
	if (named)
		return;
	if (has(part, length, "TABLE"))
		print_names(&table_names);
	else if (has(part, length, "FAMILY"))
		print_names(&family_names);
	else if (has(part, length, "SETTING"))
		print_names(names);
	else if (has(part, length, "FILE"))
		puts(FILES);
}

/* The next part of the usage, others if it is optional, and options after all parts */
static void print_words(const struct position *at)
{
	const char *part = at->command->usage;
	size_t length = 0, nth = 0;

	while ((part = next_part(at->command, part + length, &length))) {
		if (nth++ < at->nth)
			continue;
		print_part(at->command, part, length);
		if (*part != '[')
			return;
	}
	print_names(at->command->options);
}

/**
 * complete() - print the words that may stand in a place of the command line
 * @syntax: the commands and options
 * @count: number of words
 * @words: the words up to that place, the last one begun or empty
 */
void complete(const struct syntax *syntax, int count, char **words)
{
	struct position at = { 0 };
	size_t i;

	for (i = 0; i + 1 < (size_t)count; i++) {
		if (at.wants)
			at.wants = NULL;
		else if (looks_like_option(words[i]))
			pass_option(&at, syntax, words[i]);
		else
			pass_word(&at, syntax, words[i]);
	}
	if (at.wants) {
		print_values(at.wants);
	} else if (count && words[count - 1][0] == '-') {
		print_names(syntax->options);
		print_names(at.command ? at.command->options : NULL);
	} else if (at.command) {
		print_words(&at);
	} else {
		for (i = 0; i < syntax->count; i++)
			puts(syntax->commands[i].name);
	}
}
