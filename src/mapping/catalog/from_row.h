/*
 * from_row.h
 *		The run that a call of fhir_from_row keeps.
 */
#ifndef FHIR_BRIDGE_FROM_ROW_H
#define FHIR_BRIDGE_FROM_ROW_H

#include "postgres.h"

#include "fmgr.h"
#include "mapping/run/run.h"

extern MappingRun *mapping_run_of_call(FunctionCallInfo fcinfo, JsonForm form, HeapTupleHeader row);

#endif							/* FHIR_BRIDGE_FROM_ROW_H */
