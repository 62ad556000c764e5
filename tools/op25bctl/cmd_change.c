// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that change the running policy: single statements, batch, and the end of a
 * load that waits for confirmation.
 */
#include "command.h"
#include "transaction.h"

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
