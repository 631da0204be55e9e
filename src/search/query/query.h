/*
 * query.h
 *		A FHIR search as it was asked: parameters, values, what the answer is like.
 *
 * Words: a *condition* is one parameter of the query; its *values* are
 * alternatives (commas), while conditions are all to hold.  A *chain* is a
 * condition on the resource that a reference points to; *_has* is one on a
 * resource that points here.
 *
 * All of it is allocated in the current context.
 */
#ifndef FHIR_BRIDGE_QUERY_H
#define FHIR_BRIDGE_QUERY_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "search/parameter/parameter.h"
#include "pgtime.h"
#include "search/query/outcome.h"
#include "utils/numeric.h"

typedef enum SearchModifier
{
	MODIFIER_NONE,
	MODIFIER_EXACT,
	MODIFIER_CONTAINS,
	MODIFIER_MISSING,
	MODIFIER_NOT,
	MODIFIER_TEXT,
	MODIFIER_IDENTIFIER,
	MODIFIER_OF_TYPE,
	MODIFIER_TYPE				/* a resource type */
} SearchModifier;

typedef enum SearchPrefix
{
	PREFIX_EQ,
	PREFIX_NE,
	PREFIX_GT,
	PREFIX_LT,
	PREFIX_GE,
	PREFIX_LE,
	PREFIX_SA,
	PREFIX_EB,
	PREFIX_AP
} SearchPrefix;

/* What the id of a referenced resource is made of, as far as that is known. */
typedef struct SearchKey
{
	const char *type;			/* of the resource */
	const char *kind;			/* of fhir_id */
	List	   *texts;			/* char *: its keys, as they are written */
} SearchKey;

/* A relation that was looked into for a referenced resource, and has no row of its id. */
typedef struct SearchAbsent
{
	const char *type;			/* of the resource */
	const char *kind;			/* of fhir_id */
	Oid			relation;
	struct FuncExpr *own;		/* the call that makes its ids */
} SearchAbsent;

/* One value of a condition. */
typedef struct SearchValue
{
	SearchPrefix prefix;		/* date, number, quantity */
	char	   *text;			/* without prefix, escapes taken out */

	/* token, quantity, identifier: what stands between bars */
	bool		has_system;		/* there was a bar */
	char	   *system;			/* "": the value must have none */
	char	   *code;			/* ""; any */
	char	   *of_type;		/* MODIFIER_OF_TYPE: the identifier's value */

	/* number, quantity */
	Numeric		number;
	Numeric		low;			/* what its digits stand for: from here */
	Numeric		high;			/* to before here */

	/* reference */
	char	   *type;			/* or NULL */
	char	   *id;				/* or NULL: only the URL is compared */
	char	   *url;			/* as given, when it is absolute; or NULL */
	List	   *keys;			/* SearchKey, found before the search */
	List	   *absent;			/* SearchAbsent, likewise */

	List	   *parts;			/* composite: SearchValue, one a component */
} SearchValue;

typedef struct SearchCondition
{
	const char *name;			/* as asked, with modifier and chain */
	const char *value;			/* as asked, decoded */
	const char *resource;		/* type that it is a condition on */
	Parameter  *parameter;		/* of a _has: the reference of the other type */
	SearchModifier modifier;
	const char *modifier_type;	/* MODIFIER_TYPE, or of a chain: the only type; else NULL */
	bool		missing;		/* MODIFIER_MISSING: its value */
	List	   *values;			/* SearchValue */
	List	   *chain;			/* SearchCondition: one for each type that may be
								 * pointed to */
	struct SearchCondition *has;	/* on the type that points here, or NULL */

	/* found while it is answered */
	struct HTAB *references;	/* "Type/id" that a chain allows; or NULL */
} SearchCondition;

typedef struct SearchSort
{
	Parameter  *parameter;
	bool		descending;
} SearchSort;

/* _include and _revinclude. */
typedef struct SearchInclude
{
	const char *source;			/* type that holds the reference */
	Parameter  *parameter;		/* NULL: all of its references */
	const char *target;			/* type pointed to, or NULL */
	bool		reverse;
	bool		iterate;
} SearchInclude;

typedef enum SearchTotal
{
	TOTAL_BOUNDED,				/* not given: exact as far as it is cheap */
	TOTAL_NONE,
	TOTAL_ESTIMATE,
	TOTAL_ACCURATE
} SearchTotal;

typedef enum SearchSummary
{
	SUMMARY_FALSE,
	SUMMARY_TRUE,
	SUMMARY_TEXT,
	SUMMARY_DATA,
	SUMMARY_COUNT
} SearchSummary;

/* A parameter of the query as it was understood. */
typedef struct SearchPair
{
	const char *name;
	const char *value;
} SearchPair;

typedef struct SearchQuery
{
	const char *type;			/* resource type */
	const char *base_url;		/* without "/" at the end; or NULL */
	bool		strict;
	List	   *conditions;		/* SearchCondition */
	List	   *sorts;			/* SearchSort */
	List	   *includes;		/* SearchInclude */
	int			count;
	SearchTotal total;
	SearchSummary summary;
	List	   *elements;		/* char *: names of _elements */
	const char *page;			/* token of a later page, or NULL */
	List	   *issues;			/* OutcomeIssue: warnings */
	List	   *results;		/* SearchPair: what the answer is like, as understood */
	List	   *types;			/* char *: resource types that are published */
} SearchQuery;

#define SEARCH_DEFAULT_COUNT 50
#define SEARCH_MOST 1000		/* resources of a page; also of its includes */
#define SEARCH_DEEPEST_CHAIN 4
#define SEARCH_MOST_PARAMETERS 100
#define SEARCH_MOST_VALUES 1000 /* of one parameter */

/* in query.c */
extern SearchQuery *query_parse(const char *type, const char *text, const char *base_url,
								const char *handling, List *types);
extern char *query_self(const SearchQuery *query);

/* in query_known.c */
extern bool query_is_published(const SearchQuery *query, const char *type);
extern void query_unsupported(SearchQuery *query, const char *name, const char *why);

/* in query_condition.c */
extern SearchCondition *query_condition(SearchQuery *query, const char *resource, const char *name,
										const char *value, int depth);

/* in query_value.c */
extern List *query_split(const char *text, char separator);
extern char *query_unescape(const char *text);
extern void query_read_values(const SearchQuery *query, SearchCondition *condition);

/* in query_result.c */
extern bool query_result_parameter(SearchQuery *query, const char *name, const char *value);

/* in query_date.c */
extern bool query_date_range(const char *text, int len, pg_tz *zone, TimestampTz *low, TimestampTz *high,
							 bool *instant);
extern TimestampTz query_local_time(int64 local, pg_tz *zone);

/* in query_encode.c */
extern char *query_decode(const char *text, int len);
extern void query_encode(StringInfo to, const char *text);

#endif							/* FHIR_BRIDGE_QUERY_H */
