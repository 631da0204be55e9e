/*
 * jobs.h
 *		Calls in the program's hands, and who works on them.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_JOBS_H
#define FHIR_BRIDGE_MODEL_JOBS_H

#include "model/program/classify.h"

#define RUN_NOTES 32			/* of one run, at most */

typedef struct Job
{
	struct Job *next;			/* in the queue */
	uint64_t	call;			/* the engine's number */
	size_t		wanted;			/* labels, or bytes of a text of tokens; 0 for all */
	bool		wants_tokens;	/* and no labels */
	bool		is_begun;		/* for the engine, which need not be told */
	Bytes		note;			/* wiped when its tokens are there */
	Tokens		tokens;
	bool		has_tokens;
	bool		has_ended;		/* the engine knows; guarded by the queue's lock */
} Job;

/* A thread, and what it works on. */
typedef struct Worker
{
	Model	   *model;
	Job		   *jobs[RUN_NOTES];
	int			count;
	Run			run;
	bool		is_running;		/* the run may be terminated; both guarded by the queue's lock */
	bool		is_terminated;
} Worker;

/* in jobs.c */
extern void jobs_know_workers(Worker *all, int count);
extern void job_add(Job *job);
extern void job_cancel(uint64_t call);
extern void job_end(Job *job, uint32_t type, const void *data, size_t length);
extern void job_make_tokens(const Model *model, Job *job);
extern bool worker_take(Worker *worker);
extern void worker_join(Worker *worker);
extern void worker_sort(Worker *worker);
extern bool worker_begin_run(Worker *worker);
extern void worker_end_run(Worker *worker);
extern void worker_release(Worker *worker);

#endif							/* FHIR_BRIDGE_MODEL_JOBS_H */
