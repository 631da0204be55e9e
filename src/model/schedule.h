/*
 * schedule.h
 *		Calls in the program's hands: their queue, the threads that work on them.
 *		plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_SCHEDULE_H
#define FHIR_BRIDGE_MODEL_SCHEDULE_H

#include "model/classify.h"

typedef struct Job
{
	struct Job *next;			/* in the queue */
	uint64_t	call;			/* the engine's number */
	size_t		top;			/* labels wanted, 0 for all */
	bool		wants_tokens;	/* and no labels */
	Bytes		note;			/* wiped when its tokens are there */
	Tokens		tokens;
	bool		has_tokens;
	bool		has_ended;		/* the engine knows; guarded by the queue's lock */
} Job;

/* in schedule.c */
extern bool schedule_start(Model *model);
extern int	schedule_threads(const Model *model);
extern void schedule_add(Job *job);
extern void schedule_cancel(uint64_t call);

#endif							/* FHIR_BRIDGE_MODEL_SCHEDULE_H */
