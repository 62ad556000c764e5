// SPDX-License-Identifier: GPL-2.0
/*
 * The grammar of statements: words, prefixes, errors, and back to text.
 *
 * A line is split into words in place, then the words are parsed from left to
 * right. Functions return 0, or -EINVAL with the problem described. Nothing
 * here knows of files, the kernel or the terminal.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/kernel.h>
#include <stdarg.h>
#include <string.h>

#include "statement.h"

/* Bytes that a word may take in an error message, with the terminating zero */
#define SHOWN_MAX	80

const char *const table_names[] = {
	[OP25B_TABLE_DYNAMIC] = "dynamic",
	[OP25B_TABLE_FIXED] = "fixed",
	[OP25B_TABLE_DIALUP] = "dialup",
	[OP25B_TABLE_RELAY] = "relay",
};

const char *const mode_names[] = {
	[OP25B_MODE_OFF] = "off",
	[OP25B_MODE_MONITOR] = "monitor",
	[OP25B_MODE_ENFORCE] = "enforce",
};

const char *const action_names[] = {
	[OP25B_ACTION_DROP] = "drop",
	[OP25B_ACTION_RESET] = "reset",
	[OP25B_ACTION_UNREACHABLE] = "unreachable",
};

static const char *const switch_names[] = { "off", "on" };

static const char *const verb_names[] = {
	[STATEMENT_SET] = "set",
	[STATEMENT_ADD] = "add",
	[STATEMENT_DEL] = "del",
	[STATEMENT_FLUSH] = "flush",
};

static const char *const setting_names[] = {
	[OP25B_A_SETTINGS_MODE] = "mode",
	[OP25B_A_SETTINGS_ACTION] = "action",
	[OP25B_A_SETTINGS_RETURN] = "return",
	[OP25B_A_SETTINGS_REPLY_RATE] = "reply-rate",
};

/* The values of the settings that have names for them */
static const struct {
	const char *const *names;
	size_t count;
} setting_values[] = {
	[OP25B_A_SETTINGS_MODE] = { mode_names, ARRAY_SIZE(mode_names) },
	[OP25B_A_SETTINGS_ACTION] = {
		action_names, ARRAY_SIZE(action_names)
	},
	[OP25B_A_SETTINGS_RETURN] = {
		switch_names, ARRAY_SIZE(switch_names)
	},
	[OP25B_A_SETTINGS_REPLY_RATE] = { NULL, 0 },
};

enum option {
	OPTION_LABEL,
	OPTION_TIMEOUT,
	OPTION_MONITOR,
};

static const char *const option_names[] = {
	[OPTION_LABEL] = "label",
	[OPTION_TIMEOUT] = "timeout",
	[OPTION_MONITOR] = "monitor",
};

/**
 * struct parser - how far a statement has been parsed
 * @words: its words
 * @next: index of the next one
 * @statement: what they have said so far
 * @problem: where to describe what is wrong
 */
struct parser {
	const struct words *words;
	size_t next;
	struct statement *statement;
	struct problem *problem;
};

/**
 * set_problem() - describe what is wrong
 * @problem: the description
 * @column: where, 0 if in no line
 * @format: a sentence, as for printf()
 *
 * Return: -EINVAL.
 */
int set_problem(struct problem *problem, size_t column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(problem->text, sizeof(problem->text), format, args);
	va_end(args);
	problem->column = column;
	return -EINVAL;
}

/**
 * find_name() - look a word up in a table of names
 * @names: the names; NULL where there is none
 * @count: length of @names
 * @text: the word
 *
 * Return: its index, or -1.
 */
int find_name(const char *const *names, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], text))
			return i;
	return -1;
}

/**
 * name_of() - the name of a number that another program has chosen
 * @names: the names; NULL where there is none
 * @count: length of @names
 * @index: the number
 *
 * Return: its name, or "unknown".
 */
const char *name_of(const char *const *names, size_t count, size_t index)
{
	return index < count && names[index] ? names[index] : "unknown";
}

/**
 * utf8_sequence() - measure a UTF-8 sequence (RFC 3629)
 * @text: where it starts
 * @length: bytes that there are, at least one
 *
 * Return: bytes of the sequence, or 0 if it is not valid.
 */
size_t utf8_sequence(const char *text, size_t length)
{
	static const u32 smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t i, bytes;
	u32 code;

	if (byte[0] < 0x80)
		return 1;
	bytes = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	if (byte[0] < 0xc2 || byte[0] > 0xf4 || bytes > length)
		return 0;
	code = byte[0] & (0x7f >> bytes);
	for (i = 1; i < bytes; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3f);
	}
	if (code < smallest[bytes] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return bytes;
}

