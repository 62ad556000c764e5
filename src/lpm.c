// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match: all prefixes of one family; see lpm.h.
 *
 * All prefixes are in one hash table, IPv6 beyond /64 in a second one with longer keys.
 * A lookup searches it for one prefix length after the other, longest first, of those
 * that can match the address.
 *
 * Called by policy.c and by op25bctl check, in process context where it changes
 * something; the caller serialises writers.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "lpm.h"

static unsigned int hash_index(u8 prefix_len)
{
	return prefix_len > 64 ? LPM_LONG : LPM_SHORT;
}

/* The sentences for each table of the policy */
static const struct {
	const char *held;
	const char *not_held;
} sentences[OP25B_TABLE_MAX + 1] = {
#define SENTENCES(name) {						\
	"this prefix is in table " name " already: delete it there first",	\
	"this prefix is not in table " name,				\
}
	[OP25B_TABLE_DYNAMIC] = SENTENCES("dynamic"),
	[OP25B_TABLE_FIXED] = SENTENCES("fixed"),
	[OP25B_TABLE_DIALUP] = SENTENCES("dialup"),
	[OP25B_TABLE_RELAY] = SENTENCES("relay"),
};

/* Life */

/**
 * op25b_lpm_init() - start an empty draft
 * @lpm: the table
 * @family: of its prefixes
 */
void op25b_lpm_init(struct op25b_lpm *lpm, enum op25b_family family)
{
	u8 key_words = family == OP25B_IPV4 ? 1 : 2;

	memset(lpm, 0, sizeof(*lpm));
	lpm->family = family;
	op25b_hash_init(&lpm->prefixes[LPM_SHORT], key_words, false);
	op25b_hash_init(&lpm->prefixes[LPM_LONG], 4, false);
	op25b_hash_init(&lpm->expiry[LPM_SHORT], key_words, true);
	op25b_hash_init(&lpm->expiry[LPM_LONG], 4, true);
	op25b_pages_init(&lpm->pages);
}

/**
 * op25b_lpm_clone() - start a draft with the contents of another table
 * @lpm: the draft
 * @origin: a table that does not change any more
 *
 * The draft shares the pages of @origin, which has to stay until the draft is dropped
 * or published.
 */
void op25b_lpm_clone(struct op25b_lpm *lpm, const struct op25b_lpm *origin)
{
	unsigned int i;

	*lpm = *origin;
	for (i = 0; i < LPM_HASHES; i++) {
		lpm->prefixes[i].own_dir = false;
		lpm->expiry[i].own_dir = false;
	}
	op25b_pages_clone(&lpm->pages);
}

/**
 * op25b_lpm_free() - free what no other version has
 * @lpm: the table that goes; nobody reads it any more
 * @elder: the table published before it, of a draft its origin; or NULL
 * @heir: the table published after it, or NULL; both of those that are left
 *
 * Context: Process context, may sleep.
 */
void op25b_lpm_free(const struct op25b_lpm *lpm, const struct op25b_lpm *elder,
		    const struct op25b_lpm *heir)
{
	unsigned int i;

	for (i = 0; i < LPM_HASHES; i++) {
		op25b_hash_free(&lpm->prefixes[i],
				elder ? &elder->prefixes[i] : NULL,
				heir ? &heir->prefixes[i] : NULL);
		op25b_hash_free(&lpm->expiry[i],
				elder ? &elder->expiry[i] : NULL,
				heir ? &heir->expiry[i] : NULL);
	}
	op25b_pages_free(&lpm->pages, elder ? &elder->pages : NULL,
			 heir ? &heir->pages : NULL);
}

/* Reading */

static u32 expiry_of(const struct op25b_lpm *lpm, const struct op25b_key *key)
{
	struct hash_item item = {};

	op25b_hash_get(&lpm->expiry[hash_index(key->prefix_len)], key, &item);
	return item.value;
}

/* Whether the entry of a prefix, which has a timeout, has not expired; for lpm.h */
bool op25b_lpm_is_alive(const struct op25b_lpm *lpm, u64 hi, u64 lo,
			u32 prefix_len, u32 now)
{
	const struct op25b_key key = {
		.hi = hi, .lo = lo, .prefix_len = prefix_len,
	};

	return !has_expired(expiry_of(lpm, &key), now);
}

/**
 * op25b_lpm_lookup() - lpm_lookup(), not compiled into the caller
 * @lpm: as there
 * @addr: as there
 * @now: as there
 *
 * Context: Any, in the packet path under RCU. Takes no lock and writes nothing.
 *
 * Return: as there.
 */
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
	struct op25b_key key = op25b_key_of(lpm->family, addr,
					    word_prefix_len(word));

	op25b_entry_read(entry, lpm->family, &key, word);
	if (entry->timed)
		entry->expires = expiry_of(lpm, &key);
}

