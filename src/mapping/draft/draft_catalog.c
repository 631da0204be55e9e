/*
 * draft_catalog.c
 *		What the catalog says of a relation: columns, foreign keys, mappings.
 *
 * A column that starts a foreign key and whose name says nothing else means
 * what the relation is that it refers to.  How that relation is guessed follows
 * no foreign keys in turn.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "ident/ident.h"
#include "mapping/draft/draft.h"

/* What the dictionary says about a column. */
static void
guess_concept(DraftColumn *column)
{
	char	   *why = NULL;
	char	   *left = "";
	bool		time = draft_is_time(column) ||
		(dictionary_says_time(column->words) && (draft_is_text(column) || draft_is_number(column)));

	column->concept = dictionary_read_name(column->words, time, &why, &left);
	if (dictionary_is(column->concept, "id") && left[strspn(left, "_")] != '\0')
		column->concept = NULL; /* the id of something else */
	if (column->concept == NULL && draft_is_time(column))
	{
		column->concept = dictionary_concept("time");
		left = pstrdup(column->words);
		why = NULL;
	}
	column->left = left;
	if (column->concept != NULL)
		column->why = why == NULL ? psprintf("%s: by its type", column->concept->name) :
			psprintf("%s: \"%s\" in the name", column->concept->name, pg_any_to_server(why, strlen(why), PG_UTF8));
	if (column->type == TIMEOID)
	{
		column->concept = NULL;
		column->unused = "a time of day: add it to its date, as in {day + hour}";
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
		column->words = dictionary_split_name(column->name);
		column->declared = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->type = getBaseTypeAndTypmod(attribute->atttypid, &column->typmod);
		column->not_null = base_column_is_not_null(desc, i);
		guess_concept(column);
		draft->columns = lappend(draft->columns, column);
	}
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
declared_key(Draft *draft, Relation relation)
{
	List	   *indexes = RelationGetIndexList(relation);
	Oid			primary = relation->rd_pkindex;
	List	   *key = OidIsValid(primary) ? index_key(draft, primary) : NIL;
	ListCell   *lc;

	foreach(lc, indexes)
		if (key == NIL)
			key = index_key(draft, lfirst_oid(lc));
	return key;
}

/* Does a name begin with the word of another? */
static bool
same_start(const DraftColumn *a, const DraftColumn *b)
{
	return strncmp(a->words, b->words, strcspn(b->words + 1, "_") + 2) == 0;
}

/*
 * The word that more than half of at least four columns begin with, or "".
 * Only one can: the one that is left when each meets one of the others.
 */
static char *
common_prefix(Draft *draft)
{
	DraftColumn *candidate = NULL;
	int			votes = 0;
	int			count = 0;
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		if (votes == 0)
			candidate = lfirst(lc);
		votes += same_start(lfirst(lc), candidate) ? 1 : -1;
	}
	foreach(lc, draft->columns)
		count += same_start(lfirst(lc), candidate);
	return count >= 4 && count * 2 > list_length(draft->columns) ?
		pnstrdup(candidate->words + 1, strcspn(candidate->words + 1, "_")) : "";
}

/* The resource of a relation that a key refers to; NULL when nobody knows. */
static const char *
target_resource(Draft *draft, Oid target)
{
	ListCell   *lc;

	foreach(lc, draft->mappings)
		if (((DraftMapping *) lfirst(lc))->relation == target)
			return ((DraftMapping *) lfirst(lc))->resource;
	return draft_begin(draft->function, target, NULL, draft->mappings, -1)->resource;
}

/* The concept of the numbers of a resource, the last of them: it has no role; NULL for none. */
static const DictionaryConcept *
key_of_resource(const char *resource)
{
	const DictionaryConcept *found = NULL;

	for (const DictionaryConcept *concept = dictionary_concepts; concept->name != NULL; concept++)
		if (concept->resource != NULL && strcmp(concept->resource, resource) == 0)
			found = concept;
	return found;
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

/*
 * Notes the foreign keys with the columns that start them.  Such a column
 * means what its target is, unless its own name says what it is: a patient_id
 * is one whatever other keys refer to.  A name that says neither leaves the
 * role open: a creator is a person, but not the one who did it.
 */
static void
follow_foreign_keys(Draft *draft, Relation relation)
{
	ListCell   *lc;

	foreach(lc, copyObject(RelationGetFKeyList(relation)))
	{
		ForeignKeyCacheInfo *key = lfirst(lc);
		DraftColumn *column = draft_column(draft, key->conkey[0]);
		const char *resource;
		const DictionaryConcept *concept;

		if (column->foreign != NULL || key->confrelid == draft->relation || has_period(key->conoid))
			continue;
		column->foreign = palloc0(sizeof(DraftForeignKey));
		column->foreign->target = key->confrelid;
		column->foreign->nkeys = key->nkeys;
		column->foreign->key = key->confkey[0];
		if (column->concept != NULL && column->concept->sort == SORT_KEY && draft_is_strong(draft, column, NULL))
			continue;
		resource = target_resource(draft, key->confrelid);
		concept = resource != NULL ? key_of_resource(resource) : NULL;
		if (concept != NULL)
		{
			const char *const lists[] = {concept->words, concept->with, DICTIONARY_KEY_WORDS, draft_find_resource(resource)->words,
										 dictionary_as_list(dictionary_split_name(get_rel_name(key->confrelid)))};

			column->concept = concept;
			column->left = dictionary_is_explained(column->words, lists, lengthof(lists)) ? "" : column->words;
			column->why = psprintf("%s: foreign key to %s", concept->name,
								   base_relation_name(key->confrelid));
		}
	}
}

/* May the caller call fhir_id? */
static bool
may_call_id(Oid function)
{
	return object_aclcheck(ProcedureRelationId, ident_id_function(function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
}

/*
 * Reads a relation from the catalog and guesses what its columns mean, and
 * its resource when none is given; that is NULL when nothing fits.  mappings
 * is from draft_load_mappings.  rows is how many rows may be read; -1 does not
 * follow foreign keys either.
 */
Draft *
draft_begin(Oid function, Oid relid, const char *resource, List *mappings, int rows)
{
	Draft	   *draft = palloc0(sizeof(Draft));
	Relation	relation = base_relation_open(relid, AccessShareLock);

	draft->function = function;
	draft->relation = relid;
	draft->mappings = mappings;
	draft->table = pstrdup(RelationGetRelationName(relation));
	draft->qualified = base_relation_name(relid);
	draft->words = dictionary_split_name(draft->table);
	draft->may_call_id = may_call_id(function);
	load_columns(draft, RelationGetDescr(relation));
	draft->declared = declared_key(draft, relation);
	draft->prefix = common_prefix(draft);
	if (rows >= 0)
		follow_foreign_keys(draft, relation);
	relation_close(relation, NoLock);
	if (rows > 0)
		draft_look(draft, rows);
	if (resource != NULL)
		draft->resource = draft_check_resource(resource);
	else
		draft_guess_resource(draft);
	if (draft->resource != NULL)
	{
		draft->root = palloc0(sizeof(DraftNode));
		draft->root->type = r4_type(draft->resource, strlen(draft->resource));
	}
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
				   " FROM %s m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation"
				   " ORDER BY c.relnamespace OPERATOR(pg_catalog.<>) $1, c.oid, m.name",
				   base_extension_name(function, "fhir_mapping"));
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
