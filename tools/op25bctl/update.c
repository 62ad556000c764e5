// SPDX-License-Identifier: GPL-2.0
/*
 * Update messages: many statements in one message, and which of them was
 * refused.
 *
 * A message is kept until the kernel has answered, with the origin of each of
 * its operations.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "update.h"

/* Most bytes of a message, and of one operation */
#define UPDATE_BYTES		65536
#define OPERATION_BYTES		320

/**
 * struct operation - an operation of the message
 * @offset: of its attribute, in bytes from the start of the message
 * @origin: of its statement
 */
struct operation {
	u32 offset;
	struct origin origin;
};

/**
 * struct update - a message that is being filled or has been refused
 * @kernel: the connection to send it on
 * @transaction: whether it belongs to the transaction of that connection
 * @count: number of operations
 * @operations: the operations
 * @message: the message
 */
struct update {
	struct kernel *kernel;
	bool transaction;
	size_t count;
	struct operation operations[OP25B_OPERATIONS_MAX];
	union {
		struct nlmsghdr message;
		char bytes[UPDATE_BYTES];
	};
};

/* The part of a statement that each attribute of an entry comes from */
static const enum statement_part entry_parts[] = {
	[OP25B_A_ENTRY_TABLE] = PART_TABLE,
	[OP25B_A_ENTRY_ADDRESS] = PART_OBJECT,
	[OP25B_A_ENTRY_PREFIX_LEN] = PART_OBJECT,
	[OP25B_A_ENTRY_FLAGS] = PART_MONITOR,
	[OP25B_A_ENTRY_TIMEOUT] = PART_TIMEOUT,
	[OP25B_A_ENTRY_LABEL] = PART_LABEL,
	[OP25B_A_ENTRY_PROVIDER] = PART_PROVIDER,
	[OP25B_A_ENTRY_OWNER] = PART_OWNER,
};

static void start_update(struct update *update)
{
	size_t i;

	for (i = 0; i < update->count; i++)
		release_origin(&update->operations[i].origin);
	update->count = 0;
	start_request(update->kernel, &update->message, OP25B_CMD_UPDATE);
	if (update->transaction)
		mnl_attr_put(&update->message, OP25B_A_TRANSACTION, 0, NULL);
	else
		put_owner(update->kernel, &update->message, acting_owner());
}

/**
 * open_update() - create an update without operations
 * @kernel: the connection to send it on
 * @transaction: whether it belongs to the transaction of that connection
 *
 * Return: the update, or NULL without memory.
 */
struct update *open_update(struct kernel *kernel, bool transaction)
{
	struct update *update = malloc(sizeof(*update));

	if (!update)
		return NULL;
	update->kernel = kernel;
	update->transaction = transaction;
	update->count = 0;
	start_update(update);
	return update;
}

/**
 * close_update() - free an update
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
	if (*entry->provider)
		mnl_attr_put_strz(message, OP25B_A_ENTRY_PROVIDER, entry->provider);
	if (*entry->owner)
		mnl_attr_put_strz(message, OP25B_A_ENTRY_OWNER, entry->owner);
	mnl_attr_nest_end(message, nest);
}

static void put_setting(struct nlmsghdr *message,
			const struct statement *statement)
{
	struct nlattr *nest = mnl_attr_nest_start(message, OP25B_A_SET);

	if (setting_names.list[statement->setting].number)
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
 * put_statement() - add a statement, and send the update when it is full
 * @update: the update
 * @statement: the statement
 * @origin: where it comes from
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
	if (update->count < OP25B_OPERATIONS_MAX &&
	    update->message.nlmsg_len + OPERATION_BYTES <= UPDATE_BYTES)
		return 0;
	return send_update(update);
}

/**
 * send_update() - send the operations of an update and wait for the answer
 * @update: the update; without operations afterwards unless it was refused
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

/* The part of the statement that the attribute at the offset comes from */
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
 * fail_update() - print why the kernel refused an update, and where
 * @update: the update
 *
 * Return: STATUS_ERROR.
 */
enum status fail_update(const struct update *update)
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
	return fail_at(&place, refusal->text);
}
