/*
 * search_prepare.c
 *		From a query string to selections of its type's sources.
 */
#include "postgres.h"

#include "search/answer/answer.h"

/* May a published mapping of the type feed the parameter? */
static bool
is_fed(Oid function, const char *type, const Parameter *parameter)
{
	ListCell   *lc;

	foreach(lc, sources_open(function, type, NULL))
		if (invert_feeds(lfirst(lc), parameter))
			return true;
	return false;
}

/* Is a condition, and what it is chained to, fed?  Chains that are not are taken off. */
static bool
condition_is_fed(Oid function, SearchCondition *condition)
{
	ListCell   *lc;

	if (condition->has != NULL)
		return is_fed(function, condition->has->resource, condition->parameter) &&
			condition_is_fed(function, condition->has);
	if (!is_fed(function, condition->resource, condition->parameter))
		return false;
	if (condition->chain == NIL)
		return true;
	foreach(lc, condition->chain)
		if (!condition_is_fed(function, lfirst(lc)))
			condition->chain = foreach_delete_current(condition->chain, lc);
	return condition->chain != NIL;
}

/* Leaves out what no published mapping can answer. */
static void
drop_unfed(Oid function, SearchQuery *query)
{
	ListCell   *lc;

	foreach(lc, query->conditions)
	{
		SearchCondition *condition = lfirst(lc);

		if (condition_is_fed(function, condition))
			continue;
		query->conditions = foreach_delete_current(query->conditions, lc);
		query_unsupported(query, condition->name, "looks at what no published mapping has");
	}
	foreach(lc, query->sorts)
	{
		if (is_fed(function, query->type, ((SearchSort *) lfirst(lc))->parameter))
			continue;
		query->sorts = foreach_delete_current(query->sorts, lc);
		query_unsupported(query, "_sort", "looks at what no published mapping has");
	}
}

/*
 * Parses a search and makes its selections.  Raises errors for what is not well
 * formed, not published, or not permitted.
 */
SearchAnswer *
search_prepare(Oid function, const char *type, const char *text, const char *base_url, const char *handling)
{
	SearchAnswer *answer = palloc0(sizeof(SearchAnswer));
	ListCell   *lc;

	sources_check_type(function, type);
	answer->function = function;
	answer->total = -1;
	answer->query = query_parse(type, text, base_url, handling, sources_types(function));
	drop_unfed(function, answer->query);
	chain_resolve(function, answer->query->base_url, answer->query->conditions);
	foreach(lc, sources_open(function, type, answer->query->base_url))
		answer->selections = lappend(answer->selections,
									 selection_make(lfirst(lc), answer->query->conditions, answer->query->sorts));
	return answer;
}
