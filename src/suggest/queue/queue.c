/*
 * queue.c
 *		The functions of the durable queue.
 *
 * The queue is the extension owner's table; these functions write it as the
 * owner after they have asked what the caller may do: USAGE on the server, a
 * user mapping, and for a job that it is the caller's own.  Credentials are
 * never in the queue; the drainer looks them up when it sends.
 *
 * A row that is not committed is nobody's business yet.  Before the commit a
 * drainer is asked for, once a transaction, while there is still time for a
 * warning; after it, the drainer is woken.  One that has waited for the commit
 * in vain and ended is then started again.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/base.h"
#include "suggest/queue/drainer.h"
#include "suggest/service/many.h"
#include "suggest/shared/settings.h"
#include "suggest/shared/shared.h"
#include "suggest/service/service.h"
#include "suggest/shared/wake.h"

PG_FUNCTION_INFO_V1(fhir_bridge_aics_submit);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_submit_many);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_wait);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_cancel);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_retry);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_wake);

#define WAIT_CHECK_MS 1000		/* how often a wait looks without being told */

static bool has_queued = false; /* this transaction has rows for a drainer */
static bool callback_registered = false;
static int64 room = 0;			/* rows that may be queued before they are counted again */
static uint32 wait_event = 0;

/*
 * The transaction callback.  A drainer that cannot be had is no reason to fail
 * a commit: the rows wait.
 */
static void
transaction_ends(XactEvent event, void *arg)
{
	if (!has_queued)
		return;
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			if (!suggest_drainer_ensure(MyDatabaseId))
				ereport(WARNING,
						(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
						 errmsg("no background worker is free for the queued notes"),
						 errdetail("They stay in the queue."),
						 errhint("Increase max_worker_processes, then call aics_wake().")));
			break;
		case XACT_EVENT_COMMIT:
			has_queued = false;
			(void) suggest_drainer_ensure(MyDatabaseId);
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			has_queued = false;
			room = 0;
			break;
		default:
			break;
	}
}

/* Notes that this transaction has given the drainer something to do. */
static void
note_queued(void)
{
	if (!callback_registered)
	{
		RegisterXactCallback(transaction_ends, NULL);
		callback_registered = true;
	}
	(void) suggest_control();	/* so that the callback need not make it */
	has_queued = true;
}

/*
 * Runs a statement as the extension's owner and gives the number of rows;
 * *value is the first row's first column, a pass-by-value one.  function is
 * the calling SQL function's OID.
 */
static uint64
run_as_owner(Oid function, const char *sql, int nargs, Oid *types, Datum *values, Datum *value, bool *isnull)
{
	BaseOwner	owner;
	uint64		rows;
	int			result;

	SPI_connect();
	base_be_owner(&owner, function);
	result = SPI_execute_with_args(sql, nargs, types, values, NULL, false, 0);
	base_be_caller(&owner);
	if (result < 0)
		elog(ERROR, "queue statement failed: %s", SPI_result_code_string(result));
	rows = SPI_processed;
	if (value != NULL && rows > 0)
		*value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
	SPI_finish();
	return rows;
}

/*
 * Raises 53000 when the queue is full.  Counting takes time, so a backend
 * counts rarely and then fills an eighth of what is left without counting.
 */
static void
check_room(Oid function, int64 count)
{
	Datum		waiting;
	bool		isnull;
	int64		left;

	if (count <= room)
	{
		room -= count;
		return;
	}
	run_as_owner(function, "SELECT count(*) FROM aics_queue WHERE state = 'p'", 0, NULL, NULL, &waiting, &isnull);
	left = suggest_queue_limit - DatumGetInt64(waiting);
	if (count > left)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("the queue of notes is full"),
				 errdetail("The limit is fhir_bridge.aics_queue_limit.")));
	room = (left - count) / 8;
}

/*
 * Queues notes, a text[] without NULLs, with their numbers, an integer[], and
 * gives the job's id.
 */
