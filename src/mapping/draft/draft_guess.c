/*
 * draft_guess.c
 *		What a relation is about: its columns' concepts and its resource.
 *
 * A foreign key says more than a name: a column that starts one means what the
 * relation is that it refers to.  How that relation is guessed follows no
 * foreign keys in turn.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "ident/ident.h"
#include "mapping/draft/draft.h"

/* A resource with a lower score is not believed. */
#define LEAST_SCORE 6

/* What the dictionary says about a column. */
static void
guess_concept(DraftColumn *column)
{
	char	   *words = draft_split_name(column->name);
	const char *why = NULL;
	bool		time = draft_is_time(column) ||
		(draft_says_time(words) && (draft_is_text(column) || draft_is_number(column)));

	column->concept = draft_concept(words, time, &why);
	if (column->concept == CONCEPT_ID && !draft_has_only_word(words, why))
	{
		/* the id of something else */
		column->concept = CONCEPT_NONE;
		why = NULL;
	}
	if (why != NULL)
		column->why = psprintf("%s: \"%s\" in the name", draft_concept_names[column->concept],
							   pg_any_to_server(why, strlen(why), PG_UTF8));
	else if (draft_is_time(column))
	{
		column->concept = CONCEPT_WHEN;
		column->why = psprintf("%s: by its type", draft_concept_names[CONCEPT_WHEN]);
	}
	if (column->type == TIMEOID)
	{
		column->concept = CONCEPT_NONE;
		column->unused = "a time of day: add it to its date, as in {(day + hour) AT TIME ZONE 'Asia/Taipei'}";
	}
}

/* The relation's columns. */
static void
load_columns(Draft *draft, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		DraftColumn *column;

		if (attribute->attisdropped)
			continue;
		column = palloc0(sizeof(DraftColumn));
		column->number = attribute->attnum;
		column->name = pstrdup(NameStr(attribute->attname));
		column->sql = quote_identifier(column->name);
		column->declared = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->type = getBaseTypeAndTypmod(attribute->atttypid, &column->typmod);
		column->not_null = base_column_is_not_null(desc, i);
		guess_concept(column);
		draft->columns = lappend(draft->columns, column);
	}
}

/* The resource of a relation that a key refers to; NULL when nobody knows. */
static const char *
target_resource(Draft *draft, Oid target)
{
	Draft	   *other;
	ListCell   *lc;

	foreach(lc, draft->mappings)
		if (((DraftMapping *) lfirst(lc))->relation == target)
			return ((DraftMapping *) lfirst(lc))->resource;
	other = draft_begin(draft->function, target, NULL, draft->mappings, false);
	return other->score >= LEAST_SCORE ? other->resource : NULL;
}

/* The key concept that refers to a resource, or none. */
static DraftConcept
concept_of_resource(const char *resource)
{
	for (DraftConcept concept = CONCEPT_LAST_TIME + 1; concept <= CONCEPT_LAST_KEY; concept ++)
		if (strcmp(draft_concept_resource(concept), resource) == 0)
	return concept;
	return CONCEPT_NONE;
}

/* Does a foreign key refer to rows by values that are not their own? */
static bool
has_period(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	result = base_constraint_has_period((Form_pg_constraint) GETSTRUCT(tuple));
	ReleaseSysCache(tuple);
	return result;
}

/* Gives the columns that start a foreign key the concept of its target. */
static void
follow_foreign_keys(Draft *draft, Relation relation)
{
	ListCell   *lc;

	foreach(lc, copyObject(RelationGetFKeyList(relation)))
	{
		ForeignKeyCacheInfo *key = lfirst(lc);
		DraftColumn *column = draft_column(draft, key->conkey[0]);
		const char *resource = target_resource(draft, key->confrelid);
		DraftConcept concept = resource ? concept_of_resource(resource) : CONCEPT_NONE;

		if (concept == CONCEPT_NONE || column->foreign != NULL || key->confrelid == draft->relation ||
			has_period(key->conoid))
			continue;
		column->foreign = palloc0(sizeof(DraftForeignKey));
		column->foreign->target = key->confrelid;
		column->foreign->nkeys = key->nkeys;
		column->foreign->columns = key->conkey;
		column->foreign->keys = key->confkey;
		column->concept = concept;
		column->why = psprintf("%s: foreign key to %s", draft_concept_names[concept],
							   base_relation_name(key->confrelid));
	}
}

/*
 * Is the column called like the resource itself?  "patient" is a reference in
 * another table, where "patient_no" may be the table's own key.
 */
