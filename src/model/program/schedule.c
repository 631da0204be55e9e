/*
 * schedule.c
 *		The threads that work on calls.  plain C: no server headers.
 */
#include "model/program/schedule.h"

#include <pthread.h>
#include <unistd.h>

#include "model/program/work.h"

#define THREADS_MAX 256
#define STACK_SIZE (1 << 20)

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

/* A thread's life. */
static void *
worker_main(void *argument)
{
	Worker	   *worker = argument;

	for (;;)
	{
		worker_take(worker);
		work_on(worker);
		worker_release(worker);
	}
	return NULL;
}

/* Starts the threads for a model; false when they cannot be had. */
bool
schedule_start(Model *model)
{
	pthread_attr_t attributes;
	int			wanted = schedule_threads(model);
	Worker	   *workers = heap_get(wanted * sizeof(Worker));

	if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, STACK_SIZE) != 0)
		return false;
	jobs_know_workers(workers, wanted);
	for (int i = 0; i < wanted; i++)
	{
		pthread_t	thread;

		workers[i].model = model;
		if (pthread_create(&thread, &attributes, worker_main, &workers[i]) != 0)
			return false;
	}
	return true;
}
