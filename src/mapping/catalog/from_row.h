/*
 * from_row.h
 *		The run that a call of fhir_from_row keeps.
 */
#ifndef FHIR_BRIDGE_FROM_ROW_H
#define FHIR_BRIDGE_FROM_ROW_H

#include "postgres.h"

#include "fmgr.h"
#include "mapping/run/run.h"

/*
 * Is the row of a call known to be read from the mapped relation?  The planner
 * says so (inline_row.c) by a collation that no SQL can give: the function's own
 * OID.  A row has no collation, and the mapping's name is looked up without.
 */
#define ROW_IS_READ(fcinfo) (OidIsValid((fcinfo)->flinfo->fn_oid) && (fcinfo)->fncollation == (fcinfo)->flinfo->fn_oid)

extern MappingRun *mapping_run_of_call(FunctionCallInfo fcinfo, JsonForm form, bool shown, HeapTupleHeader row);

#endif							/* FHIR_BRIDGE_FROM_ROW_H */
