/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nonlinear packets: a linear part and fragments, each allocated separately.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_SKBUFF_H
#define _TESTS_LINUX_SKBUFF_H

#include <linux/types.h>
#include <string.h>

#define SKB_FRAGS	2

struct skb_frag {
	const u8 *data;
	unsigned int len;
};

/**
 * struct sk_buff - a packet
 * @data: its linear part
 * @len: length in bytes
 * @data_len: bytes in @frags
 * @frags: the data after the linear part
 */
struct sk_buff {
	u8 *data;
	unsigned int len;
	unsigned int data_len;
	struct skb_frag frags[SKB_FRAGS];
};

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

/* The byte at an offset, which is inside the packet */
static inline u8 skb_byte(const struct sk_buff *skb, unsigned int offset)
{
	const struct skb_frag *frag = skb->frags;

	if (offset < skb_headlen(skb))
		return skb->data[offset];
	offset -= skb_headlen(skb);
	while (offset >= frag->len) {
		offset -= frag->len;
		frag++;
	}
	return frag->data[offset];
}

static inline void *skb_header_pointer(const struct sk_buff *skb, int offset,
				       int len, void *buffer)
{
	int i;

	if ((int)skb_headlen(skb) - offset >= len)
		return skb->data + offset;
	if (offset > (int)skb->len - len)
		return NULL;
	for (i = 0; i < len; i++)
		((u8 *)buffer)[i] = skb_byte(skb, offset + i);
	return buffer;
}

#endif /* _TESTS_LINUX_SKBUFF_H */
