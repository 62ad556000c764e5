/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The worker of a namespace: removes expired entries, and goes back.
 */
#ifndef _OP25B_WORKER_H
#define _OP25B_WORKER_H

struct op25b_net;

bool op25b_go_back(struct op25b_net *state);
void op25b_worker_init_net(struct op25b_net *state);
int op25b_worker_init(void);
void op25b_worker_stop(void);
void op25b_worker_exit(void);

#endif /* _OP25B_WORKER_H */
