/*
 * survey_row.c
 *		fhir_row_faults: what is wrong with one row.
 *
 *		INSERT INTO refused
 *		SELECT p.id_no, f.* FROM patient p, fhir_row_faults(p) f WHERE f.severity = 'error'
 *
 * keeps the rows that an export would stop at in a table of the user's choice;
 * the export leaves them out.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "mapping/catalog/from_row.h"
#include "mapping/catalog/mapping.h"
#include "mapping/run/run.h"

PG_FUNCTION_INFO_V1(fhir_bridge_row_faults);

/* Columns of the result, from 0. */
enum FaultColumn
{
	FAULT_SEVERITY,
	FAULT_CODE,
	FAULT_PATH,
	FAULT_SOURCE,
	FAULT_RULE,
	FAULT_DIAGNOSTICS,
	FAULT_NCOLUMNS
};

/*
 * RunFaultHandler: adds a row to the result.  What a code map lets pass is as
 * the map's author wants it.
 */
static void
add_fault(void *arg, const RunFault *fault)
{
	ReturnSetInfo *result = arg;
	Datum		values[FAULT_NCOLUMNS] = {0};
	bool		nulls[FAULT_NCOLUMNS] = {false};

	if (fault->rule == RULE_UNMAPPED && !fault->refuses)
		return;
	values[FAULT_SEVERITY] = CStringGetTextDatum(fault->refuses ? "error" : "warning");
	values[FAULT_CODE] = CStringGetTextDatum(run_rule_code(fault->rule));
	values[FAULT_RULE] = CStringGetTextDatum(run_rule_name(fault->rule));
	values[FAULT_DIAGNOSTICS] = CStringGetTextDatum(fault->message);
	nulls[FAULT_PATH] = fault->site == NULL;
	nulls[FAULT_SOURCE] = fault->site == NULL || fault->site->source == NULL;
	if (!nulls[FAULT_PATH])
		values[FAULT_PATH] = CStringGetTextDatum(fault->site->path);
	if (!nulls[FAULT_SOURCE])
		values[FAULT_SOURCE] = CStringGetTextDatum(fault->site->source);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* RunGuardBody: maps the one row. */
static void
map_row(RunGuard *guard, void *arg)
{
	Datum		resource;

	(void) run_guard_tuple(guard, arg, &resource);
}

/*
 * fhir_row_faults(record [, mapping text]) RETURNS TABLE (severity, code, path,
 *			source, rule, diagnostics)
 *		The faults of one row: errors where fhir_from_row refuses it, warnings
 *		where on_invalid lets it pass.  None for a good row.
 */
Datum
fhir_bridge_row_faults(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	MappingRun *run = mapping_run_of_call(fcinfo, JSON_TEXT, false, row);
	HeapTupleData tuple = {0};

	InitMaterializedSRF(fcinfo, 0);
	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_data = row;
	run_guarded(run, add_fault, fcinfo->resultinfo, map_row, &tuple);
	return (Datum) 0;
}
