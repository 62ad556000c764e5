// SPDX-License-Identifier: GPL-2.0
/*
 * adds 4|6 COUNT: adds so many exempt prefixes of IPv4 or IPv6 to the running policy,
 * gives a quarter of them a label, says that once more, adds a sixteenth as many
 * dynamic ranges around them, and takes all of that away again. adds 4|6 RATE
 * SECONDS: so many changes a second, adds and deletes in turn. adds 4|6 RATE SECONDS
 * nothing: as many datagrams, which change nothing.
 *
 * Each change is a request of its own, which is a commit of its own. Requests are
 * sent some at a time in one datagram, and only the last asks for an answer, since
 * system calls cost more than changes do. Prints one line of JSON with what
 * datagrams took from sending to the answer and, for each kind of change, what one
 * took in between that changes nothing: an ABORT where there is nothing to abort.
 * IPv4 has addresses, and ranges of a /22, out of 240.0.0.0/4; IPv6 has /64s, and
 * ranges of a /32, the longest that its covers know, out of 3ffc::/14, which has as
 * many of these as IPv4 has of its own. The policies of the bench have none there.
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

#define NS_PER_SECOND	1000000000ULL

/* Requests of one datagram: where it is timed, and at a rate, where that must be kept */
#define BATCH		16
#define RATE_BATCH	64
#define REQUEST_BYTES	128

/* Odd, and what it multiplies is spread over the upper bits of 32 and of 64 */
#define SCATTER		0x9e3779b99e3779b1ULL

/* How often datagrams are sent at a rate */
#define BURSTS_PER_SECOND	100

/* Of how many changes one is measured that changes nothing */
#define NOTHING_EVERY	64

/**
 * struct space - what prefixes are out of
 * @first: the first 64 bits of its first address, or all of them and zeroes
 * @prefix_len: bits
 * @fixed_len: bits of the exempt prefixes
 * @dynamic_len: bits of the dynamic ranges
 * @bytes: of an address
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

static const struct space *space;
static struct mnl_socket *sock;
static int family;
static char buffer[RATE_BATCH * REQUEST_BYTES];

/**
 * struct times - what datagrams took, nanoseconds
 * @requests: how many requests were in them
 * @datagrams: how many there were
 * @sum: of all
 * @max: of the slowest
 * @late: how many took more than 5 ms
 * @cpu_sum: of all, the processor's time alone: not that of others, nor waiting;
 *	in ticks in User-mode Linux, and of no use there
 * @cpu_max: of the one with most of it
 */
struct times {
	unsigned long long requests, datagrams, sum, max, late;
	unsigned long long cpu_sum, cpu_max;
};

/* Changes of a kind, and datagrams that change nothing in between */
struct phase {
	struct times changes, nothing;
};

static struct phase adds, replaces, repeats, deletes, ranges;

/**
 * struct change - what to do with a prefix
 * @operation: OP25B_A_ADD or OP25B_A_DEL
 * @table: of the policy
 * @label: its label, or NULL
 */
struct change {
	int operation;
	int table;
	const char *label;
};

static const struct change add_prefix = {
	OP25B_A_ADD, OP25B_TABLE_FIXED, NULL
};
static const struct change label_prefix = {
	OP25B_A_ADD, OP25B_TABLE_FIXED, "replaced"
};
static const struct change del_prefix = {
	OP25B_A_DEL, OP25B_TABLE_FIXED, NULL
};
static const struct change add_range = {
	OP25B_A_ADD, OP25B_TABLE_DYNAMIC, NULL
};
static const struct change del_range = {
	OP25B_A_DEL, OP25B_TABLE_DYNAMIC, NULL
};

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

/* Begins a request in the buffer, which another may follow */
static struct nlmsghdr *begin(void *place, int type, int command, int version)
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

/* Sends what is in the buffer and reads the answer; an error number, or 0 */
static int call(size_t length, mnl_cb_t look)
{
	char answer[8192];
	int bytes, more;

	if (mnl_socket_sendto(sock, buffer, length) < 0)
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
	struct nlmsghdr *message = begin(buffer, GENL_ID_CTRL,
					 CTRL_CMD_GETFAMILY, 1);
	int error;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, OP25B_GENL_NAME);
	error = call(message->nlmsg_len, family_message);
	if (error || !family)
		errx(1, "no family: %s", strerror(error));
}

static void timed(struct times *times, size_t length, unsigned int requests,
		  int expected)
{
	unsigned long long cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
	unsigned long long start = now(), took;
	int error = call(length, NULL);

	took = now() - start;
	cpu = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (error != expected)
		errx(1, "not the answer that was due: %s", strerror(error));
	times->requests += requests;
	times->datagrams++;
	times->sum += took;
	if (took > times->max)
		times->max = took;
	times->late += took > 5 * NS_PER_SECOND / 1000;
	times->cpu_sum += cpu;
	if (cpu > times->cpu_max)
		times->cpu_max = cpu;
}