/* A word as an error message may show it: short, and safe on a terminal */
static const char *show(char shown[SHOWN_MAX], const struct word *word)
{
	size_t used = 0, i = 0;

	while (i < word->length) {
		unsigned char c = word->text[i];
		size_t bytes = utf8_sequence(word->text + i, word->length - i);

		if (used > SHOWN_MAX - 12) {
			strcpy(shown + used, "...");
			return shown;
		}
		if (!bytes || c < 0x20 || c == 0x7f) {
			used += sprintf(shown + used, "\\x%02x", c);
			i++;
			continue;
		}
		memcpy(shown + used, word->text + i, bytes);
		used += bytes;
		i += bytes;
	}
	shown[used] = '\0';
	return shown;
}

/* "drop, reset or unreachable" */
static const char *join_names(char *text, size_t size,
			      const char *const *names, size_t count)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < count; i++) {
		const char *glue = i == count - 1 ? " or " : ", ";

		if (!names[i])
			continue;
		used += snprintf(text + used, size - used, "%s%s",
				 used ? glue : "", names[i]);
	}
	return text;
}

/* Words */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Ends the word that starts at *at, and moves *at behind it */
static int split_plain(char *line, size_t length, size_t *at,
		       struct word *word, struct problem *problem)
{
	size_t start = *at, i;

	for (i = start; i < length && !is_blank(line[i]); i++)
		if (line[i] == '"')
			return set_problem(problem, i + 1,
					   "quote inside a word: put the whole word in quotes, the quote as \\\"");
	word->text = line + start;
	word->length = i - start;
	line[i] = '\0';
	*at = i;
	return 0;
}

/* The same for a word in quotes, which loses them and its escapes */
static int split_quoted(char *line, size_t length, size_t *at,
			struct word *word, struct problem *problem)
{
	size_t start = *at, i, end = start;

	word->text = line + start;
	for (i = start + 1; i < length && line[i] != '"'; i++) {
		if (line[i] == '\\' && ++i < length &&
		    line[i] != '"' && line[i] != '\\')
			return set_problem(problem, i,
					   "unknown escape: expected \\\" or \\\\ (a backslash in quotes is written twice)");
		if (i < length)
			line[end++] = line[i];
	}
	if (i >= length)
		return set_problem(problem, start + 1, "quote never closed");
	i++;
	if (i < length && !is_blank(line[i]))
		return set_problem(problem, i + 1,
				   "expected a blank after the closing quote");
	word->length = end - start;
	line[end] = '\0';
	*at = i;
	return 0;
}

/**
 * split_line() - split a line of a file into words
 * @line: the line; changed, and line[length] is overwritten
 * @length: bytes, without the line feed
 * @words: the words; they point into @line
 * @problem: what is wrong
 *
 * Return: 0, or -EINVAL.
 */
int split_line(char *line, size_t length, struct words *words,
	       struct problem *problem)
{
	char *zero = memchr(line, '\0', length);
	size_t i = 0;

	words->count = 0;
	words->end = 1;
	if (zero)
		return set_problem(problem, zero - line + 1,
				   "zero byte: is this a text file?");
	if (length && line[length - 1] == '\r')
		length--;
	while (words->count < WORDS_MAX) {
		struct word *word = &words->word[words->count];
		int err;

		while (i < length && is_blank(line[i]))
			i++;
		if (i >= length || line[i] == '#')
			break;
		word->column = i + 1;
		err = line[i] == '"' ?
			split_quoted(line, length, &i, word, problem) :
			split_plain(line, length, &i, word, problem);
		if (err)
			return err;
		words->count++;
		words->end = i + 1;
		i++;
	}
	return 0;
}

/**
 * words_of_args() - take the words from the command line, each as it is
 * @words: the words
 * @count: how many
 * @args: they
 */
void words_of_args(struct words *words, int count, char **args)
{
	int i;

	memset(words, 0, sizeof(*words));
	for (i = 0; i < count && i < WORDS_MAX; i++) {
		words->word[i].text = args[i];
		words->word[i].length = strlen(args[i]);
	}
	words->count = i;
}

/* Values */

/* Decimal digits and nothing else, so no sign, and no zero in front */
static bool read_digits(const char *text, u32 max, u32 *number)
{
	u64 value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (*text - '0');
		if (value > max)
			return false;
	}
	*number = value;
	return true;
}

