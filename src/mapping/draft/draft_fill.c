/*
 * draft_fill.c
 *		Putting columns into the places of a resource.
 *
 * In this order: the id, the places of concepts, elements that are called like
 * a column, and in a Basic resource an extension for each column that is left.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "mapping/draft/draft.h"

/* A name as part of a URL: nothing but letters, digits and what is harmless. */
char *
draft_url_part(const char *name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *name != '\0'; name++)
	{
		if (isalnum((unsigned char) *name) || IS_HIGHBIT_SET(*name) || strchr("-_.~", *name))
			appendStringInfoChar(&buf, *name);
		else
			appendStringInfo(&buf, "%%%02X", (unsigned char) *name);
	}
	return buf.data;
}

/* Writes a string at a path and notes that it uses the column. */
void
draft_use(Draft *draft, DraftColumn *column, const char *path, const char *value, const char *reason)
{
	DraftUse   *use = palloc0(sizeof(DraftUse));

	use->column = column;
	use->path = path;
	use->node = draft_find(draft, path);
	if (use->node == NULL || use->node->value == NULL)
		use->node = draft_set(draft, path, value);
	use->expression = value;
	use->reason = reason;
	draft->uses = lappend(draft->uses, use);
}

/*
 * A key that is one number or uuid is no more than that, whatever its name is
 * made of: dx_id is no diagnosis.  Unless it is a number that people use.
 */
static void
forget_surrogate(Draft *draft, List *key)
{
	DraftColumn *column = linitial(key);

	if (list_length(key) == 1 && !draft->key_is_guessed && column->concept > CONCEPT_LAST_KEY &&
		(draft_is_number(column) || column->type == UUIDOID))
	{
		column->concept = CONCEPT_NONE;
		column->why = NULL;
	}
}

/* The resource's id, from its key. */
static void
fill_id(Draft *draft)
{
	List	   *key = draft_key(draft);
	char	   *id;
	ListCell   *lc;

	if (key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("relation \"%s\" has no column that an id could be made of", draft->table),
				 errhint("Map a view that has one.")));
	id = draft_id(draft, key);
	forget_surrogate(draft, key);
	foreach(lc, key)
		draft_use(draft, lfirst(lc), "id", id,
				  draft->key_is_guessed ? "id: looks like a key, but nothing makes it unique" : "id: unique key");
}

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

/* Is a column of the concept there? */
static bool
has_concept(Draft *draft, DraftConcept concept)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
		if (((DraftColumn *) lfirst(lc))->concept == concept)
			return true;
	return false;
}

/* A path without the labels of our tables. */
static char *
without_labels(const char *path)
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
 * A result that is text: numbers of it are a quantity when there are units or
 * limits, all else is a string.  True when that is what the column needs.
 */
static bool
fill_text_result(Draft *draft, DraftColumn *column)
{
	char	   *number = draft_value(draft, column, "valueQuantity.value", r4_type("decimal", 7));
	char	   *string = draft_other_value(column);

	if (column->concept != CONCEPT_VALUE || string == NULL || draft_find(draft, "valueQuantity") != NULL ||
		!(has_concept(draft, CONCEPT_UNIT) || has_concept(draft, CONCEPT_RANGE_LOW)))
		return false;
	draft_use(draft, column, "valueQuantity.value", psprintf("{%s}", number), column->why);
	draft_use(draft, column, "valueString", psprintf("{%s}", string), column->why);
	return true;
}

/* The string for a column at a path; NULL, with the reason noted, for none. */
static char *
place_value(Draft *draft, DraftColumn *column, const char *path)
{
	bool		repeats;
	char	   *value;

	if (ends_with(path, ".reference"))
	{
		value = draft_reference(draft, column, true);
		if (value == NULL)
			refuse(column, psprintf("%s; how the other makes its id is not known", column->why));
		return value;
	}
	value = draft_value(draft, column, path, draft_path_type(draft, path, &repeats));
	if (value == NULL)
		refuse(column, psprintf("%s; type %s does not fit %s", column->why,
								format_type_be(column->declared), without_labels(path)));
	return value ? psprintf("{%s}", value) : NULL;
}

