// SPDX-License-Identifier: GPL-2.0
/*
 * A netlink client that times changes of a running policy.
 *
 *	client GENL changes 4|6 COUNT
 *		makes changes of each kind (see kinds below), COUNT of them adds,
 *		and undoes all of them
 *	client GENL rate 4|6 RATE SECONDS [nothing]
 *		adds and deletes entries, RATE changes a second; with "nothing"
 *		sends as many datagrams that change nothing
 *	client GENL hold
 *		opens a transaction, prints a line, and keeps the transaction
 *		open until the end of standard input
 *
 * GENL is the generic netlink family. Each change is a request and a commit of
 * its own. Several requests share a datagram and only the last one asks for an
 * acknowledgement, because a system call costs more than a change. The cost of
 * sending is measured with ABORT requests, which fail and change nothing.
 *
 * Prints a line of JSON: for each kind of change its datagrams, timed from
 * sending to the acknowledgement, and the ABORT datagrams sent meanwhile.
 */
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/op25b.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND	1000000000ULL
#define NS_PER_MS	1000000ULL
#define LATE_NS		(5 * NS_PER_MS)

/* Requests in a datagram: of timed changes, and of changes at a rate */
#define BATCH		16
#define RATE_BATCH	64
#define REQUEST_BYTES	128

/* Odd multiplier that spreads consecutive numbers over all bits */
#define SCATTER		0x9e3779b99e3779b1ULL

/* Datagrams at a rate are sent in so many bursts a second */
#define BURSTS_PER_SECOND	100

/* Changes between two requests that change nothing */
#define NOTHING_EVERY	64

/**
 * struct space - where added prefixes are; the bench's policies have none there
 * @first: first 64 bits of its first address, left-aligned
 * @prefix_len: its prefix length
 * @fixed_len: prefix length of added exempt prefixes
 * @dynamic_len: prefix length of added dynamic ranges
 * @bytes: size of an address
 */
struct space {
	unsigned long long first;
	int prefix_len;
	int fixed_len;
	int dynamic_len;
	size_t bytes;
};

static const struct space ipv4 = { 0xf0ULL << 56, 4, 32, 22, 4 };
static const struct space ipv6 = { 0x3ffcULL << 48, 14, 64, 32, 16 };

/**
 * struct times - datagrams and how long they took, nanoseconds
 * @requests: requests in all datagrams
 * @datagrams: number of datagrams
 * @sum: time of all, from sending to the acknowledgement
 * @max: time of the slowest
 * @late: datagrams that took more than LATE_NS
 * @cpu_sum: CPU time of this process for all; User-mode Linux only counts ticks
 * @cpu_max: CPU time of the datagram with most of it
 */
struct times {
	unsigned long long requests, datagrams, sum, max, late;
	unsigned long long cpu_sum, cpu_max;
};

/**
 * struct kind - a kind of change
 * @name: key in the output
 * @operation: OP25B_A_ADD or OP25B_A_DEL
 * @table: &enum op25b_table
 * @label: label of the entry, or NULL
 * @wide: adds and deletes one prefix of length 1, in turn
 * @changes: datagrams of such changes
 * @nothing: datagrams without a change, sent between them
 */
struct kind {
	const char *name;
	int operation;
	int table;
	const char *label;
	bool wide;
	struct times changes, nothing;
};

static struct kind adds = {
	"adds", OP25B_A_ADD, OP25B_TABLE_FIXED, .label = NULL
};
static struct kind replaces = {
	"replaces", OP25B_A_ADD, OP25B_TABLE_FIXED, .label = "replaced"
};
static struct kind repeats = {	/* changes nothing */
	"repeats", OP25B_A_ADD, OP25B_TABLE_FIXED, .label = "replaced"
};
static struct kind deletes = {
	"deletes", OP25B_A_DEL, OP25B_TABLE_FIXED, .label = NULL
};
static struct kind ranges = {
	"ranges", OP25B_A_ADD, OP25B_TABLE_DYNAMIC, .label = NULL
};
static struct kind wide = {
	"wide", OP25B_A_ADD, OP25B_TABLE_DYNAMIC, .wide = true
};

