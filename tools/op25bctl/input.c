// SPDX-License-Identifier: GPL-2.0
/*
 * Files of statements and of prefixes, and those of other programs, read line by line.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "input.h"

/* Bytes of a line, without its line feed: enough for a quoted path */
#define LINE_BYTES_MAX	16384
/* Bytes that a file name may take in an error message, with the zero byte */
#define SHOWN_MAX	400

/**
 * struct source - the name of a file, with a reference count
 * @refs: references
 * @name: as in error messages
 */
struct source {
	unsigned int refs;
	char name[];
};

/**
 * struct reader - a file being read
 * @visitor: callbacks
 * @take: handles a line with words; NULL if the visitor gets whole lines
 * @statement: with a file of prefixes or an included one, the statement that named it
 * @origin: of that statement
 * @path: of the file
 * @source: its name for error messages
 * @file: the open file
 * @line: number of the line, from 1
 * @length: bytes of the line, LINE_BYTES_MAX + 1 if it is too long
 * @text: the line
 * @foreign: whether it is JSON: the rest is not read
 * @filled: whether there was a line that is neither blank nor a comment
 * @buffer: stdio buffer of @file, unless that is a spool
 */
struct reader {
	struct visitor *visitor;
	int (*take)(struct reader *reader, const struct words *words);
	const struct statement *statement;
	const struct origin *origin;
	const char *path;
	struct source *source;
	FILE *file;
	u32 line;
	size_t length;
	bool foreign;
	bool filled;
	char text[LINE_BYTES_MAX + 1];
	char buffer[BUFFER_BYTES];
};

static struct source *new_source(const char *path)
{
	const char *name = file_name(path);
	struct source *source = malloc(sizeof(*source) + strlen(name) + 1);

	if (source) {
		source->refs = 1;
		strcpy(source->name, name);
	}
	return source;
}

static void release_source(struct source *source)
{
	if (source && !--source->refs)
		free(source);
}

/**
 * hold_origin() - keep the file names of an origin beyond the visit
 * @origin: the origin
 */
void hold_origin(const struct origin *origin)
{
	if (origin->file)
		origin->file->refs++;
	if (origin->list)
		origin->list->refs++;
}

/**
 * release_origin() - undo hold_origin()
 * @origin: the origin
 */
void release_origin(const struct origin *origin)
{
	release_source(origin->file);
	release_source(origin->list);
}

/**
 * place_of() - place of a part of a statement
 * @origin: where the statement comes from
 * @part: the part; one that the statement does not have is at its first word
 *
 * Return: the place, valid as long as the origin is.
 */
struct place place_of(const struct origin *origin, enum statement_part part)
{
	struct place place = { 0 };

	if (part == PART_OBJECT && origin->list) {
		place.file = origin->list->name;
		place.line = origin->list_line;
	} else if (origin->file) {
		place.file = origin->file->name;
		place.line = origin->line;
	}
	place.column = origin->column[part];
	if (!place.column)
		place.column = origin->column[PART_VERB];
	return place;
}

/* Lines */

/* Returns whether there was a line; one that is too long is cut */
static bool read_line(struct reader *reader)
{
	size_t length = 0;
	int c;

	while ((c = getc_unlocked(reader->file)) != EOF && c != '\n') {
		if (length <= LINE_BYTES_MAX)
			reader->text[length] = c;
		if (length <= LINE_BYTES_MAX)
			length++;
	}
	if (c == EOF && (!length || ferror(reader->file)))
		return false;
	reader->line++;
	reader->length = length;
	return true;
}

/* Whether the file is one of prefixes */
static bool is_list(const struct reader *reader)
{
	return reader->statement && reader->statement->kind != STATEMENT_INCLUDE;
}

/* Whether JSON begins there; an address in brackets is none */
static bool begins_json(const char *text, size_t length)
{
	if (text[0] == '[')
		return length == 1 || (text[1] != ':' && !isxdigit((unsigned char)text[1]));
	return text[0] == '{';
}

