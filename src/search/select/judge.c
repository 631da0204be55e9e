/*
 * judge.c
 *		Rows judged by their resources, inside a statement.
 *
 * Where a predicate on columns lets more rows through than it should, a call of
 * these functions stands behind it.  It makes the row's resource and asks the
 * conditions of that.  A row that makes none because of its faults is not
 * found; it is counted, and its error never fails the statement.
 *
 * The second argument is a pointer to the statement's own SearchJudge: it is of
 * type internal, so that no SQL can call the functions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "search/select/select.h"

PG_FUNCTION_INFO_V1(fhir_bridge_search_matches);
PG_FUNCTION_INFO_V1(fhir_bridge_search_sort);

/* A row on its way through the guard. */
typedef struct GuardedRow
{
	HeapTuple	tuple;
	RunOutcome	outcome;
	Datum		result;
} GuardedRow;

/* RunFaultHandler: what is wrong is told by fhir_map_check. */
static void
ignore_fault(void *arg, const RunFault *fault)
{
}

/* RunGuardBody: maps the row. */
static void
map_row(RunGuard *guard, void *arg)
{
	GuardedRow *row = arg;

	row->outcome = run_guard_tuple(guard, row->tuple, &row->result);
}

/* The run for rows of the given type. */
static MappingRun *
get_run(SearchJudge *judge, HeapTupleHeader header)
{
	Oid			type = HeapTupleHeaderGetTypeId(header);
	int32		typmod = HeapTupleHeaderGetTypMod(header);
	MemoryContext old;

	if (judge->run != NULL && judge->row_type == type && judge->row_typmod == typmod)
		return judge->run;
	old = MemoryContextSwitchTo(judge->context);
	judge->run = run_begin(judge->source->plan, JSON_BINARY, lookup_rowtype_tupdesc_copy(type, typmod), judge->context);
	judge->row_type = type;
	judge->row_typmod = typmod;
	MemoryContextSwitchTo(old);
	return judge->run;
}

/* The row's resource; NULL when it makes none: *faulty counts those that faults refuse. */
static Jsonb *
make_resource(SearchJudge *judge, HeapTupleHeader header, int64 *faulty)
{
	HeapTupleData tuple;
	GuardedRow	row = {&tuple};

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	run_guarded(get_run(judge, header), ignore_fault, NULL, map_row, &row);
	if (row.outcome == ROW_MAPPED)
		return DatumGetJsonbP(row.result);
	*faulty += row.outcome == ROW_REFUSED;
	return NULL;
}

/*
 * fhir_bridge_search_matches(record, internal) RETURNS boolean
 *		Does the row's resource meet the conditions of the SearchJudge?
 */
Datum
fhir_bridge_search_matches(PG_FUNCTION_ARGS)
{
	SearchJudge *judge = (SearchJudge *) PG_GETARG_POINTER(1);
	Jsonb	   *resource = make_resource(judge, PG_GETARG_HEAPTUPLEHEADER(0), &judge->faulty);
	ListCell   *lc;

	if (resource == NULL)
		PG_RETURN_BOOL(false);
	foreach(lc, judge->conditions)
		if (!match_condition(&judge->source->context, lfirst(lc), resource))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}

/*
 * fhir_bridge_search_time(record, internal, integer) RETURNS timestamptz
 * fhir_bridge_search_number(record, internal, integer) RETURNS numeric
 * fhir_bridge_search_text(record, internal, integer) RETURNS text
 *		What the row's resource is sorted by, for the key of the number; NULL
 *		when it has no such value.
 */
Datum
fhir_bridge_search_sort(PG_FUNCTION_ARGS)
{
	SearchJudge *judge = (SearchJudge *) PG_GETARG_POINTER(1);
	int64		told_elsewhere = 0;
	Jsonb	   *resource = make_resource(judge, PG_GETARG_HEAPTUPLEHEADER(0), &told_elsewhere);
	MatchSort	value;

	if (resource == NULL)
		PG_RETURN_NULL();
	match_sort(&judge->source->context, list_nth(judge->sorts, PG_GETARG_INT32(2)), resource, &value);
	if (value.missing)
		PG_RETURN_NULL();
	if (value.text != NULL)
		PG_RETURN_TEXT_P(cstring_to_text(value.text));
	if (value.number != NULL)
		PG_RETURN_NUMERIC(value.number);
	PG_RETURN_TIMESTAMPTZ(value.time);	/* an open beginning is -infinity */
}
