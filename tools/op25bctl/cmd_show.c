// SPDX-License-Identifier: GPL-2.0
/*
 * The commands show and stats: settings, counts and counters.
 */
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "netlink.h"

#define OUTCOMES	(OP25B_VERDICT_MAX + 1)

/* Columns of the tables of counters */
#define SUBJECT_WIDTH	10
#define OUTCOME_WIDTH	9
#define PACKETS_WIDTH	12
#define BYTES_WIDTH	15

/* Column of the values of settings, and bytes of their JSON keys */
#define SETTING_WIDTH	12
#define SETTING_KEY_MAX	32

#define PASSED	BIT(OP25B_VERDICT_PASS)
#define STOPPED	(BIT(OP25B_VERDICT_BLOCK) | BIT(OP25B_VERDICT_MONITOR))

/* The outcomes that each reason can have; none if it is not counted */
static const u8 reason_outcomes[OP25B_REASON_MAX + 1] = {
	[OP25B_REASON_RELAY] = PASSED,
	[OP25B_REASON_FIXED] = PASSED,
	[OP25B_REASON_DIALUP] = PASSED,
	[OP25B_REASON_OTHER] = PASSED,
	[OP25B_REASON_DYNAMIC] = STOPPED,
	[OP25B_REASON_RETURN] = STOPPED,
	[OP25B_REASON_MALFORMED] = STOPPED,
};

struct counter {
	u64 packets;
	u64 bytes;
};

/* The names that packets are counted by */
enum group {
	BY_LABEL,
	BY_PROVIDER,
	GROUPS
};

/* Of each of them: JSON key, heading, and what there is more of */
static const struct {
	const char *key;
	const char *heading;
	const char *plural;
} groups[] = {
	[BY_LABEL] = { "labels", "LABEL", "labels" },
	[BY_PROVIDER] = { "providers", "PROVIDER", "providers" },
};

/**
 * struct row - the counters of a combination of names
 * @name: the names, empty for none; that of a sum is in the place of its group
 * @counters: by outcome
 */
struct row {
	char name[GROUPS][OP25B_NAME_MAX + 1];
	struct counter counters[OUTCOMES];
};

/**
 * struct stats - all counters
 * @reasons: by reason and outcome
 * @replies_suppressed: replies not sent because of the reply rate
 * @rows: by label and provider, at most 65,535
 * @nr_rows: length of @rows
 * @room: rows that there is memory for
 */
struct stats {
	struct counter reasons[OP25B_REASON_MAX + 1][OUTCOMES];
	u64 replies_suppressed;
	struct row *rows;
	size_t nr_rows;
	size_t room;
};

/* Reading counters */

/**
 * struct stat - a counter as the kernel sends it
 * @reason: &enum op25b_reason
 * @of_names: whether it is of names instead of a reason
 * @name: the names, empty for none
 * @outcome: &enum op25b_verdict
 * @counter: its value
 */
struct stat {
	u8 reason;
	bool of_names;
	char name[GROUPS][OP25B_NAME_MAX + 1];
	u8 outcome;
	struct counter counter;
};

static void read_stat(const struct nlattr *nest, struct stat *stat)
{
	const struct nlattr *attr;

	memset(stat, 0, sizeof(*stat));
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_STAT_REASON:
			stat->reason = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_STAT_LABEL:
			read_text(attr, stat->name[BY_LABEL]);
			stat->of_names = true;
			break;
		case OP25B_A_STAT_PROVIDER:
			read_text(attr, stat->name[BY_PROVIDER]);
			stat->of_names = true;
			break;
		case OP25B_A_STAT_OUTCOME:
			stat->outcome = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_STAT_PACKETS:
			stat->counter.packets = mnl_attr_get_u64(attr);
			break;
		case OP25B_A_STAT_BYTES:
			stat->counter.bytes = mnl_attr_get_u64(attr);
			break;
		}
	}
}

/* The counters of names, which the kernel sends one after the other */
static struct row *row_of(struct stats *stats, const struct stat *stat)
{
	struct row *last = NULL;

