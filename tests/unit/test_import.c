// SPDX-License-Identifier: GPL-2.0
/*
 * Imports: what the readers make of texts, errors and warnings with their places, and
 * ranges against a naive model. The VM suite has files that ipset and nft have written.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* before cmocka.h, which has a macro of the name of one of its functions */
#include "import.h"
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS	20000

/**
 * struct given - an import of a text
 * @import: the import
 * @out: its statements, errors ("! LINE:COLUMN: MESSAGE") and warnings ("? ...")
 */
struct given {
	struct import import;
	FILE *out;
};

static int take_problem(struct visitor *visitor, const struct place *place,
			const char *text)
{
	struct given *given = container_of(visitor, struct given, import.visitor);

	fprintf(given->out, "! %zu:%zu: %s\n", place->line, place->column, text);
	return 0;
}

static void take_warning(struct import *import, const struct place *place, const char *text)
{
	struct given *given = container_of(import, struct given, import);

	fprintf(given->out, "? %zu:%zu: %s\n", place->line, place->column, text);
}

static void expect_import(int (*reader)(struct import *import), const char *text,
			  size_t length, const char *expected)
{
	struct given given = {
		.import.visitor.problem = take_problem,
		.import.warning = take_warning,
		.import.table = OP25B_TABLE_FIXED,
	};
	char path[sizeof("/proc/self/fd/2147483647")], *out;
	int fd = memfd_create("import", 0);
	size_t size;

	assert_int_equal(write(fd, text, length), length);
	sprintf(path, "/proc/self/fd/%d", fd);
	given.out = open_memstream(&out, &size);
	given.import.path = path;
	given.import.out = given.out;
	assert_int_equal(reader(&given.import), 0);
	fclose(given.out);
	assert_string_equal(out, expected);
	free(out);
	close(fd);
}

/* The texts of a test; the readers get them as a file */
struct example {
	const char *text;
	const char *expected;
};

static void expect_all(int (*reader)(struct import *import), const struct example *examples,
		       size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		expect_import(reader, examples[i].text, strlen(examples[i].text),
			      examples[i].expected);
}

/* The end of the message about a bad prefix */
#define OR_LENGTH	": expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6\n"

/* ipset */

#define NET	"create a hash:net family inet hashsize 1024 maxelem 65536 initval 0x1\n"
#define TIMED	"create t hash:ip family inet6 hashsize 1024 maxelem 65536 timeout 300\n"
#define MASKED	"create m hash:ip family inet6 netmask 64\n"

