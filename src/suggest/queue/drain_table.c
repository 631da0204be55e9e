/*
 * drain_table.c
 *		The drainer's statements on its database's queue.
 *
 * Each function here runs inside a transaction that drain_begin has begun:
 * as the extension's owner, under a security-restricted context, and with no
 * name looked up outside pg_catalog.  That the extension or its table is gone
 * is a normal state: drain_begin says so, and a statement that comes too late
 * fails with undefined_table, which ends the drainer quietly.
 *
 * A database has one drainer at a time, which its entry in the control struct
 * guarantees.  So whatever is marked as running when a drainer starts was
 * claimed by one that has ended, and is taken back; no lease has to expire.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "suggest/queue/drainer.h"
#include "suggest/shared/settings.h"

#define PURGE_ROWS 1000			/* in one statement */
#define LOOK_BACK_PAUSES 20		/* between claims from the start, each as long as such a claim */
#define FAR_FUTURE_MS 120000	/* no pause is that long */

/*
 * Rows that meet a condition and that nobody else has locked.  A role's open
 * transaction that cancels its own note must not keep the others' waiting.
 */
#define UNLOCKED(condition) \
	"id = ANY (ARRAY(SELECT id FROM %1$s WHERE " condition " FOR UPDATE SKIP LOCKED))"

MemoryContext drain_memory = NULL;
static char *queue = NULL;		/* the table's quoted name, of this transaction */
static MemoryContext outside = NULL;	/* the context around this transaction */

/* The extension's schema and owner; false when it is not installed. */
static bool
find_extension(Oid *schema, Oid *owner)
{
	Oid			extension = get_extension_oid("fhir_bridge", true);
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found;

	if (!OidIsValid(extension))
		return false;
	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		*schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
		*owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/*
 * Begins a transaction for the functions below, to be ended by drain_commit.
 * False, with none begun, when this database has no queue.
 */
bool
drain_begin(void)
{
	Oid			schema;
	Oid			owner;

	outside = CurrentMemoryContext;
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, "draining the queue of notes");
	if (!find_extension(&schema, &owner) || !OidIsValid(get_relname_relid("aics_queue", schema)))
	{
		drain_commit();
		return false;
	}
	queue = quote_qualified_identifier(get_namespace_name(schema), "aics_queue");
	SetUserIdAndSecContext(owner, SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	return true;
}

/* Commits, and lets autovacuum know what was done. */
void
drain_commit(void)
{
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, 0);
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(outside);
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
}

/*
 * Runs a statement in which %s stands for the queue's name.  Gives the number
 * of rows.
 */
static uint64
run(const char *sql, int expected, int nargs, Oid *types, Datum *values, const char *nulls)
{
	int			result = SPI_execute_with_args(psprintf(sql, queue), nargs, types, values, nulls, false, 0);

	if (result != expected)
		elog(ERROR, "queue statement failed: %s", SPI_result_code_string(result));
	return SPI_processed;
}

/* A column of the present result's row. */
static Datum
column(uint64 row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, isnull);
}

/* Copies the present result's row into a note of the drainer's memory. */
static DrainNote *
copy_note(uint64 row)
{
	DrainNote  *note = MemoryContextAllocZero(drain_memory, sizeof(DrainNote));
	bool		isnull;
	char	   *text;

	note->id = DatumGetInt64(column(row, 1, &isnull));
	note->role = DatumGetObjectId(column(row, 2, &isnull));
	note->server = DatumGetObjectId(column(row, 3, &isnull));
	note->attempts = DatumGetInt32(column(row, 4, &isnull));
	text = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 5);
	note->text = MemoryContextStrdup(drain_memory, text ? text : "");
	note->next_at = DatumGetTimestampTz(column(row, 6, &isnull));
	return note;
}

/* How far the queue of each kind has been claimed, in its order. */
typedef struct Claimed
{
	TimestampTz next_at;
	int64		id;
	bool		overlooks;		/* notes before that, committed late, may be there */
	int64		look_back_at;	/* when the next claim begins at the start, by suggest_clock */
} Claimed;

static Claimed claimed[SUGGEST_KINDS] = {{.next_at = DT_NOBEGIN}, {.next_at = DT_NOBEGIN}};

