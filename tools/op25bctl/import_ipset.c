// SPDX-License-Identifier: GPL-2.0
/*
 * What ipset save prints: "create NAME TYPE OPTION..." for each set, followed by an
 * "add NAME ELEMENT OPTION..." for each element.
 *
 * Comments are in quotes, without escapes: they cannot hold a quote.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "import.h"

/* Bytes that a word may take in an error message, with the zero byte */
#define SHOWN_MAX	80

enum {
	COMMAND_CREATE,
	COMMAND_ADD,
};

enum {
	FAMILY_INET,
	FAMILY_INET6,
};

enum {
	CREATE_FAMILY,
	CREATE_TIMEOUT,
	CREATE_NETMASK,
	CREATE_BITMASK,
	CREATE_COUNTERS,
	CREATE_SKBINFO,
};

enum {
	ADD_TIMEOUT,
	ADD_COMMENT,
	ADD_NOMATCH,
};

static const struct name command_list[] = {
	[COMMAND_CREATE] = { .text = "create" },
	[COMMAND_ADD] = { .text = "add" },
};

static const struct names commands = { command_list, ARRAY_SIZE(command_list) };

static const struct name type_list[] = {
	{ .text = "hash:ip" },
	{ .text = "hash:net" },
};

static const struct names types = { type_list, ARRAY_SIZE(type_list) };

static const struct name family_list[] = {
	[FAMILY_INET] = { .text = "inet" },
	[FAMILY_INET6] = { .text = "inet6" },
};

static const struct names families = { family_list, ARRAY_SIZE(family_list) };

#define TIMEOUT_OPTION \
	.text = "timeout", .value = "N", .number = true, .max = OP25B_TIMEOUT_MAX, \
	.unit = " seconds"

/* Those behind the last of the enum say nothing about the elements */
static const struct name create_list[] = {
	[CREATE_FAMILY] = { .text = "family", .value = "FAMILY", .choice = &families },
	[CREATE_TIMEOUT] = { TIMEOUT_OPTION },
	[CREATE_NETMASK] = {
		.text = "netmask", .value = "N", .number = true, .min = 1, .max = 128,
	},
	[CREATE_BITMASK] = { .text = "bitmask", .value = "MASK" },
	[CREATE_COUNTERS] = { .text = "counters" },
	[CREATE_SKBINFO] = { .text = "skbinfo" },
	{ .text = "comment" },
	{ .text = "hashsize", .value = "N" },
	{ .text = "maxelem", .value = "N" },
	{ .text = "bucketsize", .value = "N" },
	{ .text = "initval", .value = "N" },
	{ .text = "forceadd" },
	{ .text = "probes", .value = "N" },
	{ .text = "resize", .value = "N" },
	{ .text = "-exist" },
};

static const struct names create_options = { create_list, ARRAY_SIZE(create_list) };

static const struct name add_list[] = {
	[ADD_TIMEOUT] = { TIMEOUT_OPTION },
	[ADD_COMMENT] = { .text = "comment", .value = "COMMENT" },
	[ADD_NOMATCH] = { .text = "nomatch" },
	{ .text = "packets", .value = "N" },
	{ .text = "bytes", .value = "N" },
	{ .text = "skbmark", .value = "MARK" },
	{ .text = "skbprio", .value = "PRIORITY" },
	{ .text = "skbqueue", .value = "QUEUE" },
	{ .text = "-exist" },
};

static const struct names add_options = { add_list, ARRAY_SIZE(add_list) };

/**
 * struct set - a set that the file creates
 * @next: the one created before
 * @name: its name
 * @family: AF_INET or AF_INET6
 * @netmask: prefix length of its elements, 0 for none
 * @timeout: of elements that have none of their own, 0 for none
 * @counters: column of that option, 0 if it is not given
 * @skbinfo: likewise
 * @refused: whether its elements are left out, after an error
 */
struct set {
	struct set *next;
	char *name;
	u8 family;
	u32 netmask;
	u32 timeout;
	size_t counters;
	size_t skbinfo;
	bool refused;
};

/* Words */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the word in quotes that starts at *at; moves *at behind it */
static int split_quoted(struct line *line, size_t *at, struct word *word,
			struct problem *problem)
{
	char *start = line->text + *at + 1, *end = strchr(start, '"');

