/*
 * map_try.c
 *		fhir_map_try: what a template makes of a relation's first rows.
 *
 * The template is compiled as fhir_map compiles it, with the same faults, but
 * nothing is written: neither the catalog nor the cache of plans sees it.  The
 * rows are read by an ordinary query of the caller's, so that privileges on
 * columns and row-level security are his.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/base.h"
#include "mapping/run/id_rights.h"
#include "mapping/catalog/mapping.h"
#include "mapping/catalog/rows.h"
#include "mapping/run/run.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map_try);

/* What fhir_map would be given; the name is the relation's. */
static void
read_arguments(FunctionCallInfo fcinfo, MappingSource *source)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation, template, sample and on_invalid must not be null")));
	if (PG_GETARG_INT32(2) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sample must not be negative"),
				 errhint("Give the number of rows to map; 0 checks the template alone.")));
	source->relation = PG_GETARG_OID(0);
	source->template = text_to_cstring(PG_GETARG_TEXT_PP(1));
	source->timezone = PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3));
	source->on_invalid = mapping_on_invalid(text_to_cstring(PG_GETARG_TEXT_PP(4)));
	mapping_check_has_rows(source->relation);
	namestrcpy(&source->name, get_rel_name(source->relation));
	source->fullname = mapping_full_name(source->relation, NameStr(source->name));
}

/* Maps the first rows of the relation, in the given memory, into the result. */
static void
map_rows(MappingPlan *plan, int sample, MemoryContext context, ReturnSetInfo *result)
{
	MappingRun *run = NULL;
	StringInfoData sql;

	initStringInfo(&sql);
	rows_select(&sql, plan, NIL);
	appendStringInfo(&sql, " LIMIT %d", sample);
	if (SPI_execute(sql.data, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows of mapping \"%s\"", plan->fullname);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		HeapTupleData space;
		Datum		resource = (Datum) 0;
		bool		isnull;

		if (run == NULL)
			run = rows_begin_run(plan, JSON_TEXT, row, desc, context);
		isnull = !run_tuple(run, rows_tuple(plan, row, desc, &space), &resource);
		tuplestore_putvalues(result->setResult, result->setDesc, &resource, &isnull);
	}
}

/*
 * fhir_map_try(relation regclass, template json, sample integer,
 *				timezone text, on_invalid text) RETURNS SETOF json
 *		The resources of the first rows, NULL for a row that "$if" leaves out.
 *
 * Raises what fhir_map would raise about the template, and what
 * fhir_json_from_row would raise about one of these rows.  The caller needs
 * not own the relation, and vouches himself for the functions that he calls.
 */
Datum
fhir_bridge_map_try(PG_FUNCTION_ARGS)
{
	MappingSource source = {0};
	MappingPlan *plan;
	MemoryContext context;

	read_arguments(fcinfo, &source);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	/* the plan goes with the current context, at the latest by an error */
	plan = mapping_compile(fcinfo->flinfo->fn_oid, &source, true, NULL);
	context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge try", ALLOCSET_SMALL_SIZES);
	mapping_check_id_rights(fcinfo->flinfo->fn_oid, plan, true);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	map_rows(plan, PG_GETARG_INT32(2), context, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	MemoryContextDelete(context);
	mapping_plan_free(plan);
	return (Datum) 0;
}
