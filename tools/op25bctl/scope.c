// SPDX-License-Identifier: GPL-2.0
/*
 * The options that say whose entries a file has.
 */
#include <stdio.h>
#include <string.h>

#include "netlink.h"
#include "output.h"
#include "scope.h"

/**
 * read_scope() - read the options that say whose entries a file has
 * @args: the command line
 * @scope: set to it; the acting owner is set as well
 *
 * Return: STATUS_DONE, or STATUS_ERROR after printing an error.
 */
enum status read_scope(const struct args *args, struct scope *scope)
{
	static char owner[OP25B_NAME_MAX + sizeof("provider:")];
	static char provider[OP25B_NAME_MAX + 1];
	const struct name *all = find_in(args->command->options, "--all");
	const struct name *of_provider = find_in(args->command->options, "--provider");
	const char *value = option_value(args, of_provider);
	struct problem problem;

	scope->all = option_value(args, all);
	scope->provider = NULL;
	if (scope->all && value)
		return fail("%s and %s exclude each other", all->text, of_provider->text);
	if ((scope->all || value) && strcmp(acting_owner(), OP25B_OPERATOR))
		return fail("--owner and %s exclude each other",
			    value ? of_provider->text : all->text);
	if (!value)
		return STATUS_DONE;
	if (option_text(of_provider, value, provider, &problem))
		return fail("%s", problem.text);
	scope->provider = provider;
	snprintf(owner, sizeof(owner), "provider:%s", provider);
	use_owner(owner);
	return STATUS_DONE;
}

/**
 * is_whole() - whether a file is supposed to be all of the policy
 * @scope: whose entries it has
 */
bool is_whole(const struct scope *scope)
{
	return scope->all || !strcmp(acting_owner(), OP25B_OPERATOR);
}