/* Claims at most limit due notes of a kind from where the last claim has ended. */
static int
claim_on(SuggestKind kind, int limit, DrainNote **notes)
{
	Claimed    *last = &claimed[kind];
	/* the present time as a value: the index ends there, and those put off are not read */
	Oid			types[] = {INT4OID, TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID, CHAROID};
	Datum		values[] = {
		Int32GetDatum(limit),
		TimestampTzGetDatum(last->next_at),
		Int64GetDatum(last->id),
		TimestampTzGetDatum(GetCurrentTimestamp()),
		CharGetDatum(DRAIN_KINDS[kind]),
	};
	uint64		rows;

	/* locked rows stay where they are, so their places are good enough to find them, by any plan */
	rows = run("WITH claimed AS (UPDATE %1$s q SET state = 'r', attempts = q.attempts + 1 "
			   "WHERE q.ctid = ANY (ARRAY(SELECT ctid FROM %1$s "
			   "WHERE state = 'p' AND kind = $5 AND next_at <= $4 AND (next_at, id) > ($2, $3) "
			   "ORDER BY next_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)) "
			   "RETURNING q.id, q.role, q.server, q.attempts, q.note, q.next_at) "
			   "SELECT c.id, c.role, coalesce(s.oid, 0), c.attempts, c.note, c.next_at "
			   "FROM claimed c LEFT JOIN pg_foreign_server s ON s.srvname = c.server ORDER BY c.role, c.server, c.id",
			   SPI_OK_SELECT, lengthof(types), types, values, NULL);
	for (uint64 i = 0; i < rows; i++)
	{
		notes[i] = copy_note(i);
		if (notes[i]->next_at > last->next_at || (notes[i]->next_at == last->next_at && notes[i]->id > last->id))
		{
			last->next_at = notes[i]->next_at;
			last->id = notes[i]->id;
		}
	}
	return (int) rows;
}

/*
 * Claims at most limit notes of a kind that are due, into an array of that size;
 * gives their number.  Neighbours are of one role and server where that can be, so that they
 * can go out together.
 *
 * What was claimed stays in the index until a vacuum that all transactions let
 * remove it; passing by it each time would make a long queue slower and slower.
 * So claims go on from each other, and look from the start for what was
 * committed late as often as that takes a small share of the time.
 */
int
drain_claim(SuggestKind kind, int limit, DrainNote **notes)
{
	Claimed    *last = &claimed[kind];
	int64		begin = suggest_clock();
	int			count;

	last->overlooks = (begin < last->look_back_at);
	if (!last->overlooks)
	{
		last->next_at = DT_NOBEGIN;
		last->id = 0;
	}
	count = claim_on(kind, limit, notes);
	if (!last->overlooks)
	{
		int64		end = suggest_clock();

		last->look_back_at = end + (end - begin) * LOOK_BACK_PAUSES;
	}
	return count;
}

/* Makes due what a clock that was set back since has put off too far. */
static void
hasten(void)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(FAR_FUTURE_MS)};

	run("UPDATE %1$s SET next_at = clock_timestamp() WHERE " UNLOCKED("state = 'p' AND next_at > clock_timestamp() + $1 * interval '1 millisecond'"),
		SPI_OK_UPDATE, 1, types, values, NULL);
	for (int i = 0; i < SUGGEST_KINDS; i++)
		claimed[i].look_back_at = 0;
}

/*
 * In how many milliseconds the next note of a kind is due, or may be found; -1
 * when none is pending.
 */
int64
drain_next_due(SuggestKind kind)
{
	const Claimed *last = &claimed[kind];
	Oid			types[] = {TIMESTAMPTZOID, CHAROID};
	Datum		values[] = {TimestampTzGetDatum(last->overlooks ? last->next_at : DT_NOBEGIN), CharGetDatum(DRAIN_KINDS[kind])};
	int64		look_back = Max(last->look_back_at - suggest_clock(), 0);
	bool		isnull;
	Datum		ms;

	run("SELECT ceil(extract(epoch FROM min(next_at) - clock_timestamp()) * 1000)::bigint "
		"FROM %1$s WHERE state = 'p' AND kind = $2 AND next_at >= $1",
		SPI_OK_SELECT, lengthof(types), types, values, NULL);
	ms = column(0, 1, &isnull);
	if (!isnull && DatumGetInt64(ms) > FAR_FUTURE_MS)
	{
		hasten();
		return 0;
	}
	if (isnull)
		return last->overlooks ? look_back : -1;
	return last->overlooks ? Min(Max(DatumGetInt64(ms), 0), look_back) : Max(DatumGetInt64(ms), 0);
}