static int64
submit(Oid function, ArrayType *notes, ArrayType *numbers, int count, text *server_name)
{
	Oid			role = GetUserId();
	Oid			server;
	NameData	name;
	Oid			types[] = {OIDOID, NAMEOID, TEXTARRAYOID, INT4ARRAYOID, CHAROID};
	Datum		values[5];
	SuggestKind kind;
	Datum		job;
	bool		isnull;

	suggest_check_enabled();
	PreventCommandIfReadOnly("aics_submit()");
	server = suggest_server(text_to_cstring(server_name), SUGGEST_KINDS, role);
	kind = suggest_kind(GetForeignServer(server));
	if (kind == SUGGEST_SERVICE)
		(void) GetUserMapping(role, server);
	namestrcpy(&name, GetForeignServer(server)->servername);
	check_room(function, count);
	values[0] = ObjectIdGetDatum(role);
	values[1] = NameGetDatum(&name);
	values[2] = PointerGetDatum(notes);
	values[3] = PointerGetDatum(numbers);
	values[4] = CharGetDatum(DRAIN_KINDS[kind]);
	run_as_owner(function,
				 "WITH j AS MATERIALIZED (SELECT nextval('aics_job_id') AS job) "
				 "INSERT INTO aics_queue (job, note_no, role, server, note, kind) "
				 "SELECT j.job, n.number, $1, $2, n.note, $5 FROM j, unnest($3, $4) n (note, number) RETURNING job",
				 lengthof(types), types, values, &job, &isnull);
	note_queued();
	return DatumGetInt64(job);
}

/* aics_submit(note text, server text) RETURNS bigint */
Datum
fhir_bridge_aics_submit(PG_FUNCTION_ARGS)
{
	Datum		note = CStringGetTextDatum(suggest_note(PG_GETARG_TEXT_PP(0)));
	Datum		number = Int32GetDatum(1);

	PG_RETURN_INT64(submit(fcinfo->flinfo->fn_oid,
						   construct_array(&note, 1, TEXTOID, -1, false, TYPALIGN_INT),
						   construct_array(&number, 1, INT4OID, sizeof(int32), true, TYPALIGN_INT),
						   1, PG_GETARG_TEXT_PP(1)));
}

/* aics_submit(notes text[], server text) RETURNS bigint; no note gives NULL */
Datum
fhir_bridge_aics_submit_many(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *notes;
	Datum	   *numbers;
	bool	   *nulls;
	int			count;
	int			kept = 0;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &notes, &nulls, &count);
	numbers = palloc(sizeof(Datum) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			continue;
		(void) suggest_note(DatumGetTextPP(notes[i]));
		notes[kept] = notes[i];
		numbers[kept++] = Int32GetDatum(i + 1);
	}
	if (kept == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(submit(fcinfo->flinfo->fn_oid,
						   construct_array(notes, kept, TEXTOID, -1, false, TYPALIGN_INT),
						   construct_array(numbers, kept, INT4OID, sizeof(int32), true, TYPALIGN_INT),
						   kept, PG_GETARG_TEXT_PP(1)));
}

/*
 * Runs a statement on the caller's job ($1; $2 is the caller) and gives the
 * number of rows.
 */
static uint64
run_on_job(FunctionCallInfo fcinfo, const char *sql, Datum *value, bool *isnull)
{
	Oid			types[] = {INT8OID, OIDOID};
	Datum		values[] = {PG_GETARG_DATUM(0), ObjectIdGetDatum(GetUserId())};

	return run_as_owner(fcinfo->flinfo->fn_oid, sql, 2, types, values, value, isnull);
}

/* Raises 42704 when the caller has no such job. */
static void
check_job(FunctionCallInfo fcinfo)
{
	Datum		xmin;
	bool		isnull;

	if (run_on_job(fcinfo,
				   "SELECT xmin FROM aics_queue WHERE job = $1 AND pg_has_role($2, role, 'USAGE') LIMIT 1",
				   &xmin, &isnull) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("job %lld does not exist", (long long) PG_GETARG_INT64(0)),
				 errdetail("You have submitted none of this id, or it was removed after fhir_bridge.aics_result_ttl.")));
	if (fcinfo->flinfo->fn_addr == fhir_bridge_aics_wait &&
		TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("job %lld is not committed yet", (long long) PG_GETARG_INT64(0)),
				 errdetail("Its notes are sent when this transaction has committed."),
				 errhint("Commit, then wait.")));
}

