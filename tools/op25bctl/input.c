// SPDX-License-Identifier: GPL-2.0
/*
 * Files of statements and of prefixes, read line by line.
 *
 * Called by the commands that change the policy or check one. What can be read
 * only once, as a pipe, is copied to a temporary file when it is first opened
 * and read from there, also when it is opened again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"

/* Bytes of a line, without its line feed: quoted file names are the longest */
#define LINE_BYTES_MAX	16384

/**
 * struct source - the name of a file, as long as somebody needs it
 * @holders: how many do
 * @name: as in error messages
 */
struct source {
	unsigned int holders;
	char name[];
};

/**
 * struct spool - a copy of what can be read only once
 * @next: the next one
 * @copy: temporary file
 * @busy: whether somebody reads it
 * @buffer: of @copy
 * @path: what it is a copy of
 */
struct spool {
	struct spool *next;
	FILE *copy;
	bool busy;
	char buffer[BUFFER_BYTES];
	char path[];
};

static struct spool *spools;

/**
 * struct reader - a file that is being read
 * @visitor: who gets it
 * @take: what to do with a line that has words
 * @statement: the statement that the file is the list of, if it is one
 * @origin: of that statement
 * @path: of the file
 * @source: its name
 * @file: the open file
 * @line: the number of the line, from 1
 * @length: bytes of the line, LINE_BYTES_MAX + 1 if it is too long
 * @text: the line
 * @buffer: of @file, where that is no spool
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
	char text[LINE_BYTES_MAX + 1];
	char buffer[BUFFER_BYTES];
};

static bool is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

/**
 * file_name() - name a file to people
 * @path: of the file, "-" for the standard input
 *
 * Return: its name.
 */
const char *file_name(const char *path)
{
	return is_stdin(path) ? "<stdin>" : path;
}

static struct source *new_source(const char *path)
{
	const char *name = file_name(path);
	struct source *source = malloc(sizeof(*source) + strlen(name) + 1);

	if (source) {
		source->holders = 1;
		strcpy(source->name, name);
	}
	return source;
}

static void release_source(struct source *source)
{
	if (source && !--source->holders)
		free(source);
}

/**
 * hold_origin() - keep the names in an origin for longer than a visit
 * @origin: the origin
 */
void hold_origin(const struct origin *origin)
{
	if (origin->file)
		origin->file->holders++;
	if (origin->list)
		origin->list->holders++;
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
 * place_of() - find a part of a statement
 * @origin: where the statement is from
 * @part: the part; what the statement does not have is where its verb is
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

/* Opening */

/* A buffer of BUFFER_BYTES, there until the file is closed */
static void set_buffer(FILE *file, char *buffer)
{
	/* where that fails, the file has one of its own */
	setvbuf(file, buffer, _IOFBF, BUFFER_BYTES);
}

static FILE *copy_file(int fd, char *copy_buffer)
{
	FILE *copy = tmpfile();
	char buffer[BUFFER_BYTES];
	ssize_t bytes;

	if (!copy)
		return NULL;
	set_buffer(copy, copy_buffer);
	while ((bytes = read(fd, buffer, sizeof(buffer))) != 0) {
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 || !fwrite(buffer, bytes, 1, copy)) {
			fclose(copy);
			return NULL;
		}
	}
	/* rewind() would forget that the end of it could not be written */
	if (fflush(copy)) {
		fclose(copy);
		return NULL;
	}
	rewind(copy);
	return copy;
}

/* Takes the descriptor, which may be that of the standard input */
static FILE *make_spool(int fd, const char *path)
{
	struct spool *spool = malloc(sizeof(*spool) + strlen(path) + 1);

	if (spool)
		spool->copy = copy_file(fd, spool->buffer);
	if (fd != STDIN_FILENO)
		close(fd);
	if (!spool || !spool->copy) {
		free(spool);
		return NULL;
	}
	strcpy(spool->path, path);
	spool->busy = true;
	spool->next = spools;
	spools = spool;
	return spool->copy;
}

static FILE *open_spool(struct spool *spool)
{
	if (spool->busy) {
		errno = EBUSY;
		return NULL;
	}
	spool->busy = true;
	return spool->copy;
}

/* NULL with errno set */
static FILE *open_descriptor(int fd, const char *path, char *buffer)
{
	struct stat status;
	FILE *file;

	if (fstat(fd, &status))
		return NULL;
	if (S_ISDIR(status.st_mode)) {
		close(fd);
		errno = EISDIR;
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || fd == STDIN_FILENO)
		return make_spool(fd, path);
	file = fdopen(fd, "r");
	if (file)
		set_buffer(file, buffer);
	return file;
}

