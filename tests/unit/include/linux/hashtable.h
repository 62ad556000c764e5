/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash tables of a fixed size.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_HASHTABLE_H
#define _TESTS_LINUX_HASHTABLE_H

#include <linux/kernel.h>
#include <linux/list.h>

#define DECLARE_HASHTABLE(name, bits)	struct hlist_head name[1 << (bits)]

#define hash_bucket(table, hash)	(&(table)[(hash) % ARRAY_SIZE(table)])
#define hash_add(table, node, hash) \
	hlist_add_head(node, hash_bucket(table, hash))

#define hlist_entry_or_null(ptr, type, member) ({			\
	struct hlist_node *__node = (ptr);				\
									\
	__node ? container_of(__node, type, member) : NULL;		\
})

#define hash_for_each_possible(table, obj, member, hash)		\
	for (obj = hlist_entry_or_null(hash_bucket(table, hash)->first,	\
				       typeof(*obj), member);		\
	     obj;							\
	     obj = hlist_entry_or_null((obj)->member.next,		\
				       typeof(*obj), member))

static inline void hlist_add_head(struct hlist_node *node,
				  struct hlist_head *head)
{
	node->next = head->first;
	node->pprev = &head->first;
	if (node->next)
		node->next->pprev = &node->next;
	head->first = node;
}

static inline void hash_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
}

#endif /* _TESTS_LINUX_HASHTABLE_H */
