/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields of a word, by their mask.
 *
 * User-space stand-in, for op25bctl and the tests of src/.
 */
#ifndef _TOOLS_LINUX_BITFIELD_H
#define _TOOLS_LINUX_BITFIELD_H

#define __FIELD_SHIFT(mask)		__builtin_ctzll(mask)
#define FIELD_MAX(mask)			((mask) >> __FIELD_SHIFT(mask))
#define FIELD_GET(mask, word)		(((word) & (mask)) >> __FIELD_SHIFT(mask))
#define FIELD_PREP(mask, value) \
	(((typeof(mask))(value) << __FIELD_SHIFT(mask)) & (mask))

#endif /* _TOOLS_LINUX_BITFIELD_H */
