/*
 * gateway.c
 *		fhir-bridge-gateway: HTTP in front of the extension.
 *
 * Reads the settings, starts one loop for each core and waits for a signal.
 * SIGTERM and SIGINT stop it: no new clients, running requests may end, then
 * exit code 0.  As process 1 of a container it behaves no differently, since
 * its signals have handlers of their own.
 */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "gateway/access/client_keys.h"
#include "gateway/base/background.h"
#include "gateway/database/pool.h"
#include "gateway/export/job.h"
#include "gateway/gateway_check.h"
#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/http/http.h"
#include "gateway/routes/assets.h"
#include "gateway/routes/route.h"

static Loop *loops[64];

static void
usage(FILE *out)
{
	fprintf(out,
			"fhir-bridge-gateway " FHIR_BRIDGE_VERSION ": FHIR, tokens and suggestions by HTTP, from PostgreSQL with fhir_bridge\n\n"
			"  fhir-bridge-gateway            serves until SIGTERM\n"
			"  fhir-bridge-gateway --check    says what is wrong with settings, database, rights and mappings\n"
			"  fhir-bridge-gateway --help     this text\n"
			"  fhir-bridge-gateway --version\n\n"
			"Settings are environment variables (default in parentheses):\n\n");
	settings_help(out);
	fprintf(out, "\nSecrets may stand in files: DB_PASSWORD_FILE, JWT_SECRET_FILE.\n");
}

/* Writes what a loop has collected for the log. */
static void
flush(evutil_socket_t fd, short events, void *arg)
{
	log_flush();
}

/* A loop's thread. */
static void *
run_loop(void *arg)
{
	Loop	   *loop = arg;
	const struct timeval often = {0, 200000};
	struct event *flusher = event_new(loop->base, -1, EV_PERSIST, flush, NULL);

	event_add(flusher, &often);
	event_base_dispatch(loop->base);
	log_flush();
	return NULL;
}

/* In a loop: no new clients. */
static void
stop(void *arg)
{
	http_stop(arg);
}

/* In a loop, when its time is over. */
static void
end(void *arg)
{
	event_base_loopbreak(((Loop *) arg)->base);
}

/* Free memory that is not given back: pieces of answers come and go, and the pages would be zeroed for each. */
#define KEPT_BYTES		(4 * 1024 * 1024)

/* As many descriptors as the system gives, no memory images with secrets, no SIGPIPE. */
static void
prepare_process(void)
{
	struct rlimit limit;

	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 4);

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
	{
		limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
}

/* Makes the loops and starts them; returns whether they listen. */
static bool
start_loops(void)
{
	int			port = settings.port;

	for (int i = 0; i < settings.loops; i++)
	{
		loops[i] = loop_make(i);
		if (!http_listen(loops[i], &port))
			return false;
		pools_make(loops[i]);
	}
	for (int i = 0; i < settings.loops; i++)
		if (pthread_create(&loops[i]->thread, NULL, run_loop, loops[i]) != 0)
			return false;
	log_line("info", "\"event\":\"listening\",\"port\":%d,\"loops\":%d,\"version\":\"%s\"", port, settings.loops, FHIR_BRIDGE_VERSION);
	return true;
}

/* Lets running requests end, for as long as the settings say. */
static void
stop_loops(void)
{
	const struct timespec moment = {0, 20000000};
	int64_t		until = loop_clock() + settings.shutdown_seconds * INT64_C(1000000);

	for (int i = 0; i < settings.loops; i++)
		loop_post(loops[i], stop, loops[i]);
	nanosleep(&moment, NULL);
	while (http_clients() > 0 && loop_clock() < until)
		nanosleep(&moment, NULL);
	for (int i = 0; i < settings.loops; i++)
		loop_post(loops[i], end, loops[i]);
	for (int i = 0; i < settings.loops; i++)
		pthread_join(loops[i]->thread, NULL);
}

/* Serves until a signal. */
static int
serve(void)
{
	sigset_t	signals;
	int			which;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (settings.db_host[0] == '\0')
		log_line("warning", "\"event\":\"settings\",\"why\":\"DB_HOST is not set: libpq's default is taken\"");
	background_start();
	job_start();
	if (!start_loops())
		return 1;
	sigwait(&signals, &which);
	log_line("info", "\"event\":\"stopping\"");
	stop_loops();
	log_line("info", "\"event\":\"stopped\"");
	/* whoever still works, on an export, must not see the libraries go */
	for (int kind = 0; kind < BACKGROUND_KINDS; kind++)
		if (background_busy(kind) > 0)
			_exit(0);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *argument = argc > 1 ? argv[1] : "";

	if (argc > 2 || (argc == 2 && argument[0] != '-'))
	{
		usage(stderr);
		return 2;
	}
	if (strcmp(argument, "--help") == 0)
	{
		usage(stdout);
		return 0;
	}
	if (strcmp(argument, "--version") == 0)
	{
		puts("fhir-bridge-gateway " FHIR_BRIDGE_VERSION);
		return 0;
	}
	prepare_process();
	if (strcmp(argument, "--check") == 0)
		return check_all();
	if (argc == 2)
	{
		usage(stderr);
		return 2;
	}
	if (!settings_read() || !client_keys_read() || !assets_read())
		return 1;
	statements_make();
	routes_start();
	return serve();
}
