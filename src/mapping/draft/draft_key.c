/*
 * draft_key.c
 *		Ids of a drafted resource.
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
 * from 1.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/rel.h"

#include "mapping/draft/draft.h"

/* The column of a draft by number, or NULL. */
DraftColumn *
draft_column(Draft *draft, AttrNumber number)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
		if (((DraftColumn *) lfirst(lc))->number == number)
			return lfirst(lc);
	return NULL;
}

/* The columns of an index if rows are known by them, else NIL. */
static List *
index_key(Draft *draft, Oid indexid)
{
	Relation	index = index_open(indexid, AccessShareLock);
	Form_pg_index form = index->rd_index;
	List	   *key = NIL;

	if (form->indisunique && form->indimmediate && form->indisvalid &&
		RelationGetIndexPredicate(index) == NIL && RelationGetIndexExpressions(index) == NIL)
	{
		for (int i = 0; i < form->indnkeyatts; i++)
		{
			DraftColumn *column = draft_column(draft, form->indkey.values[i]);

			if (column == NULL || !column->not_null)
			{
				key = NIL;
				break;
			}
			key = lappend(key, column);
		}
	}
	index_close(index, NoLock);
	return key;
}

/* The primary key, else the first other key; NIL when there is none. */
static List *
declared_key(Draft *draft)
{
	Relation	relation = relation_open(draft->relation, AccessShareLock);
	List	   *indexes = RelationGetIndexList(relation);
	Oid			primary = relation->rd_pkindex;
	List	   *key = OidIsValid(primary) ? index_key(draft, primary) : NIL;
	ListCell   *lc;

	foreach(lc, indexes)
		if (key == NIL)
			key = index_key(draft, lfirst_oid(lc));
	relation_close(relation, NoLock);
	return key;
}

/* Does the concept of a column take part in a key of several columns? */
static bool
is_key_part(const DraftColumn *column)
{
	switch (column->concept)
	{
		case CONCEPT_PATIENT:
		case CONCEPT_ENCOUNTER:
		case CONCEPT_SPECIMEN:
		case CONCEPT_REPORT:
		case CONCEPT_ORDER:
		case CONCEPT_SEQUENCE:
		case CONCEPT_START:
		case CONCEPT_WHEN:
		case CONCEPT_ICD:
		case CONCEPT_LOINC:
		case CONCEPT_CODE:
		case CONCEPT_DRUG_CODE:
		case CONCEPT_VACCINE_CODE:
			return true;
		default:
			return false;
	}
}

/* The column that is the number of the resource itself, or NULL. */
static DraftColumn *
own_number(Draft *draft)
{
	static const DraftConcept persons[] = {CONCEPT_NATIONAL_ID, CONCEPT_SSN, CONCEPT_PASSPORT};
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);
		const char *resource = draft_concept_resource(column->concept);

		if (resource != NULL && strcmp(resource, draft->resource) == 0 &&
			!draft_is_reference(column, draft->resource))
			return column;
	}
	foreach(lc, draft->columns)
		if (((DraftColumn *) lfirst(lc))->concept == CONCEPT_ID)
			return lfirst(lc);
	for (int i = 0; i < lengthof(persons) && strcmp(draft->resource, "Patient") == 0; i++)
		foreach(lc, draft->columns)
			if (((DraftColumn *) lfirst(lc))->concept == persons[i])
				return lfirst(lc);
	return NULL;
}

/* Can a value of the column be part of a key at all? */
bool
draft_can_be_key(const DraftColumn *column)
{
	return draft_is_text(column) || draft_is_number(column) || draft_is_time(column) ||
		column->type == UUIDOID || column->type == BOOLOID;
}

/* What looks like a key: the resource's number, or parts that may be one. */
static List *
natural_key(Draft *draft)
{
	DraftColumn *number = own_number(draft);
	List	   *key = NIL;
	ListCell   *lc;

	if (number != NULL && draft_can_be_key(number))
		return list_make1(number);
	foreach(lc, draft->columns)
		if (is_key_part(lfirst(lc)) && draft_can_be_key(lfirst(lc)))
			key = lappend(key, lfirst(lc));
	if (key != NIL)
		return key;
	foreach(lc, draft->columns)
		if (draft_can_be_key(lfirst(lc)))
			key = lappend(key, lfirst(lc));
	return key;
}

/*
 * The columns that a resource's id is made of.  Sets draft->key_is_guessed when nothing guarantees that they are unique.  NIL for
 * a relation that has none.
 */
List *
draft_key(Draft *draft)
{
	List	   *key = declared_key(draft);

	draft->key_is_guessed = key == NIL;
	return key != NIL ? key : natural_key(draft);
}

/* The kind of an id: see the head of this file. */
char *
draft_id_kind(const char *resource, const char *table)
{
	for (DraftConcept concept = CONCEPT_LAST_TIME + 1; concept <= CONCEPT_LAST_KEY; concept ++)
		if (strcmp(draft_concept_resource(concept), resource) == 0)
			return asc_tolower(resource, strlen(resource));
	return pstrdup(table);
}

/*
 * A placeholder for the id of a resource whose key has these values here.
 * values are the columns that hold them.
 */
char *
draft_id_placeholder(Draft *draft, const char *kind, List *values)
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

/* The resource's own id as a string of the template; key is not empty. */
char *
draft_id(Draft *draft, List *key)
{
	return draft_id_placeholder(draft, draft_id_kind(draft->resource, draft->table), key);
}
