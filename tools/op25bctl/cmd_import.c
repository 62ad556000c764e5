// SPDX-License-Identifier: GPL-2.0
/*
 * The command import: other programs' files as statements.
 *
 * They go to a temporary file first: after an error nothing is printed, so that batch at
 * the other end of a pipe gets all of them or none.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "import.h"

static int (*const readers[])(struct import *import) = {
	[IMPORT_IPSET] = import_ipset,
	[IMPORT_NFT] = import_nft,
	[IMPORT_CIDR] = import_cidr,
};

/**
 * struct job - an import, and how it goes
 * @import: the import
 * @failed: whether there was an error
 */
struct job {
	struct import import;
	bool failed;
};

static int take_problem(struct visitor *visitor, const struct place *place,
			const char *text)
{
	struct job *job = container_of(visitor, struct job, import.visitor);

	job->failed = true;
	fail_at(place, text);
	return 0;
}

static void take_warning(__maybe_unused struct import *import, const struct place *place,
			 const char *text)
{
	warn_at(place, text);
}

static enum status copy_out(FILE *from)
{
	char buffer[BUFFER_BYTES];
	size_t got;

	if (fflush(from) || ferror(from))
		return fail("temporary file: %s", strerror(errno));
	rewind(from);
	while ((got = fread(buffer, 1, sizeof(buffer), from)))
		fwrite(buffer, 1, got, stdout);
	if (ferror(from))
		return fail("temporary file: %s", strerror(errno));
	return STATUS_DONE;
}

static enum status run_import(struct job *job, int format)
{
	struct import *import = &job->import;
	int result = readers[format](import);

	if (result || job->failed)
		return STATUS_ERROR;
	if (!import->entries)
		warn("%s: no entries: nothing is imported", file_name(import->path));
	return copy_out(import->out);
}

/** cmd_import() - print other programs' files as statements */
enum status cmd_import(const struct args *args)
{
	struct job job = {
		.import.visitor.problem = take_problem,
		.import.warning = take_warning,
		.import.path = args->count > 3 ? args->words[3] : "-",
	};
	int format = take_word(args, 1, "format", &import_formats);
	enum status status;
	int table;

	if (format < 0)
		return STATUS_ERROR;
	table = take_word(args, 2, "table", &table_names);
	if (table < 0)
		return STATUS_ERROR;
	if (args->count > 4)
		return refuse_word(args, 4);
	if (out_json())
		return fail("import prints no JSON");
	if (prepare_file(job.import.path))
		return STATUS_ERROR;
	job.import.table = table;
	job.import.out = tmpfile();
	if (!job.import.out)
		return fail("temporary file: %s", strerror(errno));
	status = run_import(&job, format);
	fclose(job.import.out);
	return status;
}