/*
 * Takes back what an earlier drainer has claimed, and makes due what a clock
 * that was set back has put off too far.  True when something could not be
 * taken back, because somebody holds its lock; only to be called while this
 * drainer has claimed nothing itself.
 */
bool
drain_take_back(void)
{
	uint64		rows;

	rows = run("UPDATE %1$s SET state = 'p', next_at = clock_timestamp() WHERE " UNLOCKED("state = 'r'"),
			   SPI_OK_UPDATE, 0, NULL, NULL, NULL);
	if (rows > 0)
		ereport(LOG,
				(errmsg("fhir_bridge: %llu notes that an earlier drainer had claimed are sent again",
						(unsigned long long) rows)));
	hasten();
	return run("SELECT 1 FROM %1$s WHERE state = 'r' LIMIT 1", SPI_OK_SELECT, 0, NULL, NULL, NULL) > 0;
}

/* A text or NULL, as an argument. */
static Datum
text_or_null(const char *text, char *null)
{
	*null = text ? ' ' : 'n';
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

/*
 * The statement that writes a note's end, prepared for the queue's name of this
 * transaction.  It finds one row by its id, whatever the statistics say: those
 * of a queue are always out of date, and a plan for many notes at once may read
 * all rows that are running, and have been.
 */
static SPIPlanPtr
end_statement(void)
{
	static SPIPlanPtr plan = NULL;
	static char *prepared_for = NULL;
	Oid			types[] = {INT8OID, CHAROID, INT4OID, INT8OID, TEXTOID, TEXTOID, JSONBOID, BOOLOID, TIMESTAMPTZOID};

	if (plan != NULL && strcmp(prepared_for, queue) == 0)
		return plan;
	if (plan != NULL)
	{
		SPI_freeplan(plan);
		pfree(prepared_for);
		plan = NULL;
	}
	prepared_for = MemoryContextStrdup(TopMemoryContext, queue);
	plan = SPI_prepare(psprintf("UPDATE %s SET state = $2, attempts = attempts - $3, "
								"next_at = clock_timestamp() + $4 * interval '1 millisecond', "
								"finished_at = CASE WHEN $2 <> 'p' THEN clock_timestamp() END, "
								"note = CASE WHEN $2 <> 'd' OR $8 THEN note END, "
								"sqlstate = $5, message = $6, result = $7 WHERE id = $1 AND state = 'r' AND next_at = $9",
								queue),
					   lengthof(types), types);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "queue statement not prepared: %s", SPI_result_code_string(SPI_result));
	return plan;
}

/* Writes a note's end, unless the row was cancelled and queued again, and is running anew. */
static void
store_note(const DrainNote *note)
{
	char		nulls[] = "         ";
	Datum		values[] = {
		Int64GetDatum(note->id),
		CharGetDatum(note->state),
		Int32GetDatum(note->is_uncounted ? 1 : 0),
		Int64GetDatum(note->pause_ms),
		text_or_null(note->sqlstate ? unpack_sql_state(note->sqlstate) : NULL, &nulls[4]),
		text_or_null(note->message, &nulls[5]),
		note->result ? DirectFunctionCall1(jsonb_in, CStringGetDatum(note->result)) : (Datum) 0,
		BoolGetDatum(suggest_keep_notes),
		TimestampTzGetDatum(note->next_at),
	};
	int			result;

	if (note->result == NULL)
		nulls[6] = 'n';
	result = SPI_execute_plan(end_statement(), values, nulls, false, 0);
	if (result != SPI_OK_UPDATE)
		elog(ERROR, "queue statement failed: %s", SPI_result_code_string(result));
}