/**
 * parse_number() - parse a decimal number
 * @word: the word, or NULL if it is missing
 * @what: what it is, with its unit, for the error message
 * @min: the smallest
 * @max: the largest
 * @number: the number
 * @problem: what is wrong
 *
 * Return: 0, or -EINVAL.
 */
int parse_number(const struct word *word, const char *what, u32 min,
		 u32 max, u32 *number, struct problem *problem)
{
	char shown[SHOWN_MAX];

	if (!word)
		return set_problem(problem, 0, "missing %s: expected %u to %u",
				   what, min, max);
	if (!read_digits(word->text, max, number) || *number < min)
		return set_problem(problem, word->column,
				   "bad %s '%s': expected %u to %u", what,
				   show(shown, word), min, max);
	return 0;
}

static unsigned int family_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

/* The first length bytes of text, as a host */
static bool read_address(const char *text, size_t length, struct prefix *prefix)
{
	char copy[INET6_ADDRSTRLEN + 1];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	prefix->length = family_bits(prefix->family);
	return inet_pton(prefix->family, copy, prefix->address) == 1;
}

/**
 * parse_address() - parse an address without a length
 * @word: the word
 * @prefix: the address, as the prefix of a host
 * @problem: what is wrong
 *
 * Return: 0, or -EINVAL.
 */
int parse_address(const struct word *word, struct prefix *prefix,
		  struct problem *problem)
{
	char shown[SHOWN_MAX];

	if (read_address(word->text, word->length, prefix))
		return 0;
	return set_problem(problem, word->column,
			   "bad address '%s': expected an IPv4 or IPv6 address",
			   show(shown, word));
}

/* Clears the bits beyond the length; says whether any were set */
static bool clear_host_bits(struct prefix *prefix)
{
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(prefix->address); i++) {
		int bits = prefix->length - 8 * (int)i;
		u8 mask = bits >= 8 ? 0 : bits <= 0 ? 0xff : 0xff >> bits;

		any |= prefix->address[i] & mask;
		prefix->address[i] &= ~mask;
	}
	return any;
}

static int parse_prefix(const struct word *word, struct prefix *prefix,
			struct problem *problem)
{
	char shown[SHOWN_MAX], text[PREFIX_TEXT_MAX];
	const char *slash = strchr(word->text, '/');
	size_t length = slash ? (size_t)(slash - word->text) : word->length;
	u32 bits;

	if (!read_address(word->text, length, prefix))
		return set_problem(problem, word->column,
				   "bad prefix '%s': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6",
				   show(shown, word));
	if (!slash)
		return 0;
	if (!read_digits(slash + 1, prefix->length, &bits))
		return set_problem(problem, word->column,
				   "bad prefix length in '%s': expected 0 to %u",
				   show(shown, word), prefix->length);
	prefix->length = bits;
	if (clear_host_bits(prefix))
		return set_problem(problem, word->column,
				   "%s: has bits set beyond the prefix length; did you mean %s?",
				   word->text, format_prefix(prefix, text));
	return 0;
}

static int parse_label(const struct word *word, char *label,
		       struct problem *problem)
{
	size_t i = 0, bytes;

	if (!word->length)
		return set_problem(problem, word->column,
				   "empty label: expected 1 to %u bytes",
				   OP25B_LABEL_MAX);
	if (word->length > OP25B_LABEL_MAX)
		return set_problem(problem, word->column,
				   "label of %zu bytes: expected 1 to %u bytes",
				   word->length, OP25B_LABEL_MAX);
	for (; i < word->length; i += bytes) {
		unsigned char c = word->text[i];

		bytes = utf8_sequence(word->text + i, word->length - i);
		if (!bytes)
			return set_problem(problem, word->column,
					   "label is not valid UTF-8");
		if (c < 0x20 || c == 0x7f)
			return set_problem(problem, word->column,
					   "label has a control character");
	}
	memcpy(label, word->text, word->length + 1);
	return 0;
}

/* Statements */

/* The next word, or NULL at the end */
static const struct word *take(struct parser *parser)
{
	if (parser->next == parser->words->count)
		return NULL;
	return &parser->words->word[parser->next++];
}

/* The word taken last is that part */
static void note_part(struct parser *parser, enum statement_part part)
{
	const struct word *word = &parser->words->word[parser->next - 1];

	parser->statement->column[part] = word->column;
}

