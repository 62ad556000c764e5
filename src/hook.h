/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FORWARD hooks of a namespace.
 */
#ifndef _OP25B_HOOK_H
#define _OP25B_HOOK_H

#include "netns.h"

int op25b_hooks_register(struct op25b_net *state);
void op25b_hooks_unregister(struct op25b_net *state);

#endif /* _OP25B_HOOK_H */
