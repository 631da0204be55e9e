/*
 * heap.h
 *		Memory of the model's program, and bytes that grow.  plain C: no server headers.
 *
 * Memory that cannot be had ends the program.  It has nothing to clean up, and
 * the engine, which sees it end, tells those who wait and starts another.
 */
#ifndef FHIR_BRIDGE_MODEL_HEAP_H
#define FHIR_BRIDGE_MODEL_HEAP_H

#include <stddef.h>

#define HEAP_EXIT 3				/* the program's exit code when memory is out */

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that grow; a zeroed struct is an empty one. */
typedef struct Bytes
{
	char	   *data;			/* with room for a zero behind the last byte */
	size_t		length;
	size_t		capacity;
} Bytes;

/* in heap.c */
extern void *heap_get(size_t size);
extern void *heap_grow(void *place, size_t needed, size_t *capacity, size_t size);
extern void bytes_add(Bytes *bytes, const void *data, size_t length);
extern void bytes_add_text(Bytes *bytes, const char *text);
extern void bytes_format(Bytes *bytes, const char *format,...) __attribute__((format(printf, 2, 3)));
extern void bytes_wipe(Bytes *bytes);

#endif							/* FHIR_BRIDGE_MODEL_HEAP_H */
