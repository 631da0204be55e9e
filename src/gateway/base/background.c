/*
 * background.c
 *		Bounded queues of work, and threads that do it; see background.h.
 */
#include "gateway/base/background.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gateway/base/gateway_settings.h"
#include "gateway/base/arena.h"

#define LOGIN_THREADS		2
#define MOST_LOGINS			64	/* that wait: at some 200 a second, a third of one */
#define CANCEL_THREADS		1
#define MOST_CANCELS		4096

typedef struct Work
{
	struct Work *next;
	void (*work) (void *);
	void	   *arg;
} Work;

typedef struct Queue
{
	pthread_mutex_t lock;
	pthread_cond_t came;
	Work	   *first;			/* the oldest */
	Work	  **last;
	int			most;			/* that may wait and run */
	atomic_int	busy;			/* waiting and running */
} Queue;

static Queue queues[BACKGROUND_KINDS];

/* A thread: does a queue's work, one after the other, until the program ends. */
static void *
serve(void *arg)
{
	Queue	   *queue = arg;

	for (;;)
	{
		Work	   *work;

		pthread_mutex_lock(&queue->lock);
		while (queue->first == NULL)
			pthread_cond_wait(&queue->came, &queue->lock);
		work = queue->first;
		queue->first = work->next;
		if (queue->first == NULL)
			queue->last = &queue->first;
		pthread_mutex_unlock(&queue->lock);
		work->work(work->arg);
		free(work);
		atomic_fetch_sub(&queue->busy, 1);
	}
	return NULL;
}

/* Makes a queue and its threads. */
static void
start_queue(Queue *queue, int threads, int most)
{
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->came, NULL);
	queue->last = &queue->first;
	queue->most = most;
	for (int i = 0; i < threads; i++)
	{
		pthread_t	thread;
		pthread_attr_t attributes;

		pthread_attr_init(&attributes);
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		pthread_attr_setstacksize(&attributes, 512 * 1024);
		if (pthread_create(&thread, &attributes, serve, queue) != 0)
			abort();
		pthread_attr_destroy(&attributes);
	}
}

void
background_start(void)
{
	start_queue(&queues[BACKGROUND_LOGIN], LOGIN_THREADS, MOST_LOGINS);
	start_queue(&queues[BACKGROUND_CANCEL], CANCEL_THREADS, MOST_CANCELS);
	start_queue(&queues[BACKGROUND_EXPORT], settings.export_workers, settings.export_jobs);
}

bool
background_do(BackgroundKind kind, void (*work) (void *), void *arg)
{
	Queue	   *queue = &queues[kind];
	Work	   *item;

	if (atomic_fetch_add(&queue->busy, 1) >= queue->most)
	{
		atomic_fetch_sub(&queue->busy, 1);
		return false;
	}
	item = must_alloc(sizeof(Work));
	*item = (Work){NULL, work, arg};
	pthread_mutex_lock(&queue->lock);
	*queue->last = item;
	queue->last = &item->next;
	pthread_cond_signal(&queue->came);
	pthread_mutex_unlock(&queue->lock);
	return true;
}

int
background_busy(BackgroundKind kind)
{
	return atomic_load(&queues[kind].busy);
}
