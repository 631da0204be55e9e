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
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "codes/code.h"

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

/* An error that names the entry's source, which is the author's own text. */
static void
report_entry(const char *map, const JsonbValue *source, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("code map \"%s\", entry \"%.*s\": %s", map, source->val.string.len,
					source->val.string.val, what),
			 errhint("An entry is {\"M\": \"male\"} or {\"M\": {\"code\": \"male\", \"display\": ..., \"system\": ...}}.")));
}

/* Checks one member of an entry's object. */
static void
check_member(const char *map, const JsonbValue *source, const JsonbValue *key, const JsonbValue *value)
{
	static const char *const known[] = {"code", "display", "system"};

	for (int i = 0; i < lengthof(known); i++)
	{
		if (key->val.string.len != strlen(known[i]) ||
			memcmp(key->val.string.val, known[i], key->val.string.len) != 0)
			continue;
		if (value->type != jbvString || value->val.string.len == 0)
			report_entry(map, source, "a member is no string, or empty");
		return;
	}
	report_entry(map, source, "unknown member");
}

/* Checks that the entries are an object of codes or of objects with a code. */
static void
check_entries(const char *map, Jsonb *entries)
{
	JsonbIterator *it = JsonbIteratorInit(&entries->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	JsonbValue	source = {0};
	JsonbValue	key = {0};
	int			depth = 0;
	bool		has_code = false;

	if (!JB_ROOT_IS_OBJECT(entries))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("entries of code map \"%s\" must be a JSON object", map),
				 errhint("For example {\"M\": \"male\", \"F\": \"female\"}.")));
	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
	{
		switch (token)
		{
			case WJB_BEGIN_OBJECT:
				depth++;
				has_code = false;
				break;
			case WJB_END_OBJECT:
				if (depth-- == 2 && !has_code)
					report_entry(map, &source, "it has no code");
				break;
			case WJB_KEY:
				*(depth == 1 ? &source : &key) = value;
				break;
			case WJB_VALUE:
				if (depth == 1 && (value.type != jbvString || value.val.string.len == 0))
					report_entry(map, &source, "its code is no string, or empty");
				if (depth == 2)
				{
					check_member(map, &source, &key, &value);
					has_code |= key.val.string.len == 4 && memcmp(key.val.string.val, "code", 4) == 0;
				}
				break;
			default:
				report_entry(map, &source, "it is an array");
		}
		if (depth > 2)
			report_entry(map, &source, "it is nested too deep");
	}
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

/* The owner of an existing map, or InvalidOid. */
static Oid
existing_owner(const char *table, Datum map)
{
	Oid			types[] = {TEXTOID};
	bool		isnull;

	if (SPI_execute_with_args(psprintf("SELECT owner::pg_catalog.oid FROM %s WHERE map = $1", table),
							  1, types, &map, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the code maps");
	if (SPI_processed == 0)
		return InvalidOid;
	return DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Runs one statement that writes. */
static void
execute(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls)
{
	if (SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0) < 0)
		elog(ERROR, "could not write a code map");
}

/* Writes the map and its entries in place of what was there. */
static void
write_map(const char *table, const char *entry_table, Oid owner, Datum map, Datum entries,
		  Datum system, bool has_system, Datum unmapped)
{
	Oid			map_types[] = {TEXTOID, REGROLEOID, TEXTOID, TEXTOID};
	Datum		map_values[] = {map, ObjectIdGetDatum(owner), system, unmapped};
	Oid			entry_types[] = {TEXTOID, JSONBOID};
	Datum		entry_values[] = {map, entries};

	execute(psprintf("INSERT INTO %s (map, owner, system, unmapped) VALUES ($1, $2, $3, $4)"
					 " ON CONFLICT (map) DO UPDATE SET system = excluded.system, unmapped = excluded.unmapped",
					 table),
			lengthof(map_types), map_types, map_values, has_system ? NULL : "  n ");
	execute(psprintf("DELETE FROM %s WHERE map = $1", entry_table), 1, map_types, map_values, NULL);
	execute(psprintf("INSERT INTO %s (map, source, code, display, system)"
					 " SELECT $1, btrim(e.key), CASE jsonb_typeof(e.value) WHEN 'string' THEN e.value #>> '{}'"
					 " ELSE e.value ->> 'code' END, e.value ->> 'display', e.value ->> 'system'"
					 " FROM jsonb_each($2) e ON CONFLICT DO NOTHING",
					 entry_table),
			lengthof(entry_types), entry_types, entry_values, NULL);
	if (SPI_processed < JB_ROOT_COUNT(DatumGetJsonbP(entries)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("two entries of code map \"%s\" differ in the blanks around them alone",
						TextDatumGetCString(map))));
}

/*
 * fhir_code_map(map text, entries "any", system text, unmapped text) RETURNS text
 *		Registers or replaces a code map; its name.
 *
 * entries is an object whose keys are the hospital's codes, or what one can be
 * made of (code_entries.c); they are compared without blanks around.  system is that of entries which give none.
 */
Datum
fhir_bridge_code_map(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	char	   *table = base_extension_name(function, "fhir_code_map");
	char	   *entry_table = base_extension_name(function, "fhir_code_map_entry");
	char	   *map;
	BaseOwner	base;
	Oid			owner;
	Datum		entries;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("map, entries and unmapped must not be null")));
	map = text_to_cstring(PG_GETARG_TEXT_PP(0));
	entries = code_entries(map, get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1));
	check_entries(map, DatumGetJsonbP(entries));
	(void) code_unmapped(text_to_cstring(PG_GETARG_TEXT_PP(3)));

	base_be_owner(&base, function);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	owner = existing_owner(table, PG_GETARG_DATUM(0));
	if (OidIsValid(owner))
		check_owner(map, owner, base.caller);
	write_map(table, entry_table, base.caller, PG_GETARG_DATUM(0), entries,
			  PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2), !PG_ARGISNULL(2), PG_GETARG_DATUM(3));
	SPI_finish();
	base_be_caller(&base);
	PG_RETURN_TEXT_P(cstring_to_text(map));
}
