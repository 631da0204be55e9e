/*
 * wake.c
 *		Who needs a drainer: the databases' entries in the control struct.
 *
 * A starting drainer marks its entry before its first read of the queue.  Who
 * commits a row and then sees "starting" may therefore return: the read that is
 * still to come finds the row.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"

#include "suggest/shared/shared.h"
#include "suggest/shared/wake.h"
#include "suggest/shared/worker.h"

#define START_LIMIT_MS 10000	/* for a drainer's start */
#define RETRY_MS 5000			/* before the engine tries again */

/* The entry of a database; NULL when there is none.  Under the lock. */
static SuggestDatabase *
find_entry(Oid database)
{
	SuggestControl *ctl = suggest_control();

	for (int i = 0; i < SUGGEST_DATABASES; i++)
	{
		if (ctl->databases[i].oid == database)
			return &ctl->databases[i];
	}
	return NULL;
}

/* The same, or a fresh one; NULL when all are taken.  Under the lock. */
static SuggestDatabase *
find_or_make_entry(Oid database)
{
	SuggestDatabase *entry = find_entry(database);

	if (entry == NULL && (entry = find_entry(InvalidOid)) != NULL)
	{
		memset(entry, 0, sizeof(SuggestDatabase));
		entry->oid = database;
		entry->drainer = SUGGEST_NOBODY;
	}
	return entry;
}

/*
 * Asks the postmaster for a drainer; false when no worker is free.  Without a
 * handle to return, this allocates nothing and raises nothing.
 */
static bool
start_drainer(Oid database)
{
	BackgroundWorker worker;

	suggest_describe_worker(&worker, "fhir_bridge suggestion drainer", "fhir_bridge_drainer_main",
							ObjectIdGetDatum(database));
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	return RegisterDynamicBackgroundWorker(&worker, NULL);
}

/*
 * Makes sure that a database has a drainer, or will have one shortly; one that
 * is there is woken.  False when there cannot be one now; the engine will try
 * again unless too many databases want one.  Raises no error, also when the
 * caller's transaction is committed already.
 */
bool
suggest_drainer_ensure(Oid database)
{
	SuggestControl *ctl = suggest_control();
	SuggestDatabase *entry;
	int			drainer = SUGGEST_NOBODY;
	bool		start = false;
	int64		now = suggest_clock();

	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	entry = find_or_make_entry(database);
	if (entry != NULL)
		entry->wakes++;
	if (entry != NULL && entry->drainer != SUGGEST_NOBODY)
		drainer = entry->drainer;
	else if (entry != NULL && (entry->starting_at == 0 || now - entry->starting_at > START_LIMIT_MS))
	{
		start = true;
		entry->starting_at = now;
		entry->wake_at = 0;
	}
	LWLockRelease(&ctl->lock);
	if (entry == NULL)
		return false;
	suggest_wake(drainer);
	if (!start || start_drainer(database))
		return true;
	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	entry = find_entry(database);
	if (entry != NULL && entry->drainer == SUGGEST_NOBODY)
	{
		entry->starting_at = 0;
		entry->wake_at = now + RETRY_MS;
	}
	LWLockRelease(&ctl->lock);
	suggest_wake((int) pg_atomic_read_u32(&ctl->engine) - 1);
	return false;
}

/* Enters this process as the database's drainer; false when there is another. */
bool
suggest_drainer_enter(Oid database)
{
	SuggestControl *ctl = suggest_control();
	SuggestDatabase *entry;
	bool		mine;

	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	entry = find_or_make_entry(database);
	mine = (entry != NULL && entry->drainer == SUGGEST_NOBODY);
	if (mine)
	{
		entry->drainer = my_proc_number();
		entry->starting_at = 0;
		entry->wake_at = 0;
		entry->failures = 0;
	}
	LWLockRelease(&ctl->lock);
	return mine;
}

/* How often rows were committed in a database that has an entry. */
uint32
suggest_drainer_wakes(Oid database)
{
	SuggestControl *ctl = suggest_control();
	SuggestDatabase *entry;
	uint32		wakes;

	LWLockAcquire(&ctl->lock, LW_SHARED);
	entry = find_entry(database);
	wakes = entry ? entry->wakes : 0;
	LWLockRelease(&ctl->lock);
	return wakes;
}

/*
 * Takes this process's entry out; with a time (by suggest_clock) at which the
 * engine is to start another drainer, 0 for never.  False, with nothing done,
 * when rows were committed after the caller has seen so many wakes (NULL to
 * leave whatever happened).
 */
bool
suggest_drainer_leave(Oid database, int64 wake_at, const uint32 *seen)
{
	SuggestControl *ctl = suggest_control();
	SuggestDatabase *entry;
	bool		stays = false;

	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	entry = find_entry(database);
	if (entry != NULL && entry->drainer == my_proc_number())
	{
		stays = (seen != NULL && entry->wakes != *seen);
		if (!stays)
		{
			entry->drainer = SUGGEST_NOBODY;
			entry->wake_at = wake_at;
			if (wake_at == 0)
				entry->oid = InvalidOid;
		}
	}
	LWLockRelease(&ctl->lock);
	if (!stays)
		suggest_wake((int) pg_atomic_read_u32(&ctl->engine) - 1);
	return !stays;
}
