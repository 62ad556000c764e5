// SPDX-License-Identifier: GPL-2.0
/*
 * Statements: accepted lines, place and text of every error, and random input
 * against models of another design: a splitter that reads one character at a time,
 * a prefix as a string of bits, UTF-8 by encoding. Also names and escaping.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/kernel.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/utf8.h"
#include "escape.h"
#include "statement.h"

#define ROUNDS	20000

static char buffer[1024];

/* Splits and parses a copy of the text as a line of a file */
static int parse_bytes(const char *text, size_t length,
		       struct statement *statement, struct problem *problem)
{
	static struct words words;

	assert_true(length < sizeof(buffer));
	memcpy(buffer, text, length);
	buffer[length] = 'x';
	if (split_line(buffer, length, &words, problem))
		return -1;
	return parse_statement(&words, statement, problem);
}

static int parse(const char *text, struct statement *statement,
		 struct problem *problem)
{
	return parse_bytes(text, strlen(text), statement, problem);
}

/* The statement as a line of a file, to be freed */
static char *print(const struct statement *statement)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print_statement(out, statement);
	fclose(out);
	return text;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)random() % n;
}

/* Accepted lines, and the text that they are printed as */

static const struct {
	const char *line;
	const char *printed;
} good[] = {
	{ "set mode off", "set mode off\n" },
	{ "set mode monitor", "set mode monitor\n" },
	{ "set mode enforce", "set mode enforce\n" },
	{ "set action drop", "set action drop\n" },
	{ "set action reset", "set action reset\n" },
	{ "set action unreachable", "set action unreachable\n" },
	{ "set return on", "set return on\n" },
	{ "set return off", "set return off\n" },
	{ "set reply-rate 0", "set reply-rate 0\n" },
	{ "set reply-rate 1000000", "set reply-rate 1000000\n" },
	{ "add dynamic 198.51.100.0/22", "add dynamic 198.51.100.0/22\n" },
	{ "add relay 192.0.2.25", "add relay 192.0.2.25/32\n" },
	{ "add relay 2001:DB8::25", "add relay 2001:db8::25/128\n" },
	{ "add fixed 0.0.0.0/0", "add fixed 0.0.0.0/0\n" },
	{ "add fixed ::/0", "add fixed ::/0\n" },
	{ "add dialup ::ffff:192.0.2.0/120",
	  "add dialup ::ffff:192.0.2.0/120\n" },
	{ "add dynamic 10.0.0.0/8 monitor timeout 2147483 label a",
	  "add dynamic 10.0.0.0/8 label a timeout 2147483 monitor\n" },
	{ "add dynamic 10.0.0.0/8 label label",
	  "add dynamic 10.0.0.0/8 label label\n" },
	{ "add dynamic 10.0.0.0/8 label \"B FLET'S\"",
	  "add dynamic 10.0.0.0/8 label \"B FLET'S\"\n" },
	{ "add dynamic 10.0.0.0/8 label \"a \\\"b\\\" \\\\\"",
	  "add dynamic 10.0.0.0/8 label \"a \\\"b\\\" \\\\\"\n" },
	{ "add dynamic 10.0.0.0/8 label \\",
	  "add dynamic 10.0.0.0/8 label \"\\\\\"\n" },
	{ "add dynamic 10.0.0.0/8 label \"#1\"",
	  "add dynamic 10.0.0.0/8 label \"#1\"\n" },
	{ "add dynamic 10.0.0.0/8 label a#1",
	  "add dynamic 10.0.0.0/8 label a#1\n" },
	{ "add dynamic 10.0.0.0/8 label \"plain\"",
	  "add dynamic 10.0.0.0/8 label plain\n" },
	{ "add dynamic 10.0.0.0/8 label B\343\203\225\343\203\254",
	  "add dynamic 10.0.0.0/8 label B\343\203\225\343\203\254\n" },
	{ "add relay 192.0.2.25 provider akari label mx",
	  "add relay 192.0.2.25/32 label mx provider akari\n" },
	{ "add dynamic from a.list monitor provider \"Akari Net\"",
	  "add dynamic from a.list provider \"Akari Net\" monitor\n" },
	{ "include provider akari from akari.op25b",
	  "include provider akari from akari.op25b\n" },
	{ "include provider \"Akari Net\" from \"a b\" # both",
	  "include provider \"Akari Net\" from \"a b\"\n" },
	{ "add dynamic from adsl.list label adsl",
	  "add dynamic from adsl.list label adsl\n" },
	{ "add fixed from \"my list\"", "add fixed from \"my list\"\n" },
	{ "del fixed 198.51.100.64/29", "del fixed 198.51.100.64/29\n" },
	{ "del fixed from gone.list", "del fixed from gone.list\n" },
	{ "flush dialup", "flush dialup\n" },
	{ "\t flush \t dialup\t", "flush dialup\n" },
	{ "flush dialup # a comment, \"of\" any kind", "flush dialup\n" },
	{ "flush dialup\r", "flush dialup\n" },
	{ "\"flush\" \"dialup\"", "flush dialup\n" },
};

