/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Freeing unused name sets when all numbers are in use.
 */
#ifndef _OP25B_SWEEP_H
#define _OP25B_SWEEP_H

struct op25b_net;

void op25b_make_room(struct op25b_net *state);

#endif /* _OP25B_SWEEP_H */
