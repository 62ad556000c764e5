// SPDX-License-Identifier: GPL-2.0
/*
 * Text from outside, made safe for a terminal.
 */
#define _XOPEN_SOURCE 700
#include <linux/types.h>
#include <string.h>
#include <wchar.h>

#include "../../src/utf8.h"
#include "escape.h"

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f;
}

/**
 * escape_character() - escape the first character of a text
 * @text: the text, not empty; moved behind the character
 * @out: set to the character as a terminal may get it, without a zero byte
 *
 * Return: bytes in @out.
 */
size_t escape_character(const char **text, char out[ESCAPED_MAX])
{
	static const char digits[] = "0123456789abcdef";
	const char *from = *text;
	unsigned int bytes, i;
	size_t length = 0;
	u32 code;

	bytes = op25b_utf8_decode(from, &code);
	*text += bytes ? bytes : 1;
	if (bytes && !op25b_is_control(code)) {
		memcpy(out, from, bytes);
		return bytes;
	}
	for (i = 0; i < (bytes ? bytes : 1); i++) {
		u8 byte = from[i];

		out[length++] = '\\';
		out[length++] = 'x';
		out[length++] = digits[byte >> 4];
		out[length++] = digits[byte & 15];
	}
	return length;
}

/**
 * escape() - escape a text, cut to a size
 * @out: set to the escaped text, ending in "..." if there is no room for all
 * @size: bytes of @out
 * @text: the text
 *
 * Return: @out.
 */
const char *escape(char *out, size_t size, const char *text)
{
	static const char dots[] = "...";
	char character[ESCAPED_MAX];
	size_t used = 0;

	while (*text) {
		size_t length = escape_character(&text, character);

		if (used + length + sizeof(dots) > size) {
			memcpy(out + used, dots, sizeof(dots));
			return out;
		}
		memcpy(out + used, character, length);
		used += length;
	}
	out[used] = '\0';
	return out;
}

/**
 * print_escaped() - print a text, escaped
 * @file: where to
 * @text: the text
 */
void print_escaped(FILE *file, const char *text)
{
	char character[ESCAPED_MAX];

	while (*text) {
		const char *start = text;

		while (is_plain(*text))
			text++;
		fwrite(start, 1, text - start, file);
		if (*text)
			fwrite(character, 1,
			       escape_character(&text, character), file);
	}
}

/**
 * escaped_width() - measure a text
 * @text: the text
 *
 * Return: columns that it takes on a terminal when it is escaped, in a locale
 * with UTF-8.
 */
int escaped_width(const char *text)
{
	char character[ESCAPED_MAX];
	int width = 0;

	while (*text) {
		size_t length;
		u32 code;

		op25b_utf8_decode(text, &code);
		length = escape_character(&text, character);
		if (is_plain(character[0]))
			width += length;
		else if (wcwidth(code) > 0)
			width += wcwidth(code);
	}
	return width;
}
