// SPDX-License-Identifier: GPL-2.0
/*
 * A policy in memory: the entries and settings of a file, or of the kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/kernel.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "intern.h"
#include "policy.h"

/* Bytes of a warning, with the zero byte at its end */
#define TEXT_MAX	1024

/* Of the whole program, so that records of two policies can be compared */
static struct pool names_pool, file_pool;

static int intern_names(const struct entry *entry)
{
	static struct names_of_entry last;
	static int number = -ENOMEM;

	/* the entries of a list have the same */
	if (number >= 0 && !strcmp(last.label, entry->label) &&
	    !strcmp(last.provider, entry->provider) && !strcmp(last.owner, entry->owner))
		return number;
	memset(&last, 0, sizeof(last));
	strcpy(last.label, entry->label);
	strcpy(last.provider, entry->provider);
	if (strcmp(entry->owner, OP25B_OPERATOR))
		strcpy(last.owner, entry->owner);
	number = intern(&names_pool, &last, sizeof(last));
	return number;
}

static int intern_file(const char *name)
{
	static int number = -ENOMEM;

	if (number >= 0 && !strcmp(file_pool.list[number], name))
		return number;
	number = intern(&file_pool, name, strlen(name) + 1);
	return number;
}

/**
 * record_names() - names of an entry
 * @record: the entry
 *
 * Return: the names, valid until the end of the program.
 */
const struct names_of_entry *record_names(const struct record *record)
{
	return names_pool.list[record->names];
}

/**
 * record_place() - place of the prefix of an entry
 * @record: the entry
 *
 * Return: the place, valid until the end of the program.
 */
struct place record_place(const struct record *record)
{
	struct place place = { .line = record->line, .column = record->column };

	if (record->line)
		place.file = file_pool.list[record->file];
	return place;
}

/* The same place, but with a name of the file that lasts; returns 0 or -ENOMEM */
static int keep_place(struct place *place)
{
	int number = place->file ? intern_file(place->file) : 0;

	if (number < 0)
		return number;
	if (place->file)
		place->file = file_pool.list[number];
	return 0;
}

/* Records */

/**
 * space_of() - the space of a table
 * @table: &enum op25b_table_id
 */
enum space space_of(u8 table)
{
	return table == OP25B_TABLE_RELAY ? SPACE_RELAYS : SPACE_SUBSCRIBERS;
}

/**
 * compare_records() - compare the prefixes of two records
 * @a: a record
 * @b: another one of the same family
 *
 * Return: less than 0 if @a is to be before @b, 0 if they are the same prefix.
 */
int compare_records(const struct record *a, const struct record *b)
{
	if (a->first.hi != b->first.hi)
		return a->first.hi < b->first.hi ? -1 : 1;
	if (a->first.lo != b->first.lo)
		return a->first.lo < b->first.lo ? -1 : 1;
	return a->length - b->length;
}

/**
 * same_words() - whether two entries have the same table and options
 * @a: an entry
 * @b: another one
 */
bool same_words(const struct record *a, const struct record *b)
{
	return a->table == b->table && a->flags == b->flags &&
	       a->names == b->names && a->timeout == b->timeout;
}

/**
 * append_record() - append a record
 * @records: the others
 * @record: the record
 *
 * Return: 0 or -ENOMEM.
 */
int append_record(struct records *records, const struct record *record)
{
	struct record *list = grow(records->list, records->count, &records->room,
				   sizeof(*list));

	if (!list)
		return -ENOMEM;
	records->list = list;
	list[records->count++] = *record;
	return 0;
}

/**
 * count_records() - count the entries of a table
 * @policy: a policy that is settled
 * @table: &enum op25b_table_id
 * @family: their family
 *
 * Return: their number.
 */
size_t count_records(const struct policy *policy, u8 table,
		     enum family_index family)
{
	const struct records *records = &policy->records[space_of(table)][family];
	size_t i, count = 0;

	for (i = 0; i < records->count; i++)
		count += records->list[i].table == table;
	return count;
}

static u64 read_word(const u8 *bytes)
{
	__be32 words[2];

	memcpy(words, bytes, sizeof(words));
	return (u64)be32_to_cpu(words[0]) << 32 | be32_to_cpu(words[1]);
}

