// SPDX-License-Identifier: GPL-2.0
/*
 * adds COUNT: adds so many exempt prefixes to the running policy, each with a
 * request of its own, which is a commit, and takes them away again.
 * adds RATE SECONDS: so many requests a second, adds and deletes in turn.
 *
 * Prints one line of JSON with what requests took from sending to the answer,
 * and what one takes that does nothing: an ABORT where there is nothing to
 * abort. Prefixes are single addresses out of 240.0.0.0/4, where the policies of
 * the bench have none.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/op25b.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST		0xf0000000U
#define NS_PER_SECOND	1000000000ULL

/* Between two batches of requests at a rate */
#define BATCHES_PER_SECOND	100

static struct mnl_socket *sock;
static int family;
static char buffer[8192];

/**
 * struct times - what requests took, nanoseconds
 * @requests: how many
 * @sum: of all
 * @max: of the slowest
 * @late: requests that took more than 5 ms
 */
struct times {
	unsigned long long requests, sum, max, late;
};

static unsigned long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

static struct nlmsghdr *begin(int type, int command, int version)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = command;
	header->version = version;
	return message;
}

static int family_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		*(int *)data = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int family_message(const struct nlmsghdr *message, void *data)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), family_attr,
			      data);
}

/* Sends a request and reads its answer; an error number, or 0 */
static int call(struct nlmsghdr *message, mnl_cb_t look)
{
	char answer[8192];
	int bytes, more;

	if (mnl_socket_sendto(sock, message, message->nlmsg_len) < 0)
		err(1, "send");
	do {
		bytes = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (bytes < 0)
			err(1, "receive");
		more = mnl_cb_run(answer, bytes, 0, 0, look, &family);
	} while (more > 0);
	return more < 0 ? errno : 0;
}

static void resolve(void)
{
	struct nlmsghdr *message = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	int error;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, OP25B_GENL_NAME);
	error = call(message, family_message);
	if (error || !family)
		errx(1, "no family: %s", strerror(error));
}

static void timed(struct times *times, struct nlmsghdr *message, int expected)
{
	unsigned long long start = now(), took;
	int error = call(message, NULL);

	took = now() - start;
	if (error != expected)
		errx(1, "refused: %s", strerror(error));
	times->requests++;
	times->sum += took;
	if (took > times->max)
		times->max = took;
	times->late += took > 5 * NS_PER_SECOND / 1000;
}

static void change(struct times *times, int operation, unsigned int number)
{
	struct nlmsghdr *message = begin(family, OP25B_CMD_UPDATE,
					 OP25B_GENL_VERSION);
	struct nlattr *nest = mnl_attr_nest_start(message, operation);

	mnl_attr_put_u8(message, OP25B_A_ENTRY_TABLE, OP25B_TABLE_FIXED);
	number = htonl(FIRST + number);
	mnl_attr_put(message, OP25B_A_ENTRY_ADDRESS, sizeof(number), &number);
	mnl_attr_put_u8(message, OP25B_A_ENTRY_PREFIX_LEN, 32);
	mnl_attr_nest_end(message, nest);
	timed(times, message, 0);
}

static void do_nothing(struct times *times)
{
	timed(times, begin(family, OP25B_CMD_ABORT, OP25B_GENL_VERSION),
	      ENOENT);
}

/* Numbers that do not follow one another, but come once each */
static unsigned int scattered(unsigned int i)
{
	return (i * 0x9e3779b1U) & ~FIRST;
}

static void one_after_another(unsigned int count, struct times *adds,
			      struct times *deletes, struct times *nothing)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		do_nothing(nothing);
		change(adds, OP25B_A_ADD, scattered(i));
	}
	for (i = 0; i < count; i++)
		change(deletes, OP25B_A_DEL, scattered(i));
}

/* Adds, and deletes what was added a while ago, in turn */
static void at_rate(unsigned int rate, unsigned int seconds,
		    struct times *adds, struct times *deletes)
{
	unsigned long long next = now();
	unsigned int first = 0, last = 0, batch, i;

	for (batch = 0; batch < seconds * BATCHES_PER_SECOND; batch++) {
		unsigned long long wait;

		for (i = 0; i < rate / BATCHES_PER_SECOND; i += 2) {
			change(adds, OP25B_A_ADD, scattered(last++));
			if (last - first > rate / 4)
				change(deletes, OP25B_A_DEL, scattered(first++));
			else
				change(adds, OP25B_A_ADD, scattered(last++));
		}
		next += NS_PER_SECOND / BATCHES_PER_SECOND;
		wait = now() < next ? next - now() : 0;
		nanosleep(&(struct timespec){ .tv_nsec = wait }, NULL);
	}
	while (first < last)
		change(deletes, OP25B_A_DEL, scattered(first++));
}

static void print(const char *name, const struct times *times, const char *end)
{
	printf("\"%s\": {\"requests\": %llu, \"mean_us\": %.3f, \"max_us\": %.3f, \"late\": %llu}%s",
	       name, times->requests,
	       times->requests ? times->sum / 1e3 / times->requests : 0.0,
	       times->max / 1e3, times->late, end);
}

int main(int argc, char **argv)
{
	struct times adds = { 0 }, deletes = { 0 }, nothing = { 0 };
	unsigned long long start;

	if (argc < 2)
		errx(2, "usage: adds COUNT | adds RATE SECONDS");
	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		err(1, "socket");
	resolve();
	start = now();
	if (argc == 2)
		one_after_another(atoi(argv[1]), &adds, &deletes, &nothing);
	else
		at_rate(atoi(argv[1]), atoi(argv[2]), &adds, &deletes);
	printf("{");
	print("adds", &adds, ", ");
	print("deletes", &deletes, ", ");
	print("nothing", &nothing, ", ");
	printf("\"seconds\": %.3f}\n", (now() - start) / 1e9);
	return 0;
}
