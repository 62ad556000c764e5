// SPDX-License-Identifier: GPL-2.0
/*
 * Name sets of a namespace: the names that an entry carries, and the counters that go
 * with them.
 *
 * Entries refer to name sets by number. A set gets its number when it is first used and
 * keeps it, with its counters, while anything may refer to it: policies, snapshots,
 * packets in the hook. Sets are created before any policy with them is published; that
 * orders them before all readers, which need no lock. Who forgets a set makes sure that
 * nothing refers to it any more.
 *
 * A name is stored once, so that equal names have equal addresses. Numbers are grouped
 * in blocks, so that counters are allocated for many at once.
 *
 * Called in process context under the lock of the namespace, except where a function
 * says otherwise.
 */
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "entry.h"
#include "names.h"
#include "utf8.h"

#define BLOCK_SETS	64
#define BLOCKS		((OP25B_NAME_SETS_MAX + 1) / BLOCK_SETS)

/* Of the hash table of names, and of that of sets */
#define NAMES_HASH_BITS	11

/* Counters of a set: blocked and monitored */
#define OUTCOMES	2

/**
 * struct name - a name
 * @node: in the hash table
 * @sets: how many sets have it
 * @owned: how many of them as their owner
 * @group: of owners, if there are any
 * @text: the name
 */
struct name {
	struct hlist_node node;
	u32 sets;
	u32 owned;
	u8 group;
	char text[];
};

struct name_set {
	struct hlist_node node;
	u16 number;
	struct name *name[OP25B_NAME_KINDS];
	struct op25b_counter base[OUTCOMES];
};

struct block {
	struct name_set *set[BLOCK_SETS];
	struct op25b_cpu_counter __percpu *cpu;
};

/**
 * struct op25b_names - the name sets of a namespace
 * @last: the highest number in use so far
 * @nr_free: how many numbers up to @last are free
 * @first_free: no lower number is free
 * @bytes: memory of names, sets and blocks; read without the lock, too
 * @owners: owners by group, without operator
 * @owned: the sentences of op25b_names_owned(), by the length of the name
 * @blocks: sets by number
 * @sets: sets by their names
 * @names: names by their text
 */
struct op25b_names {
	u16 last;
	u16 nr_free;
	u16 first_free;
	size_t bytes;
	u32 owners[OP25B_GROUPS];
	char *owned[OP25B_NAME_MAX + 1];
	struct block *blocks[BLOCKS];
	DECLARE_HASHTABLE(sets, NAMES_HASH_BITS);
	DECLARE_HASHTABLE(names, NAMES_HASH_BITS);
};

static struct block *block_of(const struct op25b_names *names, u16 number)
{
	return names->blocks[number / BLOCK_SETS];
}

static struct name_set **set_place(const struct op25b_names *names, u16 number)
{
	return &block_of(names, number)->set[number % BLOCK_SETS];
}

static struct name_set *set_of(const struct op25b_names *names, u16 number)
{
	return *set_place(names, number);
}

static unsigned int outcome_index(enum op25b_verdict outcome)
{
	return outcome == OP25B_VERDICT_MONITOR;
}

static struct op25b_cpu_counter __percpu *
cpu_counter(const struct op25b_names *names, u16 number, enum op25b_verdict outcome)
{
	return &block_of(names, number)->cpu[number % BLOCK_SETS * OUTCOMES +
					     outcome_index(outcome)];
}

/**
 * op25b_names_create() - create the name sets of a namespace, none at first
 *
 * Return: the name sets, or NULL without memory.
 */
struct op25b_names *op25b_names_create(void)
{
	return kvzalloc(sizeof(struct op25b_names), GFP_KERNEL_ACCOUNT);
}

static void account(struct op25b_names *names, ssize_t bytes)
{
	WRITE_ONCE(names->bytes, names->bytes + bytes);
}

/* Names */

#define OWNED_BY	"this prefix belongs to owner "

enum {
	NAME_EMPTY,
	NAME_NOT_UTF8,
	NAME_HAS_CONTROL,
};

