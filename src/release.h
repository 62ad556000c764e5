/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replaced policies, until they are freed.
 */
#ifndef _OP25B_RELEASE_H
#define _OP25B_RELEASE_H

struct op25b_policy;

void op25b_release(struct op25b_policy *policy);
void op25b_release_flush(void);
int op25b_release_init(void);
void op25b_release_exit(void);

#endif /* _OP25B_RELEASE_H */
