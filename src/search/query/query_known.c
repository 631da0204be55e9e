/*
 * query_known.c
 *		What is known here, and what becomes of a parameter that is not.
 */
#include "postgres.h"

#include "search/query/query.h"

/* Is a resource type published? */
bool
query_is_published(const SearchQuery *query, const char *type)
{
	ListCell   *lc;

	foreach(lc, query->types)
		if (strcmp(lfirst(lc), type) == 0)
			return true;
	return false;
}

/* Leaves a parameter out with a warning, or raises an error when handling is strict. */
void
query_unsupported(SearchQuery *query, const char *name, const char *why)
{
	if (query->strict)
		outcome_error(SEARCH_INVALID, "not-supported", "parameter \"%s\" %s", outcome_name(name), why);
	query->issues = lappend(query->issues,
							outcome_issue("warning", "not-supported", "parameter \"%s\" %s; it was left out",
										  outcome_name(name), why));
}
