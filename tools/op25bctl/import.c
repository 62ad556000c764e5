// SPDX-License-Identifier: GPL-2.0
/*
 * Other programs' files as statements: what the readers of all formats share.
 */
#include <string.h>

#include "escape.h"
#include "import.h"

/* Bytes that a name may take in an error message, with the zero byte */
#define SHOWN_MAX	80

/* A comment becomes a label: the same range */
const struct name import_comment = {
	.text = "comment", .value = "COMMENT", .min = 1, .max = OP25B_NAME_MAX,
};

static struct place place_at(const struct place *line, size_t column)
{
	struct place place = *line;

	if (column)
		place.column = column;
	return place;
}

/**
 * import_problem() - report an error: nothing will be imported
 * @import: the import
 * @place: of the line, or of the element
 * @problem: the error; a column in it replaces that of @place
 *
 * Return: 0 to go on, or what the callback returned.
 */
int import_problem(struct import *import, const struct place *place,
		   const struct problem *problem)
{
	struct place at = place_at(place, problem->column);

	return import->visitor.problem(&import->visitor, &at, problem->text);
}

/**
 * import_warning() - report what is left out without changing a verdict
 * @import: the import
 * @place: as for import_problem()
 * @problem: what is left out
 */
void import_warning(struct import *import, const struct place *place,
		    const struct problem *problem)
{
	struct place at = place_at(place, problem->column);

	import->warning(import, &at, problem->text);
}

/**
 * import_set() - note that a set begins
 * @import: the import
 * @place: where
 * @name: its name
 */
void import_set(struct import *import, const struct place *place, const char *name)
{
	struct problem problem;
	char shown[SHOWN_MAX];

	if (!import->sets++)
		return;
	set_problem(&problem, 0, "set '%s' goes to table %s as well",
		    escape(shown, sizeof(shown), name),
		    name_of(&table_names, import->table));
	import_warning(import, place, &problem);
}

/**
 * import_counters() - say once that counters are left out
 * @import: the import
 * @place: where the first ones are
 */
void import_counters(struct import *import, const struct place *place)
{
	struct problem problem;

	if (import->counters)
		return;
	import->counters = true;
	set_problem(&problem, 0, "packet and byte counts are left out");
	import_warning(import, place, &problem);
}

/* The label of an element: its comment, if that can be one */
static void take_comment(struct import *import, const struct place *place,
			 const struct word *comment, char label[OP25B_NAME_MAX + 1])
{
	struct problem problem, warning;

	if (!comment || !comment->length)
		return;
	if (!parse_name(comment, &import_comment, label, &problem))
		return;
	set_problem(&warning, problem.column, "%s; the entry gets no label", problem.text);
	import_warning(import, place, &warning);
}

/**
 * import_element() - write the statements of an element
 * @import: the import
 * @place: of its line, or of itself
 * @element: the element
 */
void import_element(struct import *import, const struct place *place,
		    const struct element *element)
{
	struct statement statement = {
		.kind = STATEMENT_ADD,
		.entry.table = import->table,
		.entry.timeout = element->timeout,
	};
	struct range rest = element->range;

	take_comment(import, place, element->comment, statement.entry.label);
	while (next_prefix(&rest, &statement.entry.prefix))
		print_statement(import->out, &statement);
	import->entries++;
}
