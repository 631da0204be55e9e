/*
 * arena.c
 *		Memory of one request; see arena.h.
 */
#include "gateway/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES		4000	/* most requests need one block */
#define ALIGNMENT		16

struct ArenaBlock
{
	ArenaBlock *before;
	_Alignas(ALIGNMENT) char data[];
};

/* malloc that ends the program when there is no memory. */
void *
must_alloc(size_t size)
{
	void	   *memory = malloc(size ? size : 1);

	if (memory == NULL)
	{
		fputs("out of memory\n", stderr);
		abort();
	}
	return memory;
}

/* strdup that ends the program when there is no memory. */
char *
must_copy(const char *text)
{
	size_t		size = strlen(text) + 1;

	return memcpy(must_alloc(size), text, size);
}

void *
arena_alloc(Arena *arena, size_t size)
{
	char	   *memory;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > arena->left)
	{
		size_t		room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
		ArenaBlock *block = must_alloc(sizeof(ArenaBlock) + room);

		block->before = arena->blocks;
		arena->blocks = block;
		arena->next = block->data;
		arena->left = room;
	}
	memory = arena->next;
	arena->next += size;
	arena->left -= size;
	return memory;
}

void *
arena_zero(Arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *
arena_copy(Arena *arena, const char *data, size_t size)
{
	char	   *copy = arena_alloc(arena, size + 1);

	memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

char *
arena_printf(Arena *arena, const char *format,...)
{
	va_list		args;
	int			size;
	char	   *text;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = arena_alloc(arena, size + 1);
	va_start(args, format);
	vsnprintf(text, size + 1, format, args);
	va_end(args);
	return text;
}

void
arena_free(Arena *arena)
{
	while (arena->blocks != NULL)
	{
		ArenaBlock *block = arena->blocks;

		arena->blocks = block->before;
		free(block);
	}
	arena->next = NULL;
	arena->left = 0;
}
