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

/**
 * struct label_stats - the counters of a label
 * @label: the label
 * @counters: by outcome
 */
struct label_stats {
	char label[OP25B_LABEL_MAX + 1];
	struct counter counters[OUTCOMES];
};

/**
 * struct stats - all counters
 * @reasons: by reason and outcome
 * @replies_suppressed: replies not sent because of the reply rate
 * @labels: by label, at most 65,535
 * @nr_labels: length of @labels
 * @room: labels that there is memory for
 */
struct stats {
	struct counter reasons[OP25B_REASON_MAX + 1][OUTCOMES];
	u64 replies_suppressed;
	struct label_stats *labels;
	size_t nr_labels;
	size_t room;
};

/* Reading counters */

/**
 * struct stat - a counter as the kernel sends it
 * @reason: &enum op25b_reason
 * @label: label instead of a reason, or empty
 * @outcome: &enum op25b_verdict
 * @counter: its value
 */
struct stat {
	u8 reason;
	char label[OP25B_LABEL_MAX + 1];
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
			read_label(attr, stat->label);
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

/* The counters of a label, which the kernel sends one after the other */
static struct label_stats *label_stats(struct stats *stats, const char *label)
{
	struct label_stats *last = NULL;

	if (stats->nr_labels)
		last = &stats->labels[stats->nr_labels - 1];
	if (last && !strcmp(last->label, label))
		return last;
	if (stats->nr_labels == stats->room) {
		size_t room = stats->room ? 2 * stats->room : 64;

		last = reallocarray(stats->labels, room, sizeof(*last));
		if (!last)
			return NULL;
		stats->labels = last;
		stats->room = room;
	}
	last = &stats->labels[stats->nr_labels++];
	memset(last, 0, sizeof(*last));
	strcpy(last->label, label);
	return last;
}

static int add_stat(struct stats *stats, const struct stat *stat)
{
	struct label_stats *label;

	if (stat->outcome >= OUTCOMES || stat->reason > OP25B_REASON_MAX)
		return 0;
	if (!*stat->label) {
		stats->reasons[stat->reason][stat->outcome] = stat->counter;
		return 0;
	}
	label = label_stats(stats, stat->label);
	if (!label)
		return fail_memory();
	label->counters[stat->outcome] = stat->counter;
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

static int compare_labels(const void *a, const void *b)
{
	return strcmp(((const struct label_stats *)a)->label,
		      ((const struct label_stats *)b)->label);
}

/* Sorts the labels; they are to be freed even on errors */
static int get_stats(struct kernel *kernel, struct stats *stats)
{
	union request buffer;
	int result;

	memset(stats, 0, sizeof(*stats));
	result = dump_kernel(kernel, start_request(kernel, &buffer,
						   OP25B_CMD_GET_STATS),
			     take_stats, stats);
	if (stats->nr_labels)
		qsort(stats->labels, stats->nr_labels, sizeof(*stats->labels),
		      compare_labels);
	return result;
}

/* stats */

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

static bool has_counted(const struct label_stats *label)
{
	int outcome;

	for (outcome = 0; outcome < OUTCOMES; outcome++)
		if (label->counters[outcome].packets)
			return true;
	return false;
}

static void print_label_heading(int width)
{
	out_text("\n");
	out_cell(NULL, "LABEL", width);
	out_text("%*s  %*s  %*s  %*s", PACKETS_WIDTH, "BLOCKED", BYTES_WIDTH,
		 "BYTES", PACKETS_WIDTH, "MONITORED", BYTES_WIDTH, "BYTES");
	out_row_end();
}

/* A line, with both outcomes; in JSON an object for each of them */
static void print_label(const struct label_stats *label, int width)
{
	int outcome;

	out_object(label->label);
	out_cell(NULL, label->label, width);
	for (outcome = 0; outcome < OUTCOMES; outcome++) {
		if (!(STOPPED & BIT(outcome)))
			continue;
		out_object(name_of(&outcome_names, outcome));
		print_cells(&label->counters[outcome]);
		out_close();
	}
	out_row_end();
	out_close();
}

/* In text without those that have counted nothing, unless all are wanted */
static void print_labels(const struct stats *stats, bool all)
{
	size_t i, nr_shown = 0;
	int width = SUBJECT_WIDTH;

	all |= out_json();
	for (i = 0; i < stats->nr_labels; i++)
		if (all || has_counted(&stats->labels[i])) {
			width = max(width,
				    escaped_width(stats->labels[i].label));
			nr_shown++;
		}
	out_object("labels");
	if (nr_shown)
		print_label_heading(width);
	for (i = 0; i < stats->nr_labels; i++)
		if (all || has_counted(&stats->labels[i]))
			print_label(&stats->labels[i], width);
	out_close();
	if (nr_shown < stats->nr_labels)
		out_text("\nlabels that have counted nothing: %zu, see stats --all\n",
			 stats->nr_labels - nr_shown);
}

static int do_stats(struct kernel *kernel, void *data)
{
	const bool *all = data;
	struct stats stats;
	int err = get_stats(kernel, &stats);

	if (!err) {
		out_object(NULL);
		print_reasons(&stats);
		print_labels(&stats, *all);
		out_number("replies_suppressed", "\nreplies suppressed: %s\n",
			   stats.replies_suppressed);
		out_close();
	}
	free(stats.labels);
	return err;
}

static int do_reset(struct kernel *kernel, __maybe_unused void *data)
{
	return simple_call(kernel, OP25B_CMD_RESET_STATS, NULL, NULL);
}

/** cmd_stats() - print the counters, or set them to zero */
enum status cmd_stats(const struct args *args)
{
	bool reset = args->count > 1 &&
		     find_name(&stats_options, args->words[1]) == STATS_RESET;
	bool all = option_value(args, &stats_options.list[STATS_ALL]);

	if (args->count > 1 + reset)
		return refuse_word(args, 1 + reset);
	return with_kernel(reset ? do_reset : do_stats, &all);
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
	free(stats.labels);
	return err;
}

/** cmd_show() - print the running policy without its entries */
enum status cmd_show(const struct args *args)
{
	if (args->count > 1)
		return refuse_word(args, 1);
	return with_kernel(do_show, NULL);
}
