/*
 * expression_follows.c
 *		What the functions of PostgreSQL follow besides their arguments.
 *
 * The rule, held against PostgreSQL 15 to 18:
 *
 *	1. An IMMUTABLE function of pg_catalog follows nothing, but for the few that
 *	   are declared so and still read a setting (float8out and its like).
 *	2. A STABLE one is judged by its name in the lists below.  Some follow the
 *	   clock or the database alone.  Some put their arguments into words, and
 *	   follow what the types of these do.  Some read settings that can be pinned
 *	   for the length of a call.  What no list has is refused: it follows the
 *	   role, the session, the server's state or what cannot be pinned.
 *	3. A type is what its input and output functions are; a domain is its base,
 *	   an array its elements, a composite its columns, a range its bounds.
 *	4. Functions outside of pg_catalog answer for themselves.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "mapping/expression/expression.h"

/* A stable function of pg_catalog: all that have the name are alike. */
typedef struct Judged
{
	const char *name;
	ExpressionFollows follows;
} Judged;

/* In the order of strcmp. */
static const Judged stable[] = {
	{"age", FOLLOWS_SETTINGS},
	{"anytextcat", FOLLOWS_ARGUMENTS},
	{"array_in", FOLLOWS_NOTHING},	/* as its type, see rule 3 */
	{"array_out", FOLLOWS_NOTHING},
	{"array_to_json", FOLLOWS_ARGUMENTS},
	{"array_to_string", FOLLOWS_ARGUMENTS},
	{"concat", FOLLOWS_ARGUMENTS},
	{"concat_ws", FOLLOWS_ARGUMENTS},
	{"convert", FOLLOWS_NOTHING},
	{"convert_from", FOLLOWS_NOTHING},
	{"convert_to", FOLLOWS_NOTHING},
	{"current_database", FOLLOWS_NOTHING},
	{"date", FOLLOWS_SETTINGS},
	{"date_add", FOLLOWS_SETTINGS},
	{"date_eq_timestamptz", FOLLOWS_ZONE},
	{"date_ge_timestamptz", FOLLOWS_ZONE},
	{"date_gt_timestamptz", FOLLOWS_ZONE},
	{"date_in", FOLLOWS_SETTINGS},
	{"date_le_timestamptz", FOLLOWS_ZONE},
	{"date_lt_timestamptz", FOLLOWS_ZONE},
	{"date_ne_timestamptz", FOLLOWS_ZONE},
	{"date_out", FOLLOWS_SETTINGS},
	{"date_part", FOLLOWS_SETTINGS},
	{"date_subtract", FOLLOWS_SETTINGS},
	{"date_trunc", FOLLOWS_SETTINGS},
	{"enum_first", FOLLOWS_NOTHING},
	{"enum_in", FOLLOWS_NOTHING},
	{"enum_last", FOLLOWS_NOTHING},
	{"enum_out", FOLLOWS_NOTHING},
	{"enum_range", FOLLOWS_NOTHING},
	{"extract", FOLLOWS_SETTINGS},
	{"format", FOLLOWS_ARGUMENTS},
	{"getdatabaseencoding", FOLLOWS_NOTHING},
	{"interval_in", FOLLOWS_SETTINGS},
	{"interval_out", FOLLOWS_SETTINGS},
	{"interval_pl_timestamptz", FOLLOWS_SETTINGS},
	{"json_agg", FOLLOWS_ARGUMENTS},
	{"json_agg_strict", FOLLOWS_ARGUMENTS},
	{"json_build_array", FOLLOWS_ARGUMENTS},
	{"json_build_object", FOLLOWS_ARGUMENTS},
	{"json_object_agg", FOLLOWS_ARGUMENTS},
	{"json_object_agg_strict", FOLLOWS_ARGUMENTS},
	{"json_object_agg_unique", FOLLOWS_ARGUMENTS},
	{"json_object_agg_unique_strict", FOLLOWS_ARGUMENTS},
	{"json_populate_record", FOLLOWS_RESULT},
	{"json_populate_recordset", FOLLOWS_RESULT},
	{"json_to_record", FOLLOWS_RESULT},
	{"json_to_recordset", FOLLOWS_RESULT},
	{"jsonb_agg", FOLLOWS_ARGUMENTS},
	{"jsonb_agg_strict", FOLLOWS_ARGUMENTS},
	{"jsonb_build_array", FOLLOWS_ARGUMENTS},
	{"jsonb_build_object", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg_strict", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg_unique", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg_unique_strict", FOLLOWS_ARGUMENTS},
	{"jsonb_path_exists_tz", FOLLOWS_SETTINGS},
	{"jsonb_path_match_tz", FOLLOWS_SETTINGS},
	{"jsonb_path_query_array_tz", FOLLOWS_SETTINGS},
	{"jsonb_path_query_first_tz", FOLLOWS_SETTINGS},
	{"jsonb_populate_record", FOLLOWS_RESULT},
	{"jsonb_populate_recordset", FOLLOWS_RESULT},
	{"jsonb_to_record", FOLLOWS_RESULT},
	{"jsonb_to_recordset", FOLLOWS_RESULT},
	{"length", FOLLOWS_NOTHING},
	{"make_timestamptz", FOLLOWS_ZONE},
	{"multirange_in", FOLLOWS_NOTHING},
	{"multirange_out", FOLLOWS_NOTHING},
	{"now", FOLLOWS_NOTHING},
	{"overlaps", FOLLOWS_SETTINGS},
	{"quote_literal", FOLLOWS_ARGUMENTS},
	{"quote_nullable", FOLLOWS_ARGUMENTS},
	{"range_in", FOLLOWS_NOTHING},
	{"range_out", FOLLOWS_NOTHING},
	{"record_in", FOLLOWS_NOTHING},
	{"record_out", FOLLOWS_NOTHING},
	{"row_to_json", FOLLOWS_ARGUMENTS},
	{"statement_timestamp", FOLLOWS_NOTHING},
	{"textanycat", FOLLOWS_ARGUMENTS},
	{"time", FOLLOWS_SETTINGS},
	{"time_in", FOLLOWS_SETTINGS},
	{"timestamp", FOLLOWS_SETTINGS},
	{"timestamp_eq_timestamptz", FOLLOWS_ZONE},
	{"timestamp_ge_timestamptz", FOLLOWS_ZONE},
	{"timestamp_gt_timestamptz", FOLLOWS_ZONE},
	{"timestamp_in", FOLLOWS_SETTINGS},
	{"timestamp_le_timestamptz", FOLLOWS_ZONE},
	{"timestamp_lt_timestamptz", FOLLOWS_ZONE},
	{"timestamp_ne_timestamptz", FOLLOWS_ZONE},
	{"timestamp_out", FOLLOWS_SETTINGS},
	{"timestamptz", FOLLOWS_ZONE},
	{"timestamptz_eq_date", FOLLOWS_ZONE},
	{"timestamptz_eq_timestamp", FOLLOWS_ZONE},
	{"timestamptz_ge_date", FOLLOWS_ZONE},
	{"timestamptz_ge_timestamp", FOLLOWS_ZONE},
	{"timestamptz_gt_date", FOLLOWS_ZONE},
	{"timestamptz_gt_timestamp", FOLLOWS_ZONE},
	{"timestamptz_in", FOLLOWS_ZONE},
	{"timestamptz_le_date", FOLLOWS_ZONE},
	{"timestamptz_le_timestamp", FOLLOWS_ZONE},
	{"timestamptz_lt_date", FOLLOWS_ZONE},
	{"timestamptz_lt_timestamp", FOLLOWS_ZONE},
	{"timestamptz_mi_interval", FOLLOWS_SETTINGS},
	{"timestamptz_ne_date", FOLLOWS_ZONE},
	{"timestamptz_ne_timestamp", FOLLOWS_ZONE},
	{"timestamptz_out", FOLLOWS_SETTINGS},
	{"timestamptz_pl_interval", FOLLOWS_SETTINGS},
	{"timezone", FOLLOWS_SETTINGS},
	{"to_char", FOLLOWS_SETTINGS},
	{"to_date", FOLLOWS_SETTINGS},
	{"to_json", FOLLOWS_ARGUMENTS},
	{"to_jsonb", FOLLOWS_ARGUMENTS},
	{"to_number", FOLLOWS_SETTINGS},
	{"to_timestamp", FOLLOWS_ZONE},
	{"transaction_timestamp", FOLLOWS_NOTHING},
	{"xml", FOLLOWS_SETTINGS},
	{"xml_in", FOLLOWS_SETTINGS},
	{"xml_is_well_formed", FOLLOWS_SETTINGS},
};

/* Declared IMMUTABLE, and yet they read extra_float_digits and the like. */
static const Judged immutable[] = {
	{"box_out", FOLLOWS_SETTINGS},
	{"byteaout", FOLLOWS_SETTINGS},
	{"circle_out", FOLLOWS_SETTINGS},
	{"float4out", FOLLOWS_SETTINGS},
	{"float8out", FOLLOWS_SETTINGS},
	{"interval_out", FOLLOWS_SETTINGS},
	{"jsonb_object_agg", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg_strict", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg_unique", FOLLOWS_ARGUMENTS},
	{"jsonb_object_agg_unique_strict", FOLLOWS_ARGUMENTS},
	{"line_out", FOLLOWS_SETTINGS},
	{"lseg_out", FOLLOWS_SETTINGS},
	{"path_out", FOLLOWS_SETTINGS},
	{"point_out", FOLLOWS_SETTINGS},
	{"poly_out", FOLLOWS_SETTINGS},
	{"quote_ident", FOLLOWS_SETTINGS},
	{"timezone", FOLLOWS_SETTINGS}, /* where the zone is an abbreviation */
};

/* Compares a name with an entry. */
static int
compare_name(const void *name, const void *entry)
{
	return strcmp(name, ((const Judged *) entry)->name);
}

/*
 * What a function follows, not looking at the types of its arguments.
 * FOLLOWS_UNKNOWN is what a mapping must not call.
 */
ExpressionFollows
expression_function_follows(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	ExpressionFollows follows = FOLLOWS_NOTHING;
	Form_pg_proc form;
	const Judged *entry;
	bool		by_catalog;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	by_catalog = form->provolatile == PROVOLATILE_IMMUTABLE;
	entry = by_catalog ?
		bsearch(NameStr(form->proname), immutable, lengthof(immutable), sizeof(Judged), compare_name) :
		bsearch(NameStr(form->proname), stable, lengthof(stable), sizeof(Judged), compare_name);
	if (form->pronamespace == PG_CATALOG_NAMESPACE)
		follows = entry != NULL ? entry->follows : by_catalog ? FOLLOWS_NOTHING : FOLLOWS_UNKNOWN;
	/* the age of a transaction is the server's state */
	if (form->pronargs == 1 && form->proargtypes.values[0] == XIDOID && form->provolatile == PROVOLATILE_STABLE)
		follows = FOLLOWS_UNKNOWN;
	ReleaseSysCache(tuple);
	return follows;
}

/* The input or output function of a type, judged by its name. */
static ExpressionFollows
base_type_follows(Oid type, bool input)
{
	Oid			function;
	Oid			ioparam;
	bool		varlena;

	if (input)
		getTypeInputInfo(type, &function, &ioparam);
	else
		getTypeOutputInfo(type, &function, &varlena);
	return expression_function_follows(function);
}

/* The worst of a composite type's columns. */
static ExpressionFollows
columns_follow(Oid type, bool input)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	ExpressionFollows follows = FOLLOWS_NOTHING;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			follows = Max(follows, expression_type_follows(TupleDescAttr(desc, i)->atttypid, input));
	ReleaseTupleDesc(desc);
	return follows;
}

/*
 * What the text form of a type follows, when values are read (input) or
 * written.  A record may hold anything that can be pinned.
 */
ExpressionFollows
expression_type_follows(Oid type, bool input)
{
	Oid			element;

	type = getBaseType(type);
	element = get_element_type(type);
	if (OidIsValid(element))	/* array_nulls is a setting, too */
		return Max(expression_type_follows(element, input), input ? FOLLOWS_SETTINGS : FOLLOWS_NOTHING);
	switch (get_typtype(type))
	{
		case TYPTYPE_COMPOSITE:
			return columns_follow(type, input);
		case TYPTYPE_RANGE:
			return expression_type_follows(get_range_subtype(type), input);
		case TYPTYPE_MULTIRANGE:
			return expression_type_follows(get_multirange_range(type), input);
		case TYPTYPE_ENUM:
			return FOLLOWS_NOTHING;
		case TYPTYPE_PSEUDO:
			return type == RECORDOID || type == RECORDARRAYOID ? FOLLOWS_SETTINGS : FOLLOWS_NOTHING;
		default:
			return base_type_follows(type, input);
	}
}
