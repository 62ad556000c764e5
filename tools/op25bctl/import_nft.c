// SPDX-License-Identifier: GPL-2.0
/*
 * What nft -j prints: libnftables-json(5). Only sets of addresses are imported.
 *
 * jansson keeps no places of values. So a cursor goes over the text beside the walk over
 * the document, which has shown that the text is JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <linux/kernel.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "import.h"

/* Bytes that a name may take in an error message, with the zero byte */
#define SHOWN_MAX	80
/* Bytes of a number, with the zero byte */
#define NUMBER_MAX	24

enum {
	KIND_METAINFO,
	KIND_TABLE,
	KIND_SET,
	KIND_RULES,	/* this one and those behind it */
};

static const struct name kind_list[] = {
	[KIND_METAINFO] = { .text = "metainfo" },
	[KIND_TABLE] = { .text = "table" },
	[KIND_SET] = { .text = "set" },
	[KIND_RULES] = { .text = "chain" },
	{ .text = "rule" },
	{ .text = "flowtable" },
	{ .text = "counter" },
	{ .text = "quota" },
	{ .text = "limit" },
	{ .text = "ct helper" },
	{ .text = "ct timeout" },
	{ .text = "ct expectation" },
	{ .text = "secmark" },
	{ .text = "synproxy" },
};

static const struct names kinds = { kind_list, ARRAY_SIZE(kind_list) };

enum {
	TYPE_IPV4,
	TYPE_IPV6,
};

static const struct name type_list[] = {
	[TYPE_IPV4] = { .text = "ipv4_addr" },
	[TYPE_IPV6] = { .text = "ipv6_addr" },
};

static const struct names types = { type_list, ARRAY_SIZE(type_list) };

enum {
	MEMBER_VAL,
	MEMBER_TIMEOUT,
	MEMBER_EXPIRES,
	MEMBER_COMMENT,
	MEMBER_COUNTER,
	MEMBER_LAST,
};

/* What an element may have: all that does not restrict what it matches */
static const struct name member_list[] = {
	[MEMBER_VAL] = { .text = "val" },
	[MEMBER_TIMEOUT] = {
		.text = "timeout", .max = OP25B_TIMEOUT_MAX, .unit = " seconds",
	},
	[MEMBER_EXPIRES] = {
		.text = "expires", .max = OP25B_TIMEOUT_MAX, .unit = " seconds",
	},
	[MEMBER_COMMENT] = { .text = "comment" },
	[MEMBER_COUNTER] = { .text = "counter" },
	[MEMBER_LAST] = { .text = "last" },
};

static const struct names members = { member_list, ARRAY_SIZE(member_list) };

/**
 * struct document - a document being read
 * @import: the import
 * @text: its text
 * @at: what is being read; NULL if that was not found
 * @line: number of the line that @counted is in
 * @start: the beginning of that line
 * @counted: how far lines have been counted
 * @rules: whether it has been said that rules are left out
 */
struct document {
	struct import *import;
	const char *text;
	const char *at;
	size_t line;
	const char *start;
	const char *counted;
	bool rules;
};

/**
 * struct set - a set being read
 * @name: its name
 * @family: AF_INET or AF_INET6; 0 if its type does not say
 * @timeout: of elements that have none of their own, or NULL
 * @index: of the element being read, from 1
 */
struct set {
	const char *name;
	u8 family;
	const json_t *timeout;
	size_t index;
};

static const char *show(char shown[SHOWN_MAX], const char *text)
{
	return escape(shown, SHOWN_MAX, text);
}

/* Places: the text is known to be JSON */

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* From the quote at its beginning to behind the one at its end */
static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

static const char *skip_value(const char *at)
{
	size_t depth = 0;

	if (*at != '{' && *at != '[' && *at != '"')
		return at + strcspn(at, ",]} \t\r\n");
	do {
		if (*at == '"') {
			at = skip_string(at);
		} else {
			depth += *at == '{' || *at == '[';
			depth -= *at == '}' || *at == ']';
			at++;
		}
	} while (depth);
	return at;
}

/* From a value to the next one of the same array or object, or to the end of that */
static const char *next_item(const char *at)
{
	if (!at)
		return NULL;
	at = skip_blanks(skip_value(at));
	return *at == ',' ? skip_blanks(at + 1) : at;
}

/* The first value of an array, or the first key of an object */
static const char *first_item(const char *at)
{
	return at ? skip_blanks(at + 1) : NULL;
}

/* The value of a key, or NULL: the key may be written with escapes */
static const char *find_member(const char *at, const char *key)
{
	size_t length = strlen(key);

	for (at = first_item(at); at && *at == '"'; at = next_item(at)) {
		bool found = !strncmp(at + 1, key, length) && at[1 + length] == '"';

		/* behind the colon */
		at = skip_blanks(skip_blanks(skip_string(at)) + 1);
		if (found)
			return at;
	}
	return NULL;
}

static struct place place_in(struct document *document, const char *at)
{
	struct place place = {
		.file = file_name(document->import->path),
		.line = 1,
		.column = 1,
	};
	const char *feed;

