/*
 * mapping_catalog.c
 *		Reading fhir_mapping, and finding mappings by name.
 *
 * The table is read under a fresh catalog snapshot, as the server reads its
 * own catalogs: with a transaction's snapshot, REPEATABLE READ would read an
 * old row after the message that it changed, and keep its plan for good.
 *
 * A mapping's name lives in the schema of its relation and is found like a
 * table's: qualified, or by search_path.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/base.h"
#include "mapping/catalog/mapping.h"

/* Columns of fhir_mapping. */
#define MAPPING_RELATION		1
#define MAPPING_NAME			2
#define MAPPING_TEMPLATE		3
#define MAPPING_TIMEZONE		4
#define MAPPING_ON_INVALID		5
#define MAPPING_FINGERPRINT		6
#define MAPPING_APPROVED		7
#define MAPPING_PUBLISHED		8

/* A scan of fhir_mapping by relation or by name. */
typedef struct MappingScan
{
	Relation	table;
	SysScanDesc scan;
} MappingScan;

/* Starts a scan; index and key say which rows. */
static void
scan_begin(MappingScan *scan, Oid function, const char *index, AttrNumber column,
		   RegProcedure equal, Datum value)
{
	ScanKeyData key;

	scan->table = table_open(base_extension_relation(function, "fhir_mapping"), AccessShareLock);
	ScanKeyInit(&key, column, BTEqualStrategyNumber, equal, value);
	scan->scan = systable_beginscan(scan->table, base_extension_relation(function, index),
									true, NULL, 1, &key);
}

static void
scan_end(MappingScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->table, AccessShareLock);
}

/* A column of a row, NULL as 0. */
static Datum
column_value(MappingScan *scan, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, RelationGetDescr(scan->table), &isnull);

	return isnull ? (Datum) 0 : value;
}

/* The same for text: a copy, or NULL. */
static char *
column_text(MappingScan *scan, HeapTuple tuple, int column)
{
	Datum		value = column_value(scan, tuple, column);

	return value == (Datum) 0 ? NULL : TextDatumGetCString(value);
}

/* Starts a scan of a relation's mappings. */
static void
scan_relation(MappingScan *scan, Oid function, Oid relation)
{
	scan_begin(scan, function, "fhir_mapping_pkey", MAPPING_RELATION, F_BYTEAEQ,
			   mapped_relation(relation));
}

/* Starts a scan of the mappings of a name, in any schema. */
static void
scan_name(MappingScan *scan, Oid function, NameData *name)
{
	scan_begin(scan, function, "fhir_mapping_name", MAPPING_NAME, F_NAMEEQ, NameGetDatum(name));
}

/* The setting on_invalid from its text; an error when there is no such. */
OnInvalid
mapping_on_invalid(const char *text)
{
	if (strcmp(text, "error") == 0)
		return ON_INVALID_ERROR;
	if (strcmp(text, "omit") == 0)
		return ON_INVALID_OMIT;
	if (strcmp(text, "keep") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_invalid cannot be \"%s\"", text),
				 errhint("Allowed are error, omit and keep.")));
	return ON_INVALID_KEEP;
}

/* schema.name, quoted where needed. */
char *
mapping_full_name(Oid relation, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/*
 * Reads a mapping by relation and name into *source, in the current context.
 * False when there is none.
 */
bool
mapping_read(Oid function, Oid relation, const char *name, MappingSource *source)
{
	MappingScan scan;
	HeapTuple	tuple;
	bool		found = false;

	scan_relation(&scan, function, relation);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		Datum		value;

		if (strcmp(NameStr(*DatumGetName(column_value(&scan, tuple, MAPPING_NAME))), name) != 0)
			continue;
		found = true;
		memset(source, 0, sizeof(MappingSource));
		source->relation = relation;
		namestrcpy(&source->name, name);
		source->template = column_text(&scan, tuple, MAPPING_TEMPLATE);
		source->timezone = column_text(&scan, tuple, MAPPING_TIMEZONE);
		source->on_invalid = mapping_on_invalid(column_text(&scan, tuple, MAPPING_ON_INVALID));
		value = column_value(&scan, tuple, MAPPING_FINGERPRINT);
		source->fingerprint = value ? DatumGetByteaPCopy(value) : NULL;
		value = column_value(&scan, tuple, MAPPING_APPROVED);
		source->approved = value ? DatumGetByteaPCopy(value) : NULL;
	}
	scan_end(&scan);
	if (found)
		source->fullname = mapping_full_name(relation, name);
	return found;
}

/* Order of two published mappings. */
static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(((MappingName *) lfirst(a))->fullname, ((MappingName *) lfirst(b))->fullname);
}

