/*
 * search_ndjson.c
 *		fhir_search_ndjson: all that a search finds, as lines.
 *
 * A page has an order and an end, and the next one is a query of its own: over a
 * view that is computed as a whole, each page costs what all of them do.  Here
 * the rows of each source are read once, in no order, by a query that is kept
 * open between the function's calls.  So it needs the same memory for ten
 * resources and for ten million, as long as it stands in a select list.
 *
 * A page leaves out rows that make no resource, and warns.  Lines have no place
 * for a warning: such a row is an error.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_search_ndjson);

/* Rows that are read and mapped together. */
#define BATCH_ROWS		200

#define MOST_CHUNK_BYTES	(256 * 1024 * 1024)

/* A search between two calls. */
typedef struct SearchLines
{
	FunctionCallInfo fcinfo;
	SearchAnswer *answer;
	MemoryContext context;		/* of all below but the batch */
	int			next;			/* number of the selection that is read next */
	SelectionScan *scan;		/* of the one before it; NULL: that has ended */
	const Selection *selection; /* of the scan */

	MemoryContext batch;		/* of the hits */
	List	   *hits;
	int			hit;			/* the next to be given */

	int			chunk_bytes;	/* that a value has at least but for the last; 0: a line each */
	StringInfoData chunk;		/* varlena header, lines each with a line feed */
	bool		found;			/* there is a value */
} SearchLines;

/* Parameters that say what a page is like have no meaning here. */
static void
refuse_pages(const SearchQuery *query)
{
	ListCell   *lc;

	if (query->page != NULL)
		outcome_error(SEARCH_INVALID, "not-supported", "_page has no meaning where all resources are asked for");
	foreach(lc, query->results)
	{
		const SearchPair *pair = lfirst(lc);

		if (strcmp(pair->name, "_elements") != 0 && (strcmp(pair->name, "_summary") != 0 || query->summary == SUMMARY_COUNT))
			outcome_error(SEARCH_INVALID, "not-supported", "%s has no meaning where all resources are asked for", pair->name);
	}
}

/* Work of forbidden_guard: makes the selections. */
static void
prepare(void *arg)
{
	SearchLines *lines = arg;
	FunctionCallInfo fcinfo = lines->fcinfo;

	lines->answer = search_prepare(fcinfo->flinfo->fn_oid, text_to_cstring(PG_GETARG_TEXT_PP(0)),
								   PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1)), NULL, "strict");
	refuse_pages(lines->answer->query);
}

/* The next selection's scan; false: there is none. */
static bool
next_scan(SearchLines *lines)
{
	MemoryContext old = MemoryContextSwitchTo(lines->context);

	while (lines->scan == NULL && lines->next < list_length(lines->answer->selections))
	{
		lines->selection = list_nth(lines->answer->selections, lines->next++);
		lines->scan = selection_scan_begin(lines->selection, BATCH_ROWS);
	}
	MemoryContextSwitchTo(old);
	return lines->scan != NULL;
}

/* The next rows with their resources, in the batch's memory; false: there are no more. */
static bool
next_batch(SearchLines *lines)
{
	lines->hits = NIL;
	lines->hit = 0;
	while (lines->hits == NIL && next_scan(lines))
	{
		int64		faulty = 0;
		MemoryContext old;

		MemoryContextReset(lines->batch);
		old = MemoryContextSwitchTo(lines->batch);
		lines->hits = selection_scan_next(lines->scan);
		hits_map(lines->hits, JSON_TEXT, &faulty);
		MemoryContextSwitchTo(old);
		if (faulty + lines->selection->judge->faulty > 0)
			outcome_error(SEARCH_FAULTY, "processing", "rows of mapping %s make no resource; fhir_map_check('%s') says why",
						  lines->selection->source->plan->fullname, lines->selection->source->plan->fullname);
		if (lines->hits == NIL)
			lines->scan = NULL;
	}
	return lines->hits != NIL;
}

/* Adds the next line to the chunk; false: there are no more. */
static bool
add_line(SearchLines *lines)
{
	MemoryContext old;
	SearchHit  *hit;

	do
	{
		if (lines->hit == list_length(lines->hits) && !next_batch(lines))
			return false;
		hit = list_nth(lines->hits, lines->hit++);
	} while (hit->json == NULL);
	old = MemoryContextSwitchTo(lines->batch);
	appendStringInfoString(&lines->chunk, subset_json(lines->answer->query, hit));
	MemoryContextSwitchTo(old);
	appendStringInfoChar(&lines->chunk, '\n');
	return true;
}

/* Work of forbidden_guard_last: makes the next value. */
static void
fill_chunk(void *arg)
{
	SearchLines *lines = arg;

	resetStringInfo(&lines->chunk);
	appendBinaryStringInfo(&lines->chunk, "\0\0\0\0", VARHDRSZ);
	while (lines->chunk.len - VARHDRSZ <= lines->chunk_bytes && add_line(lines))
		CHECK_FOR_INTERRUPTS();
	lines->found = lines->chunk.len > VARHDRSZ;
}

/* Called when the caller's query ends before the search has. */
static void
stop_search(Datum arg)
{
	SearchLines *lines = (SearchLines *) DatumGetPointer(arg);

	if (lines->scan != NULL)
		selection_scan_end(lines->scan);
	lines->scan = NULL;
}

/* Makes the search in the current context. */
static SearchLines *
begin_search(FunctionCallInfo fcinfo)
{
	SearchLines *lines = palloc0(sizeof(SearchLines));

	lines->fcinfo = fcinfo;
	lines->context = CurrentMemoryContext;
	lines->batch = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge lines", ALLOCSET_DEFAULT_SIZES);
	lines->chunk_bytes = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	if (lines->chunk_bytes < 0 || lines->chunk_bytes > MOST_CHUNK_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("chunk_bytes must be between 1 and %d", MOST_CHUNK_BYTES),
				 errhint("65536 is enough to spare the cost of single values; NULL gives a value for each line.")));
	initStringInfo(&lines->chunk);
	forbidden_guard(prepare, lines);
	return lines;
}

/*
 * fhir_search_ndjson(type text, query text, chunk_bytes int) RETURNS SETOF text
 *		The resources that a search finds, one line each, in no order, without
 *		the line feed; query is what stands behind "?" in a URL, and strict.
 *
 * NULL type gives nothing, a NULL query is an empty one.  chunk_bytes joins lines
 * by line feeds to values of at least so many bytes.  Errors have an
 * OperationOutcome as their DETAIL; a row that makes no resource is one.
 */
Datum
fhir_bridge_search_ndjson(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	SearchLines *lines;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		call = SRF_FIRSTCALL_INIT();
		if (PG_ARGISNULL(0))
			SRF_RETURN_DONE(call);
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		call->user_fctx = begin_search(fcinfo);
		MemoryContextSwitchTo(old);
		/* registered after the server's own, hence called before it */
		RegisterExprContextCallback(((ReturnSetInfo *) fcinfo->resultinfo)->econtext, stop_search, PointerGetDatum(call->user_fctx));
	}
	call = SRF_PERCALL_SETUP();
	lines = call->user_fctx;
	forbidden_guard_last(fill_chunk, lines);
	if (!lines->found)
	{
		UnregisterExprContextCallback(((ReturnSetInfo *) fcinfo->resultinfo)->econtext, stop_search, PointerGetDatum(lines));
		SRF_RETURN_DONE(call);
	}
	SET_VARSIZE(lines->chunk.data, lines->chunk.len - 1);
	SRF_RETURN_NEXT(call, PointerGetDatum(lines->chunk.data));
}