static struct kind *const kinds[] = {
	&adds, &replaces, &repeats, &ranges, &wide, &deletes
};

static const struct space *space;
static struct mnl_socket *sock;
static int family;
static char buffer[RATE_BATCH * REQUEST_BYTES];

static unsigned long long read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

static unsigned long long now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static struct nlmsghdr *put_header(void *place, int type, int command,
				   int version)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(place);
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

/* Sends the buffer and waits for the acknowledgement; returns its error number */
static int call(size_t length, mnl_cb_t callback)
{
	char answer[8192];
	int bytes, more;

	if (mnl_socket_sendto(sock, buffer, length) < 0)
		err(1, "send");
	do {
		bytes = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (bytes < 0)
			err(1, "receive");
		more = mnl_cb_run(answer, bytes, 0, 0, callback, &family);
	} while (more > 0);
	return more < 0 ? errno : 0;
}

static void resolve_family(const char *name)
{
	struct nlmsghdr *message = put_header(buffer, GENL_ID_CTRL,
					      CTRL_CMD_GETFAMILY, 1);
	int error;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, name);
	error = call(message->nlmsg_len, family_message);
	if (error || !family)
		errx(1, "generic netlink family %s: %s", name, strerror(error));
}

static void timed_call(struct times *times, size_t length,
		       unsigned int requests, int expected)
{
	unsigned long long cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
	unsigned long long start = now(), took;
	int error = call(length, NULL);

	took = now() - start;
	cpu = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (error != expected)
		errx(1, "unexpected answer to a request: %s", strerror(error));
	times->requests += requests;
	times->datagrams++;
	times->sum += took;
	if (took > times->max)
		times->max = took;
	times->late += took > LATE_NS;
	times->cpu_sum += cpu;
	if (cpu > times->cpu_max)
		times->cpu_max = cpu;
}

static int prefix_len_of(const struct kind *kind)
{
	if (kind->wide)
		return 1;
	return kind->table == OP25B_TABLE_FIXED ? space->fixed_len :
						  space->dynamic_len;
}

/* The first 64 bits of the i-th prefix: distinct, and not in ascending order */
static unsigned long long prefix_of(const struct kind *kind, unsigned int i)
{
	unsigned long long offset = i * SCATTER << (64 - prefix_len_of(kind));

	if (kind->wide)
		return 1ULL << 63;
	return space->first | offset << space->prefix_len >> space->prefix_len;
}

static int operation_of(const struct kind *kind, unsigned int i)
{
	return kind->wide && i % 2 ? OP25B_A_DEL : kind->operation;
}

static size_t put_change(void *place, const struct kind *kind, unsigned int i,
			 bool last)
{
	struct nlmsghdr *message = put_header(place, family, OP25B_CMD_UPDATE,
					      OP25B_GENL_VERSION);
	unsigned long long address[2] = { htobe64(prefix_of(kind, i)) };
	struct nlattr *nest;

	nest = mnl_attr_nest_start(message, operation_of(kind, i));
	mnl_attr_put_u8(message, OP25B_A_ENTRY_TABLE, kind->table);
	mnl_attr_put(message, OP25B_A_ENTRY_ADDRESS, space->bytes, address);
	mnl_attr_put_u8(message, OP25B_A_ENTRY_PREFIX_LEN, prefix_len_of(kind));
	if (kind->label)
		mnl_attr_put_strz(message, OP25B_A_ENTRY_LABEL, kind->label);
	mnl_attr_nest_end(message, nest);
	if (!last)
		message->nlmsg_flags &= ~NLM_F_ACK;
	return MNL_ALIGN(message->nlmsg_len);
}

/* Changes the next so many prefixes, in one datagram */
static void change_batch(struct kind *kind, unsigned int *next,
			 unsigned int batch)
{
	size_t length = 0;
	unsigned int i;

	for (i = 1; i <= batch; i++)
		length += put_change(buffer + length, kind, (*next)++,
				     i == batch);
	timed_call(&kind->changes, length, batch, 0);
}

static void change_nothing(struct kind *kind)
{
	struct nlmsghdr *message = put_header(buffer, family, OP25B_CMD_ABORT,
					      OP25B_GENL_VERSION);

	timed_call(&kind->nothing, message->nlmsg_len, 1, ENOENT);
}

