/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Labels of a namespace: their names, and the counters that go with them.
 */
#ifndef _OP25B_LABEL_H
#define _OP25B_LABEL_H

#include <linux/types.h>

#include "stats.h"

/* Labels are numbered from 1 in 16 bits; 0 is no label */
#define OP25B_LABELS_MAX	65535

struct op25b_labels;
struct op25b_policy;

struct op25b_labels *op25b_labels_create(void);
void op25b_labels_free(struct op25b_labels *labels);

bool op25b_label_valid(const char *name, const char **why);
int op25b_label_number(struct op25b_labels *labels, const char *name, const char **why);
const char *op25b_label_name(const struct op25b_labels *labels, u16 number);

void op25b_label_count(const struct op25b_labels *labels, u16 number,
		       enum op25b_verdict outcome, unsigned int bytes);
u16 op25b_labels_last(const struct op25b_labels *labels);
bool op25b_labels_full(const struct op25b_labels *labels);
size_t op25b_labels_bytes(const struct op25b_labels *labels);
struct op25b_counter op25b_label_read(const struct op25b_labels *labels,
				      u16 number, enum op25b_verdict outcome);
bool op25b_label_idle(const struct op25b_labels *labels, u16 number,
		      const struct op25b_policy *policy);
void op25b_labels_sweep(struct op25b_labels *labels, const struct op25b_policy *policy);
void op25b_labels_reset(struct op25b_labels *labels);

#endif /* _OP25B_LABEL_H */
