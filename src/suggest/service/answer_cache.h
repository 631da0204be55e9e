/*
 * answer_cache.h
 *		Answers that need not be asked for again.
 */
#ifndef FHIR_BRIDGE_SUGGEST_CACHE_H
#define FHIR_BRIDGE_SUGGEST_CACHE_H

#include "postgres.h"

#include "suggest/service/suggestion.h"
#include "suggest/service/service.h"

#define SUGGEST_MAC_LENGTH 32	/* HMAC-SHA-256 */

/* What stands for a question in the cache. */
typedef struct SuggestCacheKey
{
	int			seconds;		/* how long an answer to it is good; 0 for no cache */
	uint8		mac[SUGGEST_MAC_LENGTH];
} SuggestCacheKey;

/* in answer_cache.c */
extern void suggest_cache_key(const SuggestService *service, const char *path, const char *body, SuggestCacheKey *key);
extern bool suggest_cache_find(const SuggestCacheKey *key, bool whole, SuggestAnswer *answer);
extern void suggest_cache_keep(const SuggestCacheKey *key, bool whole, const char *text);

/* in recall.c */
extern SuggestItems *suggest_recall(const SuggestService *service, char *note, bool whole, SuggestCacheKey *key);
extern void suggest_remember(const SuggestCacheKey *key, bool whole, const SuggestItem *items, int nitems);
extern SuggestCodes *suggest_recall_codes(const SuggestService *service, const char *query, SuggestCacheKey *key);
extern void suggest_remember_codes(const SuggestCacheKey *key, const SuggestCodes *codes);
extern char *suggest_write_items(const SuggestItem *items, int nitems);

#endif							/* FHIR_BRIDGE_SUGGEST_CACHE_H */
