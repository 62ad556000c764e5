// SPDX-License-Identifier: GPL-2.0
/*
 * Prefix tables against the model: random histories, memory that runs out, and
 * cases that chance would hardly meet.
 */
#include "unit.h"

/* for what resizing looks like from inside */
#include "table.c"

#include "play.h"

/* An entry for a label to tell it by */
static struct op25b_entry entry_of(u32 word, u8 prefix_len)
{
	return (struct op25b_entry) {
		.addr = { cpu_to_be32(word) },
		.prefix_len = prefix_len,
		.table = OP25B_TABLE_DYNAMIC,
	};
}

static struct op25b_entry timed_entry(u32 word, u32 expires)
{
	struct op25b_entry entry = entry_of(word, 32);

	entry.timed = true;
	entry.expires = expires;
	return entry;
}

static void add(struct op25b_table *table, struct op25b_entry entry, u32 now)
{
	const char *why = NULL;

	assert_int_equal(op25b_table_add(table, &entry, now, &why), 0);
}

/* Random histories */

static u32 roll_random(struct dice *dice, u32 n)
{
	(void)dice;
	return shim_below(n);
}

static void play_games(enum op25b_family family, bool crowded, int games,
		       int steps)
{
	static struct play play;
	struct dice dice = { .roll = roll_random };
	int game, step;

	for (game = 0; game < games; game++) {
		shim_seed(game);
		play_start(&play, &dice, family, crowded);
		for (step = 0; step < steps; step++)
			play_step(&play);
		play_end(&play);
	}
}

static void few_ipv4(void **state)
{
	(void)state;
	play_games(OP25B_IPV4, false, 40, 1500);
}

static void few_ipv6(void **state)
{
	(void)state;
	play_games(OP25B_IPV6, false, 40, 1500);
}

static void crowded_ipv4(void **state)
{
	(void)state;
	play_games(OP25B_IPV4, true, 6, 400);
}

static void crowded_ipv6(void **state)
{
	(void)state;
	play_games(OP25B_IPV6, true, 6, 400);
}

/* Memory that runs out */

/*
 * Changes a draft in every way that takes memory: new layers, rebuilds that
 * grow and shrink, copied chunks, moves between layers.
 */
static int change_all(struct op25b_table *draft, enum op25b_family family)
{
	struct op25b_entry entry = entry_of(0, op25b_family_bits(family));
	const char *why;
	u32 i;

	for (i = 0; i < 2600; i++) {
		entry.addr[0] = cpu_to_be32(i);
		entry.timed = i % 4 == 0;
		entry.expires = 400;
		entry.label = i;
		if (op25b_table_add(draft, &entry, 0, &why) == -ENOMEM)
			return -ENOMEM;
	}
	for (i = 0; i < 2550; i++) {
		entry.addr[0] = cpu_to_be32(i);
		if (op25b_table_del(draft, &entry, -1U, &why) == -ENOMEM)
			return -ENOMEM;
	}
	return op25b_table_flush(draft, OP25B_TABLE_FIXED) ?:
	       op25b_table_expire(draft, 1000);
}

/* A table that change_all() finds things to change in */
static struct op25b_table *make_origin(struct model *model,
				       enum op25b_family family)
{
	struct op25b_table *table = op25b_table_create(family);
	u32 i;

	assert_non_null(table);
	model->family = family;
	model->count = 0;
	for (i = 0; i < 1400; i++) {
		struct op25b_entry entry =
			entry_of(i, op25b_family_bits(family));

		if (i >= 900)
			entry.table = OP25B_TABLE_FIXED;
		entry.timed = i % 3 == 0;
		entry.expires = 500;
		add(table, entry, 0);
		model_add(model, &entry, 0);
	}
	return table;
}

/* Fails the nth allocation; false when there were fewer than that */
static bool run_out(const struct op25b_table *origin, enum op25b_family family,
		    size_t nth)
{
	struct op25b_table *draft;
	int err = -ENOMEM;
	bool failed;

	shim_memory.fail_in = nth;
	draft = op25b_table_clone(origin);
	if (draft)
		err = change_all(draft, family);
	failed = !shim_memory.fail_in;
	shim_memory.fail_in = 0;

	assert_int_equal(err, failed ? -ENOMEM : 0);
	op25b_table_free(draft, origin, NULL);
	return failed;
}

