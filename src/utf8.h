/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UTF-8 (RFC 3629), checked in the same way by the module and by op25bctl.
 *
 * Used by names.c, and by the tool for names and for all text that it prints.
 * Needs nothing but the integer types.
 */
#ifndef _OP25B_UTF8_H
#define _OP25B_UTF8_H

#include <linux/types.h>

/**
 * op25b_utf8_decode() - decode the first character of a text
 * @text: ended by a zero byte, behind which nothing is read
 * @code: set to the code point
 *
 * By section 4 of RFC 3629: the shortest form only, no surrogates, nothing
 * beyond U+10FFFF.
 *
 * Return: bytes of the character, 1 to 4, or 0 if they are not valid UTF-8.
 */
static inline unsigned int op25b_utf8_decode(const char *text, u32 *code)
{
	static const u32 smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const u8 *byte = (const u8 *)text;
	unsigned int bytes, i;

	*code = byte[0];
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xc0 || byte[0] > 0xf7)
		return 0;
	bytes = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	*code &= 0x7f >> bytes;
	for (i = 1; i < bytes; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (byte[i] & 0x3f);
	}
	if (*code < smallest[bytes] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return bytes;
}

/**
 * op25b_is_control() - check for a control character
 * @code: code point
 *
 * Return: whether a terminal may act on it: C0 (U+0000 to U+001F), DEL
 * (U+007F) or C1 (U+0080 to U+009F), which is Unicode's category Cc.
 */
static inline bool op25b_is_control(u32 code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

#endif /* _OP25B_UTF8_H */
