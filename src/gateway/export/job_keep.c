/*
 * job_keep.c
 *		Looks after the folders of exports: what has expired goes, and what a
 *		gateway has left behind is begun again, or has failed.
 */
#include <dirent.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/background.h"
#include "gateway/export/job.h"
#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_settings.h"

#define SCAN_SECONDS	60
#define MOST_BEGUN		3		/* a job that ends its gateway must not do so for ever */

void
job_adopt(const char *id)
{
	Job		   *job = job_recall(id);

	if (job == NULL)
		return;
	if (job->begun >= MOST_BEGUN)
		job_fail(job->folder, "the export was interrupted too often; begin it anew");
	else if (background_do(BACKGROUND_EXPORT, job_run, job))
	{
		log_line("info", "\"event\":\"export\",\"why\":\"an interrupted one is begun again\"");
		return;
	}
	job_free(job);				/* where there is no room it is found again */
}

/* Removes what is older than it may be, or what a removal has left; adopts what is abandoned. */
static void
look_at(Arena *arena, const char *name)
{
	char	   *folder = arena_printf(arena, "%s/%s", settings.export_dir, name);
	time_t		limit = time(NULL) - settings.export_hours * 3600;
	size_t		length = strlen(name);
	struct stat about;
	char	   *text;
	JobState	state;

	if (length == JOB_ID_CHARS + 5 && strcmp(name + JOB_ID_CHARS, ".gone") == 0)
		job_remove_folder(folder);
	if (!job_is_id(name) || stat(folder, &about) != 0)
		return;
	state = job_look(arena, name, &text);
	if (state != JOB_RUNNING && about.st_mtime < limit)
		job_remove(name);
	else if (state == JOB_ABANDONED)
		job_adopt(name);
}

/* A thread that looks again and again. */
static void *
look_after(void *arg)
{
	for (;;)
	{
		DIR		   *list = opendir(settings.export_dir);
		struct dirent *entry;

		while (list != NULL && (entry = readdir(list)) != NULL)
		{
			Arena		arena = {NULL, NULL, 0};

			look_at(&arena, entry->d_name);
			arena_free(&arena);
		}
		if (list != NULL)
			closedir(list);
		sleep(SCAN_SECONDS);
	}
	return NULL;
}

void
job_start(void)
{
	pthread_t	thread;

	if (settings.export_dir[0] != '\0' && !job_locks_hold())
	{
		log_line("error", "\"event\":\"export\",\"why\":\"EXPORT_DIR is on a volume that holds no locks: $export answers 501\"");
		settings.export_dir = "";
	}
	if (settings.export_dir[0] != '\0' && pthread_create(&thread, NULL, look_after, NULL) == 0)
		pthread_detach(thread);
}
