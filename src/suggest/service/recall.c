/*
 * recall.c
 *		What the cache holds: notes' suggestions and searches' codes, as JSON.
 *
 * An answer is written in the service's own shape, and read again by what
 * reads the service.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

#include "suggest/service/answer_cache.h"
#include "suggest/service/utf8_service.h"

/*
 * Suggestions as JSON, palloc'd, in the database's encoding: a list of lists.
 * Numbers have all their digits, whatever the session's extra_float_digits.
 */
char *
suggest_write_items(const SuggestItem *items, int nitems)
{
	StringInfoData out;
	int			list = 0;

	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	for (int i = 0; i < nitems; i++)
	{
		char		prob[DOUBLE_SHORTEST_DECIMAL_LEN];

		/* a list of the service may be empty */
		for (; list < items[i].list; list++)
			appendStringInfoString(&out, list == 0 ? "[" : "],[");
		appendStringInfoString(&out, items[i].rank > 1 ? ",{\"icd\":" : "{\"icd\":");
		escape_json(&out, items[i].icd);
		double_to_shortest_decimal_buf(items[i].prob, prob);
		appendStringInfo(&out, ",\"prob\":%s}", prob);
	}
	appendStringInfoString(&out, list > 0 ? "]]" : "]");
	return out.data;
}

/*
 * The suggestions for a note that the cache has, or NULL; *key is the note's
 * from then on.  whole asks for all lists, as the service sends them for a
 * note alone.
 */
SuggestItems *
suggest_recall(const SuggestService *service, char *note, bool whole, SuggestCacheKey *key)
{
	SuggestAnswer answer;

	key->seconds = 0;
	if (service->cache_seconds == 0)
		return NULL;
	suggest_cache_key(service, suggest_notes_path(service), suggest_notes_body(service, &note, 1), key);
	return suggest_cache_find(key, whole, &answer) ? suggest_read_diagnosis(&answer) : NULL;
}

/* Keeps a note's suggestions, if there are any. */
void
suggest_remember(const SuggestCacheKey *key, bool whole, const SuggestItem *items, int nitems)
{
	char	   *text;

	if (key->seconds == 0 || nitems == 0)
		return;
	text = suggest_write_items(items, nitems);
	suggest_cache_keep(key, whole, suggest_to_utf8(text, strlen(text), "an answer"));
}

/* The same for a search. */
SuggestCodes *
suggest_recall_codes(const SuggestService *service, const char *query, SuggestCacheKey *key)
{
	SuggestAnswer answer;

	key->seconds = 0;
	if (service->cache_seconds == 0)
		return NULL;
	suggest_cache_key(service, service->search_path, suggest_search_body(service, query), key);
	return suggest_cache_find(key, true, &answer) ? suggest_read_search(&answer) : NULL;
}

/* Appends a member of a code, if the service has told it. */
static void
append_member(StringInfo out, const char *name, const char *text)
{
	if (text == NULL)
		return;
	if (out->data[out->len - 1] != '{')
		appendStringInfoChar(out, ',');
	appendStringInfo(out, "\"%s\":", name);
	escape_json(out, text);
}

/* Keeps a search's codes, if there are any. */
void
suggest_remember_codes(const SuggestCacheKey *key, const SuggestCodes *codes)
{
	StringInfoData out;

	if (key->seconds == 0 || codes->ncodes == 0)
		return;
	initStringInfo(&out);
	appendStringInfoString(&out, "{\"children\":[{\"icd10_list\":[");
	for (int i = 0; i < codes->ncodes; i++)
	{
		const SuggestCode *code = &codes->codes[i];

		appendStringInfoString(&out, i > 0 ? ",{" : "{");
		append_member(&out, "code", code->icd);
		append_member(&out, "english_name", code->english_name);
		append_member(&out, "chinese_name", code->chinese_name);
		if (code->billable >= 0)
			appendStringInfo(&out, ",\"billable\":%s", code->billable ? "true" : "false");
		appendStringInfoChar(&out, '}');
	}
	appendStringInfoString(&out, "]}]}");
	suggest_cache_keep(key, true, suggest_to_utf8(out.data, out.len, "an answer"));
}
