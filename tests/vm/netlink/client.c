// SPDX-License-Identifier: GPL-2.0
/*
 * A client of the netlink family: requests and the kernel's raw answers.
 *
 * libnl builds and sends the messages. The answers are parsed here, since libnl's
 * error numbers lose information.
 */
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"

/* Buffer size for a request */
#define REQUEST_BYTES	65536
/* Buffer size for a datagram of an answer; a dump fills it */
#define ANSWER_BYTES	8192

/* The answer to the request that was sent last */
static union {
	struct nlmsghdr first;
	char bytes[ANSWER_BYTES];
} reply;

static void set_option(struct nl_sock *socket, int option)
{
	int on = 1;

	assert_int_equal(setsockopt(nl_socket_get_fd(socket), SOL_NETLINK,
				    option, &on, sizeof(on)), 0);
}

/** client_open() - make a socket */
struct client *client_open(void)
{
	struct client *client = malloc(sizeof(*client));

	assert_non_null(client);
	client->socket = nl_socket_alloc();
	assert_non_null(client->socket);
	nl_socket_set_msg_buf_size(client->socket, ANSWER_BYTES);
	assert_int_equal(nl_connect(client->socket, NETLINK_GENERIC), 0);
	client->family = genl_ctrl_resolve(client->socket, OP25B_GENL_NAME);
	client->group = genl_ctrl_resolve_grp(client->socket, OP25B_GENL_NAME,
					      OP25B_MCGRP_CONFIG);
	if (client->family < 0 || client->group < 0)
		fail_msg("the family or its group is not there");
	set_option(client->socket, NETLINK_EXT_ACK);
	set_option(client->socket, NETLINK_CAP_ACK);
	set_option(client->socket, NETLINK_GET_STRICT_CHK);
	return client;
}

/** client_close() - close the socket */
void client_close(struct client *client)
{
	nl_socket_free(client->socket);
	free(client);
}

/**
 * client_shrink_buffer() - shrink the receive buffer below two datagrams
 * @client: the socket
 *
 * The kernel then builds each datagram of a dump when the one before it is read.
 */
void client_shrink_buffer(struct client *client)
{
	int bytes = ANSWER_BYTES / 2;

	assert_int_equal(setsockopt(nl_socket_get_fd(client->socket), SOL_SOCKET,
				    SO_RCVBUF, &bytes, sizeof(bytes)), 0);
}

/**
 * request() - begin a request
 * @client: the socket
 * @command: &enum op25b_cmd
 *
 * Return: the message, to be passed on to client_send().
 */
struct nl_msg *request(struct client *client, int command)
{
	struct nl_msg *message = nlmsg_alloc_size(REQUEST_BYTES);

	assert_non_null(message);
	assert_non_null(genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ,
				    client->family, 0, NLM_F_REQUEST | NLM_F_ACK,
				    command, OP25B_GENL_VERSION));
	return message;
}

/** client_send() - send a request and free it */
void client_send(struct client *client, struct nl_msg *message)
{
	nl_complete_msg(client->socket, message);
	if (nl_send(client->socket, message) < 0)
		fail_msg("cannot send: %s", strerror(errno));
	nlmsg_free(message);
}

/* Reads the extended ACK of an error or of the end of a dump */
static void read_ack(const struct nlmsghdr *message, size_t offset,
		     struct answer *answer)
{
	struct nlattr *attr = nlmsg_data(message) + NLMSG_ALIGN(offset);
	int rest = nlmsg_datalen(message) - NLMSG_ALIGN(offset);

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; nla_ok(attr, rest); attr = nla_next(attr, &rest)) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			nla_strlcpy(answer->text, attr, sizeof(answer->text));
		if (nla_type(attr) == NLMSGERR_ATTR_OFFS)
			answer->offset = nla_get_u32(attr);
	}
}

static void read_end(const struct nlmsghdr *message, struct answer *answer)
{
	const int *error = nlmsg_data(message);
	size_t offset = message->nlmsg_type == NLMSG_DONE ?
			sizeof(*error) : sizeof(struct nlmsgerr);

	if (message->nlmsg_type == NLMSG_ERROR && *error)
		assert_true(message->nlmsg_flags & NLM_F_CAPPED);
	answer->error = -*error;
	read_ack(message, offset, answer);
}

/* Reads the messages of a datagram; returns whether it ends the answer */
static bool read_datagram(int bytes, message_look look, void *data,
			  struct answer *answer)
{
	struct nlmsghdr *message = &reply.first;

	for (; nlmsg_ok(message, bytes); message = nlmsg_next(message, &bytes)) {
		if (message->nlmsg_type == NLMSG_ERROR ||
		    message->nlmsg_type == NLMSG_DONE) {
			read_end(message, answer);
			return true;
		}
		answer->reply = message;
		if (look)
			look(message, data);
	}
	return false;
}

/**
 * dump_some() - receive one datagram of an answer
 * @client: the socket
 * @look: called for each message, or NULL
 * @data: for @look
 * @answer: updated; zero it before the first datagram
 *
 * Return: whether the answer is complete.
 */
bool dump_some(struct client *client, message_look look, void *data,
	       struct answer *answer)
{
	int bytes = recv(nl_socket_get_fd(client->socket), &reply,
			 sizeof(reply), MSG_TRUNC);

	if (bytes < 0)
		fail_msg("cannot receive: %s", strerror(errno));
	assert_in_range(bytes, sizeof(struct nlmsghdr), sizeof(reply));
	return read_datagram(bytes, look, data, answer);
}

/** dump_rest() - receive all datagrams up to the end of an answer */
struct answer dump_rest(struct client *client, message_look look, void *data)
{
	struct answer answer = { 0 };

	while (!dump_some(client, look, data, &answer))
		;
	return answer;
}

/* Copies a reply to where the next datagram does not overwrite it */
static void keep_reply(const struct nlmsghdr *message, void *data)
{
	static union {
		struct nlmsghdr first;
		char bytes[ANSWER_BYTES];
	} kept;

	memcpy(&kept, message, message->nlmsg_len);
	*(struct nlmsghdr **)data = &kept.first;
}

/** client_answer() - wait for the answer to a request that was sent */
struct answer client_answer(struct client *client)
{
	struct nlmsghdr *kept = NULL;
	struct answer answer = dump_rest(client, keep_reply, &kept);

	answer.reply = kept;
	return answer;
}

/** call() - send a request and wait for its answer */
struct answer call(struct client *client, struct nl_msg *message)
{
	client_send(client, message);
	return client_answer(client);
}

/** call_simply() - make a request without attributes */
struct answer call_simply(struct client *client, int command)
{
	return call(client, request(client, command));
}
