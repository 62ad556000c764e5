// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match: all prefixes of one family; see lpm.h.
 *
 * Called by policy.c. What changes a draft is called in process context and may sleep;
 * the caller serialises writers. After -ENOMEM, -ENOSPC or -EINTR the draft can only be
 * dropped.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "lpm.h"

#define PAGE_BITS	(8 * OP25B_PAGE_BYTES)

#define HELD(table) \
	"this prefix is in table " table " already: delete it there first"
#define NOT_HELD(table)	"this prefix is not in table " table

static const char *const held[OP25B_TABLE_MAX + 1] = {
	NULL, HELD("dynamic"), HELD("fixed"), HELD("dialup"), HELD("relay"),
};

static const char *const not_held[OP25B_TABLE_MAX + 1] = {
	NULL, NOT_HELD("dynamic"), NOT_HELD("fixed"), NOT_HELD("dialup"), NOT_HELD("relay"),
};

/**
 * op25b_lpm_init() - start an empty draft
 * @lpm: the table
 * @family: of its prefixes
 */
void op25b_lpm_init(struct op25b_lpm *lpm, enum op25b_family family)
{
	unsigned int i;

	memset(lpm, 0, sizeof(*lpm));
	lpm->family = family;
	for (i = 0; i < LPM_HASHES; i++)
		op25b_hash_init(&lpm->hash[i], i % LPM_EXPIRY == LPM_LONG ? 4 :
				family == OP25B_IPV4 ? 1 : 2, i >= LPM_EXPIRY);
	op25b_pages_init(&lpm->pages);
}

/**
 * op25b_lpm_clone() - start a draft with the contents of another table
 * @lpm: the draft
 * @origin: a table that does not change any more; it has to stay until the draft is
 *	dropped or published
 */
void op25b_lpm_clone(struct op25b_lpm *lpm, const struct op25b_lpm *origin)
{
	unsigned int i;

	*lpm = *origin;
	for (i = 0; i < LPM_HASHES; i++)
		lpm->hash[i].origin = &origin->hash[i];
	lpm->pages.origin = &origin->pages;
}

/**
 * op25b_lpm_free() - free what no other version has
 * @lpm: the table that goes; nobody reads it any more
 * @older: the table published before it, of a draft its origin; or NULL
 * @newer: the table published after it, or NULL; both of those that are left
 */
void op25b_lpm_free(const struct op25b_lpm *lpm, const struct op25b_lpm *older,
		    const struct op25b_lpm *newer)
{
	unsigned int i;

	for (i = 0; i < LPM_HASHES; i++)
		op25b_hash_free(&lpm->hash[i], older ? &older->hash[i] : NULL,
				newer ? &newer->hash[i] : NULL);
	op25b_pages_free(&lpm->pages, older ? &older->pages : NULL,
			 newer ? &newer->pages : NULL);
}

static unsigned int hash_index(const struct op25b_key *key)
{
	return key->prefix_len > 64 ? LPM_LONG : LPM_SHORT;
}

static bool find_item(const struct op25b_lpm *lpm, const struct op25b_key *key,
		      struct hash_item *item)
{
	unsigned int i = hash_index(key);

	if (!op25b_hash_get(&lpm->hash[i], key, item))
		return false;
	return !(item->word & ENTRY_TIMED) ||
	       op25b_hash_get(&lpm->hash[LPM_EXPIRY + i], key, item);
}

static bool is_alive(const struct hash_item *item, u32 now)
{
	return !(item->word & ENTRY_TIMED) || !has_expired(item->expires, now);
}

/* Whether an entry with a timeout has not expired; for lpm.h */
bool op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			u32 prefix_len, u32 now)
{
	const struct op25b_key key = { .hi = hi, .lo = lo, .prefix_len = prefix_len };
	struct hash_item item;

	return op25b_hash_get(&lpm->hash[LPM_EXPIRY + hash_index(&key)], &key,
			      &item) && !has_expired(item.expires, now);
}

/* lpm_lookup() outside of the fast path */
u32 op25b_lpm_lookup(const struct op25b_lpm *lpm, const __be32 *addr, u32 now)
{
	return lpm->family == OP25B_IPV4 ? lpm_lookup_ipv4(lpm, addr, now) :
					   lpm_lookup_ipv6(lpm, addr, now);
}

/**
 * op25b_lpm_entry() - expand the word that a lookup returned
 * @lpm: the table, unchanged since
 * @addr: the address that was looked up
 * @word: the word, not 0
 * @entry: set to the entry
 */
void op25b_lpm_entry(const struct op25b_lpm *lpm, const __be32 *addr, u32 word,
		     struct op25b_entry *entry)
{
	struct op25b_key key = op25b_key_of(lpm->family, addr, word_prefix_len(word));
	struct hash_item item;

