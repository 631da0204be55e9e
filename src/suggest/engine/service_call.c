/*
 * service_call.c
 *		A call of a suggestion service, from its slot to its end.
 *
 * It waits until its service admits it, waits for a session, sends, and perhaps
 * waits and tries again.  The clock of its limit starts when the first request
 * of its own is sent or a login for it is under way; the time before that is
 * limited apart.
 */
#include "postgres.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/settings.h"

typedef enum ServiceCallState
{
	CALL_WAITS,					/* for its service, or for a session */
	CALL_LOGS_IN,				/* waits for a login under way */
	CALL_SENT,
	CALL_PAUSES					/* before the next try */
} ServiceCallState;

typedef struct ServiceCall
{
	Call		call;
	Origin	   *origin;
	Token	   *token;
	Transfer   *transfer;		/* while CALL_SENT */
	bool		is_admitted;	/* its request is counted by the service */
	ServiceCallState state;
	bool		has_logged_in_again;	/* after a 401 */
	uint64		login;			/* number of the login it waits for */
	uint64		generation;		/* of the session it used */
	int64		pause_until;
} ServiceCall;

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
leave(ServiceCall *mine, SuggestFault fault)
{
	if (mine->is_admitted)
		origin_leave(mine->origin, fault, is_fair(&mine->call, fault), suggest_clock());
	mine->is_admitted = false;
}

/* Frees a call's transfer; breaks it off when it has not ended. */
static void
drop_transfer(ServiceCall *mine)
{
	if (mine->transfer != NULL)
		transfer_end(mine->transfer);
	mine->transfer = NULL;
	leave(mine, SUGGEST_FAULT_STOPPED);
}

/* Ends a call with an outcome; the answer is its transfer's, if it has one. */
static void
finish(ServiceCall *mine, const Outcome *outcome)
{
	const Transfer *transfer = outcome->fault == SUGGEST_OK ? mine->transfer : NULL;
	int64		pause = outcome->fault == SUGGEST_FAULT_RESTING ? origin_rest(mine->origin, suggest_clock()) :
		outcome_pause(outcome, mine->call.attempts);

	call_finish(&mine->call, outcome, pause, transfer ? transfer->body : NULL, transfer ? transfer->length : 0);
}

/*
 * Ends a call with a fault that no request brought.  All but its own limit may
 * pass by trying again.
 */
static void
finish_with(ServiceCall *mine, SuggestFault fault)
{
	Outcome		outcome = {
		.fault = fault,
		.retry = fault == SUGGEST_FAULT_TIMEOUT ? RETRY_NEVER : RETRY,
		.retry_after_ms = -1,
	};

	finish(mine, &outcome);
}

/*
 * After a failed request or login: pauses before the next try, if there is to
 * be one and its time comes before the call's limit; else ends the call.
 */
static void
try_again(ServiceCall *mine, const Outcome *outcome)
{
	int64		pause = outcome_pause(outcome, mine->call.attempts);
	int64		now = suggest_clock();

	if (pause < 0 || mine->call.attempts >= mine->call.request->attempts || now + pause >= mine->call.deadline)
	{
		finish(mine, outcome);
		return;
	}
	mine->state = CALL_PAUSES;
	mine->pause_until = now + pause;
	suggest_count(SUGGEST_RETRIES);
}

/* A call's request has ended. */
static void
request_done(Transfer *transfer, void *owner)
{
	ServiceCall *mine = owner;
	Outcome		outcome = transfer->outcome;

	leave(mine, outcome.fault);
	if (outcome.fault == SUGGEST_OK)
	{
		finish(mine, &outcome);
		return;
	}
	drop_transfer(mine);
	if (outcome.fault == SUGGEST_FAULT_SESSION)
		token_reject(mine->token, mine->generation);
	if (outcome.fault == SUGGEST_FAULT_SESSION && !mine->has_logged_in_again)
	{
		mine->has_logged_in_again = true;
		mine->state = CALL_WAITS;
	}
	else
		try_again(mine, &outcome);
}

