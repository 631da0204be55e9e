/*
 * publish.c
 *		fhir_publish and fhir_unpublish: which mappings are searched.
 *
 * Everybody may map a table of his own.  What stands in answers to partners is
 * for the owner of the extension to say.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_publish);
PG_FUNCTION_INFO_V1(fhir_bridge_unpublish);

/* Sets the column of a mapping, as the owner of the table. */
static void
write_published(Oid function, Oid relation, const NameData *name, bool publish)
{
	Oid			types[] = {REGCLASSOID, NAMEOID, BOOLOID};
	Datum		values[] = {ObjectIdGetDatum(relation), NameGetDatum(name), BoolGetDatum(publish)};
	BaseOwner	owner;
	char	   *sql = psprintf("UPDATE %s SET published = $3 WHERE relation = $1 AND name = $2",
							   base_extension_name(function, "fhir_mapping"));

	base_be_owner(&owner, function);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(sql, lengthof(types), types, values, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not write the mapping catalog");
	SPI_finish();
	base_be_caller(&owner);
}

/* Publishes a mapping, or takes it back; its full name. */
static text *
set_published(Oid function, const char *mapping, bool publish)
{
	NameData	name;
	Oid			relation;

	if (!has_privs_of_role(GetUserId(), base_extension_owner()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of the extension to publish mappings"),
				 errhint("What is published stands in the answers of fhir_search.")));
	relation = mapping_find_name(function, mapping, &name);
	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("mapping \"%s\" does not exist", mapping),
				 errhint("The table fhir_mapping lists what is registered.")));
	if (publish && get_rel_relkind(relation) == RELKIND_COMPOSITE_TYPE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("mapping \"%s\" is of a composite type, which has no rows to search", mapping)));
	write_published(function, relation, &name, publish);
	return cstring_to_text(mapping_full_name(relation, NameStr(name)));
}

/*
 * fhir_publish(name text) RETURNS text
 *		Lets fhir_read and fhir_search answer from a mapping; its full name.
 */
Datum
fhir_bridge_publish(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(set_published(fcinfo->flinfo->fn_oid, text_to_cstring(PG_GETARG_TEXT_PP(0)), true));
}

/*
 * fhir_unpublish(name text) RETURNS text
 *		Takes a mapping back from them; its full name.
 */
Datum
fhir_bridge_unpublish(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(set_published(fcinfo->flinfo->fn_oid, text_to_cstring(PG_GETARG_TEXT_PP(0)), false));
}
