// SPDX-License-Identifier: GPL-2.0
/*
 * The command check: find what load would refuse or warn of, without the kernel.
 */
#include <linux/kernel.h>

#include "command.h"
#include "scope.h"
#include "warnings.h"

/**
 * struct check - a file being checked
 * @scope: whose entries it has
 * @path: of the file
 * @strict: whether warnings are errors
 * @policy: what it says
 */
struct check {
	struct scope scope;
	const char *path;
	bool strict;
	struct policy policy;
};

static size_t count_all(const struct policy *policy, u8 table)
{
	return count_records(policy, table, FAMILY_IPV4) +
	       count_records(policy, table, FAMILY_IPV6);
}

static void print_tables(const struct policy *policy)
{
	int id, family;

	out_object("tables");
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++) {
		out_object(name_of(&table_names, id));
		for (family = 0; family < FAMILIES; family++)
			out_number(name_of(&family_names, family), NULL,
				   count_records(policy, id, family));
		out_close();
	}
	out_close();
}

static void print_json(const struct policy *policy)
{
	out_object(NULL);
	out_array("errors");
	print_remarks(&policy->errors, out_remark);
	out_close();
	out_array("warnings");
	print_remarks(&policy->warnings, out_remark);
	out_close();
	print_tables(policy);
	out_close();
}

/* "policy.conf: 1,234 dynamic, 2 fixed, 0 dialup, 1 relay prefixes; no errors" */
static void print_summary(const struct policy *policy, const char *name)
{
	char text[GROUPED_MAX];
	int id;

	out_string(NULL, "%s:", name);
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
		out_text(" %s %s%s", group_digits(count_all(policy, id), text),
			 name_of(&table_names, id), id < OP25B_TABLE_MAX ? "," : "");
	out_text(" prefixes; no errors\n");
}

/* Of the policy as a whole, at no line of its file */
static int warn_of_nothing(struct check *check)
{
	struct policy *policy = &check->policy;
	struct place place = { .file = file_name(check->path) };

	if (!is_whole(&check->scope) || count_all(policy, OP25B_TABLE_DYNAMIC) ||
	    policy->settings[OP25B_A_SETTINGS_MODE] != OP25B_MODE_ENFORCE)
		return 0;
	return note_warning(policy, &place,
			    "table dynamic is empty: this policy blocks nothing");
}

static enum status print_result(const struct check *check)
{
	const struct policy *policy = &check->policy;

	if (out_json())
		print_json(policy);
	else if (policy->errors.count)
		print_remarks(&policy->errors, print_error);
	else
		print_summary(policy, file_name(check->path));
	if (policy->errors.count)
		return STATUS_NEGATIVE;
	if (!out_json())
		print_warnings(policy);
	return check->strict && policy->warnings.count ? STATUS_NEGATIVE : STATUS_DONE;
}

static enum status check_file(struct check *check)
{
	const struct reading reading = {
		check->path, check->scope.provider, check->scope.all
	};
	const bool part = !is_whole(&check->scope);
	const bool served[FAMILIES] = { part, part };
	struct policy *policy = &check->policy;
	int err;

	init_policy(policy);
	if (!out_json())
		policy->warnings.limit = REMARKS_SHOWN;
	err = read_policy(policy, &reading);
	if (!err && !policy->errors.count)
		err = warn_of_nothing(check) ?: find_warnings(policy, served);
	return err ? fail_memory() : print_result(check);
}

/** cmd_check() - check a file */
enum status cmd_check(const struct args *args)
{
	struct check check = {
		.strict = option_value(args, &check_options.list[CHECK_STRICT]),
	};
	enum status status;

	if (read_scope(args, &check.scope))
		return STATUS_ERROR;
	if (only_file(args, &check.path) || prepare_file(check.path))
		return STATUS_ERROR;
	status = check_file(&check);
	free_policy(&check.policy);
	return status;
}