/* One of some names: its index, or -EINVAL */
static int choose(struct parser *parser, const char *what,
		  const char *const *names, size_t count)
{
	const struct word *word = take(parser);
	char shown[SHOWN_MAX], choice[128];
	int i;

	if (!word)
		return set_problem(parser->problem, parser->words->end,
				   "missing %s: expected %s", what,
				   join_names(choice, sizeof(choice), names,
					      count));
	i = find_name(names, count, word->text);
	if (i < 0)
		return set_problem(parser->problem, word->column,
				   "unknown %s '%s': expected %s", what,
				   show(shown, word),
				   join_names(choice, sizeof(choice), names,
					      count));
	return i;
}

static int number(struct parser *parser, const char *what, u32 min,
		  u32 max, u32 *value)
{
	const struct word *word = take(parser);
	int err;

	err = parse_number(word, what, min, max, value, parser->problem);
	if (!word)
		parser->problem->column = parser->words->end;
	return err;
}

static int expect_end(struct parser *parser)
{
	const struct word *word = take(parser);
	char shown[SHOWN_MAX];

	if (!word)
		return 0;
	return set_problem(parser->problem, word->column,
			   "unexpected word '%s': expected the end of the statement",
			   show(shown, word));
}

static int parse_set(struct parser *parser)
{
	struct statement *statement = parser->statement;
	int setting, value;

	setting = choose(parser, "setting", setting_names,
			 ARRAY_SIZE(setting_names));
	if (setting < 0)
		return setting;
	note_part(parser, PART_TABLE);
	statement->setting = setting;
	if (!setting_values[setting].names) {
		value = number(parser, setting_names[setting], 0,
			       OP25B_REPLY_RATE_MAX, &statement->value);
	} else {
		value = choose(parser, setting_names[setting],
			       setting_values[setting].names,
			       setting_values[setting].count);
		statement->value = value;
	}
	if (value < 0)
		return value;
	note_part(parser, PART_OBJECT);
	return expect_end(parser);
}

static int parse_table(struct parser *parser)
{
	int table = choose(parser, "table", table_names,
			   ARRAY_SIZE(table_names));

	if (table < 0)
		return table;
	note_part(parser, PART_TABLE);
	parser->statement->entry.table = table;
	return 0;
}

static int parse_from(struct parser *parser)
{
	const struct word *word = take(parser);

	if (!word || !word->length)
		return set_problem(parser->problem,
				   word ? word->column : parser->words->end,
				   "missing file name: expected from FILE");
	note_part(parser, PART_OBJECT);
	parser->statement->from = word->text;
	return 0;
}

/* A table, and a prefix of it or a file of prefixes */
static int parse_object(struct parser *parser)
{
	const struct word *word;
	int err = parse_table(parser);

	if (err)
		return err;
	word = take(parser);
	if (!word)
		return set_problem(parser->problem, parser->words->end,
				   "missing prefix: expected ADDRESS, ADDRESS/LENGTH or from FILE");
	if (!strcmp(word->text, "from"))
		return parse_from(parser);
	note_part(parser, PART_OBJECT);
	return parse_prefix(word, &parser->statement->entry.prefix,
			    parser->problem);
}

static int parse_option_label(struct parser *parser)
{
	const struct word *word = take(parser);

	if (!word)
		return set_problem(parser->problem, parser->words->end,
				   "missing label: expected 1 to %u bytes",
				   OP25B_LABEL_MAX);
	note_part(parser, PART_LABEL);
	return parse_label(word, parser->statement->entry.label,
			   parser->problem);
}

static int parse_option_timeout(struct parser *parser)
{
	int err = number(parser, "timeout in seconds", 1, OP25B_TIMEOUT_MAX,
			 &parser->statement->entry.timeout);

	if (!err)
		note_part(parser, PART_TIMEOUT);
	return err;
}

static int parse_option_monitor(struct parser *parser)
{
	struct entry *entry = &parser->statement->entry;

	note_part(parser, PART_MONITOR);
	if (entry->table != OP25B_TABLE_DYNAMIC)
		return set_problem(parser->problem,
				   parser->statement->column[PART_MONITOR],
				   "monitor is only for table dynamic");
	entry->flags |= OP25B_ENTRY_MONITOR;
	return 0;
}

static int parse_option(struct parser *parser, int option)
{
	switch (option) {
	case OPTION_LABEL:
		return parse_option_label(parser);
	case OPTION_TIMEOUT:
		return parse_option_timeout(parser);
	default:
		return parse_option_monitor(parser);
	}
}

static int parse_options(struct parser *parser)
{
	const struct word *word;
	unsigned int seen = 0;

	while (parser->next < parser->words->count) {
		int option, err;

		word = &parser->words->word[parser->next];
		option = choose(parser, "option", option_names,
				ARRAY_SIZE(option_names));
		if (option < 0)
			return option;
		if (seen & 1U << option)
			return set_problem(parser->problem, word->column,
					   "%s given twice", word->text);
		seen |= 1U << option;
		err = parse_option(parser, option);
		if (err)
			return err;
	}
	return 0;
}

