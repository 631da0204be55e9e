/*
 * invariants_sql.c
 *		fhir_invariants(): which of R4's invariants are checked.
 *
 * A user who trusts fhir_is_valid() must be able to see what it looks at, so
 * the list comes out of the same tables as the checks.
 */
#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "r4/invariant/invariant.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(fhir_bridge_invariants);

#define COLUMNS 7

/* fhir_invariants(): a row for each invariant of HL7's list, in its order. */
Datum
fhir_bridge_invariants(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	R4Invariant invariant;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; r4_invariant(i, &invariant); i++)
	{
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {false};

		values[0] = CStringGetTextDatum(invariant.key);
		values[1] = CStringGetTextDatum(invariant.path);
		values[2] = CStringGetTextDatum(invariant.severity == R4_ERROR ? "error" : "warning");
		values[3] = CStringGetTextDatum(invariant.human);
		values[4] = CStringGetTextDatum(invariant.expression);
		values[5] = BoolGetDatum(invariant.checked);
		nulls[6] = invariant.reason == NULL;
		values[6] = nulls[6] ? (Datum) 0 : CStringGetTextDatum(invariant.reason);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
