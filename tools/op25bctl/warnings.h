/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Warnings: what is valid, but hardly what the author of a file intended.
 *
 * Called by the commands check and load.
 */
#ifndef OP25BCTL_WARNINGS_H
#define OP25BCTL_WARNINGS_H

#include "policy.h"

bool lacks_relay(const struct policy *policy, enum family_index family);
int find_warnings(struct policy *policy, const bool served[FAMILIES]);
void print_warnings(const struct policy *policy);

#endif /* OP25BCTL_WARNINGS_H */
