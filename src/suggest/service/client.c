/*
 * client.c
 *		Making calls: taking slots, waiting, and letting go whatever happens.
 *
 * A backend waits on its own latch alone, so that a cancel, statement_timeout
 * or a barrier of the server is answered at once.  Slots that this process
 * holds are remembered; an error lets go of them by suggest_calls_abandon in
 * the caller's PG_CATCH, the end of the process by an exit callback, because
 * PG_CATCH does not run then.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/latch.h"

#include "suggest/shared/worker.h"
#include "suggest/service/client.h"
#include "suggest/shared/settings.h"

#define ENGINE_CHECK_MS 1000	/* how often a waiting backend looks after the engine */
#define SLOT_CHECK_MS 100		/* how often one that waits for a slot looks by itself */
#define ENGINE_GRACE_MS 5000	/* how long after all limits the engine is given up */

static bool held[SUGGEST_SLOTS];	/* slots of this process */
static int	nheld = 0;
static int64 give_up_at[SUGGEST_SLOTS]; /* by suggest_clock */
static bool exit_callback_registered = false;

static uint32 slot_event = 0;
static uint32 answer_event = 0;

/* Lets go of one slot in whatever state it is. */
static void
let_go(int number)
{
	SuggestSlot *slot = &suggest_control()->slots[number];

	if (!held[number])
		return;
	held[number] = false;
	nheld--;
	for (;;)
	{
		switch (pg_atomic_read_u32(&slot->state))
		{
			case SUGGEST_READY:
				suggest_slot_move(slot, SUGGEST_READY, SUGGEST_FILLING);
				break;
			case SUGGEST_RUNNING:
				if (suggest_slot_move(slot, SUGGEST_RUNNING, SUGGEST_ABANDONED))
				{
					uint32		engine = pg_atomic_read_u32(&suggest_control()->engine);

					suggest_wake((int) engine - 1);
					return;
				}
				break;
			case SUGGEST_FILLING:
				suggest_slot_free(slot, SUGGEST_FILLING);
				return;
			case SUGGEST_DONE:
				suggest_slot_free(slot, SUGGEST_DONE);
				return;
			default:
				return;
		}
	}
}

/* Lets go of every slot that this process holds.  Raises no error. */
void
suggest_calls_abandon(void)
{
	for (int i = 0; i < SUGGEST_SLOTS && nheld > 0; i++)
		let_go(i);
}

/* The exit callback: before_shmem_exit, while the area is still attached. */
static void
abandon_at_exit(int code, Datum arg)
{
	suggest_calls_abandon();
}

/* Takes a free slot for a call; -1 when there is none.  Starts where others do not. */
static int
take_slot(SuggestKind kind)
{
	SuggestControl *ctl = suggest_control();
	int			start = my_proc_number() % SUGGEST_SLOTS;

	for (int i = 0; i < SUGGEST_SLOTS; i++)
	{
		int			number = (start + i) % SUGGEST_SLOTS;

		if (suggest_slot_take(&ctl->slots[number], kind))
		{
			held[number] = true;
			nheld++;
			ctl->slots[number].owner = my_proc_number();
			ctl->slots[number].request = ctl->slots[number].answer = InvalidDsaPointer;
			return number;
		}
	}
	return -1;
}

/* Puts a copy of the request into the shared area; false when it is full. */
static bool
share_request(SuggestSlot *slot, const SuggestRequest *request)
{
	dsa_area   *area = suggest_area();

	slot->request = dsa_allocate_extended(area, request->size, DSA_ALLOC_NO_OOM | DSA_ALLOC_HUGE);
	if (!DsaPointerIsValid(slot->request))
		return false;
	memcpy(dsa_get_address(area, slot->request), request, request->size);
	return true;
}

/*
 * Takes a free slot and puts the request into it; -1 when there is no slot, or
 * no memory for the request.
 */
static int
take_and_fill(const SuggestRequest *request, bool *lacks_memory)
{
	int			number = take_slot(request->kind);

	*lacks_memory = (number >= 0 && !share_request(&suggest_control()->slots[number], request));
	if (!*lacks_memory)
		return number;
	/* not suggest_slot_free: its signal might wake this very process, again and again */
	held[number] = false;
	nheld--;
	suggest_slot_give_back(&suggest_control()->slots[number], SUGGEST_FILLING);
	return -1;
}

/*
 * The same, waiting for a slot and memory at most wait_ms.  Who frees a slot
 * wakes one of those who wait, which may need more memory than another: so
 * each also looks by itself.
 */
static int
wait_for_slot(const SuggestRequest *request, int wait_ms, bool *lacks_memory)
{
	SuggestControl *ctl = suggest_control();
	int64		until = suggest_clock() + wait_ms;
	int			number = take_and_fill(request, lacks_memory);

	if (number >= 0 || wait_ms <= 0)
		return number;
	ConditionVariablePrepareToSleep(&ctl->slot_freed[request->kind]);
	while ((number = take_and_fill(request, lacks_memory)) < 0)
	{
		int64		left = until - suggest_clock();

		if (left <= 0)
			break;
		(void) ConditionVariableTimedSleep(&ctl->slot_freed[request->kind], Min(left, SLOT_CHECK_MS),
										   named_wait_event(&slot_event, "FhirBridgeAicsSlot"));
	}
	ConditionVariableCancelSleep();
	return number;
}