/**
 * parse_statement() - parse a statement
 * @words: its words
 * @statement: what it says; @from points into the words
 * @problem: what is wrong
 *
 * Return: 0, or -EINVAL.
 */
int parse_statement(const struct words *words, struct statement *statement,
		    struct problem *problem)
{
	struct parser parser = {
		.words = words,
		.statement = statement,
		.problem = problem,
	};
	int kind, err;

	memset(statement, 0, sizeof(*statement));
	if (!words->count)
		return 0;
	kind = choose(&parser, "statement", verb_names,
		      ARRAY_SIZE(verb_names));
	if (kind < 0)
		return kind;
	note_part(&parser, PART_VERB);
	statement->kind = kind;
	switch (kind) {
	case STATEMENT_SET:
		return parse_set(&parser);
	case STATEMENT_ADD:
		err = parse_object(&parser);
		return err ? err : parse_options(&parser);
	case STATEMENT_DEL:
		err = parse_object(&parser);
		return err ? err : expect_end(&parser);
	default:
		err = parse_table(&parser);
		return err ? err : expect_end(&parser);
	}
}

/**
 * parse_list_line() - parse a line of a file of prefixes
 * @words: its words, at least one
 * @prefix: the prefix
 * @problem: what is wrong
 *
 * Return: 0, or -EINVAL.
 */
int parse_list_line(const struct words *words, struct prefix *prefix,
		    struct problem *problem)
{
	char shown[SHOWN_MAX];
	int err = parse_prefix(&words->word[0], prefix, problem);

	if (err || words->count == 1)
		return err;
	return set_problem(problem, words->word[1].column,
			   "unexpected word '%s': expected one prefix a line",
			   show(shown, &words->word[1]));
}

/* Back to text */

/**
 * format_prefix() - write a prefix as text
 * @prefix: the prefix
 * @text: ADDRESS/LENGTH
 *
 * Return: @text.
 */
const char *format_prefix(const struct prefix *prefix,
			  char text[PREFIX_TEXT_MAX])
{
	size_t used;

	inet_ntop(prefix->family, prefix->address, text, PREFIX_TEXT_MAX);
	used = strlen(text);
	snprintf(text + used, PREFIX_TEXT_MAX - used, "/%u", prefix->length);
	return text;
}

/* Whether a word would not be read back as it is */
static bool needs_quotes(const char *word)
{
	if (!*word || *word == '#')
		return true;
	for (; *word; word++)
		if ((unsigned char)*word <= ' ' || *word == '"' ||
		    *word == '\\')
			return true;
	return false;
}

static void print_word(FILE *out, const char *word)
{
	bool quotes = needs_quotes(word);

	if (quotes)
		putc('"', out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			putc('\\', out);
		putc(*word, out);
	}
	if (quotes)
		putc('"', out);
}

static void print_set(FILE *out, const struct statement *statement)
{
	const char *const *names = setting_values[statement->setting].names;

	fprintf(out, " %s ", setting_names[statement->setting]);
	if (names)
		fputs(names[statement->value], out);
	else
		fprintf(out, "%u", statement->value);
}

static void print_options(FILE *out, const struct entry *entry)
{
	if (*entry->label) {
		fprintf(out, " %s ", option_names[OPTION_LABEL]);
		print_word(out, entry->label);
	}
	if (entry->timeout)
		fprintf(out, " %s %u", option_names[OPTION_TIMEOUT],
			entry->timeout);
	if (entry->flags & OP25B_ENTRY_MONITOR)
		fprintf(out, " %s", option_names[OPTION_MONITOR]);
}

/**
 * print_statement() - write a statement as a line of a file
 * @out: where to
 * @statement: any kind but STATEMENT_NOTHING
 */
void print_statement(FILE *out, const struct statement *statement)
{
	const struct entry *entry = &statement->entry;
	char text[PREFIX_TEXT_MAX];

	fputs(verb_names[statement->kind], out);
	if (statement->kind == STATEMENT_SET) {
		print_set(out, statement);
	} else {
		fprintf(out, " %s", table_names[entry->table]);
		if (statement->from) {
			fputs(" from ", out);
			print_word(out, statement->from);
		} else if (statement->kind != STATEMENT_FLUSH) {
			fprintf(out, " %s", format_prefix(&entry->prefix, text));
		}
		print_options(out, entry);
	}
	putc('\n', out);
}
