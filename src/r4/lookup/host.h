/*
 * host.h
 *		What the checks need of the program that they run in.
 *
 * plain C: no server headers
 *
 * In the server (host.c) memory is the current context's and a pause takes
 * interrupts; a test provides its own.  Neither has to return.
 */
#ifndef FHIR_BRIDGE_R4_HOST_H
#define FHIR_BRIDGE_R4_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of zeros, and its end. */
extern void *r4_allocate(size_t size);
extern void r4_free(void *memory);

/* Called often enough by whatever goes over a document, for what must not wait. */
extern void r4_pause(void);

/* Are a string's bytes UTF-8, or what the program can convert to that? */
extern bool r4_is_text(const char *text, uint32_t len);

/* Two words that nobody outside knows, the same for as long as the program runs. */
extern const uint64_t *r4_hash_key(void);

/* A pause for every so many steps; counts them. */
static inline void
r4_step(uint32_t *steps)
{
	if (__builtin_expect((++*steps & 1023) == 0, 0))
		r4_pause();
}

/* The same for n steps at once. */
static inline void
r4_steps(uint32_t *steps, uint32_t n)
{
	uint32_t	before = *steps;

	*steps += n;
	if (__builtin_expect((before ^ *steps) >= 1024, 0))
		r4_pause();
}

#endif							/* FHIR_BRIDGE_R4_HOST_H */