static void takes_and_prints(void **state)
{
	struct statement statement;
	struct problem problem;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		char *printed;

		if (parse(good[i].line, &statement, &problem))
			fail_msg("%s: %s", good[i].line, problem.text);
		printed = print(&statement);
		assert_string_equal(printed, good[i].printed);
		free(printed);
	}
}

static const char *const nothing[] = {
	"", " ", "\t", "\r", "#", "# add", "  # \"", " \t\r",
};

static void takes_nothing(void **state)
{
	struct statement statement;
	struct problem problem;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		assert_int_equal(parse(nothing[i], &statement, &problem), 0);
		assert_int_equal(statement.kind, STATEMENT_NOTHING);
	}
}

static void knows_columns(void **state)
{
	static const char text[] =
		" add dynamic 10.0.0.0/8  label \"a b\" timeout 60 monitor";
	struct statement statement;
	struct problem problem;

	(void)state;
	assert_int_equal(parse(text, &statement, &problem), 0);
	assert_int_equal(statement.column[PART_VERB], 2);
	assert_int_equal(statement.column[PART_TABLE], 6);
	assert_int_equal(statement.column[PART_OBJECT], 14);
	assert_int_equal(statement.column[PART_LABEL], 32);
	assert_int_equal(statement.column[PART_TIMEOUT], 46);
	assert_int_equal(statement.column[PART_MONITOR], 49);
}

/* Refused lines, with the column and message of the error */

#define LABEL_16	"0123456789abcdef"
#define LABEL_64	LABEL_16 LABEL_16 LABEL_16 LABEL_16
#define TABLES		"expected dynamic, fixed, dialup or relay"
#define PREFIX_FORM	"expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6"
#define STATEMENT_END	"expected the end of the statement"

