/*
 * calc.c
 *		SQL face of calc_map and calc_arv: arguments in, statuses to errors.
 *
 * The formulas and their sources are in blood_pressure.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "clinical/clinical.h"

/* An array argument, NULL elements included. */
typedef struct Float8Array
{
	Datum	   *values;
	bool	   *nulls;
	int			n;
} Float8Array;

PG_FUNCTION_INFO_V1(fhir_bridge_calc_map_at_rest);
PG_FUNCTION_INFO_V1(fhir_bridge_calc_map_in_exercise);
PG_FUNCTION_INFO_V1(fhir_bridge_calc_arv);
PG_FUNCTION_INFO_V1(fhir_bridge_calc_arv_weighted);

/* Raises an argument's error, which never shows the value. */
static void
report(int sqlstate, const char *message)
{
	ereport(ERROR, (errcode(sqlstate), errmsg("%s", message)));
}

/*
 * Turns a status into an error that names the argument and its range.
 * BP_OK and BP_UNDEFINED, which SQL shows as NULL, return.
 */
void
clinical_report(BpStatus status)
{
	switch (status)
	{
		case BP_OK:
		case BP_UNDEFINED:
			return;
		case BP_BAD_SBP:
			report(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "\"sbp\" must be finite and above 0 mmHg");
			break;
		case BP_BAD_DBP:
			report(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "\"dbp\" must be finite and above 0 mmHg");
			break;
		case BP_SBP_BELOW_DBP:
			report(ERRCODE_INVALID_PARAMETER_VALUE, "\"sbp\" must not be below \"dbp\"");
			break;
		case BP_BAD_HR:
			report(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "\"hr\" must be finite and above 0 beats per minute");
			break;
		case BP_BAD_READING:
			report(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "\"bp\" must be finite and above 0 mmHg");
			break;
		case BP_BAD_WEIGHT:
			report(ERRCODE_INVALID_PARAMETER_VALUE, "\"weights\" must be finite and not below 0");
			break;
		case BP_NO_WEIGHT:
			report(ERRCODE_INVALID_PARAMETER_VALUE, "\"weights\" must not all be 0");
			break;
		case BP_OVERFLOW:
			report(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "result is out of range of double precision");
			break;
	}
}

/*
 * calc_map(sbp float8, dbp float8) RETURNS float8
 *		Mean arterial pressure at rest, mmHg.  Strict.
 */
Datum
fhir_bridge_calc_map_at_rest(PG_FUNCTION_ARGS)
{
	double		result;
	BpStatus	status = bp_map_at_rest(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), &result);

	if (unlikely(status != BP_OK))
		clinical_report(status);
	PG_RETURN_FLOAT8(result);
}

/*
 * calc_map(sbp float8, dbp float8, hr float8) RETURNS float8
 *		Mean arterial pressure during exercise, mmHg.  Strict.
 */
Datum
fhir_bridge_calc_map_in_exercise(PG_FUNCTION_ARGS)
{
	double		result;
	BpStatus	status = bp_map_in_exercise(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1),
											PG_GETARG_FLOAT8(2), &result);

	if (unlikely(status != BP_OK))
		clinical_report(status);
	PG_RETURN_FLOAT8(result);
}

/*
 * Takes an array argument apart, in the current context.  Raises an error
 * that names the argument when it has several dimensions.
 */
static Float8Array
read_array(ArrayType *array, const char *name)
{
	Float8Array result;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must have one dimension", name)));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &result.values, &result.nulls, &result.n);
	return result;
}

/*
 * calc_arv(bp float8[]) RETURNS float8
 *		Average real variability with weights 1/n, mmHg.
 *
 * Strict.  NULL readings are skipped and not counted; fewer than two give
 * NULL.
 */
Datum
fhir_bridge_calc_arv(PG_FUNCTION_ARGS)
{
	Float8Array readings = read_array(PG_GETARG_ARRAYTYPE_P(0), "bp");
	double	   *bp = palloc(readings.n * sizeof(double));
	size_t		n = 0;
	double		result;
	BpStatus	status;

	for (int i = 0; i < readings.n; i++)
		if (!readings.nulls[i])
			bp[n++] = DatumGetFloat8(readings.values[i]);
	status = bp_arv(bp, n, &result);
	clinical_report(status);
	if (status == BP_UNDEFINED)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(result);
}

/*
 * calc_arv(bp float8[], weights float8[]) RETURNS float8
 *		Average real variability with a weight for each reading, mmHg.
 *
 * Strict.  A NULL reading is skipped together with its weight, whatever that
 * is; fewer than two readings give NULL.  A NULL weight of a reading and
 * arrays of different lengths are errors.
 */
Datum
fhir_bridge_calc_arv_weighted(PG_FUNCTION_ARGS)
{
	Float8Array readings = read_array(PG_GETARG_ARRAYTYPE_P(0), "bp");
	Float8Array given = read_array(PG_GETARG_ARRAYTYPE_P(1), "weights");
	double	   *bp = palloc(readings.n * sizeof(double));
	double	   *weights = palloc(readings.n * sizeof(double));
	size_t		n = 0;
	double		result;
	BpStatus	status;

	if (readings.n != given.n)
		report(ERRCODE_INVALID_PARAMETER_VALUE, "\"weights\" must be as long as \"bp\"");
	for (int i = 0; i < readings.n; i++)
	{
		if (readings.nulls[i])
			continue;
		if (given.nulls[i])
			report(ERRCODE_INVALID_PARAMETER_VALUE, "\"weights\" must not contain null");
		bp[n] = DatumGetFloat8(readings.values[i]);
		weights[n++] = DatumGetFloat8(given.values[i]);
	}
	status = bp_arv_weighted(bp, weights, n, &result);
	clinical_report(status);
	if (status == BP_UNDEFINED)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(result);
}
