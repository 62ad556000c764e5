// SPDX-License-Identifier: GPL-2.0
/*
 * The command show: settings, counts, and the sums of the counters.
 */
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "stats.h"

/* Column of the values of settings, and bytes of their JSON keys */
#define SETTING_WIDTH	12
#define SETTING_KEY_MAX	32

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

/* A load that waits for confirmation */
static void print_pending(const struct config *config)
{
	if (!config->pending)
		return;
	out_object("confirm");
	out_text("confirm     ");
	if (config->failing)
		out_bool("failing", "going back lacks memory, trying again", true);
	else if (!config->seconds)
		out_text("going back");
	else
		out_text("within %u s, or it goes back", config->seconds);
	out_number("seconds", NULL, config->seconds);
	out_string("owner", "; load of owner %s", config->owner);
	out_text("\n");
	out_close();
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
	out_text("\n");
	if (config->kept) {
		out_number("kept_memory", "kept        %s bytes", config->kept_memory);
		print_human_bytes(config->kept_memory);
		out_text(", to roll back to\n");
	}
	print_pending(config);
	out_text("\n");
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
