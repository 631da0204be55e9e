/*
 * drainer.c
 *		The worker that empties one database's queue.
 *
 * It claims due notes and commits, sends them outside any transaction, and
 * writes what came of them in another one.  A crash between answer and commit
 * repeats the call; the result is stored once.
 *
 * Claims are made before the last claimed note is out, and results are written
 * in bulk, so that the service is kept busy; a lone note is written at once.
 * The engine limits how many requests are under way; more calls than that are
 * handed to it, so that it never waits for this process.
 *
 * With nothing due it ends after a while; when notes wait for a later try, the
 * engine starts the next drainer in time.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "suggest/shared/worker.h"
#include "suggest/queue/drainer.h"
#include "suggest/shared/settings.h"
#include "suggest/shared/wake.h"

PGDLLEXPORT void fhir_bridge_drainer_main(Datum database);

#define CLAIM_NOTES 256			/* at a time */
#define CALLS_MAX 32			/* half of all slots */
#define STORE_NOTES 64			/* results that are worth a transaction */
#define STORE_MS 20				/* after which one result is worth it too */
#define NO_SLOT_MS 10
#define LOCKED_MS 100			/* before a locked row is looked at again */
#define ENGINE_CHECK_MS 1000
#define AFTER_FAILURE_MS 10000	/* before the engine starts another drainer */
#define AFTER_STOP_MS 1000		/* the same, when this one was asked to end */
#define DISABLED_MS 60000		/* before it looks whether suggestions are switched on */

/* Notes of one kind.  Those of models take hours; services must not wait for them. */
typedef struct Lane
{
	dlist_head	waiting;		/* parts to be sent, the next one first */
	int			nout;			/* parts that are out */
	int64		next_due;		/* of notes that were not due at the last claim; PG_INT64_MAX for none */
	bool		may_have_more;	/* the last claim was a full one */
	uint32		wakes;			/* seen before the last claim */
} Lane;

typedef struct Drainer
{
	Oid			database;
	Lane		lanes[SUGGEST_KINDS];
	DrainPart  *out[CALLS_MAX * SUGGEST_KINDS];
	int			nout;
	DrainResults results;
	int64		store_at;		/* when the results are to be written */
	bool		has_orphans;	/* notes that an earlier drainer has claimed may be there */
	int64		idle_since;		/* 0 while there is work */
} Drainer;

static Drainer drainer;
static int64 leave_until = 0;	/* what the exit callback tells the engine */
static bool is_entered = false;
static uint32 work_event = 0;

/* The exit callback: gives up the database's entry. */
static void
drainer_exit(int code, Datum arg)
{
	if (is_entered)
		(void) suggest_drainer_leave(drainer.database,
									 code == 0 ? leave_until : suggest_clock() + AFTER_FAILURE_MS, NULL);
	is_entered = false;
}

/* Calls of a kind that this drainer may have with the engine at once. */
static int
calls_at_once(SuggestKind kind)
{
	return kind == SUGGEST_MODEL ? SUGGEST_MODEL_SLOTS / 2 : Min(CALLS_MAX, suggest_max_concurrency * 2);
}

/* Is it worth looking for due notes of a kind? */
static bool
should_claim_for(Lane *lane)
{
	return dlist_is_empty(&lane->waiting) &&
		(lane->may_have_more || suggest_drainer_wakes(drainer.database) != lane->wakes ||
		 suggest_clock() >= lane->next_due);
}

/* The same for notes of any kind. */
static bool
should_claim(void)
{
	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		if (should_claim_for(&drainer.lanes[i]))
			return true;
	}
	return false;
}

/* Does a part wait to be sent? */
static bool
has_waiting(void)
{
	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		if (!dlist_is_empty(&drainer.lanes[i].waiting))
			return true;
	}
	return false;
}

/* When the first note is due that was not due at the last claims; PG_INT64_MAX for none. */
static int64
next_due(void)
{
	int64		next = PG_INT64_MAX;

	for (int i = 0; i < SUGGEST_KINDS; i++)
		next = Min(next, drainer.lanes[i].next_due);
	return next;
}

/* Has nobody committed a row since the last claims? */
static bool
is_unwoken(void)
{
	uint32		wakes = suggest_drainer_wakes(drainer.database);

	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		if (drainer.lanes[i].wakes != wakes)
			return false;
	}
	return true;
}

/* Is anything in this drainer's hands? */
static bool
is_working(void)
{
	return drainer.nout > 0 || drainer.results.count > 0 || has_waiting();
}

