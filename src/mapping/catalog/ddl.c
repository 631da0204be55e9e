/*
 * ddl.c
 *		What changes of other objects do to mappings: event triggers.
 *
 * A dropped relation takes its mappings along.  A dropped or renamed column,
 * table or function breaks those that use it: PostgreSQL knows of no dependency
 * that would refuse the change, so a warning names them at once, before the
 * next reader finds out.  A relation that is made or renamed may be one that a
 * restored mapping waits for (mapped_relation.c).
 *
 * Which mappings might be concerned is guessed from names: those of the
 * relation, and those whose template has the old name somewhere.  Each of them
 * is then compiled, so that a wrong guess costs time and no more.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "mapping/catalog/mapping.h"

PG_FUNCTION_INFO_V1(fhir_bridge_on_drop);
PG_FUNCTION_INFO_V1(fhir_bridge_on_change);

/*
 * Something else than temporary tables was dropped.  Asked once for a statement,
 * before it reads a mapping: no mapping is of those, and many are dropped.
 */
#define SOMETHING_LASTS "EXISTS (SELECT FROM pg_event_trigger_dropped_objects() l WHERE NOT l.is_temporary)"

/* A mapping that may be concerned. */
typedef struct Suspect
{
	Oid			relation;
	char	   *name;
} Suspect;

/* An error unless the function is called as an event trigger. */
static const EventTriggerData *
event(FunctionCallInfo fcinfo, const char *name)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as an event trigger", name)));
	return (const EventTriggerData *) fcinfo->context;
}

/*
 * Runs one statement on fhir_mapping (%s in it) as its owner; its rows are
 * mappings, which are returned.
 */
static List *
run_as_owner(Oid function, const char *sql, int nargs, Oid *types, Datum *values)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *mappings = NIL;
	BaseOwner	owner;

	base_be_owner(&owner, function);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(psprintf(sql, base_extension_name(function, "fhir_mapping")),
							  nargs, types, values, NULL, false, 0) < 0)
		elog(ERROR, "could not use the mapping catalog");
	for (uint64 i = 0; SPI_tuptable != NULL && i < SPI_tuptable->numvals; i++)
	{
		Suspect    *mapping = MemoryContextAlloc(context, sizeof(Suspect));
		bool		isnull;

		mapping->relation = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		mapping->name = MemoryContextStrdup(context, SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2));
		MemoryContextSwitchTo(context);
		mappings = lappend(mappings, mapping);
	}
	SPI_finish();
	base_be_caller(&owner);
	return mappings;
}

/* Warns of those that can no longer be read. */
static void
warn_of_broken(Oid function, List *suspects)
{
	ListCell   *lc;

	foreach(lc, suspects)
	{
		const Suspect *suspect = lfirst(lc);
		char	   *fullname = mapping_full_name(suspect->relation, suspect->name);
		ErrorData  *error = mapping_broken(function, suspect->relation, suspect->name);

		if (error == NULL)
			continue;
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("mapping \"%s\" cannot be read after this", fullname),
				 errdetail_internal("%s", mapping_broken_text(error, fullname)),
				 errhint("Register it again by fhir_map(), or take the change back.")));
		FreeErrorData(error);
	}
}

/*
 * fhir_bridge_on_drop() RETURNS event_trigger
 *		Removes the mappings of relations that are gone, and warns of others
 *		that used what was dropped.
 */
Datum
fhir_bridge_on_drop(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;

	(void) event(fcinfo, "fhir_bridge_on_drop");
	(void) run_as_owner(function,
						"DELETE FROM %s WHERE " SOMETHING_LASTS " AND relation::oid <> 0"
						" AND relation::oid NOT IN (SELECT oid FROM pg_catalog.pg_class)",
						0, NULL, NULL);
	/* the name is the second part of an object's; of a type's column, also the third */
	warn_of_broken(function, run_as_owner(function,
										  "SELECT m.relation::oid, m.name FROM %s m WHERE " SOMETHING_LASTS " AND m.relation::oid <> 0 AND EXISTS ("
										  "SELECT FROM pg_event_trigger_dropped_objects() d WHERE NOT d.is_temporary AND"
										  " (d.classid = 'pg_class'::regclass AND d.objid = m.relation::oid AND d.objsubid > 0"
										  " OR d.object_type IN ('table', 'table column', 'view', 'materialized view', 'foreign table',"
										  " 'foreign table column', 'composite type column', 'function', 'aggregate', 'type', 'operator')"
										  " AND (strpos(m.template::text, d.address_names[least(2, cardinality(d.address_names))]) > 0"
										  " OR d.object_type = 'composite type column' AND strpos(m.template::text, d.address_names[3]) > 0)))"
										  " ORDER BY 1, 2",
										  0, NULL, NULL));
	PG_RETURN_NULL();
}

