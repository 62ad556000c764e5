// SPDX-License-Identifier: GPL-2.0
/*
 * The commands list and save.
 *
 * Up to SORTED_MAX entries are sorted. More are printed as they come from the
 * kernel, so that memory is bounded.
 */
#include <arpa/inet.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "netlink.h"

#define SORTED_MAX	65536

/* Columns of a table's name */
#define TABLE_WIDTH	7

/* Dumps to try while others change the policy */
#define ATTEMPTS	10

/**
 * struct listing - entries being printed
 * @entries: entries to be sorted
 * @count: length of @entries
 * @begun: whether the kernel has answered
 * @streaming: whether there are too many to sort
 * @config: to print statements, the policy that the entries must be of; or NULL
 * @changed: whether they are of a later policy than @config
 * @columns: how wide the columns are
 * @table: the only table to list, or 0
 * @family: the only family to list, AF_INET or AF_INET6, or 0
 * @provider: the only provider to list, or NULL
 * @owner: the only owner to list, or NULL
 * @owners: whether to print owners as statements
 */
struct listing {
	struct entry *entries;
	size_t count;
	bool begun;
	bool streaming;
	const struct config *config;
	bool changed;
	struct columns columns;
	u8 table;
	u8 family;
	const char *provider;
	const char *owner;
	bool owners;
};

/* Settings and entries */

static void print_add(const struct listing *listing, const struct entry *entry)
{
	struct statement statement = {
		.kind = STATEMENT_ADD,
		.entry = *entry,
	};

	if (!listing->owners)
		statement.entry.owner[0] = '\0';
	print_statement(stdout, &statement);
}

static void print_setting(const struct config *config, u8 setting)
{
	struct statement statement = {
		.kind = STATEMENT_SET,
		.setting = setting,
		.value = config->settings[setting],
	};

	print_statement(stdout, &statement);
}

static void print_settings(const struct config *config)
{
	size_t i;

	printf("# op25b policy, generation %llu\n",
	       (unsigned long long)config->generation);
	for (i = 0; i < setting_names.count; i++)
		if (setting_names.list[i].text)
			print_setting(config, i);
}

/**
 * print_entry_row() - print an entry as a row of a table, or as a JSON object
 * @entry: the entry
 * @columns: how wide the columns are
 */
void print_entry_row(const struct entry *entry, const struct columns *columns)
{
	char text[PREFIX_TEXT_MAX];

	out_object(NULL);
	out_cell("table", name_of(&table_names, entry->table), TABLE_WIDTH);
	out_cell("prefix", format_prefix(&entry->prefix, text),
		 columns->prefix);
	out_cell(*entry->label ? "label" : NULL, entry->label,
		 columns->label);
	if (columns->provider || out_json())
		out_cell(*entry->provider ? "provider" : NULL, entry->provider,
			 columns->provider);
	if (columns->owner || out_json())
		out_cell(*entry->owner ? "owner" : NULL, entry->owner,
			 columns->owner);
	if (entry->timeout)
		out_number("timeout", "timeout %s", entry->timeout);
	if (entry->flags & OP25B_ENTRY_MONITOR)
		out_bool("monitor", entry->timeout ? " monitor" : "monitor",
			 true);
	out_row_end();
	out_close();
}

static void print_entry(const struct listing *listing,
			const struct entry *entry)
{
	if (listing->config)
		print_add(listing, entry);
	else
		print_entry_row(entry, &listing->columns);
}

/* All entries */

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order;

	if (a->table != b->table)
		return a->table - b->table;
	if (a->prefix.family != b->prefix.family)
		return a->prefix.family == AF_INET ? -1 : 1;
	order = memcmp(a->prefix.address, b->prefix.address,
		       sizeof(a->prefix.address));
	return order ? order : a->prefix.length - b->prefix.length;
}

/* With columns as wide as the entries so far need them */
static void print_heading(struct listing *listing)
{
	char text[PREFIX_TEXT_MAX];
	int provider = 0, owner = 0;
	size_t i;

	listing->columns.prefix = strlen("PREFIX");
	listing->columns.label = strlen("LABEL");
	for (i = 0; i < listing->count; i++) {
		const struct entry *entry = &listing->entries[i];
		int prefix = strlen(format_prefix(&entry->prefix, text));

		listing->columns.prefix = max(listing->columns.prefix, prefix);
		listing->columns.label = max(listing->columns.label,
					     escaped_width(entry->label));
		if (*entry->provider)
			provider = max(provider, escaped_width(entry->provider));
		if (*entry->owner)
			owner = max(owner, escaped_width(entry->owner));
	}
	/* of those that follow nothing is known */
	if (provider || listing->streaming)
		listing->columns.provider = max(provider, (int)strlen("PROVIDER"));
	if (owner || listing->streaming)
		listing->columns.owner = max(owner, (int)strlen("OWNER"));
	out_cell(NULL, "TABLE", TABLE_WIDTH);
	out_cell(NULL, "PREFIX", listing->columns.prefix);
	out_cell(NULL, "LABEL", listing->columns.label);
	if (listing->columns.provider)
		out_cell(NULL, "PROVIDER", listing->columns.provider);
	if (listing->columns.owner)
		out_cell(NULL, "OWNER", listing->columns.owner);
	out_cell(NULL, "OPTIONS", 0);
	out_row_end();
}

