/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A prefix table as naive as can be: an array that is searched from one end to
 * the other, addresses compared bit by bit. What src/table.c is compared with,
 * by the unit tests and by the fuzzer.
 */
#ifndef _TESTS_MODEL_H
#define _TESTS_MODEL_H

#include <errno.h>
#include <string.h>

#include "lookup.h"

#define MODEL_MAX	8192	/* entries */
#define MODEL_LABELS	20	/* labels whose uses are compared, from 1 on */

struct model {
	enum op25b_family family;
	u32 count;
	struct op25b_entry entries[MODEL_MAX];
};

static inline bool model_bit(const __be32 *addr, int i)
{
	return ((const u8 *)addr)[i / 8] >> (7 - i % 8) & 1;
}

static inline bool model_expired(const struct op25b_entry *entry, u32 now)
{
	return entry->timed && (u32)(now - entry->expires) < 1U << 31;
}

static inline bool model_holds(const struct op25b_entry *entry,
			       const __be32 *addr)
{
	int i;

	for (i = 0; i < entry->prefix_len; i++)
		if (model_bit(entry->addr, i) != model_bit(addr, i))
			return false;
	return true;
}

static inline bool model_is_prefix(const struct model *model,
				   const struct op25b_entry *entry)
{
	int i;

	if (entry->prefix_len > (model->family == OP25B_IPV4 ? 32 : 128))
		return false;
	for (i = entry->prefix_len; i < 128; i++)
		if (model_bit(entry->addr, i))
			return false;
	return true;
}

/* Whether two entries say the same; a time that does not count is none */
static inline bool model_same(const struct op25b_entry *a,
			      const struct op25b_entry *b)
{
	return !memcmp(a->addr, b->addr, sizeof(a->addr)) &&
	       a->prefix_len == b->prefix_len && a->table == b->table &&
	       a->flags == b->flags && a->label == b->label &&
	       a->timed == b->timed && (!a->timed || a->expires == b->expires);
}

/* The entry with the same prefix, or NULL */
static inline struct op25b_entry *model_find(struct model *model,
					     const struct op25b_entry *entry)
{
	u32 i;

	for (i = 0; i < model->count; i++)
		if (model->entries[i].prefix_len == entry->prefix_len &&
		    !memcmp(model->entries[i].addr, entry->addr,
			    sizeof(entry->addr)))
			return &model->entries[i];
	return NULL;
}

static inline void model_remove(struct model *model, struct op25b_entry *entry)
{
	*entry = model->entries[--model->count];
}

static inline int model_add(struct model *model,
			    const struct op25b_entry *entry, u32 now)
{
	struct op25b_entry *old;

	if (!model_is_prefix(model, entry))
		return -EINVAL;
	old = model_find(model, entry);
	if (old && !model_expired(old, now) && old->table != entry->table)
		return -EEXIST;
	if (!old)
		old = &model->entries[model->count++];
	*old = *entry;
	return 0;
}

static inline int model_del(struct model *model,
			    const struct op25b_entry *entry, u32 now)
{
	struct op25b_entry *old;

	if (!model_is_prefix(model, entry))
		return -EINVAL;
	old = model_find(model, entry);
	if (!old || model_expired(old, now) || old->table != entry->table)
		return -ENOENT;
	model_remove(model, old);
	return 0;
}

static inline void model_flush(struct model *model, u8 id)
{
	u32 i = model->count;

	while (i--)
		if (model->entries[i].table == id)
			model_remove(model, &model->entries[i]);
}

static inline void model_expire(struct model *model, u32 now)
{
	u32 i = model->count;

	while (i--)
		if (model_expired(&model->entries[i], now))
			model_remove(model, &model->entries[i]);
}

