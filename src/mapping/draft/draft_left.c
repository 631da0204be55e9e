/*
 * draft_left.c
 *		What becomes of columns whose concept got no place.
 *
 * They are not exported; why, and what the author may decide, is noted.
 */
#include "postgres.h"

#include "mapping/draft/draft.h"

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
		else if (dictionary_is(column->concept, "status") || dictionary_is(column->concept, "severity"))
			column->unused = psprintf("%s; its codes need a code map, see fhir_code_map", column->why);
		else
			column->unused = psprintf("%s; %s has no place for it", column->why, draft->resource);
	}
}
