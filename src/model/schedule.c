/*
 * schedule.c
 *		Which call is worked on when, and by whom.  plain C: no server headers.
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
#include "model/schedule.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/frames.h"

#define JOIN_TOKENS 128			/* of a joined table, with padding */
#define JOIN_BYTES 1024			/* of a note that may be a short one */
#define GPU_NOTES 32
#define GPU_WAIT_NS 3000000
#define THREADS_MAX 256
#define STACK_SIZE (1 << 20)

/* What a thread works on. */
typedef struct Worker
{
	Job		   *jobs[GPU_NOTES];
	int			count;
	Run			run;
	bool		is_running;		/* the run may be terminated */
	bool		is_terminated;
} Worker;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards all of the following */
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static Job *oldest = NULL;
static Job **newest = &oldest;
static int	nwaiting = 0;
static int	nidle = 0;			/* threads that wait for a call */
static Worker *workers = NULL;
static int	nworkers = 0;
static Model *model = NULL;		/* set before there are threads */

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
static void
end_job(Job *job, uint32_t type, const void *data, size_t length)
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
static void
make_tokens(Job *job)
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
	make_tokens(job);
	longest = job->tokens.count + 2 > longest ? job->tokens.count + 2 : longest;
	return window_count(model, job->tokens.count) == 1 && (size_t) (worker->count + 1) * longest <= JOIN_TOKENS;
}

/* Joins the first call of a run with those that fit and no thread waits for. */
static void
join_short(Worker *worker)
{
	size_t		longest = worker->jobs[0]->tokens.count + 2;

	pthread_mutex_lock(&lock);
	while (nwaiting > nidle && worker->count < GPU_NOTES && fits(worker, longest))
	{
		Job		   *job = pop();

		longest = job->tokens.count + 2 > longest ? job->tokens.count + 2 : longest;
		worker->jobs[worker->count++] = job;
	}
	pthread_mutex_unlock(&lock);
}

/* Waits a moment for more calls, for a GPU. */
static void
join_more(Worker *worker)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += GPU_WAIT_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lock);
	while (worker->count < GPU_NOTES)
	{
		if (oldest == NULL && pthread_cond_timedwait(&arrived, &lock, &until) != 0)
			break;
		if (oldest == NULL)
			continue;
		if (oldest->wants_tokens)
			break;
		make_tokens(oldest);
		if (window_count(model, oldest->tokens.count) > 1)
			break;
		worker->jobs[worker->count++] = pop();
	}
	pthread_mutex_unlock(&lock);
}

/* Takes the oldest call, waiting for one. */
static void
take_first(Worker *worker)
{
	pthread_mutex_lock(&lock);
	while (oldest == NULL)
	{
		nidle++;
		pthread_cond_wait(&arrived, &lock);
		nidle--;
	}
	worker->jobs[0] = pop();
	worker->count = 1;
	pthread_mutex_unlock(&lock);
}

/* Begins a run, if there is still somebody who waits for it. */
static bool
begin_run(Worker *worker)
{
	bool		is_wanted = false;

	if (!run_prepare(&model->runtime, &worker->run))
		return false;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < worker->count; i++)
		is_wanted |= !worker->jobs[i]->has_ended;
	worker->is_running = is_wanted && !worker->is_terminated;
	pthread_mutex_unlock(&lock);
	if (!worker->is_running)
		run_release(&model->runtime, &worker->run);
	return worker->is_running;
}

/* Ends a run. */
static void
end_run(Worker *worker)
{
	pthread_mutex_lock(&lock);
	worker->is_running = false;
	pthread_mutex_unlock(&lock);
	run_release(&model->runtime, &worker->run);
}

/* Runs one window of each of some calls; false, with the reason, for no answer. */
static bool
run_once(Worker *worker, Job **jobs, int count, const Window *windows, double *probabilities, char *fault)
{
	const Tokens *notes[GPU_NOTES];
	bool		is_good;

	for (int i = 0; i < count; i++)
		notes[i] = &jobs[i]->tokens;
	if (!begin_run(worker))
		return refuse(fault, "the run was ended");
	is_good = run_windows(model, &worker->run, notes, windows, count, probabilities, fault);
	end_run(worker);
	return is_good;
}

/* Answers a call, or says why not. */
static void
answer(Worker *worker, Job *job, bool is_good, const double *probabilities, const char *fault)
{
	Bytes		out = {0};

	if (is_good)
	{
		write_suggestions(model, probabilities, job->top, &out);
		end_job(job, MODEL_ANSWER, out.data, out.length);
	}
	else if (worker->is_terminated)
		end_job(job, MODEL_CANCELLED, NULL, 0);
	else
		end_job(job, MODEL_FAILED, fault, strlen(fault));
	bytes_wipe(&out);
}