static const char *const sentences[OP25B_NAME_KINDS][3] = {
	[OP25B_NAME_LABEL] = {
		"label is empty: expected 1 to 63 bytes",
		"label is not valid UTF-8: convert it to UTF-8",
		"label contains a control character: remove it",
	},
	[OP25B_NAME_PROVIDER] = {
		"provider is empty: expected 1 to 63 bytes",
		"provider is not valid UTF-8: convert it to UTF-8",
		"provider contains a control character: remove it",
	},
	[OP25B_NAME_OWNER] = {
		"owner is empty: expected 1 to 63 bytes",
		"owner is not valid UTF-8: convert it to UTF-8",
		"owner contains a control character: remove it",
	},
};

/**
 * op25b_name_valid() - check a name
 * @kind: which name
 * @name: the name, at most OP25B_NAME_MAX bytes
 * @why: an error message for the user, set if the name is not valid
 *
 * Return: whether it is not empty, valid UTF-8 and has no control characters.
 */
bool op25b_name_valid(enum op25b_name_kind kind, const char *name, const char **why)
{
	unsigned int bytes;
	u32 code;

	if (!*name) {
		*why = sentences[kind][NAME_EMPTY];
		return false;
	}
	for (; *name; name += bytes) {
		bytes = op25b_utf8_decode(name, &code);
		if (!bytes) {
			*why = sentences[kind][NAME_NOT_UTF8];
			return false;
		}
		if (op25b_is_control(code)) {
			*why = sentences[kind][NAME_HAS_CONTROL];
			return false;
		}
	}
	return true;
}

/* Bytes requested for a name, and bytes allocated; ksize() has side effects */

static size_t name_bytes(const char *text)
{
	return sizeof(struct name) + strlen(text) + 1;
}

static size_t name_memory(const struct name *name)
{
	return kmalloc_size_roundup(name_bytes(name->text));
}

static u32 text_hash(const struct op25b_names *names, const char *text)
{
	return full_name_hash(names, text, strlen(text));
}

static struct name *find_name(struct op25b_names *names, const char *text)
{
	struct name *name;

	hash_for_each_possible(names->names, name, node, text_hash(names, text))
		if (!strcmp(name->text, text))
			return name;
	return NULL;
}

/* Finds a name or creates it, and counts one more set that has it */
static struct name *get_name(struct op25b_names *names, const char *text)
{
	struct name *name = find_name(names, text);

	if (!name) {
		name = kzalloc(name_bytes(text), GFP_KERNEL_ACCOUNT);
		if (!name)
			return NULL;
		memcpy(name->text, text, strlen(text) + 1);
		account(names, name_memory(name));
		hash_add(names->names, &name->node, text_hash(names, text));
	}
	name->sets++;
	return name;
}

static void put_name(struct op25b_names *names, struct name *name)
{
	if (!name || --name->sets)
		return;
	hash_del(&name->node);
	account(names, -(ssize_t)name_memory(name));
	kfree(name);
}

/* Sets */

/* Makes room for op25b_names_owned(), of each length of names once */
static bool reserve_sentence(struct op25b_names *names, const char *owner)
{
	char **sentence = &names->owned[strlen(owner)];

	if (*sentence)
		return true;
	*sentence = kzalloc(sizeof(OWNED_BY) + strlen(owner), GFP_KERNEL_ACCOUNT);
	if (!*sentence)
		return false;
	memcpy(*sentence, OWNED_BY, strlen(OWNED_BY));
	account(names, kmalloc_size_roundup(sizeof(OWNED_BY) + strlen(owner)));
	return true;
}

/* Counts a set that has the owner; a new owner is put into the group with the fewest */
static void own(struct op25b_names *names, struct name *owner)
{
	u8 group;

	if (owner->owned++)
		return;
	owner->group = 1;
	for (group = 2; group < OP25B_GROUPS; group++)
		if (names->owners[group] < names->owners[owner->group])
			owner->group = group;
	names->owners[owner->group]++;
}

static void disown(struct op25b_names *names, struct name *owner)
{
	if (owner && !--owner->owned)
		names->owners[owner->group]--;
}