static const struct {
	const char *line;
	size_t column;
	const char *text;
} bad[] = {
	/* words */
	{ "add \"dynamic", 5, "missing closing quote" },
	{ "add \"dynamic\\\"", 5, "missing closing quote" },
	{ "add \"dynamic\\", 5, "missing closing quote" },
	{ "add \"dyna\\mic\"", 10,
	  "unknown escape: in quotes write \\\" for a quote and \\\\ for a backslash" },
	{ "add \"dynamic\"x", 14, "missing space after the closing quote" },
	{ "add \"dynamic\"#x", 14, "missing space after the closing quote" },
	{ "add dyn\"amic\"", 8,
	  "quote inside a word: put the whole word in quotes and write the quote as \\\"" },
	/* verbs and tables */
	{ "ad dynamic 10.0.0.0/8", 1,
	  "unknown statement 'ad': expected set, add, del, flush or include" },
	{ "  \"\"", 3,
	  "unknown statement '': expected set, add, del, flush or include" },
	{ "ADD dynamic 10.0.0.0/8", 1,
	  "unknown statement 'ADD': expected set, add, del, flush or include" },
	{ "\033[2J\377", 1,
	  "unknown statement '\\x1b[2J\\xff': expected set, add, del, flush or include" },
	{ "\302\2332J\177", 1,
	  "unknown statement '\\xc2\\x9b2J\\x7f': expected set, add, del, flush or include" },
	{ "add", 4, "missing table: " TABLES },
	{ "add  # dynamic", 4, "missing table: " TABLES },
	{ "add dinamic 10.0.0.0/8", 5, "unknown table 'dinamic': " TABLES },
	{ "flush", 6, "missing table: " TABLES },
	{ "flush all", 7, "unknown table 'all': " TABLES },
	{ "flush dynamic now", 15, "unexpected word 'now': " STATEMENT_END },
	/* prefixes */
	{ "add dynamic", 12,
	  "missing prefix: expected ADDRESS, ADDRESS/LENGTH or from FILE" },
	{ "add dynamic label", 13, "bad prefix 'label': " PREFIX_FORM },
	{ "add dynamic 10.0.0/8", 13, "bad prefix '10.0.0/8': " PREFIX_FORM },
	{ "add dynamic 10.0.0.00/8", 13,
	  "bad prefix '10.0.0.00/8': " PREFIX_FORM },
	{ "add dynamic 10.0.0.256", 13,
	  "bad prefix '10.0.0.256': " PREFIX_FORM },
	{ "add dynamic 1 0.0.0.1", 13, "bad prefix '1': " PREFIX_FORM },
	{ "add dynamic \"10.0.0.0 /8\"", 13,
	  "bad prefix '10.0.0.0 /8': " PREFIX_FORM },
	{ "add dynamic fe80::1%eth0", 13,
	  "bad prefix 'fe80::1%eth0': " PREFIX_FORM },
	{ "add dynamic 1::2::3/64", 13,
	  "bad prefix '1::2::3/64': " PREFIX_FORM },
	{ "add dynamic /8", 13, "bad prefix '/8': " PREFIX_FORM },
	{ "add dynamic 10.0.0.0/", 13,
	  "bad prefix length in '10.0.0.0/': expected 0 to 32" },
	{ "add dynamic 10.0.0.0/33", 13,
	  "bad prefix length in '10.0.0.0/33': expected 0 to 32" },
	{ "add dynamic 10.0.0.0/08", 13,
	  "bad prefix length in '10.0.0.0/08': expected 0 to 32" },
	{ "add dynamic 10.0.0.0/+8", 13,
	  "bad prefix length in '10.0.0.0/+8': expected 0 to 32" },
	{ "add dynamic 10.0.0.0/8/8", 13,
	  "bad prefix length in '10.0.0.0/8/8': expected 0 to 32" },
	{ "add dynamic 10.0.0.0/255.0.0.0", 13,
	  "bad prefix length in '10.0.0.0/255.0.0.0': expected 0 to 32" },
	{ "add dynamic ::/129", 13,
	  "bad prefix length in '::/129': expected 0 to 128" },
	{ "add dynamic ::/4294967296", 13,
	  "bad prefix length in '::/4294967296': expected 0 to 128" },
	{ "add dynamic 198.51.100.1/22", 13,
	  "198.51.100.1/22 has bits set beyond the prefix length: did you mean 198.51.100.0/22?" },
	{ "del dynamic 2001:db8::1/36", 13,
	  "2001:db8::1/36 has bits set beyond the prefix length: did you mean 2001:db8::/36?" },
	{ "add dynamic from", 17, "missing file name: expected from FILE" },
	{ "add dynamic from \"\"", 18,
	  "missing file name: expected from FILE" },
	{ "del dynamic 10.0.0.0/8 label a", 24,
	  "unexpected word 'label': " STATEMENT_END },
	{ "del dynamic from a.list monitor", 25,
	  "unexpected word 'monitor': " STATEMENT_END },
	/* options */
	{ "add dynamic 10.0.0.0/8 lable a", 24,
	  "unknown option 'lable': expected label, provider, owner, timeout or monitor" },
	{ "add dynamic 10.0.0.0/8 label", 29,
	  "missing label: expected 1 to 63 bytes" },
	{ "add dynamic 10.0.0.0/8 label \"\"", 30,
	  "label is empty: expected 1 to 63 bytes" },
	{ "add dynamic 10.0.0.0/8 label " LABEL_64, 30,
	  "label has 64 bytes: expected 1 to 63 bytes" },
	{ "add dynamic 10.0.0.0/8 label a\300\200", 30,
	  "label is not valid UTF-8: convert it to UTF-8" },
	{ "add dynamic 10.0.0.0/8 label a\001", 30,
	  "label contains a control character: remove it" },
	{ "add dynamic 10.0.0.0/8 label \"a\tb\"", 30,
	  "label contains a control character: remove it" },
	{ "add dynamic 10.0.0.0/8 label a\177", 30,
	  "label contains a control character: remove it" },
	{ "add dynamic 10.0.0.0/8 label \302\200", 30,
	  "label contains a control character: remove it" },
	{ "add dynamic 10.0.0.0/8 label a\302\2332J", 30,
	  "label contains a control character: remove it" },
	{ "add dynamic 10.0.0.0/8 label a\302\237", 30,
	  "label contains a control character: remove it" },
	{ "add dynamic 10.0.0.0/8 label \233", 30,
	  "label is not valid UTF-8: convert it to UTF-8" },
	{ "add dynamic 10.0.0.0/8 label a label b", 32, "duplicate option 'label': give it once" },
	{ "add dynamic 10.0.0.0/8 timeout", 31,
	  "missing timeout: expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout 0", 32,
	  "bad timeout '0': expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout 2147484", 32,
	  "bad timeout '2147484': expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout 18446744073709551617", 32,
	  "bad timeout '18446744073709551617': expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout -1", 32,
	  "bad timeout '-1': expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout 0x10", 32,
	  "bad timeout '0x10': expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout 60s", 32,
	  "bad timeout '60s': expected 1 to 2147483 seconds" },
	{ "add dynamic 10.0.0.0/8 timeout 1 timeout 1", 34,
	  "duplicate option 'timeout': give it once" },
	{ "add dynamic 10.0.0.0/8 monitor monitor", 32,
	  "duplicate option 'monitor': give it once" },
	{ "add fixed 10.0.0.0/8 monitor", 22,
	  "option monitor is for table dynamic only: remove it" },
	{ "add dynamic 10.0.0.0/8 monitor 1 2 3 4 5 6 7 8 9 10 11 12 13", 32,
	  "unknown option '1': expected label, provider, owner, timeout or monitor" },
	{ "add relay 10.0.0.1 provider", 28,
	  "missing provider: expected 1 to 63 bytes" },
	{ "add relay 10.0.0.1 provider \"\"", 29,
	  "provider is empty: expected 1 to 63 bytes" },
	{ "add relay 10.0.0.1 provider " LABEL_64, 29,
	  "provider has 64 bytes: expected 1 to 63 bytes" },
	{ "add relay 10.0.0.1 provider \303", 29,
	  "provider is not valid UTF-8: convert it to UTF-8" },
	{ "add relay 10.0.0.1 provider a\177", 29,
	  "provider contains a control character: remove it" },
	{ "add relay 10.0.0.1 provider a provider b", 31,
	  "duplicate option 'provider': give it once" },
	/* included files */
	{ "include", 8, "missing word: expected provider PROVIDER" },
	{ "include akari", 9,
	  "unexpected word 'akari': expected provider PROVIDER" },
	{ "include provider", 17, "missing provider: expected 1 to 63 bytes" },
	{ "include provider \"\" from a", 18,
	  "provider is empty: expected 1 to 63 bytes" },
	{ "include provider a", 19, "missing word: expected from FILE" },
	{ "include provider a to b", 20, "unexpected word 'to': expected from FILE" },
	{ "include provider a from", 24, "missing file name: expected from FILE" },
	{ "include provider a from b c", 27, "unexpected word 'c': " STATEMENT_END },
	/* settings */
	{ "set", 4,
	  "missing setting: expected mode, action, return or reply-rate" },
	{ "set modes off", 5,
	  "unknown setting 'modes': expected mode, action, return or reply-rate" },
	{ "set mode", 9, "missing mode: expected off, monitor or enforce" },
	{ "set mode on", 10,
	  "unknown mode 'on': expected off, monitor or enforce" },
	{ "set action", 11,
	  "missing action: expected drop, reset or unreachable" },
	{ "set action reject", 12,
	  "unknown action 'reject': expected drop, reset or unreachable" },
	{ "set return", 11, "missing return: expected off or on" },
	{ "set return 1", 12, "unknown return '1': expected off or on" },
	{ "set reply-rate", 15,
	  "missing reply-rate: expected 0 to 1000000 a second" },
	{ "set reply-rate 1000001", 16,
	  "bad reply-rate '1000001': expected 0 to 1000000 a second" },
	{ "set mode off now", 14, "unexpected word 'now': " STATEMENT_END },
	{ "set reply-rate 1 2", 18, "unexpected word '2': " STATEMENT_END },
};