/* The name of an object in a statement: the last part of it. */
static const char *
object_name(Node *object)
{
	if (object == NULL)
		return NULL;
	if (IsA(object, ObjectWithArgs))
		object = (Node *) ((ObjectWithArgs *) object)->objname;
	if (IsA(object, TypeName))
		object = (Node *) ((TypeName *) object)->names;
	return IsA(object, List) && object != NULL ? strVal(llast((List *) object)) : NULL;
}

/* Does it change a column's type?  (What it drops, the other trigger sees.) */
static bool
changes_type(const AlterTableStmt *statement)
{
	ListCell   *lc;

	foreach(lc, statement->cmds)
		if (((AlterTableCmd *) lfirst(lc))->subtype == AT_AlterColumnType)
			return true;
	return false;
}

/*
 * The names, as Datums of text, that a template may have had for what the
 * statement has renamed, moved or given another type; NIL for other statements.
 */
static List *
changed_names(Node *statement)
{
	List	   *names = NIL;
	const RangeVar *relation = NULL;
	const char *name = NULL;

	if (IsA(statement, RenameStmt))
	{
		RenameStmt *rename = (RenameStmt *) statement;

		relation = rename->relation;
		name = rename->renameType == OBJECT_ATTRIBUTE || rename->renameType == OBJECT_SCHEMA ? rename->subname :
			object_name(rename->object);
	}
	else if (IsA(statement, AlterObjectSchemaStmt))
	{
		relation = ((AlterObjectSchemaStmt *) statement)->relation;
		name = object_name(((AlterObjectSchemaStmt *) statement)->object);
	}
	else if (IsA(statement, AlterTableStmt) && changes_type((AlterTableStmt *) statement))
		relation = ((AlterTableStmt *) statement)->relation;
	if (relation != NULL)
		names = lappend(names, DatumGetPointer(CStringGetTextDatum(relation->relname)));
	if (name != NULL)
		names = lappend(names, DatumGetPointer(CStringGetTextDatum(name)));
	return names;
}

/* The mappings of the relations that the command has changed, and those whose templates have one of the names. */
static List *
find_suspects(Oid function, List *names)
{
	Datum	   *texts = palloc(sizeof(Datum) * list_length(names));
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[1];
	int			n = 0;
	ListCell   *lc;

	foreach(lc, names)
		texts[n++] = PointerGetDatum(lfirst(lc));
	values[0] = PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
	return run_as_owner(function,
						"SELECT m.relation::oid, m.name FROM %s m WHERE m.relation::oid <> 0 AND"
						" (m.relation::oid IN (SELECT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass)"
						" OR EXISTS (SELECT FROM unnest($1) n WHERE strpos(m.template::text, n) > 0))"
						" ORDER BY 1, 2",
						1, types, values);
}

/*
 * Gives mappings that wait for a relation the one that now bears its name.
 * Whoever made it: only a member of the extension's owner brings along what
 * was published, and approved by a superuser.
 */
static void
end_waiting(Oid function)
{
	Oid			types[] = {BOOLOID};
	Datum		values[] = {BoolGetDatum(has_privs_of_role(GetUserId(), base_extension_owner()))};
	ListCell   *lc;

	if (run_as_owner(function, "SELECT relation::oid, name FROM %s WHERE relation::oid = 0 LIMIT 1", 0, NULL, NULL) == NIL)
		return;
	foreach(lc, run_as_owner(function,
							 "UPDATE %1$s m SET relation = to_regclass(m.relation::text),"
							 " published = m.published AND $1, approved = CASE WHEN $1 THEN m.approved END"
							 " WHERE m.relation::oid = 0 AND to_regclass(m.relation::text) IS NOT NULL AND NOT EXISTS"
							 " (SELECT FROM %1$s o WHERE o.relation::oid = to_regclass(m.relation::text)::oid AND o.name = m.name)"
							 " RETURNING m.relation::oid, m.name",
							 1, types, values))
	{
		const Suspect *mapping = lfirst(lc);

		ereport(NOTICE,
				(errmsg("mapping \"%s\" has its relation", mapping_full_name(mapping->relation, mapping->name))));
	}
}

/*
 * fhir_bridge_on_change() RETURNS event_trigger
 *		Warns of mappings that the command has broken, and ends the waiting of
 *		those for whose relation it has a name.
 */
Datum
fhir_bridge_on_change(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Node	   *statement = event(fcinfo, "fhir_bridge_on_change")->parsetree;
	List	   *names = changed_names(statement);

	if (names != NIL)
		warn_of_broken(function, find_suspects(function, names));
	if (!IsA(statement, AlterTableStmt))
		end_waiting(function);
	PG_RETURN_NULL();
}
