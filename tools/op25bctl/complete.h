/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Completion for shells, called by main.c.
 */
#ifndef OP25BCTL_COMPLETE_H
#define OP25BCTL_COMPLETE_H

#include "args.h"

void complete(const struct syntax *syntax, int count, char **words);

#endif /* OP25BCTL_COMPLETE_H */
