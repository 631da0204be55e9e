/*
 * arv.c
 *		The aggregate arv(bp, measured_at): average real variability as published.
 *
 * The state collects the readings of one group, 16 bytes each; the order in
 * which they come, and how parallel workers share them out, does not matter,
 * because the final function sorts by time and then by value.
 *
 * Memory: the state and its array live in the aggregate's context.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/base.h"
#include "clinical/clinical.h"

#define INITIAL_CAPACITY 32		/* about a day of readings */
#define MAX_READINGS ((MaxAllocSize - VARHDRSZ) / sizeof(BpTimedReading))

typedef struct ArvState
{
	size_t		n;				/* readings collected */
	size_t		capacity;		/* readings that fit */
	BpTimedReading *readings;
} ArvState;

PG_FUNCTION_INFO_V1(fhir_bridge_arv_accum);
PG_FUNCTION_INFO_V1(fhir_bridge_arv_combine);
PG_FUNCTION_INFO_V1(fhir_bridge_arv_serialize);
PG_FUNCTION_INFO_V1(fhir_bridge_arv_deserialize);
PG_FUNCTION_INFO_V1(fhir_bridge_arv_final);

/* An empty state with room for some readings, in the given context. */
static ArvState *
make_state(MemoryContext context, size_t capacity)
{
	ArvState   *state = MemoryContextAlloc(context, sizeof(ArvState));

	state->n = 0;
	state->capacity = Max(capacity, INITIAL_CAPACITY);
	state->readings = MemoryContextAlloc(context, state->capacity * sizeof(BpTimedReading));
	return state;
}

/*
 * The aggregate's state from argument 0, made when there is none yet.  Raises
 * an error when the function is not called as part of an aggregate.
 */
static ArvState *
get_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (PG_ARGISNULL(0))
		return make_state(context, INITIAL_CAPACITY);
	return (ArvState *) PG_GETARG_POINTER(0);
}

/* Makes room for more readings; doubles, so that adding stays linear. */
static void
reserve(ArvState *state, size_t more)
{
	size_t		needed = state->n + more;

	if (needed <= state->capacity)
		return;
	if (needed > MAX_READINGS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many readings in one group of arv"),
				 errdetail("A group can have %zu readings.", (size_t) MAX_READINGS)));
	state->capacity = Min(Max(needed, state->capacity * 2), MAX_READINGS);
	state->readings = repalloc(state->readings, state->capacity * sizeof(BpTimedReading));
}

/*
 * Transition function: adds a reading.  One without value or time is skipped.
 * Raises an error for a bad reading and for an infinite time.
 */
Datum
fhir_bridge_arv_accum(PG_FUNCTION_ARGS)
{
	ArvState   *state = get_state(fcinfo);
	BpTimedReading reading;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	reading.bp = PG_GETARG_FLOAT8(1);
	reading.time = PG_GETARG_TIMESTAMPTZ(2);
	clinical_report(bp_check_reading(reading.bp));
	if (TIMESTAMP_NOT_FINITE(reading.time))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"measured_at\" must be finite")));
	reserve(state, 1);
	state->readings[state->n++] = reading;
	PG_RETURN_POINTER(state);
}

/* Combine function: adds the readings of the second state to the first. */
Datum
fhir_bridge_arv_combine(PG_FUNCTION_ARGS)
{
	ArvState   *state = get_state(fcinfo);
	const ArvState *other = PG_ARGISNULL(1) ? NULL : (ArvState *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		reserve(state, other->n);
		memcpy(state->readings + state->n, other->readings, other->n * sizeof(BpTimedReading));
		state->n += other->n;
	}
	PG_RETURN_POINTER(state);
}

/*
 * Serial function: the readings as they are in memory.  They only travel
 * between processes of one server.
 */
Datum
fhir_bridge_arv_serialize(PG_FUNCTION_ARGS)
{
	const ArvState *state = get_state(fcinfo);
	size_t		length = state->n * sizeof(BpTimedReading);
	bytea	   *result = palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), state->readings, length);
	PG_RETURN_BYTEA_P(result);
}

/* Deserial function: a state in the current context, for the combine function. */
Datum
fhir_bridge_arv_deserialize(PG_FUNCTION_ARGS)
{
	const bytea *bytes = PG_GETARG_BYTEA_PP(0);
	size_t		length = VARSIZE_ANY_EXHDR(bytes);
	ArvState   *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = make_state(CurrentMemoryContext, length / sizeof(BpTimedReading));
	state->n = length / sizeof(BpTimedReading);
	memcpy(state->readings, VARDATA_ANY(bytes), length);
	PG_RETURN_POINTER(state);
}

/*
 * Final function: the figure in mmHg, or NULL for fewer than two readings and
 * for readings of one time only.  Sorts the state in place; that changes
 * nothing for a later call, so window frames and shared states are safe.
 */
Datum
fhir_bridge_arv_final(PG_FUNCTION_ARGS)
{
	ArvState   *state = get_state(fcinfo);
	double		result;
	BpStatus	status = bp_arv_timed(state->readings, state->n, &result);

	clinical_report(status);
	if (status == BP_UNDEFINED)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(result);
}
