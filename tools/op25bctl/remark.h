/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Remarks: errors and warnings about a file, kept until all of it has been read.
 */
#ifndef OP25BCTL_REMARK_H
#define OP25BCTL_REMARK_H

#include "output.h"

/* Of each kind so many are kept to be printed as text */
#define REMARKS_SHOWN	10

/* What a remark is about */
enum remark_kind {
	REMARK_ERROR,
	REMARK_EMPTY,
	REMARK_AGAIN,
	REMARK_SHORT,
	REMARK_SPECIAL,
	REMARK_RELAY,
	REMARK_NO_RELAY,
	REMARK_NO_EFFECT,
	REMARK_KINDS
};

/**
 * struct remark - an error or a warning
 * @order: remarks are printed by it
 * @number: among all, and those with the same order by this one
 * @place: where it is; the name of the file lasts until the end of the program
 * @text: message without its place
 */
struct remark {
	u32 order;
	u32 number;
	struct place place;
	char *text;
};

/**
 * struct remarks - errors or warnings, at first all zero
 * @list: the remarks
 * @count: length of @list
 * @room: for how many @list has room
 * @found: how many there are of each kind, by &enum remark_kind
 * @limit: how many of each kind to keep, 0 for all
 */
struct remarks {
	struct remark *list;
	size_t count;
	size_t room;
	size_t found[REMARK_KINDS];
	size_t limit;
};

typedef void (*remark_printer)(const struct place *place, const char *text);

bool find_remark(struct remarks *remarks, enum remark_kind kind);
int add_remark(struct remarks *remarks, u32 order, const struct place *place,
	       const char *text);
size_t remarks_found(const struct remarks *remarks);
void sort_remarks(struct remarks *remarks);
void print_remarks(const struct remarks *remarks, remark_printer print);
void out_remark(const struct place *place, const char *text);
void print_error(const struct place *place, const char *text);
void free_remarks(struct remarks *remarks);

#endif /* OP25BCTL_REMARK_H */
