// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: any bytes as the lines of a file of statements. What is taken must
 * be the same when it is printed and read back; what is refused must say where,
 * and why in words that a terminal can show.
 */
#include <linux/bug.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	BUG_ON(parse(text, size - 1, &line, &again, &problem));
	expect_same(statement, &again);
	free(line);
	free(text);
}

static void expect_clear(const struct problem *problem, size_t length)
{
	const char *text = problem->text;
	size_t left = strlen(text), bytes;

	BUG_ON(!problem->column || problem->column > length + 1);
	BUG_ON(!left || left >= PROBLEM_MAX - 1);
	for (; left; left -= bytes, text += bytes) {
		bytes = utf8_sequence(text, left);
		BUG_ON(!bytes || (unsigned char)*text < 0x20 || *text == 0x7f);
	}
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
