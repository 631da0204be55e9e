/*
 * call.c
 *		One slot, from READY to DONE.
 *
 * A call waits until its service admits it, waits for a session, sends, and
 * perhaps waits and tries again.  There are at most as many calls as slots, so
 * every turn simply looks at all of them, oldest first, which also makes the
 * order in which a service admits them.
 *
 * The clock of a call's limit starts when the first request of its own is
 * sent or a login for it is under way; the time before that is limited apart.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/settings.h"

typedef enum CallState
{
	CALL_WAITS,					/* for its service, or for a session */
	CALL_LOGS_IN,				/* waits for a login under way */
	CALL_SENT,
	CALL_PAUSES					/* before the next try */
} CallState;

typedef struct Call
{
	SuggestSlot *slot;
	SuggestRequest *request;	/* our own copy */
	Site	   *site;
	Token	   *token;
	Transfer   *transfer;		/* while CALL_SENT */
	bool		is_admitted;	/* its request is counted by the service */
	CallState	state;
	int			attempts;		/* requests of its own, and failed logins */
	bool		has_logged_in_again;	/* after a 401 */
	uint64		login;			/* number of the login it waits for */
	uint64		generation;		/* of the session it used */
	int64		queue_until;
	int64		deadline;		/* NEVER before the first request */
	int64		pause_until;
} Call;

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
take_call(SuggestSlot *slot)
{
	Call	   *call;

	if (!suggest_slot_move(slot, SUGGEST_READY, SUGGEST_RUNNING))
		return;
	call = MemoryContextAllocZero(TopMemoryContext, sizeof(Call));
	call->slot = slot;
	call->request = take_request(slot);
	call->site = site_find(call->request);
	call->token = token_find(call->request);
	call->queue_until = suggest_clock() + call->request->queue_ms;
	call->deadline = NEVER;
	calls[ncalls++] = call;
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

/* Takes over all calls that are ready, oldest first. */
void
call_take_ready(void)
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
		take_call(ready[i]);
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

/*
 * Has a call's request been given what the configuration gives?  A user may ask
 * for less time, or for more tries.
 */
static bool
is_fair(const Call *call, SuggestFault fault)
{
	return call->attempts <= suggest_attempts_sync &&
		(fault != SUGGEST_FAULT_TIMEOUT || call->request->timeout_ms >= suggest_timeout);
}

/* A request of a call is over, as far as the service is concerned. */
static void
leave(Call *call, SuggestFault fault)
{
	if (call->is_admitted)
		site_leave(call->site, fault, is_fair(call, fault), suggest_clock());
	call->is_admitted = false;
}

/* Frees a call's transfer; breaks it off when it has not ended. */
static void
drop_transfer(Call *call)
{
	if (call->transfer != NULL)
		transfer_end(call->transfer);
	call->transfer = NULL;
	leave(call, SUGGEST_FAULT_STOPPED);
}

/* Frees a call, whose slot is not its any more, and takes it off the list. */
static void
forget_call(Call *call)
{
	int			i = 0;

	drop_transfer(call);
	while (calls[i] != call)
		i++;
	memmove(&calls[i], &calls[i + 1], (--ncalls - i) * sizeof(Call *));
	site_release(call->site);
	token_release(call->token);
	explicit_bzero(call->request, call->request->size);
	pfree(call->request);
	pfree(call);
}

/* Puts the answer into shared memory; false when that is full. */
static bool
share_answer(SuggestSlot *slot, const Transfer *transfer)
{
	dsa_area   *area = suggest_area();

	if (transfer == NULL || transfer->length == 0)
		return true;
	slot->answer = dsa_allocate_extended(area, transfer->length, DSA_ALLOC_NO_OOM | DSA_ALLOC_HUGE);
	if (!DsaPointerIsValid(slot->answer))
		return false;
	memcpy(dsa_get_address(area, slot->answer), transfer->body, transfer->length);
	slot->answer_length = transfer->length;
	return true;
}

/*
 * Ends a call: hands the outcome to who waits for it, or frees the slot when
 * nobody does.
 */
static void
finish(Call *call, const Outcome *outcome)
{
	SuggestSlot *slot = call->slot;
	int			owner = slot->owner;
	int64		pause = outcome->fault == SUGGEST_FAULT_RESTING ? site_rest(call->site, suggest_clock()) :
		outcome_pause(outcome, call->attempts);

	slot->fault = outcome->fault;
	slot->http_status = outcome->status;
	slot->attempts = call->attempts;
	slot->retry_ms = (int) pause;
	strlcpy(slot->reason, outcome->reason, SUGGEST_REASON);
	if (outcome->fault == SUGGEST_OK && !share_answer(slot, call->transfer))
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

/*
 * Ends a call with a fault that no request brought.  All but its own limit may
 * pass by trying again.
 */
static void
finish_with(Call *call, SuggestFault fault)
{
	Outcome		outcome = {
		.fault = fault,
		.retry = fault == SUGGEST_FAULT_TIMEOUT ? RETRY_NEVER : RETRY,
		.retry_after_ms = -1,
	};

	finish(call, &outcome);
}

/*
 * After a failed request or login: pauses before the next try, if there is to
 * be one and its time comes before the call's limit; else ends the call.
 */
static void
try_again(Call *call, const Outcome *outcome)
{
	int64		pause = outcome_pause(outcome, call->attempts);
	int64		now = suggest_clock();

	if (pause < 0 || call->attempts >= call->request->attempts || now + pause >= call->deadline)
	{
		finish(call, outcome);
		return;
	}
	call->state = CALL_PAUSES;
	call->pause_until = now + pause;
	suggest_count(SUGGEST_RETRIES);
}

/* A call's request has ended. */
static void
request_done(Transfer *transfer, void *owner)
{
	Call	   *call = owner;
	Outcome		outcome = transfer->outcome;

	leave(call, outcome.fault);
	if (outcome.fault == SUGGEST_OK)
	{
		finish(call, &outcome);
		return;
	}
	drop_transfer(call);
	if (outcome.fault == SUGGEST_FAULT_SESSION)
		token_reject(call->token, call->generation);
	if (outcome.fault == SUGGEST_FAULT_SESSION && !call->has_logged_in_again)
	{
		call->has_logged_in_again = true;
		call->state = CALL_WAITS;
	}
	else
		try_again(call, &outcome);
}

/* Starts the clock of a call's limit, once. */
static void
start_clock(Call *call)
{
	if (call->deadline == NEVER)
		call->deadline = suggest_clock() + call->request->timeout_ms;
}

/* Sends a call's request, which its service has admitted. */
static void
send_request(Call *call)
{
	const SuggestRequest *request = call->request;
	TransferSpec spec = {
		.url = suggest_text(request, SUGGEST_TEXT_URL),
		.ca_file = suggest_text(request, SUGGEST_TEXT_CA_FILE),
		.proxy = suggest_text(request, SUGGEST_TEXT_PROXY),
		.session = token_session(call->token, &call->generation),
		.body = suggest_text(request, SUGGEST_TEXT_BODY),
		.body_length = request->length[SUGGEST_TEXT_BODY],
		.limit = request->max_answer,
		.allow_private = request->allow_private,
		.allow_http = request->allow_http,
		.done = request_done,
		.owner = call,
	};

	call->is_admitted = true;
	start_clock(call);
	spec.timeout_ms = call->deadline - suggest_clock();
	call->slot->attempts = ++call->attempts;	/* known should this process end */
	call->state = CALL_SENT;
	call->transfer = transfer_start(&spec);
	if (call->transfer == NULL)
		finish_with(call, SUGGEST_FAULT_MEMORY);
}

/* Waits for a login, which has the number given. */
static void
await_login(Call *call)
{
	start_clock(call);
	call->login = token_logins(call->token);
	call->state = CALL_LOGS_IN;
}

/*
 * Looks whether a waiting call can go on: it needs a session, and its service
 * must admit its request or its login.
 */
static void
step_waiting(Call *call, int64 now)
{
	TokenState	state = token_state(call->token, now);
	Outcome		failure;

	if (state == TOKEN_LOGIN)
	{
		await_login(call);
		return;
	}
	if (state == TOKEN_REFUSED && token_has_failed(call->token, 1, &failure))
	{
		finish(call, &failure);
		return;
	}
	if (state == TOKEN_VALID && call->request->length[SUGGEST_TEXT_URL] == 0)
	{
		finish_with(call, SUGGEST_OK);
		return;
	}
	switch (site_enter(call->site, now))
	{
		case ADMITTED:
			break;
		case ADMIT_NEVER:
			finish_with(call, SUGGEST_FAULT_RESTING);
			return;
		case ADMIT_LATER:
			if (call->deadline == NEVER && now >= call->queue_until)
				finish_with(call, SUGGEST_FAULT_BUSY);
			return;
	}
	if (state == TOKEN_VALID)
		send_request(call);
	else if (token_login(call->token, call->request))
		await_login(call);
	else
		finish_with(call, SUGGEST_FAULT_MEMORY);
}

/* Looks whether the login that a call waits for has ended. */
static void
step_logging_in(Call *call, int64 now)
{
	Outcome		failure;

	if (token_has_failed(call->token, call->login, &failure))
	{
		call->attempts++;
		try_again(call, &failure);
	}
	else if (token_state(call->token, now) != TOKEN_LOGIN)
	{
		call->state = CALL_WAITS;
		step_waiting(call, now);
	}
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
		return;
	}
	if (now >= call->deadline)
	{
		leave(call, SUGGEST_FAULT_TIMEOUT);
		drop_transfer(call);
		finish_with(call, SUGGEST_FAULT_TIMEOUT);
		return;
	}
	if (call->state == CALL_PAUSES && now >= call->pause_until)
		call->state = CALL_WAITS;
	if (call->state == CALL_WAITS)
		step_waiting(call, now);
	else if (call->state == CALL_LOGS_IN)
		step_logging_in(call, now);
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
	{
		Call	   *call = calls[i];

		next = Min(next, call->deadline);
		if (call->state == CALL_PAUSES)
			next = Min(next, call->pause_until);
		else if (call->state == CALL_WAITS)
		{
			next = Min(next, site_next(call->site, now));
			if (call->deadline == NEVER)
				next = Min(next, call->queue_until);
		}
	}
	return next;
}
