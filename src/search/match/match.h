/*
 * match.h
 *		Does a resource meet a condition?  R4's search, judged on the resource.
 *
 * This is what a search means.  Conditions are turned into SQL on the source's
 * columns where that gives the same answer sooner (room invert); wherever it
 * might not, the resource is made and judged here.
 */
#ifndef FHIR_BRIDGE_MATCH_H
#define FHIR_BRIDGE_MATCH_H

#include "postgres.h"

#include "search/query/query.h"
#include "utils/hsearch.h"
#include "utils/jsonb.h"

/* What values are compared under. */
typedef struct MatchContext
{
	pg_tz	   *zone;			/* of the mapping; NULL: UTC */
	const char *base_url;		/* or NULL */
} MatchContext;

/* Is told of a value that a path leads to; returns whether to stop. */
typedef bool (*MatchVisitor) (JsonbValue *value, const ParameterPath *path, void *arg);

/* A key of SearchCondition.references. */
#define MATCH_KEY_LENGTH 136

/* A value to sort by: what is set depends on the parameter's kind. */
typedef struct MatchSort
{
	bool		missing;
	TimestampTz time;
	Numeric		number;
	char	   *text;			/* folded for strings */
} MatchSort;

/* in match.c */
extern bool match_walk(JsonbContainer *root, JsonbContainer *start, const ParameterPath *path,
					   MatchVisitor visitor, void *arg);
extern bool match_condition(const MatchContext *context, const SearchCondition *condition, Jsonb *resource);

/* in match_member.c */
extern bool match_member(JsonbContainer *object, const char *name, JsonbValue *value);
extern char *match_member_text(JsonbContainer *object, const char *name);
extern char *match_text(const JsonbValue *value);

/* in match_value.c */
extern bool match_value(const MatchContext *context, const SearchCondition *condition, const Parameter *parameter,
						const SearchValue *wanted, JsonbValue *value, const ParameterPath *path);
extern char *match_reference_target(const MatchContext *context, const JsonbValue *value);
extern HTAB *match_keys_create(void);
extern void match_keys_add(HTAB *keys, const char *key);
extern bool match_coding(JsonbContainer *coding, const SearchValue *wanted);
extern bool match_concept(JsonbContainer *concept, const SearchValue *wanted);
extern bool match_token_text(const SearchValue *wanted, const char *text, R4Set set);

/* in match_range.c */
extern bool match_period(SearchPrefix prefix, TimestampTz wanted_low, TimestampTz wanted_high,
						 TimestampTz low, TimestampTz high, TimestampTz now);
extern bool match_date(const MatchContext *context, const SearchValue *wanted, JsonbValue *value,
					   const ParameterPath *path);
extern bool match_time_range(const MatchContext *context, JsonbValue *value, const ParameterPath *path,
							 TimestampTz *low, TimestampTz *high);
extern bool match_number(const SearchValue *wanted, JsonbValue *value, const ParameterPath *path);
extern bool match_quantity(const SearchValue *wanted, JsonbValue *value, const ParameterPath *path);
extern void match_number_bounds(const SearchValue *wanted, Numeric *low, Numeric *high);

/* in match_sort.c */
extern void match_sort(const MatchContext *context, const SearchSort *sort, Jsonb *resource, MatchSort *result);

#endif							/* FHIR_BRIDGE_MATCH_H */
