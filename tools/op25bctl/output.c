// SPDX-License-Identifier: GPL-2.0
/*
 * Standard output, as text or JSON by the same calls, and error messages.
 *
 * jansson encodes strings. Brackets and commas are written here, since jansson
 * writes only documents that are whole.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/utf8.h"
#include "escape.h"
#include "output.h"

#define DEPTH_MAX	8

/**
 * struct output - the state of the standard output
 * @json: whether to write JSON
 * @depth: number of open brackets
 * @close: the closing bracket of each
 * @filled: whether each has a value already
 * @padding: spaces due before the next cell of the row
 * @error: error number of the first failed write, or 0
 * @color: whether to color text
 * @color_errors: whether to color errors
 */
static struct output {
	bool json;
	bool color;
	bool color_errors;
	unsigned int depth;
	char close[DEPTH_MAX];
	bool filled[DEPTH_MAX];
	int padding;
	int error;
} out;

/* Select graphic rendition, ECMA-48 section 8.3.117 */
static const char *const sgr[] = {
	[COLOR_GOOD] = "\033[32m",
	[COLOR_WARNING] = "\033[33m",
	[COLOR_BAD] = "\033[31m",
};

static const char sgr_default[] = "\033[m";

/* On terminals, unless the environment says that there are no colors */
static bool use_color(enum when when, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (when != WHEN_AUTO)
		return when == WHEN_ALWAYS;
	return isatty(fd) && term && strcmp(term, "dumb") &&
	       !(no_color && *no_color);
}

/**
 * out_start() - set up standard output and errors
 * @json: whether to write JSON
 * @color: when to use colors
 */
void out_start(bool json, enum when color)
{
	static char buffer[BUFFER_BYTES];

	out.json = json;
	out.color = use_color(color, STDOUT_FILENO);
	out.color_errors = use_color(color, STDERR_FILENO);
	/* on failure stdout keeps its own buffer; a terminal gets single lines */
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	/* for the width of labels, which are UTF-8 in every locale */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
}

/**
 * out_finish() - flush standard output
 *
 * Return: STATUS_DONE, or STATUS_ERROR after printing an error.
 */
enum status out_finish(void)
{
	if (!out_failed() && fflush(stdout))
		out.error = errno;
	/* a reader that closes the pipe has read enough */
	if (out.error && out.error != EPIPE)
		fail("standard output: %s", strerror(out.error));
	return out.error ? STATUS_ERROR : STATUS_DONE;
}

/** out_json() - return whether the output is JSON */
bool out_json(void)
{
	return out.json;
}

/** out_failed() - return whether a write has failed */
bool out_failed(void)
{
	if (ferror(stdout) && !out.error)
		out.error = errno ? errno : EIO;
	return out.error;
}

/* JSON */

/* Whether the text is the same in JSON */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e || *text == '"' ||
		    *text == '\\')
			return false;
	return true;
}

/* The string in JSON, to be freed; NULL without memory */
static char *encode(const char *text)
{
	json_t *value = json_string(text);
	size_t size = strlen(text) * ESCAPED_MAX + 1;
	char *copy, *json;

	if (!value) {
		/* not UTF-8, as the name of a file may be */
		copy = malloc(size);
		if (copy)
			value = json_string(escape(copy, size, text));
		free(copy);
	}
	json = json_dumps(value, JSON_ENCODE_ANY);
	json_decref(value);
	return json;
}

static void write_json_string(const char *text)
{
	char *json, *at;

	if (is_plain(text)) {
		printf("\"%s\"", text);
		return;
	}
	json = encode(text);
	if (!json && !out.error)
		out.error = ENOMEM;
	for (at = json; at && *at;) {
		u32 code;
		unsigned int bytes = op25b_utf8_decode(at, &code);

		/* jansson leaves DEL and C1 as they are */
		if (op25b_is_control(code))
			printf("\\u%04X", code);
		else
			fwrite(at, 1, bytes, stdout);
		at += bytes;
	}
	free(json);
}

