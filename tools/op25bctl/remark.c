// SPDX-License-Identifier: GPL-2.0
/*
 * Remarks: errors and warnings about a file, kept until all of it has been read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "remark.h"

/**
 * find_remark() - count an error or a warning
 * @remarks: the others
 * @kind: what it is about
 *
 * Return: whether it is to be added.
 */
bool find_remark(struct remarks *remarks, enum remark_kind kind)
{
	return ++remarks->found[kind] <= remarks->limit || !remarks->limit;
}

/**
 * remarks_found() - count errors or warnings, those that are not kept as well
 * @remarks: the remarks
 *
 * Return: their number.
 */
size_t remarks_found(const struct remarks *remarks)
{
	size_t i, found = 0;

	for (i = 0; i < REMARK_KINDS; i++)
		found += remarks->found[i];
	return found;
}

/**
 * add_remark() - keep an error or a warning
 * @remarks: the others
 * @order: see &struct remark
 * @place: where it is
 * @text: message without its place, copied
 *
 * Return: 0 or -ENOMEM.
 */
int add_remark(struct remarks *remarks, u32 order, const struct place *place,
	       const char *text)
{
	struct remark remark = { order, remarks->count, *place, strdup(text) };
	struct remark *list = grow(remarks->list, remarks->count, &remarks->room,
				   sizeof(*list));

	if (list)
		remarks->list = list;
	if (!list || !remark.text) {
		free(remark.text);
		return -ENOMEM;
	}
	list[remarks->count++] = remark;
	return 0;
}

static int compare_remarks(const void *left, const void *right)
{
	const struct remark *a = left, *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/**
 * sort_remarks() - bring remarks into their order
 * @remarks: the remarks
 */
void sort_remarks(struct remarks *remarks)
{
	if (remarks->count)
		qsort(remarks->list, remarks->count, sizeof(*remarks->list),
		      compare_remarks);
}

/**
 * print_remarks() - print remarks
 * @remarks: the remarks
 * @print: prints one
 */
void print_remarks(const struct remarks *remarks, remark_printer print)
{
	size_t i;

	for (i = 0; i < remarks->count && !out_failed(); i++)
		print(&remarks->list[i].place, remarks->list[i].text);
}

/**
 * out_remark() - print a remark as JSON, for print_remarks()
 * @place: where it is
 * @text: message without its place
 */
void out_remark(const struct place *place, const char *text)
{
	out_object(NULL);
	out_string("file", NULL, place->file);
	out_number("line", NULL, place->line);
	out_number("column", NULL, place->column);
	out_string("message", NULL, text);
	out_close();
}

/**
 * print_error() - print an error, for print_remarks()
 * @place: where it is
 * @text: message without its place
 */
void print_error(const struct place *place, const char *text)
{
	fail_at(place, text);
}

/**
 * free_remarks() - free remarks
 * @remarks: the remarks
 */
void free_remarks(struct remarks *remarks)
{
	size_t i;

	for (i = 0; i < remarks->count; i++)
		free(remarks->list[i].text);
	free(remarks->list);
}
