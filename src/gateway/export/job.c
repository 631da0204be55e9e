/*
 * job.c
 *		The folders of exports: made, read, locked, removed; see job.h.
 */
#include "gateway/export/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_metrics.h"
#include "gateway/base/gateway_settings.h"

#define MOST_TEXT		(4 * 1024 * 1024)

/* A path below a folder. */
static char *
path_of(Arena *arena, const char *folder, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

/* Is it a job's number?  Anything else never becomes a path. */
bool
job_is_id(const char *id)
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

/* The sources as JSON. */
static json_t *
pack_sources(const Job *job)
{
	json_t	   *list = json_array();

	for (int i = 0; i < job->nsources; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s?}", "type", job->sources[i].type, "mapping", job->sources[i].mapping,
											  "patient", job->sources[i].patient));
	return list;
}

bool
job_describe(const Job *job)
{
	json_t	   *filters = json_array();
	json_t	   *about;
	char	   *text;
	bool		good;

	for (const char **filter = job->filters; *filter != NULL; filter++)
		json_array_append_new(filters, json_string(*filter));
	about = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:b, s:i, s:o, s:o}", "user", job->user, "role", job->role, "request", job->request,
					  "since", job->since, "elements", job->elements, "group", job->group, "patients", job->patients, "begun", job->begun,
					  "filters", filters, "sources", pack_sources(job));
	text = json_dumps(about, JSON_COMPACT);
	good = text != NULL && job_write(job->folder, "job.json", text);
	free(text);
	json_decref(about);
	return good;
}

bool
job_locks_hold(void)
{
	Arena		arena = {NULL, NULL, 0};
	char	   *path = path_of(&arena, settings.export_dir, ".locks-XXXXXX");
	int			first = mkstemp(path);
	int			second = first >= 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
	bool		hold = second < 0 || (flock(first, LOCK_EX) == 0 && flock(second, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK);

	if (second >= 0)
		close(second);
	if (first >= 0)
	{
		close(first);
		unlink(path);
	}
	arena_free(&arena);
	return hold;
}

bool
job_create(Job *job)
{
	unsigned char random[JOB_ID_CHARS / 2];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	for (int i = 0; i < JOB_ID_CHARS / 2; i++)
		snprintf(job->id + 2 * i, 3, "%02x", random[i]);
	job->folder = path_of(&job->arena, settings.export_dir, job->id);
	if (mkdir(job->folder, 0700) != 0)
		return false;
	job->lock = open(path_of(&job->arena, job->folder, "lock"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	return job->lock >= 0 && flock(job->lock, LOCK_EX) == 0 && job_describe(job);
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

/* A text of job.json in the job's memory; NULL when it is not there. */
static char *
recall_text(Job *job, json_t *about, const char *name)
{
	const char *text = json_string_value(json_object_get(about, name));

	return text != NULL ? arena_copy(&job->arena, text, strlen(text)) : NULL;
}

/* Fills in what job.json says; returns false when it does not say enough. */
static bool
recall(Job *job, json_t *about)
{
	json_t	   *filters = json_object_get(about, "filters");
	json_t	   *sources = json_object_get(about, "sources");
	json_t	   *one;
	size_t		i;

	job->user = recall_text(job, about, "user");
	job->role = recall_text(job, about, "role");
	job->request = recall_text(job, about, "request");
	job->since = recall_text(job, about, "since");
	job->elements = recall_text(job, about, "elements");
	job->group = recall_text(job, about, "group");
	job->patients = json_is_true(json_object_get(about, "patients"));
	job->begun = (int) json_integer_value(json_object_get(about, "begun"));
	job->filters = arena_zero(&job->arena, sizeof(char *) * (json_array_size(filters) + 1));
	json_array_foreach(filters, i, one)
		job->filters[i] = arena_copy(&job->arena, json_string_value(one), json_string_length(one));
	job->sources = arena_zero(&job->arena, sizeof(JobSource) * (json_array_size(sources) + 1));
	json_array_foreach(sources, i, one)
		job->sources[job->nsources++] = (JobSource){recall_text(job, one, "type"), recall_text(job, one, "mapping"),
													recall_text(job, one, "patient")};
	return job->user != NULL && job->role != NULL && job->request != NULL && json_is_array(sources);
}

/* Takes away what an earlier attempt has written. */
static void
remove_lines(Job *job)
{
	DIR		   *list = opendir(job->folder);
	struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL)
		if (strstr(entry->d_name, ".ndjson") != NULL)
			unlink(path_of(&job->arena, job->folder, entry->d_name));
	if (list != NULL)
		closedir(list);
}

Job *
job_recall(const char *id)
{
	Job		   *job = job_make();
	char	   *text = NULL;
	json_t	   *about = NULL;
	bool		good;

	snprintf(job->id, sizeof(job->id), "%s", id);
	job->folder = path_of(&job->arena, settings.export_dir, id);
	job->lock = open(path_of(&job->arena, job->folder, "lock"), O_RDWR | O_CLOEXEC);
	good = job->lock >= 0 && flock(job->lock, LOCK_EX | LOCK_NB) == 0 && job_look(&job->arena, id, &text) == JOB_RUNNING;
	if (good)
		text = read_text(&job->arena, job->folder, "job.json");
	if (good && text != NULL)
		about = json_loads(text, 0, NULL);
	if (about != NULL && !recall(job, about))
	{
		job_fail(job->folder, "the export was interrupted, and what it was is not known any more; begin it anew");
		good = false;
	}
	good = good && about != NULL;
	json_decref(about);
	if (good)
		remove_lines(job);
	else
	{
		job_free(job);
		job = NULL;
	}
	return job;
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

/* Is the job this user's?  A client and a role may have the same name: the role that it runs under counts, too, if it is known. */
static bool
is_of(Arena *arena, const char *folder, const char *user, const char *role)
{
	char	   *text = read_text(arena, folder, "job.json");
	json_t	   *about = text != NULL ? json_loads(text, 0, NULL) : NULL;
	const char *owner = json_string_value(json_object_get(about, "user"));
	const char *under = json_string_value(json_object_get(about, "role"));
	bool		good = owner != NULL && strcmp(owner, user) == 0 && (under == NULL || strcmp(under, role) == 0);

	json_decref(about);
	return good;
}

JobState
job_look(Arena *arena, const char *id, char **text)
{
	char	   *folder = path_of(arena, settings.export_dir, id);

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
	return JOB_ABANDONED;
}

JobState
job_state(Arena *arena, const char *id, const char *user, const char *role, char **text)
{
	if (!job_is_id(id) || !is_of(arena, path_of(arena, settings.export_dir, id), user, role))
		return JOB_UNKNOWN;
	return job_look(arena, id, text);
}

void
job_remove_folder(const char *folder)
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
		job_remove_folder(gone);
	arena_free(&arena);
}

int
job_open(const char *id, const char *name)
{
	Arena		arena = {NULL, NULL, 0};
	const char *dot = strrchr(name, '.');
	int			file = -1;

	if (job_is_id(id) && dot != NULL && strcmp(dot, ".ndjson") == 0 && strchr(name, '/') == NULL && name[0] != '.')
		file = open(path_of(&arena, path_of(&arena, settings.export_dir, id), name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	arena_free(&arena);
	return file;
}
