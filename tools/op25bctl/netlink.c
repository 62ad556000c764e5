// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink requests to the family "op25b", and their answers.
 *
 * Functions return 0, a negative error number with the refusal described, or
 * what a message taker returned. In the last case the socket may hold the rest
 * of the answer and can only be closed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/kernel.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"

/* At least the size of a datagram of a dump */
#define ANSWER_BYTES	65536

/* Errors for which the kernel may send no message */
static const struct {
	int error;
	const char *text;
} explanations[] = {
	{ EPERM, "permission denied: run as root, or with CAP_NET_ADMIN" },
	{ ENOENT, "the module was unloaded: run modprobe op25b" },
	{ EOPNOTSUPP, "the loaded module lacks this request: load the version of op25bctl" },
	{ ENOMEM, "the kernel is out of memory" },
	{ ENOBUFS, "the kernel is out of memory for netlink messages: try again" },
	{ EMSGSIZE, "the request exceeds the socket's send buffer: raise net.core.wmem_max" },
	{ ESTALE, "the policy has changed in between: try again" },
	{ EBUSY, "too many transactions or requests at once: try again" },
};

/**
 * refuse() - describe a refusal
 * @kernel: the connection
 * @error: negative error number
 * @format: error message, as for printf()
 *
 * Return: @error.
 */
int refuse(struct kernel *kernel, int error, const char *format, ...)
{
	va_list args;

	kernel->refusal.error = error;
	kernel->refusal.offset = 0;
	va_start(args, format);
	vsnprintf(kernel->refusal.text, sizeof(kernel->refusal.text), format,
		  args);
	va_end(args);
	return error;
}

/**
 * refuse_error() - describe a refusal for which there is no message, or not yet
 * @kernel: the connection
 * @error: negative error number
 *
 * Return: @error.
 */
int refuse_error(struct kernel *kernel, int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(explanations); i++)
		if (explanations[i].error == -error)
			return refuse(kernel, error, "%s",
				      explanations[i].text);
	return refuse(kernel, error, "the kernel refused the request: %s",
		      strerror(-error));
}

/* Reads the attributes of an error, from the offset on */
static void read_ack(struct kernel *kernel, const struct nlmsghdr *message,
		     size_t offset)
{
	const struct nlattr *attr;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    offset > mnl_nlmsg_get_payload_len(message))
		return;
	mnl_attr_for_each(attr, message, offset) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			refuse(kernel, kernel->refusal.error, "%s",
			       mnl_attr_get_str(attr));
	}
	mnl_attr_for_each(attr, message, offset) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
		    !mnl_attr_validate(attr, MNL_TYPE_U32))
			kernel->refusal.offset = mnl_attr_get_u32(attr);
	}
}

/* The end of an answer that is not a dump */
static int read_error(struct kernel *kernel, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);

	if (!error->error)
		return 0;
	refuse_error(kernel, error->error);
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&error->msg);
	read_ack(kernel, message, offset);
	return error->error;
}

/* The end of a dump */
static int read_done(struct kernel *kernel, const struct nlmsghdr *message)
{
	const int *error = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error) || *error >= 0)
		return 0;
	refuse_error(kernel, *error);
	read_ack(kernel, message, sizeof(*error));
	return *error;
}

/* Sets *done at the end of the answer */
static int take_message(struct kernel *kernel, const struct nlmsghdr *message,
			message_taker take, void *data, bool *done)
{
	if (!mnl_nlmsg_seq_ok(message, kernel->sequence))
		return 0;
	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		*done = true;
		return read_error(kernel, message);
	case NLMSG_DONE:
		*done = true;
		return read_done(kernel, message);
	default:
		if (message->nlmsg_type < NLMSG_MIN_TYPE || !take)
			return 0;
		return take(message, data);
	}
}

static int receive_answer(struct kernel *kernel, message_taker take, void *data)
{
	static union {
		struct nlmsghdr first;
		char bytes[ANSWER_BYTES];
	} answer;
	bool done = false;

	while (!done) {
		const struct nlmsghdr *message = &answer.first;
		ssize_t received = mnl_socket_recvfrom(kernel->socket, &answer,
						       sizeof(answer));
		int rest = received, result = 0;

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return refuse_error(kernel, -errno);
		for (; !done && !result && mnl_nlmsg_ok(message, rest);
		     message = mnl_nlmsg_next(message, &rest))
			result = take_message(kernel, message, take, data,
					      &done);
		if (result)
			return result;
	}
	return 0;
}

