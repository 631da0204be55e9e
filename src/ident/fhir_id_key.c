/*
 * fhir_id_key.c
 *		Giving a database the secret of another one.
 *
 * Afterwards fhir_id() gives other ids, though it is IMMUTABLE.  So whatever
 * was computed with the old secret must not stay behind unnoticed: stored
 * columns, checks and partition keys are a reason to refuse, indexes and
 * materialized views a warning.  Ids folded from literals are thrown away:
 * those in the relation cache's index expressions, and those in cached plans.
 * A plan does not remember what was folded, and one without tables ignores the
 * relation cache, but its query still names its functions; so all entries of
 * pg_proc are invalidated.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "ident/ident.h"

PG_FUNCTION_INFO_V1(fhir_bridge_fhir_id_key);

/* Raises an error unless the caller may set the secret. */
static void
check_caller(void)
{
	if (!has_privs_of_role(GetUserId(), base_extension_owner()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set the secret of fhir_id"),
				 errhint("Only the owner of extension fhir_bridge may do this.")));
}

/* The argument, checked; points into it. */
static const uint8 *
check_secret(FunctionCallInfo fcinfo)
{
	bytea	   *secret;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the secret of fhir_id must not be null")));
	secret = PG_GETARG_BYTEA_PP(0);
	if (VARSIZE_ANY_EXHDR(secret) != IDENT_SECRET_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the secret of fhir_id must be exactly %d bytes long", IDENT_SECRET_LENGTH),
				 errhint("Take it from the other database's table fhir_secret.")));
	return (const uint8 *) VARDATA_ANY(secret);
}

/* Whether the table has this very secret already. */
static bool
is_present_secret(Oid relid, const uint8 *secret)
{
	uint8		present[IDENT_SECRET_LENGTH];
	bool		same = ident_secret_read(relid, present) &&
		memcmp(present, secret, IDENT_SECRET_LENGTH) == 0;

	explicit_bzero(present, sizeof(present));
	return same;
}

/*
 * Lists what depends on fhir_id, a line each: the objects that store ids
 * where remedies is false, else the commands that compute the others again.
 * SPI must be connected; the list is NULL when empty, else in SPI's memory.
 */
static char *
list_dependents(const char *schema, bool remedies)
{
	char	   *query = psprintf("SELECT pg_catalog.string_agg(%s, E'\\n')"
								 " FROM %s.fhir_bridge_id_dependents()"
								 " WHERE remedy IS %s NULL",
								 remedies ? "remedy" : "object",
								 schema, remedies ? "NOT" : "");

	if (SPI_execute(query, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for dependents of fhir_id");
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/* Raises an error while something stores ids made with the old secret. */
static void
refuse_stored_ids(const char *schema)
{
	char	   *objects = list_dependents(schema, false);

	if (objects != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot set the secret because other objects store ids made with the present one"),
				 errdetail("%s", objects),
				 errhint("Drop these generated columns, check constraints and partitioned tables first.")));
}

/* Says what has to be computed again by hand. */
static void
warn_of_computed_ids(const char *schema)
{
	char	   *remedies = list_dependents(schema, true);

	if (remedies != NULL)
		ereport(WARNING,
				(errmsg("indexes and materialized views still hold ids made with the old secret"),
				 errdetail("%s", remedies),
				 errhint("Run these commands now.")));
}

/* Inserts the secret, as a restore would; the table's triggers do the rest. */
static void
insert_secret(const char *schema, Datum secret)
{
	char	   *command = psprintf("INSERT INTO %s.fhir_secret (secret) VALUES ($1)", schema);
	Oid			type = BYTEAOID;

	if (SPI_execute_with_args(command, 1, &type, &secret, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not set the secret of fhir_id");
}

/*
 * fhir_id_key(bytea) RETURNS void
 *		Sets the secret: exactly 32 bytes, from another database.
 *
 * The owner of the extension only.  Setting the present secret again does
 * nothing.  The lock lets readers pass and makes a second caller wait.
 */
Datum
fhir_bridge_fhir_id_key(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	const char *schema = quote_identifier(get_namespace_name(base_extension_schema(function)));
	Oid			relid = ident_secret_relation(function);
	const uint8 *secret;

	check_caller();
	secret = check_secret(fcinfo);
	LockRelationOid(relid, ShareRowExclusiveLock);
	if (is_present_secret(relid, secret))
		PG_RETURN_VOID();

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	refuse_stored_ids(schema);
	insert_secret(schema, PG_GETARG_DATUM(0));
	warn_of_computed_ids(schema);
	SPI_finish();
	CacheInvalidateRelcacheAll();
	CacheInvalidateCatalog(ProcedureRelationId);
	PG_RETURN_VOID();
}
