/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connection to the kernel, netlink requests to the family "op25b", and their
 * answers.
 *
 * One request at a time. The error message of a refusal is kept: that of the
 * kernel, if it sent one. Called by update.c and by the commands that need the
 * kernel.
 */
#ifndef OP25BCTL_NETLINK_H
#define OP25BCTL_NETLINK_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "output.h"
#include "statement.h"

/* Room for any request but an update */
union request {
	struct nlmsghdr header;
	char bytes[512];
};

/**
 * struct refusal - why the kernel refused a request
 * @error: negative error number
 * @offset: of the bad attribute, in bytes from the start of the request; 0 if
 *	there is none
 * @text: error message, not escaped
 */
struct refusal {
	int error;
	u32 offset;
	char text[PROBLEM_MAX];
};

/**
 * struct kernel - connection to the kernel
 * @socket: netlink socket
 * @family: number of the family
 * @version: of the family, and so the module's major version
 * @last_command: the last command that the module knows
 * @sequence: sequence number of the last request
 * @refusal: of the last request
 */
struct kernel {
	struct mnl_socket *socket;
	u16 family;
	u32 version;
	u32 last_command;
	u32 sequence;
	struct refusal refusal;
};

/**
 * struct config - a policy without its entries
 * @generation: of the policy
 * @settings: by &enum op25b_settings_attr
 * @counts: number of entries, by &enum op25b_table_id and &enum family_index
 * @memory: bytes
 * @max_prefixes: most entries, of all tables together
 * @pending: whether a load waits for confirmation
 * @seconds: until it is undone
 * @owner: whose load it is
 * @failing: whether undoing it lacks memory
 * @kept: whether there is a policy to go back to
 * @kept_memory: bytes of what is kept for that
 */
struct config {
	u64 generation;
	u32 settings[OP25B_A_SETTINGS_MAX + 1];
	u32 counts[OP25B_TABLE_MAX + 1][FAMILIES];
	u64 memory;
	u32 max_prefixes;
	bool pending;
	u32 seconds;
	char owner[OP25B_NAME_MAX + 1];
	bool failing;
	bool kept;
	u64 kept_memory;
};

/* Takes a message of an answer; returns 0 to continue, else the result */
typedef int (*message_taker)(const struct nlmsghdr *message, void *data);

/* The work of a command; returns a negative error number or an exit status */
typedef int (*kernel_work)(struct kernel *kernel, void *data);

/* connect.c */
/* Where ip netns has its namespaces */
#define NETNS_DIR	"/run/netns"

void use_netns(const char *name);
void use_owner(const char *name);
const char *acting_owner(void);
enum status with_kernel(kernel_work work, void *data);
bool module_version(char *version, size_t size);

/* netlink.c */
__printf(3, 4)
int refuse(struct kernel *kernel, int error, const char *format, ...);
int refuse_error(struct kernel *kernel, int error);
struct nlmsghdr *start_request(const struct kernel *kernel, void *buffer,
			       u8 command);
int call_kernel(struct kernel *kernel, struct nlmsghdr *request,
		message_taker take, void *data);
int dump_kernel(struct kernel *kernel, struct nlmsghdr *request,
		message_taker take, void *data);
int check_command(struct kernel *kernel, u8 command);
int check_owner(struct kernel *kernel, const char *owner);
void put_owner(const struct kernel *kernel, struct nlmsghdr *request,
	       const char *owner);
int simple_call(struct kernel *kernel, u8 command, message_taker take,
		void *data);

#define for_each_attr(attr, message) \
	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))

void read_text(const struct nlattr *attr, char text[OP25B_NAME_MAX + 1]);
void read_entry(const struct nlattr *nest, struct entry *entry);
int get_config(struct kernel *kernel, struct config *config);

#endif /* OP25BCTL_NETLINK_H */
