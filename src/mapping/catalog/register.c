/*
 * register.c
 *		fhir_map and fhir_unmap: writing the catalog of mappings.
 *
 * The caller's right is checked first, as the caller; the row is then written
 * as the extension's owner, who alone may write the table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "ident/ident.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/base.h"
#include "mapping/run/id_rights.h"
#include "mapping/catalog/mapping.h"
#include "mapping/expression/marker.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map);
PG_FUNCTION_INFO_V1(fhir_bridge_unmap);
PG_FUNCTION_INFO_V1(fhir_bridge_id_in_mapping);

/* An error unless the relation exists and is of a kind that has rows. */
void
mapping_check_has_rows(Oid relation)
{
	char		kind = get_rel_relkind(relation);

	if (kind == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_VIEW &&
		kind != RELKIND_MATVIEW && kind != RELKIND_FOREIGN_TABLE && kind != RELKIND_COMPOSITE_TYPE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" has no rows that could be mapped", get_rel_name(relation)),
				 errhint("Map a table, a view, a foreign table or a composite type.")));
}

/* Can rows of the relation be mapped for good? */
static void
check_relation(Oid relation)
{
	mapping_check_has_rows(relation);
	if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a temporary relation cannot have a mapping"),
				 errhint("Register the mapping for a lasting relation; its name as the second argument of fhir_from_row maps any row with the same columns.")));
}

/*
 * The bare name where a name was given with a schema, as calls have it.  Names
 * live in the relation's schema: that of another one is an error, what is no
 * schema's name before a dot is a part of the name ("v1.2").
 */
static const char *
bare_name(Oid relation, const char *given)
{
	Oid			own = get_rel_namespace(relation);
	Oid			schema;
	List	   *names;

	if (strchr(given, '.') == NULL || !SplitIdentifierString(pstrdup(given), '.', &names) || list_length(names) != 2)
		return given;
	schema = get_namespace_oid(linitial(names), true);
	if (!OidIsValid(schema))
		return given;
	if (schema != own)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("a mapping of \"%s\" cannot be named in another schema", base_relation_name(relation)),
				 errhint("A mapping's name lives in its relation's schema: give \"%s\" alone.", (char *) lsecond(names))));
	return lsecond(names);
}

/* The mapping's name: given, or the relation's. */
static void
set_name(MappingSource *source, const char *name)
{
	name = name == NULL ? get_rel_name(source->relation) : bare_name(source->relation, name);
	if (name[0] == '\0' || strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("a mapping's name must have 1 to %d bytes", NAMEDATALEN - 1)));
	namestrcpy(&source->name, name);
	source->fullname = mapping_full_name(source->relation, name);
}

/* Runs one statement on the extension's tables as their owner. */
static uint64
write_as_owner(Oid function, const char *sql, int nargs, Oid *types, Datum *values, const char *nulls)
{
	BaseOwner	owner;
	uint64		processed;

	base_be_owner(&owner, function);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0) < 0)
		elog(ERROR, "could not write the mapping catalog");
	processed = SPI_processed;
	SPI_finish();
	base_be_caller(&owner);
	return processed;
}

/* The mapping table's qualified name. */
static char *
mapping_table_name(Oid function)
{
	return base_extension_name(function, "fhir_mapping");
}

/*
 * Inserts or replaces the mapping's row.  A mapping that is published stays so,
 * unless it becomes one of another resource type: nobody looked at that.
 */
static void
write_mapping(Oid function, const MappingSource *source, Datum template, Datum on_invalid)
{
	static const char *const sql =
		"INSERT INTO %s AS m (relation, name, template, timezone, on_invalid, secret_fingerprint, approved)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7)"
		" ON CONFLICT (relation, name) DO UPDATE SET template = excluded.template,"
		" timezone = excluded.timezone, on_invalid = excluded.on_invalid,"
		" secret_fingerprint = excluded.secret_fingerprint, approved = excluded.approved,"
		" published = m.published AND m.template ->> 'resourceType' IS NOT DISTINCT FROM excluded.template ->> 'resourceType'";
	Oid			types[] = {REGCLASSOID, NAMEOID, JSONOID, TEXTOID, TEXTOID, BYTEAOID, BYTEAOID};
	char		nulls[] = "       ";
	Datum		values[] = {
		ObjectIdGetDatum(source->relation), NameGetDatum(&source->name), template,
		source->timezone ? CStringGetTextDatum(source->timezone) : (Datum) 0, on_invalid,
		PointerGetDatum(source->fingerprint), PointerGetDatum(source->approved)
	};

	for (int i = 0; i < lengthof(values); i++)
		if (values[i] == (Datum) 0)
			nulls[i] = 'n';
	write_as_owner(function, psprintf(sql, mapping_table_name(function)), lengthof(types), types, values, nulls);
}

