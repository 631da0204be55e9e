/*
 * read.c
 *		fhir_read: a resource by its id.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_read);

/* A row on its way through the guard. */
typedef struct ReadRow
{
	HeapTuple	tuple;
	RunOutcome	outcome;
	Datum		result;
	char	   *fault;			/* the first that refuses the row; or NULL */
} ReadRow;

/* RunFaultHandler: keeps the first fault that refuses the row. */
static void
keep_fault(void *arg, const RunFault *fault)
{
	ReadRow    *row = arg;

	if (fault->refuses && row->fault == NULL)
		row->fault = pstrdup(fault->message);
}

/* RunGuardBody: maps the row. */
static void
map_row(RunGuard *guard, void *arg)
{
	ReadRow    *row = arg;

	row->outcome = run_guard_tuple(guard, row->tuple, &row->result);
}

/*
 * The resource of a row.  Its faults are the error, by their places and without
 * its values, which what an expression raises may hold.
 */
static Datum
map_hit(const SearchHit *hit, JsonForm form, bool *written)
{
	ReadRow		row = {.outcome = ROW_LEFT_OUT};
	HeapTupleData space;

	row.tuple = hit_tuple(hit, &space);
	run_guarded(hit_run(hit, form), keep_fault, &row, map_row, &row);
	if (row.outcome == ROW_REFUSED)
		outcome_error(SEARCH_FAULTY, "processing", "the row makes no resource by mapping %s: %s",
					  hit->selection->source->plan->fullname, row.fault != NULL ? row.fault : "it has faults");
	*written = row.outcome == ROW_MAPPED;
	return row.result;
}

/* Is the version that of the row's resource? */
static bool
version_agrees(const SearchHit *hit, const char *version)
{
	bool		written;
	Datum		resource = map_hit(hit, JSON_BINARY, &written);
	JsonbValue	meta;
	char	   *present;

	if (!written || !match_member(&DatumGetJsonbP(resource)->root, "meta", &meta) || meta.type != jbvBinary)
		return false;
	present = match_member_text(meta.val.binary.data, "versionId");
	return present != NULL && strcmp(present, version) == 0;
}

/* The selection of the row with an id. */
static Selection *
select_id(SearchSource *source, const char *id)
{
	Selection  *selection = selection_make(source, list_make1(include_condition(source->type, "_id", list_make1(pstrdup(id)))), NIL);

	selection->unique = true;
	return selection;
}

/* IdWrite: the row. */
static bool
select_row(ExportSql *sql, const SearchSource *source, const char *id)
{
	Selection  *selection = select_id((SearchSource *) source, id);

	/* what judges rows is of one search */
	if (predicate_is(selection->where, false) || selection->judged != NULL)
		return false;
	selection_select(sql, selection, PHASE_ALL, NULL, 1);
	return true;
}

/* The row of a source with an id: a SearchHit without its resource, or NIL. */
static List *
find_row(SearchSource *source, const char *id)
{
	Selection  *selection = palloc0(sizeof(Selection));
	List	   *hits = NIL;

	selection->source = source;
	selection->key = source->key;
	if (selection_rows_by_id(selection, &source->plan->facts->read, id, select_row, &hits))
		return hits;
	return selection_rows(select_id(source, id), PHASE_ALL, NULL, 1);
}

/* The arguments of a read, and its result. */
typedef struct ReadCall
{
	Oid			function;
	char	   *type;
	char	   *id;
	char	   *version;		/* or NULL */
	bool		found;
	Datum		json;
} ReadCall;

/* Reads: work of forbidden_guard. */
static void
read_resource(void *arg)
{
	ReadCall   *call = arg;
	ListCell   *lc;

	sources_check_type(call->function, call->type);
	if (!r4_text_is_valid(R4_ID, call->id, strlen(call->id)))
		return;
	foreach(lc, sources_open(sources_begin(call->function, NULL), call->type))
	{
		List	   *hits = find_row(lfirst(lc), call->id);

		if (hits == NIL || (call->version != NULL && !version_agrees(linitial(hits), call->version)))
			continue;
		call->json = map_hit(linitial(hits), JSON_TEXT, &call->found);
		if (call->found)
			return;
	}
}

/*
 * fhir_read(type text, id text, version text) RETURNS json
 *		The resource of a published mapping by its id; NULL when there is none
 *		that the caller may see, or when its meta.versionId is another version.
 *
 * Raises an error for a type that is not published, and for a row that makes no
 * resource because of its faults.
 */
Datum
fhir_bridge_read(PG_FUNCTION_ARGS)
{
	ReadCall	call = {fcinfo->flinfo->fn_oid};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	call.type = text_to_cstring(PG_GETARG_TEXT_PP(0));
	call.id = text_to_cstring(PG_GETARG_TEXT_PP(1));
	call.version = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	forbidden_guard(read_resource, &call);
	if (!call.found)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(call.json);
}
