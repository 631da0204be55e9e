/*
 * draft_place.c
 *		One column at one place: whether it may stand there, and as what.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "mapping/draft/draft.h"

/* Does the path end with this step? */
static bool
ends_with(const char *path, const char *step)
{
	int			len = strlen(path) - strlen(step);

	return len >= 0 && strcmp(path + len, step) == 0;
}

/* A unit says nothing without its value. */
static bool
lacks_value(Draft *draft, const char *path)
{
	char	   *value;

	if (!ends_with(path, ".unit"))
		return false;
	value = psprintf("%.*s.value", (int) (strlen(path) - strlen(".unit")), path);
	return draft_find(draft, value) == NULL;
}

/* Is a sure column of the concept there? */
static bool
has_concept(Draft *draft, const char *concept)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
		if (dictionary_is(((DraftColumn *) lfirst(lc))->concept, concept) &&
			draft_is_strong(draft, lfirst(lc), draft->resource))
			return true;
	return false;
}

/* A path without the labels of our tables. */
char *
draft_without_labels(const char *path)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *path != '\0'; path++)
	{
		if (*path == ':')
			path += strcspn(path, ".");
		if (*path == '\0')
			break;
		appendStringInfoChar(&buf, *path);
	}
	return buf.data;
}

/* Notes why a column did not get a place, unless a better reason is known. */
static void
refuse(DraftColumn *column, const char *reason)
{
	if (column->unused == NULL)
		column->unused = reason;
}

/*
 * A result that is text.  Beside a number of its own it is what there is when
 * the number is missing.  Alone, its numbers are a quantity when there are
 * units or limits, and all else is a string.  True when that is what the
 * column needs.
 */
static bool
fill_text_result(Draft *draft, DraftColumn *column)
{
	DraftNode  *quantity = draft_find(draft, "valueQuantity.value");
	char	   *string = draft_other_value(column);
	ListCell   *lc;

	if (draft_find(draft, "valueString") != NULL)
		return false;
	if (quantity != NULL)
	{
		foreach(lc, draft->uses)
		{
			DraftUse   *use = lfirst(lc);

			if (use->node == quantity)
				string = psprintf("CASE WHEN %s IS NULL THEN %s END", use->column->sql, draft_as_text(column));
		}
	}
	else if (has_concept(draft, "unit") || has_concept(draft, "lower limit"))
		draft_use(draft, column, "valueQuantity.value",
				  psprintf("{%s}", draft_value(draft, column, "valueQuantity.value", r4_type("decimal", 7))), column->why);
	else
		return false;
	draft_use(draft, column, "valueString", psprintf("{%s}", string), column->why);
	return true;
}

/* A time of the last change; rows that were never changed have that of their creation. */
static char *
last_change(Draft *draft, DraftColumn *column, char *value)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *created = lfirst(lc);

		if (column->not_null || !dictionary_is(created->concept, "time of creation") || created->type != column->type ||
			!draft_is_strong(draft, created, draft->resource))
			continue;
		value = psprintf("coalesce(%s, %s)", column->sql, created->sql);
		draft_use(draft, created, "meta.lastUpdated", psprintf("{%s}", value), psprintf("%s, where nothing was changed", created->why));
		created->placed = true;
		break;
	}
	return value;
}

/* The string for a column at a path; NULL, with the reason noted, for none. */
static char *
place_value(Draft *draft, DraftColumn *column, const char *path)
{
	R4Type		type;
	bool		repeats;
	char	   *value;

	if (ends_with(path, ".reference"))
	{
		value = draft_reference(draft, column);
		if (value == NULL)
			refuse(column, psprintf("%s; how the other makes its id is not known", column->why));
		return value;
	}
	if (column->concept != NULL && column->concept->sort == SORT_KEY &&
		(draft_is_surrogate(column) || (ends_with(path, ".display") && dictionary_has_word(column->words, "id"))))
	{
		refuse(column, psprintf("%s; a number that means nothing outside the database", column->why));
		return NULL;
	}
	type = draft_path_type(draft, path, &repeats);
	if ((draft_is_number(column) || column->type == BOOLOID) && r4_primitive(type) == R4_STRING &&
		strncmp(path, "valueString", 11) != 0 && strstr(path, "dentifier") == NULL)
	{
		/* a number for a word is a code; and a phone or a postal code has lost its zeros */
		refuse(column, psprintf("%s; a number is no text: its codes need a code map, see fhir_code_map", column->why));
		return NULL;
	}
	value = draft_value(draft, column, path, type);
	if (value == NULL)
	{
		refuse(column, psprintf("%s; type %s does not fit %s, or does not tell its form", column->why,
								format_type_be(column->declared), draft_without_labels(path)));
		if (draft_is_text(column) || draft_is_number(column))
			column->decide = column->looks == 0 ? "what its values look like; fhir_map_draft reads a few rows when it is told how many" :
				"how its values are read: those of the rows that were read are not of one form";
		return NULL;
	}
	if (strcmp(path, "meta.lastUpdated") == 0)
		value = last_change(draft, column, value);
	return psprintf("{%s}", value);
}

/* Gives a column a place, or notes why it cannot have it. */
bool
draft_fill_place(Draft *draft, DraftColumn *column, const char *path)
{
	char	   *value;

	if (dictionary_is(column->concept, "result") && draft_is_text(column) &&
		(strcmp(path, "valueQuantity.value") == 0 || draft_find(draft, "valueQuantity") != NULL))
		return strcmp(path, "valueQuantity.value") == 0 && fill_text_result(draft, column);
	if (!draft_is_free(draft, path))
	{
		refuse(column, psprintf("%s; %s is taken", column->why, draft_without_labels(path)));
		return false;
	}
	if (lacks_value(draft, path))
	{
		refuse(column, psprintf("%s; the value that it belongs to is missing", column->why));
		return false;
	}
	value = place_value(draft, column, path);
	if (value == NULL)
		return false;
	draft_use(draft, column, path, value, column->why);
	return true;
}

/*
 * The place of that number, from 0, which a concept has in a resource of the
 * type; NULL behind the last.
 */
char *
draft_place(const DictionaryConcept *concept, const char *resource, R4Type type, int number)
{
	int			len = strlen(resource);
	bool		own = false;

	/* first those of the resource, then, when it has none, the others */
	for (int pass = 0; pass < 2 && !own; pass++)
	{
		const char *list = concept->places;
		char	   *place;

		while ((place = dictionary_next(&list, ' ')) != NULL)
		{
			R4Child		child;
			bool		mine = strncmp(place, resource, len) == 0 && place[len] == '/';

			own = own || mine;
			if (pass == 0 ? mine : strchr(place, '/') == NULL && r4_child(type, place, strcspn(place, ".:"), &child))
				if (number-- == 0)
					return mine ? place + len + 1 : place;
		}
	}
	return NULL;
}
