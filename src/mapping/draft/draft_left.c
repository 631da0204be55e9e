/*
 * draft_left.c
 *		What becomes of columns whose concept got no place.
 *
 * Those that are called like an element of the resource go there.  The others
 * are not exported; why, and what the author may decide, is noted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "mapping/draft/draft.h"

/* Is a name an element's, but for capitals and what separates words? */
static bool
same_name(const char *name, const char *element)
{
	for (; *name != '\0'; name++)
	{
		if (*name == '_' || *name == ' ')
			continue;
		if (pg_tolower(*name) != pg_tolower(*element))
			return false;
		element++;
	}
	return *element == '\0';
}

/*
 * Columns that are called like an element of the resource: those which hold
 * one plain value.  Not codes: what they may be is not known here.
 */
void
draft_fill_by_element_name(Draft *draft)
{
	int			count = r4_child_count(draft->root->type);
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		for (int i = 0; i < count && !column->placed && column->type != TIMEOID; i++)
		{
			R4Child		child;
			const char *name = r4_child_name(draft->root->type, i, &child);

			if (child.choice || child.repeats || !same_name(column->name, name) ||
				r4_primitive(child.type) == R4_NOT_PRIMITIVE || r4_primitive(child.type) == R4_CODE ||
				strcmp(name, "id") == 0)
				continue;
			column->why = psprintf("called like %s.%s", draft->resource, name);
			column->placed = draft_fill_place(draft, column, name);
		}
	}
}

/* Tells what a doubtful column would be, so that the author may decide. */
static void
suggest_place(Draft *draft, DraftColumn *column)
{
	char	   *path = column->concept->places != NULL ? draft_place(column->concept, draft->resource, draft->root->type, 0) : NULL;

	column->unused = psprintf("%s, but other words beside it may change what it means", column->why);
	if (path != NULL)
		column->decide = psprintf("whether it is the %s; then it belongs at %s.%s", column->concept->name,
								  draft->resource, draft_without_labels(path));
}

/* Why a column has no place, when nothing better is known. */
void
draft_explain_unused(Draft *draft)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (column->placed || column->unused != NULL)
			continue;
		if (column->concept == NULL || column->why == NULL)
			column->unused = "its name says nothing that is known";
		else if (!draft_is_strong(draft, column, draft->resource))
			suggest_place(draft, column);
		else if (draft_is(column->concept, "status") || draft_is(column->concept, "severity"))
			column->unused = psprintf("%s; its codes need a code map, see fhir_code_map", column->why);
		else
			column->unused = psprintf("%s; %s has no place for it", column->why, draft->resource);
	}
}
