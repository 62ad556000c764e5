// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool prints: text or JSON by the same calls, and errors.
 *
 * Called by all commands. The state is that of the standard output, of which a
 * process has one. jansson encodes the values; the brackets and commas between
 * them are written here, since it can only write whole documents.
 */
#define _XOPEN_SOURCE 700
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "output.h"
#include "statement.h"

#define DEPTH_MAX	8

/**
 * struct output - the state of the standard output
 * @json: whether it gets JSON
 * @depth: open brackets
 * @close: the bracket that closes each of them
 * @filled: whether there is something in each of them
 * @padding: blanks due before the next cell of the row
 * @error: error number of the first failure to write, or 0
 */
static struct output {
	bool json;
	unsigned int depth;
	char close[DEPTH_MAX];
	bool filled[DEPTH_MAX];
	int padding;
	int error;
} out;

/**
 * out_start() - begin to print
 * @json: whether as JSON
 */
void out_start(bool json)
{
	static char buffer[BUFFER_BYTES];

	out.json = json;
	/* where that fails, stdout has a buffer of its own; a terminal gets lines */
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	/* labels are UTF-8 in every locale; this is for their width only */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
}

/**
 * out_finish() - make sure that all has been written
 *
 * Return: STATUS_DONE, or STATUS_ERROR after saying so.
 */
enum status out_finish(void)
{
	if (!out_failed() && fflush(stdout))
		out.error = errno;
	/* who closed the other end of a pipe has read enough */
	if (out.error && out.error != EPIPE)
		fail("standard output: %s", strerror(out.error));
	return out.error ? STATUS_ERROR : STATUS_DONE;
}

/** out_json() - say whether the output is JSON */
bool out_json(void)
{
	return out.json;
}

/** out_failed() - say whether there is no use in printing more */
bool out_failed(void)
{
	if (ferror(stdout) && !out.error)
		out.error = errno ? errno : EIO;
	return out.error;
}

/* JSON */

/* Whether JSON has the text as it is, which is so of most */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e || *text == '"' ||
		    *text == '\\')
			return false;
	return true;
}

/* A copy with question marks for what is not UTF-8, as in a file's name */
static json_t *repaired_string(const char *text)
{
	char *copy = strdup(text), *at = copy;
	json_t *value = NULL;

	while (at && *at) {
		size_t bytes = utf8_sequence(at, strlen(at));

		if (!bytes)
			*at = '?';
		at += bytes ? bytes : 1;
	}
	if (copy)
		value = json_string(copy);
	free(copy);
	return value;
}

static void write_json_string(const char *text)
{
	json_t *value;

	if (is_plain(text)) {
		printf("\"%s\"", text);
		return;
	}
	value = json_string(text);
	if (!value)
		value = repaired_string(text);
	if (json_dumpf(value, stdout, JSON_ENCODE_ANY) && !out.error)
		out.error = ENOMEM;
	json_decref(value);
}

/* What stands before a value: a comma, and its key in an object */
static void write_json_key(const char *key)
{
	if (!out.depth)
		return;
	if (out.filled[out.depth - 1])
		putchar(',');
	/* the elements of an outermost array are lines */
	if (out.depth == 1 && out.close[0] == ']')
		putchar('\n');
	else if (out.filled[out.depth - 1])
		putchar(' ');
	out.filled[out.depth - 1] = true;
	if (out.close[out.depth - 1] == '}') {
		write_json_string(key);
		fputs(": ", stdout);
	}
}

static void open_bracket(const char *key, char open, char close)
{
	if (!out.json)
		return;
	write_json_key(key);
	putchar(open);
	out.close[out.depth] = close;
	out.filled[out.depth] = false;
	out.depth++;
}

/* Whether a datum is to be written as JSON; if so, its key has been */
static bool json_datum(const char *key)
{
	if (!out.json || !key)
		return false;
	write_json_key(key);
	return true;
}

/**
 * out_object() - begin a JSON object
 * @key: its key; ignored in an array and outermost
 */
void out_object(const char *key)
{
	open_bracket(key, '{', '}');
}

/**
 * out_array() - begin a JSON array
 * @key: its key; ignored in an array and outermost
 */
void out_array(const char *key)
{
	open_bracket(key, '[', ']');
}

/** out_close() - end the object or array begun last and not ended */
void out_close(void)
{
	if (!out.json)
		return;
	out.depth--;
	if (!out.depth && out.close[0] == ']' && out.filled[0])
		putchar('\n');
	putchar(out.close[out.depth]);
	if (!out.depth)
		putchar('\n');
}

/* Data */

/* Blanks that are due, then a value as text */
static void print_text(const char *format, const char *value)
{
	printf("%*s", out.padding, "");
	printf(format, value);
	out.padding = 0;
}

/**
 * out_text() - print what is not in JSON
 * @format: as for printf()
 */
