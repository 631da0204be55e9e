/*
 * read.c
 *		fhir_read: a resource by its id.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_read);

/* An error: the row of a mapping makes no resource. */
static void
pg_attribute_noreturn()
	faulty(const MappingPlan *plan, const char *why)
{
	outcome_error(SEARCH_FAULTY, "processing", "the row makes no resource by mapping %s: %s", plan->fullname, why);
}

/* RunFaultHandler: the first fault that refuses the row is the error. */
static void
raise_fault(void *plan, const RunFault *fault)
{
	if (fault->refuses)
		faulty(plan, fault->message);
}

/*
 * The resource of a row.  Its faults are the error, by their places and without
 * its values, which what an expression raises may hold.
 */
static Datum
map_hit(const SearchHit *hit, JsonForm form, bool *written)
{
	MappingPlan *plan = hit->selection->source->plan;
	HeapTupleData space;
	Datum		result = (Datum) 0;
	RunOutcome	outcome = run_guarded_once(hit_run(hit, form), raise_fault, plan, hit_tuple(hit, &space), &result);

	if (outcome == ROW_REFUSED)
		faulty(plan, "it has faults");
	*written = outcome == ROW_MAPPED;
	return result;
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

/* IdWrite: the row with the id's tag. */
static bool
select_row(ExportSql *sql, const SearchSource *source, const char *id)
{
	FuncExpr   *call = invert_own_id_call(source);
	Selection  *selection = selection_make((SearchSource *) source, NIL, NIL);
	Predicate	tagged = call != NULL ? invert_id_tagged(source, call, id) : predicate_unknown();

	/* what judges rows is of one search */
	if (tagged.node == NULL || predicate_is(selection->where, false) || selection->judged != NULL)
		return false;
	selection->unique = true;
	selection->key = NIL;
	selection->where = predicate_and(selection->where, tagged);
	selection_select(sql, selection, PHASE_ALL, NULL, 1);
	return true;
}

/* Is this the id of a resource? */
static bool
id_is(Datum json, const char *id)
{
	text	   *resource = DatumGetTextPP(json);
	TextPart	present = text_member((TextPart){VARDATA_ANY(resource), (int) VARSIZE_ANY_EXHDR(resource)}, "id");
	int			length = strlen(id);

	/* an id has no escapes */
	return present.at != NULL && present.size == length + 2 && memcmp(present.at + 1, id, length) == 0;
}

/*
 * The row of a source with an id, and its resource.  False: there is none that
 * is seen, or it is of another version, where one is asked for.
 *
 * The row is found by its tag alone: the resource has the id, which is made
 * once.  Where it has another one of the same tag, of which there are 2^64, the
 * row is looked for by the id.
 */
static bool
read_source(SearchSource *source, const char *id, const char *version, Datum *json)
{
	Selection  *selection = palloc0(sizeof(Selection));
	List	   *hits = NIL;
	bool		found = false;

	selection->source = source;
	if (selection_rows_by_id(selection, &source->plan->facts->read, id, select_row, &hits))
	{
		if (hits == NIL)
			return false;
		*json = map_hit(linitial(hits), JSON_TEXT, &found);
	}
	if (!found || !id_is(*json, id))
	{
		hits = selection_rows(select_id(source, id), PHASE_ALL, NULL, 1);
		if (hits == NIL)
			return false;
		*json = map_hit(linitial(hits), JSON_TEXT, &found);
	}
	return found && (version == NULL || version_agrees(linitial(hits), version));
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
		if (read_source(lfirst(lc), call->id, call->version, &call->json))
		{
			call->found = true;
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
