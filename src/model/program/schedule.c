/*
 * schedule.c
 *		The threads of the program.  plain C: no server headers.
 *
 * A thread without work listens, and works on what it hears: no other one has to
 * be woken for it.  There is one thread more than may work at the same time, so
 * that calls are taken in, and cancelled, while the others are busy.
 */
#include "model/program/schedule.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "model/program/frames.h"
#include "model/program/work.h"

#define THREADS_MAX 256
#define STACK_SIZE (1 << 20)

static Worker *workers = NULL;

/* How many threads the options ask for. */
int
schedule_threads(const Model *of)
{
	long		processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (of->runtime.is_on_gpu)
		return 1;
	if (of->options.threads > 0)
		return of->options.threads < THREADS_MAX ? of->options.threads : THREADS_MAX;
	return processors > 1 ? (int) (processors / 2) : 1;
}

/* Takes a call into the queue. */
static void
take_call(const ModelFrame *head, Bytes *body)
{
	Job		   *job;

	if (!utf8_is_valid(body->data, body->length))
	{
		static const char why[] = "the note is not valid UTF-8";

		say(MODEL_FAILED, head->call, why, strlen(why));
		bytes_wipe(body);
		return;
	}
	job = heap_get(sizeof(Job));
	job->call = head->call;
	job->wanted = head->argument;
	job->wants_tokens = (head->type == MODEL_TOKENS);
	job->is_begun = head->is_begun != 0;
	job->note = *body;
	job_add(job);
}

/* Hears what the engine says next.  When it says no more, the program ends. */
static void
listen_once(void)
{
	Bytes		body = {0};
	ModelFrame	head;

	hear_wait();
	head = hear_frame(&body);
	switch (head.type)
	{
		case MODEL_CLASSIFY:
		case MODEL_TOKENS:
			take_call(&head, &body);
			break;
		case MODEL_CANCEL:
			job_cancel(head.call);
			bytes_wipe(&body);
			break;
		default:
			_exit(1);
	}
	if (!hear_on())				/* now: a call must be known before it is cancelled */
		_exit(1);
}

/* A thread's life. */
static void *
worker_main(void *argument)
{
	Worker	   *worker = argument;

	for (;;)
	{
		while (worker_take(worker))
		{
			work_on(worker);
			worker_release(worker);
		}
		listen_once();
	}
	return NULL;
}

/* Starts the threads for a model but one; false when they cannot be had. */
bool
schedule_start(Model *model)
{
	pthread_attr_t attributes;
	int			busy = schedule_threads(model);

	if (!hear_on() || pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, STACK_SIZE) != 0)
		return false;
	workers = heap_get((busy + 1) * sizeof(Worker));
	for (int i = 0; i <= busy; i++)
		workers[i].model = model;
	jobs_know_workers(workers, busy + 1);
	for (int i = 1; i <= busy; i++)
	{
		pthread_t	thread;

		if (pthread_create(&thread, &attributes, worker_main, &workers[i]) != 0)
			return false;
	}
	return true;
}

/* The caller's thread is the last one.  Does not return. */
void
schedule_join(void)
{
	(void) worker_main(&workers[0]);
}
