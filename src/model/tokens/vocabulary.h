/*
 * vocabulary.h
 *		A tokenizer's words and their numbers.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_VOCABULARY_H
#define FHIR_BRIDGE_MODEL_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#include "model/tokens/heap.h"

#define NO_TOKEN (-1)
#define TOKEN_MAX 10000000		/* highest number */

typedef struct VocabularyEntry
{
	uint64_t	hash;
	size_t		text;			/* place in texts; zero-terminated there */
	uint32_t	length;			/* bytes */
	int32_t		token;			/* NO_TOKEN for an unused entry */
} VocabularyEntry;

/* A zeroed struct is an empty one. */
typedef struct Vocabulary
{
	VocabularyEntry *entries;	/* a hash table */
	size_t		size;			/* its entries; a power of two */
	size_t		used;
	Bytes		texts;
	size_t		longest;		/* bytes of the longest word */
	size_t	   *places;			/* in texts, by number; 0 for none, else 1 more */
	size_t		nplaces;		/* highest number + 1 */
	size_t		places_capacity;
} Vocabulary;

/* The hash of bytes that follow others, of which seed is the hash. */
static inline uint64_t
vocabulary_hash(uint64_t seed, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		seed = (seed ^ (unsigned char) text[i]) * UINT64_C(0x100000001B3);
	return seed;
}

#define VOCABULARY_SEED UINT64_C(0xCBF29CE484222325)

/* in vocabulary.c */
extern void vocabulary_add(Vocabulary *vocabulary, const char *text, size_t length, int32_t token);
extern int32_t vocabulary_find(const Vocabulary *vocabulary, const char *text, size_t length);
extern int32_t vocabulary_find_joined(const Vocabulary *vocabulary, uint64_t hash, const char *prefix, size_t prefix_length,
									  const char *text, size_t length);
extern const char *vocabulary_text(const Vocabulary *vocabulary, int32_t token);

#endif							/* FHIR_BRIDGE_MODEL_VOCABULARY_H */
