// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that change the policy: single statements, load and batch.
 *
 * Files are sent in a transaction. Closing the connection aborts it.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "command.h"
#include "update.h"

/* Transactions to try while others change the policy */
#define ATTEMPTS	10
/* Longest pause between two of them, in milliseconds */
#define PAUSE_MAX	200

/**
 * struct change - a change of the policy
 * @visitor: callbacks for its statements
 * @update: collects them
 * @path: file of statements, or NULL
 * @statement: the statement on the command line, without @path
 * @replace: whether to start from an empty policy
 * @all: with @replace, whether it replaces the entries of all owners
 * @provider: of all entries of @path, or NULL
 * @confirm: seconds to confirm it in, 0 for none
 */
struct change {
	struct visitor visitor;
	struct update *update;
	const char *path;
	const struct statement *statement;
	bool replace;
	bool all;
	const char *provider;
	u32 confirm;
};

static int take_statement(struct visitor *visitor,
			  const struct statement *statement,
			  const struct origin *origin)
{
	struct change *change = container_of(visitor, struct change, visitor);
	struct place place;

	if (*statement->entry.owner && !change->all) {
		place = place_of(origin, PART_OWNER);
		return fail_at(&place, OWNER_NOT_HERE);
	}
	if (put_statement(change->update, statement, origin))
		return fail_update(change->update);
	return 0;
}

static int take_problem(__maybe_unused struct visitor *visitor,
			const struct place *place, const char *text)
{
	return fail_at(place, text);
}

/* Returns a status */
static int send_all(struct change *change)
{
	static const struct origin nowhere;
	int status;

	if (change->provider)
		status = visit_provider(change->path, change->provider,
					&change->visitor);
	else if (change->path)
		status = visit_file(change->path, &change->visitor);
	else
		status = visit_statement(change->statement, &nowhere,
					 &change->visitor);
	if (!status && send_update(change->update))
		status = fail_update(change->update);
	return status;
}

static int begin(struct kernel *kernel, const struct change *change)
{
	union request buffer;
	struct nlmsghdr *request;

	request = start_request(kernel, &buffer, OP25B_CMD_BEGIN);
	if (change->replace)
		mnl_attr_put(request, OP25B_A_REPLACE, 0, NULL);
	if (!change->all)
		put_owner(kernel, request, acting_owner());
	return call_kernel(kernel, request, NULL, NULL);
}

static int commit(struct kernel *kernel, const struct change *change)
{
	union request buffer;
	struct nlmsghdr *request;

	request = start_request(kernel, &buffer, OP25B_CMD_COMMIT);
	if (change->confirm)
		mnl_attr_put_u32(request, OP25B_A_CONFIRM, change->confirm);
	return call_kernel(kernel, request, NULL, NULL);
}

/* A load that changes nothing does not wait for confirmation */
static int warn_if_unchanged(struct kernel *kernel)
{
	struct config config;
	int err = get_config(kernel, &config);

	if (!err && !config.pending)
		warn("nothing has changed: there is nothing to confirm");
	return err;
}

/* Returns a negative error number, not yet printed, or a status */
static int try_transaction(struct kernel *kernel, struct change *change)
{
	int err = begin(kernel, change);
	int status;

	if (err)
		return err;
	status = send_all(change);
	if (status) {
		simple_call(kernel, OP25B_CMD_ABORT, NULL, NULL);
		return status;
	}
	return commit(kernel, change);
}

/* Random, so that concurrent processes do not retry at the same time */
static void pause_briefly(void)
{
	struct timespec time = { 0 };
	u16 random = 0;

	if (getrandom(&random, sizeof(random), 0) < 0)
		random = 0;
	time.tv_nsec = (1 + random % PAUSE_MAX) * 1000000L;
	nanosleep(&time, NULL);
}

static int transact(struct kernel *kernel, struct change *change)
{
	int attempt, result = 0;

	for (attempt = 1; attempt <= ATTEMPTS; attempt++) {
		result = try_transaction(kernel, change);
		if (result != -ESTALE)
			return result;
		if (attempt < ATTEMPTS)
			pause_briefly();
	}
	return fail("others kept changing the policy, nothing was applied: try again");
}