bool
draft_is_reference(const DraftColumn *column, const char *resource)
{
	const char *key = draft_concept_resource(column->concept);

	return key != NULL && strcmp(key, resource) == 0 &&
		draft_has_only_word(draft_split_name(column->name),
							"patient person encounter visit provider practitioner doctor organization payer "
							"location specimen report order");
}

/* How much a column's concept speaks for a resource. */
static int
concept_score(DraftConcept concept, const char *resource)
{
	int			score = 0;

	for (const DraftPlace *place = draft_places; place->path != NULL; place++)
		if (place->concept == concept && place->resource != NULL && strcmp(place->resource, resource) == 0)
			score = Max(score, place->weight);
	return score;
}

/* What speaks for a resource, and against it: the table's name, and each concept once. */
static int
resource_score(Draft *draft, const char *resource)
{
	int			score = draft_word_score(draft->words, resource);
	bool		seen[CONCEPT_NOTE + 1] = {false};
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (draft_is_reference(column, resource))
			score -= 5;
		else if (!seen[column->concept])
			score += concept_score(column->concept, resource);
		seen[column->concept] = true;
	}
	return score;
}

/* Chooses the resource; the last of the list for what looks like none. */
static void
guess_resource(Draft *draft)
{
	const char *const *resource;

	for (resource = draft_resources; *resource != NULL; resource++)
	{
		int			score = resource_score(draft, *resource);

		if (score > draft->score)
		{
			draft->score = score;
			draft->resource = *resource;
		}
	}
	if (draft->score < LEAST_SCORE)
		draft->resource = resource[-1];
}

/* An error unless the resource is one that can be drafted. */
static const char *
check_resource(const char *resource)
{
	StringInfoData list;

	initStringInfo(&list);
	for (const char *const *known = draft_resources; *known != NULL; known++)
	{
		if (strcmp(*known, resource) == 0)
			return *known;
		appendStringInfo(&list, "%s%s", known == draft_resources ? "" : ", ", *known);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 r4_is_resource(r4_type(resource, strlen(resource))) ?
				 errmsg("resource type \"%s\" cannot be drafted", resource) :
				 errmsg("\"%s\" is no resource type of FHIR R4", resource),
			 errhint("Drafts are known for %s.", list.data)));
}

/* May the caller call fhir_id? */
static bool
may_call_id(Oid function)
{
	return object_aclcheck(ProcedureRelationId, ident_id_function(function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
}

/*
 * Reads a relation from the catalog and guesses what its columns mean, and
 * its resource when none is given.  mappings is from draft_load_mappings.
 */
Draft *
draft_begin(Oid function, Oid relid, const char *resource, List *mappings, bool follow_keys)
{
	Draft	   *draft = palloc0(sizeof(Draft));
	Relation	relation = relation_open(relid, AccessShareLock);

	draft->function = function;
	draft->relation = relid;
	draft->mappings = mappings;
	draft->table = pstrdup(RelationGetRelationName(relation));
	draft->words = draft_split_name(draft->table);
	draft->may_call_id = may_call_id(function);
	load_columns(draft, RelationGetDescr(relation));
	if (follow_keys)
		follow_foreign_keys(draft, relation);
	relation_close(relation, NoLock);
	if (resource != NULL)
		draft->resource = check_resource(resource);
	else
		guess_resource(draft);
	draft->root = palloc0(sizeof(DraftNode));
	draft->root->type = r4_type(draft->resource, strlen(draft->resource));
	return draft;
}

/*
 * What is registered already, as DraftMapping: mappings of relations in the
 * same schema first.
 */
List *
draft_load_mappings(Oid function, Oid relation)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(get_rel_namespace(relation))};
	List	   *mappings = NIL;
	char	   *sql;

	sql = psprintf("SELECT m.relation::pg_catalog.oid, pg_catalog.json_object_field_text(m.template, 'resourceType'),"
				   " pg_catalog.json_object_field_text(m.template, 'id')"
				   " FROM %s.fhir_mapping m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation"
				   " ORDER BY c.relnamespace OPERATOR(pg_catalog.<>) $1, m.relation, m.name",
				   quote_identifier(get_namespace_name(base_extension_schema(function))));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(sql, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the mapping catalog");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		MemoryContext old = MemoryContextSwitchTo(context);
		DraftMapping *mapping = palloc0(sizeof(DraftMapping));
		char	   *text;

		mapping->relation = DatumGetObjectId(SPI_getbinval(tuple, desc, 1, &isnull));
		text = SPI_getvalue(tuple, desc, 2);
		mapping->resource = text ? pstrdup(text) : "";
		text = SPI_getvalue(tuple, desc, 3);
		mapping->id = text ? pstrdup(text) : NULL;
		mappings = lappend(mappings, mapping);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return mappings;
}
