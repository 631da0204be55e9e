/*
 * shared.h
 *		What the suggestion room's processes share, and how they share it.
 *
 * Three kinds of process meet here.  A *backend* runs a user's SQL.  The
 * *engine* is one worker for the whole cluster that speaks HTTP and nothing
 * else.  A *drainer* is a short-lived worker in one database that takes rows
 * from its queue and behaves like a backend towards the engine.
 *
 * They meet in one control struct of plain data: no pointer, descriptor or
 * handle of any process stands in it, so that whatever a dying process leaves
 * behind can be read by the next.  What a call says and answers lies in a
 * dynamic area beside it, found by dsa_pointer.
 *
 * A *slot* is one call.  Its state says who may touch the rest of it, and only
 * changes by compare-and-swap:
 *
 *	FREE -> FILLING		a backend takes it
 *	FILLING -> READY	the call is complete; the engine may take it
 *	READY -> FREE		the backend takes it back before it was sent
 *	READY -> RUNNING	the engine sends it
 *	RUNNING -> DONE		the answer or the fault is there; the backend's again
 *	RUNNING -> ABANDONED	nobody waits any more; the engine frees it
 *	DONE -> FREE		the backend has read it
 */
#ifndef FHIR_BRIDGE_SUGGEST_SHARED_H
#define FHIR_BRIDGE_SUGGEST_SHARED_H

#include "postgres.h"

#include <time.h>

#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/lwlock.h"
#include "utils/dsa.h"
#include "utils/timestamp.h"

#include "base/base.h"
#include "suggest/shared/fault.h"
#include "suggest/shared/request.h"

/* Raised whenever the layout of anything below changes. */
#define SUGGEST_ABI 3

#define SUGGEST_SLOTS 64
#define SUGGEST_MODEL_SLOTS 32	/* of these, at most for models: services never wait behind them */
#define SUGGEST_DATABASES 16
#define SUGGEST_BUCKETS 20		/* of the latency histogram: below 1, 2, 4, ... ms */
#define SUGGEST_REASON 64		/* bytes of a foreign library's reason */
#define SUGGEST_NOBODY (-1)		/* no process number */

typedef enum SuggestSlotState
{
	SUGGEST_FREE,
	SUGGEST_FILLING,
	SUGGEST_READY,
	SUGGEST_RUNNING,
	SUGGEST_DONE,
	SUGGEST_ABANDONED
} SuggestSlotState;

typedef struct SuggestSlot
{
	pg_atomic_uint32 state;		/* a SuggestSlotState */
	int			owner;			/* process number of who waits */
	SuggestKind kind;			/* of the call */
	uint64		sequence;		/* order of arrival */
	int64		asked_at;		/* when it became READY, by suggest_clock */
	dsa_pointer request;		/* a SuggestRequest; freed by who ends the call */
	dsa_pointer answer;			/* the body of the answer, if there is one */
	uint32		answer_length;	/* bytes */
	SuggestFault fault;			/* outcome; the answer counts only without one */
	int			http_status;	/* last one, 0 for none */
	int			attempts;		/* requests sent for this call */
	int			retry_ms;		/* the caller may try again after this; -1 for never */
	char		reason[SUGGEST_REASON]; /* a library's words, without anything of the call */
} SuggestSlot;

/* A database with a queue that is being drained, or should be. */
typedef struct SuggestDatabase
{
	Oid			oid;			/* InvalidOid for an unused entry */
	int			drainer;		/* process number of its drainer, or SUGGEST_NOBODY */
	uint32		wakes;			/* counts those who committed rows; only grows */
	int			failures;		/* starts in a row that came to nothing */
	int64		starting_at;	/* when a drainer was asked for; 0 for no start under way */
	int64		wake_at;		/* the engine starts a drainer then; 0 for never */
} SuggestDatabase;

/*
 * Counters since the struct was made.  The engine writes, but those of the
 * cache, which the processes write that look into it; everybody reads.
 */
