/*
 * suggestion.h
 *		What the service answered, as rows.
 */
#ifndef FHIR_BRIDGE_SUGGEST_ANSWER_H
#define FHIR_BRIDGE_SUGGEST_ANSWER_H

#include "postgres.h"

#include "suggest/service/client.h"

/* One suggestion; texts are in the database's encoding. */
typedef struct SuggestItem
{
	int			list;			/* from 1 */
	int			rank;			/* in its list, from 1 */
	char	   *icd;
	double		prob;
} SuggestItem;

typedef struct SuggestItems
{
	int			nlists;
	int			nitems;
	SuggestItem *items;			/* by list, then rank */
} SuggestItems;

/* One code found by a search; NULL where the service says nothing. */
typedef struct SuggestCode
{
	char	   *icd;
	char	   *english_name;
	char	   *chinese_name;
	int			billable;		/* 0, 1, or -1 for not told */
} SuggestCode;

typedef struct SuggestCodes
{
	int			ncodes;
	SuggestCode *codes;
} SuggestCodes;

/* in suggestion.c */
extern SuggestItems *suggest_read_diagnosis(const SuggestAnswer *answer);
extern SuggestCodes *suggest_read_search(const SuggestAnswer *answer);

/* in answer_walk.c */
#define WALK_DEPTH 6			/* deepest level whose keys are kept */

typedef struct SuggestWalk
{
	void	   *state;			/* the reader's */
	int			depth;			/* open objects and arrays */
	char		kind[WALK_DEPTH];	/* of each: { or [ */
	char	   *key[WALK_DEPTH];	/* of each object's present member */
	void (*enter) (struct SuggestWalk *walk, char kind);	/* depth counts it already */
	void (*leave) (struct SuggestWalk *walk);	/* depth still counts it */
	void (*scalar) (struct SuggestWalk *walk, char *token, JsonTokenType type);
} SuggestWalk;

extern char *suggest_answer_text(const char *text, int length);
extern void suggest_walk(SuggestWalk *walk, const char *text, int length);
extern void suggest_refuse_shape(void) pg_attribute_noreturn();

#endif							/* FHIR_BRIDGE_SUGGEST_ANSWER_H */
