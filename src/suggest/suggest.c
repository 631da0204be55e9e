/*
 * suggest.c
 *		The functions that wait for an answer: aics_suggest, aics_search,
 *		morphology_suggest.
 *
 * All run with the caller's rights and the caller's user mapping.  What can be
 * refused is refused before the engine hears of it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"

#include "suggest/service/suggestion.h"
#include "suggest/service/answer_cache.h"
#include "suggest/service/client.h"
#include "suggest/service/many.h"
#include "suggest/service/utf8_service.h"
#include "suggest/shared/settings.h"
#include "suggest/suggest.h"
#include "suggest/shared/worker.h"

PG_FUNCTION_INFO_V1(fhir_bridge_aics_suggest);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_suggest_many);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_search);
PG_FUNCTION_INFO_V1(fhir_bridge_morphology_suggest);
PG_FUNCTION_INFO_V1(fhir_bridge_morphology_suggest_many);
PG_FUNCTION_INFO_V1(fhir_bridge_morphology_tokens);

/* Called once by _PG_init. */
void
suggest_init(void)
{
	suggest_settings_init();
	suggest_shared_init();
	suggest_worker_init();
}

/* The service or model that an argument names, as the caller may use it. */
static SuggestService *
named_service(text *name, SuggestKind kind)
{
	suggest_check_enabled();
	return suggest_service(suggest_server(text_to_cstring(name), kind, GetUserId()), GetUserId());
}

/* Raises 22023 for a number of rows that is none. */
static void
check_top(int top)
{
	if (top < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"top\" must be at least 1")));
}

/*
 * Begins a function's rows.  They stay in memory, whatever work_mem says: a
 * temporary file would have a patient's codes, and all of them are in memory
 * anyway.
 */
static void
begin_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	InitMaterializedSRF(fcinfo, 0);
	tuplestore_end(rsinfo->setResult);
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rsinfo->setResult = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0, false, MAX_KILOBYTES);
	MemoryContextSwitchTo(old);
}

/*
 * Writes the first suggestions of each list as rows; with a note's number in
 * front of them when there is one (number > 0).  A model's row has no list.
 */
