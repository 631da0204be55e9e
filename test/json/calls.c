/*
 * calls.c
 *		The json room's single calls as SQL functions, for the tests.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "json/blank.h"
#include "json/json.h"

PG_FUNCTION_INFO_V1(json_test_escape);
PG_FUNCTION_INFO_V1(json_test_key);
PG_FUNCTION_INFO_V1(json_test_key_order);
PG_FUNCTION_INFO_V1(json_test_fragment);
PG_FUNCTION_INFO_V1(json_test_fragment_text);
PG_FUNCTION_INFO_V1(json_test_splice);
PG_FUNCTION_INFO_V1(json_test_splice_text);
PG_FUNCTION_INFO_V1(json_test_numeric);
PG_FUNCTION_INFO_V1(json_test_numeric_text);
PG_FUNCTION_INFO_V1(json_test_int64_text);
PG_FUNCTION_INFO_V1(json_test_number);
PG_FUNCTION_INFO_V1(json_test_number_text);
PG_FUNCTION_INFO_V1(json_test_prune);
PG_FUNCTION_INFO_V1(json_test_prune_keeps);
PG_FUNCTION_INFO_V1(json_test_blank);
PG_FUNCTION_INFO_V1(json_test_reuse);
PG_FUNCTION_INFO_V1(json_test_misuse);

/* A writer that goes with the call. */
static JsonWriter *
new_writer(JsonForm form)
{
	JsonWriter *w = palloc(sizeof(JsonWriter));

	json_writer_init(w, form, CurrentMemoryContext);
	return w;
}

/*
 * Begins an array of two members and writes a string of n bytes, so that the
 * second begins at any alignment; n below 0 leaves the value at the root.
 */
static JsonWriter *
begin_shifted(JsonForm form, int n)
{
	JsonWriter *w = new_writer(form);

	if (n >= 0)
	{
		char	   *to;

		json_begin_array(w, 2);
		to = json_string_reserve(w, n);
		memset(to, 'x', n);
		json_string_commit(w, n);
	}
	return w;
}

static Datum
finish_shifted(JsonWriter *w, int n)
{
	if (n >= 0)
		json_end(w);
	return json_finish(w);
}

/* json_test_escape(text) RETURNS text: a string with its quotes */
Datum
json_test_escape(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);
	JsonWriter *w = new_writer(JSON_TEXT);

	json_string(w, VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s));
	return json_finish(w);
}

/* json_test_key(text) RETURNS text: a key's text form */
Datum
json_test_key(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);
	JsonKey    *key = json_make_key(VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s));

	PG_RETURN_TEXT_P(cstring_to_text_with_len(key->text, key->textlen));
}

/* json_test_key_order(text, text) RETURNS int: the sign of the comparison */
Datum
json_test_key_order(PG_FUNCTION_ARGS)
{
	text	   *a = PG_GETARG_TEXT_PP(0);
	text	   *b = PG_GETARG_TEXT_PP(1);
	int			result = json_key_compare(json_make_key(VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a)),
										  json_make_key(VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b)));

	PG_RETURN_INT32((result > 0) - (result < 0));
}

/* json_test_fragment(text, shift int) RETURNS jsonb */
Datum
json_test_fragment(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);
	JsonWriter *w = begin_shifted(JSON_BINARY, PG_GETARG_INT32(1));

	json_fragment(w, json_make_fragment(VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s)));
	return finish_shifted(w, PG_GETARG_INT32(1));
}

/* json_test_fragment_text(text) RETURNS text */
Datum
json_test_fragment_text(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);
	JsonWriter *w = new_writer(JSON_TEXT);

	json_fragment(w, json_make_fragment(VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s)));
	return json_finish(w);
}

/* json_test_splice(jsonb, shift int) RETURNS jsonb */
Datum
json_test_splice(PG_FUNCTION_ARGS)
{
	JsonWriter *w = begin_shifted(JSON_BINARY, PG_GETARG_INT32(1));

	json_jsonb(w, PG_GETARG_JSONB_P(0));
	return finish_shifted(w, PG_GETARG_INT32(1));
}

/* json_test_splice_text(jsonb) RETURNS text */
Datum
json_test_splice_text(PG_FUNCTION_ARGS)
{
	JsonWriter *w = new_writer(JSON_TEXT);

	json_jsonb(w, PG_GETARG_JSONB_P(0));
	return json_finish(w);
}

/*
 * json_test_numeric(numeric, shift int) RETURNS jsonb: the datum as it comes,
 * with the short header that a table's column has
 */
