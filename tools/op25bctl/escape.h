/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text from outside, made safe for a terminal.
 *
 * Control characters (C0, DEL, C1) and bytes that are not valid UTF-8 become
 * \xNN, a byte each; everything else stays as it is. What has been escaped once
 * stays the same when it is escaped again. Called for all text that the tool
 * did not write itself: arguments, file names, labels, the kernel's messages.
 */
#ifndef OP25BCTL_ESCAPE_H
#define OP25BCTL_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* Bytes of an escaped character: four times \xNN */
#define ESCAPED_MAX	16

size_t escape_character(const char **text, char out[ESCAPED_MAX]);
const char *escape(char *out, size_t size, const char *text);
void print_escaped(FILE *file, const char *text);
int escaped_width(const char *text);

#endif /* OP25BCTL_ESCAPE_H */
