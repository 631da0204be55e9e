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
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "suggest/drainer.h"
#include "suggest/settings.h"

#define PURGE_ROWS 1000			/* in one statement */
#define FAR_FUTURE_MS 120000	/* no pause is that long */

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

/* A column of the present result's row as an OID, a number, or 0 for NULL. */
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
	return note;
}

/*
 * Claims at most limit notes that are due, into an array of that size; gives
 * their number.  They come ordered by role and server, so that neighbours can
 * go out together.
 */
int
drain_claim(int limit, DrainNote **notes)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(limit)};
	uint64		rows;

	rows = run("WITH due AS MATERIALIZED (SELECT id FROM %1$s WHERE state = 'p' AND next_at <= clock_timestamp() "
			   "ORDER BY next_at, id LIMIT $1 FOR UPDATE SKIP LOCKED), "
			   "claimed AS (UPDATE %1$s q SET state = 'r', attempts = q.attempts + 1 FROM due WHERE q.id = due.id "
			   "RETURNING q.id, q.role, q.server, q.attempts, q.note) "
			   "SELECT c.id, c.role, coalesce(s.oid, 0), c.attempts, c.note "
			   "FROM claimed c LEFT JOIN pg_foreign_server s ON s.srvname = c.server ORDER BY c.role, c.server, c.id",
			   SPI_OK_SELECT, 1, types, values, NULL);
	for (uint64 i = 0; i < rows; i++)
		notes[i] = copy_note(i);
	return (int) rows;
}

/* Makes due what a clock that was set back since has put off too far. */
static void
hasten(void)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(FAR_FUTURE_MS)};

	run("UPDATE %1$s SET next_at = clock_timestamp() "
		"WHERE state = 'p' AND next_at > clock_timestamp() + $1 * interval '1 millisecond'",
		SPI_OK_UPDATE, 1, types, values, NULL);
}

/* In how many milliseconds the next note is due; -1 when none is pending. */
int64
drain_next_due(void)
{
	bool		isnull;
	Datum		ms;

	run("SELECT ceil(extract(epoch FROM min(next_at) - clock_timestamp()) * 1000)::bigint "
		"FROM %1$s WHERE state = 'p'",
		SPI_OK_SELECT, 0, NULL, NULL, NULL);
	ms = column(0, 1, &isnull);
	if (!isnull && DatumGetInt64(ms) > FAR_FUTURE_MS)
	{
		hasten();
		return 0;
	}
	return isnull ? -1 : Max(DatumGetInt64(ms), 0);
}

/*
 * Takes back what an earlier drainer has claimed, and makes due what a clock
 * that was set back has put off too far.
 */
void
drain_take_back(void)
{
	uint64		rows;

	rows = run("UPDATE %1$s SET state = 'p', next_at = clock_timestamp() WHERE state = 'r'",
			   SPI_OK_UPDATE, 0, NULL, NULL, NULL);
	if (rows > 0)
		ereport(LOG,
				(errmsg("fhir_bridge: %llu notes that an earlier drainer had claimed are sent again",
						(unsigned long long) rows)));
	hasten();
}

/* The columns of drain_store, one array each. */
enum
{
	COLUMN_ID,
	COLUMN_STATE,
	COLUMN_UNCOUNTED,
	COLUMN_PAUSE,
	COLUMN_SQLSTATE,
	COLUMN_MESSAGE,
	COLUMN_RESULT,
	STORE_COLUMNS
};

/* One column's array; NULL pointers of text are NULLs. */
static Datum
make_array(Datum *values, bool *nulls, int count, Oid type)
{
	int16		length;
	bool		byval;
	char		align;
	int			lower = 1;

	get_typlenbyvalalign(type, &length, &byval, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &count, &lower, type, length, byval, align));
}

/* A text or NULL. */
static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = (text == NULL);
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

