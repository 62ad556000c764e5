/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Name sets of a namespace: the label, provider and owner that an entry carries,
 * interned together as one number, and the counters that go with it.
 */
#ifndef _OP25B_NAMES_H
#define _OP25B_NAMES_H

#include <linux/types.h>

#include "stats.h"

/* Name sets are numbered from 1 in 16 bits; 0 is the set without any name */
#define OP25B_NAME_SETS_MAX	65535

enum op25b_name_kind {
	OP25B_NAME_LABEL,
	OP25B_NAME_PROVIDER,
	OP25B_NAME_OWNER,
	OP25B_NAME_KINDS
};

/**
 * struct op25b_name_set - the names of an entry
 * @name: by &enum op25b_name_kind, NULL for none, as an owner for operator; checked by
 *	op25b_name_valid()
 */
struct op25b_name_set {
	const char *name[OP25B_NAME_KINDS];
};

struct op25b_names;

struct op25b_names *op25b_names_create(void);
void op25b_names_free(struct op25b_names *names);

bool op25b_name_valid(enum op25b_name_kind kind, const char *name, const char **why);
int op25b_names_number(struct op25b_names *names, const struct op25b_name_set *set,
		       const char **why);
struct op25b_name_set op25b_names_get(const struct op25b_names *names, u16 number);
bool op25b_names_same(const struct op25b_names *names, enum op25b_name_kind kind,
		      u16 a, u16 b);
u8 op25b_names_group(const struct op25b_names *names, u16 number);
bool op25b_names_alone(const struct op25b_names *names, u16 number);
int op25b_names_owner(struct op25b_names *names, const char *owner, const char **why);
const char *op25b_names_owned(struct op25b_names *names, u16 number);

void op25b_names_count(const struct op25b_names *names, u16 number,
		       enum op25b_verdict outcome, unsigned int bytes);
u16 op25b_names_last(const struct op25b_names *names);
bool op25b_names_full(const struct op25b_names *names);
size_t op25b_names_bytes(const struct op25b_names *names);
struct op25b_counter op25b_names_read(const struct op25b_names *names, u16 number,
				      enum op25b_verdict outcome);
bool op25b_names_exist(const struct op25b_names *names, u16 number);
bool op25b_names_counted(const struct op25b_names *names, u16 number);
void op25b_names_forget(struct op25b_names *names, u16 number);
void op25b_names_reset(struct op25b_names *names);

#endif /* _OP25B_NAMES_H */