	if (!end)
		return set_problem(problem, *at + 1,
				   "missing closing quote: remove line feeds from comments");
	if (end[1] && !is_blank(end[1]))
		return set_problem(problem, end + 1 - line->text + 1,
				   "missing space after the closing quote");
	*end = '\0';
	word->text = start;
	word->length = end - start;
	*at = end + 1 - line->text;
	return 0;
}

static int split_plain(struct line *line, size_t *at, struct word *word,
		       struct problem *problem)
{
	char *start = line->text + *at;

	word->text = start;
	word->length = strcspn(start, " \t\"");
	*at += word->length;
	if (line->text[*at] == '"')
		return set_problem(problem, *at + 1, "quote inside a word");
	line->text[*at] = '\0';
	return 0;
}

/* Splits a line into words; # begins a comment at the start of a line only */
static int split_words(struct line *line, struct words *words, struct problem *problem)
{
	size_t i = 0;

	words->count = 0;
	words->end = 1;
	while (words->count < WORDS_MAX) {
		struct word *word = &words->word[words->count];

		while (i < line->length && is_blank(line->text[i]))
			i++;
		if (i >= line->length || (!words->count && line->text[i] == '#'))
			break;
		word->column = i + 1;
		if (line->text[i] == '"' ? split_quoted(line, &i, word, problem) :
					   split_plain(line, &i, word, problem))
			return -EINVAL;
		words->count++;
		words->end = ++i;
	}
	return 0;
}

static const char *show(char shown[SHOWN_MAX], const struct word *word)
{
	return escape(shown, SHOWN_MAX, word->text);
}

/* Sets */

/* An element most often follows the line that creates its set: the newest is first */
static struct set *find_set(struct import *import, const char *name)
{
	struct set *set = import->data;

	while (set && strcmp(set->name, name))
		set = set->next;
	return set;
}

/* NULL without memory */
static struct set *add_set(struct import *import, const char *name)
{
	struct set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->name = strdup(name);
	if (!set->name) {
		free(set);
		return NULL;
	}
	set->family = AF_INET;
	set->next = import->data;
	import->data = set;
	return set;
}

static void free_sets(struct import *import)
{
	struct set *set, *next;

	for (set = import->data; set; set = next) {
		next = set->next;
		free(set->name);
		free(set);
	}
}

static int take_create_option(const struct option *option, void *data,
			      struct problem *problem)
{
	char shown[SHOWN_MAX], joined[JOINED_MAX];
	struct set *set = data;
	int family;

	switch (option->index) {
	case CREATE_FAMILY:
		family = find_name(&families, option->value->text);
		if (family < 0)
			return set_problem(problem, option->value->column,
					   "unknown family '%s': expected %s",
					   show(shown, option->value),
					   join_names(joined, sizeof(joined), &families,
						      ", ", " or "));
		set->family = family == FAMILY_INET ? AF_INET : AF_INET6;
		return 0;
	case CREATE_TIMEOUT:
		set->timeout = option->number;
		return 0;
	case CREATE_NETMASK:
		set->netmask = option->number;
		return 0;
	case CREATE_BITMASK:
		return set_problem(problem, option->column,
				   "a set with a bitmask cannot be imported: save one with a netmask");
	case CREATE_COUNTERS:
		set->counters = option->column;
		return 0;
	case CREATE_SKBINFO:
		set->skbinfo = option->column;
		return 0;
	default:
		return 0;
	}
}

static int parse_create(const struct words *words, struct set *set,
			struct problem *problem)
{
	char shown[SHOWN_MAX], joined[JOINED_MAX];

	if (words->count < 3)
		return set_problem(problem, words->end,
				   "missing set type: expected create NAME TYPE");
	if (find_name(&types, words->word[2].text) < 0)
		return set_problem(problem, words->word[2].column,
				   "set type '%s' cannot be imported: expected %s",
				   show(shown, &words->word[2]),
				   join_names(joined, sizeof(joined), &types, ", ", " or "));
	return parse_options(words, 3, &create_options, take_create_option, set, problem);
}

/* What is left out of a set */
static void warn_about(struct import *import, const struct place *place,
		       const struct set *set)
{
	struct place at = *place;
	struct problem problem;

	at.column = set->counters;
	if (set->counters)
		import_counters(import, &at);
	set_problem(&problem, set->skbinfo, "the values of skbinfo are left out");
	if (set->skbinfo)
		import_warning(import, place, &problem);
}