/* Claims due notes of a kind, within a transaction. */
static void
claim_for(SuggestKind kind)
{
	Lane	   *lane = &drainer.lanes[kind];
	DrainNote  *notes[CLAIM_NOTES];
	int			count = drain_claim(kind, CLAIM_NOTES, notes);

	lane->may_have_more = (count == CLAIM_NOTES);
	lane->next_due = PG_INT64_MAX;
	if (!lane->may_have_more)
	{
		int64		ms = drain_next_due(kind);

		/* a due note that was not claimed is locked by somebody: no hurry */
		if (ms >= 0)
			lane->next_due = suggest_clock() + Max(ms, LOCKED_MS);
		if (drainer.has_orphans)
			lane->next_due = Min(lane->next_due, suggest_clock() + LOCKED_MS);
	}
	drain_cut(kind, &lane->waiting, notes, count);
}

/* Claims due notes and commits; ends the process when the queue is gone. */
static void
claim_notes(void)
{
	uint32		wakes = suggest_drainer_wakes(drainer.database);

	if (!drain_begin())
		proc_exit(0);
	if (drainer.has_orphans && !is_working())
		drainer.has_orphans = drain_take_back();
	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		if (!should_claim_for(&drainer.lanes[i]))
			continue;
		drainer.lanes[i].wakes = wakes;
		claim_for(i);
	}
	drain_commit();
}

/* Makes the requests of the parts that wait. */
static void
prepare_requests(void)
{
	bool		is_needed = false;

	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &drainer.lanes[i].waiting)
			is_needed |= (dlist_container(DrainPart, node, iter.cur)->request == NULL);
	}
	if (!is_needed)
		return;
	if (!drain_begin())
		proc_exit(0);
	for (int i = 0; i < SUGGEST_KINDS; i++)
		drain_prepare(&drainer.lanes[i].waiting, &drainer.results);
	drain_commit();
}

/* Hands parts of a kind to the engine as long as it takes some. */
static void
send_parts(SuggestKind kind)
{
	Lane	   *lane = &drainer.lanes[kind];

	while (lane->nout < calls_at_once(kind) && !dlist_is_empty(&lane->waiting))
	{
		DrainPart  *part = dlist_head_element(DrainPart, node, &lane->waiting);

		part->slot = suggest_call_begin(part->request, SUGGEST_NO_WAIT);
		if (part->slot < 0)
			return;
		dlist_delete(&part->node);
		explicit_bzero(part->request, part->request->size);
		pfree(part->request);
		part->request = NULL;
		lane->nout++;
		drainer.out[drainer.nout++] = part;
	}
}

/* Takes the ends of calls. */
static void
receive_answers(void)
{
	int			kept = 0;
	bool		in_transaction = false;

	for (int i = 0; i < drainer.nout; i++)
	{
		DrainPart  *part = drainer.out[i];

		if (!suggest_call_done(part->slot))
		{
			drainer.out[kept++] = part;
			continue;
		}
		if (!in_transaction && !drain_begin())
			proc_exit(0);
		in_transaction = true;
		drainer.lanes[part->kind].nout--;
		drain_receive(part, &drainer.lanes[part->kind].waiting, &drainer.results);
	}
	drainer.nout = kept;
	if (in_transaction)
		drain_commit();
}

/* Writes results when there are enough, or they have waited, or nothing else is to come. */
static void
store_results(bool at_once)
{
	int64		due;
	int			fresh;

	if (drainer.results.count == 0)
	{
		drainer.store_at = PG_INT64_MAX;
		return;
	}
	if (drainer.store_at == PG_INT64_MAX)
		drainer.store_at = suggest_clock() + STORE_MS;
	fresh = drainer.results.count - drainer.results.nlocked;
	if (!at_once && fresh < STORE_NOTES && suggest_clock() < drainer.store_at &&
		(fresh == 0 || drainer.nout > 0 || has_waiting()))
		return;
	if (!drain_begin())
		proc_exit(0);
	due = drain_store(&drainer.results);
	drain_commit();
	for (int i = 0; i < SUGGEST_KINDS && due >= 0; i++)
		drainer.lanes[i].next_due = Min(drainer.lanes[i].next_due, suggest_clock() + due);
	drainer.store_at = drainer.results.count > 0 ? suggest_clock() + LOCKED_MS : PG_INT64_MAX;
	ConditionVariableBroadcast(&suggest_control()->notes_finished);
}

/*
 * With nothing to do: removes old results, then looks whether it is time to
 * end; gives how long to sleep otherwise.
 */
static int64
rest(void)
{
	int64		now = suggest_clock();
	int64		end;

	if (drainer.idle_since == 0)
	{
		bool		more = true;

		while (more && is_unwoken() && !ShutdownRequestPending)
		{
			if (!drain_begin())
				proc_exit(0);
			more = drain_purge();
			drain_commit();
		}
		drainer.idle_since = now;
	}
	end = drainer.idle_since + (int64) suggest_drainer_idle * 1000;
	if (now < end)
		return Min(end, next_due()) - now;

	leave_until = next_due() == PG_INT64_MAX ? 0 : next_due();
	if (leave_until != 0)
		suggest_engine_ensure();	/* which starts the next drainer */
	/* who commits a row now either finds us gone or keeps us */
	if (is_unwoken() && suggest_drainer_leave(drainer.database, leave_until, &drainer.lanes[0].wakes))
	{
		is_entered = false;
		proc_exit(0);
	}
	drainer.idle_since = 0;
	return 0;
}