/* Refuses what a list of prefixes cannot hold, before it is split into words */
static int refuse_foreign(struct reader *reader, struct problem *problem)
{
	const char *text = reader->text;
	size_t start = 0;

	while (start < reader->length && (text[start] == ' ' || text[start] == '\t'))
		start++;
	if (start == reader->length)
		return 0;
	if (text[start] == ';')
		return set_problem(problem, start + 1,
				   "comments begin with #: convert the list with op25bctl import cidr");
	if (!begins_json(text + start, reader->length - start))
		return 0;
	reader->foreign = true;
	return set_problem(problem, start + 1,
			   "JSON instead of a prefix: convert what nft -j prints with op25bctl import nft");
}

static int report(struct reader *reader, const struct problem *problem)
{
	struct place place = {
		.file = reader->source->name,
		.line = reader->line,
		.column = problem->column,
	};

	reader->filled = true;
	return reader->visitor->problem(reader->visitor, &place, problem->text);
}

static int visit_whole_line(struct reader *reader)
{
	struct line line = {
		.text = reader->text,
		.length = reader->length,
		.place = {
			.file = reader->source->name,
			.line = reader->line,
			.column = 1,
		},
	};
	struct problem problem;

	if (trim_line(line.text, &line.length, &problem))
		return report(reader, &problem);
	line.text[line.length] = '\0';
	return reader->visitor->line(reader->visitor, &line);
}

static int visit_line(struct reader *reader)
{
	struct problem problem;
	struct words words;

	if (is_list(reader) && refuse_foreign(reader, &problem))
		return report(reader, &problem);
	if (reader->length > LINE_BYTES_MAX) {
		set_problem(&problem, LINE_BYTES_MAX + 1,
			    "line is longer than %u bytes: split it",
			    LINE_BYTES_MAX);
		return report(reader, &problem);
	}
	if (!reader->take)
		return visit_whole_line(reader);
	if (split_line(reader->text, reader->length, &words, &problem))
		return report(reader, &problem);
	if (!words.count)
		return 0;
	reader->filled = true;
	return reader->take(reader, &words);
}

static int read_lines(struct reader *reader)
{
	struct place place = { .file = reader->source->name };

	skip_mark(reader->file);
	while (!reader->foreign && read_line(reader)) {
		int result = visit_line(reader);

		if (result)
			return result;
	}
	if (!ferror(reader->file))
		return 0;
	reader->filled = true;
	return reader->visitor->problem(reader->visitor, &place,
					strerror(errno));
}

/* Reads a file; if it cannot be opened, the error is at the place */
static int visit_path(struct reader *reader, const struct place *place)
{
	char shown[SHOWN_MAX], text[PROBLEM_MAX];
	int result;

	reader->source = new_source(reader->path);
	if (reader->source)
		reader->file = open_file(reader->path, reader->buffer);
	if (reader->file) {
		result = read_lines(reader);
		close_file(reader->file);
	} else {
		snprintf(text, sizeof(text), "%s: %s",
			 escape(shown, sizeof(shown), file_name(reader->path)),
			 open_error());
		result = reader->visitor->problem(reader->visitor, place, text);
	}
	release_source(reader->source);
	return result;
}

/* The statement of the line that was read last */
static int visit_line_statement(struct reader *reader, const struct statement *statement)
{
	struct origin origin = {
		.file = reader->source,
		.line = reader->line,
	};

	memcpy(origin.column, statement->column, sizeof(origin.column));
	return visit_statement(statement, &origin, reader->visitor);
}

/* A line of a file of prefixes */
static int take_prefix(struct reader *reader, const struct words *words)
{
	struct statement statement = *reader->statement;
	struct origin origin = *reader->origin;
	struct problem problem;

	statement.from = NULL;
	if (parse_list_line(words, &statement.entry.prefix, &problem))
		return report(reader, &problem);
	origin.list = reader->source;
	origin.list_line = reader->line;
	origin.column[PART_OBJECT] = words->word[0].column;
	return reader->visitor->statement(reader->visitor, &statement, &origin);
}