/* Runs a note through all its windows, and puts them together. */
static void
work_on_windows(Worker *worker, double *probabilities)
{
	Job		   *job = worker->jobs[0];
	size_t		windows = window_count(model, job->tokens.count);
	size_t		labels = model->runtime.outputs;
	double	   *one = heap_get(labels * sizeof(double));
	char		fault[FAULT_SIZE] = "";
	bool		is_good = true;

	for (size_t n = 0; is_good && n < windows; n++)
	{
		Window		window = window_get(model, job->tokens.count, n);

		is_good = run_once(worker, &job, 1, &window, one, fault);
		for (size_t i = 0; i < labels; i++)
		{
			if (model->options.long_notes == NOTES_MEAN)
				probabilities[i] += one[i] / windows;
			else
				probabilities[i] = one[i] > probabilities[i] ? one[i] : probabilities[i];
		}
	}
	answer(worker, job, is_good, probabilities, fault);
	free(one);
}

/* Orders calls by their tokens. */
static int
compare_lengths(const void *a, const void *b)
{
	size_t		left = (*(Job *const *) a)->tokens.count;
	size_t		right = (*(Job *const *) b)->tokens.count;

	return left < right ? -1 : left > right;
}

/* Runs the notes of a run together; on a GPU those that are about as long. */
static void
work_on_notes(Worker *worker, double *probabilities)
{
	size_t		labels = model->runtime.outputs;
	Window		windows[GPU_NOTES];
	char		fault[FAULT_SIZE] = "";

	if (model->runtime.is_on_gpu)
	{
		pthread_mutex_lock(&lock);
		qsort(worker->jobs, worker->count, sizeof(Job *), compare_lengths);
		pthread_mutex_unlock(&lock);
	}
	for (int first = 0, end; first < worker->count; first = end)
	{
		bool		is_good;

		for (end = first; end < worker->count; end++)
		{
			if (model->runtime.is_on_gpu && worker->jobs[end]->tokens.count > 2 * worker->jobs[first]->tokens.count + 16)
				break;
			windows[end - first] = window_get(model, worker->jobs[end]->tokens.count, 0);
		}
		is_good = run_once(worker, worker->jobs + first, end - first, windows, probabilities, fault);
		for (int i = first; i < end; i++)
			answer(worker, worker->jobs[i], is_good, probabilities + (i - first) * labels, fault);
	}
}

/* Works on what a thread has taken. */
static void
work(Worker *worker)
{
	Job		   *first = worker->jobs[0];
	double	   *probabilities = heap_get(GPU_NOTES * model->runtime.outputs * sizeof(double));
	uint64_t	begun[GPU_NOTES];
	Bytes		out = {0};

	say(MODEL_BEGUN, 0, &first->call, sizeof(uint64_t));
	make_tokens(first);
	if (first->wants_tokens)
	{
		write_tokens(model, &first->tokens, &out);
		end_job(first, MODEL_ANSWER, out.data, out.length);
		bytes_wipe(&out);
	}
	else if (window_count(model, first->tokens.count) > 1)
		work_on_windows(worker, probabilities);
	else
	{
		if (model->runtime.is_on_gpu)
			join_more(worker);
		else if (model->joins_notes)
			join_short(worker);
		for (int i = 1; i < worker->count; i++)
			begun[i - 1] = worker->jobs[i]->call;
		if (worker->count > 1)
			say(MODEL_BEGUN, 0, begun, (worker->count - 1) * sizeof(uint64_t));
		work_on_notes(worker, probabilities);
	}
	explicit_bzero(probabilities, GPU_NOTES * model->runtime.outputs * sizeof(double));
	free(probabilities);
}

/* A thread's life. */
static void *
worker_main(void *argument)
{
	Worker	   *worker = argument;

	for (;;)
	{
		Job		   *done[GPU_NOTES];
		int			count;

		take_first(worker);
		work(worker);
		pthread_mutex_lock(&lock);
		count = worker->count;
		memcpy(done, worker->jobs, count * sizeof(Job *));
		worker->count = 0;
		worker->is_terminated = false;
		pthread_mutex_unlock(&lock);
		for (int i = 0; i < count; i++)
			free_job(done[i]);
	}
	return NULL;
}

/* Starts the threads for a model; false when they cannot be had. */
bool
schedule_start(Model *of)
{
	pthread_attr_t attributes;
	int			wanted = schedule_threads(of);

	model = of;
	workers = heap_get(wanted * sizeof(Worker));
	if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, STACK_SIZE) != 0)
		return false;
	while (nworkers < wanted)
	{
		pthread_t	thread;

		if (pthread_create(&thread, &attributes, worker_main, &workers[nworkers]) != 0)
			return false;
		nworkers++;
	}
	return true;
}

/* Puts a call into the queue. */
void
schedule_add(Job *job)
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
		run_terminate(&model->runtime, &worker->run);
	return false;
}

/* Nobody waits for a call any more. */
void
schedule_cancel(uint64_t call)
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
