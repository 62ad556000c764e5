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
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

/* No less than the kernel puts into one datagram of a dump */
#define ANSWER_BYTES	65536
/* Enough for an update and what the kernel adds to its size */
#define SEND_BYTES	1048576

/* Errors for which the kernel may send no message */
static const struct {
	int error;
	const char *text;
} explanations[] = {
	{ EPERM, "permission denied: run as root, or with CAP_NET_ADMIN" },
	{ EOPNOTSUPP, "the loaded module lacks this request: load the version of op25bctl" },
	{ ENOMEM, "the kernel is out of memory" },
	{ ENOBUFS, "the kernel is out of memory for netlink messages: try again" },
	{ EMSGSIZE, "the request exceeds the socket's send buffer: raise net.core.wmem_max" },
	{ ESTALE, "the policy has changed in between: try again" },
	{ EBUSY, "too many transactions or requests at once: try again" },
};

static int refuse(struct kernel *kernel, int error, const char *text)
{
	kernel->refusal.error = error;
	kernel->refusal.offset = 0;
	snprintf(kernel->refusal.text, sizeof(kernel->refusal.text), "%s",
		 text);
	return error;
}

/* A refusal for which there is no message, or not yet */
static int refuse_error(struct kernel *kernel, int error)
{
	char text[PROBLEM_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(explanations); i++)
		if (explanations[i].error == -error)
			return refuse(kernel, error, explanations[i].text);
	snprintf(text, sizeof(text), "the kernel refused the request: %s",
		 strerror(-error));
	return refuse(kernel, error, text);
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
			refuse(kernel, kernel->refusal.error,
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

/* The connection */

static int take_family(const struct nlmsghdr *message, void *data)
{
	struct kernel *kernel = data;
	const struct nlattr *attr;

	for_each_attr(attr, message)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			kernel->family = mnl_attr_get_u16(attr);
	return 0;
}

/* Asking for the family makes the kernel load the module, if it may */
static int find_family(struct kernel *kernel)
{
	union request buffer;
	struct nlmsghdr *request;
	int err;

	kernel->family = GENL_ID_CTRL;
	request = start_request(kernel, &buffer, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, OP25B_GENL_NAME);
	err = call_kernel(kernel, request, take_family, kernel);
	if (err == -ENOENT)
		refuse(kernel, err, "the module is not loaded: run modprobe op25b");
	return err;
}

static void set_options(struct mnl_socket *socket)
{
	int fd = mnl_socket_get_fd(socket), on = 1, bytes = SEND_BYTES;

	/* Linux 4.20 and later have all of them */
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static int open_kernel(struct kernel *kernel)
{
	kernel->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!kernel->socket ||
	    mnl_socket_bind(kernel->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return refuse_error(kernel, -errno);
	set_options(kernel->socket);
	return find_family(kernel);
}

/**
 * with_kernel() - connect to the kernel, work, and disconnect
 * @work: the work
 * @data: for @work
 *
 * Disconnecting aborts an open transaction.
 *
 * Return: the status to exit with; a refusal has been printed.
 */
enum status with_kernel(kernel_work work, void *data)
{
	struct kernel kernel = { 0 };
	int result = open_kernel(&kernel);

	if (!result)
		result = work(&kernel, data);
	if (kernel.socket)
		mnl_socket_close(kernel.socket);
	if (result < 0)
		return fail("%s", kernel.refusal.text);
	return result;
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
 * read_label() - read a label
 * @attr: the attribute
 * @label: set to the label
 */
void read_label(const struct nlattr *attr, char label[OP25B_LABEL_MAX + 1])
{
	snprintf(label, OP25B_LABEL_MAX + 1, "%.*s",
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
			read_label(attr, entry->label);
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
