// SPDX-License-Identifier: GPL-2.0
/*
 * The command check: find what load would refuse, without the kernel.
 *
 * The statements are applied to the module's own tables, compiled into the tool,
 * so that both accept the same policies.
 */
#include <arpa/inet.h>
#include <linux/kernel.h>
#include <string.h>

#include "../../src/lpm.h"
#include "command.h"
#include "input.h"

/* Nothing expires here: the time is constant */
#define NOW	0

/**
 * struct check - a policy being checked
 * @visitor: callbacks for its statements
 * @subscribers: prefixes of dynamic, fixed and dialup, by family
 * @relays: prefixes of relay, by family
 * @mode: &enum op25b_mode
 * @all: whether it is for load --all
 * @errors: number of errors
 */
struct check {
	struct visitor visitor;
	struct op25b_lpm subscribers[OP25B_FAMILIES];
	struct op25b_lpm relays[OP25B_FAMILIES];
	u32 mode;
	bool all;
	size_t errors;
};

static int take_problem(struct visitor *visitor, const struct place *place,
			const char *text)
{
	struct check *check = container_of(visitor, struct check, visitor);

	check->errors++;
	if (!out_json()) {
		fail_at(place, text);
		return 0;
	}
	out_object(NULL);
	out_string("file", NULL, place->file);
	out_number("line", NULL, place->line);
	out_number("column", NULL, place->column);
	out_string("message", NULL, text);
	out_close();
	return out_failed() ? STATUS_ERROR : 0;
}

static struct op25b_lpm *lpm_of(struct check *check, u8 id,
				enum op25b_family family)
{
	return id == OP25B_TABLE_RELAY ? &check->relays[family] :
					 &check->subscribers[family];
}

static u32 count_entries(struct check *check, u8 id, enum op25b_family family)
{
	return op25b_lpm_count(lpm_of(check, id, family), id, NOW);
}

static u64 count_all(struct check *check, u8 id)
{
	return (u64)count_entries(check, id, OP25B_IPV4) +
	       count_entries(check, id, OP25B_IPV6);
}

/* For add and del; returns 0 or a negative error number */
static int apply_entry(struct check *check, const struct statement *statement,
		       const char **why)
{
	const struct entry *from = &statement->entry;
	enum op25b_family family = from->prefix.family == AF_INET ?
				   OP25B_IPV4 : OP25B_IPV6;
	struct op25b_lpm *lpm = lpm_of(check, from->table, family);
	struct op25b_entry entry = {
		.prefix_len = from->prefix.length,
		.table = from->table,
		.flags = from->flags,
		.timed = from->timeout,
		.expires = NOW + from->timeout,
	};

	memcpy(entry.addr, from->prefix.address, sizeof(entry.addr));
	if (statement->kind == STATEMENT_ADD)
		return min(op25b_lpm_add(lpm, &entry, NOW, why), 0);
	return op25b_lpm_del(lpm, &entry, NOW, why);
}

static int apply_flush(struct check *check, u8 id)
{
	int family, err = 0;

	for (family = 0; family < OP25B_FAMILIES && !err; family++)
		err = min(op25b_lpm_flush(lpm_of(check, id, family), id, NOW),
			  0);
	return err;
}

static int take_statement(struct visitor *visitor,
			  const struct statement *statement,
			  const struct origin *origin)
{
	struct check *check = container_of(visitor, struct check, visitor);
	const char *why = "out of memory";
	struct place place;
	int err = 0;

	if (*statement->entry.owner && !check->all) {
		place = place_of(origin, PART_OWNER);
		return take_problem(visitor, &place, OWNER_NOT_HERE);
	}
	switch (statement->kind) {
	case STATEMENT_SET:
		if (statement->setting == OP25B_A_SETTINGS_MODE)
			check->mode = statement->value;
		break;
	case STATEMENT_FLUSH:
		err = apply_flush(check, statement->entry.table);
		break;
	default:
		err = apply_entry(check, statement, &why);
	}
	if (!err)
		return 0;
	place = place_of(origin, PART_OBJECT);
	return take_problem(visitor, &place, why);
}

/* Warns of policies that are valid but hardly intended */
static void warn_about(struct check *check, const char *name)
{
	bool dynamic = count_all(check, OP25B_TABLE_DYNAMIC);

	if (!dynamic && check->mode == OP25B_MODE_ENFORCE)
		warn("%s: table dynamic is empty: this policy blocks nothing",
		     name);
	if (dynamic && !count_all(check, OP25B_TABLE_RELAY))
		warn("%s: table relay is empty: dynamic subscribers reach no server on port 25",
		     name);
}

static void print_tables(struct check *check)
{
	int id;

	out_object("tables");
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++) {
		out_object(name_of(&table_names, id));
		out_number(name_of(&family_names, FAMILY_IPV4), NULL,
			   count_entries(check, id, OP25B_IPV4));
		out_number(name_of(&family_names, FAMILY_IPV6), NULL,
			   count_entries(check, id, OP25B_IPV6));
		out_close();
	}
	out_close();
}

/* "policy.conf: 1,234 dynamic, 2 fixed, 0 dialup, 1 relay prefixes; no errors" */
static void print_summary(struct check *check, const char *name)
{
	char text[GROUPED_MAX];
	int id;

	out_string(NULL, "%s:", name);
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
		out_text(" %s %s%s",
			 group_digits(count_all(check, id), text),
			 name_of(&table_names, id), id < OP25B_TABLE_MAX ? "," : "");
	out_text(" prefixes; no errors\n");
}

static void init_tables(struct check *check)
{
	int family;

	for (family = 0; family < OP25B_FAMILIES; family++) {
		op25b_lpm_init(&check->subscribers[family], family);
		op25b_lpm_init(&check->relays[family], family);
	}
}

static void free_tables(struct check *check)
{
	int family;

	for (family = 0; family < OP25B_FAMILIES; family++) {
		op25b_lpm_free(&check->subscribers[family], NULL, NULL);
		op25b_lpm_free(&check->relays[family], NULL, NULL);
	}
}

static enum status check_file(struct check *check, const char *path)
{
	const char *name = file_name(path);
	int result;

	out_object(NULL);
	out_array("errors");
	result = visit_file(path, &check->visitor);
	out_close();
	print_tables(check);
	out_close();
	if (result)
		return result;
	if (check->errors)
		return STATUS_NEGATIVE;
	print_summary(check, name);
	warn_about(check, name);
	return STATUS_DONE;
}

/** cmd_check() - check a file */
enum status cmd_check(const struct args *args)
{
	struct check check = {
		.visitor.statement = take_statement,
		.visitor.problem = take_problem,
		.mode = OP25B_MODE_ENFORCE,
		.all = option_value(args, &check_options.list[OWNERS_ALL]),
	};
	enum status status;
	const char *path;

	if (only_file(args, &path) || prepare_file(path))
		return STATUS_ERROR;
	init_tables(&check);
	status = check_file(&check, path);
	free_tables(&check);
	return status;
}
