/*
 * worker.c
 *		Starting the room's workers, from a backend and at boot.
 *
 * The engine's code is in a module of its own, fhir_bridge_suggest, which
 * brings libcurl: only the worker loads it.  It finds this module's symbols
 * because the server loads libraries globally; the other way round there is
 * one call, fhir_bridge_engine_run.
 *
 * One backend starts the engine, the others wait with it.  The mark that a
 * start is under way expires, so that a backend that dies in between cannot
 * block the rest.
 */
#include "postgres.h"

#include <signal.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "utils/timestamp.h"

#include "suggest/shared/shared.h"
#include "suggest/shared/settings.h"
#include "suggest/shared/worker.h"

#define START_LIMIT_MS 10000	/* for the engine's start */
#define START_CHECK_MS 100
#define RESTART_SECONDS 5

PGDLLEXPORT void fhir_bridge_engine_main(Datum stays);

static pid_t asked_to_end = 0;	/* an engine of an earlier library */
static uint32 start_event = 0;

/* Describes a worker; the function is one of this module. */
void
suggest_describe_worker(BackgroundWorker *worker, const char *name, const char *function, Datum argument)
{
	memset(worker, 0, sizeof(BackgroundWorker));
	strlcpy(worker->bgw_name, name, BGW_MAXLEN);
	strlcpy(worker->bgw_type, name, BGW_MAXLEN);
	strlcpy(worker->bgw_library_name, "fhir_bridge", BGW_MAXLEN);
	strlcpy(worker->bgw_function_name, function, BGW_MAXLEN);
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_ConsistentState;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	worker->bgw_main_arg = argument;
}

/* Describes the engine. */
static void
describe_engine(BackgroundWorker *worker, bool stays)
{
	suggest_describe_worker(worker, "fhir_bridge suggestion engine", "fhir_bridge_engine_main", BoolGetDatum(stays));
	worker->bgw_restart_time = RESTART_SECONDS;
}

/* Raises the error that there is no room for a worker. */
static void
refuse_for_lack_of_workers(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("no background worker is free for the suggestion engine"),
			 errhint("Increase max_worker_processes.")));
}

/* Sets the engine's state, under the lock, and tells those who wait for it. */
void
suggest_engine_set(SuggestEngineState state)
{
	SuggestControl *ctl = suggest_control();

	ctl->engine_state = state;
	ctl->engine_changed_at = suggest_clock();
	ctl->engine_since = GetCurrentTimestamp();
	ConditionVariableBroadcast(&ctl->engine_changed);
}

/*
 * Is the engine's library good enough for this process?  A later version is:
 * what differs in shared memory has another name.  An earlier one is asked to
 * end, once; when the next engine is of an earlier one too, that is all there
 * is to be had.
 */
static bool
is_good_engine(const SuggestControl *ctl)
{
	return ctl->engine_build >= suggest_build() ||
		(asked_to_end != 0 && ctl->engine_pid != asked_to_end);
}

/*
 * Looks at the engine under the lock.  Gives true when it runs and its library
 * is good enough, else asks it to end; *mine says that the caller has to start
 * one.
 */
static bool
is_engine_there(bool *mine)
{
	SuggestControl *ctl = suggest_control();
	bool		there = false;

	*mine = false;
	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	if (ctl->engine_state == SUGGEST_ENGINE_STARTING &&
		suggest_clock() - ctl->engine_changed_at > START_LIMIT_MS)
		ctl->engine_state = SUGGEST_ENGINE_NONE;
	if (ctl->engine_state == SUGGEST_ENGINE_NONE)
	{
		suggest_engine_set(SUGGEST_ENGINE_STARTING);
		*mine = true;
	}
	else if (ctl->engine_state == SUGGEST_ENGINE_RUNNING)
	{
		there = is_good_engine(ctl);
		if (!there && asked_to_end == 0 && kill(ctl->engine_pid, SIGTERM) == 0)
			asked_to_end = ctl->engine_pid;
	}
	LWLockRelease(&ctl->lock);
	return there;
}

/* Registers the engine with the postmaster.  Raises 53400 when there is no room. */
static BackgroundWorkerHandle *
start_engine(void)
{
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;

	describe_engine(&worker, false);
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
	{
		SuggestControl *ctl = suggest_control();

		LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
		suggest_engine_set(SUGGEST_ENGINE_NONE);
		LWLockRelease(&ctl->lock);
		refuse_for_lack_of_workers();
	}
	return handle;
}

/* Did the worker that this backend has started end before it was ready? */
static bool
has_start_failed(BackgroundWorkerHandle *handle)
{
	pid_t		pid;

	return handle != NULL && GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED &&
		suggest_control()->engine_state == SUGGEST_ENGINE_STARTING;
}

/* Raises the error that the engine does not start. */
static void
refuse_for_failed_start(void)
{
	SuggestControl *ctl = suggest_control();

	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	if (ctl->engine_state == SUGGEST_ENGINE_STARTING)
		suggest_engine_set(SUGGEST_ENGINE_NONE);
	LWLockRelease(&ctl->lock);
	ereport(ERROR,
			(errcode(ERRCODE_CANNOT_CONNECT_NOW),
			 errmsg("the suggestion engine does not start"),
			 errhint("The server's log says why.")));
}

/*
 * Returns when the engine is ready for calls, having started it if need be.
 * Raises 53400 when no worker is free, 57P03 when it does not get ready.
 */
void
suggest_engine_ensure(void)
{
	SuggestControl *ctl = suggest_control();
	BackgroundWorkerHandle *handle = NULL;
	int64		until;
	bool		mine;

	if (pg_atomic_read_u32(&ctl->engine) != 0 && is_good_engine(ctl))
		return;
	until = suggest_clock() + START_LIMIT_MS;
	ConditionVariablePrepareToSleep(&ctl->engine_changed);
	while (!is_engine_there(&mine))
	{
		if (mine)
			handle = start_engine();
		else if (has_start_failed(handle) || suggest_clock() > until)
			refuse_for_failed_start();
		(void) ConditionVariableTimedSleep(&ctl->engine_changed, START_CHECK_MS,
										   named_wait_event(&start_event, "FhirBridgeAicsStart"));
	}
	ConditionVariableCancelSleep();
}

/*
 * The engine's process.  A module that cannot be loaded will not load in five
 * seconds either: the worker then ends for good and the next call says so.
 */
void
fhir_bridge_engine_main(Datum stays)
{
	void (*run) (bool) = NULL;
	MemoryContext context = CurrentMemoryContext;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	PG_TRY();
	{
		run = load_external_function("fhir_bridge_suggest", "fhir_bridge_engine_run", true, NULL);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		EmitErrorReport();
		FlushErrorState();
		proc_exit(0);
	}
	PG_END_TRY();
	run(DatumGetBool(stays));
	proc_exit(0);
}

/* Called by suggest_init: a preloaded module starts the engine at boot. */
void
suggest_worker_init(void)
{
	BackgroundWorker worker;

	if (!process_shared_preload_libraries_in_progress)
		return;
	describe_engine(&worker, true);
	RegisterBackgroundWorker(&worker);
}
