/*
 * search_prepare.c
 *		From a query string to selections of its type's sources.
 */
#include "postgres.h"

#include "search/answer/answer.h"

/* Is a condition, and what it is chained to, fed?  Chains that are not are taken off. */
static bool
condition_is_fed(SearchSources *all, SearchCondition *condition)
{
	ListCell   *lc;

	if (condition->has != NULL)
		return sources_feed(all, condition->has->resource, condition->parameter) &&
			condition_is_fed(all, condition->has);
	if (!sources_feed(all, condition->resource, condition->parameter))
		return false;
	if (condition->chain == NIL)
		return true;
	foreach(lc, condition->chain)
		if (!condition_is_fed(all, lfirst(lc)))
			condition->chain = foreach_delete_current(condition->chain, lc);
	return condition->chain != NIL;
}

/* Leaves out what no published mapping can answer. */
static void
drop_unfed(SearchSources *all, SearchQuery *query)
{
	ListCell   *lc;

	foreach(lc, query->conditions)
	{
		SearchCondition *condition = lfirst(lc);

		if (condition_is_fed(all, condition))
			continue;
		query->conditions = foreach_delete_current(query->conditions, lc);
		query_unsupported(query, condition->name, "looks at what no published mapping has");
	}
	foreach(lc, query->sorts)
	{
		if (sources_feed(all, query->type, ((SearchSort *) lfirst(lc))->parameter))
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
	answer->sources = sources_begin(function, base_url);
	answer->total = -1;
	answer->query = query_parse(type, text, base_url, handling, sources_types(function));
	answer->sources->base_url = answer->query->base_url;
	drop_unfed(answer->sources, answer->query);
	answer->self = query_self(answer->query);
	chain_resolve(answer->sources, answer->query->conditions);
	foreach(lc, sources_open(answer->sources, type))
		answer->selections = lappend(answer->selections,
									 selection_make(lfirst(lc), answer->query->conditions, answer->query->sorts));
	return answer;
}