static void free_set(struct op25b_names *names, struct name_set *set)
{
	unsigned int kind;

	if (!set)
		return;
	disown(names, set->name[OP25B_NAME_OWNER]);
	for (kind = 0; kind < OP25B_NAME_KINDS; kind++)
		put_name(names, set->name[kind]);
	account(names, -(ssize_t)kmalloc_size_roundup(sizeof(*set)));
	kfree(set);
}

/**
 * op25b_names_free() - free the name sets of a namespace
 * @names: the name sets, or NULL; nothing refers to them any more
 */
void op25b_names_free(struct op25b_names *names)
{
	unsigned int i, j;

	for (i = 0; names && i < BLOCKS; i++) {
		struct block *block = names->blocks[i];

		if (!block)
			continue;
		for (j = 0; j < BLOCK_SETS; j++)
			free_set(names, block->set[j]);
		free_percpu(block->cpu);
		kfree(block);
	}
	for (i = 0; names && i <= OP25B_NAME_MAX; i++)
		kfree(names->owned[i]);
	kvfree(names);
}

static struct block *add_block(struct op25b_names *names, u16 number)
{
	const size_t counters = BLOCK_SETS * OUTCOMES *
				sizeof(struct op25b_cpu_counter);
	struct block *block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);

	if (!block)
		return NULL;
	block->cpu = __alloc_percpu_gfp(counters, __alignof__(*block->cpu),
					GFP_KERNEL_ACCOUNT);
	if (!block->cpu) {
		kfree(block);
		return NULL;
	}
	op25b_counter_init(block->cpu, BLOCK_SETS * OUTCOMES);
	names->blocks[number / BLOCK_SETS] = block;
	account(names, kmalloc_size_roundup(sizeof(*block)) +
		counters * num_possible_cpus());
	return block;
}

static u16 free_number(struct op25b_names *names)
{
	if (!names->nr_free)
		return names->last + 1;
	while (set_of(names, names->first_free))
		names->first_free++;
	return names->first_free;
}

static void reset_set(struct op25b_names *names, u16 number, enum op25b_verdict outcome)
{
	static const struct op25b_counter zero;
	struct name_set *set = set_of(names, number);

	set->base[outcome_index(outcome)] =
		op25b_counter_read(cpu_counter(names, number, outcome), &zero);
}

static u32 set_hash(struct name *const name[OP25B_NAME_KINDS])
{
	return full_name_hash(NULL, (const char *)name,
			      OP25B_NAME_KINDS * sizeof(*name));
}

static struct name_set *new_set(struct op25b_names *names,
				const struct op25b_name_set *from)
{
	struct name_set *set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	unsigned int kind;

	if (!set)
		return NULL;
	account(names, kmalloc_size_roundup(sizeof(*set)));
	for (kind = 0; kind < OP25B_NAME_KINDS; kind++) {
		if (!from->name[kind])
			continue;
		set->name[kind] = get_name(names, from->name[kind]);
		if (!set->name[kind]) {
			free_set(names, set);
			return NULL;
		}
		if (kind == OP25B_NAME_OWNER)
			own(names, set->name[kind]);
	}
	return set;
}

static int add_set(struct op25b_names *names, const struct op25b_name_set *from)
{
	u16 number = free_number(names);
	struct name_set *set;

	if (from->name[OP25B_NAME_OWNER] &&
	    !reserve_sentence(names, from->name[OP25B_NAME_OWNER]))
		return -ENOMEM;
	if (!block_of(names, number) && !add_block(names, number))
		return -ENOMEM;
	set = new_set(names, from);
	if (!set)
		return -ENOMEM;
	set->number = number;
	*set_place(names, number) = set;
	reset_set(names, number, OP25B_VERDICT_BLOCK);
	reset_set(names, number, OP25B_VERDICT_MONITOR);
	hash_add(names->sets, &set->node, set_hash(set->name));
	if (number > names->last)
		names->last = number;
	else
		names->nr_free--;
	return number;
}

