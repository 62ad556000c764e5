// SPDX-License-Identifier: GPL-2.0
/*
 * Labels of a namespace: their names, and the counters that go with them.
 *
 * Entries refer to labels by number. A label gets its number when it is first used and
 * keeps it, with its counters, while anything may refer to it: policies, snapshots,
 * packets in the hook. Labels are created before any policy with them is published;
 * that orders them before all readers, which need no lock. Labels are freed only when
 * the running policy is the only one, see op25b_labels_sweep().
 *
 * Numbers are grouped in blocks, so that counters are allocated for many at once.
 *
 * Called in process context under the lock of the namespace, except where a function
 * says otherwise.
 */
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "label.h"
#include "policy.h"
#include "utf8.h"

#define BLOCK_LABELS	64
#define BLOCKS		((OP25B_LABELS_MAX + 1) / BLOCK_LABELS)

#define HASH_BITS_LABELS	12

/* Counters of a label: blocked and monitored */
#define OUTCOMES	2

struct label {
	struct hlist_node node;
	u16 number;
	struct op25b_counter base[OUTCOMES];
	char name[];
};

struct block {
	struct label *label[BLOCK_LABELS];
	struct op25b_cpu_counter __percpu *cpu;
};

/**
 * struct op25b_labels - the labels of a namespace
 * @last: the highest number in use so far
 * @nr_free: how many numbers up to @last are free
 * @first_free: no lower number is free
 * @bytes: memory of labels and blocks; read without the lock, too
 * @blocks: labels by number
 * @by_name: labels by name
 */
struct op25b_labels {
	u16 last;
	u16 nr_free;
	u16 first_free;
	size_t bytes;
	struct block *blocks[BLOCKS];
	DECLARE_HASHTABLE(by_name, HASH_BITS_LABELS);
};

static struct block *block_of(const struct op25b_labels *labels, u16 number)
{
	return labels->blocks[number / BLOCK_LABELS];
}

static struct label **label_place(const struct op25b_labels *labels, u16 number)
{
	return &block_of(labels, number)->label[number % BLOCK_LABELS];
}

static struct label *label_of(const struct op25b_labels *labels, u16 number)
{
	return *label_place(labels, number);
}

static unsigned int outcome_index(enum op25b_verdict outcome)
{
	return outcome == OP25B_VERDICT_MONITOR;
}

static struct op25b_cpu_counter __percpu *
cpu_counter(const struct op25b_labels *labels, u16 number, enum op25b_verdict outcome)
{
	return &block_of(labels, number)->cpu[number % BLOCK_LABELS * OUTCOMES +
					      outcome_index(outcome)];
}

/**
 * op25b_labels_create() - create the labels of a namespace, none at first
 *
 * Return: the labels, or NULL without memory.
 */
struct op25b_labels *op25b_labels_create(void)
{
	return kvzalloc(sizeof(struct op25b_labels), GFP_KERNEL_ACCOUNT);
}

static void free_block(struct block *block)
{
	unsigned int i;

	if (!block)
		return;
	for (i = 0; i < BLOCK_LABELS; i++)
		kfree(block->label[i]);
	free_percpu(block->cpu);
	kfree(block);
}

/**
 * op25b_labels_free() - free the labels of a namespace
 * @labels: the labels, or NULL; nothing refers to them any more
 */
void op25b_labels_free(struct op25b_labels *labels)
{
	unsigned int i;

	if (!labels)
		return;
	for (i = 0; i < BLOCKS; i++)
		free_block(labels->blocks[i]);
	kvfree(labels);
}

/**
 * op25b_label_valid() - check the name of a label
 * @name: the name, at most OP25B_LABEL_MAX bytes
 * @why: an error message for the user, set if the name is not valid
 *
 * Return: whether it is not empty, valid UTF-8 and has no control characters.
 */
bool op25b_label_valid(const char *name, const char **why)
{
	unsigned int bytes;
	u32 code;

	if (!*name) {
		*why = "label is empty: expected 1 to 63 bytes";
		return false;
	}
	for (; *name; name += bytes) {
		bytes = op25b_utf8_decode(name, &code);
		if (!bytes) {
			*why = "label is not valid UTF-8: convert it to UTF-8";
			return false;
		}
		if (op25b_is_control(code)) {
			*why = "label contains a control character: remove it";
			return false;
		}
	}
	return true;
}

/* Bytes requested for a label, and bytes allocated; ksize() has side effects */

static size_t label_bytes(const char *name)
{
	return sizeof(struct label) + strlen(name) + 1;
}

static size_t label_memory(const struct label *label)
{
	return kmalloc_size_roundup(label_bytes(label->name));
}

static void account(struct op25b_labels *labels, ssize_t bytes)
{
	WRITE_ONCE(labels->bytes, labels->bytes + bytes);
}

static struct block *add_block(struct op25b_labels *labels, u16 number)
{
	const size_t counters = BLOCK_LABELS * OUTCOMES *
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
	op25b_counter_init(block->cpu, BLOCK_LABELS * OUTCOMES);
	labels->blocks[number / BLOCK_LABELS] = block;
	account(labels, kmalloc_size_roundup(sizeof(*block)) +
		counters * num_possible_cpus());
	return block;
}

static u16 free_number(struct op25b_labels *labels)
{
	if (!labels->nr_free)
		return labels->last + 1;
	while (label_of(labels, labels->first_free))
		labels->first_free++;
	return labels->first_free;
}

static void reset_label(struct op25b_labels *labels, u16 number, enum op25b_verdict outcome)
{
	static const struct op25b_counter zero;
	struct label *label = label_of(labels, number);

	label->base[outcome_index(outcome)] =
		op25b_counter_read(cpu_counter(labels, number, outcome), &zero);
}