/*
 * Ends early: writes what is known, gives the rest back.  The engine starts
 * the next drainer after so long.
 */
static void
stop(int64 pause_ms)
{
	receive_answers();
	suggest_calls_abandon();
	store_results(true);
	if (!drain_begin())
		proc_exit(0);
	drain_release();
	drain_commit();
	leave_until = suggest_clock() + pause_ms;
	proc_exit(0);
}

/* Sleeps at most so long. */
static void
sleep_until_woken(int64 ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, (long) Max(ms, 0),
					 named_wait_event(&work_event, "FhirBridgeAicsDrainer"));
	ResetLatch(MyLatch);
}

/* Does a kind have parts to send and none out, whose end would wake this process? */
static bool
lacks_slots(void)
{
	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		if (drainer.lanes[i].nout == 0 && !dlist_is_empty(&drainer.lanes[i].waiting))
			return true;
	}
	return false;
}

/*
 * How long to sleep while there is work: until results are to be written; with
 * all slots taken by others, nobody tells when one is free.  Not at all when a
 * call has ended: who waits for a lock, or for a synchronous standby, takes
 * the signal of that for its own.
 */
static int64
working_sleep(void)
{
	int64		longest = lacks_slots() ? NO_SLOT_MS : ENGINE_CHECK_MS;

	for (int i = 0; i < drainer.nout; i++)
	{
		if (suggest_call_done(drainer.out[i]->slot))
			return 0;
	}
	return Max(Min(longest, drainer.store_at - suggest_clock()), 0);
}

/* One turn. */
static void
turn(void)
{
	CHECK_FOR_INTERRUPTS();
	if (ShutdownRequestPending)
		stop(AFTER_STOP_MS);
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	if (!suggest_enabled)
		stop(DISABLED_MS);
	receive_answers();
	if (should_claim())
		claim_notes();
	prepare_requests();
	for (int i = 0; i < SUGGEST_KINDS; i++)
		send_parts(i);
	store_results(false);
	if (is_working())
	{
		drainer.idle_since = 0;
		/* the engine may have ended with our calls not taken */
		if (drainer.nout > 0 && pg_atomic_read_u32(&suggest_control()->engine) == 0)
			suggest_engine_ensure();
		sleep_until_woken(working_sleep());
	}
	else if (!should_claim())
	{
		int64		ms = rest();

		/* that committed, and may have taken a signal as above */
		sleep_until_woken(should_claim() ? 0 : ms);
	}
}

/*
 * Settings that the database or the configuration file may have for its
 * users, and which the drainer must not have: it writes, it looks again at
 * what others have committed, and it waits for nobody's lock for long.
 *
 * Its plans have no choice but to look each row up by an index.  What the
 * statistics say of a queue is always out of date; they would have the few rows
 * that are running read as a whole, with all those that have been.
 */
static void
pin_settings(void)
{
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog, pg_temp"},
		{"default_transaction_read_only", "off"},
		{"default_transaction_isolation", "read committed"},
		{"lock_timeout", "5s"},
		{"enable_seqscan", "off"},
		{"enable_bitmapscan", "off"},
		{"enable_hashjoin", "off"},
		{"enable_mergejoin", "off"},
	};

	for (int i = 0; i < lengthof(settings); i++)
		SetConfigOption(settings[i][0], settings[i][1], PGC_SUSET, PGC_S_OVERRIDE);
}

/*
 * The drainer's process.  A queue that vanishes under it is a quiet end; any
 * other error ends it too, and the engine starts the next one.
 */
void
fhir_bridge_drainer_main(Datum database)
{
	MemoryContext turn_memory;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
	pin_settings();

	drainer.database = DatumGetObjectId(database);
	if (!suggest_drainer_enter(drainer.database))
		proc_exit(0);
	is_entered = true;
	before_shmem_exit(drainer_exit, (Datum) 0);
	drain_memory = AllocSetContextCreate(TopMemoryContext, "fhir_bridge drainer notes", ALLOCSET_DEFAULT_SIZES);
	turn_memory = AllocSetContextCreate(TopMemoryContext, "fhir_bridge drainer turn", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < SUGGEST_KINDS; i++)
	{
		dlist_init(&drainer.lanes[i].waiting);
		drainer.lanes[i].may_have_more = true;
	}
	drainer.has_orphans = true;
	drainer.store_at = PG_INT64_MAX;

	PG_TRY();
	{
		for (;;)
		{
			MemoryContextReset(turn_memory);
			MemoryContextSwitchTo(turn_memory);
			turn();
		}
	}
	PG_CATCH();
	{
		if (geterrcode() == ERRCODE_UNDEFINED_TABLE)
			proc_exit(0);
		PG_RE_THROW();
	}
	PG_END_TRY();
}
