/*
 * job.c
 *		The folders of exports: made, read, locked, removed; see job.h.
 */
#include "gateway/export/job.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/gateway_log.h"
#include "gateway/gateway_metrics.h"
#include "gateway/gateway_settings.h"

#define MOST_TEXT		(4 * 1024 * 1024)
#define SCAN_SECONDS	60

/* A path below a folder. */
static char *
path_of(Arena *arena, const char *folder, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

/* Is it a job's number?  Anything else never becomes a path. */
static bool
is_id(const char *id)
{
	return strlen(id) == JOB_ID_CHARS && strspn(id, "0123456789abcdef") == JOB_ID_CHARS;
}

Job *
job_make(void)
{
	Job		   *job = must_alloc(sizeof(Job));

	memset(job, 0, sizeof(Job));
	job->lock = -1;
	return job;
}

void
job_free(Job *job)
{
	if (job->lock >= 0)
		close(job->lock);
	arena_free(&job->arena);
	free(job);
}

bool
job_write(const char *folder, const char *name, const char *text)
{
	Arena		arena = {NULL, NULL, 0};
	char	   *path = path_of(&arena, folder, name);
	char	   *draft = arena_printf(&arena, "%s.new", path);
	FILE	   *file = fopen(draft, "w");
	bool		good = file != NULL && fwrite(text, 1, strlen(text), file) == strlen(text);

	if (file != NULL)
		good = fclose(file) == 0 && good;
	good = good && rename(draft, path) == 0;
	arena_free(&arena);
	return good;
}

void
job_fail(const char *folder, const char *text)
{
	Arena		arena = {NULL, NULL, 0};

	metrics_count(METRIC_EXPORTS_FAILED);
	log_line("warning", "\"event\":\"export\",\"why\":\"%s\"", text);
	job_write(folder, "failed.json", arena_printf(&arena, "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\","
														  "\"code\":\"exception\",\"diagnostics\":\"%s\"}]}",
												  text));
	arena_free(&arena);
}

bool
job_create(Job *job, const char *user)
{
	unsigned char random[JOB_ID_CHARS / 2];
	json_t	   *about;
	char	   *text;
	bool		good;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	for (int i = 0; i < JOB_ID_CHARS / 2; i++)
		snprintf(job->id + 2 * i, 3, "%02x", random[i]);
	job->folder = path_of(&job->arena, settings.export_dir, job->id);
	if (mkdir(job->folder, 0700) != 0)
		return false;
	job->lock = open(path_of(&job->arena, job->folder, "lock"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (job->lock < 0 || flock(job->lock, LOCK_EX | LOCK_NB) != 0)
		return false;
	about = json_pack("{s:s, s:s}", "user", user, "request", job->request);
	text = json_dumps(about, JSON_COMPACT);
	good = text != NULL && job_write(job->folder, "job.json", text);
	free(text);
	json_decref(about);
	return good;
}

bool
job_exists(const Job *job)
{
	struct stat about;

	return stat(job->folder, &about) == 0;
}

/* The text of a job's file; NULL when it is not there. */
static char *
read_text(Arena *arena, const char *folder, const char *name)
{
	FILE	   *file = fopen(path_of(arena, folder, name), "r");
	struct stat about;
	char	   *text = NULL;

	if (file == NULL)
		return NULL;
	if (fstat(fileno(file), &about) == 0 && about.st_size <= MOST_TEXT)
	{
		size_t		size;

		text = arena_alloc(arena, about.st_size + 1);
		size = fread(text, 1, about.st_size, file);
		text[size] = '\0';
	}
	fclose(file);
	return text;
}

/* Is nobody working on it?  Then the lock can be had. */
static bool
is_abandoned(Arena *arena, const char *folder)
{
	int			lock = open(path_of(arena, folder, "lock"), O_RDWR | O_CLOEXEC);
	bool		abandoned = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;

	if (lock >= 0)
		close(lock);
	return abandoned;
}

/* Is the job this user's? */
static bool
is_of(Arena *arena, const char *folder, const char *user)
{
	char	   *text = read_text(arena, folder, "job.json");
	json_t	   *about = text != NULL ? json_loads(text, 0, NULL) : NULL;
	const char *owner = json_string_value(json_object_get(about, "user"));
	bool		good = owner != NULL && strcmp(owner, user) == 0;

	json_decref(about);
	return good;
}

JobState
job_state(Arena *arena, const char *id, const char *user, char **text)
{
	char	   *folder = path_of(arena, settings.export_dir, id);

	if (!is_id(id) || !is_of(arena, folder, user))
		return JOB_UNKNOWN;
	/* in this order: who ends a job writes its end before it gives up the lock */
	for (int look = 0; look < 2; look++)
	{
		if ((*text = read_text(arena, folder, "manifest.json")) != NULL)
			return JOB_DONE;
		if ((*text = read_text(arena, folder, "failed.json")) != NULL)
			return JOB_FAILED;
		if (!is_abandoned(arena, folder))
		{
			*text = read_text(arena, folder, "progress");
			return JOB_RUNNING;
		}
	}
	job_fail(folder, "the export was interrupted; begin it anew");
	*text = read_text(arena, folder, "failed.json");
	return *text != NULL ? JOB_FAILED : JOB_UNKNOWN;
}

/* Removes a folder with its files. */
static void
remove_folder(const char *folder)
{
	DIR		   *list = opendir(folder);
	struct dirent *entry;
	Arena		arena = {NULL, NULL, 0};

	while (list != NULL && (entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlink(path_of(&arena, folder, entry->d_name));
	if (list != NULL)
		closedir(list);
	rmdir(folder);
	arena_free(&arena);
}

void
job_remove(const char *id)
{
	Arena		arena = {NULL, NULL, 0};
	char	   *folder = path_of(&arena, settings.export_dir, id);
	char	   *gone = arena_printf(&arena, "%s.gone", folder);

	/* first it has no name, so that nobody finds half of it */
	if (rename(folder, gone) == 0)
		remove_folder(gone);
	arena_free(&arena);
}

int
job_open(const char *id, const char *name)
{
	Arena		arena = {NULL, NULL, 0};
	const char *dot = strrchr(name, '.');
	int			file = -1;

	if (is_id(id) && dot != NULL && strcmp(dot, ".ndjson") == 0 && strchr(name, '/') == NULL && name[0] != '.')
		file = open(path_of(&arena, path_of(&arena, settings.export_dir, id), name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	arena_free(&arena);
	return file;
}

/* Removes jobs that are older than they may be, and what removals have left. */
static void
remove_expired(void)
{
	DIR		   *list = opendir(settings.export_dir);
	struct dirent *entry;
	time_t		limit = time(NULL) - settings.export_hours * 3600;

	while (list != NULL && (entry = readdir(list)) != NULL)
	{
		Arena		arena = {NULL, NULL, 0};
		char	   *folder = path_of(&arena, settings.export_dir, entry->d_name);
		size_t		length = strlen(entry->d_name);
		struct stat about;

		if (length == JOB_ID_CHARS + 5 && strcmp(entry->d_name + JOB_ID_CHARS, ".gone") == 0)
			remove_folder(folder);
		else if (is_id(entry->d_name) && stat(folder, &about) == 0 && about.st_mtime < limit && is_abandoned(&arena, folder))
			job_remove(entry->d_name);
		arena_free(&arena);
	}
	if (list != NULL)
		closedir(list);
}

/* A thread that looks for expired jobs. */
static void *
look_after(void *arg)
{
	for (;;)
	{
		remove_expired();
		sleep(SCAN_SECONDS);
	}
	return NULL;
}

void
job_start(void)
{
	pthread_t	thread;

	if (settings.export_dir[0] != '\0' && pthread_create(&thread, NULL, look_after, NULL) == 0)
		pthread_detach(thread);
}
