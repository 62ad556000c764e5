/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, called by main.c. Each gets the command line and returns the
 * status to exit with, after printing an error if there is one.
 */
#ifndef OP25BCTL_COMMAND_H
#define OP25BCTL_COMMAND_H

#include "args.h"
#include "output.h"
#include "statement.h"

enum status cmd_show(const struct args *args);
enum status cmd_statement(const struct args *args);
enum status cmd_load(const struct args *args);
enum status cmd_batch(const struct args *args);
enum status cmd_confirm(const struct args *args);
enum status cmd_rollback(const struct args *args);
enum status cmd_diff(const struct args *args);
enum status cmd_check(const struct args *args);
enum status cmd_import(const struct args *args);
enum status cmd_export(const struct args *args);
enum status cmd_save(const struct args *args);
enum status cmd_list(const struct args *args);
enum status cmd_test(const struct args *args);
enum status cmd_stats(const struct args *args);

/**
 * struct columns - how wide the columns of a table of entries are
 * @prefix: that of the prefixes
 * @label: that of the labels
 * @provider: that of the providers, 0 if there are none
 * @owner: that of the owners, 0 if all are operator's
 */
struct columns {
	int prefix;
	int label;
	int provider;
	int owner;
};

void print_entry_row(const struct entry *entry, const struct columns *columns);

enum status only_file(const struct args *args, const char **path);
int take_word(const struct args *args, int index, const char *what,
	      const struct names *names);
enum status refuse_word(const struct args *args, int index);
enum status take_name(const struct args *args, int *index, const struct name *name,
		      const char **chosen);

#endif /* OP25BCTL_COMMAND_H */
