/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The heads of lists; what is done with hash lists is in hashtable.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_LIST_H
#define _TESTS_LINUX_LIST_H

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

#endif /* _TESTS_LINUX_LIST_H */
