/*
 * jobs.c
 *		The queue of calls, and which of them are run together.
 *		plain C: no server headers.
 *
 * Some threads share one model.  Each takes the oldest call.  On a processor
 * there is no waiting for more: a run of several notes takes as long as the notes
 * one by one, but for short ones.  So what has piled up behind busy threads is
 * joined, while the padded table stays small, and never where the model computes
 * with integers: there, the notes of one run share a scale and change each
 * other's answers.
 *
 * On a GPU, which likes large tables, one thread waits a moment for more.
 *
 * A call that is cancelled before it is begun is dropped.  A run is ended early
 * when nobody waits for any of its notes.
 */
#include "model/program/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/program/frames.h"

#define JOIN_TOKENS 128			/* of a joined table, with padding */
#define JOIN_BYTES 1024			/* of a note that may be a short one */
#define GPU_WAIT_NS 3000000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards all of the following */
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static Job *oldest = NULL;
static Job **newest = &oldest;
static int	nwaiting = 0;
static int	nbusy = 0;			/* threads that have taken calls */
static Worker *workers = NULL;	/* set before there are threads */
static int	nworkers = 0;
static int	most_busy = 0;

/* These threads will work, all but one at a time; before the first one does. */
void
jobs_know_workers(Worker *all, int count)
{
	workers = all;
	nworkers = count;
	most_busy = count - 1;
}

/* Frees a call and overwrites what is left of its note. */
static void
free_job(Job *job)
{
	bytes_wipe(&job->note);
	if (job->tokens.ids != NULL)
		explicit_bzero(job->tokens.ids, job->tokens.capacity * sizeof(int32_t));
	free(job->tokens.ids);
	free(job);
}

/* Takes the oldest call out of the queue.  With the lock. */
static Job *
pop(void)
{
	Job		   *job = oldest;

	oldest = job->next;
	if (oldest == NULL)
		newest = &oldest;
	nwaiting--;
	return job;
}

/* Tells the engine a call's end, unless it knows one. */
void
job_end(Job *job, uint32_t type, const void *data, size_t length)
{
	bool		had_ended;

	pthread_mutex_lock(&lock);
	had_ended = job->has_ended;
	job->has_ended = true;
	pthread_mutex_unlock(&lock);
	if (!had_ended)
		say(type, job->call, data, length);
}

/* Makes a note's tokens, and overwrites the note. */
void
job_make_tokens(const Model *model, Job *job)
{
	bool		is_cut = model->options.long_notes == NOTES_CUT && !job->wants_tokens;

	if (job->has_tokens)
		return;
	tokenize(&model->folder.tokenizer, job->note.data, job->note.length, is_cut ? window_room(model) : SIZE_MAX, &job->tokens);
	if (is_cut && job->tokens.count > window_room(model))
		job->tokens.count = window_room(model);
	bytes_wipe(&job->note);
	job->has_tokens = true;
}

/*
 * Does the oldest call that waits fit into a run with others, of which the
 * longest has so many tokens?  With the lock.
 */
static bool
fits(const Worker *worker, size_t longest)
{
	Job		   *job = oldest;

	if (job->wants_tokens || job->note.length > JOIN_BYTES)
		return false;
	job_make_tokens(worker->model, job);
	longest = job->tokens.count + 2 > longest ? job->tokens.count + 2 : longest;
	return window_count(worker->model, job->tokens.count) == 1 && (size_t) (worker->count + 1) * longest <= JOIN_TOKENS;
}

/*
 * Joins the first call of a run with those that fit and no thread waits for.  Once
 * nobody waits for what the worker has, nothing is joined with it: it will not run.
 */
static void
join_short(Worker *worker)
{
	size_t		longest = worker->jobs[0]->tokens.count + 2;

	pthread_mutex_lock(&lock);
	while (!worker->is_terminated && nwaiting > most_busy - nbusy && worker->count < RUN_NOTES && fits(worker, longest))
	{
		Job		   *job = pop();

		longest = job->tokens.count + 2 > longest ? job->tokens.count + 2 : longest;
		worker->jobs[worker->count++] = job;
	}
	pthread_mutex_unlock(&lock);
}

/* The same for a GPU, which waits a moment for more calls. */
static void
join_more(Worker *worker)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += GPU_WAIT_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lock);
	while (!worker->is_terminated && worker->count < RUN_NOTES)
	{
		if (oldest == NULL)
		{
			if (pthread_cond_timedwait(&arrived, &lock, &until) != 0)
				break;
			continue;			/* either may have come: a call, or a cancel */
		}
		if (oldest->wants_tokens)
			break;
		job_make_tokens(worker->model, oldest);
		if (window_count(worker->model, oldest->tokens.count) > 1)
			break;
		worker->jobs[worker->count++] = pop();
	}
	pthread_mutex_unlock(&lock);
}