static int send_request(struct kernel *kernel, struct nlmsghdr *request,
			u16 flags)
{
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	request->nlmsg_seq = ++kernel->sequence;
	if (mnl_socket_sendto(kernel->socket, request,
			      request->nlmsg_len) < 0)
		return refuse_error(kernel, -errno);
	return 0;
}

/**
 * start_request() - start a message to the family
 * @kernel: the connection
 * @buffer: room for the message
 * @command: &enum op25b_cmd
 *
 * Return: the message, without attributes.
 */
struct nlmsghdr *start_request(const struct kernel *kernel, void *buffer,
			       u8 command)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header;

	request->nlmsg_type = kernel->family;
	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	header->cmd = command;
	header->version = OP25B_GENL_VERSION;
	return request;
}

/**
 * call_kernel() - send a request and wait for the answer
 * @kernel: the connection
 * @request: the request
 * @take: takes the answer; NULL if there is none
 * @data: for @take
 *
 * Return: 0, a negative error number, or what @take returned.
 */
int call_kernel(struct kernel *kernel, struct nlmsghdr *request,
		message_taker take, void *data)
{
	int err = send_request(kernel, request, NLM_F_ACK);

	return err ? err : receive_answer(kernel, take, data);
}

/**
 * dump_kernel() - send a request for a dump and wait for its end
 * @kernel: the connection
 * @request: the request
 * @take: takes the messages
 * @data: for @take
 *
 * Return: 0, a negative error number, or what @take returned.
 */
int dump_kernel(struct kernel *kernel, struct nlmsghdr *request,
		message_taker take, void *data)
{
	int err = send_request(kernel, request, NLM_F_DUMP);

	return err ? err : receive_answer(kernel, take, data);
}

/**
 * check_command() - see whether the module is new enough
 * @kernel: the connection
 * @command: a command that it has to know, &enum op25b_cmd
 *
 * Return: 0 or a negative error number.
 */
int check_command(struct kernel *kernel, u8 command)
{
	return kernel->last_command >= command ? 0 :
	       refuse(kernel, -EOPNOTSUPP,
		      "the loaded module is too old for this: run op25b-reload");
}

/**
 * check_owner() - see whether the module can change entries of an owner
 * @kernel: the connection
 * @owner: the owner
 *
 * In a module without owners all entries are operator's.
 *
 * Return: 0 or a negative error number.
 */
int check_owner(struct kernel *kernel, const char *owner)
{
	return strcmp(owner, OP25B_OPERATOR) ? check_command(kernel, OP25B_CMD_ROLLBACK) : 0;
}

/**
 * put_owner() - say whose entries a request changes
 * @kernel: the connection
 * @request: the request
 * @owner: the owner, for which check_owner() has returned 0
 */
void put_owner(const struct kernel *kernel, struct nlmsghdr *request, const char *owner)
{
	if (kernel->last_command >= OP25B_CMD_ROLLBACK)
		mnl_attr_put_strz(request, OP25B_A_OWNER, owner);
}

/**
 * simple_call() - send a request without attributes and wait for the answer
 * @kernel: the connection
 * @command: &enum op25b_cmd
 * @take: takes the answer; NULL if there is none
 * @data: for @take
 *
 * Return: 0, a negative error number, or what @take returned.
 */
int simple_call(struct kernel *kernel, u8 command, message_taker take,
		void *data)
{
	union request buffer;

	return call_kernel(kernel, start_request(kernel, &buffer, command),
			   take, data);
}

/* Answers */

static void read_address(const struct nlattr *attr, struct prefix *prefix)
{
	u16 bytes = mnl_attr_get_payload_len(attr);

	prefix->family = bytes == 4 ? AF_INET : AF_INET6;
	memcpy(prefix->address, mnl_attr_get_payload(attr),
	       min_t(size_t, bytes, sizeof(prefix->address)));
}

/**
 * read_text() - read a label or a provider
 * @attr: the attribute
 * @text: set to it
 */
