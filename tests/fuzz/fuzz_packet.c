// SPDX-License-Identifier: GPL-2.0
/*
 * Packets against the model of the unit tests. The input is a byte for the
 * family, one for the length of the linear part, and the packet.
 */
#include "fuzz.h"
#include "packet_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum op25b_family family;
	unsigned int length, ip, head;

	if (size < 2 || size - 2 > PACKET_MAX)
		return 0;
	family = data[0] & 1;
	head = data[1];
	data += 2;
	length = size - 2;
	if (!model_is_ip(data, length, family))
		return 0;
	ip = family == OP25B_IPV4 ? (data[0] & 0xf) * 4 : 40;
	head = ip + head % (length - ip + 1);
	packet_check(data, length, family, head, (length - head) / 2);
	return 0;
}
