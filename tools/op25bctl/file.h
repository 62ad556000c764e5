/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opening files, and reading them as a whole.
 *
 * Pipes and other files that can be read only once are copied to a temporary
 * file when they are first opened, and read from there each time. Called by input.c
 * and the commands that have a file.
 */
#ifndef OP25BCTL_FILE_H
#define OP25BCTL_FILE_H

#include <stdio.h>

#include "output.h"

bool is_stdin(const char *path);
const char *file_name(const char *path);
enum status prepare_file(const char *path);
FILE *open_file(const char *path, char *buffer);
const char *open_error(void);
void close_file(FILE *file);
void skip_mark(FILE *file);
char *read_file(const char *path, size_t *length);

#endif /* OP25BCTL_FILE_H */
