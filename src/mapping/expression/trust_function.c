/*
 * trust_function.c
 *		Functions that a mapping may call, and what it may hand to them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "mapping/expression/trust.h"

/*
 * PostgreSQL's functions that take values of any type and do no more with them
 * than to move, to compare and to write them out.  Not among them: those that
 * look up a cast (all that make json or jsonb, and the SQL functions behind
 * value || text, which are called anytextcat and textanycat, quote_literal and
 * quote_nullable), those that read a value from text (json_populate_record and
 * its like), and those of ranges.
 */
static const char *const any_functions[] = {
	"any_value", "array_agg", "array_append", "array_cat", "array_dims", "array_eq",
	"array_ge", "array_gt", "array_larger", "array_le", "array_length", "array_lower",
	"array_lt", "array_ndims", "array_ne", "array_position", "array_positions", "array_prepend",
	"array_remove", "array_replace", "array_smaller", "array_to_string", "array_upper", "arraycontained",
	"arraycontains", "arrayoverlap", "cardinality", "concat", "concat_ws", "count", "enum_cmp", "enum_eq",
	"enum_first", "enum_ge", "enum_gt", "enum_larger", "enum_last", "enum_le", "enum_lt", "enum_ne",
	"enum_range", "enum_smaller", "first_value", "format", "lag", "last_value", "lead", "max", "min", "mode",
	"nth_value", "num_nonnulls", "num_nulls", "pg_typeof", "record_eq", "record_ge", "record_gt",
	"record_le", "record_lt", "record_ne", "trim_array", "unnest"
};

/* PostgreSQL's functions that run what they are given as text, or read a value of a type that it names. */
static const char *const text_functions[] = {
	"cursor_to_xml", "cursor_to_xmlschema", "database_to_xml", "database_to_xml_and_xmlschema",
	"database_to_xmlschema", "pg_input_error_info", "pg_input_is_valid", "query_to_xml",
	"query_to_xml_and_xmlschema", "query_to_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema",
	"schema_to_xmlschema", "table_to_xml", "table_to_xml_and_xmlschema", "table_to_xmlschema", "ts_stat",
	"xpath_table" /* of the extension xml2 */
};

/* bsearch comparator for names. */
static int
compare_names(const void *key, const void *member)
{
	return strcmp(key, *(const char *const *) member);
}

/* Is the name in a sorted list? */
#define IS_NAMED(name, list) \
	(bsearch(name, list, lengthof(list), sizeof(list[0]), compare_names) != NULL)

/* Is it one of this extension's functions? */
static bool
is_own(Oid function)
{
	Oid			extension = getExtensionOfObject(ProcedureRelationId, function);

	return OidIsValid(extension) && extension == get_extension_oid("fhir_bridge", true);
}

/* The function's name for a message. */
static char *
function_name(Oid function)
{
	return psprintf("%s.%s", get_namespace_name(get_func_namespace(function)), get_func_name(function));
}

/* The functions that an aggregate is made of. */
static void
trust_aggregate(const TrustFrame *frame, Oid function, bool trusted)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(function));
	FormData_pg_aggregate form;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("aggregate with OID %u does not exist", function)));
	form = *(Form_pg_aggregate) GETSTRUCT(tuple);
	ReleaseSysCache(tuple);
	if (!trusted)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a mapping cannot call aggregate %s, which is not a superuser's", function_name(function)),
				 errhint("A superuser has to own it.")));
	for (int i = 0; i < 8; i++)
	{
		Oid			parts[] = {form.aggtransfn, form.aggfinalfn, form.aggcombinefn, form.aggserialfn,
					   form.aggdeserialfn, form.aggmtransfn, form.aggminvtransfn, form.aggmfinalfn};

		if (OidIsValid(parts[i]))
			trust_function(frame, parts[i]);
	}
}

/*
 * Judges a function: PostgreSQL's and superusers' are trusted, also those that
 * extensions have brought: members of an extension that belong to somebody
 * else are his to replace.  In a policy no volatile one is.
 */
void
trust_function(const TrustFrame *frame, Oid function)
{
	Trust	   *trust = frame->trust;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	FormData_pg_proc form;
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("function with OID %u does not exist", function)));
	form = *(Form_pg_proc) GETSTRUCT(tuple);
	ReleaseSysCache(tuple);
	trusted = function < FirstNormalObjectId || trust_role(form.proowner);
	if (trusted && IS_NAMED(NameStr(form.proname), text_functions))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a mapping cannot call %s", function_name(function)),
				 errdetail("It runs a query, or reads a value of a type, that it is given as text.")));
	if (frame->policy && form.provolatile == PROVOLATILE_VOLATILE)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a policy of row-level security calls the volatile function %s", function_name(function)),
				 errhint("A sub-select in a mapping reads tables whose policies change nothing.")));
	if (function < FirstNormalObjectId)
		return;
	if (form.prokind == PROKIND_AGGREGATE)
		trust_aggregate(frame, function, trusted);
	trust->functions = list_append_unique_oid(trust->functions, function);
	if (!trusted)
		trust->untrusted = list_append_unique_oid(trust->untrusted, function);
}

/* Does a function say of each argument of somebody's type that it is of that type? */
static bool
declares_types(const TrustFrame *frame, Oid function, List *args)
{
	Oid		   *types;
	int			ntypes;
	ListCell   *lc;

	(void) get_func_signature(function, &types, &ntypes);
	foreach(lc, args)
	{
		int			i = foreach_current_index(lc);
		Node	   *arg = lfirst(lc);

		if (IsA(arg, TargetEntry))
			arg = (Node *) ((TargetEntry *) arg)->expr;
		if (trust_value(frame, arg) != TRUST_PLAIN &&
			(i >= ntypes || get_typtype(types[i]) == TYPTYPE_PSEUDO || types[i] == RECORDOID))
			return false;
	}
	return true;
}

/*
 * Judges what a call is given and gives; kind is the worst of its arguments
 * and of its result.  A function of a site that declares the very type knows
 * what it is given; one for any type may look into the type's casts, or make
 * values of it.
 */
void
trust_call(const TrustFrame *frame, Oid function, TrustKind kind, List *args)
{
	if (kind == TRUST_PLAIN || is_own(function))
		return;
	if (function < FirstNormalObjectId ? IS_NAMED(get_func_name(function), any_functions) :
		declares_types(frame, function, args))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("a mapping cannot hand a value of a user's type to %s", function_name(function)),
			 errdetail("An enum, a domain, a range or a composite type may bring code of its owner's: casts, checks and others."),
			 errhint("Cast the value to text, to a number or to the domain's base type first; or let a superuser own the type.")));
}

/* The error for a mapping that calls a function which nobody has approved. */
void
trust_refuse(const char *mapping, Oid function)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("mapping \"%s\" calls a function that nobody vouches for", mapping),
			 errdetail("Function %s is neither PostgreSQL's nor a superuser's.", format_procedure(function)),
			 errhint("A superuser approves the mapping by registering it with fhir_map; the approval ends when the function changes.")));
}
