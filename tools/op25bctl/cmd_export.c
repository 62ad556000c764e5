// SPDX-License-Identifier: GPL-2.0
/*
 * The command export: a policy in the format of another program.
 *
 * No format but op25b's own can end an entry with its timeout. A dynamic range that has
 * one is left out, since it would block for ever; an exempt one is exported for good,
 * since it would be blocked. Both are said in a comment.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "command.h"
#include "compare.h"
#include "escape.h"
#include "export.h"
#include "file.h"
#include "range.h"
#include "running.h"

/* The last number of the community of a monitored range; those of tables are lower */
#define COMMUNITY_MONITORED	(OP25B_TABLE_MAX + 1)
/* The second number of all of them */
#define COMMUNITY_OP25B		25

/* What all formats share */

/**
 * add_range() - add a segment to ranges
 * @ranges: the ranges
 * @segment: addresses behind the last range
 *
 * Return: 0 or -ENOMEM.
 */
int add_range(struct ranges *ranges, const struct segment *segment)
{
	void *list;

	if (ranges->count) {
		struct address *last = &ranges->list[ranges->count - 1].last;

		if (follows(last, &segment->first)) {
			*last = segment->last;
			return 0;
		}
	}
	list = grow(ranges->list, ranges->count, &ranges->room, sizeof(*ranges->list));
	if (!list)
		return -ENOMEM;
	ranges->list = list;
	ranges->list[ranges->count].first = segment->first;
	ranges->list[ranges->count++].last = segment->last;
	return 0;
}

/**
 * format_address() - format an address
 * @address: the address
 * @family: its family
 * @text: set to it
 *
 * Return: @text.
 */
const char *format_address(const struct address *address, enum family_index family,
			   char text[PREFIX_TEXT_MAX])
{
	u8 bytes[16];

	write_address(address, bytes);
	inet_ntop(family == FAMILY_IPV4 ? AF_INET : AF_INET6, bytes, text, PREFIX_TEXT_MAX);
	return text;
}

static void print_prefix(const struct record *record, enum family_index family)
{
	struct entry entry;
	char text[PREFIX_TEXT_MAX];

	entry_of(record, family, &entry);
	printf("%s", format_prefix(&entry.prefix, text));
}

/**
 * print_head() - print the first lines of a file
 * @export: the policy
 * @program: what is to read the file
 */
void print_head(const struct export *export, const char *program)
{
	size_t others = 0;
	int id;

	printf("# The policy of op25b%s", export->name ? " in " : "");
	if (export->name)
		print_escaped(stdout, export->name);
	printf(", for %s\n", program);
	for (id = OP25B_TABLE_FIXED; id <= OP25B_TABLE_MAX; id++)
		others += export->timed[id];
	if (export->timed[OP25B_TABLE_DYNAMIC])
		printf("# Dynamic ranges with a timeout, left out as they would not end: %zu\n",
		       export->timed[OP25B_TABLE_DYNAMIC]);
	if (others)
		printf("# Other entries with a timeout, here without it: %zu\n", others);
}

static bool is_wanted(const struct export *export, const struct record *record)
{
	return !export->table || record->table == export->table;
}

/* Takes dynamic ranges with a timeout out of the policy */
static void leave_out_timed(struct export *export)
{
	enum space space;
	int family;

	for (space = 0; space < SPACES; space++) {
		for (family = 0; family < FAMILIES; family++) {
			struct records *records = &export->policy.records[space][family];
			size_t i, kept = 0;

			for (i = 0; i < records->count; i++) {
				const struct record *record = &records->list[i];

				if (record->timeout && is_wanted(export, record))
					export->timed[record->table]++;
				if (!record->timeout || record->table != OP25B_TABLE_DYNAMIC)
					records->list[kept++] = *record;
			}
			records->count = kept;
		}
	}
}

/* cidr */

static int export_cidr(const struct export *export)
{
	const struct records *records = export->policy.records[space_of(export->table)];
	enum family_index family;
	size_t i;

	print_head(export, "lists of prefixes: without labels, providers and flags");
	for (family = 0; family < FAMILIES; family++) {
		for (i = 0; i < records[family].count; i++) {
			const struct record *record = &records[family].list[i];

			if (!is_wanted(export, record))
				continue;
			print_prefix(record, family);
			printf("\n");
		}
	}
	return 0;
}

/* bird */

static u32 community_of(const struct record *record)
{
	return record->flags & OP25B_ENTRY_MONITOR ? COMMUNITY_MONITORED : record->table;
}

static void print_community(const struct export *export, const struct record *record)
{
	if (record)
		printf(" bgp_large_community.add((%u, %u, %u));", export->as,
		       COMMUNITY_OP25B, community_of(record));
}

/**
 * struct routes - static routes being printed
 * @export: the policy
 * @family: their family
 */
struct routes {
	const struct export *export;
	enum family_index family;
};

static int print_route(const struct record *subscriber, const struct record *relay,
		       void *data)
{
	const struct routes *routes = data;

	printf("\troute ");
	print_prefix(subscriber ? subscriber : relay, routes->family);
	printf(" unreachable {");
	print_community(routes->export, subscriber);
	print_community(routes->export, relay);
	printf(" };\n");
	return 0;
}

