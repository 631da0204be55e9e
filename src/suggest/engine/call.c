/*
 * call.c
 *		One slot, from READY to DONE, whatever its call asks.
 *
 * What a call does in between is its kind's: a service or a model.  There are at
 * most as many calls as slots, so every turn simply looks at all of them, oldest
 * first, which also makes the order in which they are admitted.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "suggest/engine/engine.h"

static Call *calls[SUGGEST_SLOTS];	/* in order of arrival */
static int	ncalls = 0;

/* How many calls are in the engine's hands. */
int
call_count(void)
{
	return ncalls;
}

/* Copies a request out of shared memory and overwrites it there. */
static SuggestRequest *
take_request(SuggestSlot *slot)
{
	SuggestRequest *shared = dsa_get_address(suggest_area(), slot->request);
	SuggestRequest *request = MemoryContextAlloc(TopMemoryContext, shared->size);

	memcpy(request, shared, shared->size);
	explicit_bzero(shared + 1, shared->size - sizeof(SuggestRequest));
	return request;
}

/* Takes one call over. */
static void
take_call(SuggestSlot *slot, const CallKind *const *kinds)
{
	SuggestRequest *request;
	Call	   *call;

	if (!suggest_slot_move(slot, SUGGEST_READY, SUGGEST_RUNNING))
		return;
	request = take_request(slot);
	call = MemoryContextAllocZero(TopMemoryContext, kinds[request->kind]->size);
	call->kind = kinds[request->kind];
	call->slot = slot;
	call->request = request;
	call->queue_until = suggest_clock() + request->queue_ms;
	call->deadline = NEVER;
	calls[ncalls++] = call;
	call->kind->begin(call);
	suggest_count(SUGGEST_CALLS);
}

/* Orders slots by arrival. */
static int
compare_slots(const void *a, const void *b)
{
	uint64		left = (*(SuggestSlot *const *) a)->sequence;
	uint64		right = (*(SuggestSlot *const *) b)->sequence;

	return left < right ? -1 : left > right;
}

/* Takes over all calls that are ready, oldest first; kinds are by SuggestKind. */
void
call_take_ready(const CallKind *const *kinds)
{
	SuggestControl *ctl = suggest_control();
	SuggestSlot *ready[SUGGEST_SLOTS];
	int			nready = 0;

	for (int i = 0; i < SUGGEST_SLOTS; i++)
	{
		if (pg_atomic_read_u32(&ctl->slots[i].state) == SUGGEST_READY)
			ready[nready++] = &ctl->slots[i];
	}
	if (nready == 0)
		return;
	pg_read_barrier();
	qsort(ready, nready, sizeof(SuggestSlot *), compare_slots);
	for (int i = 0; i < nready; i++)
		take_call(ready[i], kinds);
}

/* Counts a call's time into the histogram. */
static void
count_latency(const SuggestSlot *slot)
{
	int64		ms = suggest_clock() - slot->asked_at;
	int			bucket = 0;

	while (bucket < SUGGEST_BUCKETS - 1 && ms >= (INT64CONST(1) << bucket))
		bucket++;
	pg_atomic_fetch_add_u64(&suggest_control()->latency[bucket], 1);
}

/* Frees a call, whose slot is not its any more, and takes it off the list. */
static void
forget_call(Call *call)
{
	int			i = 0;

	while (calls[i] != call)
		i++;
	memmove(&calls[i], &calls[i + 1], (--ncalls - i) * sizeof(Call *));
	call->kind->release(call);
	explicit_bzero(call->request, call->request->size);
	pfree(call->request);
	pfree(call);
}

/* Puts an answer, or a fault's words, into shared memory; false when that is full. */
static bool
share_answer(SuggestSlot *slot, const char *answer, size_t length)
{
	dsa_area   *area = suggest_area();

	if (length == 0)
		return true;
	slot->answer = dsa_allocate_extended(area, length, DSA_ALLOC_NO_OOM | DSA_ALLOC_HUGE);
	if (!DsaPointerIsValid(slot->answer))
		return false;
	memcpy(dsa_get_address(area, slot->answer), answer, length);
	slot->answer_length = length;
	return true;
}

/*
 * Ends a call: hands the outcome to who waits for it, or frees the slot when
 * nobody does.  pause is how many milliseconds the caller should wait before
 * another try, -1 for never.  The answer of a fault is its words.
 */
void
call_finish(Call *call, const Outcome *outcome, int64 pause, const char *answer, size_t length)
{
	SuggestSlot *slot = call->slot;
	int			owner = slot->owner;

	slot->fault = outcome->fault;
	slot->http_status = outcome->status;
	slot->attempts = call->attempts;
	slot->retry_ms = (int) pause;
	strlcpy(slot->reason, outcome->reason, SUGGEST_REASON);
	if (!share_answer(slot, answer, length) && slot->fault == SUGGEST_OK)
	{
		slot->fault = SUGGEST_FAULT_MEMORY;
		slot->retry_ms = 0;
	}
	if (slot->fault != SUGGEST_OK)
		suggest_count(SUGGEST_FAILED);
	count_latency(slot);
	pg_write_barrier();
	if (suggest_slot_move(slot, SUGGEST_RUNNING, SUGGEST_DONE))
		suggest_wake(owner);
	else
	{
		suggest_count(SUGGEST_ABANDONS);
		suggest_slot_free(slot, SUGGEST_ABANDONED);
	}
	forget_call(call);
}

/* Starts the clock of a call's limit, once. */
void
call_start_clock(Call *call)
{
	if (call->deadline == NEVER)
		call->deadline = suggest_clock() + call->request->timeout_ms;
}

/* One call's turn. */
static void
step(Call *call, int64 now)
{
	if (pg_atomic_read_u32(&call->slot->state) == SUGGEST_ABANDONED)
	{
		suggest_count(SUGGEST_ABANDONS);
		suggest_slot_free(call->slot, SUGGEST_ABANDONED);
		forget_call(call);
	}
	else if (now >= call->deadline)
		call->kind->time_out(call);
	else
		call->kind->step(call, now);
}

/* A turn for every call, oldest first; some end in it. */
void
call_turn(void)
{
	Call	   *turn[SUGGEST_SLOTS];
	int			nturn = ncalls;
	int64		now = suggest_clock();

	memcpy(turn, calls, nturn * sizeof(Call *));
	for (int i = 0; i < nturn; i++)
		step(turn[i], now);
}

/* When a call next wants a turn without anything having happened. */
int64
call_timer(void)
{
	int64		now = suggest_clock();
	int64		next = NEVER;

	for (int i = 0; i < ncalls; i++)
		next = Min(next, Min(calls[i]->deadline, calls[i]->kind->timer(calls[i], now)));
	return next;
}