	if (find_item(lpm, &key, &item))
		read_entry(entry, lpm->family, &key, item.word, item.expires);
}

/* The next chosen entry; its expiry time is set only in the tables of timeouts */
static bool next_item(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		      struct hash_choice *choice, struct hash_item *item)
{
	unsigned int first = choice->expired ? LPM_EXPIRY : LPM_SHORT;

	for (; cursor->hash < LPM_EXPIRY; cursor->hash++) {
		if (op25b_hash_next(&lpm->hash[first + cursor->hash],
				    &cursor->at, choice, item))
			return true;
		memset(&cursor->at, 0, sizeof(cursor->at));
	}
	return false;
}

/**
 * op25b_lpm_next_of() - walk through chosen entries
 * @lpm: a table that does not change
 * @cursor: where to go on; moved behind the entry
 * @choice: which entries; not by expiry
 * @entry: set to the entry, which may have expired
 *
 * Return: whether there was one more.
 */
bool op25b_lpm_next_of(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		       struct hash_choice *choice, struct op25b_entry *entry)
{
	struct hash_item item;

	if (!next_item(lpm, cursor, choice, &item))
		return false;
	find_item(lpm, &item.key, &item);
	read_entry(entry, lpm->family, &item.key, item.word, item.expires);
	return true;
}

/**
 * op25b_lpm_next() - walk through all entries, see op25b_lpm_next_of()
 * @lpm: a table that does not change
 * @cursor: where to go on; moved behind the entry
 * @entry: set to the entry
 */
bool op25b_lpm_next(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		    struct op25b_entry *entry)
{
	struct hash_choice all = {};

	return op25b_lpm_next_of(lpm, cursor, &all, entry);
}

/**
 * op25b_lpm_get() - find the entry of a prefix
 * @lpm: the table
 * @prefix: the prefix
 * @entry: set to its entry, which may have expired
 *
 * Return: whether there is one.
 */
bool op25b_lpm_get(const struct op25b_lpm *lpm, const struct op25b_entry *prefix,
		   struct op25b_entry *entry)
{
	const struct op25b_key key = op25b_key_of(lpm->family, prefix->addr,
						  prefix->prefix_len);
	struct hash_item item;

	if (!find_item(lpm, &key, &item))
		return false;
	read_entry(entry, lpm->family, &key, item.word, item.expires);
	return true;
}

/**
 * op25b_lpm_equal() - see whether two tables have the same entries
 * @a: a table that does not change
 * @b: another one of the same family
 */
bool op25b_lpm_equal(const struct op25b_lpm *a, const struct op25b_lpm *b)
{
	struct hash_choice all = {};
	struct op25b_cursor cursor = {};
	struct hash_item item, other;

	if (memcmp(a->count, b->count, sizeof(a->count)))
		return false;
	while (next_item(a, &cursor, &all, &item)) {
		find_item(a, &item.key, &item);
		if (!find_item(b, &item.key, &other) ||
		    item.word != other.word ||
		    (item.word & ENTRY_TIMED && item.expires != other.expires))
			return false;
		cond_resched();
	}
	return true;
}

/**
 * op25b_lpm_count() - count the entries of a table of the policy that have not expired
 * @lpm: the prefixes
 * @id: the table
 * @now: jiffies
 */
u32 op25b_lpm_count(const struct op25b_lpm *lpm, enum op25b_table_id id, u32 now)
{
	struct hash_choice choice = { .expired = true, .now = now };
	struct op25b_cursor cursor = {};
	u32 count = lpm->count[id];
	struct hash_item item;

	choose_table(&choice, id);
	while (op25b_lpm_is_due(lpm, now, 0) && next_item(lpm, &cursor, &choice, &item))
		count--;
	return count;
}

/**
 * op25b_lpm_bytes() - bytes of pages and directories, shared ones included
 * @lpm: the table
 */
size_t op25b_lpm_bytes(const struct op25b_lpm *lpm)
{
	size_t bytes = (size_t)lpm->pages.nr * OP25B_PAGE_BYTES;
	unsigned int i;

	for (i = 0; i < LPM_HASHES; i++)
		if (lpm->hash[i].pages)
			bytes += (size_t)lpm->hash[i].pages * OP25B_PAGE_BYTES +
				 (sizeof(*lpm->hash[i].dir) << lpm->hash[i].depth);
	return bytes;
}

/**
 * op25b_lpm_bytes_beside() - bytes of pages and directories that another table does not share
 * @lpm: the table
 * @other: another one of the same family
 */