/* Write what precedes a value: a comma, and in an object its key */
static void write_json_key(const char *key)
{
	if (!out.depth)
		return;
	if (out.filled[out.depth - 1])
		putchar(',');
	/* one element of the outermost array per line */
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

/* Whether to write a value as JSON; if so, its key has been written */
static bool begin_json(const char *key)
{
	if (!out.json || !key)
		return false;
	write_json_key(key);
	return true;
}

/**
 * out_object() - open a JSON object
 * @key: its key; ignored in an array and for the document itself
 */
void out_object(const char *key)
{
	open_bracket(key, '{', '}');
}

/**
 * out_array() - open a JSON array
 * @key: its key; ignored in an array and for the document itself
 */
void out_array(const char *key)
{
	open_bracket(key, '[', ']');
}

/** out_close() - close the object or array opened last */
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

/* Values */

static void print_padding(void)
{
	printf("%*s", out.padding, "");
	out.padding = 0;
}

/**
 * out_text() - print text, nothing in JSON
 * @format: as for printf(); strings from outside go through out_string()
 */
void out_text(const char *format, ...)
{
	va_list args;

	if (out.json)
		return;
	print_padding();
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

/**
 * out_string() - print a string
 * @key: JSON key, or NULL
 * @format: text with one %s, or NULL
 * @value: the string, which may be from outside
 */
void out_string(const char *key, const char *format, const char *value)
{
	const char *rest;

	if (begin_json(key))
		write_json_string(value);
	if (out.json || !format)
		return;
	print_padding();
	rest = strstr(format, "%s");
	printf("%.*s", (int)(rest - format), format);
	print_escaped(stdout, value);
	fputs(rest + strlen("%s"), stdout);
}

/**
 * out_colored() - print a string in a color
 * @key: JSON key, or NULL
 * @format: text with one %s
 * @value: the string, which may be from outside
 * @color: its color, of the text alone
 */
void out_colored(const char *key, const char *format, const char *value,
		 enum color color)
{
	bool colored = out.color && !out.json && color != COLOR_NONE;

	if (colored)
		fputs(sgr[color], stdout);
	out_string(key, format, value);
	if (colored)
		fputs(sgr_default, stdout);
}

/**
 * out_number() - print a number
 * @key: JSON key, or NULL
 * @format: text with one %s, which may have a width, or NULL
 * @value: the number
 */
void out_number(const char *key, const char *format, u64 value)
{
	char digits[GROUPED_MAX];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	if (begin_json(key))
		fputs(digits, stdout);
	if (out.json || !format)
		return;
	print_padding();
	printf(format, digits);
}

/**
 * out_bool() - print a boolean
 * @key: JSON key, or NULL
 * @text: what to print in text; or NULL
 * @value: the value
 */
void out_bool(const char *key, const char *text, bool value)
{
	if (begin_json(key))
		fputs(value ? "true" : "false", stdout);
	if (text)
		out_text("%s", text);
}

/**
 * out_null() - print null, nothing in text
 * @key: JSON key
 */
void out_null(const char *key)
{
	if (begin_json(key))
		fputs("null", stdout);
}

/**
 * out_cell() - print a string as a cell of a row
 * @key: JSON key, or NULL
 * @value: the string, which may be from outside
 * @width: width of the cell in text
 */
void out_cell(const char *key, const char *value, int width)
{
	int spaces = width - escaped_width(value);

	out_string(key, *value ? "%s" : NULL, value);
	out.padding += (spaces > 0 ? spaces : 0) + 2;
}

/**
 * out_number_cell() - print a number as a cell of a row, aligned to the right
 * @key: JSON key, or NULL
 * @value: the number
 * @width: width of the cell in text
 */
void out_number_cell(const char *key, u64 value, int width)
{
	char digits[GROUPED_MAX];

	out_number(key, NULL, value);
	snprintf(digits, sizeof(digits), "%*llu", width,
		 (unsigned long long)value);
	out_cell(NULL, digits, width);
}

/** out_row_end() - end a row */
void out_row_end(void)
{
	out.padding = 0;
	out_text("\n");
}

/**
 * group_digits() - format a number for people
 * @value: the number
 * @text: set to its digits, in groups of three
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

/* One line, whatever is in it */
static void print_error(enum color color, const char *kind, const char *format,
			va_list args)
{
	bool colored = out.color_errors;
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	fprintf(stderr, "%sop25bctl:%s %s", colored ? sgr[color] : "",
		colored ? sgr_default : "", kind);
	print_escaped(stderr, text);
	putc('\n', stderr);
	free(text);
}

/**
 * fail() - print an error
 * @format: as for printf()
 *
 * Return: STATUS_ERROR.
 */
enum status fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error(COLOR_BAD, "", format, args);
	va_end(args);
	return STATUS_ERROR;
}

/**
 * fail_memory() - print that there is no memory left
 *
 * Return: STATUS_ERROR.
 */
enum status fail_memory(void)
{
	return fail("out of memory");
}

/**
 * warn() - print a warning
 * @format: as for printf()
 */
void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error(COLOR_WARNING, "warning: ", format, args);
	va_end(args);
}

/* "FILE:LINE:COLUMN: ", less what is unknown of it; to be freed */
static char *format_place(const struct place *place)
{
	char *text;

	if (!place->file)
		return strdup("");
	if (asprintf(&text, place->line ? "%s:%zu:%zu: " : "%s: ", place->file,
		     place->line, place->column) < 0)
		return NULL;
	return text;
}

/**
 * fail_at() - print an error and its place
 * @place: where it is
 * @text: message
 *
 * Return: STATUS_ERROR.
 */
enum status fail_at(const struct place *place, const char *text)
{
	char *where = format_place(place);

	fail("%s%s", where ? where : "", text);
	free(where);
	return STATUS_ERROR;
}

/**
 * warn_at() - print a warning and its place
 * @place: where it is
 * @text: message
 */
void warn_at(const struct place *place, const char *text)
{
	char *where = format_place(place);

	warn("%s%s", where ? where : "", text);
	free(where);
}