/* The buffer is for a file that can be read again, until it is closed */
static FILE *open_file(const char *path, char *buffer)
{
	struct spool *spool;
	int fd;

	for (spool = spools; spool; spool = spool->next)
		if (!strcmp(spool->path, path))
			return open_spool(spool);
	fd = is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : open_descriptor(fd, path, buffer);
}

static const char *open_error(void)
{
	return errno == EBUSY ? "is being read already" : strerror(errno);
}

static void close_file(FILE *file)
{
	struct spool *spool;

	for (spool = spools; spool; spool = spool->next) {
		if (spool->copy == file) {
			rewind(file);
			spool->busy = false;
			return;
		}
	}
	fclose(file);
}

/* Lines */

/* Says whether there was one more; a line that is too long is skipped */
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

static int report(struct reader *reader, const struct problem *problem)
{
	struct place place = {
		.file = reader->source->name,
		.line = reader->line,
		.column = problem->column,
	};

	return reader->visitor->problem(reader->visitor, &place, problem->text);
}

static int visit_line(struct reader *reader)
{
	struct problem problem;
	struct words words;

	if (reader->length > LINE_BYTES_MAX) {
		set_problem(&problem, LINE_BYTES_MAX + 1,
			    "line is longer than %u bytes", LINE_BYTES_MAX);
		return report(reader, &problem);
	}
	if (split_line(reader->text, reader->length, &words, &problem))
		return report(reader, &problem);
	return words.count ? reader->take(reader, &words) : 0;
}

/* An editor's byte order mark is no part of the first word */
static void skip_mark(FILE *file)
{
	char mark[3];

	if (fread(mark, sizeof(mark), 1, file) != 1 ||
	    memcmp(mark, "\xef\xbb\xbf", sizeof(mark)))
		rewind(file);
}

static int visit_lines(struct reader *reader)
{
	struct place place = { .file = reader->source->name };

	skip_mark(reader->file);
	while (read_line(reader)) {
		int result = visit_line(reader);

		if (result)
			return result;
	}
	if (!ferror(reader->file))
		return 0;
	return reader->visitor->problem(reader->visitor, &place,
					strerror(errno));
}

/* Reads a file; where it cannot be opened, that is wrong at this place */
static int visit_path(struct reader *reader, const struct place *place)
{
	char text[PROBLEM_MAX];
	int result;

	reader->source = new_source(reader->path);
	if (reader->source)
		reader->file = open_file(reader->path, reader->buffer);
	if (reader->file) {
		result = visit_lines(reader);
		close_file(reader->file);
	} else {
		snprintf(text, sizeof(text), "%.400s: %s",
			 file_name(reader->path), open_error());
		result = reader->visitor->problem(reader->visitor, place, text);
	}
	release_source(reader->source);
	return result;
}

/* A line of a list */
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

/* The path of a list, relative to the file that names it; to be freed */
static char *list_path(const char *from, const struct source *file)
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

static int visit_list(const struct statement *statement,
		      const struct origin *origin, struct visitor *visitor)
{
	struct place place = place_of(origin, PART_OBJECT);
	char *path = list_path(statement->from, origin->file);
	struct reader reader = {
		.visitor = visitor,
		.take = take_prefix,
		.statement = statement,
		.origin = origin,
		.path = path,
	};
	int result;

	if (!path)
		return visitor->problem(visitor, &place, strerror(ENOMEM));
	result = visit_path(&reader, &place);
	free(path);
	return result;
}

/**
 * visit_statement() - read one statement
 * @statement: the statement
 * @origin: where it is from
 * @visitor: who gets it, or what is in the file that it names
 *
 * Return: what the visitor says.
 */
int visit_statement(const struct statement *statement,
		    const struct origin *origin, struct visitor *visitor)
{
	if (statement->from)
		return visit_list(statement, origin, visitor);
	return visitor->statement(visitor, statement, origin);
}

/* A line of a file of statements */
static int take_statement(struct reader *reader, const struct words *words)
{
	struct statement statement;
	struct problem problem;
	struct origin origin = {
		.file = reader->source,
		.line = reader->line,
	};

	if (parse_statement(words, &statement, &problem))
		return report(reader, &problem);
	memcpy(origin.column, statement.column, sizeof(origin.column));
	return visit_statement(&statement, &origin, reader->visitor);
}

/**
 * visit_file() - read a file of statements
 * @path: its name, "-" for the standard input
 * @visitor: who gets them
 *
 * Return: what the visitor says.
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
 * prepare_file() - see that a file can be opened, and wait for a pipe's end
 * @path: its name, "-" for the standard input
 *
 * Return: STATUS_DONE, or STATUS_ERROR after saying what is wrong.
 */
enum status prepare_file(const char *path)
{
	char buffer[BUFFER_BYTES];
	FILE *file = open_file(path, buffer);

	if (!file)
		return fail("%s: %s", file_name(path), open_error());
	close_file(file);
	return STATUS_DONE;
}