/* Sends a call's request, which its service has admitted. */
static void
send_request(ServiceCall *mine)
{
	const SuggestRequest *request = mine->call.request;
	TransferSpec spec = {
		.url = suggest_text(request, SUGGEST_TEXT_URL),
		.ca_file = suggest_text(request, SUGGEST_TEXT_CA_FILE),
		.proxy = suggest_text(request, SUGGEST_TEXT_PROXY),
		.session = token_session(mine->token, &mine->generation),
		.body = suggest_text(request, SUGGEST_TEXT_BODY),
		.body_length = request->length[SUGGEST_TEXT_BODY],
		.limit = request->max_answer,
		.allow_private = request->allow_private,
		.allow_http = request->allow_http,
		.done = request_done,
		.owner = mine,
	};

	mine->is_admitted = true;
	call_start_clock(&mine->call);
	spec.timeout_ms = mine->call.deadline - suggest_clock();
	mine->call.slot->attempts = ++mine->call.attempts;	/* known should this process end */
	mine->state = CALL_SENT;
	mine->transfer = transfer_start(&spec);
	if (mine->transfer == NULL)
		finish_with(mine, SUGGEST_FAULT_MEMORY);
}

/* Waits for a login, which has the number given. */
static void
await_login(ServiceCall *mine)
{
	call_start_clock(&mine->call);
	mine->login = token_logins(mine->token);
	mine->state = CALL_LOGS_IN;
}

/*
 * Looks whether a waiting call can go on: it needs a session, and its service
 * must admit its request or its login.
 */
static void
step_waiting(ServiceCall *mine, int64 now)
{
	TokenState	state = token_state(mine->token, now);
	Outcome		failure;

	if (state == TOKEN_LOGIN)
	{
		await_login(mine);
		return;
	}
	if (state == TOKEN_REFUSED && token_has_failed(mine->token, 1, &failure))
	{
		finish(mine, &failure);
		return;
	}
	if (state == TOKEN_VALID && mine->call.request->length[SUGGEST_TEXT_URL] == 0)
	{
		finish_with(mine, SUGGEST_OK);
		return;
	}
	switch (origin_enter(mine->origin, now))
	{
		case ADMITTED:
			break;
		case ADMIT_NEVER:
			finish_with(mine, SUGGEST_FAULT_RESTING);
			return;
		case ADMIT_LATER:
			if (mine->call.deadline == NEVER && now >= mine->call.queue_until)
				finish_with(mine, SUGGEST_FAULT_BUSY);
			return;
	}
	if (state == TOKEN_VALID)
		send_request(mine);
	else if (token_login(mine->token, mine->call.request))
		await_login(mine);
	else
		finish_with(mine, SUGGEST_FAULT_MEMORY);
}

/* Looks whether the login that a call waits for has ended. */
static void
step_logging_in(ServiceCall *mine, int64 now)
{
	Outcome		failure;

	if (token_has_failed(mine->token, mine->login, &failure))
	{
		mine->call.attempts++;
		try_again(mine, &failure);
	}
	else if (token_state(mine->token, now) != TOKEN_LOGIN)
	{
		mine->state = CALL_WAITS;
		step_waiting(mine, now);
	}
}

/* Begins a call. */
static void
service_begin(Call *call)
{
	ServiceCall *mine = (ServiceCall *) call;

	mine->origin = origin_find(call->request);
	mine->token = token_find(call->request);
}

/* One call's turn. */
static void
service_step(Call *call, int64 now)
{
	ServiceCall *mine = (ServiceCall *) call;

	if (mine->state == CALL_PAUSES && now >= mine->pause_until)
		mine->state = CALL_WAITS;
	if (mine->state == CALL_WAITS)
		step_waiting(mine, now);
	else if (mine->state == CALL_LOGS_IN)
		step_logging_in(mine, now);
}

/* A call's limit has come. */
static void
service_time_out(Call *call)
{
	ServiceCall *mine = (ServiceCall *) call;

	leave(mine, SUGGEST_FAULT_TIMEOUT);
	drop_transfer(mine);
	finish_with(mine, SUGGEST_FAULT_TIMEOUT);
}

/* When a call next wants a turn without anything having happened. */
static int64
service_timer(const Call *call, int64 now)
{
	const ServiceCall *mine = (const ServiceCall *) call;

	if (mine->state == CALL_PAUSES)
		return mine->pause_until;
	if (mine->state != CALL_WAITS)
		return NEVER;
	return Min(origin_next(mine->origin, now), call->deadline == NEVER ? call->queue_until : NEVER);
}

/* Frees what a call holds, and breaks off what is under way for it. */
static void
service_release(Call *call)
{
	ServiceCall *mine = (ServiceCall *) call;

	drop_transfer(mine);
	origin_release(mine->origin);
	token_release(mine->token);
}

const CallKind service_calls = {
	.size = sizeof(ServiceCall),
	.begin = service_begin,
	.step = service_step,
	.time_out = service_time_out,
	.timer = service_timer,
	.release = service_release,
};