/* Gives a column a place, or notes why it cannot have it. */
static bool
fill_place(Draft *draft, DraftColumn *column, const char *path)
{
	char	   *value;

	if (strcmp(path, "valueQuantity.value") == 0 && draft_is_text(column))
		return fill_text_result(draft, column);
	if (!draft_is_free(draft, path))
	{
		refuse(column, psprintf("%s; %s is taken", column->why, without_labels(path)));
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
 * Gives a reference to the first column of the concept of which it is known,
 * not only assumed, how the other resource makes its id.
 */
static void
fill_reference(Draft *draft, const DraftPlace *place)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);
		char	   *value;

		if (column->concept != place->concept || column->placed || !draft_is_free(draft, place->path))
			continue;
		value = draft_reference(draft, column, false);
		if (value == NULL)
			continue;
		draft_use(draft, column, place->path, value, column->why);
		column->placed = true;
	}
}

/* Gives the columns the places of their concepts. */
static void
fill_places(Draft *draft)
{
	for (const DraftPlace *place = draft_places; place->path != NULL; place++)
	{
		ListCell   *lc;

		if (place->resource != NULL && strcmp(place->resource, draft->resource) != 0)
			continue;
		if (ends_with(place->path, ".reference"))
			fill_reference(draft, place);
		foreach(lc, draft->columns)
		{
			DraftColumn *column = lfirst(lc);

			if (column->concept == place->concept && !column->placed)
				column->placed = fill_place(draft, column, place->path);
		}
	}
}

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
static void
fill_by_element_name(Draft *draft)
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
			column->placed = fill_place(draft, column, name);
		}
	}
}

/* The choice of Extension.value[x] for a column's type; NULL: it has none. */
static const char *
extension_value(const DraftColumn *column)
{
	switch (column->type)
	{
		case BOOLOID:
			return "valueBoolean";
		case INT2OID:
		case INT4OID:
			return "valueInteger";
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return "valueDecimal";
		case DATEOID:
			return "valueDate";
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return "valueDateTime";
		case TIMEOID:
			return "valueTime";
		case BYTEAOID:
			return "valueBase64Binary";
		default:
			return "valueString";
	}
}

/* A Basic resource shows each column as an extension: it means nothing yet. */
static void
fill_extensions(Draft *draft)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);
		char	   *label = psprintf("extension:%d", column->number);

		if (column->placed)
			continue;
		column->concept = CONCEPT_NONE;
		column->why = "unknown: an extension of its own";
		column->unused = NULL;
		column->placed = fill_place(draft, column, psprintf("%s.%s", label, extension_value(column)));
		if (column->placed)
			draft_set(draft, psprintf("%s.url", label),
					  psprintf("https://hospital.example/fhir/StructureDefinition/%s", draft_url_part(column->name)));
	}
}

/* Why a column has no place, when nothing better is known. */
static void
explain_unused(Draft *draft)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (column->concept == CONCEPT_STATUS || column->concept == CONCEPT_SEVERITY)
			column->unused = psprintf("%s; its codes need a code map, see fhir_code_map", column->why);
		else if (column->unused == NULL && column->why != NULL)
			column->unused = psprintf("%s; %s has no place for it", column->why, draft->resource);
		else if (column->unused == NULL)
			column->unused = "its name says nothing that is known";
	}
}

/* Fills the whole template of a draft that was begun. */
void
draft_fill(Draft *draft)
{
	fill_id(draft);
	fill_places(draft);
	fill_by_element_name(draft);
	if (strcmp(draft->resource, "Basic") == 0)
		fill_extensions(draft);
	draft_fill_constants(draft);
	draft_fill_absent(draft);
	explain_unused(draft);
}