/**
 * op25b_lpm_next() - walk through all entries
 * @lpm: a table that does not change
 * @cursor: where to go on; moved behind the entry
 * @entry: set to the entry, which may have expired
 *
 * Return: whether there was one more.
 */
bool op25b_lpm_next(const struct op25b_lpm *lpm, struct op25b_cursor *cursor,
		    struct op25b_entry *entry)
{
	struct hash_item item;

	for (; cursor->hash < LPM_HASHES; cursor->hash++) {
		if (op25b_hash_next(&lpm->prefixes[cursor->hash], &cursor->at,
				    &item)) {
			op25b_entry_read(entry, lpm->family, &item.key,
					 item.word);
			if (entry->timed)
				entry->expires = expiry_of(lpm, &item.key);
			return true;
		}
		memset(&cursor->at, 0, sizeof(cursor->at));
	}
	return false;
}

static bool has_entry(const struct op25b_lpm *lpm, const struct hash_item *item,
		      u32 expires)
{
	struct hash_item other;

	return op25b_hash_get(&lpm->prefixes[hash_index(item->key.prefix_len)],
			      &item->key, &other) &&
	       other.word == item->word &&
	       (!(item->word & ENTRY_TIMED) ||
		expiry_of(lpm, &item->key) == expires);
}

/**
 * op25b_lpm_equal() - compare two tables
 * @a: a table that does not change
 * @b: another one of the same family
 *
 * Return: whether they have the same entries.
 */
bool op25b_lpm_equal(const struct op25b_lpm *a, const struct op25b_lpm *b)
{
	struct hash_item item;
	unsigned int i;

	if (memcmp(a->count, b->count, sizeof(a->count)) ||
	    memcmp(a->lengths.count, b->lengths.count,
		   sizeof(a->lengths.count)))
		return false;
	for (i = 0; i < LPM_HASHES; i++) {
		struct hash_cursor cursor = {};

		while (op25b_hash_next(&a->prefixes[i], &cursor, &item)) {
			u32 expires = item.word & ENTRY_TIMED ?
				      expiry_of(a, &item.key) : 0;

			if (!has_entry(b, &item, expires))
				return false;
			cond_resched();
		}
	}
	return true;
}

/**
 * op25b_lpm_is_timed() - see whether any entry has a timeout
 * @lpm: the table
 *
 * Return: whether one has; then @earliest is valid.
 */
bool op25b_lpm_is_timed(const struct op25b_lpm *lpm)
{
	return lpm->expiry[LPM_SHORT].count || lpm->expiry[LPM_LONG].count;
}

/**
 * op25b_lpm_count() - count the entries of a table of the policy
 * @lpm: the prefixes
 * @id: the table
 * @now: jiffies
 *
 * Return: how many have not expired.
 */
u32 op25b_lpm_count(const struct op25b_lpm *lpm, enum op25b_table_id id,
		    u32 now)
{
	u32 count = lpm->count[id];
	unsigned int i;

	if (!op25b_lpm_is_timed(lpm) || !has_expired(lpm->earliest, now))
		return count;
	for (i = 0; i < LPM_HASHES; i++) {
		struct hash_cursor cursor = {};
		struct hash_item item;

		while (op25b_hash_next_expired(&lpm->expiry[i], &cursor, now,
					       &item))
			count -= word_table(item.word) == id;
	}
	return count;
}

static unsigned int uses_page(u16 label)
{
	return PAGES_USES + label / (OP25B_PAGE_BYTES / sizeof(u32));
}

static unsigned int uses_index(u16 label)
{
	return label % (OP25B_PAGE_BYTES / sizeof(u32));
}

/**
 * op25b_lpm_uses() - count the entries with a label
 * @lpm: the table
 * @label: the label's number, not 0
 *
 * Return: how many there are, expired ones included.
 */
u32 op25b_lpm_uses(const struct op25b_lpm *lpm, u16 label)
{
	const u32 *page = lpm->pages.page[uses_page(label)];

	return page[uses_index(label)];
}

/**
 * op25b_lpm_bytes() - memory of a table
 * @lpm: the table
 *
 * Return: bytes of its pages and directories, shared ones included.
 */
size_t op25b_lpm_bytes(const struct op25b_lpm *lpm)
{
	size_t bytes = op25b_pages_bytes(&lpm->pages);
	unsigned int i;

	for (i = 0; i < LPM_HASHES; i++)
		bytes += op25b_hash_bytes(&lpm->prefixes[i]) +
			 op25b_hash_bytes(&lpm->expiry[i]);
	return bytes;
}

