/*
 * survey.c
 *		fhir_map_check.
 *
 * Each row is mapped with its faults collected; a row that is refused has no
 * resource, so no more is asked of it.  Memory grows with the ids alone.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "mapping/run/id_rights.h"
#include "mapping/survey/survey.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map_check);

/* RunFaultHandler: a fault that the plan has found. */
static void
count_fault(void *arg, const RunFault *fault)
{
	Survey	   *survey = arg;
	const PlanSite *site = fault->site != NULL ? fault->site : &survey->plan->root.root->site;

	if (fault->has_default)
		return;					/* what has no entry is as the map's author wants it */
	survey_finding(survey, fault->refuses ? "error" : "warning", site->path, site->source,
				   run_rule_name(fault->rule), fault->message);
}

/* RunGuardBody: maps the rows of a batch and looks at what comes out. */
static void
map_batch(RunGuard *guard, void *arg)
{
	Survey	   *survey = arg;
	MemoryContext old = MemoryContextSwitchTo(survey->row);

	survey->guard = guard;
	for (int i = 0; i < survey->nrows; i++)
	{
		HeapTupleData space;
		HeapTuple	row;
		Datum		resource;

		CHECK_FOR_INTERRUPTS();
		survey->tuple = survey->rows[i];
		row = rows_tuple(survey->plan, survey->tuple, survey->desc, &space);
		if (run_guard_tuple(guard, row, &resource) == ROW_MAPPED)
		{
			survey->resources++;
			survey_resource(survey, DatumGetJsonbP(resource));
		}
		MemoryContextReset(survey->row);
	}
	survey->tuple = NULL;
	survey->guard = NULL;
	MemoryContextSwitchTo(old);
}

/* SurveyBatch: some rows. */
static void
survey_rows(void *arg, HeapTuple *rows, int n, TupleDesc desc)
{
	Survey	   *survey = arg;
	MemoryContext old;

	if (survey->run == NULL)
		survey->run = rows_begin_run(survey->plan, JSON_BINARY, rows[0], desc, survey->context);
	survey->rows = rows;
	survey->nrows = n;
	survey->desc = desc;
	old = MemoryContextSwitchTo(survey->context);
	run_guarded(survey->run, count_fault, survey, map_batch, survey);
	MemoryContextSwitchTo(old);
}

/* The arguments: a mapping's name, and how many rows. */
void
survey_read_arguments(FunctionCallInfo fcinfo, Survey *survey)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("name of a mapping must not be null")));
	survey->sample = PG_ARGISNULL(1) ? -1 : PG_GETARG_INT32(1);
	if (!PG_ARGISNULL(1) && survey->sample < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sample must not be negative"),
				 errhint("Give a number of rows, or NULL for all of them.")));
	survey->plan = mapping_plan_by_name(survey->function, text_to_cstring(PG_GETARG_TEXT_PP(0)), survey->context);
	mapping_check_id_rights(survey->function, survey->plan, true);
}

/*
 * fhir_map_check(name text, sample integer) RETURNS TABLE (severity, path,
 *			source, rule, count, example, diagnostics)
 *		What is wrong with the rows of a mapping, or with a random sample of so
 *		many, each kind of fault counted, with the key of one row.
 *
 * Reads as the caller, who needs what fhir_from_row needs.  Raises what the
 * mapping's template has become wrong by, never what is wrong with a row.
 */
Datum
fhir_bridge_map_check(PG_FUNCTION_ARGS)
{
	Survey		survey = {.function = fcinfo->flinfo->fn_oid};
	MemoryContext old;

	InitMaterializedSRF(fcinfo, 0);
	survey.context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge survey", ALLOCSET_DEFAULT_SIZES);
	survey.row = AllocSetContextCreate(survey.context, "fhir_bridge survey row", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(survey.context);
	survey_read_arguments(fcinfo, &survey);
	survey.reader = r4_reader_create(survey.context);
	survey_find_types(&survey.types);
	survey_add_sources(&survey, survey.plan->root.root);
	survey.keys = rows_keys(survey.plan);
	survey.nkeys = list_length(survey.keys);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	survey_read(survey_query(survey.plan, survey.keys, survey.sample), survey_rows, &survey);
	if (survey.sample < 0)
		survey_same_ids(&survey);
	SPI_finish();
	survey_report(&survey, (ReturnSetInfo *) fcinfo->resultinfo);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(survey.context);
	return (Datum) 0;
}
