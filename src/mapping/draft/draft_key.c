/*
 * draft_key.c
 *		Ids and references of a drafted resource.
 *
 * An id is made of the primary key, else of another unique key without NULLs,
 * else of the columns that look like a natural key.  A key that is one uuid is
 * the id as it is: FHIR takes it, and nobody guesses it.  Other keys go through
 * fhir_id, or md5_uuid for a caller who may not call that.
 *
 * A reference must be made by the same call as its target's id.  So that
 * relations without foreign keys meet as well, the kind of a resource that is
 * referred to by its number (patient, encounter, ...) is its type's name; other
 * kinds are the table's name, since two tables of observations may both count
 * from 1.  What is mapped already is referred to as it was mapped.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "mapping/draft/draft.h"

/* Can a value of the column be part of a key at all? */
bool
draft_can_be_key(const DraftColumn *column)
{
	return draft_is_text(column) || draft_is_number(column) || draft_is_time(column) ||
		column->type == UUIDOID || column->type == BOOLOID;
}

/* A number or uuid that nobody but the database uses, as far as its name says. */
bool
draft_is_surrogate(const DraftColumn *column)
{
	return column->type == UUIDOID ||
		(draft_is_number(column) && !dictionary_has_word(column->words, "no chart mrn mr license 號 病歷"));
}

/* Is the column a sure number of the resource, and not called like a reference to one? */
static bool
is_own_number(Draft *draft, const DraftColumn *column)
{
	const DictionaryConcept *concept = column->concept;

	return concept != NULL && concept->resource != NULL && strcmp(concept->resource, draft->resource) == 0 &&
		draft_can_be_key(column) && draft_is_strong(draft, column, draft->resource);
}

/* Is the column's name that of the table with "id", or "id" alone? */
static bool
is_row_id(Draft *draft, const DraftColumn *column)
{
	const char *id = strstr(column->words, "_id_");

	return id != NULL && id[4] == '\0' && draft_can_be_key(column) &&
		strncmp(column->words, draft->words, id + 1 - column->words) == 0;
}

/* Of several numbers of the resource the first that a person would use. */
static DraftColumn *
own_number(Draft *draft)
{
	DraftColumn *number = NULL;
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (is_own_number(draft, column) && (number == NULL || (draft_is_surrogate(number) && !draft_is_surrogate(column))))
			number = column;
	}
	foreach(lc, draft->columns)
		if (number == NULL && (is_row_id(draft, lfirst(lc)) || dictionary_is(((DraftColumn *) lfirst(lc))->concept, "id")))
			number = lfirst(lc);
	return number;
}

/* What looks like a key: the resource's number, or parts that may be one; NIL: nothing does. */
static List *
natural_key(Draft *draft)
{
	static const char *const parts[] = {
		"patient",
		"encounter",
		"specimen",
		"report",
		"order",
		"sequence number",
		"arrival",
		"start",
		"time of collection",
		"time",
		"ICD code",
		"LOINC code",
		"code",
		"drug code",
		"vaccine code",
	};
	DraftColumn *number = own_number(draft);
	List	   *key = NIL;
	ListCell   *lc;

	if (number != NULL)
		return list_make1(number);
	foreach(lc, draft->columns)
		for (int i = 0; i < lengthof(parts); i++)
			if (dictionary_is(((DraftColumn *) lfirst(lc))->concept, parts[i]) && draft_can_be_key(lfirst(lc)) &&
				draft_is_strong(draft, lfirst(lc), draft->resource))
				key = lappend(key, lfirst(lc));
	return key;
}

/*
 * Is a declared key one of something else, while the resource's own number
 * stands beside it?  A row of a visit that has the patient's name is drafted
 * as a patient with the patient's number.
 */
static DraftColumn *
number_beside(Draft *draft, List *key)
{
	DraftColumn *column = linitial(key);
	DraftColumn *number = own_number(draft);

	if (list_length(key) > 1 || column->concept == NULL || column->concept->resource == NULL ||
		number == NULL || number->concept == NULL || number->concept->resource == NULL ||
		strcmp(column->concept->resource, draft->resource) == 0)
		return NULL;
	return number;
}

/*
 * The columns that a resource's id is made of.  Sets draft->key_is_guessed
 * when nothing guarantees that they are unique.  NIL for a relation that has
 * none.
 */
List *
draft_key(Draft *draft)
{
	List	   *key = draft->declared;
	DraftColumn *number = key != NIL ? number_beside(draft, key) : NULL;

	draft->key_is_other = number != NULL;
	draft->key_is_guessed = key == NIL || number != NULL;
	return number != NULL ? list_make1(number) : key != NIL ? key : natural_key(draft);
}

/* The kind of an id: see the head of this file. */
char *
draft_id_kind(const char *resource, const char *table)
{
	for (const DictionaryConcept *concept = dictionary_concepts; concept->name != NULL; concept++)
		if (concept->resource != NULL && strcmp(concept->resource, resource) == 0)
			return asc_tolower(resource, strlen(resource));
	return pstrdup(table);
}

/*
 * The id of a resource whose key has these values here, with its braces.
 * values are the columns that hold them.
 */
