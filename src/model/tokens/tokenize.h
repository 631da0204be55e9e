/*
 * tokenize.h
 *		From a text to the numbers of its tokens: BERT's WordPiece.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_TOKENIZE_H
#define FHIR_BRIDGE_MODEL_TOKENIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tokens/normalize.h"
#include "model/tokens/vocabulary.h"

/* A token that is found in the text before words are. */
typedef struct AddedToken
{
	char	   *text;			/* as it is looked for: a normalized one in its normal form */
	size_t		length;
	int32_t		token;
	bool		is_normalized;	/* looked for in the normal form of the text, not in the text */
} AddedToken;

typedef struct Tokenizer
{
	NormalizeRules rules;
	Vocabulary	words;
	char	   *prefix;			/* of a piece inside a word: ## */
	size_t		prefix_length;
	int32_t		unknown;		/* [UNK] */
	int32_t		first;			/* [CLS] in front of each text, or NO_TOKEN */
	int32_t		last;			/* [SEP] behind it, or NO_TOKEN */
	int32_t		padding;		/* [PAD] */
	int			longest_word;	/* characters; a longer one is unknown */
	AddedToken *added;
	size_t		nadded;
	size_t		added_capacity;
	bool		added_first_bytes[256]; /* of those that are looked for in the text itself */
	bool		has_normalized; /* some are looked for in the normal form */
	bool		added_have_space;	/* one of these may contain white space */
} Tokenizer;

/* Numbers of tokens; a zeroed struct is an empty list. */
typedef struct Tokens
{
	int32_t    *ids;
	size_t		count;
	size_t		capacity;
} Tokens;

/* in tokenize.c */
extern void tokenizer_add(Tokenizer *tokenizer, const char *text, int32_t token, bool is_normalized);
extern void tokenize(const Tokenizer *tokenizer, const char *text, size_t length, size_t enough, Tokens *tokens);

#endif							/* FHIR_BRIDGE_MODEL_TOKENIZE_H */
