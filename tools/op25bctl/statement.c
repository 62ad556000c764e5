// SPDX-License-Identifier: GPL-2.0
/*
 * Statements: text to struct and back.
 *
 * A line is split into words in place, then the words are parsed from left to
 * right. Functions return 0, or -EINVAL with the problem described.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/kernel.h>
#include <stdarg.h>
#include <string.h>

#include "../../src/utf8.h"
#include "escape.h"
#include "statement.h"

/* Bytes that a word may take in an error message, with the zero byte */
#define SHOWN_MAX	80

/**
 * struct parser - a statement being parsed
 * @words: its words
 * @next: index of the next one
 * @statement: the result so far
 * @problem: the error, once there is one
 */
struct parser {
	const struct words *words;
	size_t next;
	struct statement *statement;
	struct problem *problem;
};

/**
 * set_problem() - describe an error
 * @problem: the description
 * @column: where it is, 0 on the command line
 * @format: message, as for printf()
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

/* A word for an error message */
static const char *show(char shown[SHOWN_MAX], const struct word *word)
{
	return escape(shown, SHOWN_MAX, word->text);
}

static const char *expected(char joined[JOINED_MAX], const struct names *names)
{
	return join_names(joined, JOINED_MAX, names, ", ", " or ");
}

/* Words */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the word that starts at *at; moves *at behind it */
static int split_plain(char *line, size_t length, size_t *at,
		       struct word *word, struct problem *problem)
{
	size_t start = *at, i;

	for (i = start; i < length && !is_blank(line[i]); i++)
		if (line[i] == '"')
			return set_problem(problem, i + 1,
					   "quote inside a word: put the whole word in quotes and write the quote as \\\"");
	word->text = line + start;
	word->length = i - start;
	line[i] = '\0';
	*at = i;
	return 0;
}

/* The same for a word in quotes: removes them and its escapes */
static int split_quoted(char *line, size_t length, size_t *at,
			struct word *word, struct problem *problem)
{
	size_t start = *at, i, end = start;

	word->text = line + start;
	for (i = start + 1; i < length && line[i] != '"'; i++) {
		if (line[i] == '\\' && ++i < length &&
		    line[i] != '"' && line[i] != '\\')
			return set_problem(problem, i,
					   "unknown escape: in quotes write \\\" for a quote and \\\\ for a backslash");
		if (i < length)
			line[end++] = line[i];
	}
	if (i >= length)
		return set_problem(problem, start + 1, "missing closing quote");
	i++;
	if (i < length && !is_blank(line[i]))
		return set_problem(problem, i + 1,
				   "missing space after the closing quote");
	word->length = end - start;
	line[end] = '\0';
	*at = i;
	return 0;
}

/**
 * trim_line() - refuse a line that is not text, and cut a carriage return
 * @line: the line
 * @length: its bytes without the line feed; set to those without carriage return
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int trim_line(const char *line, size_t *length, struct problem *problem)
{
	const char *zero = memchr(line, '\0', *length);

	if (zero)
		return set_problem(problem, zero - line + 1,
				   "zero byte in the line: is this a text file?");
	if (*length && line[*length - 1] == '\r')
		--*length;
	return 0;
}

/**
 * split_line() - split a line of a file into words
 * @line: the line; modified, line[length] included
 * @length: bytes, without the line feed
 * @words: set to the words, which point into @line
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int split_line(char *line, size_t length, struct words *words,
	       struct problem *problem)
{
	size_t i = 0;

	words->count = 0;
	words->end = 1;
	if (trim_line(line, &length, problem))
		return -EINVAL;
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
 * words_of_args() - take words from the command line: no quotes, no comments
 * @words: set to the words
 * @count: number of arguments
 * @args: the arguments
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

/* Digits only: no sign, no leading zero */
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

/* "missing timeout: expected 1 to 2147483 seconds" */
static int missing_value(const struct name *name, size_t column,
			 struct problem *problem)
{
	return set_problem(problem, column, "missing %s: expected %u to %u%s",
			   name->text, name->min, name->max,
			   name->unit ? name->unit : "");
}

