// SPDX-License-Identifier: GPL-2.0
/*
 * Prefix tables against the model of the unit tests. The input rolls the dice
 * of the game in play.h: its first byte for the family and the kind of table,
 * the others for the steps.
 */
#include "fuzz.h"
#include "play.h"

/**
 * struct input - dice that the input rolls
 * @dice: the dice
 * @next: the next byte
 * @end: behind the last byte
 */
struct input {
	struct dice dice;
	const uint8_t *next;
	const uint8_t *end;
};

/* As few bytes as needed; zeros behind the end */
static u32 roll_input(struct dice *dice, u32 n)
{
	struct input *input = (struct input *)dice;
	u32 value = 0, most;

	for (most = n ? n - 1 : 0; most && input->next < input->end; most >>= 8)
		value = value << 8 | *input->next++;
	return n ? value % n : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play play;
	struct input input = {
		.dice = { .roll = roll_input },
		.next = data + 1,
		.end = data + size,
	};

	if (!size)
		return 0;
	shim_seed(*data);
	play_start(&play, &input.dice, *data & 1, *data & 2);
	while (input.next < input.end)
		play_step(&play);
	play_end(&play);
	return 0;
}
