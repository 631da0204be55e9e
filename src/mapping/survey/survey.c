/*
 * survey.c
 *		fhir_map_check.
 *
 * Each row is mapped with its faults collected; a row that is refused has no
 * resource, so no more is asked of it.  Memory grows with the ids alone.
 */
#include "postgres.h"

#include "executor/spi.h"
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

/* SurveyTaker: looks at what comes out. */
static void
take_resource(Survey *survey, Jsonb *resource)
{
	survey->resources++;
	survey_resource(survey, resource);
}

/* The arguments: a mapping's name, and how many rows. */
static void
read_arguments(FunctionCallInfo fcinfo, Survey *survey)
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
 * Begins a survey of the mapping that the arguments name, for a function that
 * returns a set.  From here to survey_end the current context is the survey's,
 * and SPI is connected: an error ends both by itself.
 */
void
survey_begin(FunctionCallInfo fcinfo, Survey *survey)
{
	InitMaterializedSRF(fcinfo, 0);
	survey->function = fcinfo->flinfo->fn_oid;
	survey->outside = CurrentMemoryContext;
	survey->context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge survey", ALLOCSET_DEFAULT_SIZES);
	survey->row = AllocSetContextCreate(survey->context, "fhir_bridge survey row", ALLOCSET_DEFAULT_SIZES);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(survey->context);
	read_arguments(fcinfo, survey);
}

/* Ends what survey_begin began. */
void
survey_end(Survey *survey)
{
	SPI_finish();
	MemoryContextSwitchTo(survey->outside);
	MemoryContextDelete(survey->context);
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
	Survey		survey = {0};

	survey_begin(fcinfo, &survey);
	survey.reader = r4_reader_create(survey.context);
	survey_find_types(&survey.types);
	survey_add_sources(&survey, survey.plan->root.root);
	survey.keys = rows_keys(survey.plan);
	survey.nkeys = list_length(survey.keys);
	survey_map_rows(&survey, count_fault, take_resource);
	if (survey.sample < 0)
		survey_same_ids(&survey);
	survey_report(&survey, (ReturnSetInfo *) fcinfo->resultinfo);
	survey_end(&survey);
	return (Datum) 0;
}