/* What registration adds to the source: fingerprint and approval. */
static void
add_facts(Oid function, MappingSource *source, const MappingFacts *facts)
{
	if (facts->uses_id)
	{
		uint8		fingerprint[IDENT_FINGERPRINT_LENGTH];

		ident_secret_fingerprint(function, fingerprint);
		source->fingerprint = palloc(VARHDRSZ + sizeof(fingerprint));
		SET_VARSIZE(source->fingerprint, VARHDRSZ + sizeof(fingerprint));
		memcpy(VARDATA(source->fingerprint), fingerprint, sizeof(fingerprint));
	}
	if (facts->untrusted != NIL && superuser())
		source->approved = mapping_approval_digest(facts->untrusted);
	else
		mapping_check_approval(source, facts->untrusted);
}

/*
 * fhir_map(relation regclass, template json, name text, timezone text,
 *			on_invalid text) RETURNS text
 *		Registers or replaces a mapping; the full name, schema.name.
 *
 * name NULL is the relation's name, timezone NULL is UTC.  Everything that is
 * wrong with the template is reported in one error.  The compiled plan is
 * thrown away: the next call loads what was committed.
 */
Datum
fhir_bridge_map(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	MappingSource source = {0};
	MappingFacts facts = {0};
	MappingPlan *plan;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation, template and on_invalid must not be null")));
	source.relation = PG_GETARG_OID(0);
	source.template = text_to_cstring(PG_GETARG_TEXT_PP(1));
	check_relation(source.relation);
	mapping_check_owner(source.relation);
	set_name(&source, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	source.timezone = PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3));
	source.on_invalid = mapping_on_invalid(text_to_cstring(PG_GETARG_TEXT_PP(4)));
	if (mapping_name_is_taken(function, source.relation, NameStr(source.name)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("mapping \"%s\" belongs to another relation", source.fullname),
				 errhint("Give another name as the third argument.")));

	plan = mapping_compile(function, &source, true, &facts);
	mapping_check_id_rights(function, plan, true);
	mapping_plan_free(plan);
	add_facts(function, &source, &facts);
	write_mapping(function, &source, PG_GETARG_DATUM(1), PG_GETARG_DATUM(4));
	PG_RETURN_TEXT_P(cstring_to_text(source.fullname));
}

/*
 * fhir_unmap(name text) RETURNS boolean
 *		Removes a mapping; false when there is none of that name.
 */
Datum
fhir_bridge_unmap(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Oid			types[] = {REGCLASSOID, NAMEOID};
	Datum		values[2];
	NameData	name;
	Oid			relation = mapping_find_name(function, text_to_cstring(PG_GETARG_TEXT_PP(0)), &name);

	if (!OidIsValid(relation))
		PG_RETURN_BOOL(false);
	mapping_check_owner(relation);
	values[0] = ObjectIdGetDatum(relation);
	values[1] = NameGetDatum(&name);
	PG_RETURN_BOOL(write_as_owner(function, psprintf("DELETE FROM %s WHERE relation = $1 AND name = $2",
													 mapping_table_name(function)),
								  2, types, values, NULL) > 0);
}

/*
 * fhir_bridge_id_in_mapping(fhir_bridge_program, kind text, VARIADIC key "any") RETURNS uuid
 *		fhir_id inside a mapping; no SQL has a value for the first argument.
 */
Datum
fhir_bridge_id_in_mapping(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	marker_check(fcinfo->flinfo->fn_oid, PG_GETARG_DATUM(0), MARKER_KIND);
	if (!ident_compute_id(fcinfo, 1, id))
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(id);
}