size_t op25b_lpm_bytes_beside(const struct op25b_lpm *lpm, const struct op25b_lpm *other)
{
	size_t bytes = (size_t)op25b_pages_beside(&lpm->pages, &other->pages) *
		       OP25B_PAGE_BYTES;
	unsigned int i;

	for (i = 0; i < LPM_HASHES; i++)
		bytes += op25b_hash_bytes_beside(&lpm->hash[i], &other->hash[i]);
	return bytes;
}

/* The bit of a length in a bitmap: lengths beyond 64 have one of their own */
static unsigned int length_bit(enum op25b_family family, u8 prefix_len)
{
	return (op25b_family_bits(family) - prefix_len) % 64;
}

/* Sets the bit of a prefix in its groups: up to 256, from /8 on all on one page */
static int group_prefix(struct op25b_lpm *lpm, const struct op25b_key *key)
{
	bool ipv4 = lpm->family == OP25B_IPV4;
	bool fine = key->prefix_len > (ipv4 ? 24 : 64);
	u32 width = !ipv4 ? 64 : fine ? 8 : 32;
	u32 bit = (ipv4 ? key->hi >> 48 : group_ipv6(key->hi)) * width +
		  length_bit(lpm->family, key->prefix_len);
	u32 nr = ipv4 ? 1U << max(16 - key->prefix_len, 0) : 1;
	u32 i = (fine ? PAGES_FINE : PAGES_COARSE) + bit / PAGE_BITS;
	void *page;

	if (key->prefix_len < (ipv4 ? 8 : 33))
		return 0;
	bit %= PAGE_BITS;
	if (test_bit_le(bit, lpm->pages.page[i]))
		return 0;
	page = op25b_pages_change(&lpm->pages, i);
	if (!page)
		return -ENOMEM;
	for (; nr--; bit += width)
		__set_bit_le(bit, page);
	return 0;
}

/* Counts an entry that was added or removed */
static int count_item(struct op25b_lpm *lpm, const struct hash_item *item, int change)
{
	unsigned int i = hash_index(&item->key);
	u8 prefix_len = item->key.prefix_len;
	u16 names = FIELD_GET(ENTRY_NAMES, item->word);
	u32 *uses;

	lpm->count[word_table(item->word)] += change;
	lpm->groups[word_group(item->word)] += change;
	lpm->lengths[prefix_len] += change;
	if (prefix_len && lpm->lengths[prefix_len])
		lpm->used[i] |= BIT_ULL(length_bit(lpm->family, prefix_len));
	else if (prefix_len)
		lpm->used[i] &= ~BIT_ULL(length_bit(lpm->family, prefix_len));
	if (!names)
		return 0;
	uses = op25b_pages_change(&lpm->pages, PAGES_USES + names / USES_PER_PAGE);
	if (!uses)
		return -ENOMEM;
	uses[names % USES_PER_PAGE] += change;
	return 0;
}

static int remove_item(struct op25b_lpm *lpm, const struct hash_item *item, u32 now)
{
	unsigned int i = hash_index(&item->key);
	int err;

	err = op25b_hash_remove(&lpm->hash[i], &item->key, now);
	if (!err && item->word & ENTRY_TIMED)
		err = op25b_hash_remove(&lpm->hash[LPM_EXPIRY + i], &item->key, now);
	return err ?: count_item(lpm, item, -1);
}

/* Adds an entry, or replaces @old */
static int put_item(struct op25b_lpm *lpm, const struct hash_item *item,
		    const struct hash_item *old, u32 now)
{
	unsigned int i = hash_index(&item->key);
	int err = 0;

	if (item->word & ENTRY_TIMED &&
	    (!op25b_lpm_is_timed(lpm) ||
	     expires_before(item->expires, lpm->earliest, now)))
		lpm->earliest = item->expires;
	if (old && item->word != old->word)
		err = remove_item(lpm, old, now);
	if (!err && item->word & ENTRY_TIMED)
		err = op25b_hash_put(&lpm->hash[LPM_EXPIRY + i], item, now);
	if (err || (old && item->word == old->word))
		return err;
	err = op25b_hash_put(&lpm->hash[i], item, now) ?:
	      count_item(lpm, item, 1);
	return err || old ? err : group_prefix(lpm, &item->key);
}

/**
 * op25b_lpm_put() - add a prefix to a draft, or replace its entry
 * @lpm: the draft
 * @entry: the prefix, its table and options
 * @now: jiffies
 * @why: set to a sentence for the user on errors but -ENOMEM
 *
 * Return: 1 if that changed the table, 0 if not; -ENOSPC if the hash table cannot take
 * it; -ENOMEM.
 */
