/*
 * from_row.c
 *		fhir_from_row and fhir_json_from_row.
 *
 * The call site keeps a run in fn_extra.  It is made anew when the plan is no
 * longer valid, when the row's type changes, and when another mapping is
 * named.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/base.h"
#include "mapping/catalog/from_row.h"
#include "mapping/catalog/mapping.h"
#include "mapping/run/id_rights.h"
#include "mapping/run/run.h"

PG_FUNCTION_INFO_V1(fhir_bridge_from_row);
PG_FUNCTION_INFO_V1(fhir_bridge_json_from_row);

/* As many schemas of search_path are remembered; more make a call slower. */
#define MAX_PATH 16

/* What a call site keeps. */
typedef struct CallSite
{
	MemoryContext context;		/* of the run; a child of fn_mcxt */
	MappingRun *run;			/* NULL before the first row */
	Oid			role;			/* whose rights were checked */
	text	   *name;			/* the second argument, or NULL */
	Oid			path[MAX_PATH]; /* search_path under which it was resolved */
	int			pathlen;
} CallSite;

/* Does the call name the mapping that the site has resolved? */
static bool
names_same_mapping(CallSite *site, FunctionCallInfo fcinfo)
{
	text	   *name;
	Oid			path[MAX_PATH];
	int			pathlen;

	if (PG_NARGS() < 2)
		return true;
	name = PG_GETARG_TEXT_PP(1);
	if (VARSIZE_ANY_EXHDR(name) != VARSIZE_ANY_EXHDR(site->name) ||
		memcmp(VARDATA_ANY(name), VARDATA_ANY(site->name), VARSIZE_ANY_EXHDR(name)) != 0)
		return false;
	pathlen = fetch_search_path_array(path, MAX_PATH);
	return pathlen == site->pathlen && pathlen <= MAX_PATH &&
		memcmp(path, site->path, sizeof(Oid) * pathlen) == 0;
}

/*
 * Can the site's run take this row?  A change of the mapped relation makes the
 * plan invalid; one of another type is noticed by the generation.  The state of
 * an expression, and the site with it, may be kept for another role.
 */
static inline bool
run_fits(CallSite *site, FunctionCallInfo fcinfo, Oid type, int32 typmod)
{
	MappingRun *run = site->run;

	return run != NULL && mapping_plan_is_valid(run->plan) && site->role == GetUserId() &&
		run->type == type && run->typmod == typmod &&
		(run->own || run->generation == base_relation_generation) &&
		names_same_mapping(site, fcinfo);
}

/* The mapping of the call: by its name, or the only one of the row's type. */
static Oid
resolve_mapping(CallSite *site, FunctionCallInfo fcinfo, Oid type, NameData *name)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Oid			relation;

	if (PG_NARGS() >= 2)
	{
		text	   *given = PG_GETARG_TEXT_PP(1);
		MemoryContext old = MemoryContextSwitchTo(site->context);

		site->name = (text *) datumCopy(PointerGetDatum(given), false, -1);
		site->pathlen = fetch_search_path_array(site->path, MAX_PATH);
		MemoryContextSwitchTo(old);
		relation = mapping_find_name(function, text_to_cstring(given), name);
		if (!OidIsValid(relation))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("mapping \"%s\" does not exist", text_to_cstring(given)),
					 errhint("The table fhir_mapping lists what is registered.")));
		return relation;
	}
	relation = type == RECORDOID ? InvalidOid : typeOrDomainTypeRelid(type);
	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the row is of no relation, so its mapping is not known"),
				 errhint("Give the mapping's name as the second argument.")));
	mapping_find_relation(function, relation, name);
	return relation;
}

/* Makes the site's run anew for a row type. */
static void
prepare_run(CallSite *site, FunctionCallInfo fcinfo, JsonForm form, bool shown, Oid type, int32 typmod)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	NameData	name;
	Oid			relation;
	MappingPlan *plan;
	TupleDesc	desc;
	uint64		generation;

	site->run = NULL;
	MemoryContextReset(site->context);
	relation = resolve_mapping(site, fcinfo, type, &name);
	plan = mapping_plan_get(function, relation, NameStr(name));
	mapping_plan_pin(plan, site->context);
	/* who is told of faults alone sees no ids */
	mapping_check_id_rights(function, plan, !shown || ROW_IS_READ(fcinfo));
	site->role = GetUserId();
	generation = base_relation_generation;
	desc = lookup_rowtype_tupdesc_copy(type, typmod);
	site->run = run_begin(plan, form, desc, site->context);
	site->run->generation = generation;
	site->run->type = type;
	site->run->typmod = typmod;
}

/* The call site's state, made at the first call. */
static CallSite *
get_site(FunctionCallInfo fcinfo)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite));
		site->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "fhir_bridge run",
											  ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/*
 * The run of a call whose first argument is a row and whose second, if it has
 * one, is a mapping's name; kept in the call's fn_extra.  shown says whether
 * what the row becomes is shown.
 */
MappingRun *
mapping_run_of_call(FunctionCallInfo fcinfo, JsonForm form, bool shown, HeapTupleHeader row)
{
	Oid			type = HeapTupleHeaderGetTypeId(row);
	int32		typmod = HeapTupleHeaderGetTypMod(row);
	CallSite   *site = get_site(fcinfo);

	if (!run_fits(site, fcinfo, type, typmod))
		prepare_run(site, fcinfo, form, shown, type, typmod);
	return site->run;
}

/* Both functions; they differ in the form of the result. */
static Datum
from_row(FunctionCallInfo fcinfo, JsonForm form)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	Datum		result;

	if (!run_row(mapping_run_of_call(fcinfo, form, true, row), row, &result))
		PG_RETURN_NULL();
	return result;
}

/*
 * fhir_from_row(record [, mapping text]) RETURNS jsonb
 *		The resource for one row; NULL when the mapping's $if leaves it out.
 */
Datum
fhir_bridge_from_row(PG_FUNCTION_ARGS)
{
	return from_row(fcinfo, JSON_BINARY);
}

/*
 * fhir_json_from_row(record [, mapping text]) RETURNS json
 *		The same as text, in the template's order.
 */
Datum
fhir_bridge_json_from_row(PG_FUNCTION_ARGS)
{
	return from_row(fcinfo, JSON_TEXT);
}
