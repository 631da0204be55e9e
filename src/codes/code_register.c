/*
 * code_register.c
 *		fhir_code_map: registering a code map.
 *
 * The names of code maps are global, so creating one is a privilege: EXECUTE
 * on fhir_code_map, which the installer grants.  A map belongs to the role
 * that made it; that role and its members may replace it.  The tables are
 * written as the extension's owner.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "base/uri.h"
#include "codes/code.h"
#include "codes/code_write.h"

PG_FUNCTION_INFO_V1(fhir_bridge_code_map);

/* The rule for sources without an entry, from its text. */
CodeUnmapped
code_unmapped(const char *text)
{
	if (strcmp(text, "error") == 0)
		return UNMAPPED_ERROR;
	if (strcmp(text, "omit") == 0)
		return UNMAPPED_OMIT;
	if (strcmp(text, "text") == 0)
		return UNMAPPED_TEXT;
	if (code_default(text) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unmapped cannot be \"%s\"", text),
				 errhint("Allowed are error, omit, text and default:<code>.")));
	return UNMAPPED_DEFAULT;
}

/* The code of default:<code>, or NULL. */
const char *
code_default(const char *unmapped)
{
	static const char prefix[] = "default:";

	if (strncmp(unmapped, prefix, strlen(prefix)) != 0 || unmapped[strlen(prefix)] == '\0')
		return NULL;
	return unmapped + strlen(prefix);
}

/* An error unless the caller may replace the map of this owner. */
static void
check_owner(const char *map, Oid owner, Oid caller)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(owner)))
		owner = base_extension_owner();
	if (!has_privs_of_role(caller, owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of code map \"%s\"", map)));
}

/* Is there such a map?  Its owner, InvalidOid where that role is missing, goes to *owner. */
static bool
find_owner(const char *table, Datum map, Oid *owner)
{
	Oid			types[] = {TEXTOID};
	bool		isnull;

	if (SPI_execute_with_args(psprintf("SELECT owner::pg_catalog.oid FROM %s WHERE map = $1", table),
							  1, types, &map, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the code maps");
	if (SPI_processed == 0)
		return false;
	*owner = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	return true;
}

/* Writes the row of the map, with a new version. */
static void
write_map(const char *table, Oid owner, Datum map, Datum system, bool has_system, Datum unmapped)
{
	Oid			types[] = {TEXTOID, REGROLEOID, TEXTOID, TEXTOID};
	Datum		values[] = {map, ObjectIdGetDatum(owner), system, unmapped};

	if (SPI_execute_with_args(psprintf("INSERT INTO %s (map, owner, system, unmapped) VALUES ($1, $2, $3, $4)"
									   " ON CONFLICT (map) DO UPDATE SET system = excluded.system,"
									   " unmapped = excluded.unmapped, version = excluded.version",
									   table),
							  lengthof(types), types, values, has_system ? NULL : "  n ", false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not write a code map");
}

/* An error when the system of a map's codes is no absolute URI: no receiver would know it. */
static void
check_system(const char *map, text *system)
{
	if (!base_uri_is_absolute(VARDATA_ANY(system), VARSIZE_ANY_EXHDR(system)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("system of code map \"%s\" is no absolute URI", map),
				 errhint("Systems are named as http://loinc.org, http://snomed.info/sct or urn:oid:1.2.3 are; for a list of your own take a URL of your house.")));
}

/* An error when sources came again: somebody has to choose. */
static void
check_again(const char *map, int64 again, int64 given, bool json)
{
	if (again > 0 && json)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("two entries of code map \"%s\" differ in the blanks around them alone", map)));
	if (again > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("code map \"%s\": " INT64_FORMAT " of " INT64_FORMAT " rows give a source again", map, again, given),
				 errhint("Choose one code for each source, as by SELECT DISTINCT ON (source).")));
}

/*
 * fhir_code_map(map text, entries "any", system text, unmapped text) RETURNS text
 *		Registers or replaces a code map; its name.
 *
 * entries is an object whose keys are the hospital's codes, or whatever else
 * holds them (code_entries.c); they are compared without blanks around.  system
 * is that of entries which give none.
 */
Datum
fhir_bridge_code_map(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	char	   *table = base_extension_name(function, "fhir_code_map");
	CodeRows   *rows;
	int64		given;
	bool		json;
	char	   *map;
	BaseOwner	base;
	Oid			owner;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("map, entries and unmapped must not be null")));
	map = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!PG_ARGISNULL(2))
		check_system(map, PG_GETARG_TEXT_PP(2));
	rows = code_rows_begin();
	json = code_rows_read(rows, map, get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1));
	given = code_rows_given(rows);
	if (given == 0 && !json)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("code map \"%s\" would have no entry", map)));
	(void) code_unmapped(text_to_cstring(PG_GETARG_TEXT_PP(3)));

	base_be_owner(&base, function);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (find_owner(table, PG_GETARG_DATUM(0), &owner))
		check_owner(map, owner, base.caller);
	write_map(table, base.caller, PG_GETARG_DATUM(0),
			  PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2), !PG_ARGISNULL(2), PG_GETARG_DATUM(3));
	SPI_finish();
	check_again(map, code_rows_write(rows, function, map), given, json);
	base_be_caller(&base);
	PG_RETURN_TEXT_P(cstring_to_text(map));
}
