/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names: every word with a fixed meaning, each written once.
 *
 * Parsers, printers (text and JSON), error messages and help all take their
 * words from these tables. They also say which words take a value, both for the
 * command line and for files.
 */
#ifndef OP25BCTL_NAMES_H
#define OP25BCTL_NAMES_H

#include <linux/op25b.h>
#include <linux/types.h>

struct names;

/**
 * struct name - a word with a fixed meaning
 * @text: the word; an option of the command line with its dashes
 * @brief: short form of an option of the command line, or NULL
 * @value: placeholder of its value, as in usage lines; NULL if it takes none
 * @choice: the names that are its values, or NULL
 * @number: whether its value is a number
 * @min: least number, or bytes of a text
 * @max: greatest number, or bytes of a text; 0 if there is no limit
 * @unit: what is counted, with a space before it, or NULL
 * @standard: default value, of a setting or a port
 * @help: what it means, in a few words, or NULL
 */
struct name {
	const char *text;
	const char *brief;
	const char *value;
	const struct names *choice;
	bool number;
	u32 min;
	u32 max;
	const char *unit;
	u32 standard;
	const char *help;
};

/**
 * struct names - a table of names
 * @list: by number; a number without a name has no @text
 * @count: length of @list
 */
struct names {
	const struct name *list;
	size_t count;
};

/* Bytes of the names of a table, joined, with the zero byte at their end */
#define JOINED_MAX	160

/* Index of statement_names */
enum statement_kind {
	STATEMENT_NOTHING,	/* a blank line or a comment */
	STATEMENT_SET,
	STATEMENT_ADD,
	STATEMENT_DEL,
	STATEMENT_FLUSH,
	STATEMENT_INCLUDE,
};

/* Index of object_names: words that may replace a prefix */
enum object_name {
	OBJECT_FROM,
};

/* Index of include_words: the words of "include", in their order */
enum include_word {
	INCLUDE_PROVIDER,
	INCLUDE_FROM,
};

/* Index of entry_options: options after the prefix in "add" */
enum entry_option {
	ENTRY_OPTION_LABEL,
	ENTRY_OPTION_PROVIDER,
	ENTRY_OPTION_OWNER,
	ENTRY_OPTION_TIMEOUT,
	ENTRY_OPTION_MONITOR,
};

/* Index of port_options */
enum port_option {
	PORT_SOURCE,
	PORT_DESTINATION,
	PORT_OPTIONS
};

/* Index of list_options */
enum list_option {
	LIST_PROVIDER,
	LIST_OWNER,
};

/* Index of load_options */
enum load_option {
	LOAD_ALL,
	LOAD_CONFIRM,
	LOAD_GUARD,
	LOAD_PROVIDER,
	LOAD_STRICT,
};

/* Index of check_options */
enum check_option {
	CHECK_ALL,
	CHECK_PROVIDER,
	CHECK_STRICT,
};

/* Index of diff_options */
enum diff_option {
	DIFF_ALL,
	DIFF_PROVIDER,
};

/* Index of save_options */
enum save_option {
	SAVE_ALL,
};

/* Index of stats_options */
enum stats_option {
	STATS_PROVIDER,
	STATS_OWNER,
	STATS_RESET,
	STATS_ALL,
};

/* Index of when_names: when to color the output */
enum when {
	WHEN_AUTO,
	WHEN_ALWAYS,
	WHEN_NEVER,
};

/* Index of import_formats */
enum import_format {
	IMPORT_IPSET,
	IMPORT_NFT,
	IMPORT_CIDR,
};

/* Index of export_formats */
enum export_format {
	EXPORT_NFT,
	EXPORT_RBLDNSD,
	EXPORT_BIRD,
	EXPORT_CIDR,
};

/* Index of export_options */
enum export_option {
	EXPORT_AS,
};

/* Index of family_names */
enum family_index {
	FAMILY_IPV4,
	FAMILY_IPV6,
	FAMILIES
};

/* By the enums of include/uapi/linux/op25b.h */
extern const struct names table_names;
extern const struct names mode_names;
extern const struct names action_names;
extern const struct names setting_names;
extern const struct names verdict_names;
extern const struct names outcome_names;
extern const struct names reason_names;
extern const struct names direction_names;

extern const struct names family_names;
extern const struct names switch_names;
extern const struct names statement_names;
extern const struct names object_names;
extern const struct names include_words;
extern const struct names entry_options;
extern const struct names list_options;
extern const struct names load_options;
extern const struct names save_options;
extern const struct names check_options;
extern const struct names diff_options;
extern const struct names port_options;
extern const struct names stats_options;
extern const struct names when_names;
extern const struct names import_formats;
extern const struct names export_formats;
extern const struct names export_options;

int find_name(const struct names *names, const char *text);
const char *name_of(const struct names *names, size_t number);
const char *join_names(char *text, size_t size, const struct names *names,
		       const char *separator, const char *last);

#endif /* OP25BCTL_NAMES_H */
