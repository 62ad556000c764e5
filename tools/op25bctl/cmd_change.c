// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that change the policy: one statement, load and batch.
 *
 * A change of more than one operation is a transaction: the kernel forgets it
 * unless it is committed, and closing the connection is enough for that.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "command.h"
#include "update.h"

/* How often to begin again when others change the policy meanwhile */
#define ATTEMPTS	10
/* The longest pause before that, in milliseconds */
#define PAUSE_MAX	200

/**
 * struct change - a change of the policy
 * @visitor: gets the statements
 * @update: collects them
 * @path: the file of statements; else
 * @statement: the one from the command line
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
		return complain_update(change->update);
	return 0;
}

static int take_problem(__maybe_unused struct visitor *visitor,
			const struct place *place, const char *text)
{
	return complain(place, text);
}

/* Sends everything; a status */
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
		status = complain_update(change->update);
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

/* A negative error number with nothing said, or a status */
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

/* Lets the others finish, and not all those who wait at the same time */
static void pause_shortly(void)
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
			pause_shortly();
	}
	return fail("the policy kept changing meanwhile, nothing was changed: try again");
}

static int apply_change(struct kernel *kernel, void *data)
{
	struct change *change = data;
	int result;

	change->update = open_update(kernel);
	if (!change->update)
		return fail_memory();
	if (change->path || change->statement->from)
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

/** cmd_statement() - make one change */
enum status cmd_statement(int count, char **args)
{
	struct statement statement;
	struct change change = { .statement = &statement };
	struct problem problem;
	struct words words;

	words_of_args(&words, count, args);
	if (parse_statement(&words, &statement, &problem))
		return fail("%s", problem.text);
	if (statement.from && prepare_file(statement.from))
		return STATUS_ERROR;
	return change_policy(&change);
}

static enum status change_by_file(int count, char **words, bool replace)
{
	struct change change = { .replace = replace };

	if (only_file(count, words, &change.path) ||
	    prepare_file(change.path))
		return STATUS_ERROR;
	return change_policy(&change);
}

/** cmd_load() - replace the policy */
enum status cmd_load(int count, char **words)
{
	return change_by_file(count, words, true);
}

/** cmd_batch() - change the running policy */
enum status cmd_batch(int count, char **words)
{
	return change_by_file(count, words, false);
}