static void
put_items(ReturnSetInfo *rsinfo, SuggestKind kind, const SuggestItem *items, int nitems, int top, int number)
{
	for (int i = 0; i < nitems; i++)
	{
		Datum		values[5];
		bool		nulls[5] = {false};
		int			n = 0;

		if (items[i].rank > top)
			continue;
		if (number > 0)
			values[n++] = Int32GetDatum(number);
		values[n++] = Int32GetDatum(items[i].rank);
		values[n++] = CStringGetTextDatum(items[i].icd);
		values[n++] = Float8GetDatum(items[i].prob);
		if (kind == SUGGEST_SERVICE)
			values[n++] = Int32GetDatum(items[i].list);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/* Suggestions for one note: arguments note, server, top. */
static Datum
suggest(FunctionCallInfo fcinfo, SuggestKind kind)
{
	char	   *note = suggest_note(PG_GETARG_TEXT_PP(0));
	int			top = PG_GETARG_INT32(2);
	SuggestService *service = named_service(PG_GETARG_TEXT_PP(1), kind);
	SuggestItems *found;

	check_top(top);
	service->top = top;
	begin_rows(fcinfo);
	found = suggest_one(service, note);
	put_items((ReturnSetInfo *) fcinfo->resultinfo, kind, found->items, found->nitems, top, 0);
	return (Datum) 0;
}

/*
 * The same for several notes: note_no is a note's place in the array, from 1; a
 * NULL note has no rows.
 */
static Datum
suggest_all(FunctionCallInfo fcinfo, SuggestKind kind)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int			top = PG_GETARG_INT32(2);
	SuggestService *service = named_service(PG_GETARG_TEXT_PP(1), kind);
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	SuggestNote *notes;
	int			nnotes = 0;

	check_top(top);
	service->top = top;
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	notes = palloc0(sizeof(SuggestNote) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			continue;
		notes[nnotes].number = i + 1;
		notes[nnotes++].text = suggest_note(DatumGetTextPP(elements[i]));
	}
	begin_rows(fcinfo);
	suggest_many(service, notes, nnotes);
	for (int i = 0; i < nnotes; i++)
		put_items((ReturnSetInfo *) fcinfo->resultinfo, kind, notes[i].items, notes[i].nitems, top, notes[i].number);
	return (Datum) 0;
}

/*
 * aics_suggest(note text, server text, top int)
 *		RETURNS TABLE (rank int, icd text, prob float8, list int)
 */
Datum
fhir_bridge_aics_suggest(PG_FUNCTION_ARGS)
{
	return suggest(fcinfo, SUGGEST_SERVICE);
}

/*
 * aics_suggest_many(notes text[], server text, top int)
 *		RETURNS TABLE (note_no int, rank int, icd text, prob float8, list int)
 */
Datum
fhir_bridge_aics_suggest_many(PG_FUNCTION_ARGS)
{
	return suggest_all(fcinfo, SUGGEST_SERVICE);
}

/*
 * morphology_suggest(note text, server text, top int)
 *		RETURNS TABLE (rank int, code text, prob float8)
 */
Datum
fhir_bridge_morphology_suggest(PG_FUNCTION_ARGS)
{
	return suggest(fcinfo, SUGGEST_MODEL);
}

/*
 * morphology_suggest_many(notes text[], server text, top int)
 *		RETURNS TABLE (note_no int, rank int, code text, prob float8)
 */
Datum
fhir_bridge_morphology_suggest_many(PG_FUNCTION_ARGS)
{
	return suggest_all(fcinfo, SUGGEST_MODEL);
}

/*
 * fhir_bridge_morphology_tokens(note text, server text) RETURNS jsonb
 *		[{"token", "id", "windows"}, ...], for morphology_tokens
 */
Datum
fhir_bridge_morphology_tokens(PG_FUNCTION_ARGS)
{
	char	   *note = suggest_note(PG_GETARG_TEXT_PP(0));
	SuggestService *service = named_service(PG_GETARG_TEXT_PP(1), SUGGEST_MODEL);
	SuggestRequest *request = suggest_model_request(service, SUGGEST_ASK_TOKENS, suggest_notes_body(service, &note, 1));
	SuggestAnswer answer;

	suggest_call(request, &answer);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(suggest_answer_text(answer.text, answer.length)));
}

/* A text that may be missing, as a row's value. */
static void
put_text(Datum *value, bool *isnull, const char *text)
{
	*isnull = (text == NULL);
	*value = text ? CStringGetTextDatum(text) : (Datum) 0;
}

/* The codes that a search finds, from the cache or from the service. */
static SuggestCodes *
search(SuggestService *service, const char *query)
{
	SuggestCacheKey key;
	SuggestCodes *found = suggest_recall_codes(service, query, &key);
	SuggestRequest *request;
	SuggestAnswer answer;

	if (found != NULL)
	{
		suggest_service_wipe(service);
		return found;
	}
	request = suggest_request(service, service->search_path, suggest_search_body(service, query));
	suggest_service_wipe(service);
	suggest_call(request, &answer);
	found = suggest_read_search(&answer);
	suggest_remember_codes(&key, found);
	return found;
}

/*
 * aics_search(query text, server text, top int)
 *		RETURNS TABLE (rank int, icd text, english_name text, chinese_name text, billable boolean)
 */
Datum
fhir_bridge_aics_search(PG_FUNCTION_ARGS)
{
	char	   *query = suggest_note(PG_GETARG_TEXT_PP(0));
	int			top = PG_GETARG_INT32(2);
	SuggestService *service = named_service(PG_GETARG_TEXT_PP(1), SUGGEST_SERVICE);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SuggestCodes *found;

	check_top(top);
	begin_rows(fcinfo);
	found = search(service, query);
	for (int i = 0; i < Min(found->ncodes, top); i++)
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(found->codes[i].icd);
		put_text(&values[2], &nulls[2], found->codes[i].english_name);
		put_text(&values[3], &nulls[3], found->codes[i].chinese_name);
		nulls[4] = (found->codes[i].billable < 0);
		values[4] = BoolGetDatum(found->codes[i].billable > 0);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
