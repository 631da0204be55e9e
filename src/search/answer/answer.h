/*
 * answer.h
 *		Searches answered: pages, totals, what is included, Bundles.
 */
#ifndef FHIR_BRIDGE_ANSWER_H
#define FHIR_BRIDGE_ANSWER_H

#include "postgres.h"

#include "search/select/select.h"

/* A search being answered. */
typedef struct SearchAnswer
{
	SearchSources *sources;
	SearchQuery *query;
	const char *self;			/* the query as it was understood */
	List	   *selections;		/* Selection, one a source */
	List	   *hits;			/* SearchHit of the page */
	List	   *included;		/* SearchHit */
	int64		total;			/* -1: not told */
	bool		first;			/* it is the first page */
	char	   *next;			/* token of the next page, or NULL */
} SearchAnswer;

/* Where a page begins: behind a row. */
typedef struct SearchPosition
{
	SearchPhase phase;
	int			source;			/* number of the row's source */
	List	   *sorts;			/* Const: values sorted by, of the row's types; NULL ones too */
	List	   *normal;			/* the same as they are compared between sources */
	List	   *key;			/* Const: the row's key */
	int64		total;
} SearchPosition;

/* in page.c */
extern char *page_token(const SearchAnswer *answer, const SearchHit *last);
extern SearchPosition *page_position(const SearchAnswer *answer);

/* in fetch.c */
extern bool fetch_page(SearchAnswer *answer, const SearchPosition *position);
extern Datum fetch_normal(const SelectionSort *sort, Datum value, const SearchSource *source);

/* in include.c */
extern void include_all(SearchAnswer *answer);
extern const char *hit_id(SearchHit *hit);
extern Jsonb *hit_resource(SearchHit *hit);
extern SearchCondition *include_condition(const char *type, const char *code, List *texts);

/* A part of a resource's text. */
typedef struct TextPart
{
	const char *at;				/* NULL: there is none */
	int			size;
} TextPart;

/* in text_member.c */
extern TextPart text_member(TextPart object, const char *name);

/* in subset.c */
extern char *subset_json(const SearchQuery *query, const SearchHit *hit);

/* in forbidden.c */
extern void forbidden_guard(void (*work) (void *arg), void *arg);
extern void forbidden_guard_last(void (*work) (void *arg), void *arg);

/* in search_prepare.c */
extern SearchAnswer *search_prepare(Oid function, const char *type, const char *text, const char *base_url,
									const char *handling);

#endif							/* FHIR_BRIDGE_ANSWER_H */
