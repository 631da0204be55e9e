/*
 * stored_ids.c
 *		Stored generated columns of ids, when a restore brings the secret.
 *
 * A restore creates the extension with a new secret, and loads tables in the
 * order of their schemas' names or in parallel.  The server computes generated
 * columns while it loads a table, so those that call fhir_id may have been
 * computed under the new secret when the old one arrives.  Nobody would notice:
 * such ids look like any others.  So they are computed again.
 *
 * The column's base is set to itself, which is all that makes the server do
 * so.  It runs as the table's owner and restricted, as an index is built: what
 * is attached to the table is not the restoring superuser's.  Triggers stay
 * silent, since no row changes in its meaning.  A restore grants rights last,
 * so the owner is lent that of calling fhir_id while this is done.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "ident/ident.h"

PG_FUNCTION_INFO_V1(fhir_bridge_stored_ids);

/* A table with a column to compute, for base_try. */
typedef struct StoredIds
{
	Oid			function;		/* any of the extension's */
	Oid			relation;
	char	   *command;
} StoredIds;

/* Sets a setting until the end of the nest level. */
static void
set(const char *name, const char *value)
{
	(void) set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* Runs a command of SQL. */
static void
run(const char *command)
{
	int			result = SPI_execute(command, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
}

/* What the owner lacks of the rights to call fhir_id, in the form that GRANT and REVOKE have; NIL for nothing. */
static List *
lacking_rights(Oid function, Oid owner)
{
	Oid			schema = base_extension_schema(function);
	List	   *rights = NIL;

	if (object_aclcheck(NamespaceRelationId, schema, owner, ACL_USAGE) != ACLCHECK_OK)
		rights = lappend(rights, psprintf("USAGE ON SCHEMA %s", quote_identifier(get_namespace_name(schema))));
	if (object_aclcheck(ProcedureRelationId, ident_id_function(function), owner, ACL_EXECUTE) != ACLCHECK_OK)
		rights = lappend(rights, psprintf("EXECUTE ON FUNCTION %s(text, \"any\")", base_extension_name(function, "fhir_id")));
	return rights;
}

/* Grants the rights to a role, or revokes them. */
static void
lend(List *rights, const char *how, Oid role)
{
	ListCell   *lc;

	foreach(lc, rights)
		run(psprintf(how, (char *) lfirst(lc), quote_identifier(GetUserNameFromId(role, false))));
}

/*
 * BaseWork: runs the command.  The lock waits for who loads the table just
 * now, and keeps others from it until they see the secret.
 */
static void
compute_again(void *arg)
{
	const StoredIds *stored = arg;
	int			nestlevel = NewGUCNestLevel();
	Oid			owner = base_relation_owner(stored->relation);
	List	   *rights = lacking_rights(stored->function, owner);
	Oid			user;
	int			context;

	LockRelationOid(stored->relation, ShareRowExclusiveLock);
	set("session_replication_role", "replica");
	set("search_path", "pg_catalog, pg_temp");
	set("row_security", "off");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	lend(rights, "GRANT %s TO %s", owner);
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	run(stored->command);
	SetUserIdAndSecContext(user, context);
	lend(rights, "REVOKE %s FROM %s", owner);
	SPI_finish();
	AtEOXact_GUC(true, nestlevel);
}

/* The stored generated columns: StoredIds, in the current context. */
static List *
find_stored(Oid function)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *found = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(psprintf("SELECT DISTINCT relation, again FROM %s() WHERE again IS NOT NULL",
							 base_extension_name(function, "fhir_bridge_id_dependents")),
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for dependents of fhir_id");
	for (uint64 i = 0; i < SPI_tuptable->numvals; i++)
	{
		StoredIds  *stored = MemoryContextAlloc(context, sizeof(StoredIds));
		bool		isnull;

		stored->function = function;
		stored->relation = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		stored->command = MemoryContextStrdup(context, SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2));
		MemoryContextSwitchTo(context);
		found = lappend(found, stored);
	}
	SPI_finish();
	return found;
}

/*
 * fhir_bridge_stored_ids() RETURNS trigger
 *		Computes stored ids again, once another secret has been inserted.  Where
 *		that fails it says what is left to do: the secret stays.
 */
Datum
fhir_bridge_stored_ids(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	ListCell   *lc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) || !TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("fhir_bridge_stored_ids must be fired AFTER INSERT FOR EACH ROW")));
	if (creating_extension)
		return PointerGetDatum(NULL);
	foreach(lc, find_stored(fcinfo->flinfo->fn_oid))
	{
		StoredIds  *stored = lfirst(lc);
		ErrorData  *error = base_try(compute_again, stored);

		if (error != NULL)
			ereport(WARNING,
					(errcode(error->sqlerrcode),
					 errmsg("table \"%s\" stores ids of another secret than the present one", get_rel_name(stored->relation)),
					 errdetail("It was loaded before the secret, and its ids could not be computed again."),
					 errhint("As its owner: %s;", stored->command)));
	}
	return PointerGetDatum(NULL);
}
