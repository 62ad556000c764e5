// SPDX-License-Identifier: GPL-2.0
/*
 * A policy as a rule set of nftables.
 *
 * nftables has no most specific prefix: an address that is in two elements of a set is an
 * error. So the address space is walked once, and each range of addresses on which the
 * same entries decide goes to the sets that the rules ask for. A relay with a provider
 * needs two sets: its addresses, and the subscribers of that provider.
 */
#include <errno.h>
#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "export.h"
#include "intern.h"

/* Sets of each family */
enum nft_set {
	SET_EXEMPT,
	SET_DYNAMIC,
	SET_MONITORED,
	SET_RELAY,
	SETS
};

static const char *const set_names[SETS] = {
	[SET_EXEMPT] = "exempt",
	[SET_DYNAMIC] = "dynamic",
	[SET_MONITORED] = "monitored",
	[SET_RELAY] = "relay",
};

static const struct {
	const char *address;
	const char *type;
	char digit;
} words[FAMILIES] = {
	[FAMILY_IPV4] = { "ip", "ipv4_addr", '4' },
	[FAMILY_IPV6] = { "ip6", "ipv6_addr", '6' },
};

/**
 * struct nft_provider - the sets of a provider that has relays
 * @relays: addresses of its relays
 * @subscribers: addresses of its subscribers
 */
struct nft_provider {
	struct ranges relays[FAMILIES];
	struct ranges subscribers[FAMILIES];
};

/**
 * struct nft - a rule set
 * @export: the policy
 * @sets: addresses, by &enum nft_set and family
 * @providers: their sets, by number
 * @err: 0 or -ENOMEM
 */
struct nft {
	const struct export *export;
	struct ranges sets[SETS][FAMILIES];
	struct nft_provider *providers;
	int err;
};

/* The names of the providers that have relays, numbered */
static struct pool names;

/* The number of a relay's provider, or a negative error number */
static int intern_provider(const struct record *record)
{
	const char *provider = record_names(record)->provider;

	return intern(&names, provider, strlen(provider) + 1);
}

/* Gives each provider that has relays its sets; returns 0 or -ENOMEM */
static int find_providers(struct nft *nft)
{
	int family, number;
	size_t i;

	for (family = 0; family < FAMILIES; family++) {
		const struct records *relays =
			&nft->export->policy.records[SPACE_RELAYS][family];

		for (i = 0; i < relays->count; i++) {
			if (!*record_names(&relays->list[i])->provider)
				continue;
			number = intern_provider(&relays->list[i]);
			if (number < 0)
				return number;
		}
	}
	nft->providers = calloc(names.count + 1, sizeof(*nft->providers));
	return nft->providers ? 0 : -ENOMEM;
}

static struct nft_provider *provider_of(struct nft *nft, const struct record *record)
{
	const char *provider = record_names(record)->provider;
	size_t i;

	for (i = 0; *provider && i < names.count; i++)
		if (!strcmp(names.list[i], provider))
			return &nft->providers[i];
	return NULL;
}

static enum nft_set set_of(const struct record *record)
{
	if (record->table != OP25B_TABLE_DYNAMIC)
		return SET_EXEMPT;
	return record->flags & OP25B_ENTRY_MONITOR ? SET_MONITORED : SET_DYNAMIC;
}

static void add_segment(const struct segment *segment, void *data)
{
	const struct record *subscriber = segment->entry[SPACE_SUBSCRIBERS];
	const struct record *relay = segment->entry[SPACE_RELAYS];
	enum family_index family = segment->family;
	struct nft_provider *provider;
	struct nft *nft = data;
	int err = 0;

	if (subscriber) {
		provider = provider_of(nft, subscriber);
		err = add_range(&nft->sets[set_of(subscriber)][family], segment);
		if (!err && provider)
			err = add_range(&provider->subscribers[family], segment);
	}
	if (relay && !err) {
		provider = provider_of(nft, relay);
		err = add_range(provider ? &provider->relays[family] :
					   &nft->sets[SET_RELAY][family], segment);
	}
	nft->err = nft->err ?: err;
}

/* Sets */

static void print_set(const struct ranges *ranges, enum family_index family,
		      const char *name, size_t number)
{
	char first[PREFIX_TEXT_MAX], last[PREFIX_TEXT_MAX];
	size_t i;

	if (!ranges->count)
		return;
	printf("\tset %s%c", name, words[family].digit);
	if (number)
		printf("_p%zu", number);
	printf(" {\n\t\ttype %s\n\t\tflags interval\n\t\telements = {\n",
	       words[family].type);
	for (i = 0; i < ranges->count; i++) {
		format_address(&ranges->list[i].first, family, first);
		format_address(&ranges->list[i].last, family, last);
		printf("\t\t\t%s", first);
		if (strcmp(first, last))
			printf("-%s", last);
		printf("%s\n", i + 1 < ranges->count ? "," : "");
	}
	printf("\t\t}\n\t}\n");
}

static void print_sets(const struct nft *nft)
{
	enum family_index family;
	size_t i;

	for (family = 0; family < FAMILIES; family++) {
		for (i = 0; i < SETS; i++)
			print_set(&nft->sets[i][family], family, set_names[i], 0);
		for (i = 0; i < names.count; i++) {
			const struct nft_provider *provider = &nft->providers[i];

			if (!provider->relays[family].count ||
			    !provider->subscribers[family].count)
				continue;
			print_set(&provider->relays[family], family, "relay", i + 1);
			print_set(&provider->subscribers[family], family, "subscribers",
				  i + 1);
		}
	}
}

/* Rules */

static bool monitors(const struct nft *nft)
{
	return nft->export->policy.settings[OP25B_A_SETTINGS_MODE] == OP25B_MODE_MONITOR;
}

