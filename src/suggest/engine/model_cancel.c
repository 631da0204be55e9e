/*
 * model_cancel.c
 *		Calls that programs of models have been told to cancel.
 *
 * A program that has not put an end to such a call after two seconds is ended
 * itself.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "suggest/engine/engine.h"

#define CANCEL_MS 2000

typedef struct Cancel
{
	Helper	   *helper;
	uint64		number;			/* by which the program knows the call */
	int64		until;
} Cancel;

static Cancel *cancels = NULL;
static int	ncancels = 0;
static int	capacity = 0;

/* Tells a program to cancel a call. */
void
model_cancel(Helper *helper, uint64 number)
{
	if (helper->state == HELPER_ENDED)
		return;
	helper_say(helper, (ModelFrame){.type = MODEL_CANCEL, .call = number}, "", 0);
	if (ncancels == capacity)
	{
		capacity = Max(64, capacity * 2);
		cancels = cancels ? repalloc(cancels, capacity * sizeof(Cancel)) : MemoryContextAlloc(TopMemoryContext, capacity * sizeof(Cancel));
	}
	cancels[ncancels++] = (Cancel){helper, number, suggest_clock() + CANCEL_MS};
}

/* Forgets that a program was told so: it has ended the call; for number 0 it goes, with all of its calls. */
void
model_cancel_forget(const Helper *helper, uint64 number)
{
	int			kept = 0;

	for (int i = 0; i < ncancels; i++)
	{
		if (cancels[i].helper != helper || (number != 0 && cancels[i].number != number))
			cancels[kept++] = cancels[i];
	}
	ncancels = kept;
}

/* Ends programs that do not cancel. */
void
model_cancel_turn(void)
{
	int64		now = suggest_clock();

	for (int i = 0; i < ncancels; i++)
	{
		if (now >= cancels[i].until)
			helper_kill(cancels[i].helper);
	}
}

/* When a program is to be ended that does not cancel. */
int64
model_cancel_timer(void)
{
	int64		next = NEVER;

	for (int i = 0; i < ncancels; i++)
	{
		if (cancels[i].helper->state != HELPER_ENDED)
			next = Min(next, cancels[i].until);
	}
	return next;
}
