/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands. Each gets its name and the words behind it, and returns the
 * status to exit with after saying what is wrong. Options are not among the
 * words. Called by main.c.
 */
#ifndef OP25BCTL_COMMAND_H
#define OP25BCTL_COMMAND_H

#include "output.h"

enum status cmd_show(int count, char **words);
enum status cmd_statement(int count, char **words);
enum status cmd_load(int count, char **words);
enum status cmd_batch(int count, char **words);
enum status cmd_check(int count, char **words);
enum status cmd_save(int count, char **words);
enum status cmd_list(int count, char **words);
enum status cmd_test(int count, char **words);
enum status cmd_stats(int count, char **words);

enum status only_file(int count, char **words, const char **path);
enum status refuse_word(const char *name, const char *word);

#endif /* OP25BCTL_COMMAND_H */
