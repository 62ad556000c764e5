/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The worker that removes expired entries.
 */
#ifndef _OP25B_EXPIRE_H
#define _OP25B_EXPIRE_H

struct op25b_net;

void op25b_expire_init_net(struct op25b_net *state);
int op25b_expire_init(void);
void op25b_expire_stop(void);
void op25b_expire_exit(void);

#endif /* _OP25B_EXPIRE_H */
