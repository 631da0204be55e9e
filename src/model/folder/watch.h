/*
 * watch.h
 *		The files that a model was read from, and whether they have changed.
 *		plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_WATCH_H
#define FHIR_BRIDGE_MODEL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define WATCH_DIGEST 32			/* bytes of a SHA-256 */

typedef struct WatchedFile
{
	char	   *path;
	bool		is_there;
	struct stat seen;			/* when it was last looked at */
	unsigned char digest[WATCH_DIGEST]; /* of its content when it was read */
} WatchedFile;

/* A zeroed struct is an empty list. */
typedef struct WatchList
{
	WatchedFile *files;
	size_t		count;
	size_t		capacity;
} WatchList;

/* in watch.c */
extern void watch_add(WatchList *list, const char *path);
extern void watch_digest(WatchList *list);
extern bool watch_has_changed(WatchList *list);

#endif							/* FHIR_BRIDGE_MODEL_WATCH_H */
