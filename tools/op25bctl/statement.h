/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grammar of statements: words, prefixes, errors, and back to text.
 *
 * The same statements stand on the command line and in files. Used by the
 * readers of both, by the commands that print statements, and by the tests;
 * does no input or output but on the stream it is given.
 */
#ifndef OP25BCTL_STATEMENT_H
#define OP25BCTL_STATEMENT_H

#include <linux/op25b.h>
#include <linux/types.h>
#include <stdio.h>

/* More words than any statement has */
#define WORDS_MAX	16
/* Bytes of an error message with its terminating zero */
#define PROBLEM_MAX	512
/* Bytes of a formatted prefix with its terminating zero */
#define PREFIX_TEXT_MAX	52

/**
 * struct word - one word of a statement
 * @text: zero-terminated, without quotes and escapes
 * @length: bytes of @text
 * @column: where it starts in its line, in bytes from 1; 0 if in no line
 */
struct word {
	const char *text;
	size_t length;
	size_t column;
};

/**
 * struct words - the words of a statement
 * @word: the words, the first WORDS_MAX of them
 * @count: how many
 * @end: the column behind the last word; 0 if in no line
 */
struct words {
	struct word word[WORDS_MAX];
	size_t count;
	size_t end;
};

/**
 * struct problem - what is wrong with a line
 * @column: with which word, or where, in bytes from 1; 0 if in no line
 * @text: a sentence, without its place and a line end
 */
struct problem {
	size_t column;
	char text[PROBLEM_MAX];
};

/**
 * struct prefix - an address prefix
 * @family: AF_INET or AF_INET6
 * @length: bits
 * @address: network byte order, 4 or 16 bytes and zeros
 */
struct prefix {
	u8 family;
	u8 length;
	u8 address[16];
};

/**
 * struct entry - a prefix of a table
 * @table: &enum op25b_table_id
 * @prefix: the prefix
 * @flags: &enum op25b_entry_flags
 * @timeout: seconds, 0 for never
 * @label: empty for none
 */
struct entry {
	u8 table;
	struct prefix prefix;
	u32 flags;
	u32 timeout;
	char label[OP25B_LABEL_MAX + 1];
};

enum statement_kind {
	STATEMENT_NOTHING,	/* a blank line or a comment */
	STATEMENT_SET,
	STATEMENT_ADD,
	STATEMENT_DEL,
	STATEMENT_FLUSH,
};

/* The words of a statement that something can be wrong with */
enum statement_part {
	PART_VERB,
	PART_TABLE,	/* or the setting */
	PART_OBJECT,	/* the prefix, the file or the value of the setting */
	PART_LABEL,
	PART_TIMEOUT,
	PART_MONITOR,
	PARTS
};

/**
 * struct statement - one statement
 * @kind: &enum statement_kind
 * @setting: &enum op25b_settings_attr, of "set"
 * @value: of the setting
 * @entry: of "add" and "del"; its table only, of "flush" and with @from
 * @from: the file of prefixes, or NULL; belongs to the line
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

extern const char *const table_names[OP25B_TABLE_MAX + 1];
extern const char *const mode_names[OP25B_MODE_MAX + 1];
extern const char *const action_names[OP25B_ACTION_MAX + 1];

int split_line(char *line, size_t length, struct words *words,
	       struct problem *problem);
void words_of_args(struct words *words, int count, char **args);

int parse_statement(const struct words *words, struct statement *statement,
		    struct problem *problem);
int parse_list_line(const struct words *words, struct prefix *prefix,
		    struct problem *problem);
int parse_address(const struct word *word, struct prefix *prefix,
		  struct problem *problem);
int parse_number(const struct word *word, const char *what, u32 min,
		 u32 max, u32 *number, struct problem *problem);

__printf(3, 4)
int set_problem(struct problem *problem, size_t column, const char *format,
		...);
int find_name(const char *const *names, size_t count, const char *text);
const char *name_of(const char *const *names, size_t count, size_t index);
size_t utf8_sequence(const char *text, size_t length);

const char *format_prefix(const struct prefix *prefix,
			  char text[PREFIX_TEXT_MAX]);
void print_statement(FILE *out, const struct statement *statement);

#endif /* OP25BCTL_STATEMENT_H */