void read_text(const struct nlattr *attr, char text[OP25B_NAME_MAX + 1])
{
	snprintf(text, OP25B_NAME_MAX + 1, "%.*s",
		 (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
}

/**
 * read_entry() - read an entry
 * @nest: attribute with nested &enum op25b_entry_attr
 * @entry: set to the entry
 */
void read_entry(const struct nlattr *nest, struct entry *entry)
{
	const struct nlattr *attr;

	memset(entry, 0, sizeof(*entry));
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_ENTRY_TABLE:
			entry->table = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_ENTRY_ADDRESS:
			read_address(attr, &entry->prefix);
			break;
		case OP25B_A_ENTRY_PREFIX_LEN:
			entry->prefix.length = mnl_attr_get_u8(attr);
			break;
		case OP25B_A_ENTRY_FLAGS:
			entry->flags = mnl_attr_get_u32(attr);
			break;
		case OP25B_A_ENTRY_TIMEOUT:
			entry->timeout = mnl_attr_get_u32(attr);
			break;
		case OP25B_A_ENTRY_LABEL:
			read_text(attr, entry->label);
			break;
		case OP25B_A_ENTRY_PROVIDER:
			read_text(attr, entry->provider);
			break;
		case OP25B_A_ENTRY_OWNER:
			read_text(attr, entry->owner);
			break;
		}
	}
}

static void read_settings(const struct nlattr *nest, struct config *config)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		u16 type = mnl_attr_get_type(attr);

		if (type > OP25B_A_SETTINGS_MAX)
			continue;
		config->settings[type] = setting_names.list[type].number ?
					 mnl_attr_get_u32(attr) :
					 mnl_attr_get_u8(attr);
	}
}

static void read_count(const struct nlattr *nest, struct config *config)
{
	u32 count[OP25B_A_COUNT_MAX + 1] = { 0 };
	const struct nlattr *attr;
	u32 *counts;

	mnl_attr_for_each_nested(attr, nest) {
		u16 type = mnl_attr_get_type(attr);

		if (type == OP25B_A_COUNT_TABLE)
			count[type] = mnl_attr_get_u8(attr);
		else if (type <= OP25B_A_COUNT_MAX)
			count[type] = mnl_attr_get_u32(attr);
	}
	if (count[OP25B_A_COUNT_TABLE] > OP25B_TABLE_MAX)
		return;
	counts = config->counts[count[OP25B_A_COUNT_TABLE]];
	counts[FAMILY_IPV4] = count[OP25B_A_COUNT_IPV4];
	counts[FAMILY_IPV6] = count[OP25B_A_COUNT_IPV6];
}

static void read_pending(const struct nlattr *nest, struct config *config)
{
	const struct nlattr *attr;

	config->pending = true;
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_PENDING_SECONDS:
			config->seconds = mnl_attr_get_u32(attr);
			break;
		case OP25B_A_PENDING_OWNER:
			read_text(attr, config->owner);
			break;
		case OP25B_A_PENDING_FAILING:
			config->failing = true;
			break;
		}
	}
}

static int take_config(const struct nlmsghdr *message, void *data)
{
	struct config *config = data;
	const struct nlattr *attr;

	for_each_attr(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case OP25B_A_GENERATION:
			config->generation = mnl_attr_get_u64(attr);
			break;
		case OP25B_A_SETTINGS:
			read_settings(attr, config);
			break;
		case OP25B_A_COUNT:
			read_count(attr, config);
			break;
		case OP25B_A_MEMORY:
			config->memory = mnl_attr_get_u64(attr);
			break;
		case OP25B_A_MAX_PREFIXES:
			config->max_prefixes = mnl_attr_get_u32(attr);
			break;
		case OP25B_A_PENDING:
			read_pending(attr, config);
			break;
		case OP25B_A_KEPT_MEMORY:
			config->kept = true;
			config->kept_memory = mnl_attr_get_u64(attr);
			break;
		}
	}
	return 0;
}

/**
 * get_config() - get the running policy without its entries
 * @kernel: the connection
 * @config: set to it
 *
 * Return: 0 or a negative error number.
 */
int get_config(struct kernel *kernel, struct config *config)
{
	memset(config, 0, sizeof(*config));
	return simple_call(kernel, OP25B_CMD_GET, take_config, config);
}
