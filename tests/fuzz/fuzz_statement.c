// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the lines of a file of statements. An accepted line must parse to the
 * same statement when printed and read back; an error must have a place and a
 * message. Neither may print control characters.
 */
#include <linux/bug.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/utf8.h"
#include "statement.h"

/* Parses a line of exactly this size; the statement points into *line */
static int parse(const char *text, size_t length, char **line,
		 struct statement *statement, struct problem *problem)
{
	struct words words;

	*line = malloc(length + 1);
	BUG_ON(!*line);
	memcpy(*line, text, length);
	if (split_line(*line, length, &words, problem))
		return -1;
	return parse_statement(&words, statement, problem);
}

static bool same_from(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

static void expect_same(const struct statement *a, const struct statement *b)
{
	BUG_ON(a->kind != b->kind || a->setting != b->setting ||
	       a->value != b->value || !same_from(a->from, b->from));
	BUG_ON(memcmp(&a->entry, &b->entry, sizeof(a->entry)));
}

/* Whether a text is UTF-8 without control characters, except for a final line feed */
static bool is_clean(const char *text)
{
	unsigned int bytes;
	u32 code;

	for (; *text; text += bytes) {
		bytes = op25b_utf8_decode(text, &code);
		if (!bytes || (op25b_is_control(code) && strcmp(text, "\n")))
			return false;
	}
	return true;
}

/* File names with control characters are skipped: they are printed escaped */
static void read_back(const struct statement *statement)
{
	struct statement again;
	struct problem problem;
	char *text = NULL, *line;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	print_statement(out, statement);
	fclose(out);
	BUG_ON(memchr(text, '\n', size) != text + size - 1);
	BUG_ON(!is_clean(text));
	if (!statement->from || is_clean(statement->from)) {
		BUG_ON(parse(text, size - 1, &line, &again, &problem));
		expect_same(statement, &again);
		free(line);
	}
	free(text);
}

static void expect_clear(const struct problem *problem, size_t length)
{
	size_t bytes = strlen(problem->text);

	BUG_ON(!problem->column || problem->column > length + 1);
	BUG_ON(!bytes || bytes >= PROBLEM_MAX - 1);
	BUG_ON(!is_clean(problem->text) || strchr(problem->text, '\n'));
}

static void try_line(const char *text, size_t length)
{
	struct statement statement;
	struct problem problem;
	char *line;

	if (parse(text, length, &line, &statement, &problem))
		expect_clear(&problem, length);
	else if (statement.kind != STATEMENT_NOTHING)
		read_back(&statement);
	free(line);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const char *text = (const char *)data;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;

		try_line(text, length);
		length += !!end;
		text += length;
		size -= length;
	}
	return 0;
}
