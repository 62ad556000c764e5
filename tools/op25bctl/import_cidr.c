// SPDX-License-Identifier: GPL-2.0
/*
 * Plain lists of prefixes and ranges, as block lists and bgpq4 have them: one a line,
 * comments after # or ;.
 */
#include <linux/kernel.h>
#include <string.h>

#include "import.h"

/* A-B, A - B, or a prefix; anything else is refused as in a list of prefixes */
static int parse_line(const struct words *words, struct range *range,
		      struct problem *problem)
{
	const struct word *word = words->word;
	struct prefix prefix;

	if (words->count == 1)
		return parse_range(&word[0], range, problem);
	if (words->count == 3 && !strcmp(word[1].text, "-"))
		return make_range(&word[0], &word[2], range, problem);
	return parse_list_line(words, &prefix, problem);
}

static int take_line(struct visitor *visitor, struct line *line)
{
	struct import *import = container_of(visitor, struct import, visitor);
	size_t length = strcspn(line->text, "#;");
	struct element element = { 0 };
	struct problem problem;
	struct words words;
	int err = split_line(line->text, length, &words, &problem);

	if (!err && !words.count)
		return 0;
	if (!err)
		err = parse_line(&words, &element.range, &problem);
	if (err)
		return import_problem(import, &line->place, &problem);
	import_element(import, &line->place, &element);
	return 0;
}

/**
 * import_cidr() - read a plain list
 * @import: the import
 *
 * Return: 0, or what a callback returned.
 */
int import_cidr(struct import *import)
{
	import->visitor.line = take_line;
	return visit_lines(import->path, &import->visitor);
}
