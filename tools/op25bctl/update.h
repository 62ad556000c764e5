/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Update messages: many statements in one message, and which of them was
 * refused. Called by transaction.c.
 */
#ifndef OP25BCTL_UPDATE_H
#define OP25BCTL_UPDATE_H

#include "input.h"
#include "netlink.h"

struct update;

struct update *open_update(struct kernel *kernel, bool transaction);
void close_update(struct update *update);
int put_statement(struct update *update, const struct statement *statement,
		  const struct origin *origin);
int send_update(struct update *update);
enum status fail_update(const struct update *update);

#endif /* OP25BCTL_UPDATE_H */
