/*
 * objects.c
 *		Finding the extension's own objects.
 *
 * The schema is found from the OID of one of the extension's functions,
 * never by search_path: index builds and ANALYZE run with a restricted one.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/base.h"

/*
 * The schema of the extension, given any of its functions (flinfo->fn_oid).
 * Raises an internal error when the function is gone.
 */
Oid
base_extension_schema(Oid function)
{
	Oid			schema = get_func_namespace(function);

	if (!OidIsValid(schema))
		elog(ERROR, "cache lookup failed for function %u", function);
	return schema;
}

/* Relations of the extension that have been looked up since the last message about any relation. */
typedef struct KnownRelation
{
	const char *name;			/* a constant of the program */
	Oid			function;
	Oid			relation;
} KnownRelation;

#define MOST_KNOWN 8

/*
 * One of the extension's tables or indexes, given any of its functions and a
 * constant.  Raises an error when it is missing.
 */
Oid
base_extension_relation(Oid function, const char *name)
{
	static KnownRelation known[MOST_KNOWN];
	static int	nknown = 0;
	static uint64 generation = 0;
	Oid			relid;

	if (generation != base_relation_generation)
		nknown = 0;
	for (int i = 0; i < nknown; i++)
		if (known[i].function == function && strcmp(known[i].name, name) == 0)
			return known[i].relation;
	/* what changes while it is looked up makes the next call look again */
	generation = base_relation_generation;
	relid = get_relname_relid(name, base_extension_schema(function));
	if (OidIsValid(relid) && nknown < MOST_KNOWN)
		known[nknown++] = (KnownRelation){name, function, relid};
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s\" of extension fhir_bridge is missing", name),
				 errhint("Drop and create the extension again, or restore its tables.")));
	return relid;
}

/*
 * One of the extension's functions by name and argument types, given any of
 * its functions.  Raises an error when it is missing.
 */
Oid
base_extension_function(Oid function, const char *name, int nargs, const Oid *types)
{
	char	   *schema = get_namespace_name(base_extension_schema(function));

	return LookupFuncName(list_make2(makeString(schema), makeString(pstrdup(name))), nargs, types, false);
}

/* The present owner of a relation. */
Oid
base_relation_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* A relation's name with its schema, quoted for a statement. */
char *
base_relation_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
}

/*
 * Opens a relation that was there a moment ago.  Raises an error when somebody
 * has dropped it since; the server's own would be an internal one.
 */
Relation
base_relation_open(Oid relation, LOCKMODE mode)
{
	Relation	rel = try_relation_open(relation, mode);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation),
				 errdetail("It may have been dropped a moment ago.")));
	return rel;
}

/* The name of an object of the extension's with its schema, quoted. */
char *
base_extension_name(Oid function, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(base_extension_schema(function)), name);
}

/*
 * The present owner of the extension, who owns its tables.  Raises an error
 * when the extension is not installed in this database.
 */
Oid
base_extension_owner(void)
{
	Oid			owner = InvalidOid;
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(get_extension_oid("fhir_bridge", false)));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (!OidIsValid(owner))
		elog(ERROR, "extension fhir_bridge has no owner");
	return owner;
}

/*
 * Pins search_path to pg_catalog and the extension's schema.  Returns the nest
 * level, which the caller ends by AtEOXact_GUC(true, level); an error ends it
 * by itself.
 */
int
base_pin_search_path(Oid function)
{
	int			nestlevel = NewGUCNestLevel();
	char	   *schema = get_namespace_name(base_extension_schema(function));
	const char *path = psprintf("pg_catalog, %s, pg_temp", quote_identifier(schema));

	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return nestlevel;
}

/*
 * From here to base_be_caller, statements run as the extension's owner, who
 * alone may write its tables, and find names in pg_catalog and the extension's
 * schema alone.  The caller's right must have been checked before.  An error
 * in between restores the role and search_path by itself.
 */
void
base_be_owner(BaseOwner *owner, Oid function)
{
	owner->nestlevel = base_pin_search_path(function);
	GetUserIdAndSecContext(&owner->caller, &owner->context);
	SetUserIdAndSecContext(base_extension_owner(),
						   owner->context | SECURITY_LOCAL_USERID_CHANGE);
}

/* Ends what base_be_owner began. */
void
base_be_caller(BaseOwner *owner)
{
	SetUserIdAndSecContext(owner->caller, owner->context);
	AtEOXact_GUC(true, owner->nestlevel);
}
