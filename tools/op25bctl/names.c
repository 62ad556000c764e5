// SPDX-License-Identifier: GPL-2.0
/*
 * Names: every word with a fixed meaning, each written once.
 */
#include <linux/kernel.h>
#include <stdio.h>
#include <string.h>

#include "names.h"

static const struct name table_list[] = {
	[OP25B_TABLE_DYNAMIC] = { .text = "dynamic" },
	[OP25B_TABLE_FIXED] = { .text = "fixed" },
	[OP25B_TABLE_DIALUP] = { .text = "dialup" },
	[OP25B_TABLE_RELAY] = { .text = "relay" },
};

const struct names table_names = { table_list, ARRAY_SIZE(table_list) };

static const struct name mode_list[] = {
	[OP25B_MODE_OFF] = { .text = "off" },
	[OP25B_MODE_MONITOR] = { .text = "monitor" },
	[OP25B_MODE_ENFORCE] = { .text = "enforce" },
};

const struct names mode_names = { mode_list, ARRAY_SIZE(mode_list) };

static const struct name action_list[] = {
	[OP25B_ACTION_DROP] = { .text = "drop" },
	[OP25B_ACTION_RESET] = { .text = "reset" },
	[OP25B_ACTION_UNREACHABLE] = { .text = "unreachable" },
};

const struct names action_names = { action_list, ARRAY_SIZE(action_list) };

static const struct name switch_list[] = {
	[false] = { .text = "off" },
	[true] = { .text = "on" },
};

const struct names switch_names = { switch_list, ARRAY_SIZE(switch_list) };

static const struct name setting_list[] = {
	[OP25B_A_SETTINGS_MODE] = {
		.text = "mode", .value = "MODE", .choice = &mode_names,
		.standard = OP25B_MODE_ENFORCE,
		.help = "how much of the policy is in force",
	},
	[OP25B_A_SETTINGS_ACTION] = {
		.text = "action", .value = "ACTION", .choice = &action_names,
		.standard = OP25B_ACTION_DROP,
		.help = "what the sender of a blocked packet gets",
	},
	[OP25B_A_SETTINGS_RETURN] = {
		.text = "return", .value = "SWITCH", .choice = &switch_names,
		.standard = true,
		.help = "whether to block replies from port 25 as well",
	},
	[OP25B_A_SETTINGS_REPLY_RATE] = {
		.text = "reply-rate", .value = "N", .number = true,
		.max = OP25B_REPLY_RATE_MAX, .unit = " a second",
		.standard = 1000,
		.help = "most resets and unreachables sent",
	},
};

const struct names setting_names = { setting_list, ARRAY_SIZE(setting_list) };

static const struct name verdict_list[] = {
	[OP25B_VERDICT_PASS] = { .text = "pass" },
	[OP25B_VERDICT_BLOCK] = { .text = "block" },
	[OP25B_VERDICT_MONITOR] = { .text = "monitor" },
};

const struct names verdict_names = { verdict_list, ARRAY_SIZE(verdict_list) };

/* The names of the outcomes, by verdict */
static const struct name outcome_list[] = {
	[OP25B_VERDICT_PASS] = { .text = "passed" },
	[OP25B_VERDICT_BLOCK] = { .text = "blocked" },
	[OP25B_VERDICT_MONITOR] = { .text = "monitored" },
};

const struct names outcome_names = { outcome_list, ARRAY_SIZE(outcome_list) };

static const struct name reason_list[] = {
	[OP25B_REASON_NONE] = { .text = "none" },
	[OP25B_REASON_OFF] = { .text = "off" },
	[OP25B_REASON_RELAY] = { .text = "relay" },
	[OP25B_REASON_FIXED] = { .text = "fixed" },
	[OP25B_REASON_DIALUP] = { .text = "dialup" },
	[OP25B_REASON_OTHER] = { .text = "other" },
	[OP25B_REASON_DYNAMIC] = { .text = "dynamic" },
	[OP25B_REASON_RETURN] = { .text = "return" },
	[OP25B_REASON_MALFORMED] = { .text = "malformed" },
};

const struct names reason_names = { reason_list, ARRAY_SIZE(reason_list) };

static const struct name direction_list[] = {
	[OP25B_DIRECTION_OUTBOUND] = { .text = "outbound" },
	[OP25B_DIRECTION_RETURN] = { .text = "return" },
};

const struct names direction_names = { direction_list, ARRAY_SIZE(direction_list) };

static const struct name family_list[] = {
	[FAMILY_IPV4] = { .text = "ipv4" },
	[FAMILY_IPV6] = { .text = "ipv6" },
};

const struct names family_names = { family_list, ARRAY_SIZE(family_list) };