static void write_word(u8 *bytes, u64 word)
{
	__be32 words[2] = { cpu_to_be32(word >> 32), cpu_to_be32(word & U32_MAX) };

	memcpy(bytes, words, sizeof(words));
}

/**
 * write_address() - bytes of an address
 * @address: the address
 * @bytes: set to them, network byte order; of IPv4 the first four count
 */
void write_address(const struct address *address, u8 bytes[16])
{
	write_word(bytes, address->hi);
	write_word(bytes + 8, address->lo);
}

/**
 * entry_of() - the entry of a record
 * @record: the record
 * @family: its family
 * @entry: set to the entry
 */
void entry_of(const struct record *record, enum family_index family,
	      struct entry *entry)
{
	const struct names_of_entry *names = record_names(record);

	memset(entry, 0, sizeof(*entry));
	entry->table = record->table;
	entry->prefix.family = family == FAMILY_IPV4 ? AF_INET : AF_INET6;
	entry->prefix.length = record->length;
	write_address(&record->first, entry->prefix.address);
	entry->flags = record->flags;
	entry->timeout = record->timeout;
	strcpy(entry->label, names->label);
	strcpy(entry->provider, names->provider);
	strcpy(entry->owner, names->owner);
}

/* Adds a record without its place */
static int note(struct policy *policy, u8 kind, const struct entry *entry,
		const struct place *place)
{
	enum family_index family = entry->prefix.family == AF_INET ? FAMILY_IPV4 :
								     FAMILY_IPV6;
	struct record record = {
		.first.hi = read_word(entry->prefix.address),
		.first.lo = read_word(entry->prefix.address + 8),
		.timeout = entry->timeout,
		.order = policy->order,
		.line = place->line,
		.column = min_t(size_t, place->column, U16_MAX),
		.length = entry->prefix.length,
		.table = entry->table,
		.flags = entry->flags,
		.kind = kind,
	};
	int names = intern_names(entry);
	int file = place->file ? intern_file(place->file) : 0;

	if (names < 0 || file < 0)
		return -ENOMEM;
	record.names = names;
	/* files beyond 65,536 get the name of that one */
	record.file = min(file, U16_MAX);
	return append_record(&policy->records[space_of(entry->table)][family], &record);
}

/* Statements */

static int note_flush(struct policy *policy, u8 table)
{
	struct flushes *flushes = &policy->flushes[table];
	u32 *order = grow(flushes->order, flushes->count, &flushes->room,
			  sizeof(*order));

	if (!order)
		return -ENOMEM;
	flushes->order = order;
	order[flushes->count++] = policy->order;
	return 0;
}

/**
 * note_statement() - note a statement of a file
 * @policy: the policy, not settled yet
 * @statement: the statement, neither "include" nor with a file
 * @origin: where it comes from
 *
 * Return: 0 or -ENOMEM.
 */
int note_statement(struct policy *policy, const struct statement *statement,
		   const struct origin *origin)
{
	struct place place;

	policy->order++;
	switch (statement->kind) {
	case STATEMENT_SET:
		policy->settings[statement->setting] = statement->value;
		return 0;
	case STATEMENT_FLUSH:
		return note_flush(policy, statement->entry.table);
	default:
		place = place_of(origin, PART_OBJECT);
		return note(policy, statement->kind, &statement->entry, &place);
	}
}

/**
 * note_entry() - note an entry that comes from the kernel
 * @policy: the policy, not settled yet
 * @entry: the entry
 *
 * Return: 0 or -ENOMEM.
 */
int note_entry(struct policy *policy, const struct entry *entry)
{
	static const struct place nowhere;

	return note(policy, STATEMENT_ADD, entry, &nowhere);
}

/* Keeps an error or a warning that is found while reading */
static int note_remark(struct policy *policy, struct remarks *remarks,
		       enum remark_kind kind, const struct place *place, const char *text)
{
	struct place kept = *place;
	int err = 0;

	policy->order++;
	if (find_remark(remarks, kind))
		err = keep_place(&kept) ?:
		      add_remark(remarks, policy->order, &kept, text);
	return err;
}