/* Returns NULL, too, if the set has a name that no other set has */
static struct name_set *find_set(struct op25b_names *names,
				 const struct op25b_name_set *from)
{
	struct name *name[OP25B_NAME_KINDS] = {};
	struct name_set *set;
	unsigned int kind;

	for (kind = 0; kind < OP25B_NAME_KINDS; kind++) {
		if (!from->name[kind])
			continue;
		name[kind] = find_name(names, from->name[kind]);
		if (!name[kind])
			return NULL;
	}
	hash_for_each_possible(names->sets, set, node, set_hash(name))
		if (!memcmp(set->name, name, sizeof(name)))
			return set;
	return NULL;
}

/**
 * op25b_names_number() - find a name set, or create it
 * @names: the name sets
 * @from: its names
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: its number, 0 without any name; -ENOSPC if there are too many; -ENOMEM.
 */
int op25b_names_number(struct op25b_names *names, const struct op25b_name_set *from,
		       const char **why)
{
	static const struct op25b_name_set none;
	struct name_set *set;

	if (!memcmp(from, &none, sizeof(none)))
		return 0;
	set = find_set(names, from);
	if (set)
		return set->number;
	if (op25b_names_full(names)) {
		*why = "too many combinations of names: 65535 in this namespace";
		return -ENOSPC;
	}
	return add_set(names, from);
}

/**
 * op25b_names_get() - the names of a set
 * @names: the name sets
 * @number: a number returned by op25b_names_number()
 *
 * Context: Any.
 */
struct op25b_name_set op25b_names_get(const struct op25b_names *names, u16 number)
{
	struct op25b_name_set result = {};
	const struct name_set *set;
	unsigned int kind;

	if (!number)
		return result;
	set = set_of(names, number);
	for (kind = 0; kind < OP25B_NAME_KINDS; kind++)
		if (set->name[kind])
			result.name[kind] = set->name[kind]->text;
	return result;
}

static const struct name *name_of(const struct op25b_names *names,
				  enum op25b_name_kind kind, u16 number)
{
	return number ? set_of(names, number)->name[kind] : NULL;
}

/**
 * op25b_names_same() - see whether two sets have the same name of a kind, or both none
 * @names: the name sets
 * @kind: which name
 * @a: the number of a set
 * @b: that of another one
 *
 * Context: Any, in the packet path softirq.
 */
bool op25b_names_same(const struct op25b_names *names, enum op25b_name_kind kind,
		      u16 a, u16 b)
{
	return name_of(names, kind, a) == name_of(names, kind, b);
}

/**
 * op25b_names_group() - the group of a set's owner
 * @names: the name sets
 * @number: of the set
 *
 * Return: 0 for operator, 1 to OP25B_GROUPS - 1 for others, some of which may share one.
 */
u8 op25b_names_group(const struct op25b_names *names, u16 number)
{
	const struct name *owner = name_of(names, OP25B_NAME_OWNER, number);

	return owner ? owner->group : 0;
}

/**
 * op25b_names_alone() - see whether no other owner is in the same group
 * @names: the name sets
 * @number: of a set with the owner
 */
bool op25b_names_alone(const struct op25b_names *names, u16 number)
{
	u8 group = op25b_names_group(names, number);

	return !group || names->owners[group] == 1;
}

/**
 * op25b_names_owner() - find a set with an owner, or create one
 * @names: the name sets
 * @owner: the owner, NULL for operator; checked by op25b_name_valid()
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: the number of a set with this owner, which may have other names, too: 0 for
 * operator; an error of op25b_names_number() if there is none.
 */
int op25b_names_owner(struct op25b_names *names, const char *owner, const char **why)
{
	const struct op25b_name_set set = { .name[OP25B_NAME_OWNER] = owner };
	const struct name *name = owner ? find_name(names, owner) : NULL;
	int result = op25b_names_number(names, &set, why);
	u32 number;

	if (result != -ENOSPC || !name)
		return result;
	/* what can be deleted must not need a number */
	for (number = 1; number <= names->last; number++)
		if (name_of(names, OP25B_NAME_OWNER, number) == name)
			return number;
	return result;
}