/* Prefixes of the space that do not follow one another, but come once each */
static unsigned long long scattered(unsigned int i, int prefix_len)
{
	unsigned long long inside = i * SCATTER << (64 - prefix_len);

	return space->first | inside << space->prefix_len >> space->prefix_len;
}

static int length_of(const struct change *what)
{
	return what->table == OP25B_TABLE_FIXED ? space->fixed_len :
						  space->dynamic_len;
}

static size_t put_change(void *place, const struct change *what,
			 unsigned int i, bool last)
{
	struct nlmsghdr *message = begin(place, family, OP25B_CMD_UPDATE,
					 OP25B_GENL_VERSION);
	struct nlattr *nest = mnl_attr_nest_start(message, what->operation);
	int prefix_len = length_of(what);
	unsigned long long address[2] = { htobe64(scattered(i, prefix_len)) };

	mnl_attr_put_u8(message, OP25B_A_ENTRY_TABLE, what->table);
	mnl_attr_put(message, OP25B_A_ENTRY_ADDRESS, space->bytes, address);
	mnl_attr_put_u8(message, OP25B_A_ENTRY_PREFIX_LEN, prefix_len);
	if (what->label)
		mnl_attr_put_strz(message, OP25B_A_ENTRY_LABEL, what->label);
	mnl_attr_nest_end(message, nest);
	if (!last)
		message->nlmsg_flags &= ~NLM_F_ACK;
	return MNL_ALIGN(message->nlmsg_len);
}

/* Changes so many of the next prefixes */
static void change(struct phase *phase, const struct change *what,
		   unsigned int *next, unsigned int batch)
{
	size_t length = 0;
	unsigned int i;

	for (i = 1; i <= batch; i++)
		length += put_change(buffer + length, what, (*next)++,
				     i == batch);
	timed(&phase->changes, length, batch, 0);
}

static void change_nothing(struct phase *phase)
{
	struct nlmsghdr *message = begin(buffer, family, OP25B_CMD_ABORT,
					 OP25B_GENL_VERSION);

	timed(&phase->nothing, message->nlmsg_len, 1, ENOENT);
}

/* Changes the prefixes from one on to another, one after another */
static void change_some(struct phase *phase, const struct change *what,
			unsigned int next, unsigned int end)
{
	unsigned int i;

	for (i = 0; next < end; i++) {
		if (i % (NOTHING_EVERY / BATCH) == 0)
			change_nothing(phase);
		change(phase, what, &next, BATCH);
	}
}

/* Deletes are told of those without a label, as adds are, and not of the rest */
static void one_after_another(unsigned int count)
{
	unsigned int some = count / 4 / BATCH * BATCH;
	unsigned int few = count / 16 / BATCH * BATCH;
	struct phase rest = {};

	change_some(&adds, &add_prefix, 0, count);
	change_some(&replaces, &label_prefix, 0, some);
	change_some(&repeats, &label_prefix, 0, some);
	change_some(&ranges, &add_range, 0, few);
	change_some(&deletes, &del_prefix, some, count);
	change_some(&rest, &del_prefix, 0, some);
	change_some(&rest, &del_range, 0, few);
}

/* Adds, and deletes of what was added a while ago, in turn; or neither */
static void at_rate(unsigned int rate, unsigned int seconds, bool idle)
{
	unsigned long long start = now(), done = 0, due, next;
	unsigned int first = 0, last = 0, burst;

	for (burst = 1; burst <= seconds * BURSTS_PER_SECOND; burst++) {
		due = (unsigned long long)burst * rate / BURSTS_PER_SECOND;
		for (; done < due; done += RATE_BATCH) {
			if (idle)
				change_nothing(&adds);
			else if (last - first > rate / 4)
				change(&deletes, &del_prefix, &first,
				       RATE_BATCH);
			else
				change(&adds, &add_prefix, &last, RATE_BATCH);
		}
		next = start + burst * (NS_PER_SECOND / BURSTS_PER_SECOND);
		if (now() < next)
			nanosleep(&(struct timespec){ .tv_nsec = next - now() },
				  NULL);
	}
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

static void print(const char *name, const struct phase *phase)
{
	print_times(name, &phase->changes);
	printf(", ");
	print_times("nothing", &phase->nothing);
	printf("}}, ");
}

int main(int argc, char **argv)
{
	unsigned long long start;

	if (argc < 3)
		errx(2, "usage: adds 4|6 COUNT | adds 4|6 RATE SECONDS [nothing]");
	space = strcmp(argv[1], "6") ? &ipv4 : &ipv6;
	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		err(1, "socket");
	resolve();
	start = now();
	if (argc == 3)
		one_after_another(atoi(argv[2]));
	else
		at_rate(atoi(argv[2]), atoi(argv[3]), argc > 4);
	printf("{");
	print("adds", &adds);
	print("replaces", &replaces);
	print("repeats", &repeats);
	print("deletes", &deletes);
	print("ranges", &ranges);
	printf("\"seconds\": %.3f}\n", (now() - start) / 1e9);
	return 0;
}
