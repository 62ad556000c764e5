/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Minimum and maximum, each argument evaluated once.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_MINMAX_H
#define _TOOLS_LINUX_MINMAX_H

#define __pick_min(type_a, a, type_b, b) ({				\
	type_a __a = (a);						\
	type_b __b = (b);						\
									\
	__a < __b ? __a : __b;						\
})
#define __pick_max(type_a, a, type_b, b) ({				\
	type_a __a = (a);						\
	type_b __b = (b);						\
									\
	__a > __b ? __a : __b;						\
})

#define min(a, b)		__pick_min(typeof(a), a, typeof(b), b)
#define max(a, b)		__pick_max(typeof(a), a, typeof(b), b)
#define min_t(type, a, b)	__pick_min(type, a, type, b)
#define max_t(type, a, b)	__pick_max(type, a, type, b)
#define clamp_t(type, value, low, high) \
	min_t(type, max_t(type, value, low), high)

#endif /* _TOOLS_LINUX_MINMAX_H */