/**
 * parse_number() - parse a number
 * @word: the word
 * @name: what it is the value of, with its limits
 * @number: set to it
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int parse_number(const struct word *word, const struct name *name, u32 *number,
		 struct problem *problem)
{
	char shown[SHOWN_MAX];

	if (read_digits(word->text, name->max, number) && *number >= name->min)
		return 0;
	return set_problem(problem, word->column,
			   "bad %s '%s': expected %u to %u%s", name->text,
			   show(shown, word), name->min, name->max,
			   name->unit ? name->unit : "");
}

static unsigned int family_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

/* The first length bytes of the text, as the prefix of a host */
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
 * parse_address() - parse an address without a prefix length
 * @word: the word
 * @prefix: set to the address, with the length of a host's prefix
 * @problem: set on errors
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

/* Clears the bits beyond the length; returns whether any were set */
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

/**
 * parse_prefix() - parse ADDRESS or ADDRESS/LENGTH
 * @word: the word
 * @prefix: set to the prefix
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int parse_prefix(const struct word *word, struct prefix *prefix,
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
				   "%s has bits set beyond the prefix length: did you mean %s?",
				   word->text, format_prefix(prefix, text));
	return 0;
}

/**
 * parse_name() - parse a label, a provider or an owner
 * @word: the word
 * @name: which of them
 * @to: set to it
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int parse_name(const struct word *word, const struct name *name,
	       char to[OP25B_NAME_MAX + 1], struct problem *problem)
{
	const char *text = word->text;
	unsigned int bytes;
	u32 code;

	if (!word->length)
		return set_problem(problem, word->column,
				   "%s is empty: expected %u to %u bytes",
				   name->text, name->min, name->max);
	if (word->length > name->max)
		return set_problem(problem, word->column,
				   "%s has %zu bytes: expected %u to %u bytes",
				   name->text, word->length, name->min, name->max);
	for (; *text; text += bytes) {
		bytes = op25b_utf8_decode(text, &code);
		if (!bytes)
			return set_problem(problem, word->column,
					   "%s is not valid UTF-8: convert it to UTF-8",
					   name->text);
		if (op25b_is_control(code))
			return set_problem(problem, word->column,
					   "%s contains a control character: remove it",
					   name->text);
	}
	memcpy(to, word->text, word->length + 1);
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

/* Notes the column of the word taken last as that of a part */
static void note_part(struct parser *parser, enum statement_part part)
{
	const struct word *word = &parser->words->word[parser->next - 1];

	parser->statement->column[part] = word->column;
}