/**
 * note_warning() - keep a warning that is found while reading
 * @policy: the policy, not settled yet
 * @place: where it is
 * @text: message without its place
 *
 * Return: 0 or -ENOMEM.
 */
int note_warning(struct policy *policy, const struct place *place, const char *text)
{
	return note_remark(policy, &policy->warnings, REMARK_EMPTY, place, text);
}

/* Sorting: merges runs that are sorted already, since most lists are */

static size_t end_of_run(const struct record *list, size_t start, size_t count)
{
	size_t end = start + 1;

	while (end < count && compare_records(&list[end - 1], &list[end]) <= 0)
		end++;
	return min(end, count);
}

/* Merges [start, middle) and [middle, end) */
static void merge_runs(const struct record *from, size_t start, size_t middle,
		       size_t end, struct record *to)
{
	size_t left = start, right = middle, i;

	for (i = start; i < end; i++) {
		if (left < middle &&
		    (right == end || compare_records(&from[left], &from[right]) <= 0))
			to[i] = from[left++];
		else
			to[i] = from[right++];
	}
}

/* Merges pairs of runs; returns whether there was more than one pair */
static bool merge_pass(const struct record *from, struct record *to, size_t count)
{
	size_t start = 0, middle, end;
	bool more = false;

	while (start < count) {
		middle = end_of_run(from, start, count);
		end = middle < count ? end_of_run(from, middle, count) : count;
		merge_runs(from, start, middle, end, to);
		more |= end < count;
		start = end;
	}
	return more;
}

/* By prefix; those of one prefix stay in their order. Returns 0 or -ENOMEM */
static int sort_records(struct records *records)
{
	struct record *list = records->list, *other;
	bool more = true;

	if (!records->count || end_of_run(list, 0, records->count) == records->count)
		return 0;
	other = calloc(records->count, sizeof(*other));
	if (!other)
		return -ENOMEM;
	while (more) {
		more = merge_pass(records->list, other, records->count);
		list = records->list;
		records->list = other;
		other = list;
	}
	free(other);
	records->room = records->count;
	return 0;
}

/* Settling */

/* Whether the table of an entry was flushed between its statement and another one */
static bool is_flushed(const struct policy *policy, const struct record *record,
		       u32 until)
{
	const struct flushes *flushes = &policy->flushes[record->table];
	size_t low = 0, high = flushes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (flushes->order[middle] < record->order)
			low = middle + 1;
		else
			high = middle;
	}
	return low < flushes->count && flushes->order[low] < until;
}

static int refuse_record(struct policy *policy, const struct record *record,
			 const char *format, u8 table)
{
	struct place place = record_place(record);
	char text[TEXT_MAX];

	find_remark(&policy->errors, REMARK_ERROR);
	snprintf(text, sizeof(text), format, name_of(&table_names, table));
	return add_remark(&policy->errors, record->order, &place, text);
}

/**
 * warn_record() - warn of an entry
 * @policy: the policy that it belongs to
 * @kind: what the warning is about
 * @record: the entry
 * @format: warning, as for printf(); strings from outside are escaped when it is printed
 *
 * Return: 0 or -ENOMEM.
 */
int warn_record(struct policy *policy, enum remark_kind kind,
		const struct record *record, const char *format, ...)
{
	struct place place = record_place(record);
	char text[TEXT_MAX];
	va_list args;

	if (!find_remark(&policy->warnings, kind))
		return 0;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return add_remark(&policy->warnings, record->order, &place, text);
}

static int warn_again(struct policy *policy, const struct record *record,
		      const struct record *earlier)
{
	struct place place = record_place(earlier);

	return warn_record(policy, REMARK_AGAIN, record,
			   "this prefix replaces the same one of %s:%zu, which has other options",
			   place.file, place.line);
}

