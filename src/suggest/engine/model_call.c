/*
 * model_call.c
 *		A call of a local model, from its slot to its end.
 *
 * It waits until its model has a program, and is handed to it.  The program has a
 * queue of its own and says when it begins with a call that had to wait; from then
 * on the call's time counts.  A program that ends does not end its calls: they are handed to
 * the next one.  But a note with which three programs have ended has ended them:
 * after the second one it is run alone, so that no other note ends for its sake.
 *
 * A call that nobody waits for any more is cancelled.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "suggest/engine/engine.h"

#define DEATHS 3				/* of programs with the same note */
#define REPAIR_MS 60000			/* before a note is tried again whose model cannot be used */

typedef struct ModelCall
{
	Call		call;
	Model	   *model;
	Helper	   *helper;			/* that has it; NULL while it waits for one */
	uint64		number;			/* by which the program knows it */
	bool		is_begun;
	int			deaths;
} ModelCall;

static ModelCall *asked[SUGGEST_SLOTS]; /* in order of arrival */
static int	nasked = 0;
static uint64 last_number = 0;

/* Ends a call.  The text is the answer, or the fault's words; it is in UTF-8. */
static void
finish(ModelCall *mine, SuggestFault fault, const char *reason, const char *text, size_t length)
{
	Outcome		outcome = {.fault = fault, .retry_after_ms = -1};
	int64		pause = fault == SUGGEST_FAULT_BUSY ? 0 : fault == SUGGEST_FAULT_MODEL ? REPAIR_MS : -1;

	strlcpy(outcome.reason, reason, SUGGEST_REASON);
	call_finish(&mine->call, &outcome, pause, text, length);
}

/* Begins a call. */
static void
model_begin(Call *call)
{
	ModelCall  *mine = (ModelCall *) call;

	mine->model = model_find(call->request);
	asked[nasked++] = mine;
	suggest_count(SUGGEST_MODEL_CALLS);
}

/* Have so many programs ended with a note that the next one gets nothing beside it? */
static bool
is_suspect(const ModelCall *mine)
{
	return mine->deaths == DEATHS - 1;
}

/* Must a call wait until another one has been run alone, or until it can be itself? */
static bool
must_wait(const ModelCall *mine, const Helper *helper)
{
	bool		is_older = true;

	if (is_suspect(mine) && helper->ncalls > 0)
		return true;
	for (int i = 0; i < nasked; i++)
	{
		const ModelCall *other = asked[i];

		if (other == mine)
			is_older = false;
		else if (is_suspect(other) && (other->helper == helper || (is_older && other->helper == NULL && other->model == mine->model)))
			return true;
	}
	return false;
}

/* Hands a call to a program.  One that has a thread free begins with it at once. */
static void
hand_over(ModelCall *mine, Helper *helper)
{
	const SuggestRequest *request = mine->call.request;
	ModelFrame	head = {.type = MODEL_CLASSIFY, .argument = request->top};

	if (request->question == SUGGEST_ASK_TOKENS)
	{
		head.type = MODEL_TOKENS;
		head.argument = request->max_answer;
	}
	mine->helper = helper;
	head.call = mine->number = ++last_number;
	head.is_begun = mine->is_begun = helper->ncalls++ < helper->threads;
	mine->call.slot->attempts = ++mine->call.attempts;
	if (mine->is_begun)
		call_start_clock(&mine->call);
	helper_say(helper, head, suggest_text(request, SUGGEST_TEXT_BODY), request->length[SUGGEST_TEXT_BODY]);
}

/* One call's turn. */
static void
model_step(Call *call, int64 now)
{
	ModelCall  *mine = (ModelCall *) call;
	const char *refusal;
	Helper	   *helper;

	if (mine->helper != NULL)
	{
		if (!mine->is_begun && now >= call->queue_until)
			finish(mine, SUGGEST_FAULT_BUSY, "the model is busy", NULL, 0);
		return;
	}
	helper = model_helper(mine->model, now);
	refusal = model_refusal(mine->model, now);
	if (refusal != NULL)
		finish(mine, SUGGEST_FAULT_MODEL, "", refusal, strlen(refusal));
	else if (helper != NULL && call->request->question == SUGGEST_ASK_FACTS)
		finish(mine, SUGGEST_OK, "", helper->text, strlen(helper->text));
	else if (helper != NULL && !must_wait(mine, helper))
		hand_over(mine, helper);
	else if (now >= call->queue_until)
		finish(mine, SUGGEST_FAULT_BUSY, "the model is not ready", NULL, 0);
}

