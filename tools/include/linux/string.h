/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory and strings.
 *
 * User-space stand-in, for op25bctl and for the tests of src/table.c.
 */
#ifndef _TOOLS_LINUX_STRING_H
#define _TOOLS_LINUX_STRING_H

#include <string.h>

#endif /* _TOOLS_LINUX_STRING_H */
