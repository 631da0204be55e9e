/*
 * normalize.h
 *		BERT's clean-up of a text, as the reference does it.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_NORMALIZE_H
#define FHIR_BRIDGE_MODEL_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tokens/heap.h"

/* The four switches of a BertNormalizer. */
typedef struct NormalizeRules
{
	bool		cleans;			/* control characters go, white space becomes a space */
	bool		spaces_chinese; /* a space on both sides of each ideograph */
	bool		strips_accents; /* canonical decomposition without nonspacing marks */
	bool		lowers;			/* lower case, each character by itself */
} NormalizeRules;

/* What a code point means to the splitting into words. */
typedef enum WordPart
{
	WORD_LETTER,				/* part of a word */
	WORD_SPACE,					/* between words, dropped */
	WORD_PUNCTUATION			/* a word of its own */
} WordPart;

/* in normalize.c */
extern int	utf8_decode(const char *text, size_t length, uint32_t *code);
extern bool utf8_is_valid(const char *text, size_t length);
extern WordPart word_part(uint32_t code);
extern void normalize(const NormalizeRules *rules, const char *text, size_t length, Bytes *out);

#endif							/* FHIR_BRIDGE_MODEL_NORMALIZE_H */