static const struct example ipset[] = {
	{ "", "" },
	{ NET "add a 192.0.2.0/24\nadd a 192.0.2.7\nadd a 128.0.0.0/1\nadd a 0.0.0.0/0\n",
	  "add fixed 192.0.2.0/24\nadd fixed 192.0.2.7/32\nadd fixed 128.0.0.0/1\n"
	  "add fixed 0.0.0.0/0\n" },
	{ NET "add a 192.0.2.1-192.0.2.6\n",
	  "add fixed 192.0.2.1/32\nadd fixed 192.0.2.2/31\nadd fixed 192.0.2.4/31\n"
	  "add fixed 192.0.2.6/32\n" },
	{ NET "add a 192.0.2.1 comment \"it's \\ a # 'b'\"\n",
	  "add fixed 192.0.2.1/32 label \"it's \\\\ a # 'b'\"\n" },
	{ NET "add a 192.0.2.1 comment \"\"\n", "add fixed 192.0.2.1/32\n" },
	{ NET "add a 192.0.2.1 comment b\n", "add fixed 192.0.2.1/32 label b\n" },
	{ "# saved\r\n\r\n  # again\r\n" NET "add\ta  192.0.2.1\r\n\n",
	  "add fixed 192.0.2.1/32\n" },
	{ "create a hash:net -exist\nadd a 192.0.2.1 -exist", "add fixed 192.0.2.1/32\n" },
	/* timeouts */
	{ TIMED "add t 2001:db8::1 timeout 7\nadd t 2001:db8::2 timeout 0\nadd t 2001:db8::3\n",
	  "add fixed 2001:db8::1/128 timeout 7\nadd fixed 2001:db8::2/128\n"
	  "add fixed 2001:db8::3/128 timeout 300\n" },
	{ NET "add a 192.0.2.1 timeout 2147483\nadd a 192.0.2.2 timeout 2147484\n",
	  "add fixed 192.0.2.1/32 timeout 2147483\n"
	  "! 3:25: bad timeout '2147484': expected 0 to 2147483 seconds\n" },
	{ "create a hash:net timeout 4294967\n",
	  "! 1:27: bad timeout '4294967': expected 0 to 2147483 seconds\n" },
	/* a netmask */
	{ MASKED "add m 2001:db8::\nadd m 2001:db8::1\nadd m 2001:db8::/64\n",
	  "add fixed 2001:db8::/64\n"
	  "! 3:7: 2001:db8::1/64 has bits set beyond the prefix length:"
	  " did you mean 2001:db8::/64?\n"
	  "! 4:7: bad address '2001:db8::/64': expected an IPv4 or IPv6 address\n" },
	{ "create m hash:ip netmask 33\nadd m 192.0.2.0\n",
	  "! 2:7: bad prefix length in '192.0.2.0/33': expected 0 to 32\n" },
	{ "create m hash:ip netmask 0\n", "! 1:26: bad netmask '0': expected 1 to 128\n" },
	{ "create m hash:ip bitmask 255.255.0.255\nadd m 192.0.0.1\n",
	  "! 1:18: a set with a bitmask cannot be imported: save one with a netmask\n" },
	/* what is left out */
	{ "create a hash:net counters skbinfo\n"
	  "add a 192.0.2.1 packets 5 bytes 18446744073709551615 skbmark 0x1/0xff"
	  " skbprio 1:10 skbqueue 3\n"
	  "create b hash:ip counters forceadd comment\n",
	  "? 1:19: packet and byte counts are left out\n"
	  "? 1:28: the values of skbinfo are left out\n"
	  "add fixed 192.0.2.1/32\n"
	  "? 3:8: set 'b' goes to table fixed as well\n" },
	{ NET "add a 192.0.2.1 comment"
	  " \"123456789 123456789 123456789 123456789 123456789 123456789 1234\"\n",
	  "? 2:25: comment has 64 bytes: expected 1 to 63 bytes; the entry gets no label\n"
	  "add fixed 192.0.2.1/32\n" },
	{ NET "add a 192.0.2.1 comment \"a\tb\"\nadd a 192.0.2.2 comment \"\xff\"\n",
	  "? 2:25: comment contains a control character: remove it; the entry gets no label\n"
	  "add fixed 192.0.2.1/32\n"
	  "? 3:25: comment is not valid UTF-8: convert it to UTF-8; the entry gets no label\n"
	  "add fixed 192.0.2.2/32\n" },
	{ NET "add a 192.0.2.0/28 nomatch\n",
	  "! 2:20: an exception cannot be imported: add its prefix to another table\n" },
	/* other sets: one error for each */
	{ "create p hash:net,port family inet\nadd p 192.0.2.0/24,tcp:25\n"
	  "create l list:set size 8\nadd l p\ncreate b bitmap:ip range 10.0.0.0-10.0.0.255\n",
	  "! 1:10: set type 'hash:net,port' cannot be imported: expected hash:ip or hash:net\n"
	  "! 3:10: set type 'list:set' cannot be imported: expected hash:ip or hash:net\n"
	  "! 5:10: set type 'bitmap:ip' cannot be imported: expected hash:ip or hash:net\n" },
	/* other errors */
	{ "add a 192.0.2.1\n",
	  "! 1:5: set 'a' is not created in this file: add the line that creates it\n" },
	{ NET NET, "! 2:8: set 'a' is created a second time\n" },
	{ NET "add a 2001:db8::1\nadd a x\nadd a 192.0.2.1/24\nadd a 192.0.2.1,tcp:25\n",
	  "! 2:7: '2001:db8::1' is not of the set's family, inet\n"
	  "! 3:7: bad prefix 'x'" OR_LENGTH
	  "! 4:7: 192.0.2.1/24 has bits set beyond the prefix length: did you mean 192.0.2.0/24?\n"
	  "! 5:7: bad prefix '192.0.2.1,tcp:25'" OR_LENGTH },
	{ NET "add a 192.0.2.9-192.0.2.1\nadd a 192.0.2.1-::1\nadd a 192.0.2.1-\nadd a 1-2\n",
	  "! 2:7: range from 192.0.2.9 to 192.0.2.1 ends before it begins: swap the addresses\n"
	  "! 3:7: range from 192.0.2.1 to ::1: expected two IPv4 or two IPv6 addresses\n"
	  "! 4:17: bad address '': expected an IPv4 or IPv6 address\n"
	  "! 5:7: bad address '1': expected an IPv4 or IPv6 address\n" },
	{ NET "add a 192.0.2.1 comment \"a\nb\"\n",
	  "! 2:25: missing closing quote: remove line feeds from comments\n"
	  "! 3:2: quote inside a word\n" },
	{ NET "add a 192.0.2.1 comment \"a\"b\n",
	  "! 2:28: missing space after the closing quote\n" },
	{ NET "add a 192.0.2.1 lifetime 5\nadd a 192.0.2.1 timeout\nadd a\nadd\n",
	  "! 2:17: unknown option 'lifetime': expected timeout, comment, nomatch, packets, bytes,"
	  " skbmark, skbprio, skbqueue or -exist\n"
	  "! 3:24: missing timeout: expected 0 to 2147483 seconds\n"
	  "! 4:6: missing element: expected add NAME ELEMENT\n"
	  "! 5:4: missing element: expected add NAME ELEMENT\n" },
	{ "create\ncreate a\ncreate b hash:ip family inet5\n",
	  "! 1:7: missing set name: expected create NAME TYPE\n"
	  "! 2:9: missing set type: expected create NAME TYPE\n"
	  "! 3:25: unknown family 'inet5': expected inet or inet6\n" },
	{ "Name: a\n" NET "del a 192.0.2.1\nflush a\n",
	  "! 1:1: unknown command 'Name:': expected what ipset save prints\n"
	  "! 3:1: unknown command 'del': expected what ipset save prints\n"
	  "! 4:1: unknown command 'flush': expected what ipset save prints\n" },
};