/* All published mappings, as MappingName, by full name. */
List *
mapping_published(Oid function)
{
	MappingScan scan;
	HeapTuple	tuple;
	List	   *published = NIL;

	scan.table = table_open(base_extension_relation(function, "fhir_mapping"), AccessShareLock);
	scan.scan = systable_beginscan(scan.table, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		MappingName *one = palloc0(sizeof(MappingName));

		one->relation = mapped_relation_oid(column_value(&scan, tuple, MAPPING_RELATION));
		if (!DatumGetBool(column_value(&scan, tuple, MAPPING_PUBLISHED)) || get_rel_name(one->relation) == NULL)
			continue;
		one->name = *DatumGetName(column_value(&scan, tuple, MAPPING_NAME));
		one->fullname = mapping_full_name(one->relation, NameStr(one->name));
		one->template = column_text(&scan, tuple, MAPPING_TEMPLATE);
		published = lappend(published, one);
	}
	scan_end(&scan);
	list_sort(published, compare_names);
	return published;
}

/*
 * Relation in a schema that has a mapping of the name, or InvalidOid.  Two of
 * them, after one was moved into the schema, are an error.
 */
static Oid
find_in_schema(Oid function, NameData *name, Oid schema)
{
	MappingScan scan;
	HeapTuple	tuple;
	Oid			found = InvalidOid;

	scan_name(&scan, function, name);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		Oid			relation = mapped_relation_oid(column_value(&scan, tuple, MAPPING_RELATION));

		if (get_rel_namespace(relation) != schema)
			continue;
		if (OidIsValid(found))
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_ALIAS),
					 errmsg("\"%s\" is the name of several mappings",
							mapping_full_name(relation, NameStr(*name))),
					 errhint("Move one of the relations to another schema, and give its mapping another name there.")));
		found = relation;
	}
	scan_end(&scan);
	return found;
}

/*
 * The relation of a mapping that is named as SQL names a table, and the bare
 * name in *name.  InvalidOid when there is none.
 */
Oid
mapping_find_name(Oid function, const char *text, NameData *name)
{
	List	   *names = textToQualifiedNameList(cstring_to_text(text));
	char	   *schema;
	char	   *bare;
	ListCell   *lc;

	DeconstructQualifiedName(names, &schema, &bare);
	namestrcpy(name, bare);
	if (schema != NULL)
	{
		Oid			nsp = get_namespace_oid(schema, true);

		return OidIsValid(nsp) ? find_in_schema(function, name, nsp) : InvalidOid;
	}
	foreach(lc, fetch_search_path(true))
	{
		Oid			relation = find_in_schema(function, name, lfirst_oid(lc));

		if (OidIsValid(relation))
			return relation;
	}
	return InvalidOid;
}

/* Has another relation of the same schema a mapping of that name? */
bool
mapping_name_is_taken(Oid function, Oid relation, const char *name)
{
	NameData	key;
	Oid			other;

	namestrcpy(&key, name);
	other = find_in_schema(function, &key, get_rel_namespace(relation));
	return OidIsValid(other) && other != relation;
}

/*
 * The mapping that a relation's rows have where a call names none: the only
 * one, or the one that bears the relation's name; false when there is no such.
 */
bool
mapping_find_only(Oid function, Oid relation, NameData *name)
{
	MappingScan scan;
	HeapTuple	tuple;
	const char *relation_name = get_rel_name(relation);
	int			n = 0;
	bool		own = false;

	scan_relation(&scan, function, relation);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		const NameData *found = DatumGetName(column_value(&scan, tuple, MAPPING_NAME));

		n++;
		if (own)
			continue;
		*name = *found;
		own = relation_name != NULL && strcmp(NameStr(*found), relation_name) == 0;
	}
	scan_end(&scan);
	return n == 1 || own;
}

/*
 * An error that shows the call which drafts a mapping for the relation; or, for
 * a partition or what may be a shard of Citus's, whose mapping will do.
 */
static void
report_unmapped(Oid relation)
{
	char	   *name = base_relation_name(relation);
	bool		is_part = get_rel_relispartition(relation) || base_has_citus();

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("relation \"%s\" has no mapping", name),
			 is_part ? errhint("If it is a part of another table, give the name of that table's mapping as the second argument.") :
				 errhint("SELECT fhir_map_draft(%s) gives a first template for it.",
						 quote_literal_cstr(name))));
}

/*
 * The same, but no mapping is an error with the call that drafts one, and
 * several without the relation's name are one that lists them.
 */
void
mapping_find_relation(Oid function, Oid relation, NameData *name)
{
	MappingScan scan;
	HeapTuple	tuple;
	StringInfoData names;
	int			n = 0;

	if (mapping_find_only(function, relation, name))
		return;
	initStringInfo(&names);
	scan_relation(&scan, function, relation);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
		appendStringInfo(&names, "%s\"%s\"", n++ > 0 ? ", " : "",
						 NameStr(*DatumGetName(column_value(&scan, tuple, MAPPING_NAME))));
	scan_end(&scan);
	if (n == 0)
		report_unmapped(relation);
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_ALIAS),
			 errmsg("relation \"%s\" has several mappings: %s",
					get_rel_name(relation), names.data),
			 errhint("Give the mapping's name as the second argument, for a Bundle as in fhir_bundle(fhir_json_from_row(row, 'name')). One that is named \"%s\" would be the default.",
					 get_rel_name(relation))));
}