static void print_stored(struct listing *listing)
{
	size_t i;

	if (!listing->config)
		print_heading(listing);
	else if (listing->owners || !strcmp(listing->owner, OP25B_OPERATOR))
		print_settings(listing->config);
	for (i = 0; i < listing->count; i++)
		print_entry(listing, &listing->entries[i]);
	listing->count = 0;
}

static void add_entry(struct listing *listing, const struct entry *entry)
{
	if (!listing->streaming && listing->count == SORTED_MAX) {
		listing->streaming = true;
		print_stored(listing);
	}
	if (listing->streaming)
		print_entry(listing, entry);
	else
		listing->entries[listing->count++] = *entry;
}

static bool is_wanted(const struct listing *listing, const struct entry *entry)
{
	const char *owner = *entry->owner ? entry->owner : OP25B_OPERATOR;

	if (listing->provider && strcmp(entry->provider, listing->provider))
		return false;
	return !listing->owner || !strcmp(owner, listing->owner);
}

/* The generation precedes the entries and is the same in all messages */
static int take_entries(const struct nlmsghdr *message, void *data)
{
	struct listing *listing = data;
	const struct nlattr *attr;
	struct entry entry;

	if (!listing->begun && !listing->config)
		out_array(NULL);
	listing->begun = true;
	for_each_attr(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_GENERATION:
			listing->changed = listing->config &&
					   listing->config->generation !=
					   mnl_attr_get_u64(attr);
			break;
		case OP25B_A_ENTRY:
			if (listing->changed)
				break;
			read_entry(attr, &entry);
			if (is_wanted(listing, &entry))
				add_entry(listing, &entry);
			break;
		}
	}
	return out_failed() ? STATUS_ERROR : 0;
}

static int dump_entries(struct kernel *kernel, struct listing *listing)
{
	union request buffer;
	struct nlmsghdr *request;
	int result;

	listing->entries = calloc(SORTED_MAX, sizeof(*listing->entries));
	if (!listing->entries)
		return fail_memory();
	request = start_request(kernel, &buffer, OP25B_CMD_LIST);
	if (listing->table)
		mnl_attr_put_u8(request, OP25B_A_TABLE, listing->table);
	if (listing->family)
		mnl_attr_put_u8(request, OP25B_A_FAMILY, listing->family);
	result = dump_kernel(kernel, request, take_entries, listing);
	if (!result && !listing->streaming && !listing->changed) {
		qsort(listing->entries, listing->count,
		      sizeof(*listing->entries), compare_entries);
		print_stored(listing);
	}
	free(listing->entries);
	return result;
}

/* list */

static int do_list(struct kernel *kernel, void *data)
{
	struct listing *listing = data;
	int result = dump_entries(kernel, listing);

	if (listing->begun)
		out_close();
	return result;
}

/* Returns whether the word is the first table or the first family */
static bool choose(struct listing *listing, const char *word)
{
	int table = find_name(&table_names, word);
	int family = find_name(&family_names, word);

	if (table >= 0 && !listing->table)
		listing->table = table;
	else if (family >= 0 && !listing->family)
		listing->family = family == FAMILY_IPV4 ? AF_INET : AF_INET6;
	else
		return false;
	return true;
}

static bool is_known(const char *word)
{
	return find_name(&table_names, word) >= 0 ||
	       find_name(&family_names, word) >= 0;
}

static enum status refuse_unknown(const char *word)
{
	char tables[JOINED_MAX], families[JOINED_MAX];

	return fail("unknown table or family '%s': expected %s, %s", word,
		    join_names(tables, sizeof(tables), &table_names, ", ", ", "),
		    join_names(families, sizeof(families), &family_names, ", ",
			       " or "));
}

/** cmd_list() - print entries */
enum status cmd_list(const struct args *args)
{
	struct listing listing = { 0 };
	int i;

	for (i = 1; i < args->count; i++) {
		int option = find_name(&list_options, args->words[i]);

		if (option >= 0) {
			if (take_name(args, &i, &list_options.list[option],
				      option == LIST_OWNER ? &listing.owner :
							     &listing.provider))
				return STATUS_ERROR;
			continue;
		}
		if (!is_known(args->words[i]))
			return refuse_unknown(args->words[i]);
		if (!choose(&listing, args->words[i]))
			return refuse_word(args, i);
	}
	return with_kernel(do_list, &listing);
}

/* save */

static int do_save(struct kernel *kernel, void *data)
{
	const bool *all = data;
	struct config config;
	int attempt, result;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct listing listing = {
			.config = &config,
			.owner = *all ? NULL : acting_owner(),
			.owners = *all,
		};

		result = get_config(kernel, &config);
		if (!result)
			result = dump_entries(kernel, &listing);
		if (result || !listing.changed)
			return result;
	}
	return fail("others kept changing the policy: try again");
}

/** cmd_save() - print the policy as statements */
enum status cmd_save(const struct args *args)
{
	bool all = option_value(args, &save_options.list[SAVE_ALL]);

	if (args->count > 1)
		return refuse_word(args, 1);
	if (out_json())
		return fail("save prints no JSON: use show and list");
	if (all && strcmp(acting_owner(), OP25B_OPERATOR))
		return fail("--owner and --all exclude each other");
	return with_kernel(do_save, &all);
}