static void reads_ipset(void **state)
{
	static const char zero[] = NET "add a 192.0.2.1\0\n";

	(void)state;
	expect_all(import_ipset, ipset, ARRAY_SIZE(ipset));
	expect_import(import_ipset, zero, sizeof(zero) - 1,
		      "! 2:16: zero byte in the line: is this a text file?\n");
}

/* nft: the texts have single quotes, for double ones */

#define DOCUMENT(objects)	"{'nftables': [{'metainfo': {'version': '1.0.6'}}, " objects "]}\n"
#define TYPE(type, members) \
	DOCUMENT("{'set': {'family': 'inet', 'name': 's', 'type': " type members "}}")
#define IPV4(elements)	TYPE("'ipv4_addr'", ", 'elem': [" elements "]")
/* Where the first element is, and that it is the first one */
#define FIRST	"! 1:121: element 1 of set 's': "

static const struct example nft[] = {
	{ IPV4("'192.0.2.1', {'prefix': {'addr': '192.0.2.0', 'len': 24}},"
	       " {'range': ['192.0.2.0', '192.0.2.2']}, {'prefix': {'addr': '0.0.0.0', 'len': 0}}"),
	  "add fixed 192.0.2.1/32\nadd fixed 192.0.2.0/24\nadd fixed 192.0.2.0/31\n"
	  "add fixed 192.0.2.2/32\nadd fixed 0.0.0.0/0\n" },
	{ IPV4("{'elem': {'val': {'range': ['192.0.2.0', '192.0.2.2']}, 'timeout': 3600,"
	       " 'expires': 50, 'comment': 'B\xc3\xa9 \\\\ '}}"),
	  "add fixed 192.0.2.0/31 label \"B\xc3\xa9 \\\\ \" timeout 50\n"
	  "add fixed 192.0.2.2/32 label \"B\xc3\xa9 \\\\ \" timeout 50\n" },
	{ TYPE("'ipv6_addr'", ", 'timeout': 90, 'elem': ['2001:db8::1', {'elem': {'val': '::2',"
	       " 'expires': 0}}, {'elem': {'val': '::3', 'timeout': 8}},"
	       " {'elem': {'val': '::4', 'timeout': 0}}]"),
	  "add fixed 2001:db8::1/128 timeout 90\nadd fixed ::2/128 timeout 1\n"
	  "add fixed ::3/128 timeout 8\nadd fixed ::4/128\n" },
	{ TYPE("{'typeof': {'payload': {'protocol': 'ip', 'field': 'saddr'}}}",
	       ", 'elem': ['192.0.2.1']"), "add fixed 192.0.2.1/32\n" },
	{ TYPE("'ipv4_addr'", ""), "" },
	{ DOCUMENT("{'table': {'name': 't'}}"), "" },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'comment': '\\'], '}}, 5"),
	  "add fixed 192.0.2.1/32 label \"\\\"], \"\n"
	  "! 1:173: element 2 of set 's': expected an address, a prefix or a range\n" },
	/* keys with escapes: the errors have no place of their own */
	{ "{'nft\\u0061bles': [{'set': {'name': 's', 'type': 'ipv4_addr', 'elem': ['x']}}]}",
	  "! 1:1: element 1 of set 's': bad prefix 'x'" OR_LENGTH },
	/* what is left out */
	{ IPV4("{'elem': {'val': '192.0.2.1', 'counter': {'bytes': 40}, 'last': {}}}"),
	  "? 1:121: packet and byte counts are left out\nadd fixed 192.0.2.1/32\n" },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'comment': 'a\\nb'}}"),
	  "? 1:121: comment contains a control character: remove it; the entry gets no label\n"
	  "add fixed 192.0.2.1/32\n" },
	{ DOCUMENT("{'chain': {'name': 'c'}},\n{'rule': {}},\n"
		   "{'set': {'name': 's', 'type': 'ipv4_addr'}},\n"
		   "{'set': {'name': 'z', 'type': 'ipv6_addr'}}"),
	  "? 1:51: chains and rules are left out\n"
	  "? 4:1: set 'z' goes to table fixed as well\n" },
	/* other objects */
	{ DOCUMENT("{'map': {'name': 'm', 'elem': [['192.0.2.1', {'drop': null}]]}}, 5"),
	  "! 1:51: map m cannot be imported: expected sets\n"
	  "! 1:116: value without a name cannot be imported: expected sets\n" },
	{ TYPE("['ipv4_addr', 'inet_service']", ", 'elem': [{'concat': ['192.0.2.1', 25]}]"),
	  "! 1:51: set 's' has the type 'concatenation': expected ipv4_addr or ipv6_addr\n" },
	{ TYPE("'inet_service'", ", 'elem': [25]"),
	  "! 1:51: set 's' has the type 'inet_service': expected ipv4_addr or ipv6_addr\n" },
	{ TYPE("null", ""), "! 1:51: set 's' has the type '': expected ipv4_addr or ipv6_addr\n" },
	{ TYPE("'ipv4_addr'", ", 'elem': '192.0.2.1'"),
	  "! 1:51: the elements of set 's' are not a list\n" },
	/* elements */
	{ IPV4("'192.0.2.1/24',\n  '::1',\n\n'a'"),
	  FIRST "192.0.2.1/24 has bits set beyond the prefix length: did you mean 192.0.2.0/24?\n"
	  "! 2:3: element 2 of set 's': expected an element of type ipv4_addr\n"
	  "! 4:1: element 3 of set 's': bad prefix 'a'" OR_LENGTH },
	{ IPV4("25"), FIRST "expected an address, a prefix or a range\n" },
	{ IPV4("{'concat': ['192.0.2.1', 25]}"),
	  FIRST "expected an address, a prefix or a range\n" },
	{ IPV4("{'elem': {'timeout': 5}}"), FIRST "expected an address, a prefix or a range\n" },
	{ IPV4("{'range': ['192.0.2.1', 5]}"),
	  FIRST "bad address '': expected an IPv4 or IPv6 address\n" },
	{ IPV4("{'range': ['192.0.2.2', '192.0.2.1']}"),
	  FIRST "range from 192.0.2.2 to 192.0.2.1 ends before it begins: swap the addresses\n" },
	{ IPV4("{'prefix': {'addr': '192.0.2.0', 'len': 33}}"),
	  FIRST "bad prefix length in '192.0.2.0/33': expected 0 to 32\n" },
	{ IPV4("{'prefix': {'addr': 5, 'len': -9223372036854775808}}"),
	  FIRST "bad prefix '/-9223372036854775808'" OR_LENGTH },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'limit': {'rate': 1}}}"),
	  FIRST "'limit' cannot be imported\n" },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'comment': 5}}"),
	  FIRST "the comment is not a string\n" },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'timeout': 2592000, 'expires': 2591999}}"),
	  FIRST "bad expires '2591999': expected 0 to 2147483 seconds\n" },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'timeout': -1}}"),
	  FIRST "bad timeout '-1': expected 0 to 2147483 seconds\n" },
	{ IPV4("{'elem': {'val': '192.0.2.1', 'timeout': '1h'}}"),
	  FIRST "bad timeout '': expected 0 to 2147483 seconds\n" },
	/* text that is no such document */
	{ "", "! 1:1: '[' or '{' expected near end of file: expected what nft -j prints\n" },
	{ "table inet f {\n",
	  "! 1:5: '[' or '{' expected near 'table': expected what nft -j prints\n" },
	{ "{'nftables':\n [{'set': }]}",
	  "! 2:11: unexpected token near '}': expected what nft -j prints\n" },
	{ DOCUMENT("{}") DOCUMENT("{}"),
	  "! 2:1: end of file expected near '{': expected what nft -j prints\n" },
	{ "['a']", "! 1:1: no list \"nftables\": expected what nft -j prints\n" },
	{ "{'set': 1, 'set': 2}",
	  "! 1:16: duplicate object key near '\"set\"': expected what nft -j prints\n" },
};