/* Applies a statement to the entry that its prefix has, or NULL */
static int apply_record(struct policy *policy, const struct record *record,
			const struct record **entry)
{
	const struct record *old = *entry;

	if (old && is_flushed(policy, old, record->order))
		old = NULL;
	if (record->kind == STATEMENT_DEL) {
		if (!old || old->table != record->table)
			return refuse_record(policy, record,
					     "this prefix is not in table %s",
					     record->table);
		*entry = NULL;
		return 0;
	}
	if (old && old->table != record->table)
		return refuse_record(policy, record,
				     "this prefix is in table %s already: delete it there first",
				     old->table);
	*entry = record;
	return old && !same_words(old, record) ? warn_again(policy, record, old) : 0;
}

static int settle_records(struct policy *policy, struct records *records)
{
	size_t start, end, kept = 0;
	int err = sort_records(records);

	for (start = 0; start < records->count && !err; start = end) {
		const struct record *group = &records->list[start], *entry = NULL;

		for (end = start; end < records->count && !err &&
		     !compare_records(group, &records->list[end]); end++)
			err = apply_record(policy, &records->list[end], &entry);
		if (entry && !is_flushed(policy, entry, U32_MAX))
			records->list[kept++] = *entry;
	}
	records->count = kept;
	return err;
}

/**
 * settle_policy() - apply the statements of a policy
 * @policy: the policy; its errors and warnings become complete
 *
 * Return: 0 or -ENOMEM.
 */
int settle_policy(struct policy *policy)
{
	enum space space;
	int family, err = 0;

	for (space = 0; space < SPACES; space++)
		for (family = 0; family < FAMILIES && !err; family++)
			err = settle_records(policy, &policy->records[space][family]);
	sort_remarks(&policy->errors);
	return err;
}

/**
 * init_policy() - a policy without entries, with default settings
 * @policy: set to it
 */
void init_policy(struct policy *policy)
{
	size_t i;

	memset(policy, 0, sizeof(*policy));
	for (i = 0; i < setting_names.count; i++)
		policy->settings[i] = setting_names.list[i].standard;
}

/**
 * free_policy() - free what a policy has
 * @policy: the policy
 */
void free_policy(struct policy *policy)
{
	int i, family;

	for (i = 0; i < SPACES; i++)
		for (family = 0; family < FAMILIES; family++)
			free(policy->records[i][family].list);
	for (i = 0; i <= OP25B_TABLE_MAX; i++)
		free(policy->flushes[i].order);
	free_remarks(&policy->errors);
	free_remarks(&policy->warnings);
}

/* Files */

/**
 * struct policy_reader - a file being read
 * @visitor: callbacks
 * @policy: what its statements are added to
 * @owners: whether its entries may have owners
 */
struct policy_reader {
	struct visitor visitor;
	struct policy *policy;
	bool owners;
};

static int take_problem(struct visitor *visitor, const struct place *place,
			const char *text)
{
	struct policy_reader *reader = container_of(visitor, struct policy_reader,
						    visitor);

	return note_remark(reader->policy, &reader->policy->errors, REMARK_ERROR, place,
			   text);
}

static int take_warning(struct visitor *visitor, const struct place *place,
			const char *text)
{
	struct policy_reader *reader = container_of(visitor, struct policy_reader,
						    visitor);

	return note_warning(reader->policy, place, text);
}

static int take_statement(struct visitor *visitor, const struct statement *statement,
			  const struct origin *origin)
{
	struct policy_reader *reader = container_of(visitor, struct policy_reader,
						    visitor);
	struct place place;

	if (!*statement->entry.owner || reader->owners)
		return note_statement(reader->policy, statement, origin);
	place = place_of(origin, PART_OWNER);
	return take_problem(visitor, &place, OWNER_NOT_HERE);
}

/**
 * read_policy() - read a file and settle what it says
 * @policy: gets its entries, settings, errors and warnings; without entries before
 * @reading: how to read it
 *
 * Return: 0, also with errors in the file, or -ENOMEM.
 */
int read_policy(struct policy *policy, const struct reading *reading)
{
	struct policy_reader reader = {
		.visitor = {
			.statement = take_statement,
			.problem = take_problem,
			.warning = take_warning,
		},
		.policy = policy,
		.owners = reading->owners,
	};
	int err;

	if (reading->provider)
		err = visit_provider(reading->path, reading->provider, &reader.visitor);
	else
		err = visit_file(reading->path, &reader.visitor);
	return err ? err : settle_policy(policy);
}
