/*
 * watch.c
 *		Noticing that a model's files have another content.  plain C: no server headers.
 *
 * A file is looked at by stat, which costs nothing; only when that differs is
 * its content, by SHA-256: a backup that sets a time starts no new model.
 * Files are read, never mapped: one that is cut short meanwhile must not end
 * the program.
 */
#include "model/folder/watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "model/tokens/heap.h"

/* Is it the same file, as far as stat can tell? */
static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * Adds a file, which need not be there, before it is read: a change while it is
 * being read is a change.
 */
void
watch_add(WatchList *list, const char *path)
{
	WatchedFile *file;

	for (size_t i = 0; i < list->count; i++)
	{
		if (strcmp(list->files[i].path, path) == 0)
			return;
	}
	list->files = heap_grow(list->files, list->count + 1, &list->capacity, sizeof(WatchedFile));
	file = &list->files[list->count++];
	memset(file, 0, sizeof(WatchedFile));
	file->path = strdup(path);
	file->is_there = stat(path, &file->seen) == 0;
}

/* The digest of a file's content; zeros for one that cannot be read. */
static void
digest_file(const char *path, unsigned char *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char	   *piece = heap_get(1 << 18);
	int			descriptor = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t		got = -1;

	memset(digest, 0, WATCH_DIGEST);
	if (context != NULL && descriptor >= 0 && EVP_DigestInit_ex(context, EVP_sha256(), NULL))
	{
		while ((got = read(descriptor, piece, 1 << 18)) > 0)
			EVP_DigestUpdate(context, piece, got);
		if (got == 0)
			EVP_DigestFinal_ex(context, digest, NULL);
	}
	if (descriptor >= 0)
		close(descriptor);
	free(piece);
	EVP_MD_CTX_free(context);
}

/*
 * Takes the digests of all files, once.  One that has changed since it was read
 * gets none: it has changed at the next look.
 */
void
watch_digest(WatchList *list)
{
	for (size_t i = 0; i < list->count; i++)
	{
		WatchedFile *file = &list->files[i];
		struct stat now;

		digest_file(file->path, file->digest);
		if (file->is_there && (stat(file->path, &now) != 0 || !is_same(&now, &file->seen)))
			memset(file->digest, 0, WATCH_DIGEST);
	}
}

/* Has one file another content than at the last look? */
static bool
file_has_changed(WatchedFile *file)
{
	struct stat now;
	bool		is_there = stat(file->path, &now) == 0;
	unsigned char digest[WATCH_DIGEST];

	if (is_there == file->is_there && (!is_there || is_same(&now, &file->seen)))
		return false;
	file->is_there = is_there;
	if (is_there)
		file->seen = now;
	digest_file(file->path, digest);
	if (memcmp(digest, file->digest, WATCH_DIGEST) == 0)
		return false;
	memcpy(file->digest, digest, WATCH_DIGEST);
	return true;
}

/* Has any file another content than at the last look?  Looks at all of them. */
bool
watch_has_changed(WatchList *list)
{
	bool		has_changed = false;

	for (size_t i = 0; i < list->count; i++)
		has_changed |= file_has_changed(&list->files[i]);
	return has_changed;
}
