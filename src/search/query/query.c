/*
 * query.c
 *		A query string taken apart.
 *
 * Each parameter is one of the answer's (query_result.c) or a condition
 * (query_condition.c).  One that nothing answers is an error where handling is
 * strict; else it is left out with a warning, also of the self link: it never
 * vanishes in silence.
 */
#include "postgres.h"

#include "search/query/query.h"

/* One parameter. */
static void
read_parameter(SearchQuery *query, const char *name, const char *value)
{
	SearchCondition *condition;

	if (value[0] == '\0')
	{
		query_unsupported(query, name, "has no value");
		return;
	}
	if (query_result_parameter(query, name, value))
		return;
	condition = query_condition(query, query->type, name, value, 0);
	if (condition == NULL)
		query_unsupported(query, name, "is not known here");
	else
		query->conditions = lappend(query->conditions, condition);
}

/* The parameters of the text, one after the other. */
static void
read_parameters(SearchQuery *query, const char *text)
{
	int			n = 0;

	while (*text != '\0')
	{
		int			len = strcspn(text, "&");
		const char *equal = memchr(text, '=', len);
		int			name = equal != NULL ? equal - text : len;

		if (++n > SEARCH_MOST_PARAMETERS)
			outcome_error(SEARCH_INVALID, "too-costly", "the query has more than %d parameters",
						  SEARCH_MOST_PARAMETERS);
		if (len > 0)
			read_parameter(query, query_decode(text, name),
						   equal != NULL ? query_decode(equal + 1, len - name - 1) : "");
		text += len + (text[len] == '&');
	}
}

/*
 * Parses the part of a URL behind the question mark.  type is the resource
 * type, types those that are published.  Raises errors for what is not well
 * formed, and with strict handling for what is not known.
 */
SearchQuery *
query_parse(const char *type, const char *text, const char *base_url, const char *handling, List *types)
{
	SearchQuery *query = palloc0(sizeof(SearchQuery));

	query->type = type;
	query->types = types;
	query->count = SEARCH_DEFAULT_COUNT;
	if (base_url != NULL)
	{
		char	   *base = pstrdup(base_url);

		while (base[0] != '\0' && base[strlen(base) - 1] == '/')
			base[strlen(base) - 1] = '\0';
		query->base_url = base;
	}
	if (strcmp(handling, "strict") != 0 && strcmp(handling, "lenient") != 0)
		outcome_error(SEARCH_INVALID, "value", "handling must be strict or lenient");
	query->strict = strcmp(handling, "strict") == 0;
	read_parameters(query, text);
	return query;
}

/* Appends name=value behind a "&" where it is not the first. */
static void
append_pair(StringInfo text, const char *name, const char *value)
{
	if (text->len > 0)
		appendStringInfoChar(text, '&');
	query_encode(text, name);
	appendStringInfoChar(text, '=');
	query_encode(text, value);
}

/* The query as it was understood, for the links; without a page's token. */
char *
query_self(const SearchQuery *query)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, query->conditions)
		append_pair(&text, ((SearchCondition *) lfirst(lc))->name, ((SearchCondition *) lfirst(lc))->value);
	foreach(lc, query->results)
		append_pair(&text, ((SearchPair *) lfirst(lc))->name, ((SearchPair *) lfirst(lc))->value);
	return text.data;
}
