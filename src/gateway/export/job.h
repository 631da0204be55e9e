/*
 * job.h
 *		Bulk Data exports: jobs that write files.
 *
 * A job is a folder below EXPORT_DIR, named by a number that cannot be guessed:
 *
 *	job.json		who began it, and all that is asked for
 *	lock			locked for as long as somebody works on it
 *	progress		a line for X-Progress
 *	<Type>.ndjson	what is being written, and was
 *	manifest.json	it is done: the answer
 *	failed.json		it is not going to be: the OperationOutcome
 *
 * All that is known of a job is there, so that any gateway on the same volume
 * can say how it stands.  Neither manifest nor failure nor lock means that who
 * worked on it is gone: whoever finds that begins it again, from the start, since
 * the snapshot went with the connection.  What has been begun so a few times has
 * failed.
 */
#ifndef GATEWAY_JOB_H
#define GATEWAY_JOB_H

#include <stdbool.h>

#include "gateway/base/arena.h"

#define JOB_ID_CHARS		32

/* A mapping, or a type, to be exported. */
typedef struct JobSource
{
	const char *type;
	const char *mapping;
	const char *patient;		/* search parameter for the patient, "_id" of Patient itself; NULL: none */
} JobSource;

/* A job while somebody works on it, in memory of its own. */
typedef struct Job
{
	Arena		arena;
	char		id[JOB_ID_CHARS + 1];
	char	   *folder;
	int			lock;			/* descriptor of the locked file */
	const char *user;			/* who began it */
	const char *role;
	const char *request;		/* the whole address */
	const char *since;			/* NULL: from the begin */
	const char *elements;		/* NULL: all */
	const char **filters;		/* "Observation?code=8867-4", NULL-terminated */
	const char *group;			/* NULL: not of a group */
	bool		patients;		/* Patient/$export, or a group's */
	JobSource  *sources;
	int			nsources;
	int			begun;			/* how many times */
} Job;

/* How a job stands. */
typedef enum JobState
{
	JOB_UNKNOWN,				/* there is none, or it is somebody else's */
	JOB_RUNNING,
	JOB_ABANDONED,				/* who worked on it is gone */
	JOB_DONE,
	JOB_FAILED
} JobState;

/* Begins to look after the folder (job_keep.c); once, before requests come. */
extern void job_start(void);

/*
 * Do locks hold on EXPORT_DIR, as far as one machine can tell?  Where they do
 * not, a job that runs would be begun again and again.  True where it cannot be
 * written to: that is said by whoever writes.
 */
extern bool job_locks_hold(void);

/* Begins an abandoned job again, if nobody else does, or says that it has failed. */
extern void job_adopt(const char *id);

/* A job without a folder; free with job_free(). */
extern Job *job_make(void);
extern void job_free(Job *job);

/* Makes its folder and lock; returns false when that fails. */
extern bool job_create(Job *job);

/* Writes job.json. */
extern bool job_describe(const Job *job);

/* An abandoned job as it was described, now locked; NULL when it cannot be had, or has failed. */
extern Job *job_recall(const char *id);

/* In a thread: writes the files and the manifest, or the failure, and frees the job. */
extern void job_run(void *job);

/*
 * How the job stands for this user.  text gets the manifest, the failure or
 * the progress, in arena memory.
 */
extern JobState job_state(Arena *arena, const char *id, const char *user, const char *role, char **text);

/* Is this a job's number, and how does it stand?  For whoever looks after the folder. */
extern bool job_is_id(const char *id);
extern JobState job_look(Arena *arena, const char *id, char **text);

/* Removes the job's folder; who works on it stops. */
extern void job_remove(const char *id);

/* Opens a file of the job for reading; -1 when there is none of that name. */
extern int	job_open(const char *id, const char *name);

/* Writes a whole file, in place of the one that is there. */
extern bool job_write(const char *folder, const char *name, const char *text);

/* Does its folder still stand? */
extern bool job_exists(const Job *job);

/* Removes a folder with its files. */
extern void job_remove_folder(const char *folder);

/* Writes failed.json. */
extern void job_fail(const char *folder, const char *text);

#endif
