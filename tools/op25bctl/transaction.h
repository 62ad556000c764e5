/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of the policy: statements and files, sent to the kernel.
 *
 * Files are sent in a transaction. Closing the connection aborts it. Called by
 * cmd_change.c and cmd_load.c.
 */
#ifndef OP25BCTL_TRANSACTION_H
#define OP25BCTL_TRANSACTION_H

#include "update.h"

/**
 * struct change - a change of the policy
 * @visitor: callbacks for its statements; @visitor.warning is the caller's, or NULL
 * @update: collects them
 * @path: file of statements, or NULL
 * @statement: the statement on the command line, without @path
 * @replace: whether to start from an empty policy
 * @all: with @replace, whether it replaces the entries of all owners
 * @provider: of all entries of @path, or NULL
 * @confirm: seconds to confirm it in, 0 for none
 * @begin: called before the statements are sent, or NULL
 * @note: called for each that is sent, or NULL
 * @judge: called when the kernel has accepted all of them, or NULL
 *
 * The callbacks return 0 to go on; with a negative error number, which is not yet
 * printed, or a status nothing is applied.
 */
struct change {
	struct visitor visitor;
	struct update *update;
	const char *path;
	const struct statement *statement;
	bool replace;
	bool all;
	const char *provider;
	u32 confirm;
	void (*begin)(struct change *change);
	int (*note)(struct change *change, const struct statement *statement,
		    const struct origin *origin);
	int (*judge)(struct change *change, struct kernel *kernel);
};

enum status change_policy(struct change *change);

#endif /* OP25BCTL_TRANSACTION_H */