static const struct name statement_list[] = {
	[STATEMENT_SET] = { .text = "set" },
	[STATEMENT_ADD] = { .text = "add" },
	[STATEMENT_DEL] = { .text = "del" },
	[STATEMENT_FLUSH] = { .text = "flush" },
	[STATEMENT_INCLUDE] = { .text = "include" },
};

const struct names statement_names = { statement_list, ARRAY_SIZE(statement_list) };

static const struct name object_list[] = {
	[OBJECT_FROM] = {
		.text = "from", .value = "FILE",
		.help = "take the prefixes from a file, one per line",
	},
};

const struct names object_names = { object_list, ARRAY_SIZE(object_list) };

/* The word that a provider follows, wherever it stands */
#define PROVIDER_WORD \
	.text = "provider", .value = "PROVIDER", .min = 1, \
	.max = OP25B_NAME_MAX, .unit = " bytes"

static const struct name include_list[] = {
	[INCLUDE_PROVIDER] = {
		PROVIDER_WORD,
		.help = "the provider of each entry of the file",
	},
	[INCLUDE_FROM] = {
		.text = "from", .value = "FILE",
		.help = "a file of add statements",
	},
};

const struct names include_words = { include_list, ARRAY_SIZE(include_list) };

static const struct name entry_option_list[] = {
	[ENTRY_OPTION_LABEL] = {
		.text = "label", .value = "LABEL", .min = 1,
		.max = OP25B_NAME_MAX, .unit = " bytes",
		.help = "count packets by this label, UTF-8 text",
	},
	[ENTRY_OPTION_PROVIDER] = {
		PROVIDER_WORD,
		.help = "whose subscriber or relay it is, UTF-8 text",
	},
	[ENTRY_OPTION_OWNER] = {
		.text = "owner", .value = "OWNER", .min = 1,
		.max = OP25B_NAME_MAX, .unit = " bytes",
		.help = "who has the entry; for load --all only",
	},
	[ENTRY_OPTION_TIMEOUT] = {
		.text = "timeout", .value = "N", .number = true, .min = 1,
		.max = OP25B_TIMEOUT_MAX, .unit = " seconds",
		.help = "remove the entry after this time",
	},
	[ENTRY_OPTION_MONITOR] = {
		.text = "monitor",
		.help = "count what would be blocked, but pass it; table dynamic only",
	},
};

const struct names entry_options = { entry_option_list, ARRAY_SIZE(entry_option_list) };

static const struct name port_option_list[] = {
	[PORT_SOURCE] = {
		.text = "sport", .value = "N", .number = true,
		.max = 65535, .standard = 49152,
		.help = "source port",
	},
	[PORT_DESTINATION] = {
		.text = "dport", .value = "N", .number = true,
		.max = 65535, .standard = 25,
		.help = "destination port",
	},
};

const struct names port_options = { port_option_list, ARRAY_SIZE(port_option_list) };

static const struct name list_option_list[] = {
	[LIST_OWNER] = {
		.text = "owner", .value = "OWNER", .min = 1,
		.max = OP25B_NAME_MAX, .unit = " bytes",
		.help = "only the entries of this owner",
	},
	[LIST_PROVIDER] = {
		.text = "provider", .value = "PROVIDER", .min = 1,
		.max = OP25B_NAME_MAX, .unit = " bytes",
		.help = "only the entries of this provider",
	},
};

const struct names list_options = { list_option_list, ARRAY_SIZE(list_option_list) };

/* Options of load, check and diff */
#define PROVIDER_OPTION \
	.text = "--provider", .value = "PROVIDER", .min = 1, \
	.max = OP25B_NAME_MAX - sizeof("provider:") + 1, .unit = " bytes"
#define STRICT_OPTION	.text = "--strict"

static const struct name load_option_list[] = {
	[LOAD_ALL] = {
		.text = "--all", .brief = "-a",
		.help = "replace the entries of all owners, as printed by save --all",
	},
	[LOAD_CONFIRM] = {
		.text = "--confirm", .value = "SECONDS", .number = true, .min = 1,
		.max = OP25B_CONFIRM_MAX, .unit = " seconds",
		.help = "go back unless confirm comes in this time",
	},
	[LOAD_GUARD] = {
		.text = "--guard", .value = "PERCENT", .number = true, .max = 100,
		.help = "refuse to block more of the exempt space, or to lose more relays",
	},
	[LOAD_PROVIDER] = {
		PROVIDER_OPTION,
		.help = "load as owner provider:PROVIDER, all entries of it",
	},
	[LOAD_STRICT] = {
		STRICT_OPTION, .help = "apply nothing if there are warnings",
	},
};

const struct names load_options = { load_option_list, ARRAY_SIZE(load_option_list) };

static const struct name save_option_list[] = {
	[SAVE_ALL] = {
		.text = "--all", .brief = "-a",
		.help = "the entries of all owners, for load --all",
	},
};

