/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Doubly linked lists; for hash lists see hashtable.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_LIST_H
#define _TESTS_LINUX_LIST_H

#include <linux/kernel.h>

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

#define list_first_entry_or_null(list, type, member) \
	(list_empty(list) ? NULL : container_of((list)->next, type, member))

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

/* Inserts the chain from first to last after prev */
static inline void list_link(struct list_head *first, struct list_head *last,
			     struct list_head *prev)
{
	last->next = prev->next;
	last->next->prev = last;
	first->prev = prev;
	prev->next = first;
}

static inline void list_add_tail(struct list_head *entry,
				 struct list_head *list)
{
	list_link(entry, entry, list->prev);
}

/* Poisons the entry: using its links again crashes */
static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_splice_tail(struct list_head *from,
				    struct list_head *list)
{
	if (!list_empty(from))
		list_link(from->next, from->prev, list->prev);
}

static inline void list_splice_tail_init(struct list_head *from,
					 struct list_head *list)
{
	list_splice_tail(from, list);
	INIT_LIST_HEAD(from);
}

static inline void list_splice_init(struct list_head *from,
				    struct list_head *list)
{
	if (!list_empty(from))
		list_link(from->next, from->prev, list);
	INIT_LIST_HEAD(from);
}

#endif /* _TESTS_LINUX_LIST_H */
