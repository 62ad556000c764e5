// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of prefixes against the oracle of the unit tests. The input replaces the random
 * numbers of a history, see history.h: its first byte chooses the family, the kind of
 * table and the weakness of the hash, the others the steps.
 */
#include "fuzz.h"
#include "history.h"

/**
 * struct input - a source of numbers
 * @source: its interface
 * @next: the next byte
 * @end: end of the input
 */
struct input {
	struct source source;
	const uint8_t *next;
	const uint8_t *end;
};

/* Consumes as few bytes as needed; zeros after the end */
static u32 below_from_input(struct source *source, u32 n)
{
	struct input *input = (struct input *)source;
	u32 value = 0, most;

	for (most = n ? n - 1 : 0; most && input->next < input->end; most >>= 8)
		value = value << 8 | *input->next++;
	return n ? value % n : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct history history;
	struct input input = {
		.source = { .below = below_from_input },
		.next = data + 1,
		.end = data + size,
	};
	u32 weak;

	if (!size)
		return 0;
	shim_seed(*data);
	weak = *data & 4 ? *data >> 3 : HISTORY_STRONG;
	history_start(&history, &input.source, *data & 1, *data & 2, weak);
	while (input.next < input.end)
		history_step(&history);
	history_end(&history);
	return 0;
}