static void no_memory(enum op25b_family family)
{
	static struct model model;
	struct op25b_table *origin;
	size_t live, nth;

	shim_memory.fail_in = 1;
	assert_null(op25b_table_create(family));

	origin = make_origin(&model, family);
	live = shim_memory.live;
	for (nth = 1; run_out(origin, family, nth); nth++) {
		assert_int_equal(shim_memory.live, live);
		assert_true(model_agrees(origin, &model, 0));
	}
	assert_true(nth > 10);
	op25b_table_free(origin, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void no_memory_ipv4(void **state)
{
	(void)state;
	no_memory(OP25B_IPV4);
}

static void no_memory_ipv6(void **state)
{
	(void)state;
	no_memory(OP25B_IPV6);
}

/* Memory that there is */

static struct op25b_table *make_large(u32 prefixes)
{
	struct op25b_table *table = op25b_table_create(OP25B_IPV4);
	u32 i;

	assert_non_null(table);
	for (i = 0; i < prefixes; i++)
		add(table, entry_of(i << 8, 24), 0);
	return table;
}

/* One change copies a directory, a chunk of 4096 bytes and a part of the cover, no more */
static void sharing(void **state)
{
	struct op25b_entry entry = entry_of(5 << 8, 24), other = entry;
	struct op25b_table *origin = make_large(100000), *draft;
	size_t before = shim_memory.bytes;

	(void)state;
	draft = op25b_table_clone(origin);
	assert_non_null(draft);
	add(draft, entry, 0);
	/* the table and its list of layers, and what malloc() adds to them */
	assert_true(shim_memory.bytes - before <
		    sizeof(*draft) + sizeof(struct layer) + 64);
	other.flags = OP25B_ENTRY_MONITOR;
	add(draft, other, 0);
	assert_false(op25b_table_equal(origin, draft));
	assert_true(shim_memory.bytes - before <
		    4096 + 8192 + sizeof(struct cover_part));
	add(draft, entry, 0);
	assert_true(op25b_table_equal(origin, draft));

	op25b_table_free(origin, NULL, draft);
	op25b_table_free(draft, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
}

static void bytes_are_those_allocated(void **state)
{
	u32 n;

	(void)state;
	for (n = 0; n < 3000; n = n * 2 + 1) {
		struct op25b_table *table = make_large(n);
		size_t bytes = op25b_table_bytes(table);

		assert_in_range(bytes, shim_memory.bytes,
				shim_memory.bytes * 2);
		op25b_table_free(table, NULL, NULL);
	}
}

/* Cases that chance would hardly meet */

/* Of one entry it is known exactly, whatever jiffies are */
static void first_timeout(void **state)
{
	static const u32 ends[] = { 0, 1, S32_MAX, S32_MAX + 1U, U32_MAX };
	u32 i, expires;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct op25b_table *table = op25b_table_create(OP25B_IPV4);

		assert_non_null(table);
		add(table, timed_entry(1, ends[i]), ends[i] - 1);
		assert_true(op25b_table_earliest(table, ends[i] - 1,
						 &expires));
		assert_int_equal(expires, ends[i]);
		op25b_table_free(table, NULL, NULL);
	}
}

/*
 * Half a wheel of jiffies lies between an entry that ended a little ago and
 * one with the longest timeout, where there are 1000 jiffies a second.
 */
static void late_and_far(void **state)
{
	u32 now = 5000, far = now + OP25B_TIMEOUT_MAX * 1000U, expires;
	struct op25b_table *table = op25b_table_create(OP25B_IPV4);

	(void)state;
	assert_non_null(table);
	add(table, timed_entry(1, now - 2000), now - 3000);
	add(table, timed_entry(2, far), now);
	assert_true(op25b_table_earliest(table, now, &expires));
	assert_int_equal(expires, now - 2000);
	assert_int_equal(op25b_table_expire(table, now), 0);
	assert_int_equal(op25b_table_count(table, OP25B_TABLE_DYNAMIC), 1);
	op25b_table_free(table, NULL, NULL);
}

/* The same, where the two entries are of different lengths */
static void late_and_far_apart(void **state)
{
	u32 now = 5000, far = now + OP25B_TIMEOUT_MAX * 1000U, expires;
	struct op25b_table *table = op25b_table_create(OP25B_IPV4);
	struct op25b_entry wide = timed_entry(0, far);

	(void)state;
	assert_non_null(table);
	wide.prefix_len = 0;
	add(table, timed_entry(1, now - 2000), now - 3000);
	add(table, wide, now);
	assert_true(op25b_table_earliest(table, now, &expires));
	assert_int_equal(expires, now - 2000);
	op25b_table_free(table, NULL, NULL);
}

/* What is noted of a time that was put off or deleted, is mended when it comes */
static void settled(void **state)
{
	struct op25b_table *table = op25b_table_create(OP25B_IPV4);
	u32 expires;

	(void)state;
	assert_non_null(table);
	add(table, timed_entry(1, 100), 0);
	add(table, timed_entry(2, 300), 0);
	add(table, timed_entry(1, 5000), 50);
	op25b_table_settle(table, 100);
	assert_true(op25b_table_earliest(table, 100, &expires));
	assert_int_equal(expires, 300);
	op25b_table_settle(table, 400);
	assert_true(op25b_table_earliest(table, 400, &expires));
	assert_int_equal(expires, 300);
	assert_int_equal(op25b_table_expire(table, 400), 0);
	op25b_table_settle(table, 400);
	assert_true(op25b_table_earliest(table, 400, &expires));
	assert_int_equal(expires, 5000);
	op25b_table_free(table, NULL, NULL);
}

/* A draft that is given up leaves its origin as it was, and what is noted in it */
static void expiry_given_up(void **state)
{
	struct op25b_table *table = op25b_table_create(OP25B_IPV4), *draft;
	const struct chunk *chunk;

	(void)state;
	assert_non_null(table);
	add(table, timed_entry(1, 100), 0);
	add(table, timed_entry(2, 5000), 0);
	add(table, timed_entry(1, 5000), 50);
	chunk = ref_chunk(table->layers[0].dir.refs[0]);
	assert_int_equal(chunk->earliest, 100);
	draft = op25b_table_clone(table);
	assert_non_null(draft);
	assert_int_equal(op25b_table_expire(draft, 100), 0);
	op25b_table_free(draft, table, NULL);
	assert_int_equal(chunk->earliest, 100);
	op25b_table_free(table, NULL, NULL);
}

static u32 count_ended(const struct op25b_table *table, u32 now)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 ended = 0;

	while (op25b_table_next(table, &cursor, &entry))
		ended += (s32)(now - entry.expires) >= 0;
	return ended;
}

static bool something_is_due(struct op25b_table *table, u32 now)
{
	u32 expires;

	op25b_table_settle(table, now);
	return op25b_table_earliest(table, now, &expires) &&
	       (s32)(now - expires) >= 0;
}

static struct op25b_table *publish(struct op25b_table *draft,
				   struct op25b_table *elder)
{
	op25b_table_free(elder, NULL, draft);
	return draft;
}

/* The table with one batch less of what has ended */
static struct op25b_table *expire_some(struct op25b_table *table, u32 now)
{
	struct op25b_table *draft = op25b_table_clone(table);

	assert_non_null(draft);
	assert_int_equal(op25b_table_expire(draft, now), 0);
	return publish(draft, table);
}

/* The table with later times for one of fifty */
static struct op25b_table *refresh_some(struct op25b_table *table, u32 entries,
					u32 now, u32 later)
{
	struct op25b_table *draft = op25b_table_clone(table);
	u32 i;

	assert_non_null(draft);
	for (i = 1; i < entries; i += 50)
		add(draft, timed_entry(i, later), now);
	return publish(draft, table);
}

/*
 * Where more end than are removed at once, others are refreshed meanwhile; that
 * must not make the rest be forgotten.
 */
static void ended_in_batches(void **state)
{
	struct op25b_table *table = op25b_table_create(OP25B_IPV4);
	const u32 entries = 60000, now = 2100, later = 4000000;
	u32 i, rounds;

	(void)state;
	assert_non_null(table);
	for (i = 0; i < entries; i++)
		add(table, timed_entry(i, i % 50 ? later : 2000 + i / 50 % 60),
		    1000);
	assert_true(something_is_due(table, now));
	table = expire_some(table, now);
	assert_true(count_ended(table, now) > 0);
	table = refresh_some(table, entries, now, later + 1);
	for (rounds = 0; something_is_due(table, now); rounds++) {
		assert_true(rounds < 100);
		table = expire_some(table, now);
	}
	assert_int_equal(count_ended(table, now), 0);
	op25b_table_free(table, NULL, NULL);
}

/*
 * An IPv4 layer with timeouts that has grown to 41 chunks is resized to 44. Both
 * ends of the new chunk 14 are within the old chunk 13, so that this one is left
 * for two steps after it has begun to move.
 */
#define OLD_CHUNKS	41
#define OLD_CHUNK	13
#define NEW_CHUNKS	44
#define NEW_CHUNK	14

static u32 chunk_of(const struct layer *layer, u32 word, u32 nr)
{
	const __be32 addr = cpu_to_be32(word);

	return key_scale(layer_key(layer, &addr, 1), nr) >> 32;
}

/* The first entry that is in the old chunk, in front of the new one */
static u32 first_to_move(const struct layer *layer)
{
	u32 word = 0;

	while (chunk_of(layer, word, OLD_CHUNKS) != OLD_CHUNK ||
	       chunk_of(layer, word, NEW_CHUNKS) >= NEW_CHUNK)
		word++;
	return word;
}

/*
 * A table that is being resized, with nothing left in the first old chunk: its
 * only entry has moved, and was deleted then. The others are all behind it.
 */
static struct op25b_table *make_half_moved(u32 soon, u32 later)
{
	struct op25b_table *table = op25b_table_create(OP25B_IPV4);
	struct op25b_entry entry;
	struct layer *layer;
	const char *why;
	u32 word;

	assert_non_null(table);
	layer = table_add_layer(table, 32, true);
	assert_non_null(layer);
	entry = timed_entry(first_to_move(layer), soon);
	add(table, entry, 0);
	for (word = 0; layer->old.nr != OLD_CHUNKS ||
		       layer->moved < NEW_CHUNK; word++) {
		assert_true(word < 100000);
		if (chunk_of(layer, word, OLD_CHUNKS) > OLD_CHUNK)
			add(table, timed_entry(word, later), 0);
	}
	assert_int_equal(op25b_table_del(table, &entry, 0, &why), 0);
	assert_int_equal(layer->dir.nr, NEW_CHUNKS);
	assert_int_equal(layer->moved, NEW_CHUNK + 1);
	assert_int_equal(ref_chunk(layer->old.refs[OLD_CHUNK])->used, 1);
	return table;
}

/* What has moved leaves nothing to do where it was */
static void moved_to_settle(void **state)
{
	const u32 soon = 100, later = 5000;
	struct op25b_table *table = make_half_moved(soon, later);
	u32 expires;

	(void)state;
	op25b_table_settle(table, soon);
	assert_true(op25b_table_earliest(table, soon, &expires));
	assert_int_equal(expires, later);
	op25b_table_free(table, NULL, NULL);
}

/* Nor does it if one tries to do it */
static void moved_to_expire(void **state)
{
	const u32 soon = 100, later = 5000;
	struct op25b_table *table = make_half_moved(soon, later);
	u32 expires;

	(void)state;
	assert_int_equal(op25b_table_expire(table, soon), 0);
	assert_true(op25b_table_earliest(table, soon, &expires));
	assert_int_equal(expires, later);
	op25b_table_free(table, NULL, NULL);
}

/*
 * Addresses that differ in few places, as people number them: the hash must
 * spread them, whatever the seed. Bytes a, b and c take all values together.
 */
static void add_numbered(int a, int b, int c)
{
	struct op25b_table *table = op25b_table_create(OP25B_IPV6);
	struct op25b_entry entry = entry_of(0x20010db8, 128);
	u8 *byte = (u8 *)entry.addr;
	const char *why;
	u32 i;

	assert_non_null(table);
	for (i = 0; i < 65536; i++) {
		byte[a] = i >> 8;
		byte[b] = i;
		byte[c] = i;
		if (op25b_table_add(table, &entry, 0, &why))
			break;
	}
	op25b_table_free(table, NULL, NULL);
	assert_int_equal(shim_memory.live, 0);
	if (i < 65536)
		fail_msg("bytes %d, %d and %d: full after %u", a, b, c, i);
}

static void numbered_addresses(void **state)
{
	int b, c;

	(void)state;
	for (b = 8; b < 16; b++)
		for (c = b; c < 16; c++)
			add_numbered(7, b, c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(few_ipv4),
		fresh_test(few_ipv6),
		fresh_test(crowded_ipv4),
		fresh_test(crowded_ipv6),
		fresh_test(no_memory_ipv4),
		fresh_test(no_memory_ipv6),
		fresh_test(sharing),
		fresh_test(bytes_are_those_allocated),
		fresh_test(first_timeout),
		fresh_test(late_and_far),
		fresh_test(late_and_far_apart),
		fresh_test(settled),
		fresh_test(expiry_given_up),
		fresh_test(ended_in_batches),
		fresh_test(moved_to_settle),
		fresh_test(moved_to_expire),
		fresh_test(numbered_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
