// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the file of an import; the first one chooses the format. What it prints
 * must be add statements that parse; an error must have a place and a message. Neither
 * may have control characters.
 */
#define _GNU_SOURCE
#include <linux/bug.h>
#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/utf8.h"
#include "import.h"

static bool is_clean(const char *text)
{
	unsigned int bytes;
	u32 code;

	for (; *text; text += bytes) {
		bytes = op25b_utf8_decode(text, &code);
		if (!bytes || op25b_is_control(code))
			return false;
	}
	return true;
}

static void expect_clear(const struct place *place, const char *text)
{
	BUG_ON(!place->file || !place->line || !place->column);
	BUG_ON(!*text || strlen(text) >= PROBLEM_MAX - 1);
	BUG_ON(!is_clean(text));
}

static int take_problem(__maybe_unused struct visitor *visitor, const struct place *place,
			const char *text)
{
	expect_clear(place, text);
	return 0;
}

static void take_warning(__maybe_unused struct import *import, const struct place *place,
			 const char *text)
{
	expect_clear(place, text);
}

static void expect_statements(char *text)
{
	struct statement statement;
	struct problem problem;
	struct words words;
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		BUG_ON(!is_clean(line));
		BUG_ON(split_line(line, strlen(line), &words, &problem));
		BUG_ON(parse_statement(&words, &statement, &problem));
		BUG_ON(statement.kind != STATEMENT_ADD || statement.from ||
		       statement.entry.table != OP25B_TABLE_RELAY);
	}
}

/* A file with this content */
static const char *write_file(const u8 *data, size_t size)
{
	static char path[sizeof("/proc/self/fd/2147483647")];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("import", 0);
	BUG_ON(fd < 0 || ftruncate(fd, 0));
	BUG_ON(pwrite(fd, data, size, 0) != (ssize_t)size);
	sprintf(path, "/proc/self/fd/%d", fd);
	return path;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct import import = {
		.visitor.problem = take_problem,
		.warning = take_warning,
		.table = OP25B_TABLE_RELAY,
	};
	size_t bytes;
	char *text;

	if (!size)
		return 0;
	import.path = write_file(data + 1, size - 1);
	import.out = open_memstream(&text, &bytes);
	BUG_ON((*data == 'i' ? import_ipset :
		*data == 'n' ? import_nft : import_cidr)(&import));
	fclose(import.out);
	expect_statements(text);
	free(text);
	return 0;
}