/* A call's limit has come. */
static void
model_time_out(Call *call)
{
	finish((ModelCall *) call, SUGGEST_FAULT_MODEL_SLOW, "", NULL, 0);
}

/* When a call next wants a turn without anything having happened. */
static int64
model_call_next(const Call *call, int64 now)
{
	const ModelCall *mine = (const ModelCall *) call;

	if (mine->helper == NULL)
		return Min(call->queue_until, model_next(mine->model));
	return mine->is_begun ? NEVER : call->queue_until;
}

/* Takes a call off the list, and back from its program. */
static void
model_call_release(Call *call)
{
	ModelCall  *mine = (ModelCall *) call;
	int			i = 0;

	if (mine->helper != NULL)
		model_cancel(mine->helper, mine->number);
	while (asked[i] != mine)
		i++;
	memmove(&asked[i], &asked[i + 1], (--nasked - i) * sizeof(ModelCall *));
	model_release(mine->model);
}

const CallKind model_calls = {
	.size = sizeof(ModelCall),
	.begin = model_begin,
	.step = model_step,
	.time_out = model_time_out,
	.timer = model_call_next,
	.release = model_call_release,
};

/* The call of a number that a program has; NULL for one that is gone. */
static ModelCall *
find_call(const Helper *helper, uint64 number)
{
	for (int i = 0; i < nasked; i++)
	{
		if (asked[i]->helper == helper && asked[i]->number == number)
			return asked[i];
	}
	return NULL;
}

/* Programs have begun with calls. */
static void
note_begun(const Helper *helper, const char *body, size_t length)
{
	uint64		number;

	for (size_t at = 0; at + sizeof(number) <= length; at += sizeof(number))
	{
		ModelCall  *mine;

		memcpy(&number, body + at, sizeof(number));
		mine = find_call(helper, number);
		if (mine == NULL)
			continue;
		mine->is_begun = true;
		call_start_clock(&mine->call);
	}
}

/* A program has ended a call. */
static void
take_end(Helper *helper, const ModelFrame *frame, const char *body)
{
	ModelCall  *mine = find_call(helper, frame->call);

	helper->ncalls--;
	model_cancel_forget(helper, frame->call);
	if (frame->type == MODEL_ANSWER)
		model_has_answered(helper);
	if (mine == NULL)
		return;
	mine->helper = NULL;
	if (frame->type != MODEL_ANSWER)
		finish(mine, SUGGEST_FAULT_MODEL_RUN, "", body, frame->length);
	else if (frame->length > mine->call.request->max_answer)
		finish(mine, SUGGEST_FAULT_TOO_LARGE, "", NULL, 0);
	else
		finish(mine, SUGGEST_OK, "", body, frame->length);
}

/* A program has said something. */
void
model_call_heard(Helper *helper, const ModelFrame *frame, const char *body)
{
	switch (frame->type)
	{
		case MODEL_BEGUN:
			note_begun(helper, body, frame->length);
			break;
		case MODEL_ANSWER:
		case MODEL_FAILED:
		case MODEL_CANCELLED:
			take_end(helper, frame, body);
			break;
		default:
			model_heard(helper, frame, body);
			break;
	}
}

/* The program of a call has ended: it waits for the next one, or ends, too. */
static void
lose_helper(ModelCall *mine)
{
	mine->helper = NULL;
	mine->deaths += mine->is_begun;
	mine->is_begun = false;
	mine->call.queue_until = suggest_clock() + mine->call.request->queue_ms;
	if (mine->deaths >= DEATHS)
		finish(mine, SUGGEST_FAULT_NOTE, "", NULL, 0);
}

/* Takes calls back from programs that have ended. */
void
model_call_turn(void)
{
	for (int i = nasked - 1; i >= 0; i--)
	{
		if (asked[i]->helper != NULL && asked[i]->helper->state == HELPER_ENDED)
			lose_helper(asked[i]);
	}
}