typedef enum SuggestCounter
{
	SUGGEST_CALLS,				/* calls taken by the engine */
	SUGGEST_FAILED,				/* of these, ended with a fault */
	SUGGEST_ABANDONS,			/* of these, nobody waited for the end */
	SUGGEST_REQUESTS,			/* HTTP requests sent */
	SUGGEST_RETRIES,			/* of these, tries after a failed one */
	SUGGEST_LOGINS,				/* of these, logins */
	SUGGEST_CONNECTIONS,		/* connections opened */
	SUGGEST_BREAKS,				/* times that a service was given a rest */
	SUGGEST_STARTS,				/* starts of the engine */
	SUGGEST_MODEL_CALLS,		/* of the calls, those of models */
	SUGGEST_MODEL_STARTS,		/* programs started */
	SUGGEST_MODEL_DEATHS,		/* of these, ended by themselves after they were ready */
	SUGGEST_MODEL_RELOADS,		/* of these, took over because files had changed */
	SUGGEST_CACHE_HITS,			/* answers that the cache had */
	SUGGEST_CACHE_MISSES,		/* and those that it had not */
	SUGGEST_COUNTERS
} SuggestCounter;

typedef enum SuggestEngineState
{
	SUGGEST_ENGINE_NONE,
	SUGGEST_ENGINE_STARTING,
	SUGGEST_ENGINE_RUNNING
} SuggestEngineState;

typedef struct SuggestControl
{
	LWLock		lock;			/* guards the engine's entry and databases[] */
	int			tranche;		/* of lock and area */
	dsa_handle	area;			/* where requests and answers lie; 0 until first used */
	size_t		area_limit;		/* its bytes, from the same time on */
	ConditionVariable slot_freed[SUGGEST_KINDS];	/* for those who wait to ask that kind */
	pg_atomic_uint32 model_slots;	/* slots of calls of models */
	pg_atomic_uint32 programs;	/* that run models */
	ConditionVariable engine_changed;	/* its state */
	ConditionVariable notes_finished;	/* in any queue */
	SuggestEngineState engine_state;
	pid_t		engine_pid;
	int64		engine_changed_at;	/* by suggest_clock */
	TimestampTz engine_since;	/* the same by the calendar */
	uint64		engine_build;	/* version of the library that it runs */
	pg_atomic_uint32 engine;	/* its process number + 1; 0 when there is none */
	pg_atomic_uint64 sequence;	/* of the last call */
	pg_atomic_uint32 tokens;	/* sessions that the engine holds */
	pg_atomic_uint32 flush;		/* asks the engine to forget its sessions */
	pg_atomic_uint32 resting;	/* services that it gives a rest */
	pg_atomic_uint64 counters[SUGGEST_COUNTERS];
	pg_atomic_uint64 latency[SUGGEST_BUCKETS];	/* calls by time from asking to answer */
	LWLock		cache_lock;		/* guards the cache: what follows, and its table */
	dsa_pointer cache;			/* the table; InvalidDsaPointer until first used */
	int			cache_entries;	/* in use */
	size_t		cache_bytes;	/* of their texts */
	SuggestDatabase databases[SUGGEST_DATABASES];
	SuggestSlot slots[SUGGEST_SLOTS];
} SuggestControl;

/*
 * Milliseconds of a clock that nobody sets, the same for all processes.  All
 * waiting goes by it.
 */
static inline int64
suggest_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* in shared.c; what the engine's module calls carries PGDLLEXPORT */
extern PGDLLEXPORT SuggestControl *suggest_control(void);
extern PGDLLEXPORT dsa_area *suggest_area(void);
extern size_t suggest_area_limit(void);
extern PGDLLEXPORT bool suggest_slot_move(SuggestSlot *slot, SuggestSlotState from, SuggestSlotState to);
extern bool suggest_slot_take(SuggestSlot *slot, SuggestKind kind);
extern PGDLLEXPORT void suggest_slot_give_back(SuggestSlot *slot, SuggestSlotState from);
extern PGDLLEXPORT void suggest_slot_free(SuggestSlot *slot, SuggestSlotState from);
extern PGDLLEXPORT void suggest_wake(int procno);
extern PGDLLEXPORT void suggest_count(SuggestCounter counter);
extern void suggest_shared_init(void);
extern PGDLLEXPORT uint64 suggest_build(void);

#endif							/* FHIR_BRIDGE_SUGGEST_SHARED_H */
