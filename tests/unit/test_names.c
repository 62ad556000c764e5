// SPDX-License-Identifier: GPL-2.0
/*
 * Name sets: which names are valid, their numbers, and their counters.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "entry.h"
#include "names.h"

/* Names */

/* Encodes a code point as UTF-8, shortest form; returns the length */
static int encode(uint32_t code, unsigned char *out)
{
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	int i;

	out[0] = more ? 0xff00 >> (more + 1) | code >> 6 * more : code;
	for (i = 1; i <= more; i++)
		out[i] = 0x80 | (code >> 6 * (more - i) & 0x3f);
	return more + 1;
}

/* Decodes bytes as if they were valid UTF-8; returns the length of the sequence */
static int decode(const unsigned char *in, uint32_t *code)
{
	int more = in[0] < 0xc0 ? 0 : in[0] < 0xe0 ? 1 : in[0] < 0xf0 ? 2 : 3;
	int i;

	*code = more ? in[0] & (0x3f >> more) : in[0];
	for (i = 1; i <= more && in[i]; i++)
		*code = *code << 6 | (in[i] & 0x3f);
	return i;
}

/* A name is valid if decoding and encoding again yields the same bytes */
static bool model_valid(const char *name)
{
	const unsigned char *in = (const unsigned char *)name;
	unsigned char again[4];
	uint32_t code;
	int bytes;

	if (!*in)
		return false;
	for (; *in; in += bytes) {
		bytes = decode(in, &code);
		if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
		    code > 0x10ffff ||
		    (code >= 0xd800 && code <= 0xdfff) ||
		    encode(code, again) != bytes || memcmp(again, in, bytes))
			return false;
	}
	return true;
}

static void check_name(const char *name)
{
	const char *why = NULL;
	bool valid = op25b_name_valid(OP25B_NAME_LABEL, name, &why);

	assert_int_equal(valid, model_valid(name));
	assert_int_equal(valid, !why);
}

/* All names of up to three bytes, the zero among them */
static void short_names(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 1 << 24; i++) {
		char name[] = { i >> 16, i >> 8, i, 0 };

		check_name(name);
	}
}

/* All sequences of four bytes, except for middle values of the last two */
static void long_sequences(void **state)
{
	static const unsigned char last[] = { 0, 'a', 0x7f, 0x80, 0xbf, 0xc0 };
	unsigned int i, j, k;

	(void)state;
	for (i = 0; i < 0x1000; i++)
		for (j = 0; j < sizeof(last); j++)
			for (k = 0; k < sizeof(last); k++) {
				char name[] = { 0xf0 | i >> 8, i, last[j],
						last[k], 0 };

				check_name(name);
			}
}

/* All control characters, C0, DEL and C1, are refused; their neighbours are not */
static void control_characters(void **state)
{
	static const char control[] = "label contains a control character: remove it";
	const char *why;
	uint32_t code;

	(void)state;
	for (code = 1; code <= 0x100; code++) {
		bool valid = code >= 0x20 && (code < 0x7f || code >= 0xa0);
		unsigned char name[] = { 'a', 0, 0, 0 };

		encode(code, name + 1);
		why = NULL;
		assert_int_equal(op25b_name_valid(OP25B_NAME_LABEL, (char *)name, &why), valid);
		if (!valid)
			assert_string_equal(why, control);
	}
}

static void sentences(void **state)
{
	static const char *const kinds[OP25B_NAME_KINDS] = {
		[OP25B_NAME_LABEL] = "label",
		[OP25B_NAME_PROVIDER] = "provider",
		[OP25B_NAME_OWNER] = "owner",
	};
	static const struct {
		const char *name;
		const char *text;
	} bad[] = {
		{ "", "is empty: expected 1 to 63 bytes" },
		{ "a\xff", "is not valid UTF-8: convert it to UTF-8" },
		{ "a\n", "contains a control character: remove it" },
	};
	char want[128];
	const char *why;
	int kind, i;

	(void)state;
	for (kind = 0; kind < OP25B_NAME_KINDS; kind++)
		for (i = 0; i < 3; i++) {
			assert_false(op25b_name_valid(kind, bad[i].name, &why));
			sprintf(want, "%s %s", kinds[kind], bad[i].text);
			assert_string_equal(why, want);
		}
}

