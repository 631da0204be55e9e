/*
 * model_loop.c
 *		What a model can do at best: ONNX Runtime alone, in a loop.
 *
 *	model_loop LIBRARY FOLDER THREADS RUNS NOTE
 *
 * The note's tokens are made once.  Each of the threads runs the model on them so
 * many times.  Prints the median and the 99th percentile of a run in milliseconds,
 * runs a second of all threads together, and the peak of memory in MB.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "model/program/classify.h"

static Model model;
static Tokens tokens;
static Window window;
static int	runs;
static double *times;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* One thread's runs. */
static void *
loop(void *argument)
{
	double	   *mine = argument;
	const Tokens *note = &tokens;
	double	   *probabilities = malloc(model.runtime.outputs * sizeof(double));
	char		fault[FAULT_SIZE];

	for (int i = 0; i < runs; i++)
	{
		double		began = now();
		Run			run;

		if (!run_prepare(&model.runtime, &run) || !run_windows(&model, &run, &note, &window, 1, probabilities, fault))
			exit(1);
		run_release(&model.runtime, &run);
		mine[i] = now() - began;
	}
	free(probabilities);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	double		left = *(const double *) a;
	double		right = *(const double *) b;

	return left < right ? -1 : left > right;
}

int
main(int argc, char **argv)
{
	char		fault[FAULT_SIZE] = "";
	pthread_t	threads[64];
	struct rusage usage;
	int			nthreads = argc == 6 ? atoi(argv[3]) : 0;
	double		began;
	double		took;

	if (nthreads < 1 || nthreads > 64 || (runs = atoi(argv[4])) < 1)
		return 2;
	model.options = (Options){.folder = argv[2], .labels = "", .library = argv[1], .provider = "cpu", .max_tokens = 512};
	if (!model_open(&model, fault))
	{
		fprintf(stderr, "%s\n", fault);
		return 1;
	}
	tokenize(&model.folder.tokenizer, argv[5], strlen(argv[5]), window_room(&model), &tokens);
	if (tokens.count > window_room(&model))
		tokens.count = window_room(&model);
	window = window_get(&model, tokens.count, 0);
	times = malloc(sizeof(double) * nthreads * runs);
	began = now();
	for (int i = 0; i < nthreads; i++)
		pthread_create(&threads[i], NULL, loop, times + i * runs);
	for (int i = 0; i < nthreads; i++)
		pthread_join(threads[i], NULL);
	took = now() - began;
	qsort(times, nthreads * runs, sizeof(double), compare);
	getrusage(RUSAGE_SELF, &usage);
	printf("%.4f %.4f %.2f %.1f\n", times[nthreads * runs / 2], times[(int) (nthreads * runs * 0.99)],
		   nthreads * runs * 1e3 / took, usage.ru_maxrss / 1024.0);
	return 0;
}
