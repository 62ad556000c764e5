/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the kernel and their answers: the family "op25b".
 *
 * One request is under way at a time. A refusal is kept as the sentence to
 * print, the kernel's own if it gave one.
 */
#ifndef OP25BCTL_NETLINK_H
#define OP25BCTL_NETLINK_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "output.h"
#include "statement.h"

/* Room for a request, large enough for any but an update */
union request {
	struct nlmsghdr header;
	char bytes[512];
};

/**
 * struct refusal - why the kernel refused a request
 * @error: negative error number
 * @offset: of the attribute at fault, bytes from the start of the request; 0 if
 *	none is
 * @text: a sentence
 */
struct refusal {
	int error;
	u32 offset;
	char text[PROBLEM_MAX];
};

/**
 * struct kernel - the connection to the kernel
 * @socket: netlink socket
 * @family: number of the family
 * @sequence: of the request sent last
 * @refusal: of that request
 */
struct kernel {
	struct mnl_socket *socket;
	u16 family;
	u32 sequence;
	struct refusal refusal;
};

/**
 * struct config - what a policy is like, its entries aside
 * @generation: of the policy
 * @settings: value of each &enum op25b_settings_attr
 * @ipv4: IPv4 entries of each &enum op25b_table_id
 * @ipv6: IPv6 entries of each &enum op25b_table_id
 * @memory: bytes
 * @max_prefixes: the ceiling of all entries together
 */
struct config {
	u64 generation;
	u32 settings[OP25B_A_SETTINGS_MAX + 1];
	u32 ipv4[OP25B_TABLE_MAX + 1];
	u32 ipv6[OP25B_TABLE_MAX + 1];
	u64 memory;
	u32 max_prefixes;
};

/* What takes the messages of an answer: 0 to go on, else what to return */
typedef int (*message_taker)(const struct nlmsghdr *message, void *data);

/* A command's work: a negative error number, or the status to exit with */
typedef int (*kernel_work)(struct kernel *kernel, void *data);

extern const char *const reason_names[OP25B_REASON_MAX + 1];

enum status with_kernel(kernel_work work, void *data);
struct nlmsghdr *start_request(const struct kernel *kernel, void *buffer,
			       u8 command);
int call_kernel(struct kernel *kernel, struct nlmsghdr *request,
		message_taker take, void *data);
int dump_kernel(struct kernel *kernel, struct nlmsghdr *request,
		message_taker take, void *data);
int simple_call(struct kernel *kernel, u8 command, message_taker take,
		void *data);

#define for_each_attr(attr, message) \
	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))

void read_entry(const struct nlattr *nest, struct entry *entry);
int get_config(struct kernel *kernel, struct config *config);

#endif /* OP25BCTL_NETLINK_H */