int op25b_lpm_put(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why)
{
	struct hash_item old, item = {
		.key = op25b_key_of(lpm->family, entry->addr, entry->prefix_len),
		.word = entry_word(entry),
		.expires = entry->expires,
	};
	bool found = find_item(lpm, &item.key, &old);
	int err;

	if (found && old.word == item.word &&
	    (!entry->timed || old.expires == item.expires))
		return 0;
	err = put_item(lpm, &item, found ? &old : NULL, now);
	if (err == -ENOSPC)
		*why = "the hashes of too many prefixes are alike: load the policy again";
	return err ?: 1;
}

/**
 * op25b_lpm_add() - add a prefix to a draft, or replace its options
 * @lpm: the draft
 * @entry: the prefix, its table and options
 * @now: jiffies
 * @why: set to a sentence for the user on errors but -ENOMEM
 *
 * Return: what op25b_lpm_put() returns; -EEXIST if another table of the policy has it.
 */
int op25b_lpm_add(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why)
{
	struct op25b_entry old;

	if (op25b_lpm_get(lpm, entry, &old) && old.table != entry->table &&
	    is_entry_alive(&old, now)) {
		*why = held[old.table];
		return -EEXIST;
	}
	return op25b_lpm_put(lpm, entry, now, why);
}

/**
 * op25b_lpm_del() - remove a prefix from a draft
 * @lpm: the draft
 * @entry: the prefix and its table
 * @now: jiffies
 * @why: set to a sentence for the user on errors but -ENOMEM
 *
 * Return: 0; -ENOENT if that table does not have it; -ENOMEM.
 */
int op25b_lpm_del(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why)
{
	const struct op25b_key key = op25b_key_of(lpm->family, entry->addr,
						  entry->prefix_len);
	struct hash_item old;

	if (!find_item(lpm, &key, &old) || !is_alive(&old, now) ||
	    word_table(old.word) != entry->table) {
		*why = not_held[entry->table];
		return -ENOENT;
	}
	return remove_item(lpm, &old, now);
}

/**
 * op25b_lpm_remove() - remove an entry from a draft, even if it has expired
 * @lpm: the draft
 * @entry: its prefix; there is an entry
 * @now: jiffies
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_lpm_remove(struct op25b_lpm *lpm, const struct op25b_entry *entry, u32 now)
{
	struct hash_item item = {
		.key = op25b_key_of(lpm->family, entry->addr, entry->prefix_len),
	};

	find_item(lpm, &item.key, &item);
	return remove_item(lpm, &item, now);
}

/**
 * op25b_lpm_flush() - remove all prefixes of a table of the policy from a draft
 * @lpm: the draft
 * @id: the table
 * @now: jiffies
 *
 * Reads the directories, and pages that have such entries.
 *
 * Return: 1 if that changed the draft, 0 if not; -ENOMEM; -EINTR after a fatal signal.
 */
int op25b_lpm_flush(struct op25b_lpm *lpm, enum op25b_table_id id, u32 now)
{
	struct op25b_cursor cursor = {};
	struct hash_choice choice = {};
	struct hash_item item;
	int err = 0;

	choose_table(&choice, id);
	if (!lpm->count[id])
		return 0;
	while (!err && lpm->count[id] && next_item(lpm, &cursor, &choice, &item)) {
		err = fatal_signal_pending(current) ?
		      -EINTR : remove_item(lpm, &item, now);
		cond_resched();
	}
	return err ?: 1;
}

/**
 * op25b_lpm_expire() - remove prefixes that have expired from a draft
 * @draft: the draft, a clone of @origin that has not been changed
 * @origin: what it is a clone of; its @earliest is renewed if nothing is removed
 * @now: jiffies
 * @age: remove those that expired so many jiffies ago or earlier
 * @limit: how many to remove at most; reduced by what was removed
 *
 * Reads a word of each page of prefixes with a timeout, and pages with expired ones.
 *
 * Return: 0 or -ENOMEM.
 */
int op25b_lpm_expire(struct op25b_lpm *draft, struct op25b_lpm *origin, u32 now,
		     u32 age, u32 *limit)
{
	struct hash_choice choice = { .expired = true, .now = now, .age = age };
	struct op25b_cursor cursor = {};
	u32 before = *limit;
	struct hash_item item;
	int err = 0;

	if (!op25b_lpm_is_due(origin, now, age))
		return 0;
	while (*limit && !err && next_item(origin, &cursor, &choice, &item)) {
		err = remove_item(draft, &item, now);
		--*limit;
		cond_resched();
	}
	if (err || !*limit || !choice.any_later)
		return err;
	draft->earliest = choice.later;
	if (*limit == before)
		WRITE_ONCE(origin->earliest, choice.later);
	return 0;
}