	if (!at)
		return place;
	if (at < document->start) {
		document->line = 1;
		document->start = document->text;
		document->counted = document->text;
	}
	while (document->counted < at) {
		feed = memchr(document->counted, '\n', at - document->counted);
		document->counted = feed ? feed + 1 : at;
		if (!feed)
			break;
		document->line++;
		document->start = feed + 1;
	}
	place.line = document->line;
	place.column = at - document->start + 1;
	return place;
}

static struct place here(struct document *document)
{
	return place_in(document, document->at);
}

static int refuse(struct document *document, const struct problem *problem)
{
	struct place place = here(document);

	return import_problem(document->import, &place, problem);
}

/* Elements */

static int parse_seconds(const json_t *json, int member, u32 *seconds,
			 struct problem *problem)
{
	char text[NUMBER_MAX] = "";
	struct word word = { .text = text };

	/* other types of values are no number either */
	if (json_is_integer(json))
		word.length = snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
				       json_integer_value(json));
	return parse_number(&word, &member_list[member], seconds, problem);
}

/* What is left of a timeout counts; it is rounded down, also to 0 */
static int parse_timeout(const struct set *set, const json_t *details, u32 *timeout,
			 struct problem *problem)
{
	const json_t *expires = json_object_get(details, "expires");
	const json_t *own = json_object_get(details, "timeout");
	int err;

	if (expires) {
		err = parse_seconds(expires, MEMBER_EXPIRES, timeout, problem);
		if (!err && !*timeout)
			*timeout = 1;
		return err;
	}
	if (!own)
		own = set->timeout;
	return own ? parse_seconds(own, MEMBER_TIMEOUT, timeout, problem) : 0;
}

static int parse_comment(const json_t *json, struct word *comment, struct problem *problem)
{
	if (!json_is_string(json))
		return set_problem(problem, 0, "the comment is not a string");
	comment->text = json_string_value(json);
	comment->length = json_string_length(json);
	return 0;
}

/* The members of an element but for its value and timeouts */
static int parse_details(struct document *document, json_t *details, struct word *comment,
			 struct problem *problem)
{
	struct place place = here(document);
	char shown[SHOWN_MAX];
	const char *key;
	json_t *value;

	json_object_foreach(details, key, value) {
		switch (find_name(&members, key)) {
		case MEMBER_VAL:
		case MEMBER_TIMEOUT:
		case MEMBER_EXPIRES:
			break;
		case MEMBER_COMMENT:
			if (parse_comment(value, comment, problem))
				return -EINVAL;
			break;
		case MEMBER_COUNTER:
		case MEMBER_LAST:
			import_counters(document->import, &place);
			break;
		default:
			return set_problem(problem, 0, "'%s' cannot be imported",
					   show(shown, key));
		}
	}
	return 0;
}

static struct word word_of(const json_t *json)
{
	const char *text = json_string_value(json);

	return (struct word){ .text = text ? text : "", .length = json_string_length(json) };
}

static int parse_prefix_value(const json_t *json, struct range *range,
			      struct problem *problem)
{
	char text[INET6_ADDRSTRLEN + NUMBER_MAX];
	struct word address = word_of(json_object_get(json, "addr"));
	struct word word = { .text = text };
	struct prefix prefix;

	word.length = snprintf(text, sizeof(text), "%s/%" JSON_INTEGER_FORMAT, address.text,
			       json_integer_value(json_object_get(json, "len")));
	if (parse_prefix(&word, &prefix, problem))
		return -EINVAL;
	range_of_prefix(&prefix, range);
	return 0;
}

static int parse_value(const json_t *value, struct range *range, struct problem *problem)
{
	const json_t *prefix = json_object_get(value, "prefix");
	const json_t *pair = json_object_get(value, "range");
	struct word first = word_of(value), last;

	if (json_is_string(value))
		return parse_range(&first, range, problem);
	if (json_is_integer(json_object_get(prefix, "len")))
		return parse_prefix_value(prefix, range, problem);
	if (json_array_size(pair) != 2)
		return set_problem(problem, 0, "expected an address, a prefix or a range");
	first = word_of(json_array_get(pair, 0));
	last = word_of(json_array_get(pair, 1));
	return make_range(&first, &last, range, problem);
}

static int parse_element(struct document *document, const struct set *set, json_t *json,
			 struct element *element, struct word *comment,
			 struct problem *problem)
{
	json_t *details = json_object_get(json, "elem");

	if (parse_details(document, details, comment, problem) ||
	    parse_timeout(set, details, &element->timeout, problem) ||
	    parse_value(details ? json_object_get(details, "val") : json, &element->range,
			problem))
		return -EINVAL;
	element->comment = comment;
	if (!set->family || set->family == element->range.first.family)
		return 0;
	return set_problem(problem, 0, "expected an element of type %s",
			   name_of(&types, set->family == AF_INET ? TYPE_IPV4 : TYPE_IPV6));
}

