/*
 * shared.c
 *		The control struct: making it, finding it, freeing slots.
 *
 * Nothing has to be preloaded.  The struct is made by the first process that
 * asks: since 17 as a named segment, before that in what the server's main
 * shared memory has left over (well below 16 kB, see the assertion).  When the
 * module is preloaded on 15 or 16, the space is reserved.
 *
 * The area for requests and answers is made apart, at the first call, and is
 * limited: an exhausted area is a fault of one call, never an error in here.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "suggest/shared/request.h"
#include "suggest/shared/settings.h"
#include "suggest/shared/shared.h"

#define CONTROL_NAME "fhir_bridge suggest " CppAsString2(SUGGEST_ABI)

StaticAssertDecl(sizeof(SuggestControl) <= 16 * 1024, "the control struct must fit into left-over memory");

static SuggestControl *control = NULL;
static dsa_area *area = NULL;

/* Fills a struct that has just been made; the caller holds the lock for that. */
static void
init_control(void *place)
{
	SuggestControl *made = place;

	memset(made, 0, sizeof(SuggestControl));
	made->tranche = LWLockNewTrancheId();
	LWLockInitialize(&made->lock, made->tranche);
	LWLockInitialize(&made->cache_lock, made->tranche);
	for (int i = 0; i < SUGGEST_KINDS; i++)
		ConditionVariableInit(&made->slot_freed[i]);
	pg_atomic_init_u32(&made->model_slots, 0);
	pg_atomic_init_u32(&made->programs, 0);
	ConditionVariableInit(&made->engine_changed);
	ConditionVariableInit(&made->notes_finished);
	pg_atomic_init_u32(&made->engine, 0);
	pg_atomic_init_u64(&made->sequence, 0);
	pg_atomic_init_u32(&made->tokens, 0);
	pg_atomic_init_u32(&made->flush, 0);
	pg_atomic_init_u32(&made->resting, 0);
	for (int i = 0; i < SUGGEST_COUNTERS; i++)
		pg_atomic_init_u64(&made->counters[i], 0);
	for (int i = 0; i < SUGGEST_BUCKETS; i++)
		pg_atomic_init_u64(&made->latency[i], 0);
	for (int i = 0; i < SUGGEST_DATABASES; i++)
		made->databases[i].drainer = SUGGEST_NOBODY;
	for (int i = 0; i < SUGGEST_SLOTS; i++)
		pg_atomic_init_u32(&made->slots[i].state, SUGGEST_FREE);
}

/* Makes or finds the struct. */
static SuggestControl *
find_control(void)
{
	bool		found;
	void	   *place;

#ifdef HAVE_NAMED_SEGMENTS
	place = GetNamedDSMSegment(CONTROL_NAME, sizeof(SuggestControl), init_control, &found);
#else
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	place = ShmemInitStruct(CONTROL_NAME, sizeof(SuggestControl), &found);
	if (!found)
		init_control(place);
	LWLockRelease(AddinShmemInitLock);
#endif
	return place;
}

/* The control struct.  Raises an error when there is no memory for it. */
SuggestControl *
suggest_control(void)
{
	if (control == NULL)
	{
		SuggestControl *found = find_control();

		LWLockRegisterTranche(found->tranche, "fhir_bridge_suggest");
		control = found;
	}
	return control;
}

/*
 * The area of requests and answers, made at first use.  Raises an error when
 * no dynamic shared memory can be had.
 */
dsa_area *
suggest_area(void)
{
	SuggestControl *ctl = suggest_control();
	MemoryContext old;
	dsa_area   *made;

	if (area != NULL)
		return area;
	old = MemoryContextSwitchTo(TopMemoryContext);
	LWLockAcquire(&ctl->lock, LW_EXCLUSIVE);
	if (ctl->area == 0)
	{
		made = dsa_create(ctl->tranche);
		ctl->area_limit = (size_t) suggest_memory_limit * 1024 * 1024;
		dsa_set_size_limit(made, ctl->area_limit);
		dsa_pin(made);
		ctl->area = dsa_get_handle(made);
	}
	else
		made = dsa_attach(ctl->area);
	dsa_pin_mapping(made);
	LWLockRelease(&ctl->lock);
	MemoryContextSwitchTo(old);
	area = made;
	return area;
}

/* How many bytes the area may have; the setting may have changed since. */
size_t
suggest_area_limit(void)
{
	(void) suggest_area();
	return suggest_control()->area_limit;
}