static void refuses(void **state)
{
	struct statement statement;
	struct problem problem;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!parse(bad[i].line, &statement, &problem))
			fail_msg("taken: %s", bad[i].line);
		assert_string_equal(problem.text, bad[i].text);
		if (problem.column != bad[i].column)
			fail_msg("%s: column %zu, not %zu", bad[i].line,
				 problem.column, bad[i].column);
	}
}

static void refuses_zero_bytes(void **state)
{
	struct statement statement;
	struct problem problem;

	(void)state;
	assert_true(parse_bytes("flush \0dynamic", 14, &statement, &problem));
	assert_string_equal(problem.text, "zero byte in the line: is this a text file?");
	assert_int_equal(problem.column, 7);
	assert_true(parse_bytes("# \0", 3, &statement, &problem));
	assert_int_equal(problem.column, 3);
}

static void shortens_words(void **state)
{
	struct statement statement;
	struct problem problem;
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_true(parse_bytes(text, sizeof(text), &statement, &problem));
	assert_true(strlen(problem.text) < 160);
	assert_non_null(strstr(problem.text, "xxx...': expected"));
}

/* Files of prefixes */

static const struct {
	const char *line;
	size_t column;
	const char *text;
} lists[] = {
	{ "10.0.0.0/8", 0, NULL },
	{ "  ::/0  # all", 0, NULL },
	{ "\"10.0.0.0/8\"\r", 0, NULL },
	{ "add dynamic 10.0.0.0/8", 1, "bad prefix 'add': " PREFIX_FORM },
	{ "10.0.0.0/8 10.1.0.0/16", 12,
	  "unexpected word '10.1.0.0/16': expected one prefix per line" },
	{ " 10.0.0.1/8", 2,
	  "10.0.0.1/8 has bits set beyond the prefix length: did you mean 10.0.0.0/8?" },
};

