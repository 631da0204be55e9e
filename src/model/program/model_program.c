/*
 * model_program.c
 *		The program fhir-bridge-model: one model, asked over one socket.
 *		plain C: no server headers.
 *
 * The engine of suggestions starts it, with the socket as standard input, and
 * nobody else does.  It is a process of its own because a model is a program
 * that somebody else wrote: one that dies, hangs or takes all memory must cost
 * its own answer alone.  It shares no memory with PostgreSQL, has no database
 * connection, opens no network socket and writes no file.
 *
 * Notes are in its memory while they are worked on, overwritten afterwards, and
 * never in what it says about a fault.
 */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "model/program/frames.h"
#include "model/program/schedule.h"

#define WATCH_SECONDS 1
#define LARGE (256 * 1024)		/* bytes of memory that goes back to the system when it is freed */

static Model model;

/* Takes one option. */
static void
take_option(Options *options, const char *name, char *value)
{
	if (strcmp(name, "model_dir") == 0)
		options->folder = value;
	else if (strcmp(name, "labels") == 0)
		options->labels = value;
	else if (strcmp(name, "library") == 0)
		options->library = value;
	else if (strcmp(name, "provider") == 0)
		options->provider = value;
	else if (strcmp(name, "max_tokens") == 0)
		options->max_tokens = atoi(value);
	else if (strcmp(name, "threads") == 0)
		options->threads = atoi(value);
	else if (strcmp(name, "stride") == 0)
		options->stride = atoi(value);
	else if (strcmp(name, "long_notes") == 0)
		options->long_notes = strcmp(value, "max") == 0 ? NOTES_MAX : strcmp(value, "mean") == 0 ? NOTES_MEAN : NOTES_CUT;
}

/*
 * Takes the options, one a line.  PostgreSQL has checked them; a name that is
 * not known is passed over.  The texts stay in the lines.
 */
static void
take_options(Options *options, char *lines)
{
	char	   *line;

	*options = (Options){.folder = "", .labels = "", .library = "", .provider = "cpu", .max_tokens = 512, .stride = 128};
	while ((line = strsep(&lines, "\n")) != NULL)
	{
		char	   *value = strchr(line, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		take_option(options, line, value);
	}
}

/* Tells the engine about the model. */
static void
say_ready(void)
{
	Bytes		out = {0};
	struct rusage usage = {0};

	getrusage(RUSAGE_SELF, &usage);
	bytes_format(&out, "labels=%zu\nmax_tokens=%d\nruntime=%.32s\nweights=%s\nthreads=%d\nmemory_kb=%ld\n",
				 model.runtime.outputs, model.folder.max_tokens, model.runtime.version,
				 model.joins_notes ? "float" : "integer", schedule_threads(&model), usage.ru_maxrss);
	say(MODEL_READY, 0, out.data, out.length);
	bytes_wipe(&out);
}

/* The thread that looks after the files. */
static void *
watch_main(void *argument)
{
	struct timespec pause = {.tv_sec = WATCH_SECONDS};

	(void) argument;
	watch_digest(&model.folder.files);
	for (;;)
	{
		nanosleep(&pause, NULL);
		if (watch_has_changed(&model.folder.files))
			say(MODEL_CHANGED, 0, NULL, 0);
	}
	return NULL;
}

/* Is standard input a socket, as the engine gives it? */
static int
has_socket(void)
{
	int			type;
	socklen_t	size = sizeof(type);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

int
main(int argc, char **argv)
{
	Bytes		body = {0};
	char		fault[FAULT_SIZE] = "";
	pthread_t	watcher;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
	{
		printf("%s %s\n", MODEL_PROGRAM, FHIR_BRIDGE_VERSION);
		return 0;
	}
	if (argc > 1 || !has_socket())
	{
		fprintf(stderr, "%s is started by PostgreSQL, for morphology_suggest(); there is nothing to give it here\n", MODEL_PROGRAM);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
#ifdef M_MMAP_THRESHOLD
	/* else the C library moves the bound, and keeps the weights that loading frees */
	mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
	prctl(PR_SET_DUMPABLE, 0);
	if (hear_frame(&body).type != MODEL_OPTIONS)
		return 1;
	take_options(&model.options, body.data);
	if (!model_open(&model, fault) || !schedule_start(&model))
	{
		if (fault[0] == '\0')
			(void) refuse(fault, "no thread could be started");
		say(MODEL_REFUSED, 0, fault, strlen(fault));
		return 1;
	}
	say_ready();
	if (pthread_create(&watcher, NULL, watch_main, NULL) != 0)
		return 1;
	schedule_join();
	return 0;
}