static int add_label(struct op25b_labels *labels, const char *name, u32 hash)
{
	u16 number = free_number(labels);
	struct label *label;

	if (!block_of(labels, number) && !add_block(labels, number))
		return -ENOMEM;
	label = kzalloc(label_bytes(name), GFP_KERNEL_ACCOUNT);
	if (!label)
		return -ENOMEM;
	label->number = number;
	memcpy(label->name, name, strlen(name) + 1);
	account(labels, label_memory(label));
	*label_place(labels, number) = label;
	reset_label(labels, number, OP25B_VERDICT_BLOCK);
	reset_label(labels, number, OP25B_VERDICT_MONITOR);
	hash_add(labels->by_name, &label->node, hash);
	if (number > labels->last)
		labels->last = number;
	else
		labels->nr_free--;
	return number;
}

/**
 * op25b_label_number() - find a label, or create it
 * @labels: the labels
 * @name: its name, checked by op25b_label_valid()
 * @why: a sentence for the user, set on errors but -ENOMEM
 *
 * Return: its number, -ENOSPC if there are too many, or -ENOMEM.
 */
int op25b_label_number(struct op25b_labels *labels, const char *name, const char **why)
{
	u32 hash = full_name_hash(labels, name, strlen(name));
	struct label *label;

	hash_for_each_possible(labels->by_name, label, node, hash)
		if (!strcmp(label->name, name))
			return label->number;
	if (op25b_labels_full(labels)) {
		*why = "too many labels: 65535 in this namespace";
		return -ENOSPC;
	}
	return add_label(labels, name, hash);
}

/**
 * op25b_label_name() - the name of a label
 * @labels: the labels
 * @number: a number returned by op25b_label_number()
 *
 * Context: Any.
 */
const char *op25b_label_name(const struct op25b_labels *labels, u16 number)
{
	return label_of(labels, number)->name;
}

/**
 * op25b_label_count() - count a packet
 * @labels: the labels
 * @number: of the label
 * @outcome: blocked or monitored
 * @bytes: of the packet, from the IP header on
 *
 * Context: Softirqs off.
 */
void op25b_label_count(const struct op25b_labels *labels, u16 number,
		       enum op25b_verdict outcome, unsigned int bytes)
{
	op25b_counter_add(cpu_counter(labels, number, outcome), bytes);
}

/**
 * op25b_labels_last() - the last label
 * @labels: the labels
 *
 * Return: the highest number of a label.
 */
u16 op25b_labels_last(const struct op25b_labels *labels)
{
	return labels->last;
}

/**
 * op25b_labels_full() - check whether no more labels can be created
 * @labels: the labels
 *
 * Return: whether all numbers are in use.
 */
bool op25b_labels_full(const struct op25b_labels *labels)
{
	return labels->last == OP25B_LABELS_MAX && !labels->nr_free;
}

/**
 * op25b_labels_bytes() - memory of all labels
 * @labels: the labels
 *
 * Context: Any.
 *
 * Return: bytes of labels, their names and their counters, of all CPUs.
 */
size_t op25b_labels_bytes(const struct op25b_labels *labels)
{
	return READ_ONCE(labels->bytes);
}

/**
 * op25b_label_read() - read a counter
 * @labels: the labels
 * @number: of the label
 * @outcome: blocked or monitored
 *
 * Return: packets and bytes since the last reset.
 */
struct op25b_counter op25b_label_read(const struct op25b_labels *labels,
				      u16 number, enum op25b_verdict outcome)
{
	const struct label *label = label_of(labels, number);

	return op25b_counter_read(cpu_counter(labels, number, outcome),
				  &label->base[outcome_index(outcome)]);
}

/**
 * op25b_label_idle() - check whether a label is unused
 * @labels: the labels
 * @number: of the label, up to op25b_labels_last()
 * @policy: the running policy
 *
 * Return: whether no entry has it and no packet was counted with it since the last
 * reset, or no label has that number.
 */
bool op25b_label_idle(const struct op25b_labels *labels, u16 number,
		      const struct op25b_policy *policy)
{
	if (!label_of(labels, number))
		return true;
	return !op25b_policy_uses(policy, number) &&
	       !op25b_label_read(labels, number, OP25B_VERDICT_BLOCK).packets &&
	       !op25b_label_read(labels, number, OP25B_VERDICT_MONITOR).packets;
}

/**
 * op25b_labels_sweep() - free unused labels
 * @labels: the labels
 * @policy: the running policy, which has to be the only one
 */
void op25b_labels_sweep(struct op25b_labels *labels, const struct op25b_policy *policy)
{
	unsigned int number;

	labels->first_free = 1;
	for (number = 1; number <= labels->last; number++) {
		struct label *label = label_of(labels, number);

		cond_resched();
		if (!label || !op25b_label_idle(labels, number, policy))
			continue;
		hash_del(&label->node);
		*label_place(labels, number) = NULL;
		labels->nr_free++;
		account(labels, -(ssize_t)label_memory(label));
		kfree(label);
	}
}

/**
 * op25b_labels_reset() - set the counters of all labels to 0
 * @labels: the labels
 */
void op25b_labels_reset(struct op25b_labels *labels)
{
	unsigned int number;

	for (number = 1; number <= labels->last; number++) {
		cond_resched();
		if (!label_of(labels, number))
			continue;
		reset_label(labels, number, OP25B_VERDICT_BLOCK);
		reset_label(labels, number, OP25B_VERDICT_MONITOR);
	}
}