static void reads_lists(void **state)
{
	struct prefix prefix;
	struct problem problem;
	struct words words;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		strcpy(buffer, lists[i].line);
		assert_int_equal(split_line(buffer, strlen(buffer), &words,
					    &problem), 0);
		if (!lists[i].text) {
			assert_int_equal(parse_list_line(&words, &prefix,
							 &problem), 0);
			continue;
		}
		assert_true(parse_list_line(&words, &prefix, &problem));
		assert_string_equal(problem.text, lists[i].text);
		assert_int_equal(problem.column, lists[i].column);
	}
}

/* The command line: no quotes, escapes, comments or columns */

static void takes_args_as_they_are(void **state)
{
	char *args[] = { "add", "dynamic", "::/0", "label", "# \"a\\ b" };
	char *wrong[] = { "add", "dynamic", "::/0", "label", "" };
	struct statement statement;
	struct problem problem;
	struct words words;

	(void)state;
	words_of_args(&words, ARRAY_SIZE(args), args);
	assert_int_equal(parse_statement(&words, &statement, &problem), 0);
	assert_string_equal(statement.entry.label, "# \"a\\ b");
	words_of_args(&words, ARRAY_SIZE(wrong), wrong);
	assert_true(parse_statement(&words, &statement, &problem));
	assert_string_equal(problem.text,
			    "label is empty: expected 1 to 63 bytes");
	assert_int_equal(problem.column, 0);
}

/* Words, against a splitter that reads one character at a time */

enum where { BETWEEN, IN_WORD, IN_QUOTES, ESCAPED, BEHIND, COMMENT };

struct model {
	enum where where;
	size_t count;
	char words[64][64];
	size_t error;
	size_t opened;
};

static void model_char(struct model *model, char c, size_t column)
{
	char *word = model->words[model->count];
	bool blank = c == ' ' || c == '\t';

	switch (model->where) {
	case BETWEEN:
		if (blank)
			return;
		model->opened = column;
		model->where = c == '#' ? COMMENT : c == '"' ? IN_QUOTES :
			       IN_WORD;
		if (model->where == IN_WORD)
			strncat(word, &c, 1);
		return;
	case IN_QUOTES:
		if (c == '"')
			model->where = BEHIND;
		else if (c == '\\')
			model->where = ESCAPED;
		else
			strncat(word, &c, 1);
		return;
	case ESCAPED:
		if (c != '"' && c != '\\')
			model->error = column - 1;
		strncat(word, &c, 1);
		model->where = IN_QUOTES;
		return;
	case IN_WORD:
	case BEHIND:
		if (blank) {
			model->count++;
			model->where = BETWEEN;
		} else if (model->where == BEHIND || c == '"') {
			model->error = column;
		} else {
			strncat(word, &c, 1);
		}
		return;
	case COMMENT:
		return;
	}
}

static void model_split(struct model *model, const char *text)
{
	size_t i;

	memset(model, 0, sizeof(*model));
	for (i = 0; text[i] && !model->error; i++)
		model_char(model, text[i], i + 1);
	if (model->error)
		return;
	if (model->where == IN_QUOTES || model->where == ESCAPED)
		model->error = model->opened;
	if (model->where == IN_WORD || model->where == BEHIND)
		model->count++;
}

static void expect_split(const char *text)
{
	struct problem problem = { 0 };
	struct model model;
	struct words words;
	size_t i;
	int err;

	model_split(&model, text);
	if (model.count >= WORDS_MAX)
		return;
	strcpy(buffer, text);
	err = split_line(buffer, strlen(buffer), &words, &problem);
	assert_int_equal(err ? problem.column : 0, model.error);
	if (err)
		return;
	assert_int_equal(words.count, model.count);
	for (i = 0; i < words.count; i++) {
		assert_string_equal(words.word[i].text, model.words[i]);
		assert_int_equal(words.word[i].length, strlen(model.words[i]));
	}
}

static void splits_as_the_model(void **state)
{
	static const char alphabet[] = "ab \t\"\"\\# ";
	int round;

	(void)state;
	for (round = 0; round < 10 * ROUNDS; round++) {
		char text[32];
		size_t length = below(sizeof(text)), i;

		for (i = 0; i < length; i++)
			text[i] = alphabet[below(sizeof(alphabet) - 1)];
		text[length] = '\0';
		expect_split(text);
	}
}

