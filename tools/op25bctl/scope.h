/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options that say whose entries a file has.
 *
 * Called by the commands load, check and diff.
 */
#ifndef OP25BCTL_SCOPE_H
#define OP25BCTL_SCOPE_H

#include "args.h"

/**
 * struct scope - whose entries a file has
 * @all: those of all owners
 * @provider: those of owner provider:PROVIDER, all of this provider; or NULL
 */
struct scope {
	bool all;
	const char *provider;
};

enum status read_scope(const struct args *args, struct scope *scope);
bool is_whole(const struct scope *scope);

#endif /* OP25BCTL_SCOPE_H */