/* Joins the first call of a worker with others that may be run with it. */
void
worker_join(Worker *worker)
{
	if (worker->model->runtime.is_on_gpu)
		join_more(worker);
	else if (worker->model->joins_notes)
		join_short(worker);
}

/* Orders calls by their tokens. */
static int
compare_lengths(const void *a, const void *b)
{
	size_t		left = (*(Job *const *) a)->tokens.count;
	size_t		right = (*(Job *const *) b)->tokens.count;

	return left < right ? -1 : left > right;
}

/* Sorts a worker's calls by their length. */
void
worker_sort(Worker *worker)
{
	pthread_mutex_lock(&lock);
	qsort(worker->jobs, worker->count, sizeof(Job *), compare_lengths);
	pthread_mutex_unlock(&lock);
}

/* Takes the oldest call; false when there is none, or as many threads are busy as may be. */
bool
worker_take(Worker *worker)
{
	bool		is_taken;

	pthread_mutex_lock(&lock);
	is_taken = (oldest != NULL && nbusy < most_busy);
	if (is_taken)
	{
		worker->jobs[0] = pop();
		worker->count = 1;
		nbusy++;
	}
	pthread_mutex_unlock(&lock);
	return is_taken;
}

/* Begins a run, if there is still somebody who waits for it. */
bool
worker_begin_run(Worker *worker)
{
	bool		is_wanted = false;

	if (!run_prepare(&worker->model->runtime, &worker->run))
		return false;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < worker->count; i++)
		is_wanted |= !worker->jobs[i]->has_ended;
	worker->is_running = is_wanted && !worker->is_terminated;
	pthread_mutex_unlock(&lock);
	if (!worker->is_running)
		run_release(&worker->model->runtime, &worker->run);
	return worker->is_running;
}

/* Ends a run. */
void
worker_end_run(Worker *worker)
{
	pthread_mutex_lock(&lock);
	worker->is_running = false;
	pthread_mutex_unlock(&lock);
	run_release(&worker->model->runtime, &worker->run);
}

/* A worker is done with its calls. */
void
worker_release(Worker *worker)
{
	Job		   *done[RUN_NOTES];
	int			count;

	pthread_mutex_lock(&lock);
	count = worker->count;
	memcpy(done, worker->jobs, count * sizeof(Job *));
	worker->count = 0;
	worker->is_terminated = false;
	nbusy--;
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < count; i++)
		free_job(done[i]);
}

/* Puts a call into the queue. */
void
job_add(Job *job)
{
	pthread_mutex_lock(&lock);
	*newest = job;
	newest = &job->next;
	nwaiting++;
	pthread_cond_signal(&arrived);
	pthread_mutex_unlock(&lock);
}

/* Takes a call out of the queue, wherever it is; NULL for none.  With the lock. */
static Job *
remove_waiting(uint64_t call)
{
	for (Job **place = &oldest; *place != NULL; place = &(*place)->next)
	{
		Job		   *job = *place;

		if (job->call != call)
			continue;
		*place = job->next;
		if (newest == &job->next)
			newest = place;
		nwaiting--;
		return job;
	}
	return NULL;
}

/*
 * Ends a call that a thread works on: at once where others are in its run, by
 * ending the run where none is left.  Gives whether the engine must be told.
 * With the lock.
 */
static bool
drop_running(Worker *worker, uint64_t call)
{
	Job		   *dropped = NULL;
	bool		is_wanted = false;

	for (int i = 0; i < worker->count; i++)
	{
		if (worker->jobs[i]->call == call)
			dropped = worker->jobs[i];
		else
			is_wanted |= !worker->jobs[i]->has_ended;
	}
	if (dropped == NULL || dropped->has_ended)
		return false;
	if (is_wanted)
	{
		dropped->has_ended = true;
		return true;
	}
	worker->is_terminated = true;
	if (worker->is_running)
		run_terminate(&worker->model->runtime, &worker->run);
	return false;
}

/* Nobody waits for a call any more. */
void
job_cancel(uint64_t call)
{
	Job		   *job;
	bool		must_tell;

	pthread_mutex_lock(&lock);
	job = remove_waiting(call);
	must_tell = (job != NULL);
	for (int i = 0; i < nworkers && job == NULL; i++)
		must_tell |= drop_running(&workers[i], call);
	pthread_mutex_unlock(&lock);
	if (must_tell)
		say(MODEL_CANCELLED, call, NULL, 0);
	if (job != NULL)
		free_job(job);
}
