// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that print entries: list for people and scripts, save for load.
 *
 * Small policies are printed in order. Large ones are printed as they come, in
 * the kernel's order, so that no policy takes more memory than SORTED_MAX
 * entries do.
 */
#include <arpa/inet.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "netlink.h"

#define SORTED_MAX	65536

/* Columns of the names of tables */
#define TABLE_WIDTH	7

/* How often to begin again when others change the policy meanwhile */
#define ATTEMPTS	10

/**
 * struct listing - entries being printed
 * @entries: those that wait for being sorted
 * @count: how many
 * @begun: whether the kernel has answered
 * @streaming: whether there were too many for that
 * @config: of the policy that they must be of, to print statements; or NULL
 * @changed: whether they are of a later one
 * @prefix_width: columns of the prefixes
 * @label_width: columns of the labels
 * @table: the only table to list, or 0
 * @family: the only family to list, or 0
 */
struct listing {
	struct entry *entries;
	size_t count;
	bool begun;
	bool streaming;
	const struct config *config;
	bool changed;
	int prefix_width;
	int label_width;
	u8 table;
	u8 family;
};

/* Settings and entries */

static void print_add(const struct entry *entry)
{
	struct statement statement = {
		.kind = STATEMENT_ADD,
		.entry = *entry,
	};

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
	printf("# op25b policy, generation %llu\n",
	       (unsigned long long)config->generation);
	print_setting(config, OP25B_A_SETTINGS_MODE);
	print_setting(config, OP25B_A_SETTINGS_ACTION);
	print_setting(config, OP25B_A_SETTINGS_RETURN);
	print_setting(config, OP25B_A_SETTINGS_REPLY_RATE);
}

static void print_row(const struct listing *listing, const struct entry *entry)
{
	bool monitor = entry->flags & OP25B_ENTRY_MONITOR;
	char text[PREFIX_TEXT_MAX];

	out_object(NULL);
	out_cell("table", name_of(table_names, ARRAY_SIZE(table_names),
				  entry->table), TABLE_WIDTH);
	out_cell("prefix", format_prefix(&entry->prefix, text),
		 listing->prefix_width);
	out_cell(*entry->label ? "label" : NULL, entry->label,
		 listing->label_width);
	if (entry->timeout)
		out_number("timeout", "timeout %s", entry->timeout);
	if (monitor)
		out_bool("monitor", entry->timeout ? " monitor" : "monitor",
			 monitor);
	out_row_end();
	out_close();
}

static void print_entry(const struct listing *listing,
			const struct entry *entry)
{
	if (listing->config)
		print_add(entry);
	else
		print_row(listing, entry);
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

/* As wide as the entries that wait need it */
static void print_heading(struct listing *listing)
{
	char text[PREFIX_TEXT_MAX];
	size_t i;

	listing->prefix_width = strlen("PREFIX");
	listing->label_width = strlen("LABEL");
	for (i = 0; i < listing->count; i++) {
		const struct entry *entry = &listing->entries[i];
		int prefix = strlen(format_prefix(&entry->prefix, text));

		listing->prefix_width = max(listing->prefix_width, prefix);
		listing->label_width = max(listing->label_width,
					   shown_width(entry->label));
	}
	out_cell(NULL, "TABLE", TABLE_WIDTH);
	out_cell(NULL, "PREFIX", listing->prefix_width);
	out_cell(NULL, "LABEL", listing->label_width);
	out_cell(NULL, "OPTIONS", 0);
	out_row_end();
}

static void print_waiting(struct listing *listing)
{
	size_t i;

	if (listing->config)
		print_settings(listing->config);
	else
		print_heading(listing);
	for (i = 0; i < listing->count; i++)
		print_entry(listing, &listing->entries[i]);
	listing->count = 0;
}

static void add_entry(struct listing *listing, const struct entry *entry)
{
	if (!listing->streaming && listing->count == SORTED_MAX) {
		listing->streaming = true;
		print_waiting(listing);
	}
	if (listing->streaming)
		print_entry(listing, entry);
	else
		listing->entries[listing->count++] = *entry;
}

/* The generation comes first; all messages have the same */
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
		print_waiting(listing);
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

/* One word of "list"; says whether it is a good one, and the first such */
static bool choose(struct listing *listing, const char *word)
{
	int table = find_name(table_names, ARRAY_SIZE(table_names), word);

	if (table >= 0 && !listing->table) {
		listing->table = table;
		return true;
	}
	if (listing->family)
		return false;
	if (!strcmp(word, "ipv4"))
		listing->family = AF_INET;
	else if (!strcmp(word, "ipv6"))
		listing->family = AF_INET6;
	return listing->family;
}

/** cmd_list() - print entries */
enum status cmd_list(int count, char **words)
{
	struct listing listing = { 0 };
	int i;

	for (i = 1; i < count; i++)
		if (!choose(&listing, words[i]))
			return refuse_word(words[0], words[i]);
	return with_kernel(do_list, &listing);
}

/* save */

static int do_save(struct kernel *kernel, __maybe_unused void *data)
{
	struct config config;
	int attempt, result;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct listing listing = { .config = &config };

		result = get_config(kernel, &config);
		if (!result)
			result = dump_entries(kernel, &listing);
		if (result || !listing.changed)
			return result;
	}
	return fail("the policy kept changing meanwhile: try again");
}

/** cmd_save() - print the policy as statements */
enum status cmd_save(int count, char **words)
{
	if (count > 1)
		return refuse_word(words[0], words[1]);
	if (out_json())
		return fail("save prints statements, not JSON: see show and list");
	return with_kernel(do_save, NULL);
}
