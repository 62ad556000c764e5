/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of statements and of prefixes, read line by line.
 *
 * A visitor gets the statements of a file one by one, each with one prefix:
 * "from FILE" has been read and taken apart. Nothing is kept of what was read,
 * so files may be of any size.
 */
#ifndef OP25BCTL_INPUT_H
#define OP25BCTL_INPUT_H

#include "output.h"
#include "statement.h"

struct source;

/**
 * struct origin - where the parts of a statement stand
 * @file: the file with the statement, NULL for the command line
 * @line: its line there
 * @list: the file with its prefix, if that is another one, else NULL
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
 * struct visitor - who gets what is read
 * @statement: a statement, neither of kind STATEMENT_NOTHING nor with a file
 * @problem: something that is no statement
 *
 * Both return 0 to go on; anything else ends the reading and is its result.
 */
struct visitor {
	int (*statement)(struct visitor *visitor,
			 const struct statement *statement,
			 const struct origin *origin);
	int (*problem)(struct visitor *visitor, const struct place *place,
		       const char *text);
};

const char *file_name(const char *path);
enum status prepare_file(const char *path);
int visit_file(const char *path, struct visitor *visitor);
int visit_statement(const struct statement *statement,
		    const struct origin *origin, struct visitor *visitor);

void hold_origin(const struct origin *origin);
void release_origin(const struct origin *origin);
struct place place_of(const struct origin *origin, enum statement_part part);

#endif /* OP25BCTL_INPUT_H */
