/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Standard output, as text or JSON by the same calls, and error messages.
 *
 * A value is given once, with its JSON key and its text format: without a key it
 * is for text only, without a format for JSON only. JSON is written as it comes,
 * so that a document of any length takes no memory. Strings from outside are
 * escaped, see escape.h; in JSON by its \u escapes. Called by all commands.
 */
#ifndef OP25BCTL_OUTPUT_H
#define OP25BCTL_OUTPUT_H

#include <linux/types.h>

#include "names.h"
#include "status.h"

/**
 * struct place - where an error is
 * @file: name of the file, NULL for the command line
 * @line: line, from 1; 0 for the file as a whole
 * @column: byte of the line, from 1
 */
struct place {
	const char *file;
	size_t line;
	size_t column;
};

/* Bytes to read or write at once: system calls are slow on some machines */
#define BUFFER_BYTES	65536

/* Bytes of a number in groups of three digits, with the zero byte at its end */
#define GROUPED_MAX	28

/* What colors mean; in text only */
enum color {
	COLOR_NONE,
	COLOR_GOOD,	/* a packet passes */
	COLOR_WARNING,	/* it is monitored; a warning */
	COLOR_BAD,	/* it is blocked; an error */
};

void out_start(bool json, enum when color);
enum status out_finish(void);
bool out_json(void);
bool out_failed(void);

void out_object(const char *key);
void out_array(const char *key);
void out_close(void);

__printf(1, 2)
void out_text(const char *format, ...);
void out_string(const char *key, const char *format, const char *value);
void out_colored(const char *key, const char *format, const char *value,
		 enum color color);
void out_number(const char *key, const char *format, u64 value);
void out_bool(const char *key, const char *text, bool value);
void out_null(const char *key);

void out_cell(const char *key, const char *value, int width);
void out_number_cell(const char *key, u64 value, int width);
void out_row_end(void);

const char *group_digits(u64 value, char text[GROUPED_MAX]);

__printf(1, 2)
enum status fail(const char *format, ...);
enum status fail_memory(void);
__printf(1, 2)
void warn(const char *format, ...);
void warn_at(const struct place *place, const char *text);
enum status fail_at(const struct place *place, const char *text);

#endif /* OP25BCTL_OUTPUT_H */
