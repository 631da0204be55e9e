/*
 * heap.c
 *		Getting memory, and bytes that grow.  plain C: no server headers.
 */
#include "model/tokens/heap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Zeroed memory of so many bytes; ends the program when there is none. */
void *
heap_get(size_t size)
{
	void	   *place = calloc(1, size > 0 ? size : 1);

	if (place == NULL)
		_exit(HEAP_EXIT);
	return place;
}

/*
 * Makes an array large enough for so many elements of a size; *capacity is how
 * many it has room for.  Gives the array's place, which may have changed.  New
 * memory is not zeroed.
 */
void *
heap_grow(void *place, size_t needed, size_t *capacity, size_t size)
{
	size_t		wanted = *capacity > 0 ? *capacity : 16;

	if (needed <= *capacity)
		return place;
	while (wanted < needed)
		wanted *= 2;
	place = reallocarray(place, wanted, size);
	if (place == NULL)
		_exit(HEAP_EXIT);
	*capacity = wanted;
	return place;
}

/* Appends bytes. */
void
bytes_add(Bytes *bytes, const void *data, size_t length)
{
	bytes->data = heap_grow(bytes->data, bytes->length + length + 1, &bytes->capacity, 1);
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
	bytes->data[bytes->length] = '\0';
}

/* Appends a C string. */
void
bytes_add_text(Bytes *bytes, const char *text)
{
	bytes_add(bytes, text, strlen(text));
}

/* Appends what printf would print, of at most 1,023 bytes. */
void
bytes_format(Bytes *bytes, const char *format,...)
{
	char		text[1024];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	bytes_add_text(bytes, text);
}

/* Overwrites the bytes and gives their memory back. */
void
bytes_wipe(Bytes *bytes)
{
	if (bytes->data != NULL)
		explicit_bzero(bytes->data, bytes->capacity);
	free(bytes->data);
	memset(bytes, 0, sizeof(Bytes));
}
