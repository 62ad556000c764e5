/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statements: text to struct and back.
 *
 * The same statements stand on the command line and in files. Used by
 * cmd_change.c, cmd_list.c, cmd_test.c, input.c and the readers of imports.
 */
#ifndef OP25BCTL_STATEMENT_H
#define OP25BCTL_STATEMENT_H

#include <linux/op25b.h>
#include <linux/types.h>
#include <stdio.h>

#include "names.h"

/* More words than any valid statement or line of an import has */
#define WORDS_MAX	32
/* Bytes of an error message, with the zero byte at its end */
#define PROBLEM_MAX	512
/* Bytes of a formatted prefix, with the zero byte at its end */
#define PREFIX_TEXT_MAX	52

/**
 * struct word - a word of a statement
 * @text: zero-terminated, without quotes and escapes
 * @length: bytes of @text
 * @column: first byte in the line, from 1; 0 on the command line
 */
struct word {
	const char *text;
	size_t length;
	size_t column;
};

/**
 * struct words - the words of a statement
 * @word: at most WORDS_MAX; further words are ignored
 * @count: number of words
 * @end: column behind the last word; 0 on the command line
 */
struct words {
	struct word word[WORDS_MAX];
	size_t count;
	size_t end;
};

/**
 * struct problem - an error in a statement
 * @column: where it is in the line, in bytes from 1; 0 on the command line
 * @text: error message without its place, escaped
 */
struct problem {
	size_t column;
	char text[PROBLEM_MAX];
};

/**
 * struct prefix - an address prefix
 * @family: AF_INET or AF_INET6
 * @length: prefix length in bits
 * @address: network byte order, padded with zeros
 */
struct prefix {
	u8 family;
	u8 length;
	u8 address[16];
};

/**
 * struct entry - an entry of a table
 * @table: &enum op25b_table_id
 * @prefix: its prefix
 * @flags: &enum op25b_entry_flags
 * @timeout: seconds, 0 for none
 * @label: empty for none
 * @provider: empty for none
 * @owner: empty for none given
 */
struct entry {
	u8 table;
	struct prefix prefix;
	u32 flags;
	u32 timeout;
	char label[OP25B_NAME_MAX + 1];
	char provider[OP25B_NAME_MAX + 1];
	char owner[OP25B_NAME_MAX + 1];
};

/* The words of a statement that an error can be in */
enum statement_part {
	PART_VERB,
	PART_TABLE,	/* or setting */
	PART_OBJECT,	/* prefix, file or value of the setting */
	PART_LABEL,
	PART_PROVIDER,
	PART_OWNER,
	PART_TIMEOUT,
	PART_MONITOR,
	PARTS
};

/**
 * struct statement - a parsed statement
 * @kind: &enum statement_kind
 * @setting: &enum op25b_settings_attr, of "set"
 * @value: of the setting
 * @entry: of "add" and "del"; only its table is set for "flush", only its provider
 *	for "include", and its prefix is not set with @from
 * @from: file of prefixes, or of statements for "include", or NULL; points into the
 *	line
 * @column: of each part, 0 if the statement does not have it
 */
struct statement {
	u8 kind;
	u8 setting;
	u32 value;
	struct entry entry;
	const char *from;
	u32 column[PARTS];
};

/**
 * struct option - an option of a statement or command, parsed
 * @index: in its table of names
 * @column: of the option itself
 * @value: its value, or NULL if it takes none
 * @number: its value, if that is a number
 */
struct option {
	int index;
	size_t column;
	const struct word *value;
	u32 number;
};

/* Takes an option; 0, or -EINVAL with the problem described */
typedef int (*option_taker)(const struct option *option, void *data,
			    struct problem *problem);

int trim_line(const char *line, size_t *length, struct problem *problem);
int split_line(char *line, size_t length, struct words *words,
	       struct problem *problem);
void words_of_args(struct words *words, int count, char **args);

int parse_statement(const struct words *words, struct statement *statement,
		    struct problem *problem);
int parse_list_line(const struct words *words, struct prefix *prefix,
		    struct problem *problem);
int parse_address(const struct word *word, struct prefix *prefix,
		  struct problem *problem);
int parse_prefix(const struct word *word, struct prefix *prefix,
		 struct problem *problem);
int parse_number(const struct word *word, const struct name *name, u32 *number,
		 struct problem *problem);
int parse_name(const struct word *word, const struct name *name,
	       char text[OP25B_NAME_MAX + 1], struct problem *problem);
int parse_options(const struct words *words, size_t next,
		  const struct names *names, option_taker take, void *data,
		  struct problem *problem);

__printf(3, 4)
int set_problem(struct problem *problem, size_t column, const char *format,
		...);

const char *format_prefix(const struct prefix *prefix,
			  char text[PREFIX_TEXT_MAX]);
void print_statement(FILE *out, const struct statement *statement);

#endif /* OP25BCTL_STATEMENT_H */