static int export_bird(const struct export *export)
{
	enum family_index family;
	int id;

	print_head(export, "BIRD 2 and 3");
	printf("# Labels and providers are left out: feeds.conf gives them to what it follows.\n"
	       "#\n"
	       "# Large communities:\n");
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
		printf("# (%u, %u, %d) %s\n", export->as, COMMUNITY_OP25B, id,
		       name_of(&table_names, id));
	printf("# (%u, %u, %u) %s, monitored only\n", export->as, COMMUNITY_OP25B,
	       COMMUNITY_MONITORED, name_of(&table_names, OP25B_TABLE_DYNAMIC));
	for (family = 0; family < FAMILIES; family++) {
		struct routes routes = { export, family };
		const char *name = name_of(&family_names, family);
		char digit = family == FAMILY_IPV4 ? '4' : '6';

		printf("\n%s table op25b%c;\n\nprotocol static op25b_static%c {\n"
		       "\t%s { table op25b%c; };\n", name, digit, digit, name, digit);
		visit_pairs(&export->policy.records[SPACE_SUBSCRIBERS][family],
			    &export->policy.records[SPACE_RELAYS][family], print_route,
			    &routes);
		printf("}\n");
	}
	return 0;
}

/* rbldnsd */

/* The prefixes that make up a range */
static void print_range(const struct address *first, const struct address *last,
			enum family_index family)
{
	struct range range = { .first.family = family == FAMILY_IPV4 ? AF_INET : AF_INET6 };
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;

	range.first.length = family == FAMILY_IPV4 ? 32 : 128;
	write_address(first, range.first.address);
	write_address(last, range.last);
	if (family == FAMILY_IPV4)
		memset(range.last + 4, 0, sizeof(range.last) - 4);
	while (next_prefix(&range, &prefix))
		printf("%s\n", format_prefix(&prefix, text));
}

/**
 * struct zone - a zone being collected
 * @dynamic: the ranges of the family
 * @err: 0 or -ENOMEM
 */
struct zone {
	struct ranges dynamic;
	int err;
};

static void add_to_zone(const struct segment *segment, void *data)
{
	struct zone *zone = data;

	if (!zone->err && segment->entry[0] &&
	    segment->entry[0]->table == OP25B_TABLE_DYNAMIC)
		zone->err = add_range(&zone->dynamic, segment);
}

static int print_zone(const struct export *export, enum family_index family)
{
	const struct records *records = &export->policy.records[SPACE_SUBSCRIBERS][family];
	struct zone zone = { 0 };
	size_t i;

	walk_space(family, &records, 1, add_to_zone, &zone);
	if (!zone.err && zone.dynamic.count) {
		printf("\n$DATASET %s @\n:127.0.0.2:Dynamic address, see RFC 5068\n",
		       family == FAMILY_IPV4 ? "ip4trie" : "ip6trie");
		for (i = 0; i < zone.dynamic.count; i++)
			print_range(&zone.dynamic.list[i].first, &zone.dynamic.list[i].last,
				    family);
	}
	free(zone.dynamic.list);
	return zone.err;
}

static int export_rbldnsd(const struct export *export)
{
	print_head(export, "rbldnsd: ZONE:combined:FILE");
	printf("# Dynamic ranges, monitored ones too, less those in fixed and dialup.\n");
	return print_zone(export, FAMILY_IPV4) ?: print_zone(export, FAMILY_IPV6);
}

/* The command */

static int (*const exporters[])(const struct export *export) = {
	[EXPORT_NFT] = export_nft,
	[EXPORT_RBLDNSD] = export_rbldnsd,
	[EXPORT_BIRD] = export_bird,
	[EXPORT_CIDR] = export_cidr,
};

static int read_from_kernel(struct kernel *kernel, void *data)
{
	struct export *export = data;
	struct policy nobody;
	int result = read_running(kernel, NULL, &export->policy, &nobody);

	free_policy(&nobody);
	return result;
}

static enum status read_from_file(struct export *export, const char *path)
{
	const struct reading reading = { .path = path, .owners = true };

	if (prepare_file(path))
		return STATUS_ERROR;
	export->name = file_name(path);
	init_policy(&export->policy);
	export->policy.warnings.limit = REMARKS_SHOWN;
	if (read_policy(&export->policy, &reading))
		return fail_memory();
	print_remarks(&export->policy.errors, print_error);
	return export->policy.errors.count ? STATUS_ERROR : STATUS_DONE;
}

static enum status run_export(struct export *export, int format, const char *path)
{
	enum status status = path ? read_from_file(export, path) :
				    with_kernel(read_from_kernel, export);

	if (status)
		return status;
	leave_out_timed(export);
	return exporters[format](export) ? fail_memory() : STATUS_DONE;
}

/** cmd_export() - print a policy in the format of another program */
enum status cmd_export(const struct args *args)
{
	struct export export = { .as = export_options.list[EXPORT_AS].standard };
	int format = take_word(args, 1, "format", &export_formats), table, next = 2;
	const char *as = option_value(args, &export_options.list[EXPORT_AS]);
	struct problem problem;
	enum status status;

	if (format < 0)
		return STATUS_ERROR;
	if (format == EXPORT_CIDR) {
		table = take_word(args, next++, "table", &table_names);
		if (table < 0)
			return STATUS_ERROR;
		export.table = table;
	}
	if (args->count > next + 1)
		return refuse_word(args, next + 1);
	if (out_json())
		return fail("export prints no JSON: use list");
	if (as && option_number(&export_options.list[EXPORT_AS], as, &export.as, &problem))
		return fail("%s", problem.text);
	status = run_export(&export, format, args->count > next ? args->words[next] : NULL);
	free_policy(&export.policy);
	return status;
}
