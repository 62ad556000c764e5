// SPDX-License-Identifier: GPL-2.0
/*
 * The worst case of a lookup: all prefix lengths in use, with timeouts and
 * without, the guide knowing of all of them, and a search of each in vain.
 *
 * The searches are counted by what table.c has: the layers of the lengths that
 * the guide knows for an address.
 */
#include "unit.h"

/* before layer_check.h, for what is static in it */
#include "table.c"

#include "layer_check.h"
#include "model.h"

#define NOW	1000
#define PAST	500

/* Whether a lookup looks into layers of that length, if it gets so far */
static bool is_searched(const struct op25b_table *table, const __be32 *addr,
			u8 prefix_len)
{
	unsigned int half = guide_half(prefix_len);
	u64 known;

	if (!prefix_len)
		return true;
	known = table->family == OP25B_IPV4 ?
		guide_all_ipv4(&table->guide, addr) :
		half ? guide_longer_ipv6(&table->guide, addr) :
		guide_shorter_ipv6(&table->guide, addr);
	return table->lengths[half] & known &
	       guide_bit(table->family, prefix_len);
}

/* How many searches it takes to find that an address is under none, or the last */
static u32 count_searches(const struct op25b_table *table, const __be32 *addr)
{
	u32 i, searches = 0;

	for (i = 0; i < table->nr_layers; i++) {
		const struct layer *layer = &table->layers[i];
		struct layer_key key = layer_key(layer, addr, layer->key_words);

		if (!is_searched(table, addr, layer->prefix_len))
			continue;
		assert_true(search_length(layer, key) <= MAX_SEARCH);
		searches++;
	}
	return searches;
}

/* The prefix that holds an address, or the one next to that */
static struct op25b_entry prefix_of(const __be32 *addr, u8 prefix_len,
				    bool beside)
{
	struct op25b_entry entry = {
		.prefix_len = prefix_len,
		.table = OP25B_TABLE_FIXED,
		.label = prefix_len,
	};
	__be32 mask[KEY_WORDS];
	u32 i;

	prefix_mask(prefix_len, mask);
	for (i = 0; i < KEY_WORDS; i++)
		entry.addr[i] = addr[i] & mask[i];
	if (beside)
		((u8 *)entry.addr)[(prefix_len - 1) / 8] ^=
			0x80 >> (prefix_len - 1) % 8;
	return entry;
}

static void add_both(struct op25b_table *table, struct model *model,
		     struct op25b_entry entry, bool timed)
{
	const char *why;

	entry.timed = timed;
	entry.expires = PAST;
	assert_int_equal(op25b_table_add(table, &entry, 0, &why), 0);
	assert_int_equal(model_add(model, &entry, 0), 0);
}

static void del_both(struct op25b_table *table, struct model *model,
		     const struct op25b_entry *entry)
{
	const char *why;

	assert_int_equal(op25b_table_del(table, entry, 0, &why), 0);
	assert_int_equal(model_del(model, entry, 0), 0);
}

/*
 * Of each length a prefix next to the address, and one that holds it but has gone,
 * which the guide still knows: deleted, or in a layer of its own, expired.
 */
static void fill_worst(struct op25b_table *table, struct model *model,
		       const __be32 *addr, bool timed)
{
	int prefix_len = op25b_family_bits(table->family);

	for (; prefix_len > 0; prefix_len--) {
		struct op25b_entry entry = prefix_of(addr, prefix_len, false);

		add_both(table, model, entry, timed);
		add_both(table, model, prefix_of(addr, prefix_len, true),
			 false);
		if (!timed)
			del_both(table, model, &entry);
	}
	add_both(table, model, prefix_of(addr, 0, false), timed);
}

/* The address itself, those that differ from it in one place, and any */
static void look_around(const struct op25b_table *table,
			const struct model *model, const __be32 *addr)
{
	u32 bits = op25b_family_bits(table->family), i, j;
	__be32 other[KEY_WORDS] = {};

	assert_true(model_agrees_on(table, model, addr, NOW));
	assert_true(model_agrees_on(table, model, addr, PAST - 1));
	for (i = 0; i < 8 * bits; i++) {
		memcpy(other, addr, bits / 8);
		((u8 *)other)[i % bits / 8] ^= 0x80 >> i % 8;
		for (j = i % bits / 8 + 1; j < bits / 8; j++)
			((u8 *)other)[j] ^= i < bits ? 0 : shim_random();
		assert_true(count_searches(table, other) <= 2 * (bits + 1));
		assert_true(model_agrees_on(table, model, other, NOW));
		assert_true(model_agrees_on(table, model, other, PAST - 1));
	}
}

/* There is one prefix of length 0, with a timeout or without */
static void all_lengths(enum op25b_family family, bool timed)
{
	static const u32 bound[OP25B_FAMILIES] = { 66, 258 };
	static struct model model;
	struct op25b_table *table = op25b_table_create(family);
	u32 bits = op25b_family_bits(family), want;
	__be32 addr[KEY_WORDS] = {};
	struct op25b_match match;
	u32 i;

	assert_non_null(table);
	model.family = family;
	model.count = 0;
	for (i = 0; i < bits / 32; i++)
		addr[i] = (__force __be32)(u32)shim_random();
	fill_worst(table, &model, addr, timed);
	want = timed ? 2 * bits + 1 : bits + 1;
	assert_int_equal(table->nr_layers, want);
	assert_int_equal(count_searches(table, addr), want);
	assert_true(want <= bound[family]);
	/* all in vain but the last, and that too if it has expired */
	match = table_lookup(table, family, addr, NOW);
	assert_int_equal(op25b_match_found(&match), !timed);
	assert_true(timed || !match.layer->prefix_len);
	look_around(table, &model, addr);
	assert_true(model_agrees(table, &model, NOW));
	op25b_table_free(table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void all_lengths_ipv4(void **state)
{
	(void)state;
	all_lengths(OP25B_IPV4, false);
	all_lengths(OP25B_IPV4, true);
}

static void all_lengths_ipv6(void **state)
{
	(void)state;
	all_lengths(OP25B_IPV6, false);
	all_lengths(OP25B_IPV6, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(all_lengths_ipv4),
		fresh_test(all_lengths_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