/* The longest prefix that holds an address and has not ended, or NULL */
static inline const struct op25b_entry *
model_lookup(const struct model *model, const __be32 *addr, u32 now)
{
	const struct op25b_entry *best = NULL;
	u32 i;

	for (i = 0; i < model->count; i++) {
		const struct op25b_entry *entry = &model->entries[i];

		if (model_holds(entry, addr) && !model_expired(entry, now) &&
		    (!best || entry->prefix_len > best->prefix_len))
			best = entry;
	}
	return best;
}

static inline u32 model_count(const struct model *model, u8 id)
{
	u32 i, count = 0;

	for (i = 0; i < model->count; i++)
		count += model->entries[i].table == id;
	return count;
}

static inline u32 model_uses(const struct model *model, u16 label)
{
	u32 i, count = 0;

	for (i = 0; i < model->count; i++)
		count += model->entries[i].label == label;
	return count;
}

/* When the first entry ends, from now on; may be past. False if none does */
static inline bool model_earliest(const struct model *model, u32 now, s32 *in)
{
	bool any = false;
	u32 i;

	for (i = 0; i < model->count; i++) {
		const struct op25b_entry *entry = &model->entries[i];
		s32 left = entry->expires - now;

		if (!entry->timed || (any && left >= *in))
			continue;
		*in = left;
		any = true;
	}
	return any;
}

static inline bool model_equal(struct model *a, struct model *b)
{
	u32 i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		const struct op25b_entry *twin = model_find(b, &a->entries[i]);

		if (!twin || !model_same(&a->entries[i], twin))
			return false;
	}
	return true;
}

static inline void model_copy(struct model *to, const struct model *from)
{
	to->family = from->family;
	to->count = from->count;
	memcpy(to->entries, from->entries,
	       from->count * sizeof(*from->entries));
}

/* A table and the model of it */

/*
 * What packets see of a match: the entry is searched for anew where a cover has told
 * what it says, and so would not show that the cover is wrong
 */
static inline bool model_says(const struct op25b_match *match,
			      const struct op25b_entry *want)
{
	return op25b_match_table(match) == want->table &&
	       op25b_match_flags(match) == want->flags &&
	       op25b_match_label(match) == want->label;
}

static inline bool model_agrees_on(const struct op25b_table *table,
				   const struct model *model,
				   const __be32 *addr, u32 now)
{
	const struct op25b_entry *want = model_lookup(model, addr, now);
	struct op25b_match match = table_lookup(table, model->family, addr, now);
	struct op25b_entry got;

	if (!want || !op25b_match_found(&match))
		return op25b_match_found(&match) == !!want;
	op25b_match_entry(&match, addr, &got);
	return model_same(&got, want) && model_says(&match, want);
}

/* Whether a walk meets each entry once, as it should be, and nothing else */
static inline bool model_agrees_in_walk(const struct op25b_table *table,
					struct model *model)
{
	static bool met[MODEL_MAX];
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 walked = 0;

	memset(met, 0, model->count * sizeof(*met));
	for (; op25b_table_next(table, &cursor, &entry); walked++) {
		const struct op25b_entry *want = model_find(model, &entry);

		if (!want || !model_same(&entry, want) ||
		    met[want - model->entries])
			return false;
		met[want - model->entries] = true;
	}
	return walked == model->count;
}

static inline bool model_agrees_in_sum(const struct op25b_table *table,
				       const struct model *model, u32 now)
{
	bool got, want;
	u32 expires;
	s32 first;
	u16 label;
	u8 id;

	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++)
		if (op25b_table_count(table, id) != model_count(model, id))
			return false;
	for (label = 1; label < MODEL_LABELS; label++)
		if (op25b_table_uses(table, label) != model_uses(model, label))
			return false;
	got = op25b_table_earliest(table, now, &expires);
	want = model_earliest(model, now, &first);
	return got == want && (!want || (s32)(expires - now) <= first);
}

static inline bool model_agrees(const struct op25b_table *table,
				struct model *model, u32 now)
{
	return model_agrees_in_walk(table, model) &&
	       model_agrees_in_sum(table, model, now);
}

#endif /* _TESTS_MODEL_H */