/* The next word as one of the names: its number, or -EINVAL */
static int choose(struct parser *parser, const char *what,
		  const struct names *names)
{
	const struct word *word = take(parser);
	char shown[SHOWN_MAX], joined[JOINED_MAX];
	int number;

	if (!word)
		return set_problem(parser->problem, parser->words->end,
				   "missing %s: expected %s", what,
				   expected(joined, names));
	number = find_name(names, word->text);
	if (number < 0)
		return set_problem(parser->problem, word->column,
				   "unknown %s '%s': expected %s", what,
				   show(shown, word), expected(joined, names));
	return number;
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

static int parse_setting_value(struct parser *parser, const struct name *name)
{
	u32 *value = &parser->statement->value;
	const struct word *word;

	if (name->choice) {
		int number = choose(parser, name->text, name->choice);

		*value = number;
		return number < 0 ? number : 0;
	}
	word = take(parser);
	if (!word)
		return missing_value(name, parser->words->end, parser->problem);
	return parse_number(word, name, value, parser->problem);
}

static int parse_set(struct parser *parser)
{
	int setting = choose(parser, "setting", &setting_names);
	int err;

	if (setting < 0)
		return setting;
	note_part(parser, PART_TABLE);
	parser->statement->setting = setting;
	err = parse_setting_value(parser, &setting_names.list[setting]);
	if (err)
		return err;
	note_part(parser, PART_OBJECT);
	return expect_end(parser);
}

static int parse_table(struct parser *parser)
{
	int table = choose(parser, "table", &table_names);

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

/* A table, and a prefix or a file of prefixes */
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
	if (find_name(&object_names, word->text) == OBJECT_FROM)
		return parse_from(parser);
	note_part(parser, PART_OBJECT);
	return parse_prefix(word, &parser->statement->entry.prefix,
			    parser->problem);
}

/* The value of an option, if it takes one */
static int parse_option_value(struct parser *parser, const struct name *name,
			      struct option *option)
{
	if (!name->value)
		return 0;
	option->value = take(parser);
	if (!option->value)
		return missing_value(name, parser->words->end, parser->problem);
	if (!name->number)
		return 0;
	return parse_number(option->value, name, &option->number,
			    parser->problem);
}

/**
 * parse_options() - parse the options at the end of a statement or command
 * @words: its words
 * @next: index of the first option
 * @names: the options that there are; any order, each at most once
 * @take_option: called for each, values that are numbers have been checked
 * @data: for @take_option
 * @problem: set on errors
 *
 * Return: 0, or -EINVAL.
 */
int parse_options(const struct words *words, size_t next,
		  const struct names *names, option_taker take_option,
		  void *data, struct problem *problem)
{
	struct parser parser = {
		.words = words,
		.next = next,
		.problem = problem,
	};
	unsigned int seen = 0;

	while (parser.next < words->count) {
		struct option option = {
			.column = words->word[parser.next].column,
		};
		const struct name *name;
		int err;

		option.index = choose(&parser, "option", names);
		if (option.index < 0)
			return option.index;
		name = &names->list[option.index];
		if (seen & BIT(option.index))
			return set_problem(problem, option.column,
					   "duplicate option '%s': give it once",
					   name->text);
		seen |= BIT(option.index);
		err = parse_option_value(&parser, name, &option);
		if (!err)
			err = take_option(&option, data, problem);
		if (err)
			return err;
	}
	return 0;
}

static int take_entry_option(const struct option *option, void *data,
			     struct problem *problem)
{
	const struct name *name = &entry_options.list[option->index];
	struct statement *statement = data;
	struct entry *entry = &statement->entry;

	switch (option->index) {
	case ENTRY_OPTION_LABEL:
		statement->column[PART_LABEL] = option->value->column;
		return parse_name(option->value, name, entry->label, problem);
	case ENTRY_OPTION_PROVIDER:
		statement->column[PART_PROVIDER] = option->value->column;
		return parse_name(option->value, name, entry->provider, problem);
	case ENTRY_OPTION_OWNER:
		statement->column[PART_OWNER] = option->column;
		return parse_name(option->value, name, entry->owner, problem);
	case ENTRY_OPTION_TIMEOUT:
		statement->column[PART_TIMEOUT] = option->value->column;
		entry->timeout = option->number;
		return 0;
	default:
		statement->column[PART_MONITOR] = option->column;
		entry->flags |= OP25B_ENTRY_MONITOR;
		if (entry->table == OP25B_TABLE_DYNAMIC)
			return 0;
		return set_problem(problem, option->column,
				   "option monitor is for table dynamic only: remove it");
	}
}

static int parse_add(struct parser *parser)
{
	int err = parse_object(parser);

	if (err)
		return err;
	return parse_options(parser->words, parser->next, &entry_options,
			     take_entry_option, parser->statement,
			     parser->problem);
}

/* The next word, which can only be that one */
static int expect_word(struct parser *parser, const struct name *name)
{
	const struct word *word = take(parser);
	char shown[SHOWN_MAX];

	if (!word)
		return set_problem(parser->problem, parser->words->end,
				   "missing word: expected %s %s", name->text, name->value);
	if (strcmp(word->text, name->text))
		return set_problem(parser->problem, word->column,
				   "unexpected word '%s': expected %s %s",
				   show(shown, word), name->text, name->value);
	return 0;
}

/* provider NAME from FILE */
static int parse_include(struct parser *parser)
{
	const struct name *provider = &include_words.list[INCLUDE_PROVIDER];
	const struct word *word;
	int err = expect_word(parser, provider);

	if (err)
		return err;
	word = take(parser);
	if (!word)
		return missing_value(provider, parser->words->end, parser->problem);
	note_part(parser, PART_PROVIDER);
	err = parse_name(word, provider, parser->statement->entry.provider,
			 parser->problem);
	if (!err)
		err = expect_word(parser, &include_words.list[INCLUDE_FROM]);
	if (!err)
		err = parse_from(parser);
	return err ? err : expect_end(parser);
}

/**
 * parse_statement() - parse a statement
 * @words: its words
 * @statement: set to the statement; its @from points into the words
 * @problem: set on errors
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
	kind = choose(&parser, "statement", &statement_names);
	if (kind < 0)
		return kind;
	note_part(&parser, PART_VERB);
	statement->kind = kind;
	switch (kind) {
	case STATEMENT_SET:
		return parse_set(&parser);
	case STATEMENT_ADD:
		return parse_add(&parser);
	case STATEMENT_DEL:
		err = parse_object(&parser);
		return err ? err : expect_end(&parser);
	case STATEMENT_INCLUDE:
		return parse_include(&parser);
	default:
		err = parse_table(&parser);
		return err ? err : expect_end(&parser);
	}
}

/**
 * parse_list_line() - parse a line of a file of prefixes
 * @words: its words, at least one
 * @prefix: set to the prefix
 * @problem: set on errors
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
	if (words->word[1].text[0] == ';')
		return set_problem(problem, words->word[1].column,
				   "comments begin with #: convert the list with op25bctl import cidr");
	return set_problem(problem, words->word[1].column,
			   "unexpected word '%s': expected one prefix per line",
			   show(shown, &words->word[1]));
}

/* Back to text */

/**
 * format_prefix() - format a prefix
 * @prefix: the prefix
 * @text: set to ADDRESS/LENGTH
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

/* Whether split_line() would misread the word without quotes */
static bool needs_quotes(const char *word)
{
	if (!*word || *word == '#')
		return true;
	while (*word) {
		u32 code;
		unsigned int bytes = op25b_utf8_decode(word, &code);

		if (!bytes || op25b_is_control(code) ||
		    code == ' ' || code == '"' || code == '\\')
			return true;
		word += bytes;
	}
	return false;
}

/*
 * Prints a word such that split_line() reads it back. Control characters, which the
 * kernel does not accept, are printed as escapes that split_line() refuses.
 */
static void print_word(FILE *out, const char *word)
{
	bool quotes = needs_quotes(word);
	char character[ESCAPED_MAX];

	if (quotes)
		putc('"', out);
	while (*word) {
		if (*word == '"' || *word == '\\')
			putc('\\', out);
		fwrite(character, 1, escape_character(&word, character), out);
	}
	if (quotes)
		putc('"', out);
}

static void print_set(FILE *out, const struct statement *statement)
{
	const struct name *setting = &setting_names.list[statement->setting];

	fprintf(out, " %s ", setting->text);
	if (setting->choice)
		fputs(name_of(setting->choice, statement->value), out);
	else
		fprintf(out, "%u", statement->value);
}

static void print_include(FILE *out, const struct statement *statement)
{
	fprintf(out, " %s ", name_of(&include_words, INCLUDE_PROVIDER));
	print_word(out, statement->entry.provider);
	fprintf(out, " %s ", name_of(&include_words, INCLUDE_FROM));
	print_word(out, statement->from);
}

static void print_options(FILE *out, const struct entry *entry)
{
	const struct name *options = entry_options.list;

	if (*entry->label) {
		fprintf(out, " %s ", options[ENTRY_OPTION_LABEL].text);
		print_word(out, entry->label);
	}
	if (*entry->provider) {
		fprintf(out, " %s ", options[ENTRY_OPTION_PROVIDER].text);
		print_word(out, entry->provider);
	}
	if (*entry->owner) {
		fprintf(out, " %s ", options[ENTRY_OPTION_OWNER].text);
		print_word(out, entry->owner);
	}
	if (entry->timeout)
		fprintf(out, " %s %u", options[ENTRY_OPTION_TIMEOUT].text,
			entry->timeout);
	if (entry->flags & OP25B_ENTRY_MONITOR)
		fprintf(out, " %s", options[ENTRY_OPTION_MONITOR].text);
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

	fputs(name_of(&statement_names, statement->kind), out);
	if (statement->kind == STATEMENT_SET) {
		print_set(out, statement);
	} else if (statement->kind == STATEMENT_INCLUDE) {
		print_include(out, statement);
	} else {
		fprintf(out, " %s", name_of(&table_names, entry->table));
		if (statement->from) {
			fprintf(out, " %s ", name_of(&object_names, OBJECT_FROM));
			print_word(out, statement->from);
		} else if (statement->kind != STATEMENT_FLUSH) {
			fprintf(out, " %s", format_prefix(&entry->prefix, text));
		}
		print_options(out, entry);
	}
	putc('\n', out);
}