/* aics_cancel(id bigint) RETURNS integer */
Datum
fhir_bridge_aics_cancel(PG_FUNCTION_ARGS)
{
	uint64		rows;

	check_job(fcinfo);
	rows = run_on_job(fcinfo,
					  "UPDATE aics_queue SET state = 'c', finished_at = clock_timestamp() "
					  "WHERE job = $1 AND pg_has_role($2, role, 'USAGE') AND state IN ('p', 'r')",
					  NULL, NULL);
	PG_RETURN_INT32((int32) rows);
}

/* aics_retry(id bigint) RETURNS integer */
Datum
fhir_bridge_aics_retry(PG_FUNCTION_ARGS)
{
	uint64		rows;

	suggest_check_enabled();
	check_job(fcinfo);
	rows = run_on_job(fcinfo,
					  "UPDATE aics_queue SET state = 'p', next_at = clock_timestamp(), finished_at = NULL, "
					  "attempts = CASE WHEN state = 'p' THEN attempts ELSE 0 END "
					  "WHERE job = $1 AND pg_has_role($2, role, 'USAGE') AND note IS NOT NULL AND state IN ('p', 'f', 'c')",
					  NULL, NULL);
	if (rows > 0)
		note_queued();
	PG_RETURN_INT32((int32) rows);
}

/*
 * The first note of the caller's job, from this one on, that is not finished; 0
 * when all are.
 */
static int
find_unfinished(FunctionCallInfo fcinfo, int from)
{
	Oid			types[] = {INT8OID, OIDOID, INT4OID};
	Datum		values[] = {PG_GETARG_DATUM(0), ObjectIdGetDatum(GetUserId()), Int32GetDatum(from)};
	Datum		number;
	bool		isnull;

	if (run_as_owner(fcinfo->flinfo->fn_oid,
					 "SELECT note_no FROM aics_queue WHERE job = $1 AND pg_has_role($2, role, 'USAGE') "
					 "AND note_no >= $3 AND finished_at IS NULL ORDER BY note_no LIMIT 1",
					 3, types, values, &number, &isnull) == 0)
		return 0;
	return DatumGetInt32(number);
}

/*
 * Is every note of the caller's job finished?  *unfinished is a note that was
 * not when last looked, from which the search goes on: most are finished in
 * order, and each look at all of them would take longer than the one before.
 * One that is tried again after it had failed may lie before it.
 */
static bool
is_finished(FunctionCallInfo fcinfo, int *unfinished)
{
	*unfinished = find_unfinished(fcinfo, *unfinished);
	if (*unfinished == 0)
		*unfinished = find_unfinished(fcinfo, 0);
	return *unfinished == 0;
}

/*
 * aics_wait(id bigint, limit_after interval) RETURNS boolean
 *		Every look takes a snapshot of its own, which only READ COMMITTED can.
 */
Datum
fhir_bridge_aics_wait(PG_FUNCTION_ARGS)
{
	SuggestControl *ctl = suggest_control();
	Interval   *interval = PG_GETARG_INTERVAL_P(1);
	double		limit_ms = (interval->time + (interval->day + interval->month * 30.0) * USECS_PER_DAY) / 1000.0;
	int64		until = suggest_clock() + (int64) Min(Max(limit_ms, 0), 1e12);
	int			unfinished = 0;
	bool		finished;

	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot wait for a job in a transaction that does not see others commit"),
				 errhint("Wait in a READ COMMITTED transaction.")));
	check_job(fcinfo);
	ConditionVariablePrepareToSleep(&ctl->notes_finished);
	while (!(finished = is_finished(fcinfo, &unfinished)))
	{
		int64		left = until - suggest_clock();

		if (left <= 0)
			break;
		(void) ConditionVariableTimedSleep(&ctl->notes_finished, Min(left, WAIT_CHECK_MS),
										   named_wait_event(&wait_event, "FhirBridgeAicsWait"));
	}
	ConditionVariableCancelSleep();
	PG_RETURN_BOOL(finished);
}

/* aics_wake() RETURNS boolean */
Datum
fhir_bridge_aics_wake(PG_FUNCTION_ARGS)
{
	PreventCommandDuringRecovery("aics_wake()");
	PG_RETURN_BOOL(suggest_drainer_ensure(MyDatabaseId));
}