/* Moves a slot from one state to another; false when it is not in the first. */
bool
suggest_slot_move(SuggestSlot *slot, SuggestSlotState from, SuggestSlotState to)
{
	uint32		expected = from;

	return pg_atomic_compare_exchange_u32(&slot->state, &expected, to);
}

/*
 * Takes a slot that is free for a call of this kind; false when it is not free,
 * or models have all slots that they may have.
 */
bool
suggest_slot_take(SuggestSlot *slot, SuggestKind kind)
{
	pg_atomic_uint32 *model_slots = &suggest_control()->model_slots;

	if (pg_atomic_read_u32(&slot->state) != SUGGEST_FREE)
		return false;
	if (kind == SUGGEST_MODEL && pg_atomic_fetch_add_u32(model_slots, 1) >= SUGGEST_MODEL_SLOTS)
	{
		pg_atomic_fetch_sub_u32(model_slots, 1);
		return false;
	}
	if (suggest_slot_move(slot, SUGGEST_FREE, SUGGEST_FILLING))
	{
		slot->kind = kind;
		return true;
	}
	if (kind == SUGGEST_MODEL)
		pg_atomic_fetch_sub_u32(model_slots, 1);
	return false;
}

/* Gives back a slot that holds nothing and is the caller's in the given state. */
void
suggest_slot_give_back(SuggestSlot *slot, SuggestSlotState from)
{
	SuggestKind kind = slot->kind;

	if (suggest_slot_move(slot, from, SUGGEST_FREE) && kind == SUGGEST_MODEL)
		pg_atomic_fetch_sub_u32(&suggest_control()->model_slots, 1);
}

/*
 * Frees a slot that is the caller's in the given state, with what it holds,
 * overwritten, and tells those who wait for one.  No error is raised: it runs
 * while a process ends.
 */
void
suggest_slot_free(SuggestSlot *slot, SuggestSlotState from)
{
	dsa_pointer request = slot->request;
	dsa_pointer answer = slot->answer;

	slot->request = slot->answer = InvalidDsaPointer;
	if (DsaPointerIsValid(request))
	{
		SuggestRequest *text = dsa_get_address(suggest_area(), request);

		explicit_bzero(text, text->size);
		dsa_free(suggest_area(), request);
	}
	if (DsaPointerIsValid(answer))
	{
		explicit_bzero(dsa_get_address(suggest_area(), answer), slot->answer_length);
		dsa_free(suggest_area(), answer);
	}
	slot->owner = SUGGEST_NOBODY;
	suggest_slot_give_back(slot, from);
	/* a slot is good for either kind; who asks the other one may be let in by this, too */
	for (int i = 0; i < SUGGEST_KINDS; i++)
		ConditionVariableSignal(&suggest_control()->slot_freed[i]);
}

/*
 * Wakes the process of this number.  If it has ended meanwhile, whoever has
 * its number now looks around once in vain.
 */
void
suggest_wake(int procno)
{
	if (procno != SUGGEST_NOBODY)
		SetLatch(&GetPGProcByNumber(procno)->procLatch);
}

/*
 * The version of the library that this process runs, as a number that grows
 * with it: three decimal places for each of its parts.
 */
uint64
suggest_build(void)
{
	const char *version = FHIR_BRIDGE_VERSION;
	uint64		build = 0;

	for (int part = 0; part < 3; part++)
	{
		char	   *end;

		build = build * 1000 + strtoul(version, &end, 10);
		version = *end == '.' ? end + 1 : end;
	}
	return build;
}

#ifndef HAVE_NAMED_SEGMENTS
static shmem_request_hook_type previous_request = NULL;
static shmem_startup_hook_type previous_startup = NULL;

/* Reserves the struct's space. */
static void
request_space(void)
{
	if (previous_request)
		previous_request();
	RequestAddinShmemSpace(MAXALIGN(sizeof(SuggestControl)));
}

/* Makes the struct; after a crash of the cluster, again. */
static void
make_struct(void)
{
	if (previous_startup)
		previous_startup();
	control = NULL;
	(void) suggest_control();
}
#endif

/* Called by suggest_init.  Only a preloaded module has something to do. */
void
suggest_shared_init(void)
{
#ifndef HAVE_NAMED_SEGMENTS
	if (!process_shared_preload_libraries_in_progress)
		return;
	previous_request = shmem_request_hook;
	shmem_request_hook = request_space;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = make_struct;
#endif
}

/* Counts something. */
void
suggest_count(SuggestCounter counter)
{
	pg_atomic_fetch_add_u64(&suggest_control()->counters[counter], 1);
}
