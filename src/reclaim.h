/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies that were replaced or dropped, until they are freed.
 */
#ifndef _OP25B_RECLAIM_H
#define _OP25B_RECLAIM_H

#include <linux/types.h>

struct op25b_policy;

void op25b_reclaim(struct op25b_policy *policy);
void op25b_reclaim_throttle(u64 generation, unsigned long *grace);
int op25b_reclaim_init(void);
void op25b_reclaim_exit(void);

#endif /* _OP25B_RECLAIM_H */
