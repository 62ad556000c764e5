/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of the netlink family: requests and the kernel's raw answers.
 *
 * Only errors of the kernel's answers are returned. Any other error fails the
 * running test.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/op25b.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>

/**
 * struct client - a socket with the family's numbers
 * @socket: libnl's socket
 * @family: number of the family
 * @group: number of the multicast group "config"
 */
struct client {
	struct nl_sock *socket;
	int family;
	int group;
};

/**
 * struct answer - the kernel's answer to a request
 * @error: error number, 0 for success
 * @text: the extended-ACK sentence, empty if there was none
 * @offset: of the attribute at fault, in bytes from the start of the request; 0
 *	if none was named
 * @reply: the last message before the ACK, or NULL; valid until the next call
 */
struct answer {
	int error;
	char text[128];
	uint32_t offset;
	struct nlmsghdr *reply;
};

struct client *client_open(void);
void client_close(struct client *client);
void client_shrink_buffer(struct client *client);

/* Callback for a message of an answer */
typedef void (*message_look)(const struct nlmsghdr *message, void *data);

struct nl_msg *request(struct client *client, int command);
void client_send(struct client *client, struct nl_msg *message);
struct answer client_answer(struct client *client);
struct answer call(struct client *client, struct nl_msg *message);
struct answer call_simply(struct client *client, int command);

bool dump_some(struct client *client, message_look look, void *data,
	       struct answer *answer);
struct answer dump_rest(struct client *client, message_look look, void *data);

/* Fails the test unless the request succeeds */
#define assert_done(given) do {						\
	struct answer _answer = (given);				\
	if (_answer.error)						\
		fail_msg("refused: %s (%s)", strerror(_answer.error),	\
			 _answer.text);					\
} while (0)

/* Fails the test unless this error is returned; where is 0 if no attribute is named */
#define assert_refused(given, number, where, sentence) do {		\
	struct answer _answer = (given);				\
	assert_int_equal(_answer.error, number);			\
	assert_string_equal(_answer.text, sentence);			\
	assert_int_equal(_answer.offset, where);			\
} while (0)

/* Offset of an attribute in its request */
static inline uint32_t place(struct nl_msg *message, const void *attr)
{
	return (const char *)attr - (const char *)nlmsg_hdr(message);
}

#endif /* CLIENT_H */