/* Prefixes, against strings of bits */

static void random_address(struct prefix *prefix, char *bits)
{
	size_t bytes = below(2) ? 4 : 16, i;

	memset(prefix, 0, sizeof(*prefix));
	prefix->family = bytes == 4 ? AF_INET : AF_INET6;
	prefix->length = below(bytes * 8 + 1);
	for (i = 0; i < 8 * bytes; i++) {
		bool beyond = i >= prefix->length;

		/* few bits set beyond the length, often none */
		bits[i] = below(beyond ? 100 : 2) == 1 ? '1' : '0';
		if (bits[i] == '1')
			prefix->address[i / 8] |= 0x80 >> i % 8;
	}
	bits[i] = '\0';
}

static void prefixes_as_the_model(void **state)
{
	char bits[129], text[PREFIX_TEXT_MAX], line[128];
	struct statement statement;
	struct problem problem;
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct prefix prefix;
		bool host_bits;
		int err;

		random_address(&prefix, bits);
		host_bits = strchr(bits + prefix.length, '1');
		snprintf(line, sizeof(line), "add relay %s",
			 format_prefix(&prefix, text));
		err = parse(line, &statement, &problem);
		assert_int_equal(!!err, host_bits);
		if (!err)
			assert_memory_equal(&statement.entry.prefix, &prefix,
					    sizeof(prefix));
	}
}

/* The prefix that an error suggests is valid, with the same length and network bits */
static void suggestions_are_good(void **state)
{
	char bits[129], text[PREFIX_TEXT_MAX], line[128];
	struct statement statement;
	struct problem problem;
	int round, suggested = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct prefix prefix;
		char *suggestion;

		random_address(&prefix, bits);
		snprintf(line, sizeof(line), "add relay %s",
			 format_prefix(&prefix, text));
		if (!parse(line, &statement, &problem))
			continue;
		suggestion = strstr(problem.text, "did you mean ");
		assert_non_null(suggestion);
		assert_int_equal(sscanf(suggestion, "did you mean %51[^?]?",
					text), 1);
		snprintf(line, sizeof(line), "add relay %s", text);
		assert_int_equal(parse(line, &statement, &problem), 0);
		assert_int_equal(statement.entry.prefix.length, prefix.length);
		assert_memory_equal(statement.entry.prefix.address,
				    prefix.address, prefix.length / 8);
		suggested++;
	}
	assert_true(suggested > ROUNDS / 10);
}

/* UTF-8, against encoding */

static size_t encode(u32 code, char *text)
{
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 :
		       code < 0x10000 ? 3 : 4, i;

	for (i = bytes - 1; i; i--) {
		text[i] = 0x80 | (code & 0x3f);
		code >>= 6;
	}
	text[0] = first[bytes] | code;
	return bytes;
}

static void takes_all_of_unicode(void **state)
{
	char text[5];
	u32 code, seen;

	(void)state;
	for (code = 1; code < 0x110000; code++) {
		bool surrogate = code >= 0xd800 && code < 0xe000;
		size_t bytes = encode(code, text);

		text[bytes] = '\0';
		assert_int_equal(op25b_utf8_decode(text, &seen),
				 surrogate ? 0 : bytes);
		if (!surrogate)
			assert_int_equal(seen, code);
		text[bytes - 1] = '\0';
		if (bytes > 1)
			assert_int_equal(op25b_utf8_decode(text, &seen), 0);
	}
}

/* Accepted bytes are those of encodings: all of up to three bytes, a sample of four */
static void takes_no_other_bytes(void **state)
{
	u32 number;

	(void)state;
	for (number = 0; number < 1U << 24; number++) {
		unsigned char text[5] = { number >> 16, number >> 8, number,
					  0x80 | below(64) };
		char again[4];
		u32 code;
		size_t bytes = op25b_utf8_decode((char *)text, &code);

		if (bytes < 2)
			continue;
		assert_true(code < 0x110000);
		assert_int_equal(encode(code, again), bytes);
		assert_memory_equal(again, text, bytes);
	}
}

/* Escaping */

