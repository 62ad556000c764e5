/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of statements and of prefixes, and those of other programs, read line by line.
 *
 * A visitor gets the statements of a file one by one. "from FILE" is expanded to
 * a statement for each prefix of that file, "include" to the statements of that
 * file. Statements are not kept, so that files may be of any size. Called by
 * cmd_change.c and cmd_check.c, and for other programs' files by the readers of imports.
 */
#ifndef OP25BCTL_INPUT_H
#define OP25BCTL_INPUT_H

#include "file.h"
#include "statement.h"

struct source;

/**
 * struct origin - where a statement comes from
 * @file: the file that it is in, NULL for the command line
 * @line: its line there
 * @list: the file that its prefix is in, if it was named by "from", else NULL
 * @list_line: the line there
 * @column: of each part, as in &struct statement
 */
struct origin {
	struct source *file;
	u32 line;
	struct source *list;
	u32 list_line;
	u32 column[PARTS];
};

/**
 * struct line - a line of another program's file
 * @text: zero-terminated, without line feed and carriage return; may be modified
 * @length: its bytes, none of them zero
 * @place: of its first byte
 */
struct line {
	char *text;
	size_t length;
	struct place place;
};

/**
 * struct visitor - callbacks for statements and errors
 * @statement: a statement; neither STATEMENT_NOTHING nor STATEMENT_INCLUDE, and
 *	without @from
 * @line: a line, for visit_lines()
 * @problem: an error
 * @warning: that a file has no entry, at the word that names it; or NULL
 *
 * All return 0 to continue; anything else ends reading and is its result.
 */
struct visitor {
	int (*statement)(struct visitor *visitor,
			 const struct statement *statement,
			 const struct origin *origin);
	int (*line)(struct visitor *visitor, struct line *line);
	int (*problem)(struct visitor *visitor, const struct place *place,
		       const char *text);
	int (*warning)(struct visitor *visitor, const struct place *place,
		       const char *text);
};

/* What is wrong where a statement has an owner */
#define OWNER_NOT_HERE	"option owner is for load --all only: remove it"

int visit_file(const char *path, struct visitor *visitor);
int visit_provider(const char *path, const char *provider, struct visitor *visitor);
int visit_lines(const char *path, struct visitor *visitor);
int visit_statement(const struct statement *statement,
		    const struct origin *origin, struct visitor *visitor);

void hold_origin(const struct origin *origin);
void release_origin(const struct origin *origin);
struct place place_of(const struct origin *origin, enum statement_part part);

#endif /* OP25BCTL_INPUT_H */