/* Puts a note's end into row i of the columns. */
static void
fill_row(const DrainNote *note, Datum **values, bool **nulls, int i)
{
	values[COLUMN_ID][i] = Int64GetDatum(note->id);
	values[COLUMN_STATE][i] = CStringGetTextDatum(psprintf("%c", note->state));
	values[COLUMN_UNCOUNTED][i] = Int32GetDatum(note->is_uncounted ? 1 : 0);
	values[COLUMN_PAUSE][i] = Float8GetDatum(note->pause_ms / 1000.0);
	values[COLUMN_SQLSTATE][i] = text_or_null(note->sqlstate ? unpack_sql_state(note->sqlstate) : NULL,
											  &nulls[COLUMN_SQLSTATE][i]);
	values[COLUMN_MESSAGE][i] = text_or_null(note->message, &nulls[COLUMN_MESSAGE][i]);
	values[COLUMN_RESULT][i] = text_or_null(note->result, &nulls[COLUMN_RESULT][i]);
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

/*
 * Writes the ends of notes, and forgets them.  A note that was cancelled
 * meanwhile is not running any more and stays as it is.  Gives in how many
 * milliseconds the first of them is due again; -1 for none.
 */
int64
drain_store(DrainResults *results)
{
	int64		due = shortest_pause(results);
	static const Oid elements[STORE_COLUMNS] = {INT8OID, TEXTOID, INT4OID, FLOAT8OID, TEXTOID, TEXTOID, TEXTOID};
	Oid			types[STORE_COLUMNS + 1];
	Datum		args[STORE_COLUMNS + 1];
	Datum	   *values[STORE_COLUMNS];
	bool	   *nulls[STORE_COLUMNS];
	int			i = 0;
	slist_iter	iter;

	for (int c = 0; c < STORE_COLUMNS; c++)
	{
		values[c] = palloc(sizeof(Datum) * results->count);
		nulls[c] = palloc0(sizeof(bool) * results->count);
	}
	slist_foreach(iter, &results->notes)
		fill_row(slist_container(DrainNote, node, iter.cur), values, nulls, i++);
	for (int c = 0; c < STORE_COLUMNS; c++)
	{
		types[c] = get_array_type(elements[c]);
		args[c] = make_array(values[c], nulls[c], results->count, elements[c]);
	}
	types[STORE_COLUMNS] = BOOLOID;
	args[STORE_COLUMNS] = BoolGetDatum(suggest_keep_notes);
	run("UPDATE %1$s q SET state = r.state::\"char\", attempts = q.attempts - r.uncounted, "
		"next_at = clock_timestamp() + r.pause * interval '1 second', "
		"finished_at = CASE WHEN r.state <> 'p' THEN clock_timestamp() END, "
		"note = CASE WHEN r.state <> 'd' OR $8 THEN q.note END, "
		"sqlstate = r.sqlstate, message = r.message, result = r.result::jsonb "
		"FROM unnest($1, $2, $3, $4, $5, $6, $7) r (id, state, uncounted, pause, sqlstate, message, result) "
		"WHERE q.id = r.id AND q.state = 'r'",
		SPI_OK_UPDATE, STORE_COLUMNS + 1, types, args, NULL);
	while (!slist_is_empty(&results->notes))
		free_note(slist_container(DrainNote, node, slist_pop_head_node(&results->notes)));
	results->count = 0;
	return due;
}

/* Gives back what is claimed and not answered: the drainer ends early. */
void
drain_release(void)
{
	run("UPDATE %1$s SET state = 'p', attempts = attempts - 1, next_at = clock_timestamp() WHERE state = 'r'",
		SPI_OK_UPDATE, 0, NULL, NULL, NULL);
}

/* Removes some notes that were finished long ago; true when there may be more. */
bool
drain_purge(void)
{
	Oid			types[] = {INT4OID, INT4OID};
	Datum		values[] = {Int32GetDatum(suggest_result_ttl), Int32GetDatum(PURGE_ROWS)};

	if (suggest_result_ttl == 0)
		return false;
	return run("DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s "
			   "WHERE finished_at < clock_timestamp() - $1 * interval '1 minute' ORDER BY finished_at LIMIT $2))",
			   SPI_OK_DELETE, 2, types, values, NULL) == PURGE_ROWS;
}
