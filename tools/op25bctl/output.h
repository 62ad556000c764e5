/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tool prints: text or JSON by the same calls, and errors.
 *
 * Each datum is given once, with its JSON key and its text format; a datum
 * without a key is for text only, one without a format for JSON only. JSON is
 * written as it comes, so that a document of any length takes no memory.
 */
#ifndef OP25BCTL_OUTPUT_H
#define OP25BCTL_OUTPUT_H

#include <linux/types.h>

/* Exit statuses, as grep's */
enum status {
	STATUS_DONE,
	STATUS_NEGATIVE,
	STATUS_ERROR,
};

/**
 * struct place - where something is wrong
 * @file: name of the file, NULL for the command line
 * @line: its line, 0 for all of the file
 * @column: byte of the line
 */
struct place {
	const char *file;
	size_t line;
	size_t column;
};

/* Bytes to read or write at a time: on some machines a system call costs a lot */
#define BUFFER_BYTES	65536

/* Bytes of a number in groups of three digits, with its terminating zero */
#define GROUPED_MAX	28

void out_start(bool json);
enum status out_finish(void);
bool out_json(void);
bool out_failed(void);

void out_object(const char *key);
void out_array(const char *key);
void out_close(void);

__printf(1, 2)
void out_text(const char *format, ...);
void out_string(const char *key, const char *format, const char *value);
void out_number(const char *key, const char *format, u64 value);
void out_bool(const char *key, const char *format, bool value);
void out_null(const char *key);

void out_cell(const char *key, const char *value, int width);
void out_number_cell(const char *key, u64 value, int width);
void out_row_end(void);
int shown_width(const char *text);

const char *group_digits(u64 value, char text[GROUPED_MAX]);

__printf(1, 2)
enum status fail(const char *format, ...);
enum status fail_memory(void);
__printf(1, 2)
void warn(const char *format, ...);
enum status complain(const struct place *place, const char *text);

#endif /* OP25BCTL_OUTPUT_H */
