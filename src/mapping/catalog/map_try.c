/*
 * map_try.c
 *		fhir_map_try: what a template makes of a relation's first rows.
 *
 * The template is compiled as fhir_map compiles it, with the same faults, but
 * nothing is written: neither the catalog nor the cache of plans sees it.  The
 * rows are read by an ordinary query of the caller's, so that privileges on
 * columns and row-level security are his.  A row that the mapping would refuse
 * does not hide the others: what is wrong with it, which fhir_json_from_row
 * would raise, stands in its place as FHIR says such things.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/json.h"
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

/* The rows that were read, and what is made of them. */
typedef struct Trial
{
	MappingPlan *plan;
	MappingRun *run;
	List	   *keys;			/* names of the columns that tell rows apart */
	SPITupleTable *rows;
	uint64		nrows;
	HeapTuple	row;			/* the present one */
	StringInfoData issues;		/* of the present row: an OperationOutcome's */
	ReturnSetInfo *result;
} Trial;

/* Appends a JSON member with a text. */
static void
append_member(StringInfo json, const char *name, const char *text)
{
	appendStringInfo(json, "\"%s\":", name);
	escape_json(json, text);
}

/* Which row it is, by its key; "" where it has none. */
static char *
row_in_words(const Trial *trial)
{
	char	   *key = rows_key(trial->row, trial->rows->tupdesc, list_length(trial->keys));
	StringInfoData names;
	ListCell   *lc;

	if (key == NULL)
		return "";
	initStringInfo(&names);
	foreach(lc, trial->keys)
		appendStringInfo(&names, "%s%s", foreach_current_index(lc) > 0 ? "," : "", quote_identifier(strVal(lfirst(lc))));
	return psprintf(", in the row with (%s) = (%s)", names.data, key);
}

/* RunFaultHandler: a fault that refuses the row becomes an issue. */
static void
add_issue(void *arg, const RunFault *fault)
{
	Trial	   *trial = arg;

	if (!fault->refuses)
		return;
	appendStringInfoString(&trial->issues, trial->issues.len > 0 ? ",{\"severity\":\"error\"," : "{\"severity\":\"error\",");
	append_member(&trial->issues, "code", run_rule_code(fault->rule));
	appendStringInfoChar(&trial->issues, ',');
	append_member(&trial->issues, "diagnostics", psprintf("%s%s", fault->message, row_in_words(trial)));
	if (fault->site != NULL)
	{
		appendStringInfoString(&trial->issues, ",\"expression\":[");
		escape_json(&trial->issues, fault->site->path);
		appendStringInfoChar(&trial->issues, ']');
	}
	appendStringInfoChar(&trial->issues, '}');
}

/* RunGuardBody: maps the rows into the result. */
static void
map_rows(RunGuard *guard, void *arg)
{
	Trial	   *trial = arg;

	for (uint64 i = 0; i < trial->nrows; i++)
	{
		HeapTupleData space;
		Datum		resource = (Datum) 0;
		RunOutcome	outcome;
		bool		isnull;

		trial->row = trial->rows->vals[i];
		outcome = run_guard_tuple(guard, rows_tuple(trial->plan, trial->row, trial->rows->tupdesc, &space), &resource);
		isnull = outcome == ROW_LEFT_OUT;
		if (outcome == ROW_REFUSED)
			resource = CStringGetTextDatum(psprintf("{\"resourceType\":\"OperationOutcome\",\"issue\":[%s]}", trial->issues.data));
		tuplestore_putvalues(trial->result->setResult, trial->result->setDesc, &resource, &isnull);
		resetStringInfo(&trial->issues);
	}
}

/* Reads the first rows of the relation, and maps them in the given memory into the result. */
static void
try_rows(MappingPlan *plan, int sample, MemoryContext context, ReturnSetInfo *result)
{
	Trial		trial = {.plan = plan, .keys = rows_keys(plan), .result = result};
	StringInfoData sql;

	initStringInfo(&sql);
	rows_select(&sql, plan, trial.keys);
	appendStringInfo(&sql, " LIMIT %d", sample);
	if (SPI_execute(sql.data, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows of mapping \"%s\"", plan->fullname);
	trial.rows = SPI_tuptable;
	trial.nrows = SPI_processed;
	if (trial.nrows == 0)
		return;
	initStringInfo(&trial.issues);
	trial.run = rows_begin_run(plan, JSON_TEXT, trial.rows->vals[0], trial.rows->tupdesc, context);
	run_guarded(trial.run, add_issue, &trial, map_rows, &trial);
}

/*
 * fhir_map_try(relation regclass, template json, sample integer,
 *				timezone text, on_invalid text) RETURNS SETOF json
 *		The resources of the first rows, NULL for a row that "$if" leaves out,
 *		an OperationOutcome in the place of one that the mapping refuses.
 *
 * Raises what fhir_map would raise about the template.  The caller needs
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
	try_rows(plan, PG_GETARG_INT32(2), context, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	MemoryContextDelete(context);
	mapping_plan_free(plan);
	return (Datum) 0;
}
