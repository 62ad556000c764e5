/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names for compiler attributes.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_COMPILER_H
#define _TOOLS_LINUX_COMPILER_H

#include <sys/cdefs.h>

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile typeof(x) *)&(x) = (value))

#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r" (var) : "0" (var))

#define noinline	__attribute__((__noinline__))

#define __packed	__attribute__((__packed__))
#define __aligned(n)	__attribute__((__aligned__(n)))

#define __force
#define __maybe_unused	__attribute__((__unused__))
#define __printf(string, first)	__attribute__((format(printf, string, first)))
#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif

#endif /* _TOOLS_LINUX_COMPILER_H */