static int take_create(struct import *import, const struct line *line,
		       const struct words *words, struct problem *problem)
{
	char shown[SHOWN_MAX];
	struct place place = line->place;
	struct set *set;

	if (words->count < 2)
		return set_problem(problem, words->end,
				   "missing set name: expected create NAME TYPE");
	place.column = words->word[1].column;
	if (find_set(import, words->word[1].text))
		return set_problem(problem, place.column, "set '%s' is created a second time",
				   show(shown, &words->word[1]));
	set = add_set(import, words->word[1].text);
	if (!set)
		return set_problem(problem, place.column, "%s", strerror(ENOMEM));
	set->refused = parse_create(words, set, problem);
	if (set->refused)
		return -EINVAL;
	import_set(import, &place, set->name);
	warn_about(import, &place, set);
	return 0;
}

/* Elements */

static int take_add_option(const struct option *option, void *data,
			   struct problem *problem)
{
	struct element *element = data;

	switch (option->index) {
	case ADD_TIMEOUT:
		element->timeout = option->number;
		return 0;
	case ADD_COMMENT:
		element->comment = option->value;
		return 0;
	case ADD_NOMATCH:
		return set_problem(problem, option->column,
				   "an exception cannot be imported: add its prefix to another table");
	default:
		return 0;
	}
}

/* An element of a set with a netmask stands for all addresses of its prefix */
static int parse_masked(const struct word *word, u32 netmask, struct range *range,
			struct problem *problem)
{
	char text[INET6_ADDRSTRLEN + sizeof("/128")];
	struct word masked = { .text = text, .column = word->column };
	struct prefix prefix;

	if (parse_address(word, &prefix, problem))
		return -EINVAL;
	masked.length = snprintf(text, sizeof(text), "%s/%u", word->text, netmask);
	if (parse_prefix(&masked, &prefix, problem))
		return -EINVAL;
	range_of_prefix(&prefix, range);
	return 0;
}

static int parse_element(const struct word *word, const struct set *set,
			 struct range *range, struct problem *problem)
{
	char shown[SHOWN_MAX];
	int err = set->netmask ? parse_masked(word, set->netmask, range, problem) :
				 parse_range(word, range, problem);

	if (err || range->first.family == set->family)
		return err;
	return set_problem(problem, word->column, "'%s' is not of the set's family, %s",
			   show(shown, word),
			   name_of(&families, set->family == AF_INET ? FAMILY_INET :
								       FAMILY_INET6));
}

static int take_add(struct import *import, const struct line *line,
		    const struct words *words, struct problem *problem)
{
	struct element element = { 0 };
	char shown[SHOWN_MAX];
	const struct set *set;

	if (words->count < 3)
		return set_problem(problem, words->end,
				   "missing element: expected add NAME ELEMENT");
	set = find_set(import, words->word[1].text);
	if (!set)
		return set_problem(problem, words->word[1].column,
				   "set '%s' is not created in this file: add the line that creates it",
				   show(shown, &words->word[1]));
	if (set->refused)
		return 0;
	element.timeout = set->timeout;
	if (parse_element(&words->word[2], set, &element.range, problem) ||
	    parse_options(words, 3, &add_options, take_add_option, &element, problem))
		return -EINVAL;
	import_element(import, &line->place, &element);
	return 0;
}

static int take_line(struct visitor *visitor, struct line *line)
{
	struct import *import = container_of(visitor, struct import, visitor);
	char shown[SHOWN_MAX];
	struct problem problem;
	struct words words;
	int err = split_words(line, &words, &problem);

	if (!err && !words.count)
		return 0;
	if (!err) {
		switch (find_name(&commands, words.word[0].text)) {
		case COMMAND_CREATE:
			err = take_create(import, line, &words, &problem);
			break;
		case COMMAND_ADD:
			err = take_add(import, line, &words, &problem);
			break;
		default:
			err = set_problem(&problem, words.word[0].column,
					  "unknown command '%s': expected what ipset save prints",
					  show(shown, &words.word[0]));
		}
	}
	return err ? import_problem(import, &line->place, &problem) : 0;
}

/**
 * import_ipset() - read what ipset save prints
 * @import: the import
 *
 * Return: 0, or what a callback returned.
 */
int import_ipset(struct import *import)
{
	int result;

	import->visitor.line = take_line;
	import->data = NULL;
	result = visit_lines(import->path, &import->visitor);
	free_sets(import);
	return result;
}
