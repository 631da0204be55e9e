/*
 * job.h
 *		Bulk Data exports: jobs that write files.
 *
 * A job is a folder below EXPORT_DIR, named by a number that cannot be guessed:
 *
 *	job.json		who began it, and by which address
 *	lock			locked for as long as somebody works on it
 *	progress		a line for X-Progress
 *	<Type>.ndjson	what is being written, and was
 *	manifest.json	it is done: the answer
 *	failed.json		it is not going to be: the OperationOutcome
 *
 * All that is known of a job is there, so that any gateway on the same volume
 * can say how it stands.  Neither manifest nor failure nor lock means that who
 * worked on it is gone: whoever is asked next writes the failure.
 */
#ifndef GATEWAY_JOB_H
#define GATEWAY_JOB_H

#include <stdbool.h>

#include "gateway/http/arena.h"

#define JOB_ID_CHARS		32
#define JOB_MOST_SOURCES	256

/* A mapping, or a type, to be exported. */
typedef struct JobSource
{
	const char *type;
	const char *mapping;
	bool		of_patient;		/* it has to do with one patient */
} JobSource;

/* A job while somebody works on it, in memory of its own. */
typedef struct Job
{
	Arena		arena;
	char		id[JOB_ID_CHARS + 1];
	char	   *folder;
	int			lock;			/* descriptor of the locked file */
	const char *role;
	const char *request;		/* the whole address */
	const char *since;			/* NULL: from the begin */
	const char *elements;		/* NULL: all */
	const char **filters;		/* "Observation?code=8867-4", NULL-terminated */
	const char *group;			/* NULL: not of a group */
	bool		patients;		/* Patient/$export, or a group's */
	JobSource	sources[JOB_MOST_SOURCES];
	int			nsources;
} Job;

/* How a job stands. */
typedef enum JobState
{
	JOB_UNKNOWN,				/* there is none, or it is somebody else's */
	JOB_RUNNING,
	JOB_DONE,
	JOB_FAILED
} JobState;

/* Begins to remove what has expired; once, before requests come. */
extern void job_start(void);

/* A job without a folder; free with job_free(). */
extern Job *job_make(void);
extern void job_free(Job *job);

/* Makes its folder and lock, for this user; returns false when that fails. */
extern bool job_create(Job *job, const char *user);

/* In a thread: writes the files and the manifest, or the failure, and frees the job. */
extern void job_run(void *job);

/*
 * How the job stands for this user.  text gets the manifest, the failure or
 * the progress, in arena memory.
 */
extern JobState job_state(Arena *arena, const char *id, const char *user, char **text);

/* Removes the job's folder; who works on it stops. */
extern void job_remove(const char *id);

/* Opens a file of the job for reading; -1 when there is none of that name. */
extern int	job_open(const char *id, const char *name);

/* Writes a whole file, in place of the one that is there. */
extern bool job_write(const char *folder, const char *name, const char *text);

/* Does its folder still stand? */
extern bool job_exists(const Job *job);

/* Writes failed.json. */
extern void job_fail(const char *folder, const char *text);

#endif
