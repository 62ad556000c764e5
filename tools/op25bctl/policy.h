/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A policy in memory: the entries and settings of a file, or of the kernel.
 *
 * Statements are noted in their order. To settle the policy, those of each prefix are
 * applied one after the other, as the module would; what is left are the entries, sorted.
 * Nothing expires meanwhile. An entry takes 40 bytes; names are interned for the whole
 * program. Called by the commands check, diff, export and load.
 */
#ifndef OP25BCTL_POLICY_H
#define OP25BCTL_POLICY_H

#include "input.h"
#include "remark.h"

/* Entries that share no prefix with each other; each prefix is once in a space */
enum space {
	SPACE_SUBSCRIBERS,	/* dynamic, fixed and dialup */
	SPACE_RELAYS,
	SPACES
};

/**
 * struct address - an address, as numbers
 * @hi: its first 64 bits; of IPv4 the first 32 of them, the others being zero
 * @lo: its last 64 bits; of IPv4 zero
 */
struct address {
	u64 hi;
	u64 lo;
};

/**
 * struct record - an entry, or before settling a statement about one
 * @first: address of the prefix
 * @timeout: seconds, 0 for none
 * @names: number of label, provider and owner, see record_names()
 * @order: of the statement
 * @line: place of the prefix; 0 if it comes from the kernel
 * @column: of the place
 * @file: number of the file's name
 * @length: of the prefix
 * @table: &enum op25b_table_id
 * @flags: &enum op25b_entry_flags
 * @kind: STATEMENT_ADD or STATEMENT_DEL
 */
struct record {
	struct address first;
	u32 timeout;
	u32 names;
	u32 order;
	u32 line;
	u16 column;
	u16 file;
	u8 length;
	u8 table;
	u8 flags;
	u8 kind;
};

/**
 * struct records - the records of a space and a family
 * @list: the records; once settled, by address, and of one address the shortest first
 * @count: length of @list
 * @room: for how many @list has room
 */
struct records {
	struct record *list;
	size_t count;
	size_t room;
};

/**
 * struct flushes - when a table was flushed
 * @order: of each "flush", ascending
 * @count: length of @order
 * @room: for how many @order has room
 */
struct flushes {
	u32 *order;
	size_t count;
	size_t room;
};

/**
 * struct policy - a policy
 * @records: entries, by &enum space and &enum family_index
 * @settings: by &enum op25b_settings_attr
 * @order: of the next statement
 * @flushes: by &enum op25b_table_id
 * @errors: what is wrong in its file
 * @warnings: what its author may not have intended
 */
struct policy {
	struct records records[SPACES][FAMILIES];
	u32 settings[OP25B_A_SETTINGS_MAX + 1];
	u32 order;
	struct flushes flushes[OP25B_TABLE_MAX + 1];
	struct remarks errors;
	struct remarks warnings;
};

/**
 * struct names_of_entry - label, provider and owner of an entry, each empty for none
 * @label: the label
 * @provider: the provider
 * @owner: the owner
 */
struct names_of_entry {
	char label[OP25B_NAME_MAX + 1];
	char provider[OP25B_NAME_MAX + 1];
	char owner[OP25B_NAME_MAX + 1];
};

/**
 * struct reading - how a file is read
 * @path: of the file, "-" for standard input
 * @provider: of all entries, which the file then only adds, or NULL
 * @owners: whether its entries may have owners
 */
struct reading {
	const char *path;
	const char *provider;
	bool owners;
};

void init_policy(struct policy *policy);
void free_policy(struct policy *policy);
int note_statement(struct policy *policy, const struct statement *statement,
		   const struct origin *origin);
int note_entry(struct policy *policy, const struct entry *entry);
int note_warning(struct policy *policy, const struct place *place, const char *text);
int settle_policy(struct policy *policy);
int read_policy(struct policy *policy, const struct reading *reading);

__printf(4, 5)
int warn_record(struct policy *policy, enum remark_kind kind,
		const struct record *record, const char *format, ...);

int append_record(struct records *records, const struct record *record);
size_t count_records(const struct policy *policy, u8 table,
		     enum family_index family);

enum space space_of(u8 table);
int compare_records(const struct record *a, const struct record *b);
bool same_words(const struct record *a, const struct record *b);
const struct names_of_entry *record_names(const struct record *record);
struct place record_place(const struct record *record);
void write_address(const struct address *address, u8 bytes[16]);
void entry_of(const struct record *record, enum family_index family,
	      struct entry *entry);

#endif /* OP25BCTL_POLICY_H */
