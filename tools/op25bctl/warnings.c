// SPDX-License-Identifier: GPL-2.0
/*
 * Warnings: what is valid, but hardly what the author of a file intended.
 *
 * Each entry is looked at together with the prefixes around it: sorted entries are
 * visited once, with those that hold the present one on a stack.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <stdlib.h>

#include "space.h"
#include "warnings.h"

/* Shortest prefixes that nobody wonders about */
static const u8 usual_length[FAMILIES] = { [FAMILY_IPV4] = 8, [FAMILY_IPV6] = 16 };

static const char *const family_text[FAMILIES] = {
	[FAMILY_IPV4] = "IPv4", [FAMILY_IPV6] = "IPv6"
};

#define LOOPBACK	"this is loopback space: no packet from there is forwarded"
#define LINK_LOCAL	"this is link-local space: no packet from there is forwarded"
#define MULTICAST	"this is multicast space: TCP does not use it"
#define MAPPED		"an IPv4-mapped prefix matches no packet: write it as an IPv4 prefix"

/* Address space of which no packet is forwarded, or none matches: RFC 6890, RFC 5771 */
static const struct {
	enum family_index family;
	u8 length;
	u64 hi;
	u64 lo;
	const char *text;
} special[] = {
	{ FAMILY_IPV4, 8, 0x7f000000ULL << 32, 0, LOOPBACK },
	{ FAMILY_IPV4, 16, 0xa9fe0000ULL << 32, 0, LINK_LOCAL },
	{ FAMILY_IPV4, 4, 0xe0000000ULL << 32, 0, MULTICAST },
	{ FAMILY_IPV6, 128, 0, 1, LOOPBACK },
	{ FAMILY_IPV6, 96, 0, 0xffff00000000ULL, MAPPED },
	{ FAMILY_IPV6, 10, 0xfe80ULL << 48, 0, LINK_LOCAL },
	{ FAMILY_IPV6, 8, 0xff00ULL << 48, 0, MULTICAST },
};

/**
 * struct nested - an entry that holds the present one
 * @record: the entry
 * @free: addresses that no more specific entry decides on for as long as it lasts
 */
struct nested {
	const struct record *record;
	double free;
};

/**
 * struct search - warnings of the entries of a family being searched for
 * @policy: the policy
 * @family: the family
 * @err: 0 or -ENOMEM
 * @relays: the relays
 * @warned: which of them have been warned of
 */
struct search {
	struct policy *policy;
	enum family_index family;
	int err;
	const struct records *relays;
	bool *warned;
};

static int warn_prefix(struct search *search, const struct record *record)
{
	size_t i;

	if (!record->length)
		return warn_record(search->policy, REMARK_SHORT, record,
				   "this prefix holds every %s address",
				   family_text[search->family]);
	if (record->length < usual_length[search->family])
		return warn_record(search->policy, REMARK_SHORT, record,
				   "this prefix is shorter than /%u: is all of it meant?",
				   usual_length[search->family]);
	for (i = 0; i < ARRAY_SIZE(special); i++) {
		const struct record space = {
			.first = { special[i].hi, special[i].lo },
			.length = special[i].length,
		};
		struct address last = last_address(&space);

		if (special[i].family == search->family &&
		    compare_addresses(&record->first, &space.first) >= 0 &&
		    compare_addresses(&record->first, &last) <= 0)
			return warn_record(search->policy, REMARK_SPECIAL, record,
					   "%s", special[i].text);
	}
	return 0;
}

/* Whether an entry is there at least as long as another one */
static bool outlasts(const struct record *record, const struct record *other)
{
	return !record->timeout || (other->timeout && record->timeout >= other->timeout);
}

static bool decides_alike(const struct record *a, const struct record *b)
{
	return a->table == b->table && a->flags == b->flags && a->names == b->names;
}

/* Of an entry that ends, with those that hold it */
static int warn_effect(struct search *search, const struct nested *entry,
		       const struct nested *outer)
{
	struct place place;

	if (entry->free <= 0)
		return warn_record(search->policy, REMARK_NO_EFFECT, entry->record,
				   "this entry has no effect: more specific ones hold all of its addresses");
	if (!outer || !decides_alike(entry->record, outer->record) ||
	    !outlasts(outer->record, entry->record))
		return 0;
	place = record_place(outer->record);
	return warn_record(search->policy, REMARK_NO_EFFECT, entry->record,
			   "this entry has no effect: the one of %s:%zu holds it and has the same options",
			   place.file, place.line);
}

/* Takes the innermost entry from the stack */
static int end_nested(struct search *search, const struct nested *stack,
		      unsigned int depth)
{
	return warn_effect(search, &stack[depth - 1], depth > 1 ? &stack[depth - 2] : NULL);
}

