// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the policy: statements and files, sent to the kernel.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "transaction.h"

/* Transactions to try while others change the policy */
#define ATTEMPTS	10
/* Longest pause between two of them, in milliseconds */
#define PAUSE_MAX	200

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
	return change->note ? change->note(change, statement, origin) : 0;
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
	if (change->begin)
		change->begin(change);
	status = send_all(change);
	if (status) {
		simple_call(kernel, OP25B_CMD_ABORT, NULL, NULL);
		return status;
	}
	/* if it refuses, closing the connection aborts */
	if (change->judge)
		status = change->judge(change, kernel);
	return status ? status : commit(kernel, change);
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

/**
 * change_policy() - send a change to the kernel and have it applied
 * @change: the change
 *
 * Return: STATUS_DONE, or another one after printing an error.
 */
enum status change_policy(struct change *change)
{
	change->visitor.statement = take_statement;
	change->visitor.problem = take_problem;
	return with_kernel(apply_change, change);
}