const struct names save_options = { save_option_list, ARRAY_SIZE(save_option_list) };

static const struct name check_option_list[] = {
	[CHECK_ALL] = {
		.text = "--all", .brief = "-a",
		.help = "check a file for load --all",
	},
	[CHECK_PROVIDER] = {
		PROVIDER_OPTION,
		.help = "check a file for load --provider",
	},
	[CHECK_STRICT] = {
		STRICT_OPTION, .help = "exit with status 1 also if there are warnings",
	},
};

const struct names check_options = { check_option_list, ARRAY_SIZE(check_option_list) };

static const struct name diff_option_list[] = {
	[DIFF_ALL] = {
		.text = "--all", .brief = "-a",
		.help = "compare the entries of all owners, as load --all replaces them",
	},
	[DIFF_PROVIDER] = {
		PROVIDER_OPTION,
		.help = "compare with a file for load --provider",
	},
};

const struct names diff_options = { diff_option_list, ARRAY_SIZE(diff_option_list) };

static const struct name stats_option_list[] = {
	[STATS_OWNER] = {
		.text = "owner", .value = "OWNER", .min = 1,
		.max = OP25B_NAME_MAX, .unit = " bytes",
		.help = "only the counters of this owner",
	},
	[STATS_PROVIDER] = {
		PROVIDER_WORD,
		.help = "only the counters of this provider",
	},
	[STATS_RESET] = {
		.text = "reset", .help = "set all counters to zero",
	},
	[STATS_ALL] = {
		.text = "--all", .brief = "-a",
		.help = "also show labels, providers and owners that have counted nothing",
	},
};

const struct names stats_options = { stats_option_list, ARRAY_SIZE(stats_option_list) };

static const struct name import_list[] = {
	[IMPORT_IPSET] = { .text = "ipset", .help = "what ipset save prints" },
	[IMPORT_NFT] = { .text = "nft", .help = "what nft -j list set prints" },
	[IMPORT_CIDR] = {
		.text = "cidr",
		.help = "prefixes and ranges, one per line; # or ; starts a comment",
	},
};

const struct names import_formats = { import_list, ARRAY_SIZE(import_list) };

static const struct name export_list[] = {
	[EXPORT_NFT] = { .text = "nft", .help = "a rule set of nftables that blocks the same" },
	[EXPORT_RBLDNSD] = {
		.text = "rbldnsd",
		.help = "dynamic ranges less exempt ones, as a DNS zone for mail servers",
	},
	[EXPORT_BIRD] = {
		.text = "bird", .help = "static routes, with a community for each table",
	},
	[EXPORT_CIDR] = {
		.text = "cidr", .value = "TABLE",
		.help = "the prefixes of a table, one per line",
	},
};

const struct names export_formats = { export_list, ARRAY_SIZE(export_list) };

static const struct name export_option_list[] = {
	[EXPORT_AS] = {
		.text = "--as", .value = "N", .number = true, .min = 1,
		.max = U32_MAX, .standard = 64512,
		.help = "AS number in the communities of bird",
	},
};

const struct names export_options = { export_option_list, ARRAY_SIZE(export_option_list) };

static const struct name when_list[] = {
	[WHEN_AUTO] = { .text = "auto" },
	[WHEN_ALWAYS] = { .text = "always" },
	[WHEN_NEVER] = { .text = "never" },
};

const struct names when_names = { when_list, ARRAY_SIZE(when_list) };

/**
 * find_name() - look up a word
 * @names: the table
 * @text: the word
 *
 * Return: its number, or -1.
 */
int find_name(const struct names *names, const char *text)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		const struct name *name = &names->list[i];

		if (name->text && !strcmp(name->text, text))
			return i;
		if (name->brief && !strcmp(name->brief, text))
			return i;
	}
	return -1;
}

/**
 * name_of() - the word for a number from outside
 * @names: the table
 * @number: the number
 *
 * Return: the word, or "unknown".
 */
const char *name_of(const struct names *names, size_t number)
{
	if (number >= names->count || !names->list[number].text)
		return "unknown";
	return names->list[number].text;
}

/**
 * join_names() - list the names of a table
 * @text: set to "drop, reset or unreachable"
 * @size: bytes of @text
 * @names: the table
 * @separator: between two names, ", "
 * @last: before the last one, " or "
 *
 * Return: @text.
 */
const char *join_names(char *text, size_t size, const struct names *names,
		       const char *separator, const char *last)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < names->count && used < size; i++) {
		const char *glue = i == names->count - 1 ? last : separator;

		if (!names->list[i].text)
			continue;
		used += snprintf(text + used, size - used, "%s%s",
				 used ? glue : "", names->list[i].text);
	}
	return text;
}
