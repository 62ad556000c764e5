// SPDX-License-Identifier: GPL-2.0
/*
 * The command diff: what load would change, or how two files differ.
 */
#include <linux/kernel.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "compare.h"
#include "running.h"
#include "scope.h"

/* How an entry differs */
enum difference {
	DIFFERENCE_REMOVED,
	DIFFERENCE_ADDED,
	DIFFERENCE_CHANGED,
	DIFFERENCES
};

static const struct {
	char mark;
	const char *key;
} difference_names[] = {
	[DIFFERENCE_REMOVED] = { '-', "removed" },
	[DIFFERENCE_ADDED] = { '+', "added" },
	[DIFFERENCE_CHANGED] = { '~', "changed" },
};

/**
 * struct diff - a comparison
 * @scope: whose entries the files have
 * @old: the path of the old file, NULL for the running policy
 * @new: the path of the new file
 * @before: the old entries and settings
 * @others: of the running policy, the entries of other owners
 * @after: the new entries and settings
 * @wanted: in JSON, the differences that are being printed
 * @differs: whether there are any
 */
struct diff {
	struct scope scope;
	const char *old;
	const char *new;
	struct policy before;
	struct policy others;
	struct policy after;
	enum difference wanted;
	bool differs;
};

/* Entries */

static int print_difference(const struct record *old, const struct record *new,
			    enum family_index family, void *data)
{
	enum difference difference = !new ? DIFFERENCE_REMOVED :
				     !old ? DIFFERENCE_ADDED : DIFFERENCE_CHANGED;
	struct statement statement = { .kind = STATEMENT_ADD };
	static const struct columns columns;
	struct diff *diff = data;

	diff->differs = true;
	if (out_json() && difference != diff->wanted)
		return 0;
	entry_of(new ? new : old, family, &statement.entry);
	if (out_json()) {
		print_entry_row(&statement.entry, &columns);
	} else {
		printf("%c ", difference_names[difference].mark);
		print_statement(stdout, &statement);
	}
	return out_failed() ? STATUS_ERROR : 0;
}

static void print_entries(struct diff *diff)
{
	if (!out_json()) {
		compare_entries(&diff->before, &diff->after, print_difference, diff);
		return;
	}
	for (diff->wanted = 0; diff->wanted < DIFFERENCES; diff->wanted++) {
		out_array(difference_names[diff->wanted].key);
		compare_entries(&diff->before, &diff->after, print_difference, diff);
		out_close();
	}
}

/* Settings */

static void out_setting(const char *key, const struct name *setting, u32 value)
{
	if (setting->choice == &switch_names)
		out_bool(key, NULL, value);
	else if (setting->choice)
		out_string(key, NULL, name_of(setting->choice, value));
	else
		out_number(key, NULL, value);
}

static void print_setting(struct diff *diff, u8 index)
{
	u32 old = diff->before.settings[index], new = diff->after.settings[index];
	const struct name *setting = &setting_names.list[index];
	struct statement statement = {
		.kind = STATEMENT_SET,
		.setting = index,
		.value = new,
	};

	if (old == new)
		return;
	diff->differs = true;
	if (out_json()) {
		out_object(setting->text);
		out_setting("from", setting, old);
		out_setting("to", setting, new);
		out_close();
	} else {
		printf("~ ");
		print_statement(stdout, &statement);
	}
}

/* Only operator's load has settings */
static void print_settings(struct diff *diff)
{
	size_t i;

	out_object("settings");
	for (i = 0; i < setting_names.count && is_whole(&diff->scope); i++)
		if (setting_names.list[i].text)
			print_setting(diff, i);
	out_close();
}

/* Address space */

/* Rounded up, so that a part of a /64 counts as one */
static u64 whole(double space)
{
	u64 floor = space >= 0x1p64 ? U64_MAX : (u64)space;

	return floor + (floor < space && floor < U64_MAX);
}

static const char *class_name(u8 class, u8 other)
{
	if (class != CLASS_NONE)
		return name_of(&table_names, class);
	return other == OP25B_TABLE_RELAY ? "none" : "other";
}