/* A rule for addresses of a set, if there are any */
static void print_rule(const struct nft *nft, enum nft_set set, const char *side,
		       const char *then)
{
	enum family_index family;

	for (family = 0; family < FAMILIES; family++)
		if (nft->sets[set][family].count)
			printf("\t\t%s %s @%s%c %s\n", words[family].address, side,
			       set_names[set], words[family].digit, then);
}

/* What relays and those that they serve send each other */
static void print_served(const struct nft *nft, const char *relay, const char *subscriber)
{
	enum family_index family;
	size_t i;

	print_rule(nft, SET_RELAY, relay, "accept");
	for (family = 0; family < FAMILIES; family++) {
		const char *address = words[family].address;
		char digit = words[family].digit;

		for (i = 0; i < names.count; i++)
			if (nft->providers[i].relays[family].count &&
			    nft->providers[i].subscribers[family].count)
				printf("\t\t%s %s @relay%c_p%zu %s %s @subscribers%c_p%zu accept\n",
				       address, relay, digit, i + 1, address, subscriber,
				       digit, i + 1);
	}
}

/* What is to be blocked gets the action, at most reply-rate times a second */
static void print_block(const struct nft *nft)
{
	const u32 *settings = nft->export->policy.settings;
	u32 rate = settings[OP25B_A_SETTINGS_REPLY_RATE];
	static const char *const replies[] = {
		[OP25B_ACTION_RESET] = "reject with tcp reset",
		[OP25B_ACTION_UNREACHABLE] = "reject with icmpx admin-prohibited",
	};
	u32 action = settings[OP25B_A_SETTINGS_ACTION];

	printf("\tchain block {\n");
	if (monitors(nft)) {
		printf("\t\tcounter accept\n");
	} else {
		printf("\t\tcounter\n");
		if (action != OP25B_ACTION_DROP && rate)
			printf("\t\tlimit rate %u/second burst %u packets %s\n", rate, rate,
			       replies[action]);
		printf("\t\tdrop\n");
	}
	printf("\t}\n");
}

static void print_chains(const struct nft *nft)
{
	bool back = nft->export->policy.settings[OP25B_A_SETTINGS_RETURN];

	print_block(nft);
	printf("\tchain outbound {\n");
	print_served(nft, "daddr", "saddr");
	print_rule(nft, SET_EXEMPT, "saddr", "accept");
	print_rule(nft, SET_DYNAMIC, "saddr", "goto block");
	print_rule(nft, SET_MONITORED, "saddr", "counter accept");
	printf("\t}\n");
	if (back) {
		printf("\tchain return_path {\n");
		print_served(nft, "saddr", "daddr");
		print_rule(nft, SET_DYNAMIC, "daddr", "goto block");
		print_rule(nft, SET_MONITORED, "daddr", "counter accept");
		printf("\t}\n");
	}
	/* nftables of Linux 6.1 takes the data of later fragments for ports */
	printf("\tchain forward {\n"
	       "\t\ttype filter hook forward priority filter - 1; policy accept;\n"
	       "\t\tip frag-off & 0x1fff != 0 accept\n"
	       "\t\tfrag frag-off != 0 accept\n"
	       "\t\ttcp dport 25 jump outbound\n");
	if (back)
		printf("\t\ttcp sport 25 jump return_path\n");
	printf("\t}\n");
}

static void print_comments(const struct nft *nft)
{
	size_t i;

	print_head(nft->export, "nft -f");
	printf("#\n"
	       "# nftables cannot say the following; where the verdict differs, the packet passes:\n"
	       "# - IPv4 fragments and IPv6 header chains that hide the ports: op25b blocks them.\n"
	       "# - TCP behind an authentication header (AH): op25b reads its ports.\n"
	       "# - Counters by label and provider: here are two for all.\n"
	       "# nftables may block TCP that is cut off before its ports, which op25b passes.\n");
	for (i = 0; i < names.count; i++) {
		printf("# p%zu is provider ", i + 1);
		print_escaped(stdout, names.list[i]);
		printf("\n");
	}
	printf("\n");
}

static void print_nft(const struct nft *nft)
{
	print_comments(nft);
	/* for the case that there is none; the whole file is one transaction */
	printf("table inet op25b\n"
	       "delete table inet op25b\n");
	if (nft->export->policy.settings[OP25B_A_SETTINGS_MODE] == OP25B_MODE_OFF) {
		printf("# mode off\n");
		return;
	}
	printf("table inet op25b {\n");
	print_sets(nft);
	print_chains(nft);
	printf("}\n");
}

static void free_nft(struct nft *nft)
{
	int family;
	size_t i;

	for (family = 0; family < FAMILIES; family++) {
		for (i = 0; i < SETS; i++)
			free(nft->sets[i][family].list);
		for (i = 0; nft->providers && i < names.count; i++) {
			free(nft->providers[i].relays[family].list);
			free(nft->providers[i].subscribers[family].list);
		}
	}
	free(nft->providers);
}

/**
 * export_nft() - print a policy as a rule set of nftables
 * @export: the policy
 *
 * Return: 0 or -ENOMEM.
 */
int export_nft(const struct export *export)
{
	struct nft nft = { .export = export };
	enum family_index family;
	int err = find_providers(&nft);

	for (family = 0; family < FAMILIES && !err; family++) {
		const struct records *const records[SPACES] = {
			&export->policy.records[SPACE_SUBSCRIBERS][family],
			&export->policy.records[SPACE_RELAYS][family],
		};

		walk_space(family, records, SPACES, add_segment, &nft);
		err = nft.err;
	}
	if (!err)
		print_nft(&nft);
	free_nft(&nft);
	return err;
}
