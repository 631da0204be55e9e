/*
 * engine.c
 *		The module fhir_bridge_suggest: the engine's loop.
 *
 * One worker for the cluster speaks HTTP for everybody, and with the programs
 * that run local models.  It is attached to no
 * database, so that it stands in nobody's way; it runs no SQL and looks no
 * credential up.  It sleeps until its latch is set, a socket is ready or a
 * timer has come; with nothing to do it does nothing, and ends after a while.
 *
 * Asked to end, it takes no new call, gives those under way two seconds, and
 * ends the rest with a fault.  Calls that it has not taken stay for the next
 * engine, which those who wait will start.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/settings.h"
#include "suggest/shared/worker.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void fhir_bridge_engine_run(bool stays);

#define LAST_CALLS_MS 2000		/* for calls under way when the engine is to end */

static bool is_engine = false;	/* the control struct names this process */
static uint32 idle_event = 0;

/*
 * The exit callback.  Calls that this engine has taken end with a fault; who
 * waits for one that it has not taken is told to look after a new engine.
 */
static void
engine_exit(int code, Datum arg)
{
	SuggestControl *ctl = suggest_control();

	if (!is_engine)
		return;
	is_engine = false;
	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	pg_atomic_write_u32(&ctl->engine, 0);
	ctl->engine_pid = 0;
	pg_atomic_write_u32(&ctl->tokens, 0);
	pg_atomic_write_u32(&ctl->resting, 0);
	pg_atomic_write_u32(&ctl->programs, 0);
	suggest_engine_set(SUGGEST_ENGINE_NONE);
	LWLockRelease(&ctl->lock);
	pg_memory_barrier();
	for (int i = 0; i < SUGGEST_SLOTS; i++)
	{
		SuggestSlot *slot = &ctl->slots[i];
		int			owner = slot->owner;

		switch (pg_atomic_read_u32(&slot->state))
		{
			case SUGGEST_READY:
				suggest_wake(owner);
				break;
			case SUGGEST_RUNNING:
				slot->fault = SUGGEST_FAULT_STOPPED;
				slot->retry_ms = 0;
				if (suggest_slot_move(slot, SUGGEST_RUNNING, SUGGEST_DONE))
				{
					suggest_wake(owner);
					break;
				}
				/* FALLTHROUGH */
			case SUGGEST_ABANDONED:
				suggest_slot_free(slot, SUGGEST_ABANDONED);
				break;
			default:
				break;
		}
	}
}

/*
 * Becomes the cluster's engine; false when there is one.  *is_unasked says that
 * no backend asked for it: the server has just started, or has crashed.
 */
static bool
become_engine(bool *is_unasked)
{
	SuggestControl *ctl = suggest_control();
	bool		mine;

	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	mine = (ctl->engine_state != SUGGEST_ENGINE_RUNNING);
	*is_unasked = (ctl->engine_state == SUGGEST_ENGINE_NONE);
	if (mine)
	{
		is_engine = true;
		ctl->engine_pid = MyProcPid;
		ctl->engine_build = suggest_build();
		pg_atomic_write_u32(&ctl->engine, my_proc_number() + 1);
		suggest_engine_set(SUGGEST_ENGINE_RUNNING);
	}
	LWLockRelease(&ctl->lock);
	return mine;
}

/* What a call does, by its SuggestKind. */
static const CallKind *const kinds[] = {
	[SUGGEST_SERVICE] = &service_calls,
	[SUGGEST_MODEL] = &model_calls,
};

/* The wait set: latch, death of the postmaster, libcurl's sockets, those of models' programs. */
static WaitEventSet *
make_wait_set(void)
{
	WaitEventSet *set = create_wait_event_set(4);

	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	AddWaitEventToSet(set, WL_SOCKET_READABLE, transfer_descriptor(), NULL, NULL);
	AddWaitEventToSet(set, WL_SOCKET_READABLE, helper_descriptor(), NULL, NULL);
	return set;
}

