/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Assertions, which abort the program.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_BUG_H
#define _TOOLS_LINUX_BUG_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define BUG_ON(condition) do {						\
	if (condition) {						\
		fprintf(stderr, "BUG at %s:%d: %s\n",			\
			__FILE__, __LINE__, #condition);		\
		abort();						\
	}								\
} while (0)

#define WARN_ON_ONCE(condition) ({					\
	bool __broken = (condition);					\
									\
	BUG_ON(__broken);						\
	__broken;							\
})
#define WARN_ON(condition)	WARN_ON_ONCE(condition)

#endif /* _TOOLS_LINUX_BUG_H */