/**
 * op25b_names_owned() - say whose entry it is
 * @names: the name sets
 * @number: the set of the entry
 *
 * Return: a sentence for the user. Netlink reads it, twice, when the lock of the namespace
 * has been given up: it stays as long as @names, and keeps its length. A sentence about
 * another name of this length replaces it.
 */
const char *op25b_names_owned(struct op25b_names *names, u16 number)
{
	const struct name *owner = name_of(names, OP25B_NAME_OWNER, number);
	char *sentence;

	if (!owner)
		return OWNED_BY OP25B_OPERATOR;
	sentence = names->owned[strlen(owner->text)];
	memcpy(sentence + strlen(OWNED_BY), owner->text, strlen(owner->text));
	return sentence;
}

/**
 * op25b_names_count() - count a packet
 * @names: the name sets
 * @number: of the set
 * @outcome: blocked or monitored
 * @bytes: of the packet, from the IP header on
 *
 * Context: Softirqs off.
 */
void op25b_names_count(const struct op25b_names *names, u16 number,
		       enum op25b_verdict outcome, unsigned int bytes)
{
	op25b_counter_add(cpu_counter(names, number, outcome), bytes);
}

/**
 * op25b_names_last() - the last name set
 * @names: the name sets
 *
 * Return: the highest number of a set.
 */
u16 op25b_names_last(const struct op25b_names *names)
{
	return names->last;
}

/**
 * op25b_names_full() - check whether no more sets can be created
 * @names: the name sets
 *
 * Return: whether all numbers are in use.
 */
bool op25b_names_full(const struct op25b_names *names)
{
	return names->last == OP25B_NAME_SETS_MAX && !names->nr_free;
}

/**
 * op25b_names_bytes() - memory of all name sets
 * @names: the name sets
 *
 * Context: Any.
 *
 * Return: bytes of sets, names and counters, of all CPUs.
 */
size_t op25b_names_bytes(const struct op25b_names *names)
{
	return READ_ONCE(names->bytes);
}

/**
 * op25b_names_read() - read a counter
 * @names: the name sets
 * @number: of the set
 * @outcome: blocked or monitored
 *
 * Return: packets and bytes since the last reset.
 */
struct op25b_counter op25b_names_read(const struct op25b_names *names, u16 number,
				      enum op25b_verdict outcome)
{
	const struct name_set *set = set_of(names, number);

	return op25b_counter_read(cpu_counter(names, number, outcome),
				  &set->base[outcome_index(outcome)]);
}

/**
 * op25b_names_exist() - see whether a number is in use
 * @names: the name sets
 * @number: 1 to op25b_names_last()
 */
bool op25b_names_exist(const struct op25b_names *names, u16 number)
{
	return set_of(names, number);
}

/**
 * op25b_names_counted() - see whether any packet was counted with a set
 * @names: the name sets
 * @number: of the set
 *
 * Return: whether one was since the last reset.
 */
bool op25b_names_counted(const struct op25b_names *names, u16 number)
{
	return op25b_names_read(names, number, OP25B_VERDICT_BLOCK).packets ||
	       op25b_names_read(names, number, OP25B_VERDICT_MONITOR).packets;
}

/**
 * op25b_names_forget() - free a name set
 * @names: the name sets
 * @number: of the set, which nothing refers to
 */
void op25b_names_forget(struct op25b_names *names, u16 number)
{
	struct name_set *set = set_of(names, number);

	if (!names->nr_free++ || number < names->first_free)
		names->first_free = number;
	hash_del(&set->node);
	*set_place(names, number) = NULL;
	free_set(names, set);
}

/**
 * op25b_names_reset() - set the counters of all sets to 0
 * @names: the name sets
 */
void op25b_names_reset(struct op25b_names *names)
{
	unsigned int number;

	for (number = 1; number <= names->last; number++) {
		cond_resched();
		if (!set_of(names, number))
			continue;
		reset_set(names, number, OP25B_VERDICT_BLOCK);
		reset_set(names, number, OP25B_VERDICT_MONITOR);
	}
}