/* Whose sockets are ready. */
typedef struct Ready
{
	bool		transfers;
	bool		helpers;
} Ready;

/* Sleeps until something happens. */
static Ready
wait_for_something(WaitEventSet *set, int64 until)
{
	WaitEvent	events[4];
	int64		left = Max(until - suggest_clock(), 0);
	int			nevents;
	Ready		ready = {false, false};

	nevents = WaitEventSetWait(set, until == NEVER ? -1 : (long) Min(left, INT_MAX), events, lengthof(events),
							   named_wait_event(&idle_event, "FhirBridgeAicsEngine"));
	for (int i = 0; i < nevents; i++)
	{
		if (events[i].events & WL_LATCH_SET)
			ResetLatch(MyLatch);
		if (events[i].events & WL_SOCKET_READABLE)
		{
			ready.transfers |= events[i].fd == transfer_descriptor();
			ready.helpers |= events[i].fd == helper_descriptor();
		}
	}
	return ready;
}

/*
 * Looks whether the engine should end now, and when to look again.  Without
 * work it ends after a while, unless it is to stay.
 */
static bool
is_over(bool stays, int64 *stop_at, int64 *idle_since, int64 *look_again)
{
	int64		now = suggest_clock();

	*look_again = NEVER;
	if (ShutdownRequestPending)
	{
		if (*stop_at == 0)
			*stop_at = now + LAST_CALLS_MS;
		*look_again = *stop_at;
		return call_count() == 0 || now >= *stop_at;
	}
	if (stays || suggest_engine_idle == 0)
		return false;
	if (call_count() > 0 || supervise_is_busy())
	{
		*idle_since = 0;
		return false;
	}
	if (*idle_since == 0)
		*idle_since = now;
	*look_again = *idle_since + (int64) suggest_engine_idle * 1000;
	return now >= *look_again;
}

/* What all signals, settings and other processes have asked for since. */
static void
look_around(void)
{
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	if (pg_atomic_exchange_u32(&suggest_control()->flush, 0) != 0)
		token_flush();
}

/* The loop. */
static void
run_loop(bool stays)
{
	WaitEventSet *set = make_wait_set();
	MemoryContext turn = AllocSetContextCreate(TopMemoryContext, "fhir_bridge engine turn", ALLOCSET_DEFAULT_SIZES);
	Ready		ready = {false, false};
	int64		stop_at = 0;
	int64		idle_since = 0;

	for (;;)
	{
		int64		until;

		MemoryContextSwitchTo(turn);
		MemoryContextReset(turn);
		look_around();
		transfer_turn(ready.transfers);
		helper_turn(ready.helpers);
		model_cancel_turn();
		model_call_turn();
		model_turn();
		if (!ShutdownRequestPending)
		{
			call_take_ready(kinds);
			supervise_turn();
		}
		call_turn();
		if (is_over(stays, &stop_at, &idle_since, &until))
			return;
		until = Min(until, Min(transfer_timer(), call_timer()));
		until = Min(until, Min(helper_timer(), Min(model_timer(), model_cancel_timer())));
		if (!ShutdownRequestPending)
			until = Min(until, supervise_timer());
		ready = wait_for_something(set, until);
	}
}

/*
 * The engine's life.  Called by the worker's main function in fhir_bridge, with
 * signals unblocked and a connection to no database.  Returns when it is over.
 */
void
fhir_bridge_engine_run(bool stays)
{
	bool		is_unasked;

	before_shmem_exit(engine_exit, (Datum) 0);
	/* without a database there is no other encoding than the service's */
	SetDatabaseEncoding(PG_UTF8);
	transfer_init();
	helper_init(model_call_heard);
	(void) suggest_area();
	if (!become_engine(&is_unasked))
		return;
	suggest_count(SUGGEST_STARTS);
	ereport(LOG, (errmsg("fhir_bridge: suggestion engine started")));
	if (is_unasked)
		supervise_sweep();
	run_loop(stays);
	ereport(LOG, (errmsg("fhir_bridge: suggestion engine ends")));
}