static void reads_nft(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(nft); i++) {
		char *text = strdup(nft[i].text);

		for (k = 0; text[k]; k++)
			if (text[k] == '\'')
				text[k] = '"';
		expect_import(import_nft, text, strlen(text), nft[i].expected);
		free(text);
	}
}

/* cidr */

static const struct example cidr[] = {
	{ "", "" },
	{ "\xef\xbb\xbf" "192.0.2.0/24\r\n2001:db8::/32\r\n\r\n",
	  "add fixed 192.0.2.0/24\nadd fixed 2001:db8::/32\n" },
	{ "; a list\n# of prefixes\n 192.0.2.0/24 ; SBL1\n192.0.2.1#x\n192.0.2.2;\"\n\t\n",
	  "add fixed 192.0.2.0/24\nadd fixed 192.0.2.1/32\nadd fixed 192.0.2.2/32\n" },
	{ "192.0.2.0-192.0.2.3\n192.0.2.7 - 192.0.2.7 # x\n2001:db8:: -\t2001:db8::1\n",
	  "add fixed 192.0.2.0/30\nadd fixed 192.0.2.7/32\nadd fixed 2001:db8::/127\n" },
	{ "0.0.0.0-255.255.255.255\n::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n",
	  "add fixed 0.0.0.0/0\nadd fixed ::/0\n" },
	{ "192.0.2.1/24\n192.0.2.1 192.0.2.2\n192.0.2.1 -\n192.0.2.5 - 192.0.2.4\n192.0.2.1 - ::1\n"
	  "192.0.2.0/31-192.0.2.5\n198.51.100.0-x\n{\"nftables\": []}\n",
	  "! 1:1: 192.0.2.1/24 has bits set beyond the prefix length: did you mean 192.0.2.0/24?\n"
	  "! 2:11: unexpected word '192.0.2.2': expected one prefix per line\n"
	  "! 3:11: unexpected word '-': expected one prefix per line\n"
	  "! 4:1: range from 192.0.2.5 to 192.0.2.4 ends before it begins: swap the addresses\n"
	  "! 5:1: range from 192.0.2.1 to ::1: expected two IPv4 or two IPv6 addresses\n"
	  "! 6:1: bad address '192.0.2.0/31': expected an IPv4 or IPv6 address\n"
	  "! 7:14: bad address 'x': expected an IPv4 or IPv6 address\n"
	  "! 8:2: quote inside a word: put the whole word in quotes"
	  " and write the quote as \\\"\n" },
};