/* Changes the prefixes numbered from @next to before @end */
static void change_range(struct kind *kind, unsigned int next, unsigned int end)
{
	unsigned int i;

	for (i = 0; next < end; i++) {
		if (i % (NOTHING_EVERY / BATCH) == 0)
			change_nothing(kind);
		change_batch(kind, &next, BATCH);
	}
}

/* Deletes are timed of entries without a label only, so that they mirror the adds */
static void change_each_kind(unsigned int count)
{
	unsigned int some = count / 4 / BATCH * BATCH;
	unsigned int few = count / 16 / BATCH * BATCH;
	struct kind untimed = deletes;

	change_range(&adds, 0, count);
	change_range(&replaces, 0, some);
	change_range(&repeats, 0, some);
	change_range(&ranges, 0, few);
	change_range(&wide, 0, few);
	change_range(&deletes, some, count);
	change_range(&untimed, 0, some);
	untimed.table = OP25B_TABLE_DYNAMIC;
	change_range(&untimed, 0, few);
}

/* Adds entries and deletes them a quarter of a second later, or sends requests only */
static void change_at_rate(unsigned int rate, unsigned int seconds, bool nothing)
{
	unsigned long long start = now(), done = 0, due, next;
	unsigned int first = 0, last = 0, burst;

	for (burst = 1; burst <= seconds * BURSTS_PER_SECOND; burst++) {
		due = (unsigned long long)burst * rate / BURSTS_PER_SECOND;
		for (; done < due; done += RATE_BATCH) {
			if (nothing)
				change_nothing(&adds);
			else if (last - first > rate / 4)
				change_batch(&deletes, &first, RATE_BATCH);
			else
				change_batch(&adds, &last, RATE_BATCH);
		}
		next = start + burst * (NS_PER_SECOND / BURSTS_PER_SECOND);
		if (now() < next)
			nanosleep(&(struct timespec){ .tv_nsec = next - now() },
				  NULL);
	}
}

static void hold_transaction(void)
{
	struct nlmsghdr *message = put_header(buffer, family, OP25B_CMD_BEGIN,
					      OP25B_GENL_VERSION);
	int error = call(message->nlmsg_len, NULL);
	char byte;

	if (error)
		errx(1, "no transaction: %s", strerror(error));
	puts("open");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
}

static void print_times(const char *name, const struct times *times)
{
	printf("\"%s\": {\"requests\": %llu, \"datagrams\": %llu, "
	       "\"sum_us\": %.3f, \"max_us\": %.3f, \"late\": %llu, "
	       "\"cpu_sum_us\": %.3f, \"cpu_max_us\": %.3f",
	       name, times->requests, times->datagrams, times->sum / 1e3,
	       times->max / 1e3, times->late, times->cpu_sum / 1e3,
	       times->cpu_max / 1e3);
}

static void print_result(unsigned long long ns)
{
	size_t i;

	printf("{");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		print_times(kinds[i]->name, &kinds[i]->changes);
		printf(", ");
		print_times("nothing", &kinds[i]->nothing);
		printf("}}, ");
	}
	printf("\"seconds\": %.3f}\n", ns / 1e9);
}

int main(int argc, char **argv)
{
	unsigned long long start;

	if (argc < 3)
		errx(2, "usage: client GENL changes|rate|hold [ARG...]");
	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		err(1, "socket");
	resolve_family(argv[1]);
	space = argc > 3 && strcmp(argv[3], "6") == 0 ? &ipv6 : &ipv4;
	start = now();
	if (strcmp(argv[2], "hold") == 0) {
		hold_transaction();
		return 0;
	}
	if (strcmp(argv[2], "changes") == 0 && argc == 5)
		change_each_kind(atoi(argv[4]));
	else if (strcmp(argv[2], "rate") == 0 && argc >= 6)
		change_at_rate(atoi(argv[4]), atoi(argv[5]), argc > 6);
	else
		errx(2, "unknown command or missing arguments: %s", argv[2]);
	print_result(now() - start);
	return 0;
}
