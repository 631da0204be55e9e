/*
 * draft_fill.c
 *		Putting columns into the places of a resource.
 *
 * In this order: the id, the status, the places of sure concepts, and what
 * stands beside them.  What is left is told with the reason: columns that mean
 * nothing known are never exported.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "mapping/draft/draft.h"

/*
 * A key that is one number or uuid is no more than that, whatever its name is
 * made of: dx_id is no diagnosis.  Unless it is a number that people use.
 */
static void
forget_surrogate(Draft *draft)
{
	DraftColumn *column = linitial(draft->key);

	if (list_length(draft->key) == 1 && !draft->key_is_guessed && column->concept != NULL &&
		column->concept->sort == SORT_VALUE && (draft_is_number(column) || column->type == UUIDOID))
	{
		column->concept = NULL;
		column->why = NULL;
	}
}

/* The resource's id, from its key. */
static void
fill_id(Draft *draft)
{
	char	   *id;
	ListCell   *lc;

	draft->key = draft_key(draft);
	if (draft->key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("relation \"%s\" has no column that an id could be made of", draft->table),
				 errhint("Map a view that has one.")));
	id = draft_id(draft, draft_id_kind(draft->resource, draft->table), draft->key);
	forget_surrogate(draft);
	foreach(lc, draft->key)
		draft_use(draft, lfirst(lc), "id", id,
				  draft->key_is_guessed ? "id: looks like a key, but nothing makes it unique" : "id: unique key");
}

/* Rows that are marked as void are no resources. */
static void
fill_condition(Draft *draft)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (!(dictionary_is(column->concept, "voided") || dictionary_is(column->concept, "time of deletion")) ||
			draft->condition != NULL || !draft_is_strong(draft, column, draft->resource))
			continue;
		if (draft_is_time(column))
			draft->condition = psprintf("%s IS NULL", column->sql);
		else if (column->type == BOOLOID)
			draft->condition = psprintf("%s IS NOT TRUE", column->sql);
		else if (draft_is_number(column))
			draft->condition = psprintf("coalesce(%s, 0) = 0", column->sql);
		else
			draft->condition = psprintf("? which rows are not void: %s", column->sql);
		column->unused = psprintf("%s; rows that are void are left out by the $if", column->why);
		if (draft->condition[0] == '?')
			column->decide = "write the condition of the rows that are good into the root's $if";
	}
}

/*
 * How near a column is to a place of its concept: its name says nothing else,
 * says other words that change nothing, or only its foreign key says it.  A
 * number is nearer to a quantity.
 */
static int
nearness(const DraftColumn *column, const char *path)
{
	int			near = column->left[0] == '\0' ? 0 : column->left[strspn(column->left, "_")] == '\0' ? 2 : 1;

	return near + (draft_is_number(column) && strcmp(path, "valueQuantity.value") == 0 ? 4 : 0);
}

/* Gives a place to the nearest columns of its concept that fit it. */
static void
fill_one_place(Draft *draft, const DictionaryConcept *concept, const char *path)
{
	for (int near = 6; near >= 0; near--)
	{
		ListCell   *lc;

		foreach(lc, draft->columns)
		{
			DraftColumn *column = lfirst(lc);

			if (column->concept == concept && !column->placed && nearness(column, path) == near &&
				draft_is_strong(draft, column, draft->resource))
				column->placed = draft_fill_place(draft, column, path);
		}
	}
}

/* Gives the columns the places of their concepts. */
static void
fill_places(Draft *draft)
{
	for (const DictionaryConcept *concept = dictionary_concepts; concept->name != NULL; concept++)
	{
		char	   *path;

		for (int i = 0; (path = draft_place(concept, draft->resource, draft->root->type, i)) != NULL; i++)
			fill_one_place(draft, concept, path);
	}
}

/* Fills the whole template of a draft that was begun with a resource. */
void
draft_fill(Draft *draft)
{
	fill_id(draft);
	fill_condition(draft);
	draft_fill_status(draft);
	fill_places(draft);
	draft_fill_constants(draft);
	draft_fill_absent(draft);
	draft_explain_unused(draft);
}