static int apply_change(struct kernel *kernel, void *data)
{
	struct change *change = data;
	bool transaction = change->path || change->statement->from;
	int result = check_owner(kernel, acting_owner());

	if (!result && change->confirm)
		result = check_command(kernel, OP25B_CMD_CONFIRM);
	if (result)
		return result;
	change->update = open_update(kernel, transaction);
	if (!change->update)
		return fail_memory();
	if (transaction)
		result = transact(kernel, change);
	else
		result = send_all(change);
	close_update(change->update);
	return result || !change->confirm ? result : warn_if_unchanged(kernel);
}

static enum status change_policy(struct change *change)
{
	change->visitor.statement = take_statement;
	change->visitor.problem = take_problem;
	return with_kernel(apply_change, change);
}

/** cmd_statement() - apply a statement */
enum status cmd_statement(const struct args *args)
{
	struct statement statement;
	struct change change = { .statement = &statement };
	struct problem problem;
	struct words words;

	words_of_args(&words, args->count, args->words);
	if (parse_statement(&words, &statement, &problem))
		return fail("%s", problem.text);
	if (statement.from && prepare_file(statement.from))
		return STATUS_ERROR;
	return change_policy(&change);
}

/* The options of load; returns 0, or -EINVAL with the problem described */
static int read_load_options(const struct args *args, struct change *change,
			     struct problem *problem)
{
	static char owner[OP25B_NAME_MAX + sizeof("provider:")];
	static char provider[OP25B_NAME_MAX + 1];
	const struct name *options = load_options.list;
	const char *value;
	int err;

	change->all = option_value(args, &options[LOAD_ALL]);
	value = option_value(args, &options[LOAD_CONFIRM]);
	err = value ? option_number(&options[LOAD_CONFIRM], value, &change->confirm,
				    problem) : 0;
	value = option_value(args, &options[LOAD_PROVIDER]);
	if (err)
		return err;
	if (change->all && change->confirm)
		return set_problem(problem, 0,
				   "--all and --confirm exclude each other: load each owner's entries");
	if (change->all && value)
		return set_problem(problem, 0, "--all and --provider exclude each other");
	if ((change->all || value) && strcmp(acting_owner(), OP25B_OPERATOR))
		return set_problem(problem, 0, "--owner and %s exclude each other",
				   options[value ? LOAD_PROVIDER : LOAD_ALL].text);
	if (!value)
		return 0;
	err = option_text(&options[LOAD_PROVIDER], value, provider, problem);
	if (err)
		return err;
	change->provider = provider;
	snprintf(owner, sizeof(owner), "provider:%s", provider);
	use_owner(owner);
	return 0;
}

/** cmd_load() - replace the entries of an owner, or the policy */
enum status cmd_load(const struct args *args)
{
	struct change change = { .replace = true };
	struct problem problem;

	if (read_load_options(args, &change, &problem))
		return fail("%s", problem.text);
	if (only_file(args, &change.path) || prepare_file(change.path))
		return STATUS_ERROR;
	return change_policy(&change);
}

/** cmd_batch() - change the running policy */
enum status cmd_batch(const struct args *args)
{
	struct change change = { 0 };

	if (only_file(args, &change.path) || prepare_file(change.path))
		return STATUS_ERROR;
	return change_policy(&change);
}

static int do_end_load(struct kernel *kernel, void *data)
{
	const u8 *command = data;
	struct nlmsghdr *request;
	union request buffer;
	int err = check_command(kernel, *command);

	if (err)
		return err;
	request = start_request(kernel, &buffer, *command);
	put_owner(kernel, request, acting_owner());
	return call_kernel(kernel, request, NULL, NULL);
}

static enum status end_load(const struct args *args, u8 command)
{
	if (args->count > 1)
		return refuse_word(args, 1);
	return with_kernel(do_end_load, &command);
}

/** cmd_confirm() - confirm the owner's load that waits for it */
enum status cmd_confirm(const struct args *args)
{
	return end_load(args, OP25B_CMD_CONFIRM);
}

/** cmd_rollback() - go back to the policy before a load */
enum status cmd_rollback(const struct args *args)
{
	return end_load(args, OP25B_CMD_ROLLBACK);
}