/* Hands a filled slot to the engine. */
static void
hand_over(int number)
{
	SuggestControl *ctl = suggest_control();
	SuggestSlot *slot = &ctl->slots[number];

	slot->sequence = pg_atomic_add_fetch_u64(&ctl->sequence, 1);
	slot->asked_at = suggest_clock();
	slot->fault = SUGGEST_OK;
	slot->answer_length = 0;
	slot->http_status = slot->attempts = 0;
	slot->retry_ms = -1;
	slot->reason[0] = '\0';
	suggest_slot_move(slot, SUGGEST_FILLING, SUGGEST_READY);
	suggest_wake((int) pg_atomic_read_u32(&ctl->engine) - 1);
}

/* Raises the error that a call got no slot, or no memory, in time. */
static void
refuse_for_lack_of_room(SuggestKind kind, bool lacks_memory)
{
	SuggestAnswer full = {.fault = SUGGEST_FAULT_MEMORY};

	if (lacks_memory)
		suggest_fault_raise(&full);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 kind == SUGGEST_MODEL ? errmsg("too many calls of local models at the same time") :
				 errmsg("too many calls of the suggestion service at the same time"),
			 errdetail("No slot became free within fhir_bridge.aics_max_queue_wait.")));
}

/*
 * Begins a call and returns the slot's number.  Waits for a slot and memory at
 * most wait_ms, then raises 53000; with SUGGEST_NO_WAIT a lack of either gives
 * -1.
 * Starts the engine when there is none.  From here to suggest_call_end the
 * caller's PG_CATCH must call suggest_calls_abandon.
 */
int
suggest_call_begin(const SuggestRequest *request, int wait_ms)
{
	bool		lacks_memory;
	int			number;

	(void) suggest_area();
	if (!exit_callback_registered)
	{
		before_shmem_exit(abandon_at_exit, (Datum) 0);
		exit_callback_registered = true;
	}
	suggest_engine_ensure();
	number = wait_for_slot(request, wait_ms, &lacks_memory);
	if (number < 0 && wait_ms != SUGGEST_NO_WAIT)
		refuse_for_lack_of_room(request->kind, lacks_memory);
	if (number >= 0)
	{
		give_up_at[number] = suggest_clock() + request->queue_ms + request->timeout_ms + ENGINE_GRACE_MS;
		hand_over(number);
	}
	return number;
}

/* Has the call ended? */
bool
suggest_call_done(int number)
{
	return pg_atomic_read_u32(&suggest_control()->slots[number].state) == SUGGEST_DONE;
}

/*
 * Waits until the call has ended.  Raises 57P03 when the engine does not end it
 * long after its limit.
 */
void
suggest_call_wait(int number)
{
	SuggestControl *ctl = suggest_control();

	for (;;)
	{
		if (suggest_call_done(number))
			return;
		/* the engine may have ended before it took the call: another takes it */
		if (pg_atomic_read_u32(&ctl->engine) == 0)
			suggest_engine_ensure();
		if (suggest_clock() > give_up_at[number])
			ereport(ERROR,
					(errcode(ERRCODE_CANNOT_CONNECT_NOW),
					 errmsg("the suggestion engine does not answer")));
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ENGINE_CHECK_MS,
						 named_wait_event(&answer_event, "FhirBridgeAicsAnswer"));
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Copies the end of a call and frees its slot. */
void
suggest_call_end(int number, SuggestAnswer *answer)
{
	SuggestSlot *slot = &suggest_control()->slots[number];

	pg_read_barrier();
	memset(answer, 0, sizeof(SuggestAnswer));
	answer->fault = slot->fault;
	answer->http_status = slot->http_status;
	answer->attempts = slot->attempts;
	answer->retry_ms = slot->retry_ms;
	strlcpy(answer->reason, slot->reason, sizeof(answer->reason));
	if (slot->fault == SUGGEST_OK || DsaPointerIsValid(slot->answer))
	{
		answer->length = slot->answer_length;
		answer->text = palloc(slot->answer_length + 1);
		if (DsaPointerIsValid(slot->answer))
			memcpy(answer->text, dsa_get_address(suggest_area(), slot->answer), slot->answer_length);
		answer->text[slot->answer_length] = '\0';
	}
	let_go(number);
}

/*
 * One call from begin to end; wipes the request, also when it raises the error
 * of a call that failed.
 */
void
suggest_call(SuggestRequest *request, SuggestAnswer *answer)
{
	PG_TRY();
	{
		int			number = suggest_call_begin(request, suggest_max_queue_wait);

		explicit_bzero(request + 1, request->size - sizeof(SuggestRequest));
		suggest_call_wait(number);
		suggest_call_end(number, answer);
	}
	PG_CATCH();
	{
		suggest_calls_abandon();
		explicit_bzero(request + 1, request->size - sizeof(SuggestRequest));
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (answer->fault != SUGGEST_OK)
		suggest_fault_raise(answer);
}