/* Frees a note that is stored. */
static void
free_note(DrainNote *note)
{
	pfree(note->text);
	if (note->message)
		pfree(note->message);
	if (note->result)
		pfree(note->result);
	pfree(note);
}

/* In how many milliseconds the first of these notes is to be tried again; -1 for none. */
static int64
shortest_pause(DrainResults *results)
{
	int64		shortest = -1;
	slist_iter	iter;

	slist_foreach(iter, &results->notes)
	{
		const DrainNote *note = slist_container(DrainNote, node, iter.cur);

		if (note->state == 'p' && (shortest < 0 || note->pause_ms < shortest))
			shortest = note->pause_ms;
	}
	return shortest;
}

/* Compares two numbers of notes. */
static int
compare_ids(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

/*
 * Which of the results' rows a statement gives: their ids, in order.  It has
 * the ids of all results as $1, and gives rows that are still running.
 */
static int64 *
running_rows(DrainResults *results, const char *sql, int *count)
{
	Oid			type = INT8ARRAYOID;
	Datum	   *ids = palloc(sizeof(Datum) * results->count);
	Datum		argument;
	int64	   *found;
	int			n = 0;
	slist_iter	iter;

	slist_foreach(iter, &results->notes)
		ids[n++] = Int64GetDatum(slist_container(DrainNote, node, iter.cur)->id);
	argument = PointerGetDatum(construct_array(ids, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	*count = (int) run(sql, SPI_OK_SELECT, 1, &type, &argument, NULL);
	found = palloc(sizeof(int64) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		bool		isnull;

		found[i] = DatumGetInt64(column(i, 1, &isnull));
	}
	qsort(found, *count, sizeof(int64), compare_ids);
	return found;
}

/*
 * Takes notes out of the results: those of these ids, whose ends it writes, or
 * with store false all others, unwritten.
 */
static void
settle(DrainResults *results, const int64 *ids, int count, bool store)
{
	slist_mutable_iter iter;

	slist_foreach_modify(iter, &results->notes)
	{
		DrainNote  *note = slist_container(DrainNote, node, iter.cur);

		if ((bsearch(&note->id, ids, count, sizeof(int64), compare_ids) != NULL) != store)
			continue;
		if (store)
			store_note(note);
		slist_delete_current(&iter);
		free_note(note);
		results->count--;
	}
}

/*
 * Writes the ends of notes, and forgets them.  A note that was cancelled
 * meanwhile is not running any more and stays as it is; one whose row
 * somebody has locked stays among the results.  Gives in how many
 * milliseconds the first of them is due again; -1 for none.
 */
int64
drain_store(DrainResults *results)
{
	int64		due = shortest_pause(results);
	int			count;
	int64	   *ids = running_rows(results, "SELECT id FROM %1$s WHERE id = ANY ($1) AND state = 'r' FOR UPDATE SKIP LOCKED",
								   &count);

	settle(results, ids, count, true);
	if (results->count > 0)
	{
		ids = running_rows(results, "SELECT id FROM %1$s WHERE id = ANY ($1) AND state = 'r'", &count);
		settle(results, ids, count, false);
	}
	results->nlocked = results->count;
	return due;
}

/* Gives back what is claimed and not answered: the drainer ends early. */
void
drain_release(void)
{
	run("UPDATE %1$s SET state = 'p', attempts = attempts - 1, next_at = clock_timestamp() WHERE " UNLOCKED("state = 'r'"),
		SPI_OK_UPDATE, 0, NULL, NULL, NULL);
}

/* Removes some notes that were finished long ago; true when there may be more. */
bool
drain_purge(void)
{
	TimestampTz until = GetCurrentTimestamp() - suggest_result_ttl * USECS_PER_MINUTE;
	Oid			types[] = {TIMESTAMPTZOID, INT4OID};
	Datum		values[] = {TimestampTzGetDatum(until), Int32GetDatum(PURGE_ROWS)};

	if (suggest_result_ttl == 0)
		return false;
	return run("DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s "
			   "WHERE finished_at < $1 ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
			   SPI_OK_DELETE, 2, types, values, NULL) == PURGE_ROWS;
}
