// SPDX-License-Identifier: GPL-2.0
/*
 * The command stats: counters by reason, label, provider and owner.
 */
#define _GNU_SOURCE
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "stats.h"

/* Columns of the tables of counters */
#define SUBJECT_WIDTH	10
#define OUTCOME_WIDTH	9
#define PACKETS_WIDTH	12
#define BYTES_WIDTH	15

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

/* Of each of them: JSON key, heading, and what there is more of */
static const struct {
	const char *key;
	const char *heading;
	const char *plural;
} groups[] = {
	[BY_LABEL] = { "labels", "LABEL", "labels" },
	[BY_PROVIDER] = { "providers", "PROVIDER", "providers" },
	[BY_OWNER] = { "owners", "OWNER", "owners" },
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
		case OP25B_A_STAT_OWNER:
			read_text(attr, stat->name[BY_OWNER]);
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

/**
 * get_stats() - get the counters
 * @kernel: the connection
 * @stats: set to them; @rows is to be freed, even on errors
 *
 * Return: 0 or a negative error number.
 */
int get_stats(struct kernel *kernel, struct stats *stats)
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
 * @owner: only those of this owner, or NULL
 * @all: those that have counted nothing, too
 * @reset: none; set them to zero instead
 */
struct which {
	const char *provider;
	const char *owner;
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

static int compare_rows(const void *a, const void *b, void *by)
{
	return strcmp(((const struct row *)a)->name[*(enum group *)by],
		      ((const struct row *)b)->name[*(enum group *)by]);
}

static bool is_wanted(const struct row *row, const struct which *which)
{
	const char *owner = *row->name[BY_OWNER] ? row->name[BY_OWNER] : OP25B_OPERATOR;

	if (which->provider && strcmp(row->name[BY_PROVIDER], which->provider))
		return false;
	return !which->owner || !strcmp(owner, which->owner);
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
 * Sums of the wanted rows by one of their names, sorted; rows without it are left out.
 * To be freed, NULL without memory.
 */
static struct row *sum_rows(struct stats *stats, enum group by, const struct which *which,
			    size_t *nr)
{
	struct row *sums = calloc(stats->nr_rows + 1, sizeof(*sums));
	size_t i;

	*nr = 0;
	if (!sums)
		return NULL;
	if (stats->nr_rows)
		qsort_r(stats->rows, stats->nr_rows, sizeof(*stats->rows),
			compare_rows, &by);
	for (i = 0; i < stats->nr_rows; i++) {
		const struct row *row = &stats->rows[i];

		if (!*row->name[by] || !is_wanted(row, which))
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
	bool chosen = which->provider || which->owner, first = chosen;
	int by;

	out_object(NULL);
	if (!chosen)
		print_reasons(stats);
	for (by = 0; by < GROUPS; by++) {
		if (nr[by] && !first)
			out_text("\n");
		first &= !nr[by];
		print_group(sums[by], nr[by], by, which->all);
	}
	if (!chosen)
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
		sums[by] = sum_rows(&stats, by, which, &nr[by]);
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
		else if (take_name(args, &i, &stats_options.list[option],
				   option == STATS_OWNER ? &which.owner :
							   &which.provider))
			return STATUS_ERROR;
	}
	if (which.reset && (which.provider || which.owner))
		return fail("reset sets all counters to zero: it takes no provider or owner");
	return with_kernel(which.reset ? do_reset : do_stats, &which);
}