static int take_element(struct document *document, const struct set *set, json_t *json)
{
	struct place place = here(document);
	struct problem problem, full;
	struct element element = { 0 };
	struct word comment = { 0 };
	char shown[SHOWN_MAX];

	if (!parse_element(document, set, json, &element, &comment, &problem)) {
		import_element(document->import, &place, &element);
		return 0;
	}
	/* the whole document may be one line */
	set_problem(&full, 0, "element %zu of set '%s': %s", set->index,
		    show(shown, set->name), problem.text);
	return refuse(document, &full);
}

/* Sets */

static int parse_type(const json_t *json, struct set *set, struct problem *problem)
{
	const json_t *type = json_object_get(json, "type");
	char name[SHOWN_MAX], shown[SHOWN_MAX], joined[JOINED_MAX];
	const char *text = json_string_value(type);
	int number = text ? find_name(&types, text) : -1;

	if (number >= 0)
		set->family = number == TYPE_IPV4 ? AF_INET : AF_INET6;
	/* newer versions say what it is the type of: the elements show what it is */
	if (number >= 0 || json_is_object(type))
		return 0;
	if (json_is_array(type))
		text = "concatenation";
	return set_problem(problem, 0, "set '%s' has the type '%s': expected %s",
			   show(name, set->name), show(shown, text ? text : ""),
			   join_names(joined, sizeof(joined), &types, ", ", " or "));
}

static int take_set(struct document *document, const json_t *json)
{
	const char *name = json_string_value(json_object_get(json, "name"));
	json_t *elements = json_object_get(json, "elem"), *element;
	struct set set = {
		.name = name ? name : "",
		.timeout = json_object_get(json, "timeout"),
	};
	struct place place = here(document);
	char shown[SHOWN_MAX];
	struct problem problem;
	size_t i;
	int result;

	if (parse_type(json, &set, &problem))
		return refuse(document, &problem);
	if (elements && !json_is_array(elements)) {
		set_problem(&problem, 0, "the elements of set '%s' are not a list",
			    show(shown, set.name));
		return refuse(document, &problem);
	}
	import_set(document->import, &place, set.name);
	document->at = first_item(find_member(find_member(document->at, "set"), "elem"));
	json_array_foreach(elements, i, element) {
		set.index = i + 1;
		result = take_element(document, &set, element);
		if (result)
			return result;
		document->at = next_item(document->at);
	}
	return 0;
}

/* The document */

static void warn_of_rules(struct document *document)
{
	struct place place = here(document);
	struct problem problem;

	if (document->rules)
		return;
	document->rules = true;
	set_problem(&problem, 0, "chains and rules are left out");
	import_warning(document->import, &place, &problem);
}

/* An object of the list: a set, or what is not imported */
static int take_object(struct document *document, json_t *json)
{
	const char *kind = json_object_iter_key(json_object_iter(json));
	const json_t *value = json_object_get(json, kind);
	const char *name = json_string_value(json_object_get(value, "name"));
	char shown[SHOWN_MAX], named[SHOWN_MAX];
	struct problem problem;
	int number;

	number = kind ? find_name(&kinds, kind) : -1;
	if (number == KIND_SET)
		return take_set(document, value);
	if (number >= KIND_RULES)
		warn_of_rules(document);
	if (number >= 0)
		return 0;
	set_problem(&problem, 0, "%s %s cannot be imported: expected sets",
		    show(shown, kind ? kind : "value"),
		    show(named, name ? name : "without a name"));
	return refuse(document, &problem);
}

static int take_document(struct document *document, const json_t *root)
{
	const json_t *list = json_object_get(root, "nftables");
	struct problem problem;
	json_t *object;
	const char *at;
	size_t i;
	int result;

	if (!json_is_array(list)) {
		set_problem(&problem, 0, "no list \"nftables\": expected what nft -j prints");
		return refuse(document, &problem);
	}
	at = first_item(find_member(skip_blanks(document->text), "nftables"));
	json_array_foreach(list, i, object) {
		document->at = at;
		result = take_object(document, object);
		if (result)
			return result;
		at = next_item(at);
	}
	return 0;
}

/* The place is the last byte that was read */
static int refuse_syntax(struct document *document, const json_error_t *error)
{
	char shown[2 * JSON_ERROR_TEXT_LENGTH];
	struct problem problem;

	document->at = document->text + error->position - !!error->position;
	set_problem(&problem, 0, "%s: expected what nft -j prints",
		    escape(shown, sizeof(shown), error->text));
	return refuse(document, &problem);
}

/**
 * import_nft() - read what nft -j list prints
 * @import: the import
 *
 * Return: 0, what a callback returned, or STATUS_ERROR after printing an error.
 */
int import_nft(struct import *import)
{
	size_t length;
	char *text = read_file(import->path, &length);
	struct document document = {
		.import = import,
		.text = text,
		.line = 1,
		.start = text,
		.counted = text,
	};
	json_error_t error;
	json_t *root;
	int result;

	if (!text)
		return STATUS_ERROR;
	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	result = root ? take_document(&document, root) : refuse_syntax(&document, &error);
	json_decref(root);
	free(text);
	return result;
}