/* "dynamic → fixed: 256 IPv4 addresses, 16 IPv6 networks of /64" */
static void print_class(const struct changes *changes, u8 from, u8 to)
{
	u64 ipv4 = whole(changes->space[from][to][FAMILY_IPV4]);
	u64 ipv6 = whole(changes->space[from][to][FAMILY_IPV6]);
	char text[GROUPED_MAX];

	if (from == to || (!ipv4 && !ipv6))
		return;
	out_object(NULL);
	out_string("from", "%s → ", class_name(from, to));
	out_string("to", "%s:", class_name(to, from));
	out_number("ipv4", NULL, ipv4);
	out_number("ipv6", NULL, ipv6);
	if (ipv4)
		out_text(" %s IPv4 address%s", group_digits(ipv4, text), ipv4 == 1 ? "" : "es");
	if (ipv6)
		out_text("%s %s IPv6 network%s of /64", ipv4 ? "," : "",
			 group_digits(ipv6, text), ipv6 == 1 ? "" : "s");
	out_text("\n");
	out_close();
}

static void print_classes(const struct changes *changes)
{
	int from, to;

	out_array("classes");
	for (from = 0; from < CLASSES; from++)
		for (to = 0; to < CLASSES; to++)
			print_class(changes, from, to);
	out_close();
}

/* Returns a status */
static int compare_classes(const struct diff *diff, struct changes *changes)
{
	struct policy before = { 0 }, after = { 0 };
	int err;

	err = join_policies(&before, &diff->others, &diff->before, true) ?:
	      join_policies(&after, &diff->others, &diff->after, is_whole(&diff->scope));
	if (!err)
		compare_space(&before, &after, changes);
	free_policy(&before);
	free_policy(&after);
	return err ? fail_memory() : 0;
}

/* Returns a status */
static int print_all(struct diff *diff)
{
	struct changes changes;

	if (compare_classes(diff, &changes))
		return STATUS_ERROR;
	out_object(NULL);
	print_entries(diff);
	print_settings(diff);
	print_classes(&changes);
	out_close();
	return diff->differs ? STATUS_NEGATIVE : STATUS_DONE;
}

/* Input */

static enum status read_one(const struct diff *diff, const char *path,
			    struct policy *policy)
{
	const struct reading reading = { path, diff->scope.provider, diff->scope.all };

	init_policy(policy);
	/* nobody reads them */
	policy->warnings.limit = REMARKS_SHOWN;
	if (read_policy(policy, &reading))
		return fail_memory();
	print_remarks(&policy->errors, print_error);
	return policy->errors.count ? STATUS_ERROR : STATUS_DONE;
}

static int diff_running(struct kernel *kernel, void *data)
{
	struct diff *diff = data;
	int result = check_owner(kernel, acting_owner());

	if (!result)
		result = read_running(kernel, diff->scope.all ? NULL : acting_owner(),
				      &diff->before, &diff->others);
	return result ? result : print_all(diff);
}

static enum status run_diff(struct diff *diff)
{
	enum status status = read_one(diff, diff->new, &diff->after);

	if (diff->old && read_one(diff, diff->old, &diff->before))
		status = STATUS_ERROR;
	if (status)
		return status;
	return diff->old ? (enum status)print_all(diff) : with_kernel(diff_running, diff);
}

/** cmd_diff() - show what load would change, or how two files differ */
enum status cmd_diff(const struct args *args)
{
	struct diff diff = { 0 };
	enum status status;

	if (args->count > 3)
		return refuse_word(args, 3);
	if (args->count < 2 || !*args->words[1])
		return fail("missing file name: expected op25bctl diff FILE [FILE]");
	diff.new = args->words[args->count - 1];
	diff.old = args->count > 2 ? args->words[1] : NULL;
	if (read_scope(args, &diff.scope) || (diff.old && prepare_file(diff.old)) ||
	    prepare_file(diff.new))
		return STATUS_ERROR;
	status = run_diff(&diff);
	free_policy(&diff.before);
	free_policy(&diff.others);
	free_policy(&diff.after);
	return status;
}