/* Changing */

static int count_word(struct op25b_lpm *lpm, u32 word, int change)
{
	u16 label = word_label(word);
	u32 *page;

	lpm->count[word_table(word)] += change;
	if (!label)
		return 0;
	page = op25b_pages_change(&lpm->pages, uses_page(label));
	if (!page)
		return -ENOMEM;
	page[uses_index(label)] += change;
	return 0;
}

/* From LENGTHS_MIN entries on: the bitmaps of all groups */
static int group_lengths(struct op25b_lpm *lpm)
{
	struct hash_item item;
	unsigned int i;
	int err = 0;

	op25b_pages_clear(&lpm->pages, PAGES_FINE, PAGES_USES);
	lpm->lengths.grouped = true;
	for (i = 0; i < LPM_HASHES; i++) {
		struct hash_cursor cursor = {};

		while (!err && op25b_hash_next(&lpm->prefixes[i], &cursor,
					       &item))
			err = op25b_lengths_note(&lpm->pages, lpm->family,
						 &item.key);
	}
	return err;
}

static int put_expiry(struct op25b_lpm *lpm, const struct hash_item *item,
		      u32 now)
{
	if (!op25b_lpm_is_timed(lpm) ||
	    expires_before(item->value, lpm->earliest, now))
		lpm->earliest = item->value;
	return op25b_hash_put(&lpm->expiry[hash_index(item->key.prefix_len)],
			      item, now);
}

static int insert_prefix(struct op25b_lpm *lpm, const struct hash_item *item, u32 now)
{
	struct prefix_hash *hash;
	int err;

	hash = &lpm->prefixes[hash_index(item->key.prefix_len)];
	err = op25b_hash_put(hash, item, now);
	if (!err && item->word & ENTRY_TIMED)
		err = put_expiry(lpm, item, now);
	if (!err)
		err = op25b_lengths_add(&lpm->lengths, &lpm->pages, lpm->family,
					&item->key);
	if (!err)
		err = count_word(lpm, item->word, 1);
	if (err)
		return err;
	if (!lpm->lengths.grouped &&
	    lpm->prefixes[LPM_SHORT].count + lpm->prefixes[LPM_LONG].count >=
	    LENGTHS_MIN)
		return group_lengths(lpm);
	return 0;
}

static int replace_prefix(struct op25b_lpm *lpm, const struct hash_item *item,
		   u32 old_word, u32 now)
{
	unsigned int i = hash_index(item->key.prefix_len);
	int err = 0;

	if (item->word & ENTRY_TIMED)
		err = put_expiry(lpm, item, now);
	else if (old_word & ENTRY_TIMED)
		err = op25b_hash_remove(&lpm->expiry[i], &item->key, now);
	if (err || item->word == old_word)
		return err;
	return op25b_hash_put(&lpm->prefixes[i], item, now) ?:
	       count_word(lpm, old_word, -1) ?:
	       count_word(lpm, item->word, 1);
}

static int remove_prefix(struct op25b_lpm *lpm, const struct op25b_key *key, u32 word,
		  u32 now)
{
	unsigned int i = hash_index(key->prefix_len);
	int err;

	err = op25b_hash_remove(&lpm->prefixes[i], key, now);
	if (!err && word & ENTRY_TIMED)
		err = op25b_hash_remove(&lpm->expiry[i], key, now);
	if (err)
		return err;
	op25b_lengths_remove(&lpm->lengths, lpm->family, key->prefix_len);
	return count_word(lpm, word, -1);
}

static int check_prefix(const struct op25b_lpm *lpm,
			const struct op25b_entry *entry,
			const struct op25b_key *key, const char **why)
{
	if (entry->prefix_len > op25b_family_bits(lpm->family)) {
		*why = "prefix length exceeds the address length";
		return -EINVAL;
	}
	if (address_hi(lpm->family, entry->addr) != key->hi ||
	    address_lo(lpm->family, entry->addr) != key->lo) {
		*why = "address has bits set beyond the prefix length";
		return -EINVAL;
	}
	return 0;
}

/**
 * op25b_lpm_add() - add a prefix to a draft, or replace its options
 * @lpm: the draft
 * @entry: the prefix, its table and options
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Context: Process context, may sleep.
 *
 * Return: 1 if that changed the table, 0 if not; -EINVAL if the prefix is malformed;
 * -EEXIST if another table of the policy has it; -ENOSPC if the hash table cannot take
 * it; -ENOMEM. After the last two the draft can only be dropped.
 */