static void reads_cidr(void **state)
{
	(void)state;
	expect_all(import_cidr, cidr, ARRAY_SIZE(cidr));
}

/* Ranges: the last 16 bits of an address vary, so that a model can count */

static u32 low_bits(const u8 address[16], u8 family)
{
	const u8 *end = address + (family == AF_INET ? 4 : 16);

	return end[-2] << 8 | end[-1];
}

/* The fewest prefixes that make up a range, by halving the block that it is in */
static unsigned int fewest(u32 first, u32 last, u32 from, u32 size)
{
	u32 half = size / 2, middle = from + half;

	if (first == from && last == from + size - 1)
		return 1;
	if (last < middle)
		return fewest(first, last, from, half);
	if (first >= middle)
		return fewest(first, last, middle, half);
	return fewest(first, middle - 1, from, half) + fewest(middle, last, middle, half);
}

static void expect_prefixes(const char *format, u8 family, u32 first, u32 last)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	unsigned int bits = family == AF_INET ? 32 : 128, count = 0;
	struct word a = { .text = from }, b = { .text = to };
	struct prefix prefix;
	struct problem problem;
	struct range range;
	u32 next = first;

	a.length = sprintf(from, format, family == AF_INET ? first >> 8 : first, first & 0xff);
	b.length = sprintf(to, format, family == AF_INET ? last >> 8 : last, last & 0xff);
	assert_int_equal(make_range(&a, &b, &range, &problem), 0);
	while (next_prefix(&range, &prefix)) {
		u32 size = 1u << (bits - prefix.length);

		assert_int_equal(low_bits(prefix.address, family), next);
		assert_int_equal(next % size, 0);
		next += size;
		count++;
	}
	assert_int_equal(next, last + 1);
	assert_int_equal(count, fewest(first, last, 0, 65536));
}

static void splits_ranges(void **state)
{
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		u32 mask = round % 3 ? 0xffff : 0x1f;
		u32 first = rand() & mask, last = first + (rand() & mask);

		if (last > 0xffff)
			last = 0xffff;
		/* one whole group of digits in IPv6 */
		expect_prefixes("255.255.%u.%u", AF_INET, first, last);
		expect_prefixes("ffff:ffff:ffff:ffff:ffff:ffff:ffff:%x", AF_INET6, first, last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ipset),
		cmocka_unit_test(reads_nft),
		cmocka_unit_test(reads_cidr),
		cmocka_unit_test(splits_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
