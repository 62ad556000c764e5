// SPDX-License-Identifier: GPL-2.0
/*
 * The command load: a file replaces the entries of an owner.
 *
 * The file is also read into memory: once the kernel has accepted it, but before it is
 * in force, it is searched for what may not be intended, and compared with the running
 * policy if there is a guard.
 */
#include <linux/kernel.h>

#include "command.h"
#include "compare.h"
#include "running.h"
#include "scope.h"
#include "transaction.h"
#include "warnings.h"

#define MAX_PERCENT	100

/**
 * struct load - a load
 * @change: what it sends
 * @scope: whose entries the file has
 * @policy: what the file says
 * @warned: whether its warnings have been printed
 * @strict: whether warnings are errors
 * @guarded: whether there is a guard
 * @percent: the guard
 */
struct load {
	struct change change;
	struct scope scope;
	struct policy policy;
	bool warned;
	bool strict;
	bool guarded;
	u32 percent;
};

static void begin(struct change *change)
{
	struct load *load = container_of(change, struct load, change);

	free_policy(&load->policy);
	init_policy(&load->policy);
	load->policy.warnings.limit = REMARKS_SHOWN;
}

static int note(struct change *change, const struct statement *statement,
		const struct origin *origin)
{
	struct load *load = container_of(change, struct load, change);

	return note_statement(&load->policy, statement, origin) ? fail_memory() : 0;
}

static int take_warning(struct visitor *visitor, const struct place *place,
			const char *text)
{
	struct load *load = container_of(visitor, struct load, change.visitor);

	return note_warning(&load->policy, place, text) ? fail_memory() : 0;
}

/* Returns a status; @total is of the space before, @lost of that */
static int check_share(const struct load *load, enum family_index family, const char *what,
		       double lost, double total)
{
	static const char *const unit[FAMILIES] = {
		[FAMILY_IPV4] = "IPv4 addresses", [FAMILY_IPV6] = "IPv6 networks of /64",
	};

	if (lost * MAX_PERCENT <= total * load->percent)
		return 0;
	fail("nothing was applied: %.1f per cent of the %s %s, more than the guard of %u",
	     lost * MAX_PERCENT / total, unit[family], what, load->percent);
	return STATUS_NEGATIVE;
}

/* Returns a status */
static int check_shares(const struct load *load, const struct policy *old,
			const struct policy *new)
{
	enum family_index family;
	struct changes changes;
	int status = 0, i;

	compare_space(old, new, &changes);
	for (family = 0; family < FAMILIES; family++) {
		double lost = changes.space[OP25B_TABLE_FIXED][OP25B_TABLE_DYNAMIC][family] +
			      changes.space[OP25B_TABLE_DIALUP][OP25B_TABLE_DYNAMIC][family];
		double gone = changes.space[OP25B_TABLE_RELAY][CLASS_NONE][family];
		double exempt = 0;

		for (i = 0; i < CLASSES; i++)
			exempt += changes.space[OP25B_TABLE_FIXED][i][family] +
				  changes.space[OP25B_TABLE_DIALUP][i][family];
		status = check_share(load, family,
				     "in fixed or dialup would become dynamic",
				     lost, exempt) ?: status;
		status = check_share(load, family, "of relays would be lost", gone,
				     gone + changes.space[OP25B_TABLE_RELAY]
							 [OP25B_TABLE_RELAY][family]) ?:
			 status;
	}
	return status;
}

/* Returns a negative error number, not yet printed, or a status */
static int check_guard(struct load *load, struct kernel *kernel)
{
	struct policy own, others, old = { 0 }, new = { 0 };
	int result = read_running(kernel, load->scope.all ? NULL : acting_owner(), &own,
				  &others);

	if (!result && (join_policies(&old, &others, &own, true) ||
			join_policies(&new, &others, &load->policy,
				      is_whole(&load->scope))))
		result = fail_memory();
	if (!result)
		result = check_shares(load, &old, &new);
	free_policy(&own);
	free_policy(&others);
	free_policy(&old);
	free_policy(&new);
	return result;
}

/* Which families other owners may have relays of; returns as find_relays() */
static int find_served(const struct load *load, struct kernel *kernel,
		       bool served[FAMILIES])
{
	bool part = !is_whole(&load->scope);

	served[FAMILY_IPV4] = part;
	served[FAMILY_IPV6] = part;
	if (part || load->scope.all || (!lacks_relay(&load->policy, FAMILY_IPV4) &&
					!lacks_relay(&load->policy, FAMILY_IPV6)))
		return 0;
	return find_relays(kernel, acting_owner(), served);
}

/* Returns a negative error number, not yet printed, or a status */
static int check_warnings(struct load *load, struct kernel *kernel)
{
	bool served[FAMILIES];
	int result = find_served(load, kernel, served);

	if (result)
		return result;
	if (find_warnings(&load->policy, served))
		return fail_memory();
	if (!load->warned)
		print_warnings(&load->policy);
	load->warned = true;
	if (!load->strict || !load->policy.warnings.count)
		return 0;
	fail("nothing was applied: with --strict warnings are errors");
	return STATUS_NEGATIVE;
}

/* Returns a negative error number, not yet printed, or a status */
static int judge(struct change *change, struct kernel *kernel)
{
	struct load *load = container_of(change, struct load, change);
	int result;

	if (settle_policy(&load->policy))
		return fail_memory();
	result = check_warnings(load, kernel);
	return result || !load->guarded ? result : check_guard(load, kernel);
}

/* The value of an option, if it is given; returns whether that is so, or -EINVAL */
static int read_number(const struct args *args, enum load_option index, u32 *number,
		       struct problem *problem)
{
	const struct name *option = &load_options.list[index];
	const char *value = option_value(args, option);

	return value ? option_number(option, value, number, problem) ?: 1 : 0;
}

static enum status read_options(const struct args *args, struct load *load)
{
	struct problem problem;
	int given;

	if (read_number(args, LOAD_CONFIRM, &load->change.confirm, &problem) < 0)
		return fail("%s", problem.text);
	given = read_number(args, LOAD_GUARD, &load->percent, &problem);
	if (given < 0)
		return fail("%s", problem.text);
	load->guarded = given;
	load->strict = option_value(args, &load_options.list[LOAD_STRICT]);
	if (read_scope(args, &load->scope))
		return STATUS_ERROR;
	load->change.all = load->scope.all;
	load->change.provider = load->scope.provider;
	if (load->change.all && load->change.confirm)
		return fail("--all and --confirm exclude each other: load each owner's entries");
	return STATUS_DONE;
}

/** cmd_load() - replace the entries of an owner, or the policy */
enum status cmd_load(const struct args *args)
{
	struct load load = {
		.change = {
			.replace = true,
			.begin = begin,
			.note = note,
			.judge = judge,
			.visitor.warning = take_warning,
		},
	};
	enum status status;

	if (read_options(args, &load))
		return STATUS_ERROR;
	if (only_file(args, &load.change.path) || prepare_file(load.change.path))
		return STATUS_ERROR;
	status = change_policy(&load.change);
	free_policy(&load.policy);
	return status;
}
