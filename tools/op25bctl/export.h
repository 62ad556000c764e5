/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies in the formats of other programs: what all formats share.
 *
 * Nested prefixes are flattened into ranges where a format knows no most specific one.
 * What a format cannot say is in comments at the head of the output. Called by
 * cmd_export.c.
 */
#ifndef OP25BCTL_EXPORT_H
#define OP25BCTL_EXPORT_H

#include "space.h"

/**
 * struct ranges - ranges of addresses, ascending, with gaps between them
 * @list: the ranges
 * @count: length of @list
 * @room: for how many @list has room
 */
struct ranges {
	struct {
		struct address first;
		struct address last;
	} *list;
	size_t count;
	size_t room;
};

/**
 * struct export - a policy being exported
 * @policy: the policy, settled
 * @name: of its file, NULL if it is the running one
 * @table: the only table to export, &enum op25b_table_id; 0 for all
 * @as: number of the autonomous system, for the format bird
 * @timed: number of entries with a timeout, by &enum op25b_table_id
 */
struct export {
	struct policy policy;
	const char *name;
	u8 table;
	u32 as;
	size_t timed[OP25B_TABLE_MAX + 1];
};

/* They return 0 or -ENOMEM */
int export_nft(const struct export *export);

int add_range(struct ranges *ranges, const struct segment *segment);
const char *format_address(const struct address *address, enum family_index family,
			   char text[PREFIX_TEXT_MAX]);
void print_head(const struct export *export, const char *program);

#endif /* OP25BCTL_EXPORT_H */