	if (stats->nr_rows)
		last = &stats->rows[stats->nr_rows - 1];
	if (last && !memcmp(last->name, stat->name, sizeof(last->name)))
		return last;
	if (stats->nr_rows == stats->room) {
		size_t room = stats->room ? 2 * stats->room : 64;

		last = reallocarray(stats->rows, room, sizeof(*last));
		if (!last)
			return NULL;
		stats->rows = last;
		stats->room = room;
	}
	last = &stats->rows[stats->nr_rows++];
	memset(last, 0, sizeof(*last));
	memcpy(last->name, stat->name, sizeof(last->name));
	return last;
}

static int add_stat(struct stats *stats, const struct stat *stat)
{
	struct row *row;

	if (stat->outcome >= OUTCOMES || stat->reason > OP25B_REASON_MAX)
		return 0;
	if (!stat->of_names) {
		stats->reasons[stat->reason][stat->outcome] = stat->counter;
		return 0;
	}
	row = row_of(stats, stat);
	if (!row)
		return fail_memory();
	row->counters[stat->outcome] = stat->counter;
	return 0;
}

static int take_stats(const struct nlmsghdr *message, void *data)
{
	struct stats *stats = data;
	const struct nlattr *attr;
	struct stat stat;
	int result = 0;

	for_each_attr(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_REPLIES_SUPPRESSED:
			stats->replies_suppressed = mnl_attr_get_u64(attr);
			break;
		case OP25B_A_STAT:
			read_stat(attr, &stat);
			result = add_stat(stats, &stat);
			break;
		}
		if (result)
			return result;
	}
	return 0;
}

/* The rows are to be freed even on errors */
static int get_stats(struct kernel *kernel, struct stats *stats)
{
	union request buffer;

	memset(stats, 0, sizeof(*stats));
	return dump_kernel(kernel, start_request(kernel, &buffer,
						 OP25B_CMD_GET_STATS),
			   take_stats, stats);
}

/* stats */

/**
 * struct which - which counters to print
 * @provider: only those of this provider, or NULL
 * @all: those that have counted nothing, too
 * @reset: none; set them to zero instead
 */
struct which {
	const char *provider;
	bool all;
	bool reset;
};

static void print_reason_heading(void)
{
	out_cell(NULL, "REASON", SUBJECT_WIDTH);
	out_cell(NULL, "OUTCOME", OUTCOME_WIDTH);
	out_text("%*s  %*s", PACKETS_WIDTH, "PACKETS", BYTES_WIDTH, "BYTES");
	out_row_end();
}

static void print_cells(const struct counter *counter)
{
	out_number_cell("packets", counter->packets, PACKETS_WIDTH);
	out_number_cell("bytes", counter->bytes, BYTES_WIDTH);
}

/* The counters of a reason, a line for each of its outcomes */
static void print_reason(int reason, const struct counter *counters)
{
	const char *name = name_of(&reason_names, reason);
	int outcome;

	out_object(name);
	for (outcome = 0; outcome < OUTCOMES; outcome++) {
		if (!(reason_outcomes[reason] & BIT(outcome)))
			continue;
		out_object(name_of(&outcome_names, outcome));
		out_cell(NULL, name, SUBJECT_WIDTH);
		out_cell(NULL, name_of(&outcome_names, outcome), OUTCOME_WIDTH);
		print_cells(&counters[outcome]);
		out_row_end();
		out_close();
	}
	out_close();
}

static void print_reasons(const struct stats *stats)
{
	int reason;

	out_object("reasons");
	print_reason_heading();
	for (reason = 0; reason <= OP25B_REASON_MAX; reason++)
		if (reason_outcomes[reason])
			print_reason(reason, stats->reasons[reason]);
	out_close();
}

static bool has_counted(const struct row *row)
{
	int outcome;

	for (outcome = 0; outcome < OUTCOMES; outcome++)
		if (row->counters[outcome].packets)
			return true;
	return false;
}

static int compare_by_label(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name[BY_LABEL],
		      ((const struct row *)b)->name[BY_LABEL]);
}

static int compare_by_provider(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name[BY_PROVIDER],
		      ((const struct row *)b)->name[BY_PROVIDER]);
}

/* Adds the second row to the first */
static void add_counters(struct row *sum, const struct row *row)
{
	int outcome;

	for (outcome = 0; outcome < OUTCOMES; outcome++) {
		sum->counters[outcome].packets += row->counters[outcome].packets;
		sum->counters[outcome].bytes += row->counters[outcome].bytes;
	}
}

