// SPDX-License-Identifier: GPL-2.0
/*
 * The connection to the kernel: network namespace, socket, family, and the reason if
 * there is none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "escape.h"
#include "netlink.h"

/* Enough for an update and what the kernel adds to its size */
#define SEND_BYTES	1048576

/* Bytes of a path, and of a name in an error message, with the zero byte */
#define SHOWN_PATH	300
#define SHOWN_NAME	120

static const char *netns_name;

/**
 * use_netns() - choose the network namespace to work in
 * @name: as of ip netns, or a path; NULL for the one that the process is in
 */
void use_netns(const char *name)
{
	netns_name = name;
}

static const char *owner = OP25B_OPERATOR;

/**
 * use_owner() - change entries as another owner than operator
 * @name: the owner, or NULL
 */
void use_owner(const char *name)
{
	if (name)
		owner = name;
}

/** acting_owner() - as which owner entries are changed */
const char *acting_owner(void)
{
	return owner;
}

static int refuse_netns(struct kernel *kernel, int error, const char *hint)
{
	char shown[SHOWN_NAME];

	return refuse(kernel, -error, "network namespace '%s': %s%s",
		      escape(shown, sizeof(shown), netns_name),
		      strerror(error), hint);
}

static int enter_netns(struct kernel *kernel)
{
	char path[SHOWN_PATH];
	int fd, err = 0;

	if (!netns_name)
		return 0;
	if (snprintf(path, sizeof(path), "%s%s",
		     strchr(netns_name, '/') ? "" : NETNS_DIR "/",
		     netns_name) >= (int)sizeof(path))
		return refuse_netns(kernel, ENAMETOOLONG, "");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse_netns(kernel, errno, errno == ENOENT ?
				    ": see ip netns list" : "");
	if (setns(fd, CLONE_NEWNET))
		err = refuse_netns(kernel, errno, errno == EPERM ?
				   ": run as root" : "");
	close(fd);
	return err;
}

/* Whether a file has a line with that text */
static bool file_has(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	bool found = false;
	size_t size = 0;

	while (file && !found && getline(&line, &size, file) >= 0)
		found = strstr(line, text);
	free(line);
	if (file)
		fclose(file);
	return found;
}

/* The kernel loads only modules with a signature that it knows */
static bool needs_signature(void)
{
	return file_has("/sys/module/module/parameters/sig_enforce", "Y") ||
	       file_has("/sys/kernel/security/lockdown", "[integrity]") ||
	       file_has("/sys/kernel/security/lockdown", "[confidentiality]");
}

/*
 * The request for the family has made the kernel call modprobe, if it may. Of the
 * result it says only that there is no such family.
 */
static int refuse_missing(struct kernel *kernel)
{
	char path[SHOWN_PATH];
	struct utsname host;

	uname(&host);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep",
		 host.release);
	if (file_has("/proc/sys/kernel/modules_disabled", "1"))
		return refuse(kernel, -ENOENT,
			      "the module is not loaded, and kernel.modules_disabled forbids it: reboot, then run modprobe op25b");
	if (access(path, F_OK))
		return refuse(kernel, -ENOENT,
			      "the module is not loaded: run modprobe op25b on the host");
	if (!file_has(path, "/op25b.ko"))
		return refuse(kernel, -ENOENT,
			      "the module is not installed for Linux %s: install it, then run modprobe op25b",
			      host.release);
	if (needs_signature())
		return refuse(kernel, -ENOENT,
			      "the kernel refuses modules without a known signature: see modprobe op25b, and op25b(4) for how to enroll its key with mokutil");
	return refuse(kernel, -ENOENT,
		      "the module is not loaded: run modprobe op25b to see why");
}

static void read_commands(const struct nlattr *nest, struct kernel *kernel)
{
	const struct nlattr *one, *attr;

	mnl_attr_for_each_nested(one, nest)
		mnl_attr_for_each_nested(attr, one)
			if (mnl_attr_get_type(attr) == CTRL_ATTR_OP_ID)
				kernel->last_command = max(kernel->last_command,
							   mnl_attr_get_u32(attr));
}

/* Number, version and commands of the family */
static int take_family(const struct nlmsghdr *message, void *data)
{
	struct kernel *kernel = data;
	const struct nlattr *attr;

	for_each_attr(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			kernel->family = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_VERSION:
			kernel->version = mnl_attr_get_u32(attr);
			break;
		case CTRL_ATTR_OPS:
			read_commands(attr, kernel);
			break;
		}
	}
	return 0;
}

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
		return refuse_missing(kernel);
	if (err || kernel->version == OP25B_GENL_VERSION)
		return err;
	return refuse(kernel, -EPROTO,
		      "the loaded module has major version %u, op25bctl %u: use the op25bctl of the module's version",
		      kernel->version, OP25B_GENL_VERSION);
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
	int err = enter_netns(kernel);

	if (err)
		return err;
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

/**
 * module_version() - the version of the loaded module
 * @version: set to it
 * @size: bytes of @version
 *
 * Return: whether the module is loaded.
 */
bool module_version(char *version, size_t size)
{
	FILE *file = fopen("/sys/module/" OP25B_GENL_NAME "/version", "re");
	bool known = file && fgets(version, size, file);

	if (file)
		fclose(file);
	if (known)
		version[strcspn(version, "\n")] = '\0';
	return known;
}
