// SPDX-License-Identifier: GPL-2.0
/*
 * Layers from inside: the order of slots, how far entries are from home, what a
 * change costs at most, and what memory a layer takes.
 */
#include "unit.h"

#include <stdlib.h>

#include "layer_check.h"

/* What is stored can be told from what is stored */
static void prefixes_come_back(void **state)
{
	__be32 addr[KEY_WORDS], back[KEY_WORDS];
	u32 slot[SLOT_WORDS] = {};
	int i, prefix_len;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct shape shape = { .family = i % 2 };
		struct layer_key key;
		struct layer layer;
		u32 upper;

		prefix_len = shim_below(op25b_family_bits(shape.family) + 1);
		shape.prefix_len = prefix_len;
		create(&layer, &shape);
		roll_prefix(&layer, addr);
		key = layer_key(&layer, addr, layer.key_words);
		upper = key.high >> 32;
		memcpy(slot, layer.key_words == 1 ? (void *)&upper :
						    (void *)&key.high,
		       layer.key_words == 1 ? 4 : 8);
		memcpy(slot + 2, &key.low, 8);
		layer_prefix(&layer, slot, back);
		assert_memory_equal(addr, back,
				    shape.family == OP25B_IPV4 ? 4 : 16);
		layer_free(&layer, NULL, NULL);
	}
	assert_int_equal(shim_memory.live, 0);
}

/*
 * Up to many entries and down again. No change makes more than a handful of
 * chunks: what a layer of any size needs for one, and for one step of resizing.
 */
static void up_and_down(void **state)
{
	const u32 n = 60000;
	u32 i, bytes = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct layer layer;
		__be32 (*addr)[KEY_WORDS] = calloc(n, sizeof(*addr));
		u32 j;

		create(&layer, &shapes[i]);
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			do
				roll_prefix(&layer, addr[j]);
			while (layer_find(&layer, addr[j]));
			assert_int_equal(layer_insert(&layer, addr[j], 1, j,
						      DRAFT, 0), 0);
			assert_true(shim_memory.made - made <= 6);
			if (j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		/* 74 to 80 per cent of the slots, and the directory */
		bytes = layer.slot_words * 4;
		assert_in_range(layer_bytes(&layer), n * bytes * 100 / 81,
				n * bytes * 100 / 70);
		for (j = 0; j < n; j++) {
			size_t made = shim_memory.made;

			assert_non_null(layer_find(&layer, addr[j]));
			assert_int_equal(layer_remove(&layer, addr[j], DRAFT),
					 0);
			assert_null(layer_find(&layer, addr[j]));
			assert_true(shim_memory.made - made <= 6);
			if (j % 5000 == 0)
				check(&layer);
		}
		check(&layer);
		assert_true(layer_bytes(&layer) < 8192);
		layer_free(&layer, NULL, NULL);
		free(addr);
	}
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(prefixes_come_back),
		fresh_test(up_and_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
