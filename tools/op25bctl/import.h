/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other programs' files as statements: what the readers of all formats share.
 *
 * A reader takes the entries of a file from its beginning to its end and reports all
 * errors. Called by cmd_import.c.
 */
#ifndef OP25BCTL_IMPORT_H
#define OP25BCTL_IMPORT_H

#include "input.h"
#include "range.h"

/**
 * struct import - a file being imported
 * @visitor: callbacks for its lines and for errors
 * @warning: called for what is left out without changing a verdict
 * @path: of the file
 * @out: gets the statements
 * @table: &enum op25b_table_id, of all entries
 * @sets: sets found
 * @entries: entries found
 * @counters: whether it has been said that counters are left out
 * @data: of the reader
 */
struct import {
	struct visitor visitor;
	void (*warning)(struct import *import, const struct place *place, const char *text);
	const char *path;
	FILE *out;
	u8 table;
	size_t sets;
	size_t entries;
	bool counters;
	void *data;
};

/**
 * struct element - an element of a set
 * @range: its addresses
 * @comment: or NULL
 * @timeout: seconds, 0 for none
 */
struct element {
	struct range range;
	const struct word *comment;
	u32 timeout;
};

extern const struct name import_comment;

/* Readers; they return 0, also after errors in the file, or STATUS_ERROR */
int import_ipset(struct import *import);
int import_nft(struct import *import);
int import_cidr(struct import *import);

int import_problem(struct import *import, const struct place *place,
		   const struct problem *problem);
void import_warning(struct import *import, const struct place *place,
		    const struct problem *problem);
void import_set(struct import *import, const struct place *place, const char *name);
void import_counters(struct import *import, const struct place *place);
void import_element(struct import *import, const struct place *place,
		    const struct element *element);

#endif /* OP25BCTL_IMPORT_H */
