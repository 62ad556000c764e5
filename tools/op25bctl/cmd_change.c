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
 */
struct change {
	struct visitor visitor;
	struct update *update;
	const char *path;
	const struct statement *statement;
	bool replace;
};

static int take_statement(struct visitor *visitor,
			  const struct statement *statement,
			  const struct origin *origin)
{
	struct change *change = container_of(visitor, struct change, visitor);

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

	if (change->path)
		status = visit_file(change->path, &change->visitor);
	else
		status = visit_statement(change->statement, &nowhere,
					 &change->visitor);
	if (!status && send_update(change->update))
		status = fail_update(change->update);
	return status;
}

static int begin(struct kernel *kernel, bool replace)
{
	union request buffer;
	struct nlmsghdr *request;

	request = start_request(kernel, &buffer, OP25B_CMD_BEGIN);
	if (replace)
		mnl_attr_put(request, OP25B_A_REPLACE, 0, NULL);
	return call_kernel(kernel, request, NULL, NULL);
}

/* Returns a negative error number, not yet printed, or a status */
static int try_transaction(struct kernel *kernel, struct change *change)
{
	int err = begin(kernel, change->replace);
	int status;

	if (err)
		return err;
	status = send_all(change);
	if (status) {
		simple_call(kernel, OP25B_CMD_ABORT, NULL, NULL);
		return status;
	}
	return simple_call(kernel, OP25B_CMD_COMMIT, NULL, NULL);
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
	int result;

	change->update = open_update(kernel, transaction);
	if (!change->update)
		return fail_memory();
	if (transaction)
		result = transact(kernel, change);
	else
		result = send_all(change);
	close_update(change->update);
	return result;
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

static enum status change_by_file(const struct args *args, bool replace)
{
	struct change change = { .replace = replace };

	if (only_file(args, &change.path) || prepare_file(change.path))
		return STATUS_ERROR;
	return change_policy(&change);
}

/** cmd_load() - replace the policy */
enum status cmd_load(const struct args *args)
{
	return change_by_file(args, true);
}

/** cmd_batch() - change the running policy */
enum status cmd_batch(const struct args *args)
{
	return change_by_file(args, false);
}