static int warn_records(struct search *search, const struct records *records)
{
	struct nested stack[NESTED_MAX];
	unsigned int depth = 0;
	int err = 0;
	size_t i;

	for (i = 0; i < records->count && !err; i++) {
		const struct record *record = &records->list[i];

		while (depth && !err) {
			struct address last = last_address(stack[depth - 1].record);

			if (compare_addresses(&record->first, &last) <= 0)
				break;
			err = end_nested(search, stack, depth--);
		}
		if (depth && outlasts(record, stack[depth - 1].record))
			stack[depth - 1].free -= record_size(record, search->family);
		stack[depth].record = record;
		stack[depth++].free = record_size(record, search->family);
		err = err ?: warn_prefix(search, record);
	}
	while (depth && !err)
		err = end_nested(search, stack, depth--);
	return err;
}

/* Takes addresses and who decides on them as a source and as a destination */
static void warn_relay(const struct segment *segment, void *data)
{
	const struct record *source = segment->entry[SPACE_SUBSCRIBERS];
	const struct record *relay = segment->entry[SPACE_RELAYS];
	struct search *search = data;
	struct place place;

	if (!relay || !source || search->err || source->table != OP25B_TABLE_DYNAMIC ||
	    source->flags & OP25B_ENTRY_MONITOR)
		return;
	/* it may be in several segments */
	if (search->warned[relay - search->relays->list])
		return;
	search->warned[relay - search->relays->list] = true;
	place = record_place(source);
	search->err = warn_record(search->policy, REMARK_RELAY, relay,
				  "this relay is in the dynamic range of %s:%zu: its own deliveries would be blocked; add it to fixed",
				  place.file, place.line);
}

static int warn_relays(struct search *search, const struct records *const records[SPACES])
{
	search->relays = records[SPACE_RELAYS];
	search->warned = calloc(search->relays->count, sizeof(*search->warned));
	if (!search->warned)
		return -ENOMEM;
	walk_space(search->family, records, SPACES, warn_relay, search);
	free(search->warned);
	return search->err;
}

static const struct record *first_dynamic(const struct records *records)
{
	const struct record *first = NULL;
	size_t i;

	for (i = 0; i < records->count; i++) {
		const struct record *record = &records->list[i];

		if (record->table == OP25B_TABLE_DYNAMIC &&
		    (!first || record->order < first->order))
			first = record;
	}
	return first;
}

/**
 * lacks_relay() - whether a policy has dynamic ranges of a family, but no relay
 * @policy: the policy, settled
 * @family: the family
 */
bool lacks_relay(const struct policy *policy, enum family_index family)
{
	return !policy->records[SPACE_RELAYS][family].count &&
	       first_dynamic(&policy->records[SPACE_SUBSCRIBERS][family]);
}

static int warn_family(struct policy *policy, enum family_index family, bool served)
{
	const struct records *const records[SPACES] = {
		&policy->records[SPACE_SUBSCRIBERS][family],
		&policy->records[SPACE_RELAYS][family],
	};
	struct search search = { .policy = policy, .family = family };
	int err;

	err = warn_records(&search, records[SPACE_SUBSCRIBERS]) ?:
	      warn_records(&search, records[SPACE_RELAYS]);
	if (err)
		return err;
	if (records[SPACE_RELAYS]->count)
		return warn_relays(&search, records);
	if (served || !lacks_relay(policy, family))
		return 0;
	return warn_record(policy, REMARK_NO_RELAY, first_dynamic(records[SPACE_SUBSCRIBERS]),
			   "there is no %s relay: these subscribers reach no server on port 25",
			   family_text[family]);
}

/**
 * find_warnings() - find what the author of a policy may not have intended
 * @policy: the policy, settled and without errors; gets the warnings, sorted
 * @served: by &enum family_index, whether there may be relays that are not in it
 *
 * Return: 0 or -ENOMEM.
 */
int find_warnings(struct policy *policy, const bool served[FAMILIES])
{
	enum family_index family;
	int err = 0;

	for (family = 0; family < FAMILIES && !err; family++)
		err = warn_family(policy, family, served[family]);
	sort_remarks(&policy->warnings);
	return err;
}

/**
 * print_warnings() - print the warnings of a policy
 * @policy: the policy
 */
void print_warnings(const struct policy *policy)
{
	const struct remarks *warnings = &policy->warnings;
	size_t found = remarks_found(warnings);
	char text[GROUPED_MAX];

	print_remarks(warnings, warn_at);
	if (found > warnings->count)
		warn("%s more warnings like these: op25bctl -j check prints all",
		     group_digits(found - warnings->count, text));
}
