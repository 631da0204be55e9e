/*
 * model.c
 *		A local model: which program answers for it, and when another is started.
 *
 * A model is a server's options, its program's limit among them.  The first call starts a program; one that ends
 * by itself is followed by another, at once the first time, then after pauses
 * that grow from a second to five minutes, until one has given an answer.
 *
 * When the model's files change, a second program reads them while the first one
 * goes on.  When it is ready it takes over, and the first one ends with its last
 * call; when it refuses the new files, the first one stays.
 *
 * Other options for the same server are another model: the earlier one ends with
 * its last call.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/settings.h"

#define REFUSED_MS 2000			/* for which a refusal is not tried again */
#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 300000
#define DEATHS_AT_START 3		/* without an answer in between; then callers are told */
#define START_MS 300000			/* in which a program must have read its model */

struct Model
{
	Model	   *next;
	uint64		owner;			/* the server's number */
	char	   *options;		/* as lines */
	int			memory_mb;
	int			calls;			/* that are in the engine's hands */
	Helper	   *current;		/* answers, or will; NULL for none */
	Helper	   *coming;			/* reads new files; NULL for none */
	List	   *leaving;		/* end with their last call */
	bool		is_outdated;	/* the server has other options now */
	int			deaths;			/* since the last answer */
	int64		start_at;		/* not before that */
	char	   *refusal;		/* why the last program had no use for the model; NULL for none */
	int64		refused_until;
	int64		idle_since;		/* 0 while there are calls */
};

static Model *models = NULL;

/* Finds the model of a request, or makes it; for model_release. */
Model *
model_find(const SuggestRequest *request)
{
	const char *options = suggest_text(request, SUGGEST_TEXT_OPTIONS);
	Model	   *model;

	for (model = models; model != NULL; model = model->next)
	{
		if (model->owner == request->owner && model->memory_mb == request->memory_mb && strcmp(model->options, options) == 0)
			break;
	}
	if (model == NULL)
	{
		model = MemoryContextAllocZero(TopMemoryContext, sizeof(Model));
		model->owner = request->owner;
		model->options = MemoryContextStrdup(TopMemoryContext, options);
		model->memory_mb = request->memory_mb;
		model->next = models;
		models = model;
	}
	for (Model *other = models; other != NULL; other = other->next)
	{
		if (other->owner == request->owner)
			other->is_outdated = (other != model);
	}
	model->calls++;
	model->idle_since = 0;
	return model;
}

/* A call has ended. */
void
model_release(Model *model)
{
	model->calls--;
}

/* Remembers why there is no program. */
static void
refuse(Model *model, const char *why)
{
	if (model->refusal)
		pfree(model->refusal);
	model->refusal = MemoryContextStrdup(TopMemoryContext, why);
	model->refused_until = suggest_clock() + REFUSED_MS;
}

/* Why there is no program; NULL when there is one, or another may be tried. */
const char *
model_refusal(const Model *model, int64 now)
{
	return model->current == NULL && model->refusal != NULL && now < model->refused_until ? model->refusal : NULL;
}

/* Forgets a program, and that it was to cancel calls: nobody is to end it for them any more. */
static void
end_helper(Helper *helper)
{
	model_cancel_forget(helper, 0);
	helper_free(helper);
}

/* Starts a program; NULL, with a refusal, when none can be had. */
static Helper *
start(Model *model)
{
	const char *lack = helper_lacks();
	Helper	   *helper = lack == NULL ? helper_start(model, model->options, model->memory_mb) : NULL;

	if (helper == NULL)
		refuse(model, lack ? lack : "no process could be started for the model");
	return helper;
}

/* The program that takes a call now; NULL, with one started if it is time, for none. */
Helper *
model_helper(Model *model, int64 now)
{
	if (model->current == NULL && now >= model->start_at && model_refusal(model, now) == NULL)
		model->current = start(model);
	return model->current != NULL && model->current->state == HELPER_READY ? model->current : NULL;
}

/* When another program may be started; NEVER while there is one. */
int64
model_next(const Model *model)
{
	return model->current != NULL ? NEVER : model->start_at;
}

/* A program is ready: it takes over, if it was to. */
static void
is_ready(Model *model, Helper *helper)
{
	const char *threads = strstr(helper->text, "\nthreads=");

	helper->state = HELPER_READY;
	helper->was_ready = true;
	helper->threads = threads != NULL ? atoi(threads + strlen("\nthreads=")) : 0;
	if (helper != model->coming)
		return;
	model->coming = NULL;
	if (model->current != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		model->leaving = lappend(model->leaving, model->current);
		MemoryContextSwitchTo(old);
	}
	model->current = helper;
	suggest_count(SUGGEST_MODEL_RELOADS);
}

/* Keeps a text of a program. */
static void
keep_text(Helper *helper, const char *body, size_t length)
{
	if (helper->text)
		pfree(helper->text);
	helper->text = MemoryContextAlloc(TopMemoryContext, length + 1);
	memcpy(helper->text, body, length);
	helper->text[length] = '\0';
}