/*
 * Sums of all rows, or those of a provider, by one of their names, sorted; rows without
 * it are left out. To be freed, NULL without memory.
 */
static struct row *sum_rows(struct stats *stats, enum group by, const char *provider,
			    size_t *nr)
{
	struct row *sums = calloc(stats->nr_rows + 1, sizeof(*sums));
	size_t i;

	*nr = 0;
	if (!sums)
		return NULL;
	if (stats->nr_rows)
		qsort(stats->rows, stats->nr_rows, sizeof(*stats->rows),
		      by == BY_LABEL ? compare_by_label : compare_by_provider);
	for (i = 0; i < stats->nr_rows; i++) {
		const struct row *row = &stats->rows[i];

		if (!*row->name[by] ||
		    (provider && strcmp(row->name[BY_PROVIDER], provider)))
			continue;
		if (*nr && !strcmp(sums[*nr - 1].name[by], row->name[by]))
			add_counters(&sums[*nr - 1], row);
		else
			sums[(*nr)++] = *row;
	}
	return sums;
}

static void print_group_heading(enum group by, int width)
{
	out_cell(NULL, groups[by].heading, width);
	out_text("%*s  %*s  %*s  %*s", PACKETS_WIDTH, "BLOCKED", BYTES_WIDTH,
		 "BYTES", PACKETS_WIDTH, "MONITORED", BYTES_WIDTH, "BYTES");
	out_row_end();
}

/* A line, with both outcomes; in JSON an object for each of them */
static void print_row(const struct row *row, enum group by, int width)
{
	int outcome;

	out_object(row->name[by]);
	out_cell(NULL, row->name[by], width);
	for (outcome = 0; outcome < OUTCOMES; outcome++) {
		if (!(STOPPED & BIT(outcome)))
			continue;
		out_object(name_of(&outcome_names, outcome));
		print_cells(&row->counters[outcome]);
		out_close();
	}
	out_row_end();
	out_close();
}

/* In text without those that have counted nothing, unless all are wanted */
static void print_group(const struct row *sums, size_t nr, enum group by, bool all)
{
	int width = SUBJECT_WIDTH;
	size_t i, nr_shown = 0;

	all |= out_json();
	for (i = 0; i < nr; i++)
		if (all || has_counted(&sums[i])) {
			width = max(width, escaped_width(sums[i].name[by]));
			nr_shown++;
		}
	out_object(groups[by].key);
	if (nr_shown)
		print_group_heading(by, width);
	for (i = 0; i < nr; i++)
		if (all || has_counted(&sums[i]))
			print_row(&sums[i], by, width);
	out_close();
	if (nr_shown && nr_shown < nr)
		out_text("\n");
	if (nr_shown < nr)
		out_text("%s that have counted nothing: %zu, see stats --all\n",
			 groups[by].plural, nr - nr_shown);
}

static void print_stats(const struct stats *stats, struct row *const sums[GROUPS],
			const size_t nr[GROUPS], const struct which *which)
{
	bool first = which->provider;
	int by;

	out_object(NULL);
	if (!which->provider)
		print_reasons(stats);
	for (by = 0; by < GROUPS; by++) {
		if (nr[by] && !first)
			out_text("\n");
		first &= !nr[by];
		print_group(sums[by], nr[by], by, which->all);
	}
	if (!which->provider)
		out_number("replies_suppressed", "\nreplies suppressed: %s\n",
			   stats->replies_suppressed);
	out_close();
}

static int do_stats(struct kernel *kernel, void *data)
{
	const struct which *which = data;
	struct row *sums[GROUPS] = { 0 };
	struct stats stats;
	size_t nr[GROUPS];
	int err = get_stats(kernel, &stats), by;

	for (by = 0; by < GROUPS && !err; by++) {
		sums[by] = sum_rows(&stats, by, which->provider, &nr[by]);
		if (!sums[by])
			err = fail_memory();
	}
	if (!err)
		print_stats(&stats, sums, nr, which);
	for (by = 0; by < GROUPS; by++)
		free(sums[by]);
	free(stats.rows);
	return err;
}

static int do_reset(struct kernel *kernel, __maybe_unused void *data)
{
	return simple_call(kernel, OP25B_CMD_RESET_STATS, NULL, NULL);
}