void out_text(const char *format, ...)
{
	va_list args;

	if (out.json)
		return;
	printf("%*s", out.padding, "");
	out.padding = 0;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

/**
 * out_string() - print a string
 * @key: JSON key, or NULL
 * @format: text with one %s, or NULL
 * @value: the string
 */
void out_string(const char *key, const char *format, const char *value)
{
	if (json_datum(key))
		write_json_string(value);
	else if (!out.json && format)
		print_text(format, value);
}

/**
 * out_number() - print a number
 * @key: JSON key, or NULL
 * @format: text with one %s, or NULL
 * @value: the number
 */
void out_number(const char *key, const char *format, u64 value)
{
	char digits[GROUPED_MAX];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	if (json_datum(key))
		fputs(digits, stdout);
	else if (!out.json && format)
		print_text(format, digits);
}

/**
 * out_bool() - print a truth value
 * @key: JSON key, or NULL
 * @format: text with one %s, which is "on" or "off"; or NULL
 * @value: the value
 */
void out_bool(const char *key, const char *format, bool value)
{
	if (json_datum(key))
		fputs(value ? "true" : "false", stdout);
	else if (!out.json && format)
		print_text(format, value ? "on" : "off");
}

/**
 * out_null() - print, in JSON, that there is no value
 * @key: JSON key
 */
void out_null(const char *key)
{
	if (json_datum(key))
		fputs("null", stdout);
}

/**
 * shown_width() - measure text
 * @text: UTF-8
 *
 * Return: columns that it takes on a terminal.
 */
int shown_width(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t c;
	int width = 0;

	while (*text) {
		size_t bytes;

		if (*text >= 0x20 && *text < 0x7f) {
			width++;
			text++;
			continue;
		}
		bytes = mbrtowc(&c, text, strlen(text), &state);

		if (bytes == (size_t)-1 || bytes == (size_t)-2)
			return width + strlen(text);
		if (wcwidth(c) > 0)
			width += wcwidth(c);
		text += bytes;
	}
	return width;
}

/**
 * out_cell() - print a string as a cell of a row
 * @key: JSON key, or NULL
 * @value: the string
 * @width: columns of the cell, in text
 */
void out_cell(const char *key, const char *value, int width)
{
	int blanks = width - shown_width(value);

	if (json_datum(key))
		write_json_string(value);
	if (out.json)
		return;
	if (*value)
		print_text("%s", value);
	out.padding += (blanks > 0 ? blanks : 0) + 2;
}

/**
 * out_number_cell() - print a number as a cell of a row, to the right
 * @key: JSON key, or NULL
 * @value: the number
 * @width: columns of the cell, in text
 */
void out_number_cell(const char *key, u64 value, int width)
{
	char digits[GROUPED_MAX];

	out_number(key, NULL, value);
	snprintf(digits, sizeof(digits), "%*llu", width,
		 (unsigned long long)value);
	out_cell(NULL, digits, width);
}

/** out_row_end() - end a row of cells */
void out_row_end(void)
{
	out.padding = 0;
	out_text("\n");
}

/**
 * group_digits() - write a number for people
 * @value: the number
 * @text: its digits, in groups of three
 *
 * Return: @text.
 */
const char *group_digits(u64 value, char text[GROUPED_MAX])
{
	char digits[GROUPED_MAX];
	int length, i;
	char *end = text;

	length = sprintf(digits, "%llu", (unsigned long long)value);
	for (i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return text;
}

/* Errors */

/* One line, whatever file names and words are in it, and safe on a terminal */
static void print_error(const char *kind, const char *format, va_list args)
{
	char *text, *c;

	if (vasprintf(&text, format, args) < 0)
		return;
	fprintf(stderr, "op25bctl: %s", kind);
	for (c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			fprintf(stderr, "\\x%02x", (unsigned char)*c);
		else
			putc(*c, stderr);
	}
	putc('\n', stderr);
	free(text);
}

/**
 * fail() - say what is wrong
 * @format: as for printf()
 *
 * Return: STATUS_ERROR.
 */
enum status fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error("", format, args);
	va_end(args);
	return STATUS_ERROR;
}

/**
 * fail_memory() - say that there is no memory left
 *
 * Return: STATUS_ERROR.
 */
enum status fail_memory(void)
{
	return fail("out of memory");
}

/**
 * warn() - say what is probably not meant
 * @format: as for printf()
 */
void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error("warning: ", format, args);
	va_end(args);
}

/**
 * complain() - say what is wrong, and where
 * @place: where
 * @text: a sentence
 *
 * Return: STATUS_ERROR.
 */
enum status complain(const struct place *place, const char *text)
{
	if (!place->file)
		return fail("%s", text);
	if (!place->line)
		return fail("%s: %s", place->file, text);
	return fail("%s:%zu:%zu: %s", place->file, place->line, place->column,
		    text);
}
