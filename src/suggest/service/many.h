/*
 * many.h
 *		Suggestions for one note, and for several in as few requests as allowed.
 */
#ifndef FHIR_BRIDGE_SUGGEST_MANY_H
#define FHIR_BRIDGE_SUGGEST_MANY_H

#include "postgres.h"

#include "suggest/service/suggestion.h"
#include "suggest/service/answer_cache.h"

/* A note, and what the service says of it. */
typedef struct SuggestNote
{
	int			number;			/* the caller's */
	char	   *text;
	SuggestCacheKey key;
	int			nitems;
	SuggestItem *items;
} SuggestNote;

/* in many.c */
extern SuggestItems *suggest_one(SuggestService *service, char *note);
extern void suggest_many(SuggestService *service, SuggestNote *notes, int count);
extern bool suggest_share_out(const SuggestItems *found, SuggestNote *notes, int count);

#endif							/* FHIR_BRIDGE_SUGGEST_MANY_H */