/* A line of an included file */
static int take_included(struct reader *reader, const struct words *words)
{
	const char *provider = reader->statement->entry.provider;
	struct statement statement;
	struct problem problem;

	if (parse_statement(words, &statement, &problem))
		return report(reader, &problem);
	if (statement.kind != STATEMENT_ADD) {
		set_problem(&problem, statement.column[PART_VERB],
			    "a provider's file holds add statements only");
		return report(reader, &problem);
	}
	if (*statement.entry.provider && strcmp(statement.entry.provider, provider)) {
		set_problem(&problem, statement.column[PART_PROVIDER],
			    "the file is of another provider");
		return report(reader, &problem);
	}
	strcpy(statement.entry.provider, provider);
	return visit_line_statement(reader, &statement);
}

/* Path of a file, relative to the file that names it; to be freed */
static char *relative_path(const char *from, const struct source *file)
{
	const char *slash = file ? strrchr(file->name, '/') : NULL;
	char *path;

	if (!slash || *from == '/' || is_stdin(from))
		return strdup(from);
	if (asprintf(&path, "%.*s/%s", (int)(slash - file->name), file->name,
		     from) < 0)
		return NULL;
	return path;
}

/* A file of prefixes, or an included one */
static int visit_named(const struct statement *statement,
		       const struct origin *origin, struct visitor *visitor)
{
	struct place place = place_of(origin, PART_OBJECT);
	char *path = relative_path(statement->from, origin->file);
	struct reader reader = {
		.visitor = visitor,
		.take = statement->kind == STATEMENT_INCLUDE ? take_included :
							       take_prefix,
		.statement = statement,
		.origin = origin,
		.path = path,
	};
	char shown[SHOWN_MAX], text[PROBLEM_MAX];
	int result;

	if (!path)
		return visitor->problem(visitor, &place, strerror(ENOMEM));
	result = visit_path(&reader, &place);
	if (!result && reader.file && !reader.filled && visitor->warning) {
		snprintf(text, sizeof(text), "%s is empty",
			 escape(shown, sizeof(shown), file_name(path)));
		result = visitor->warning(visitor, &place, text);
	}
	free(path);
	return result;
}

/**
 * visit_statement() - visit a statement, or those of the file that it names
 * @statement: the statement
 * @origin: where it comes from
 * @visitor: callbacks
 *
 * Return: 0, or what a callback returned.
 */
int visit_statement(const struct statement *statement,
		    const struct origin *origin, struct visitor *visitor)
{
	if (statement->from)
		return visit_named(statement, origin, visitor);
	return visitor->statement(visitor, statement, origin);
}

/* A line of a file of statements */
static int take_statement(struct reader *reader, const struct words *words)
{
	struct statement statement;
	struct problem problem;

	if (parse_statement(words, &statement, &problem))
		return report(reader, &problem);
	return visit_line_statement(reader, &statement);
}

/**
 * visit_file() - visit the statements of a file
 * @path: of the file, "-" for standard input
 * @visitor: callbacks
 *
 * Return: 0, or what a callback returned.
 */
int visit_file(const char *path, struct visitor *visitor)
{
	struct place place = { 0 };
	struct reader reader = {
		.visitor = visitor,
		.take = take_statement,
		.path = path,
	};

	return visit_path(&reader, &place);
}

/**
 * visit_provider() - visit the statements of a provider's file
 * @path: of the file, "-" for standard input
 * @provider: the provider, which each entry gets
 * @visitor: callbacks
 *
 * Return: 0, or what a callback returned.
 */
int visit_provider(const char *path, const char *provider, struct visitor *visitor)
{
	struct statement include = { .kind = STATEMENT_INCLUDE, .from = path };
	static const struct origin nowhere;

	snprintf(include.entry.provider, sizeof(include.entry.provider), "%s", provider);
	return visit_named(&include, &nowhere, visitor);
}

/**
 * visit_lines() - visit the lines of another program's file
 * @path: of the file, "-" for standard input
 * @visitor: callbacks
 *
 * Return: 0, or what a callback returned.
 */
int visit_lines(const char *path, struct visitor *visitor)
{
	struct place place = { 0 };
	struct reader reader = {
		.visitor = visitor,
		.path = path,
	};

	return visit_path(&reader, &place);
}
