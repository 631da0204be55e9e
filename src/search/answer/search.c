/*
 * search.c
 *		fhir_search: a FHIR search, answered from the source tables.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_search);

/* So many matches are counted when no _total is asked for. */
#define COUNTED 10000

/* How many matches the planner expects, which are more than were counted. */
static int64
estimate_all(const SearchAnswer *answer)
{
	double		total = 0;
	ListCell   *lc;

	foreach(lc, answer->selections)
	{
		ExportSql	sql;

		selection_select(&sql, lfirst(lc), PHASE_ALL, NULL, PG_INT32_MAX);
		total += export_sql_rows(&sql);
	}
	return Max((int64) total, COUNTED + 1);
}

/* How many matches there are; -1 where that is not told. */
static int64
count_all(const SearchAnswer *answer)
{
	SearchTotal mode = answer->query->total;
	bool		alone = answer->query->summary == SUMMARY_COUNT || answer->query->count == 0;
	int64		limit = (mode == TOTAL_BOUNDED && !alone) || mode == TOTAL_ESTIMATE ? COUNTED + 1 : -1;
	int64		total = 0;
	ListCell   *lc;

	if (mode == TOTAL_NONE)
		return -1;
	foreach(lc, answer->selections)
	{
		total += selection_count(lfirst(lc), limit);
		if (limit >= 0 && total > COUNTED)
			return mode == TOTAL_ESTIMATE ? estimate_all(answer) : -1;
	}
	return total;
}

/* Warns of rows that were left out, one issue a mapping. */
static void
warn_of_faulty(SearchAnswer *answer, const Selection *selection, int64 faulty)
{
	if (faulty > 0)
		answer->query->issues = lappend(answer->query->issues,
										outcome_issue("warning", "incomplete",
													  INT64_FORMAT " rows of mapping %s were left out because they make no resource; fhir_map_check('%s') says why",
													  faulty, selection->source->plan->fullname, selection->source->plan->fullname));
}

/* Makes the page's resources. */
static void
map_page(SearchAnswer *answer)
{
	ListCell   *lc;

	foreach(lc, answer->selections)
	{
		Selection  *selection = lfirst(lc);
		List	   *own = NIL;
		int64		faulty = selection->judge->faulty;
		ListCell   *one;

		foreach(one, answer->hits)
			if (((SearchHit *) lfirst(one))->selection == selection)
				own = lappend(own, lfirst(one));
		hits_map(own, JSON_TEXT, &faulty);
		warn_of_faulty(answer, selection, faulty);
	}
}

/* Finds the page. */
static void
find_page(SearchAnswer *answer)
{
	SearchPosition *position = page_position(answer);
	bool		more;

	if (answer->query->summary == SUMMARY_COUNT || answer->query->count == 0)
	{
		answer->total = count_all(answer);
		return;
	}
	more = fetch_page(answer, position);
	map_page(answer);
	if (position != NULL)
		answer->total = position->total;
	else if (more)
		answer->total = count_all(answer);
	else if (answer->query->total != TOTAL_NONE)
	{
		ListCell   *lc;

		answer->total = 0;
		foreach(lc, answer->hits)
			answer->total += ((SearchHit *) lfirst(lc))->json != NULL;
	}
	if (more)
		answer->next = page_token(answer, llast(answer->hits));
	include_all(answer);
}

/* Appends a link. */
static void
append_link(StringInfo json, const SearchAnswer *answer, const char *relation, const char *token)
{
	StringInfoData url;
	const char *self = answer->self;

	initStringInfo(&url);
	if (answer->query->base_url != NULL)
		appendStringInfo(&url, "%s/", answer->query->base_url);
	appendStringInfo(&url, "%s", answer->query->type);
	if (self[0] != '\0' || token != NULL)
		appendStringInfo(&url, "?%s", self);
	if (token != NULL)
		appendStringInfo(&url, "%s_page=%s", self[0] != '\0' ? "&" : "", token);
	appendStringInfo(json, "{\"relation\":\"%s\",\"url\":", relation);
	escape_json(json, url.data);
	appendStringInfoChar(json, '}');
}

/* Appends the entries of hits. */
static void
append_hits(StringInfo json, const SearchAnswer *answer, List *hits, const char *mode, const char **comma)
{
	ListCell   *lc;

	foreach(lc, hits)
	{
		SearchHit  *hit = lfirst(lc);

		if (hit->json == NULL)
			continue;
		appendStringInfo(json, "%s{", *comma);
		if (answer->query->base_url != NULL && hit_id(hit) != NULL)
		{
			appendStringInfoString(json, "\"fullUrl\":");
			escape_json(json, psprintf("%s/%s/%s", answer->query->base_url, hit->selection->source->type, hit_id(hit)));
			appendStringInfoChar(json, ',');
		}
		appendStringInfo(json, "\"resource\":%s,\"search\":{\"mode\":\"%s\"}}", subset_json(answer->query, hit), mode);
		*comma = ",";
	}
}

/* The searchset Bundle. */
static char *
write_bundle(const SearchAnswer *answer)
{
	StringInfoData json;
	const char *comma = "";
	StringInfoData entries;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
	if (answer->total >= 0)
		appendStringInfo(&json, ",\"total\":" INT64_FORMAT, answer->total);
	appendStringInfoString(&json, ",\"link\":[");
	append_link(&json, answer, "self", answer->query->page);
	if (answer->next != NULL)
	{
		appendStringInfoChar(&json, ',');
		append_link(&json, answer, "next", answer->next);
	}
	appendStringInfoChar(&json, ']');
	initStringInfo(&entries);
	append_hits(&entries, answer, answer->hits, "match", &comma);
	append_hits(&entries, answer, answer->included, "include", &comma);
	if (answer->query->issues != NIL)
	{
		appendStringInfo(&entries, "%s{\"resource\":", comma);
		outcome_write(&entries, answer->query->issues);
		appendStringInfoString(&entries, ",\"search\":{\"mode\":\"outcome\"}}");
	}
	if (entries.len > 0)
		appendStringInfo(&json, ",\"entry\":[%s]", entries.data);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* The arguments of a search, and its answer. */
typedef struct SearchCall
{
	FunctionCallInfo fcinfo;
	char	   *bundle;
} SearchCall;

/* An argument that is text; a default where it is NULL. */
static const char *
text_argument(FunctionCallInfo fcinfo, int n, const char *otherwise)
{
	return PG_ARGISNULL(n) ? otherwise : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Searches: work of forbidden_guard. */
static void
search(void *arg)
{
	SearchCall *call = arg;
	FunctionCallInfo fcinfo = call->fcinfo;
	SearchAnswer *answer = search_prepare(fcinfo->flinfo->fn_oid, text_argument(fcinfo, 0, NULL), text_argument(fcinfo, 1, ""),
										  text_argument(fcinfo, 2, NULL), text_argument(fcinfo, 3, "lenient"));

	find_page(answer);
	call->bundle = write_bundle(answer);
}

/*
 * fhir_search(type text, query text, base_url text, handling text) RETURNS json
 *		A searchset Bundle; query is what stands behind "?" in a URL.
 *
 * NULL type gives NULL; a NULL query is an empty one, NULL base_url makes
 * links without one.  Errors have an OperationOutcome as their DETAIL.
 */
Datum
fhir_bridge_search(PG_FUNCTION_ARGS)
{
	SearchCall	call = {fcinfo};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	forbidden_guard(search, &call);
	PG_RETURN_TEXT_P(cstring_to_text(call.bundle));
}