/** cmd_stats() - print the counters, or set them to zero */
enum status cmd_stats(const struct args *args)
{
	struct which which = {
		.all = option_value(args, &stats_options.list[STATS_ALL]),
	};
	int i;

	for (i = 1; i < args->count; i++) {
		int option = find_name(&stats_options, args->words[i]);

		if (which.reset || option < 0)
			return refuse_word(args, i);
		if (option == STATS_RESET)
			which.reset = true;
		else if (take_provider(args, &i, &which.provider))
			return STATUS_ERROR;
	}
	if (which.reset && which.provider)
		return fail("reset sets all counters to zero: it takes no provider");
	return with_kernel(which.reset ? do_reset : do_stats, &which);
}

/* show */

/* "1.5 MiB" */
static void print_human_bytes(u64 bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = bytes / 1024.0;
	size_t i = 0;

	if (bytes < 1024)
		return;
	while (value >= 1024 && i + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		i++;
	}
	out_text(" (%.1f %s)", value, units[i]);
}

/* The JSON key of a setting has an underscore where its name has a dash */
static void print_setting(const struct name *setting, u32 value)
{
	char key[SETTING_KEY_MAX], *dash;

	snprintf(key, sizeof(key), "%s", setting->text);
	for (dash = key; (dash = strchr(dash, '-'));)
		*dash = '_';
	out_text("%-*s", SETTING_WIDTH, setting->text);
	if (setting->number)
		out_number(key, "%s", value);
	else if (setting->choice == &switch_names)
		out_bool(key, name_of(&switch_names, value), value);
	else
		out_string(key, "%s", name_of(setting->choice, value));
	out_text("%s\n", setting->unit ? setting->unit : "");
}

static void print_settings(const struct config *config)
{
	size_t i;

	for (i = 0; i < setting_names.count; i++)
		if (setting_names.list[i].text)
			print_setting(&setting_names.list[i],
				      config->settings[i]);
	out_number("generation", "generation  %s\n", config->generation);
	out_number("memory", "memory      %s bytes", config->memory);
	print_human_bytes(config->memory);
	out_text("\n\n");
}

static void print_tables(const struct config *config)
{
	u64 total = 0;
	int table, family;

	out_object("tables");
	out_text("%-8s%12s%12s\n", "TABLE", "IPV4", "IPV6");
	for (table = OP25B_TABLE_DYNAMIC; table <= OP25B_TABLE_MAX; table++) {
		const u32 *counts = config->counts[table];

		out_object(name_of(&table_names, table));
		out_text("%-8s", name_of(&table_names, table));
		for (family = 0; family < FAMILIES; family++) {
			out_number(name_of(&family_names, family), "%12s",
				   counts[family]);
			total += counts[family];
		}
		out_text("\n");
		out_close();
	}
	out_text("%llu of at most %u prefixes\n\n", (unsigned long long)total,
		 config->max_prefixes);
	out_close();
}

/* Sums by outcome, in text only */
static void print_outcomes(const struct stats *stats)
{
	struct counter sum[OUTCOMES] = { 0 };
	int reason, outcome;

	out_text("%-10s%12s%15s\n", "OUTCOME", "PACKETS", "BYTES");
	for (outcome = 0; outcome < OUTCOMES; outcome++) {
		for (reason = 0; reason <= OP25B_REASON_MAX; reason++) {
			const struct counter *counter =
				&stats->reasons[reason][outcome];

			sum[outcome].packets += counter->packets;
			sum[outcome].bytes += counter->bytes;
		}
		out_text("%-10s%12llu%15llu\n",
			 name_of(&outcome_names, outcome),
			 (unsigned long long)sum[outcome].packets,
			 (unsigned long long)sum[outcome].bytes);
	}
}

static int do_show(struct kernel *kernel, __maybe_unused void *data)
{
	struct config config;
	struct stats stats = { 0 };
	int err = get_config(kernel, &config);

	if (!err && !out_json())
		err = get_stats(kernel, &stats);
	if (!err) {
		out_object(NULL);
		print_settings(&config);
		print_tables(&config);
		print_outcomes(&stats);
		out_close();
	}
	free(stats.rows);
	return err;
}

/** cmd_show() - print the running policy without its entries */
enum status cmd_show(const struct args *args)
{
	if (args->count > 1)
		return refuse_word(args, 1);
	return with_kernel(do_show, NULL);
}
