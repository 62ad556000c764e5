// SPDX-License-Identifier: GPL-2.0
/*
 * Update messages: many statements in one, and whose fault a refusal is.
 *
 * Called by the commands that change the policy, with one update a process. The
 * message grows until it is full, is sent, and is kept until the kernel has
 * answered, with the origin of each of its operations.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "update.h"

/* What the message may grow to, and more than one operation adds to it */
#define UPDATE_BYTES		65536
#define OPERATION_BYTES		256
#define OPERATIONS_MAX		4096

/**
 * struct operation - an operation of the message
 * @offset: of its attribute, bytes from the start of the message
 * @origin: of its statement
 */
struct operation {
	u32 offset;
	struct origin origin;
};

/**
 * struct update - the message that is being filled or has been refused
 * @kernel: where to send it
 * @count: how many operations it has
 * @operations: they
 * @message: the message
 */
struct update {
	struct kernel *kernel;
	size_t count;
	struct operation operations[OPERATIONS_MAX];
	union {
		struct nlmsghdr message;
		char bytes[UPDATE_BYTES];
	};
};

/* The part of a statement that each attribute of an entry is about */
static const enum statement_part entry_parts[] = {
	[OP25B_A_ENTRY_TABLE] = PART_TABLE,
	[OP25B_A_ENTRY_ADDRESS] = PART_OBJECT,
	[OP25B_A_ENTRY_PREFIX_LEN] = PART_OBJECT,
	[OP25B_A_ENTRY_FLAGS] = PART_MONITOR,
	[OP25B_A_ENTRY_TIMEOUT] = PART_TIMEOUT,
	[OP25B_A_ENTRY_LABEL] = PART_LABEL,
};

static void start_update(struct update *update)
{
	size_t i;

	for (i = 0; i < update->count; i++)
		release_origin(&update->operations[i].origin);
	update->count = 0;
	start_request(update->kernel, &update->message, OP25B_CMD_UPDATE);
}

/**
 * open_update() - make an empty update
 * @kernel: where it will be sent
 *
 * Return: the update, or NULL without memory.
 */
struct update *open_update(struct kernel *kernel)
{
	struct update *update = malloc(sizeof(*update));

	if (!update)
		return NULL;
	update->kernel = kernel;
	update->count = 0;
	start_update(update);
	return update;
}

/**
 * close_update() - forget an update
 * @update: the update, or NULL
 */
void close_update(struct update *update)
{
	if (update)
		start_update(update);
	free(update);
}

static void put_entry(struct nlmsghdr *message, u16 type,
		      const struct entry *entry)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put_u8(message, OP25B_A_ENTRY_TABLE, entry->table);
	mnl_attr_put(message, OP25B_A_ENTRY_ADDRESS,
		     entry->prefix.family == AF_INET ? 4 : 16,
		     entry->prefix.address);
	mnl_attr_put_u8(message, OP25B_A_ENTRY_PREFIX_LEN,
			entry->prefix.length);
	if (entry->flags)
		mnl_attr_put_u32(message, OP25B_A_ENTRY_FLAGS, entry->flags);
	if (entry->timeout)
		mnl_attr_put_u32(message, OP25B_A_ENTRY_TIMEOUT,
				 entry->timeout);
	if (*entry->label)
		mnl_attr_put_strz(message, OP25B_A_ENTRY_LABEL, entry->label);
	mnl_attr_nest_end(message, nest);
}

static void put_setting(struct nlmsghdr *message,
			const struct statement *statement)
{
	struct nlattr *nest = mnl_attr_nest_start(message, OP25B_A_SET);

	if (statement->setting == OP25B_A_SETTINGS_REPLY_RATE)
		mnl_attr_put_u32(message, statement->setting,
				 statement->value);
	else
		mnl_attr_put_u8(message, statement->setting, statement->value);
	mnl_attr_nest_end(message, nest);
}

static void put_operation(struct nlmsghdr *message,
			  const struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_SET:
		put_setting(message, statement);
		break;
	case STATEMENT_ADD:
		put_entry(message, OP25B_A_ADD, &statement->entry);
		break;
	case STATEMENT_DEL:
		put_entry(message, OP25B_A_DEL, &statement->entry);
		break;
	default:
		mnl_attr_put_u8(message, OP25B_A_FLUSH,
				statement->entry.table);
	}
}

/**
 * put_statement() - add an operation, and send the update when it is full
 * @update: the update
 * @statement: what to do
 * @origin: where that is from
 *
 * Return: 0 or a negative error number.
 */
int put_statement(struct update *update, const struct statement *statement,
		  const struct origin *origin)
{
	struct operation *operation = &update->operations[update->count++];

	operation->offset = update->message.nlmsg_len;
	operation->origin = *origin;
	hold_origin(origin);
	put_operation(&update->message, statement);
	if (update->count < OPERATIONS_MAX &&
	    update->message.nlmsg_len + OPERATION_BYTES <= UPDATE_BYTES)
		return 0;
	return send_update(update);
}

/**
 * send_update() - send what the update has, and wait for the answer
 * @update: the update; empty afterwards, unless the kernel refuses it
 *
 * Return: 0 or a negative error number.
 */
int send_update(struct update *update)
{
	int err;

	if (!update->count)
		return 0;
	err = call_kernel(update->kernel, &update->message, NULL, NULL);
	if (!err)
		start_update(update);
	return err;
}

/* Refusals */

static u32 offset_of(const struct update *update, const struct nlattr *attr)
{
	return (const char *)attr - update->bytes;
}

/* The part of the statement that the attribute at the offset is about */
static enum statement_part part_at(const struct update *update,
				   const struct operation *operation,
				   u32 offset)
{
	const struct nlattr *nest, *attr;
	u16 type, inner = 0;

	nest = (const void *)(update->bytes + operation->offset);
	type = mnl_attr_get_type(nest);
	if (type == OP25B_A_FLUSH)
		return PART_TABLE;
	mnl_attr_for_each_nested(attr, nest)
		if (offset_of(update, attr) <= offset)
			inner = mnl_attr_get_type(attr);
	if (!inner)
		return PART_VERB;
	return type == OP25B_A_SET ? PART_OBJECT : entry_parts[inner];
}

/**
 * complain_update() - say why the kernel refused the update, and where
 * @update: the update
 *
 * Return: STATUS_ERROR.
 */
enum status complain_update(const struct update *update)
{
	const struct refusal *refusal = &update->kernel->refusal;
	const struct operation *operation = NULL;
	struct place place = { 0 };
	size_t i;

	for (i = 0; i < update->count; i++)
		if (update->operations[i].offset <= refusal->offset)
			operation = &update->operations[i];
	if (operation)
		place = place_of(&operation->origin,
				 part_at(update, operation, refusal->offset));
	return complain(&place, refusal->text);
}