static const struct {
	const char *text;
	const char *escaped;
	int width;
} escapes[] = {
	{ "", "", 0 },
	{ "plain \\ \"text\"", "plain \\ \"text\"", 14 },
	{ "\001\t\n\r\033\037\177", "\\x01\\x09\\x0a\\x0d\\x1b\\x1f\\x7f", 28 },
	{ "\302\200\302\205\302\233\302\237",
	  "\\xc2\\x80\\xc2\\x85\\xc2\\x9b\\xc2\\x9f", 32 },
	{ "\302\240", "\302\240", 1 },
	{ "\200\233\377", "\\x80\\x9b\\xff", 12 },
	{ "a\303", "a\\xc3", 5 },
	{ "\303(", "\\xc3(", 5 },
	{ "\300\257", "\\xc0\\xaf", 8 },
	{ "\355\240\200", "\\xed\\xa0\\x80", 12 },
	{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80", 16 },
	{ "B\343\203\225\343\203\254", "B\343\203\225\343\203\254", 5 },
	{ "\360\237\230\200", "\360\237\230\200", 2 },
};

static void assert_printed(const char *text, const char *expected)
{
	char *printed = NULL;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	print_escaped(out, text);
	fclose(out);
	assert_string_equal(printed, expected);
	free(printed);
}

/* Escaped text has no control characters; escaping it again does not change it */
static void escapes_for_terminals(void **state)
{
	char out[256];
	size_t i;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (i = 0; i < ARRAY_SIZE(escapes); i++) {
		const char *escaped = escapes[i].escaped;

		assert_string_equal(escape(out, sizeof(out), escapes[i].text),
				    escaped);
		assert_printed(escapes[i].text, escaped);
		assert_printed(escaped, escaped);
		assert_int_equal(escaped_width(escapes[i].text),
				 escapes[i].width);
		assert_int_equal(escaped_width(escaped), escapes[i].width);
	}
}

/* Truncated text ends between two characters, and fits with its dots */
static void cuts_escaped_text(void **state)
{
	static const char text[] = "a\302\233\303\251\377b";
	char whole[64], out[64];
	size_t size;

	(void)state;
	escape(whole, sizeof(whole), text);
	for (size = 4; size < sizeof(out); size++) {
		size_t length;

		memset(out, 'X', sizeof(out));
		length = strlen(escape(out, size, text));
		assert_true(length < size);
		if (!strcmp(out, whole))
			continue;
		assert_true(size < strlen(whole) + 4);
		assert_string_equal(out + length - 3, "...");
		assert_memory_equal(out, whole, length - 3);
		assert_non_null(strchr("a\\\303b", whole[length - 3]));
	}
	assert_string_equal(out, whole);
}

/* A label with control characters is printed such that loading it is refused */
static void prints_no_control_characters(void **state)
{
	static const char *const labels[] = {
		"\033[2J", "a\302\233b", "\377", "\t", "a\177",
	};
	struct statement statement, again;
	struct problem problem;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		char *text;

		assert_int_equal(parse("add relay ::1", &statement, &problem),
				 0);
		strcpy(statement.entry.label, labels[i]);
		text = print(&statement);
		text[strlen(text) - 1] = '\0';
		assert_printed(text, text);
		assert_true(parse(text, &again, &problem));
		free(text);
	}
}

/* Names */

/* Each number of the interface has a name, and none has two */
static void names_everything(void **state)
{
	static const struct {
		const struct names *names;
		size_t first;
		size_t last;
	} enums[] = {
		{ &table_names, OP25B_TABLE_DYNAMIC, OP25B_TABLE_MAX },
		{ &mode_names, 0, OP25B_MODE_MAX },
		{ &action_names, 0, OP25B_ACTION_MAX },
		{ &setting_names, 1, OP25B_A_SETTINGS_MAX },
		{ &verdict_names, 0, OP25B_VERDICT_MAX },
		{ &outcome_names, 0, OP25B_VERDICT_MAX },
		{ &reason_names, 0, OP25B_REASON_MAX },
		{ &direction_names, 1, OP25B_DIRECTION_MAX },
		{ &statement_names, STATEMENT_SET, STATEMENT_INCLUDE },
		{ &family_names, 0, FAMILIES - 1 },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(enums); i++) {
		const struct names *names = enums[i].names;

		assert_int_equal(names->count, enums[i].last + 1);
		for (j = 0; j < enums[i].first; j++)
			assert_string_equal(name_of(names, j), "unknown");
		for (; j < names->count; j++)
			assert_int_equal(find_name(names, name_of(names, j)),
					 j);
		assert_string_equal(name_of(names, j), "unknown");
		assert_int_equal(find_name(names, "unknown"), -1);
	}
}

static void joins_names(void **state)
{
	char text[JOINED_MAX], little[12];

	(void)state;
	assert_string_equal(join_names(text, sizeof(text), &table_names, ", ",
				       " or "),
			    "dynamic, fixed, dialup or relay");
	assert_string_equal(join_names(text, sizeof(text), &mode_names, "|",
				       "|"), "off|monitor|enforce");
	assert_string_equal(join_names(little, sizeof(little), &mode_names,
				       "|", "|"), "off|monitor");
}