int op25b_lpm_add(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why)
{
	struct op25b_key key = op25b_key_of(lpm->family, entry->addr,
					    entry->prefix_len);
	struct hash_item old, item = {
		.key = key,
		.word = entry_word(entry),
		.value = entry->expires,
	};
	int err;

	err = check_prefix(lpm, entry, &key, why);
	if (err)
		return err;
	if (!op25b_hash_get(&lpm->prefixes[hash_index(key.prefix_len)], &key,
			    &old)) {
		err = insert_prefix(lpm, &item, now);
	} else {
		u32 expires = expiry_of(lpm, &key);

		if (word_table(old.word) != entry->table &&
		    !(old.word & ENTRY_TIMED && has_expired(expires, now))) {
			*why = sentences[word_table(old.word)].held;
			return -EEXIST;
		}
		if (old.word == item.word &&
		    (!entry->timed || expires == entry->expires))
			return 0;
		err = replace_prefix(lpm, &item, old.word, now);
	}
	if (err == -ENOSPC)
		*why = "the hashes of too many prefixes are alike: load the policy again";
	return err ?: 1;
}

/**
 * op25b_lpm_del() - remove a prefix from a draft
 * @lpm: the draft
 * @entry: the prefix and its table
 * @now: jiffies
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Context: Process context, may sleep.
 *
 * Return: 0; -EINVAL if the prefix is malformed; -ENOENT if that table does not have
 * it; -ENOMEM, and then the draft can only be dropped.
 */
int op25b_lpm_del(struct op25b_lpm *lpm, const struct op25b_entry *entry,
		  u32 now, const char **why)
{
	struct op25b_key key = op25b_key_of(lpm->family, entry->addr,
					    entry->prefix_len);
	struct hash_item old;
	int err;

	err = check_prefix(lpm, entry, &key, why);
	if (err)
		return err;
	if (!op25b_hash_get(&lpm->prefixes[hash_index(key.prefix_len)], &key,
			    &old) ||
	    word_table(old.word) != entry->table ||
	    (old.word & ENTRY_TIMED && has_expired(expiry_of(lpm, &key), now))) {
		*why = sentences[entry->table].not_held;
		return -ENOENT;
	}
	return remove_prefix(lpm, &key, old.word, now);
}

static int count_removed(void *context, const struct hash_item *item)
{
	struct op25b_lpm *lpm = context;

	op25b_lengths_remove(&lpm->lengths, lpm->family, item->key.prefix_len);
	return count_word(lpm, item->word, -1);
}

/**
 * op25b_lpm_flush() - remove all prefixes of a table of the policy from a draft
 * @lpm: the draft
 * @id: the table
 * @now: jiffies
 *
 * Context: Process context, may sleep.
 *
 * Return: 1 if that changed the draft, 0 if not; -ENOMEM, or -EINTR after a fatal
 * signal, and then the draft can only be dropped.
 */
int op25b_lpm_flush(struct op25b_lpm *lpm, enum op25b_table_id id, u32 now)
{
	unsigned int i;
	int err = 0;

	if (!lpm->count[id])
		return 0;
	for (i = 0; i < LPM_HASHES && !err; i++)
		err = op25b_hash_flush(&lpm->prefixes[i], id, now,
				       count_removed, lpm) ?:
		      op25b_hash_flush(&lpm->expiry[i], id, now, NULL, NULL);
	return err ?: 1;
}

static void find_earliest(struct op25b_lpm *lpm, u32 now)
{
	bool any = false;
	unsigned int i;
	u32 expires;

	for (i = 0; i < LPM_HASHES; i++) {
		if (!op25b_hash_earliest(&lpm->expiry[i], now, &expires))
			continue;
		if (!any || expires_before(expires, lpm->earliest, now))
			lpm->earliest = expires;
		any = true;
	}
}

/**
 * op25b_lpm_expire() - remove prefixes that have expired from a draft
 * @draft: the draft, a clone of @origin that has not been changed
 * @origin: what it is a clone of
 * @now: jiffies
 * @limit: how many to remove at most; less what was removed
 *
 * Also finds out when the first of the others expires.
 *
 * Context: Process context, may sleep.
 *
 * Return: 0, or -ENOMEM, and then the draft can only be dropped.
 */
int op25b_lpm_expire(struct op25b_lpm *draft, const struct op25b_lpm *origin,
		     u32 now, u32 *limit)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < LPM_HASHES; i++) {
		struct hash_cursor cursor = {};
		struct hash_item item;

		while (*limit && !err &&
		       op25b_hash_next_expired(&origin->expiry[i], &cursor, now,
					       &item)) {
			err = remove_prefix(draft, &item.key, item.word, now);
			--*limit;
			cond_resched();
		}
	}
	find_earliest(draft, now);
	return err;
}
