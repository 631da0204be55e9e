/*
 * arena.h
 *		Memory of one request, given back at once when it ends.
 *
 * Nothing of it is freed singly.  A failing malloc ends the program: all that
 * a request may take is bounded, so it can only mean a limit set too low.
 */
#ifndef GATEWAY_ARENA_H
#define GATEWAY_ARENA_H

#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena
{
	ArenaBlock *blocks;			/* the newest first */
	char	   *next;			/* free bytes of the newest */
	size_t		left;			/* how many */
} Arena;

/* Memory that lives until arena_free(), aligned for any type; not zeroed. */
extern void *arena_alloc(Arena *arena, size_t size);

/* The same, zeroed. */
extern void *arena_zero(Arena *arena, size_t size);

/* A copy of so many bytes with a NUL behind them. */
extern char *arena_copy(Arena *arena, const char *data, size_t size);

/* A formatted string. */
extern char *arena_printf(Arena *arena, const char *format,...) __attribute__((format(printf, 2, 3)));

/* Gives everything back; the arena is empty and may be used again. */
extern void arena_free(Arena *arena);

/* malloc and strdup that end the program rather than return NULL. */
extern void *must_alloc(size_t size);
extern char *must_copy(const char *text);

#endif