static void japanese_name(void **state)
{
	const char *why;

	(void)state;
	assert_true(op25b_name_valid(OP25B_NAME_LABEL, "Bフレッツ", &why));
	assert_true(op25b_name_valid(OP25B_NAME_LABEL, "b flets \xf0\x9f\x93\xa7", &why));
	assert_false(op25b_name_valid(OP25B_NAME_LABEL, "B\x83\x74\x83\x8c\x83\x62", &why));
}

/* Numbers */

/* The number of a set with a label only */
static int number_of(struct op25b_names *names, const char *label, const char **why)
{
	const struct op25b_name_set set = { .name[OP25B_NAME_LABEL] = label };

	return op25b_names_number(names, &set, why);
}


/* The number of a set with both */
static int number_with(struct op25b_names *names, const char *label, const char *provider)
{
	const struct op25b_name_set set = { .name = { label, provider } };
	const char *why;

	return op25b_names_number(names, &set, &why);
}

static void name_of(unsigned int i, char *name)
{
	sprintf(name, "label-%u", i);
}

/* Each new label gets the next number and keeps it, up to the limit */
static void numbers(void **state)
{
	struct op25b_names *names = op25b_names_create();
	const char *why = NULL;
	char name[16];
	unsigned int i, turn;

	(void)state;
	assert_non_null(names);
	for (turn = 0; turn < 2; turn++)
		for (i = 1; i <= 65535; i++) {
			assert_int_equal(op25b_names_full(names), turn);
			name_of(i, name);
			assert_int_equal(number_of(names, name, &why),
					 i);
		}
	assert_int_equal(op25b_names_last(names), 65535);
	assert_true(op25b_names_full(names));
	assert_null(why);
	assert_int_equal(number_of(names, "one more", &why),
			 -ENOSPC);
	assert_non_null(why);
	for (i = 1; i <= 65535; i++) {
		name_of(i, name);
		assert_string_equal(op25b_names_get(names, i).name[OP25B_NAME_LABEL], name);
	}
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* A set that could not be allocated can be allocated later, with the same number */
static void no_memory(void **state)
{
	struct op25b_names *names;
	size_t bytes, before;
	const char *why;
	unsigned int nth;

	(void)state;
	shim_memory.fail_in = 1;
	assert_null(op25b_names_create());
	names = op25b_names_create();
	for (nth = 1; nth <= 3; nth++) {
		shim_memory.fail_in = nth;
		assert_int_equal(number_of(names, "a", &why),
				 -ENOMEM);
	}
	/* a block was allocated, which stays, but no set or name */
	bytes = op25b_names_bytes(names);
	for (nth = 1; nth <= 2; nth++) {
		shim_memory.fail_in = nth;
		assert_int_equal(number_of(names, "a", &why), -ENOMEM);
		assert_int_equal(op25b_names_bytes(names), bytes);
	}
	/* one of two names */
	for (nth = 1; nth <= 3; nth++) {
		size_t live = shim_memory.live;

		shim_memory.fail_in = nth;
		assert_int_equal(number_with(names, "a", "b"), -ENOMEM);
		assert_int_equal(op25b_names_bytes(names), bytes);
		assert_int_equal(shim_memory.live, live);
	}
	before = shim_memory.bytes;
	assert_int_equal(number_of(names, "a", &why), 1);
	assert_int_equal(op25b_names_bytes(names) - bytes,
			 shim_memory.bytes - before);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Counters */

static void assert_counter(const struct op25b_names *names, u16 number,
			   enum op25b_verdict outcome, u64 packets, u64 bytes)
{
	struct op25b_counter counter;

	counter = op25b_names_read(names, number, outcome);
	assert_int_equal(counter.packets, packets);
	assert_int_equal(counter.bytes, bytes);
}

/* Counters are summed over CPUs, zeroed by a reset, and separate for each label */
static void counters(void **state)
{
	struct op25b_names *names = op25b_names_create();
	const char *why;
	int i;

	(void)state;
	for (i = 1; i <= 65; i++) {
		char name[] = { '0' + i, 0 };

		assert_int_equal(number_of(names, name, &why), i);
	}
	for (i = 0; i < 6; i++) {
		shim_cpu = i % 2;
		op25b_names_count(names, 64, OP25B_VERDICT_BLOCK, 100);
		op25b_names_count(names, 65, OP25B_VERDICT_MONITOR, 1);
	}
	assert_counter(names, 64, OP25B_VERDICT_BLOCK, 6, 600);
	assert_counter(names, 64, OP25B_VERDICT_MONITOR, 0, 0);
	assert_counter(names, 65, OP25B_VERDICT_BLOCK, 0, 0);
	assert_counter(names, 65, OP25B_VERDICT_MONITOR, 6, 6);
	assert_counter(names, 1, OP25B_VERDICT_BLOCK, 0, 0);

	op25b_names_reset(names);
	op25b_names_count(names, 64, OP25B_VERDICT_BLOCK, 7);
	op25b_names_reset(names);
	op25b_names_count(names, 64, OP25B_VERDICT_BLOCK, 9);
	assert_counter(names, 64, OP25B_VERDICT_BLOCK, 1, 9);
	assert_counter(names, 65, OP25B_VERDICT_MONITOR, 0, 0);
	op25b_names_free(names);
}

/* Providers */

/* Each combination has a number of its own; equal names of a kind are the same */
static void combinations(void **state)
{
	static const char *const texts[] = { NULL, "a", "b", "c" };
	struct op25b_names *names = op25b_names_create();
	int i, j;

	(void)state;
	for (i = 0; i < 16; i++)
		assert_int_equal(number_with(names, texts[i / 4], texts[i % 4]), i);
	for (i = 15; i >= 0; i--) {
		const struct op25b_name_set set = op25b_names_get(names, i);

		assert_int_equal(number_with(names, texts[i / 4], texts[i % 4]), i);
		for (j = 0; j < OP25B_NAME_KINDS; j++) {
			const char *want = j == OP25B_NAME_LABEL ? texts[i / 4] :
					   j == OP25B_NAME_PROVIDER ? texts[i % 4] :
					   NULL;

			assert_int_equal(!set.name[j], !want);
			if (want)
				assert_string_equal(set.name[j], want);
		}
		for (j = 0; j < 16; j++) {
			assert_int_equal(op25b_names_same(names, OP25B_NAME_LABEL, i, j),
					 i / 4 == j / 4);
			assert_int_equal(op25b_names_same(names, OP25B_NAME_PROVIDER, i, j),
					 i % 4 == j % 4);
		}
	}
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Owners */

/* The number of a set with a label and an owner */
static int number_owned(struct op25b_names *names, const char *label, const char *owner)
{
	const struct op25b_name_set set = { .name = { label, NULL, owner } };
	const char *why;

	return op25b_names_number(names, &set, &why);
}

/* An owner gets a set of his own; with all numbers in use one that has other names, too */
static void owners(void **state)
{
	struct op25b_names *names = op25b_names_create();
	const char *why = NULL;
	char name[16];
	int i;

	(void)state;
	assert_int_equal(op25b_names_owner(names, NULL, &why), 0);
	assert_int_equal(op25b_names_owner(names, "a", &why), 1);
	assert_int_equal(number_owned(names, "label", "a"), 2);
	assert_int_equal(number_owned(names, "label", "b"), 3);
	assert_int_equal(op25b_names_owner(names, "a", &why), 1);
	for (i = 4; i <= 65535; i++) {
		name_of(i, name);
		/* "c" is a label and a provider, but owns nothing */
		assert_int_equal(i == 5 ? number_with(names, "c", "c") :
				 number_of(names, name, &why), i);
	}
	assert_int_equal(op25b_names_owner(names, NULL, &why), 0);
	assert_int_equal(op25b_names_owner(names, "a", &why), 1);
	assert_int_equal(op25b_names_owner(names, "b", &why), 3);
	why = NULL;
	assert_int_equal(op25b_names_owner(names, "c", &why), -ENOSPC);
	assert_non_null(why);
	assert_int_equal(op25b_names_owner(names, "d", &why), -ENOSPC);
	assert_int_equal(op25b_names_last(names), 65535);
	op25b_names_forget(names, 3);
	assert_int_equal(op25b_names_owner(names, "b", &why), 3);
	assert_null(op25b_names_get(names, 3).name[OP25B_NAME_LABEL]);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* How many of so many owners are in each group; checks who is alone */
static void count_groups(const struct op25b_names *names, int first, int last,
			 int count[OP25B_GROUPS])
{
	int i;

	memset(count, 0, OP25B_GROUPS * sizeof(*count));
	for (i = first; i <= last; i++) {
		u8 group = op25b_names_group(names, i);

		assert_in_range(group, 1, OP25B_GROUPS - 1);
		count[group]++;
	}
	for (i = first; i <= last; i++)
		assert_int_equal(op25b_names_alone(names, i),
				 count[op25b_names_group(names, i)] == 1);
	assert_int_equal(op25b_names_group(names, 0), 0);
	assert_true(op25b_names_alone(names, 0));
}

/* Owners are spread evenly over the groups; operator is alone in his */
static void groups(void **state)
{
	struct op25b_names *names = op25b_names_create();
	int count[OP25B_GROUPS], i, nr;
	const char *why;
	char name[16];

	(void)state;
	for (nr = 1; nr <= 3 * OP25B_GROUPS; nr++) {
		name_of(nr, name);
		assert_int_equal(op25b_names_owner(names, name, &why), nr);
		count_groups(names, 1, nr, count);
		for (i = 1; i < OP25B_GROUPS; i++)
			assert_in_range(count[i], nr / (OP25B_GROUPS - 1),
					(nr - 1) / (OP25B_GROUPS - 1) + 1);
	}
	/* more sets of an owner change nothing */
	name_of(1, name);
	i = number_owned(names, "label", name);
	assert_int_equal(op25b_names_group(names, i), op25b_names_group(names, 1));
	op25b_names_forget(names, i);
	/* the owner goes with his last set, and leaves his place to the next one */
	for (i = OP25B_GROUPS; i < nr; i++)
		op25b_names_forget(names, i);
	count_groups(names, 1, OP25B_GROUPS - 1, count);
	for (i = 1; i < OP25B_GROUPS; i++)
		assert_true(op25b_names_alone(names, i));
	i = op25b_names_group(names, 3);
	op25b_names_forget(names, 3);
	assert_int_equal(op25b_names_owner(names, "new", &why), 3);
	assert_int_equal(op25b_names_group(names, 3), i);
	assert_true(op25b_names_alone(names, 3));
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Whose entry it is: a sentence keeps its length, and takes memory with the owner only */
static void owned(void **state)
{
	static const char *const owner[] = { "aa", "bb", "ccc", "operator", "an owner" };
	struct op25b_names *names = op25b_names_create();
	const char *why, *text[5];
	char want[128];
	int i, j;

	(void)state;
	for (i = 0; i < 5; i++) {
		int number = op25b_names_owner(names, i == 3 ? NULL : owner[i], &why);
		size_t made = shim_memory.made;

		for (j = 0; j <= i; j++) {
			text[j] = op25b_names_owned(names, j == 3 ? 0 : j < 3 ? j + 1 : 4);
			sprintf(want, "this prefix belongs to owner %s", owner[j]);
			assert_string_equal(text[j], want);
		}
		assert_int_equal(number, i == 3 ? 0 : i < 3 ? i + 1 : 4);
		assert_int_equal(shim_memory.made, made);
	}
	/* still there when the owner is not */
	op25b_names_forget(names, 1);
	op25b_names_forget(names, 2);
	for (i = 0; i < 5; i++)
		assert_int_equal(strlen(text[i]),
				 strlen("this prefix belongs to owner ") + strlen(owner[i]));
	shim_memory.fail_in = 1;
	assert_int_equal(op25b_names_owner(names, "four", &why), -ENOMEM);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Freeing unused sets */

/* The numbers of forgotten sets are reused, the lowest first, with counters of zero */
static void forget(void **state)
{
	struct op25b_names *names = op25b_names_create();
	const char *why;
	char name[16];
	unsigned int i;

	(void)state;
	for (i = 1; i <= 255; i++) {
		name_of(i, name);
		number_of(names, name, &why);
	}
	op25b_names_count(names, 1, OP25B_VERDICT_BLOCK, 5);
	op25b_names_count(names, 100, OP25B_VERDICT_BLOCK, 5);
	op25b_names_count(names, 130, OP25B_VERDICT_MONITOR, 6);
	for (i = 1; i <= 255; i++)
		assert_int_equal(op25b_names_counted(names, i),
				 i == 1 || i == 100 || i == 130);
	for (i = 255; i >= 1; i--)
		if (i != 70 && i != 100 && i != 130)
			op25b_names_forget(names, i);
	for (i = 1; i <= 255; i++)
		assert_int_equal(op25b_names_exist(names, i),
				 i == 70 || i == 100 || i == 130);
	for (i = 256; i < 256 + 252; i++) {
		name_of(i, name);
		assert_in_range(number_of(names, name, &why), 1, 255);
	}
	assert_int_equal(op25b_names_last(names), 255);
	assert_int_equal(number_of(names, "label-70", &why), 70);
	assert_int_equal(number_of(names, "label-1", &why), 256);
	assert_string_equal(op25b_names_get(names, 1).name[OP25B_NAME_LABEL],
			    "label-256");
	assert_counter(names, 1, OP25B_VERDICT_BLOCK, 0, 0);
	assert_counter(names, 100, OP25B_VERDICT_BLOCK, 1, 5);
	assert_counter(names, 130, OP25B_VERDICT_MONITOR, 1, 6);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* A name goes with the last set that has it, and only then */
static void shared_names(void **state)
{
	struct op25b_names *names = op25b_names_create();
	size_t before;
	int one, two;

	(void)state;
	one = number_with(names, "label", "provider");
	before = shim_memory.live;
	two = number_with(names, "provider", "label");
	assert_int_equal(shim_memory.live, before + 1);
	op25b_names_forget(names, one);
	assert_int_equal(shim_memory.live, before);
	assert_string_equal(op25b_names_get(names, two).name[OP25B_NAME_LABEL],
			    "provider");
	op25b_names_forget(names, two);
	assert_int_equal(shim_memory.live, before - 3);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

/* Memory of a set: its name, and per-CPU counters if it is the first of a block */
static size_t take(struct op25b_names *names, const char *name)
{
	size_t before = shim_memory.bytes, bytes = op25b_names_bytes(names);
	const char *why;
	u16 number;

	number = number_of(names, name, &why);
	bytes = op25b_names_bytes(names) - bytes;
	if (number == 1 || number == 64)
		assert_true(bytes > SHIM_CPUS * 64 * 2 *
				    sizeof(struct op25b_cpu_counter));
	else
		assert_int_equal(bytes, shim_memory.bytes - before);
	return bytes;
}

static void bytes(void **state)
{
	struct op25b_names *names = op25b_names_create();
	char name[OP25B_LABEL_MAX + 1] = {};
	size_t sum = 0, least;
	int i;

	(void)state;
	assert_int_equal(op25b_names_bytes(names), 0);
	for (i = 0; i < OP25B_LABEL_MAX; i++) {
		name[i] = 'x';
		sum += take(names, name);
	}
	sum += take(names, "y");
	assert_int_equal(op25b_names_bytes(names), sum);

	for (i = 1; i <= OP25B_LABEL_MAX + 1; i++)
		op25b_names_forget(names, i);
	least = op25b_names_bytes(names);
	assert_in_range(least, 2 * SHIM_CPUS * 64 * 2 *
			sizeof(struct op25b_cpu_counter), sum - 64 * 2);
	number_of(names, "z", (const char *[]){ NULL });
	op25b_names_forget(names, 1);
	assert_int_equal(op25b_names_bytes(names), least);
	op25b_names_free(names);
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(short_names),
		fresh_test(long_sequences),
		fresh_test(control_characters),
		fresh_test(sentences),
		fresh_test(japanese_name),
		fresh_test(numbers),
		fresh_test(no_memory),
		fresh_test(counters),
		fresh_test(combinations),
		fresh_test(owners),
		fresh_test(groups),
		fresh_test(owned),
		fresh_test(forget),
		fresh_test(shared_names),
		fresh_test(bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