/* Random statements: printed and read back, they are the same */

static void random_text(char *text, size_t max)
{
	size_t used = 0, bytes, length = 1 + below(max);
	char sequence[4];

	text[0] = '\0';
	while (used < length) {
		u32 code = 0xa0 + below(0xd800 - 0xa0);

		if (below(4))
			code = " #\"\\a'/-"[below(8)];
		bytes = encode(code, sequence);
		if (used + bytes > max)
			break;
		memcpy(text + used, sequence, bytes);
		used += bytes;
		text[used] = '\0';
	}
}

static void random_setting(struct statement *statement)
{
	static const u32 values[] = {
		[OP25B_A_SETTINGS_MODE] = OP25B_MODE_MAX + 1,
		[OP25B_A_SETTINGS_ACTION] = OP25B_ACTION_MAX + 1,
		[OP25B_A_SETTINGS_RETURN] = 2,
		[OP25B_A_SETTINGS_REPLY_RATE] = OP25B_REPLY_RATE_MAX + 1,
	};

	statement->setting = 1 + below(OP25B_A_SETTINGS_MAX);
	statement->value = below(values[statement->setting]);
}

static void random_options(struct entry *entry)
{
	if (below(2))
		random_text(entry->label, OP25B_NAME_MAX);
	if (below(2))
		random_text(entry->provider, OP25B_NAME_MAX);
	if (below(2))
		entry->timeout = 1 + below(OP25B_TIMEOUT_MAX);
	if (entry->table == OP25B_TABLE_DYNAMIC && below(2))
		entry->flags = OP25B_ENTRY_MONITOR;
}

static void random_statement(struct statement *statement, char *from)
{
	struct entry *entry = &statement->entry;
	char bits[129];

	memset(statement, 0, sizeof(*statement));
	statement->kind = STATEMENT_SET + below(5);
	if (statement->kind == STATEMENT_SET) {
		random_setting(statement);
		return;
	}
	if (statement->kind == STATEMENT_INCLUDE) {
		random_text(entry->provider, OP25B_NAME_MAX);
		random_text(from, 100);
		statement->from = from;
		return;
	}
	entry->table = 1 + below(OP25B_TABLE_MAX);
	if (statement->kind == STATEMENT_FLUSH)
		return;
	if (below(4)) {
		do {
			random_address(&entry->prefix, bits);
		} while (strchr(bits + entry->prefix.length, '1'));
	} else {
		random_text(from, 100);
		statement->from = from;
	}
	if (statement->kind == STATEMENT_ADD)
		random_options(entry);
}

static void expect_same(const struct statement *a, const struct statement *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->setting, b->setting);
	assert_int_equal(a->value, b->value);
	assert_int_equal(!a->from, !b->from);
	if (a->from)
		assert_string_equal(a->from, b->from);
	assert_int_equal(a->entry.table, b->entry.table);
	assert_int_equal(a->entry.flags, b->entry.flags);
	assert_int_equal(a->entry.timeout, b->entry.timeout);
	assert_string_equal(a->entry.label, b->entry.label);
	assert_string_equal(a->entry.provider, b->entry.provider);
	assert_memory_equal(&a->entry.prefix, &b->entry.prefix,
			    sizeof(a->entry.prefix));
}

static void reads_back_what_it_prints(void **state)
{
	struct statement statement, again;
	struct problem problem;
	char from[128];
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		char *text;

		random_statement(&statement, from);
		text = print(&statement);
		if (parse_bytes(text, strlen(text) - 1, &again, &problem))
			fail_msg("%s%zu: %s", text, problem.column,
				 problem.text);
		expect_same(&statement, &again);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_and_prints),
		cmocka_unit_test(takes_nothing),
		cmocka_unit_test(knows_columns),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_zero_bytes),
		cmocka_unit_test(shortens_words),
		cmocka_unit_test(reads_lists),
		cmocka_unit_test(takes_args_as_they_are),
		cmocka_unit_test(splits_as_the_model),
		cmocka_unit_test(prefixes_as_the_model),
		cmocka_unit_test(suggestions_are_good),
		cmocka_unit_test(takes_all_of_unicode),
		cmocka_unit_test(takes_no_other_bytes),
		cmocka_unit_test(escapes_for_terminals),
		cmocka_unit_test(cuts_escaped_text),
		cmocka_unit_test(prints_no_control_characters),
		cmocka_unit_test(names_everything),
		cmocka_unit_test(joins_names),
		cmocka_unit_test(reads_back_what_it_prints),
	};

	srandom(25);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