Datum
json_test_numeric(PG_FUNCTION_ARGS)
{
	JsonWriter *w = begin_shifted(JSON_BINARY, PG_GETARG_INT32(1));

	json_numeric(w, (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	return finish_shifted(w, PG_GETARG_INT32(1));
}

/* json_test_numeric_text(numeric) RETURNS text */
Datum
json_test_numeric_text(PG_FUNCTION_ARGS)
{
	JsonWriter *w = new_writer(JSON_TEXT);

	json_numeric(w, (Numeric) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	return json_finish(w);
}

/* json_test_int64_text(bigint) RETURNS text */
Datum
json_test_int64_text(PG_FUNCTION_ARGS)
{
	JsonWriter *w = new_writer(JSON_TEXT);

	json_int64(w, PG_GETARG_INT64(0));
	return json_finish(w);
}

/* json_test_number(text) RETURNS jsonb */
Datum
json_test_number(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);
	JsonWriter *w = new_writer(JSON_BINARY);

	json_number(w, VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s));
	return json_finish(w);
}

/* json_test_number_text(text) RETURNS text */
Datum
json_test_number_text(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);
	JsonWriter *w = new_writer(JSON_TEXT);

	json_number(w, VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s));
	return json_finish(w);
}

/* json_test_prune(jsonb) RETURNS jsonb: NULL when nothing is left */
Datum
json_test_prune(PG_FUNCTION_ARGS)
{
	Jsonb	   *result = json_prune(PG_GETARG_JSONB_P(0));

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(result);
}

/* json_test_prune_keeps(jsonb) RETURNS boolean: is it the input itself? */
Datum
json_test_prune_keeps(PG_FUNCTION_ARGS)
{
	Jsonb	   *value = PG_GETARG_JSONB_P(0);

	PG_RETURN_BOOL(json_prune(value) == value);
}

/* json_test_blank(text) RETURNS boolean */
Datum
json_test_blank(PG_FUNCTION_ARGS)
{
	text	   *s = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(json_is_blank(VARDATA_ANY(s), VARSIZE_ANY_EXHDR(s)));
}

/*
 * json_test_reuse(jsonb) RETURNS boolean: does a writer that was left in the
 * middle of another value give the same bytes after a reset?
 */
Datum
json_test_reuse(PG_FUNCTION_ARGS)
{
	Jsonb	   *value = PG_GETARG_JSONB_P(0);
	JsonWriter *w = new_writer(JSON_BINARY);
	Jsonb	   *result;

	for (int depth = 0; depth < 100; depth++)
	{
		json_begin_array(w, 3);
		json_string(w, "left over", 9);
	}
	json_writer_reset(w);
	json_jsonb(w, value);
	result = DatumGetJsonbP(json_finish(w));
	PG_RETURN_BOOL(VARSIZE(value) == VARSIZE(result) &&
				   memcmp(value, result, VARSIZE(value)) == 0);
}

/* json_test_misuse(kind text) RETURNS void: raises what the kind should raise */
Datum
json_test_misuse(PG_FUNCTION_ARGS)
{
	char	   *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));
	JsonWriter *w = new_writer(strncmp(kind, "text", 4) == 0 ? JSON_TEXT : JSON_BINARY);

	if (strcmp(kind, "text large") == 0)
		json_string_reserve(w, MaxAllocSize - 1);
	else if (strcmp(kind, "binary large") == 0)
		json_string_reserve(w, JENTRY_OFFLENMASK + 1);
	else if (strcmp(kind, "binary large inside") == 0)
	{
		/* header and entry take 8 of the root's bytes */
		json_begin_array(w, 1);
		json_string_reserve(w, JENTRY_OFFLENMASK - 7);
	}
	else if (strcmp(kind, "binary as large as it may be") == 0)
	{
		json_begin_array(w, 1);
		json_string_reserve(w, JENTRY_OFFLENMASK - 8);
	}
	else if (strcmp(kind, "binary many") == 0)
		json_begin_array(w, JB_CMASK);
	else if (strcmp(kind, "missing value") == 0 || strcmp(kind, "text missing value") == 0)
	{
		json_begin_array(w, 2);
		json_null(w);
		json_end(w);
	}
	else if (strcmp(kind, "end of nothing") == 0)
		json_end(w);
	else if (strcmp(kind, "open") == 0)
	{
		json_begin_array(w, 0);
		json_finish(w);
	}
	else if (strcmp(kind, "nothing") == 0)
		json_finish(w);
	else if (strcmp(kind, "unsorted shape") == 0)
	{
		const JsonKey *keys[] = {json_make_key("bb", 2), json_make_key("a", 1)};

		json_make_shape(keys, 2);
	}
	else
		elog(ERROR, "unknown kind of misuse: %s", kind);
	PG_RETURN_VOID();
}
