/*
 * memory.c
 *		Memory that is overwritten when it is given back.
 *
 * Notes, passwords and answers pass through libcurl's buffers, which come and
 * go with connections and requests.  libcurl stays with malloc, but frees by
 * the functions here, so that none of that is left lying in the engine, to turn
 * up in a core file.  (A TLS library's own buffers are its own affair.)
 */
#include "postgres.h"

#include <malloc.h>

#include "suggest/engine/engine.h"

/* free() that overwrites. */
void
memory_free(void *place)
{
	if (place == NULL)
		return;
	explicit_bzero(place, malloc_usable_size(place));
	free(place);
}

/* realloc() that leaves nothing behind. */
void *
memory_resize(void *place, size_t size)
{
	void	   *larger;

	if (place != NULL && malloc_usable_size(place) >= size)
		return place;
	larger = malloc(size);
	if (larger == NULL || place == NULL)
		return larger;
	memcpy(larger, place, malloc_usable_size(place));
	memory_free(place);
	return larger;
}
