// SPDX-License-Identifier: GPL-2.0
/*
 * The running policy in memory.
 */
#include <arpa/inet.h>
#include <string.h>

#include "running.h"

/* Dumps to try while others change the policy */
#define ATTEMPTS	10

/**
 * struct running - the running policy being read
 * @owner: the owner whose entries are his own, NULL for all
 * @own: gets them, without owner
 * @others: gets the others'
 * @generation: of its settings
 * @changed: whether the entries are of a later policy
 */
struct running {
	const char *owner;
	struct policy *own;
	struct policy *others;
	u64 generation;
	bool changed;
};

static bool is_owned(const struct entry *entry, const char *owner)
{
	return !strcmp(*entry->owner ? entry->owner : OP25B_OPERATOR, owner);
}

static int take_entry(struct running *running, const struct nlattr *attr)
{
	struct entry entry;

	read_entry(attr, &entry);
	if (!running->owner)
		return note_entry(running->own, &entry);
	if (!is_owned(&entry, running->owner))
		return note_entry(running->others, &entry);
	entry.owner[0] = '\0';
	return note_entry(running->own, &entry);
}

/* The generation precedes the entries and is the same in all messages */
static int take_entries(const struct nlmsghdr *message, void *data)
{
	struct running *running = data;
	const struct nlattr *attr;
	int err = 0;

	for_each_attr(attr, message) {
		if (mnl_attr_get_type(attr) == OP25B_A_GENERATION)
			running->changed = mnl_attr_get_u64(attr) != running->generation;
		else if (mnl_attr_get_type(attr) == OP25B_A_ENTRY && !running->changed)
			err = take_entry(running, attr);
		if (err)
			return fail_memory();
	}
	return 0;
}

/* Returns a negative error number or a status */
static int read_once(struct kernel *kernel, struct running *running)
{
	struct config config;
	union request buffer;
	int result;

	init_policy(running->own);
	init_policy(running->others);
	running->changed = false;
	result = get_config(kernel, &config);
	if (result)
		return result;
	running->generation = config.generation;
	memcpy(running->own->settings, config.settings, sizeof(config.settings));
	result = dump_kernel(kernel, start_request(kernel, &buffer, OP25B_CMD_LIST),
			     take_entries, running);
	if (result || running->changed)
		return result;
	if (settle_policy(running->own) || settle_policy(running->others))
		return fail_memory();
	return 0;
}

/**
 * read_running() - read the running policy
 * @kernel: the connection
 * @owner: the owner whose entries are @own, NULL for all
 * @own: gets them, settled, without owner if @owner is given, and the settings
 * @others: gets those of others, settled. Both have to be freed, after errors too
 *
 * Return: 0, a negative error number that is not yet printed, or a status.
 */
int read_running(struct kernel *kernel, const char *owner, struct policy *own,
		 struct policy *others)
{
	struct running running = { .owner = owner, .own = own, .others = others };
	int attempt, result = 0;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (attempt) {
			free_policy(own);
			free_policy(others);
		}
		result = read_once(kernel, &running);
		if (result || !running.changed)
			return result;
	}
	return fail("others kept changing the policy: try again");
}

/**
 * struct search - relays being searched for
 * @owner: not this owner's
 * @found: of which families there are any
 */
struct search {
	const char *owner;
	bool *found;
};

static int take_relays(const struct nlmsghdr *message, void *data)
{
	const struct search *search = data;
	const struct nlattr *attr;
	struct entry entry;

	for_each_attr(attr, message) {
		if (mnl_attr_get_type(attr) != OP25B_A_ENTRY)
			continue;
		read_entry(attr, &entry);
		if (!is_owned(&entry, search->owner))
			search->found[entry.prefix.family == AF_INET ? FAMILY_IPV4 :
								       FAMILY_IPV6] = true;
	}
	return 0;
}

/**
 * find_relays() - find out whether other owners have relays
 * @kernel: the connection
 * @owner: the owner whose own ones do not count
 * @found: by &enum family_index, set where they have
 *
 * Return: 0 or a negative error number that is not yet printed.
 */
int find_relays(struct kernel *kernel, const char *owner, bool found[FAMILIES])
{
	struct search search = { owner, found };
	union request buffer;
	struct nlmsghdr *request;

	request = start_request(kernel, &buffer, OP25B_CMD_LIST);
	mnl_attr_put_u8(request, OP25B_A_TABLE, OP25B_TABLE_RELAY);
	return dump_kernel(kernel, request, take_relays, &search);
}
