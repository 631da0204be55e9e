/*
 * query_result.c
 *		The parameters that say what the answer is like.
 */
#include "postgres.h"

#include "search/query/query.h"

/* Notes a parameter for the self link. */
static void
note(SearchQuery *query, const char *name, const char *value)
{
	SearchPair *pair = palloc(sizeof(SearchPair));

	pair->name = name;
	pair->value = value;
	query->results = lappend(query->results, pair);
}

/* The number of the value among names; an error that lists them when it is none. */
static int
choose(const char *parameter, const char *value, const char *const *names, int n)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < n; i++)
	{
		if (strcmp(names[i], value) == 0)
			return i;
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	outcome_error(SEARCH_INVALID, "value", "%s must be one of: %s", parameter, list.data);
}

/* _count: clamped, and an error when it is no number. */
static void
read_count(SearchQuery *query, const char *value)
{
	if (strspn(value, "0123456789") != strlen(value))
		outcome_error(SEARCH_INVALID, "value", "_count must be a whole number");
	query->count = strlen(value) > 6 ? SEARCH_MOST : Min(atoi(value), SEARCH_MOST);
	note(query, "_count", psprintf("%d", query->count));
}

/* _sort: codes with commas, "-" before those that descend. */
static void
read_sort(SearchQuery *query, const char *value)
{
	StringInfoData understood;
	ListCell   *lc;

	initStringInfo(&understood);
	foreach(lc, query_split(value, ','))
	{
		const char *code = lfirst(lc);
		SearchSort *sort = palloc0(sizeof(SearchSort));

		sort->descending = code[0] == '-';
		sort->parameter = parameter_find(query->type, code + sort->descending);
		if (sort->parameter == NULL || sort->parameter->kind == PARAMETER_COMPOSITE ||
			sort->parameter->kind == PARAMETER_SPECIAL)
		{
			query_unsupported(query, "_sort", psprintf("cannot sort by \"%s\"", outcome_name(code)));
			continue;
		}
		if (list_length(query->sorts) >= 4)
			outcome_error(SEARCH_INVALID, "too-costly", "_sort takes at most 4 parameters");
		query->sorts = lappend(query->sorts, sort);
		appendStringInfo(&understood, "%s%s", understood.len > 0 ? "," : "", code);
	}
	if (understood.len > 0)
		note(query, "_sort", understood.data);
}

/* _elements: names with commas. */
static void
read_elements(SearchQuery *query, const char *value)
{
	query->elements = list_concat(query->elements, query_split(value, ','));
	note(query, "_elements", value);
}

/*
 * _include and _revinclude: Type:parameter[:target], Type:*, or "*".  The
 * modifier is NULL or "iterate".
 */
static void
read_include(SearchQuery *query, const char *name, const char *modifier, const char *value, bool reverse)
{
	SearchInclude *include = palloc0(sizeof(SearchInclude));
	List	   *parts = query_split(value, ':');
	const char *code = list_length(parts) > 1 ? lsecond(parts) : "*";

	include->reverse = reverse;
	include->iterate = modifier != NULL;
	include->source = strcmp(linitial(parts), "*") == 0 ? query->type : linitial(parts);
	include->target = list_length(parts) > 2 ? lthird(parts) : NULL;
	if (list_length(parts) > 3 || (modifier != NULL && strcmp(modifier, "iterate") != 0 && strcmp(modifier, "recurse") != 0))
		outcome_error(SEARCH_INVALID, "value", "%s must be Type:parameter, Type:parameter:target, or with :iterate", name);
	if (!query_is_published(query, include->source))
	{
		query_unsupported(query, name, "names a resource type that is not published");
		return;
	}
	if (strcmp(code, "*") != 0)
	{
		include->parameter = parameter_find(include->source, code);
		if (include->parameter == NULL || include->parameter->kind != PARAMETER_REFERENCE)
		{
			query_unsupported(query, name, "names no reference parameter");
			return;
		}
	}
	query->includes = lappend(query->includes, include);
	note(query, modifier != NULL ? psprintf("%s:%s", name, modifier) : name, value);
}

/* Is this one of the names of FHIR's JSON, with or without a version?  A plus that was not escaped has become a blank. */
static bool
is_json(const char *format)
{
	static const char *const names[] = {"json", "application/json", "application/fhir+json", "application/fhir json",
										"text/json", "application/json+fhir", "application/json fhir"};
	size_t		length = strcspn(format, ";");

	for (int i = 0; i < lengthof(names); i++)
		if (strlen(names[i]) == length && pg_strncasecmp(format, names[i], length) == 0)
			return true;
	return false;
}

/* _format and _pretty: all is JSON here, and to indent it is the gateway's affair. */
static void
read_form(SearchQuery *query, const char *name, const char *value)
{
	if (strcmp(name, "_format") == 0 && !is_json(value))
		query_unsupported(query, name, "asks for what is not JSON");
	else if (strcmp(name, "_pretty") == 0 && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		query_unsupported(query, name, "is neither true nor false");
	else
		note(query, name, value);
}

/*
 * Takes a parameter if it is one of the answer's; false when it is not.  Raises
 * errors for values that it cannot have.
 */
bool
query_result_parameter(SearchQuery *query, const char *name, const char *value)
{
	static const char *const totals[] = {"none", "estimate", "accurate"};
	static const char *const summaries[] = {"false", "true", "text", "data", "count"};
	const char *modifier = strchr(name, ':');

	if (strncmp(name, "_include", 8) == 0 && (name[8] == '\0' || name[8] == ':'))
		read_include(query, "_include", modifier ? modifier + 1 : NULL, value, false);
	else if (strncmp(name, "_revinclude", 11) == 0 && (name[11] == '\0' || name[11] == ':'))
		read_include(query, "_revinclude", modifier ? modifier + 1 : NULL, value, true);
	else if (strcmp(name, "_count") == 0)
		read_count(query, value);
	else if (strcmp(name, "_sort") == 0)
		read_sort(query, value);
	else if (strcmp(name, "_elements") == 0)
		read_elements(query, value);
	else if (strcmp(name, "_total") == 0)
	{
		query->total = TOTAL_NONE + choose(name, value, totals, lengthof(totals));
		note(query, name, value);
	}
	else if (strcmp(name, "_summary") == 0)
	{
		query->summary = choose(name, value, summaries, lengthof(summaries));
		note(query, name, value);
	}
	else if (strcmp(name, "_page") == 0)
		query->page = value;
	else if (strcmp(name, "_format") == 0 || strcmp(name, "_pretty") == 0)
		read_form(query, name, value);
	else
		return false;
	return true;
}
