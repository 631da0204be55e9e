/*
 * work.c
 *		A thread's work on the calls that it has taken.  plain C: no server headers.
 */
#include "model/program/work.h"

#include <stdlib.h>
#include <string.h>

#include "model/program/frames.h"

/* Runs one window of each of some calls; false, with the reason, for no answer. */
static bool
run_once(Worker *worker, Job **jobs, int count, const Window *windows, double *probabilities, char *fault)
{
	const Tokens *notes[RUN_NOTES];
	bool		is_good;

	for (int i = 0; i < count; i++)
		notes[i] = &jobs[i]->tokens;
	if (!worker_begin_run(worker))
		return refuse(fault, "the run was ended");
	is_good = run_windows(worker->model, &worker->run, notes, windows, count, probabilities, fault);
	worker_end_run(worker);
	return is_good;
}

/* Answers a call, or says why not. */
static void
answer(Worker *worker, Job *job, bool is_good, const double *probabilities, const char *fault)
{
	Bytes		out = {0};

	if (is_good)
	{
		write_suggestions(worker->model, probabilities, job->wanted, &out);
		job_end(job, MODEL_ANSWER, out.data, out.length);
	}
	else if (worker->is_terminated)
		job_end(job, MODEL_CANCELLED, NULL, 0);
	else
		job_end(job, MODEL_FAILED, fault, strlen(fault));
	bytes_wipe(&out);
}

/* Runs a note through all its windows, and puts them together. */
static void
work_on_windows(Worker *worker, double *probabilities)
{
	Job		   *job = worker->jobs[0];
	size_t		windows = window_count(worker->model, job->tokens.count);
	size_t		labels = worker->model->runtime.outputs;
	double	   *one = heap_get(labels * sizeof(double));
	char		fault[FAULT_SIZE] = "";
	bool		is_good = true;

	for (size_t n = 0; is_good && n < windows; n++)
	{
		Window		window = window_get(worker->model, job->tokens.count, n);

		is_good = run_once(worker, &job, 1, &window, one, fault);
		for (size_t i = 0; i < labels; i++)
		{
			if (worker->model->options.long_notes == NOTES_MEAN)
				probabilities[i] += one[i] / windows;
			else
				probabilities[i] = one[i] > probabilities[i] ? one[i] : probabilities[i];
		}
	}
	answer(worker, job, is_good, probabilities, fault);
	free(one);
}

/* Runs the notes of a run together; on a GPU those that are about as long. */
static void
work_on_notes(Worker *worker, double *probabilities)
{
	size_t		labels = worker->model->runtime.outputs;
	Window		windows[RUN_NOTES];
	char		fault[FAULT_SIZE] = "";

	if (worker->model->runtime.is_on_gpu)
		worker_sort(worker);
	for (int first = 0, end; first < worker->count; first = end)
	{
		bool		is_good;

		for (end = first; end < worker->count; end++)
		{
			if (worker->model->runtime.is_on_gpu && worker->jobs[end]->tokens.count > 2 * worker->jobs[first]->tokens.count + 16)
				break;
			windows[end - first] = window_get(worker->model, worker->jobs[end]->tokens.count, 0);
		}
		is_good = run_once(worker, worker->jobs + first, end - first, windows, probabilities, fault);
		for (int i = first; i < end; i++)
			answer(worker, worker->jobs[i], is_good, probabilities + (i - first) * labels, fault);
	}
}

/* Tells the engine that calls are begun, from one on; of others it knows. */
static void
say_begun(const Worker *worker, int from)
{
	uint64_t	begun[RUN_NOTES];
	size_t		count = 0;

	for (int i = from; i < worker->count; i++)
	{
		if (!worker->jobs[i]->is_begun)
			begun[count++] = worker->jobs[i]->call;
	}
	if (count > 0)
		say(MODEL_BEGUN, 0, begun, count * sizeof(uint64_t));
}

/* Classifies the note of a call, with others where they are run together. */
static void
classify(Worker *worker)
{
	bool		is_long = window_count(worker->model, worker->jobs[0]->tokens.count) > 1;
	double	   *probabilities;
	size_t		size;

	if (!is_long)
	{
		worker_join(worker);
		say_begun(worker, 1);
	}
	size = worker->count * worker->model->runtime.outputs * sizeof(double);
	probabilities = heap_get(size);
	(is_long ? work_on_windows : work_on_notes)(worker, probabilities);
	explicit_bzero(probabilities, size);
	free(probabilities);
}

/* Works on what a thread has taken. */
void
work_on(Worker *worker)
{
	Job		   *first = worker->jobs[0];
	Bytes		out = {0};

	say_begun(worker, 0);
	job_make_tokens(worker->model, first);
	if (!first->wants_tokens)
		classify(worker);
	else
	{
		write_tokens(worker->model, &first->tokens, first->wanted, &out);
		job_end(first, MODEL_ANSWER, out.data, out.length);
		bytes_wipe(&out);
	}
}