char *
draft_id(Draft *draft, const char *kind, List *values)
{
	StringInfoData buf;
	bool		several = list_length(values) > 1;
	ListCell   *lc;

	initStringInfo(&buf);
	if (!several && ((DraftColumn *) linitial(values))->type == UUIDOID)
		return psprintf("{%s}", ((DraftColumn *) linitial(values))->sql);
	if (draft->may_call_id)
		appendStringInfo(&buf, "{fhir_id(%s", quote_literal_cstr(kind));
	else
		appendStringInfo(&buf, "{md5_uuid(%s", quote_literal_cstr(psprintf("%s|", kind)));
	foreach(lc, values)
	{
		DraftColumn *column = lfirst(lc);
		bool		optional = several && !column->not_null;

		if (draft->may_call_id)
			appendStringInfo(&buf, ", %s", draft_key_value(column, optional));
		else
			appendStringInfo(&buf, "%s || %s", lc == list_head(values) ? "" : " || '|'",
							 draft_key_text(column, optional));
	}
	appendStringInfoString(&buf, ")}");
	return buf.data;
}

/* Is the column of the target that its id is made of the one that a column here holds? */
static bool
is_same_number(Oid target, const char *name, const DraftColumn *column)
{
	AttrNumber	number = get_attnum(target, name);
	const DictionaryConcept *concept;
	char	   *why;
	char	   *left;
	char		ours;
	char		theirs;
	bool		preferred;

	if (number == InvalidAttrNumber)
		return false;
	if (column->foreign != NULL)
		return column->foreign->nkeys == 1 && column->foreign->key == number;
	get_type_category_preferred(column->type, &ours, &preferred);
	get_type_category_preferred(getBaseType(get_atttype(target, number)), &theirs, &preferred);
	concept = dictionary_read_name(dictionary_split_name(name), false, &why, &left);
	return ours == theirs &&
		(concept == column->concept ||
		 ((concept == NULL || dictionary_is(concept, "id")) && get_attnum(target, column->name) == InvalidAttrNumber));
}

/*
 * A reference to what a mapping makes, when its id is fhir_id('kind', column)
 * or a column itself; NULL for ids of other forms: how they are made
 * is not ours to repeat.
 */
static char *
reference_to_mapping(Draft *draft, DraftColumn *column, DraftMapping *mapping)
{
	static const char call[] = "{fhir_id('";
	const char *id = mapping->id;
	const char *end;
	const char *kind = NULL;
	char	   *name;

	if (id == NULL || strlen(id) < 3 || id[0] != '{' || id[strlen(id) - 1] != '}')
		return NULL;
	end = id + strlen(id);
	if (strncmp(id, call, strlen(call)) == 0)
	{
		const char *close = strstr(id + strlen(call), "', ");

		if (close == NULL || strcmp(end - 2, ")}") != 0)
			return NULL;
		kind = pnstrdup(id + strlen(call), close - id - strlen(call));
		id = close + 2;
		end--;
	}
	id += 1;
	if (strncmp(id, "this.", 5) == 0)
		id += 5;
	name = pnstrdup(id, end - 1 - id);
	if (name[0] == '"' && name[strlen(name) - 1] == '"')
		name = pnstrdup(name + 1, strlen(name) - 2);
	if (!is_same_number(mapping->relation, name, column) || (kind != NULL && !draft->may_call_id))
		return NULL;
	return kind != NULL ? draft_id(draft, kind, list_make1(column)) : psprintf("{%s}", column->sql);
}

/* Is the column's foreign key one to what the target's draft would make its id of? */
static bool
meets_draft(Draft *draft, const DraftColumn *column, const char *resource)
{
	Draft	   *target = draft_begin(draft->function, column->foreign->target, resource, NIL, -1);
	List	   *key = draft_key(target);

	return column->foreign->nkeys == 1 && list_length(key) == 1 &&
		((DraftColumn *) linitial(key))->number == column->foreign->key;
}

/*
 * The reference of a column that is a key of another resource, as a string of
 * the template.  NULL when it is not known how the other makes its ids.
 * Patients, practitioners and encounters that no mapping makes yet are taken to
 * be known by their number.
 */
char *
draft_reference(Draft *draft, DraftColumn *column)
{
	const char *resource = column->concept->resource;
	const char *mapped = NULL;
	char	   *id = NULL;
	ListCell   *lc;

	if (!draft_can_be_key(column))
		return NULL;
	foreach(lc, draft->mappings)
	{
		DraftMapping *mapping = lfirst(lc);

		if (id != NULL || mapping->relation == draft->relation || strcmp(mapping->resource, resource) != 0 ||
			(column->foreign != NULL && column->foreign->target != mapping->relation))
			continue;
		mapped = get_rel_name(mapping->relation);
		id = reference_to_mapping(draft, column, mapping);
	}
	if (id != NULL)
		column->why = psprintf("%s; id as in the mapping of %s", column->why, mapped);
	else if (mapped != NULL)
		column->why = psprintf("%s; the mapping of %s makes its id in another way", column->why, mapped);
	else if (column->foreign != NULL ? meets_draft(draft, column, resource) :
			 strcmp(resource, "Patient") == 0 || strcmp(resource, "Practitioner") == 0 || strcmp(resource, "Encounter") == 0)
	{
		id = draft_id(draft, draft_id_kind(resource, column->foreign != NULL ? get_rel_name(column->foreign->target) : ""),
					  list_make1(column));
		column->why = psprintf("%s; taken as the key of %s", column->why, resource);
	}
	return id ? psprintf("%s/%s", resource, id) : NULL;
}
