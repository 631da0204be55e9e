/*
 * supervise.c
 *		Seeing to it that databases with due notes have a drainer.
 *
 * The control struct says which databases want one and when; every turn
 * compares that with what is, so that no single message can be missed.  A
 * drainer that does not come up (its database is gone, no worker is free) is
 * tried again after growing pauses, and given up in the end: the next note
 * that is queued there asks anew.
 *
 * After a start that nobody asked for, notes may wait in any database.  Each
 * is then looked at once, one after another.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/wake.h"

#define START_LIMIT_MS 10000	/* for a drainer's start */
#define FAILURES_MAX 8
#define FIRST_BACKOFF_MS 1000
#define LONGEST_BACKOFF_MS 300000

static Oid *unlooked = NULL;	/* databases still to be looked at, the next one last */
static int	nunlooked = 0;

/* A start came to nothing: puts the next one off, or gives up.  Under the lock. */
static void
note_failure(SuggestDatabase *database, int64 now)
{
	database->starting_at = 0;
	if (++database->failures >= FAILURES_MAX)
	{
		database->oid = InvalidOid;
		database->wake_at = 0;
	}
	else
		database->wake_at = now + Min(FIRST_BACKOFF_MS << database->failures, LONGEST_BACKOFF_MS);
}

/* Looks at one entry; true when its drainer should be started now.  Under the lock. */
static bool
is_due(SuggestDatabase *database, int64 now)
{
	if (!OidIsValid(database->oid) || database->drainer != SUGGEST_NOBODY)
		return false;
	if (database->starting_at != 0 && now - database->starting_at > START_LIMIT_MS)
		note_failure(database, now);
	return OidIsValid(database->oid) && database->starting_at == 0 &&
		database->wake_at != 0 && now >= database->wake_at;
}

/* Is a start under way, or a drainer running, anywhere?  Under the lock. */
static bool
is_any_active(const SuggestControl *ctl)
{
	for (int i = 0; i < SUGGEST_DATABASES; i++)
	{
		if (OidIsValid(ctl->databases[i].oid) &&
			(ctl->databases[i].starting_at != 0 || ctl->databases[i].drainer != SUGGEST_NOBODY))
			return true;
	}
	return false;
}

/* When the next drainer is due, or the next start is too late. */
int64
supervise_timer(void)
{
	SuggestControl *ctl = suggest_control();
	int64		next = NEVER;

	LWLockAcquire(&ctl->lock, LW_SHARED);
	for (int i = 0; i < SUGGEST_DATABASES; i++)
	{
		const SuggestDatabase *database = &ctl->databases[i];

		if (!OidIsValid(database->oid) || database->drainer != SUGGEST_NOBODY)
			continue;
		if (database->starting_at != 0)
			next = Min(next, database->starting_at + START_LIMIT_MS + 1);
		else if (database->wake_at != 0)
			next = Min(next, database->wake_at);
	}
	LWLockRelease(&ctl->lock);
	return next;
}

/* Does anything keep the engine from ending for lack of work? */
bool
supervise_is_busy(void)
{
	SuggestControl *ctl = suggest_control();
	bool		is_busy = nunlooked > 0;

	LWLockAcquire(&ctl->lock, LW_SHARED);
	for (int i = 0; i < SUGGEST_DATABASES; i++)
		is_busy |= OidIsValid(ctl->databases[i].oid);
	LWLockRelease(&ctl->lock);
	return is_busy;
}

/*
 * Reads the shared catalog of databases.  Adds those that can be connected to
 * to the list of the unlooked when told so; says whether one exists.
 */
static bool
read_databases(bool list, Oid wanted)
{
	Relation	rel;
	TableScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		found |= (database->oid == wanted);
		if (!list || !database->datallowconn || database->datistemplate)
			continue;
		unlooked = unlooked ? repalloc(unlooked, (nunlooked + 1) * sizeof(Oid)) :
			MemoryContextAlloc(TopMemoryContext, sizeof(Oid));
		unlooked[nunlooked++] = database->oid;
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	return found;
}

/* Lists all databases that can be connected to, for one look at each. */
void
supervise_sweep(void)
{
	if (!RecoveryInProgress())
		(void) read_databases(true, InvalidOid);
}

/* Starts a database's drainer; forgets a database that is gone. */
static void
start_drainer(Oid database)
{
	SuggestControl *ctl = suggest_control();

	if (read_databases(false, database))
	{
		(void) suggest_drainer_ensure(database);
		return;
	}
	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	for (int i = 0; i < SUGGEST_DATABASES; i++)
	{
		if (ctl->databases[i].oid == database && ctl->databases[i].drainer == SUGGEST_NOBODY)
			ctl->databases[i].oid = InvalidOid;
	}
	LWLockRelease(&ctl->lock);
}

/* Starts what should be running and is not. */
void
supervise_turn(void)
{
	SuggestControl *ctl = suggest_control();
	MemoryContext context = CurrentMemoryContext;
	int64		now = suggest_clock();
	Oid			due[SUGGEST_DATABASES];
	int			ndue = 0;
	bool		is_quiet;

	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	for (int i = 0; i < SUGGEST_DATABASES; i++)
	{
		if (is_due(&ctl->databases[i], now))
			due[ndue++] = ctl->databases[i].oid;
	}
	is_quiet = !is_any_active(ctl);
	LWLockRelease(&ctl->lock);

	for (int i = 0; i < ndue; i++)
		start_drainer(due[i]);
	if (nunlooked > 0 && ndue == 0 && is_quiet)
		start_drainer(unlooked[--nunlooked]);
	MemoryContextSwitchTo(context);
}