/* A program has said something about its model. */
void
model_heard(Helper *helper, const ModelFrame *frame, const char *body)
{
	Model	   *model = helper->owner;

	switch (frame->type)
	{
		case MODEL_READY:
			keep_text(helper, body, frame->length);
			is_ready(model, helper);
			break;
		case MODEL_REFUSED:
			keep_text(helper, body, frame->length);
			helper->state = HELPER_REFUSED;
			break;
		case MODEL_CHANGED:
			if (helper == model->current && model->coming == NULL && !model->is_outdated)
				model->coming = start(model);
			break;
		default:
			helper_kill(helper);	/* another build, or one that has lost its way */
			break;
	}
}

/* An answer: the model works. */
void
model_has_answered(Helper *helper)
{
	Model	   *model = helper->owner;

	model->deaths = 0;
	model->start_at = 0;
}

/*
 * The program that should answer has ended.  It had no use for the model, or it
 * died; one that dies again and again while it reads the model has none, either.
 */
static void
lose_current(Model *model)
{
	Helper	   *lost = model->current;
	bool		has_refused = lost->text != NULL && !lost->was_ready;

	model->current = NULL;
	if (has_refused)
		refuse(model, lost->text);
	else
	{
		int64		pause = 0;

		if (++model->deaths > 1)
			pause = Min((int64) FIRST_PAUSE_MS << Min(model->deaths - 2, 16), LONGEST_PAUSE_MS);
		model->start_at = suggest_clock() + pause;
		suggest_count(SUGGEST_MODEL_DEATHS);
		ereport(LOG, (errmsg("fhir_bridge: the program of a model ended unexpectedly")));
		if (!lost->was_ready && model->deaths >= DEATHS_AT_START)
		{
			refuse(model, "its program ends while it reads the model; the option memory_limit may be too low");
			model->refused_until = Max(model->refused_until, model->start_at);
		}
	}
	end_helper(lost);
}

/* A program that was to take over has ended, or has refused the new files. */
static void
lose_coming(Model *model)
{
	ereport(LOG,
			(errmsg("fhir_bridge: a model's changed files are not used"),
			 model->coming->text ? errdetail("%s", model->coming->text) : 0));
	end_helper(model->coming);
	model->coming = NULL;
}

/* Has a program come to its end, or been too long about its start? */
static bool
is_over(Helper *helper, int64 now)
{
	if (helper == NULL)
		return false;
	if (helper->state == HELPER_STARTS && now - helper->started_at >= START_MS)
		helper_kill(helper);
	return helper->state == HELPER_ENDED || helper->state == HELPER_REFUSED;
}

/* Forgets a model, whose programs end. */
static void
forget(Model **place)
{
	Model	   *model = *place;
	ListCell   *cell;

	*place = model->next;
	if (model->current)
		end_helper(model->current);
	if (model->coming)
		end_helper(model->coming);
	foreach(cell, model->leaving)
		end_helper(lfirst(cell));
	list_free(model->leaving);
	if (model->refusal)
		pfree(model->refusal);
	pfree(model->options);
	pfree(model);
}

/* One model's turn; true when it is not needed any more. */
static bool
turn(Model *model, int64 now)
{
	ListCell   *cell;

	if (is_over(model->current, now))
		lose_current(model);
	if (is_over(model->coming, now))
		lose_coming(model);
	foreach(cell, model->leaving)
	{
		Helper	   *helper = lfirst(cell);

		if (helper->ncalls > 0 && helper->state != HELPER_ENDED)
			continue;
		model->leaving = foreach_delete_current(model->leaving, cell);
		end_helper(helper);
	}
	if (model->calls > 0)
		return false;
	if (model->idle_since == 0)
		model->idle_since = now;
	return model->is_outdated || (suggest_engine_idle > 0 && now - model->idle_since >= (int64) suggest_engine_idle * 1000);
}

/*
 * All models' turn.  No call holds a program that has ended any more: see
 * model_call_turn.
 */
void
model_turn(void)
{
	int64		now = suggest_clock();

	for (Model **place = &models; *place != NULL;)
	{
		if (turn(*place, now))
			forget(place);
		else
			place = &(*place)->next;
	}
}

/* When a model next wants a turn without anything having happened. */
int64
model_timer(void)
{
	int64		next = NEVER;

	for (Model *model = models; model != NULL; model = model->next)
	{
		if (model->current != NULL && model->current->state == HELPER_STARTS)
			next = Min(next, model->current->started_at + START_MS);
		if (model->coming != NULL)
			next = Min(next, model->coming->started_at + START_MS);
		if (model->idle_since != 0 && suggest_engine_idle > 0)
			next = Min(next, model->idle_since + (int64) suggest_engine_idle * 1000);
	}
	return next;
}
