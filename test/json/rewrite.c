/*
 * rewrite.c
 *		Reads a jsonb by the server's own iterator and writes it again by the
 *		json room, so that the bytes can be compared.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "json/json.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(json_rewrite_binary);
PG_FUNCTION_INFO_V1(json_rewrite_text);
PG_FUNCTION_INFO_V1(json_same_bytes);

/* Which of several calls write the same thing: bits of an argument. */
#define BY_SHAPE		1		/* objects by json_begin_shape */
#define BY_PARTS		2		/* strings in two parts */
#define IN_PLACE		4		/* strings by reserve and commit */
#define BY_DIGITS		8		/* numbers from text or int64 */

/* Begins the object that the iterator has just entered, with all its keys. */
static void
begin_object(JsonWriter *w, JsonbContainer *container, int ways)
{
	int			n = JsonContainerSize(container);
	const char *base = (const char *) (container->children + 2 * n);
	const JsonKey **keys = palloc(n * sizeof(JsonKey *) + 1);

	for (int i = 0; i < n; i++)
		keys[i] = json_make_key(base + getJsonbOffset(container, i),
								getJsonbLength(container, i));
	if (ways & BY_SHAPE)
		json_begin_shape(w, json_make_shape(keys, n));
	else
		json_begin_object(w, keys, n);
}

/* Would the string stand in JSON text as it is? */
static bool
needs_no_escape(const char *s, int n)
{
	for (int i = 0; i < n; i++)
		if ((unsigned char) s[i] < ' ' || s[i] == '"' || s[i] == '\\')
			return false;
	return true;
}

static void
write_string(JsonWriter *w, const char *s, int n, int ways)
{
	if (ways & BY_PARTS)
	{
		json_string_begin(w);
		json_string_part(w, s, n / 3);
		json_string_part(w, s + n / 3, n - n / 3);
		json_string_end(w);
	}
	else if ((ways & IN_PLACE) && needs_no_escape(s, n))
	{
		memcpy(json_string_reserve(w, n + 10), s, n);
		json_string_commit(w, n);
	}
	else if (ways == 0 && needs_no_escape(s, n))
		json_string_ascii(w, s, n);
	else
		json_string(w, s, n);
}

static void
write_number(JsonWriter *w, Numeric value, int ways)
{
	char	   *digits;
	char	   *end;
	int64		integer;

	if (!(ways & BY_DIGITS))
	{
		json_numeric(w, value);
		return;
	}
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	errno = 0;
	integer = strtoi64(digits, &end, 10);
	if (errno == 0 && *end == '\0')
		json_int64(w, integer);
	else
		json_number(w, digits, strlen(digits));
}

static void
write_scalar(JsonWriter *w, const JsonbValue *value, int ways)
{
	switch (value->type)
	{
		case jbvNull:
			json_null(w);
			break;
		case jbvBool:
			json_bool(w, value->val.boolean);
			break;
		case jbvNumeric:
			write_number(w, value->val.numeric, ways);
			break;
		case jbvString:
			write_string(w, value->val.string.val, value->val.string.len, ways);
			break;
		default:
			elog(ERROR, "unexpected type of jsonb value: %d", value->type);
	}
}

/* Writes the whole value by the room's calls. */
static Datum
rewrite(Jsonb *value, JsonForm form, int ways)
{
	JsonbIterator *it = JsonbIteratorInit(&value->root);
	bool		scalar = JB_ROOT_IS_SCALAR(value);
	JsonbIteratorToken token;
	JsonbValue	v;
	JsonWriter	w;

	json_writer_init(&w, form, CurrentMemoryContext);
	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
	{
		if (token == WJB_BEGIN_OBJECT)
			begin_object(&w, it->container, ways);
		else if (token == WJB_BEGIN_ARRAY && !scalar)
			json_begin_array(&w, v.val.array.nElems);
		else if (token == WJB_END_OBJECT || (token == WJB_END_ARRAY && !scalar))
			json_end(&w);
		else if (token == WJB_VALUE || token == WJB_ELEM)
			write_scalar(&w, &v, ways);
	}
	return json_finish(&w);
}

/* json_rewrite_binary(value jsonb, ways int) RETURNS jsonb */
Datum
json_rewrite_binary(PG_FUNCTION_ARGS)
{
	return rewrite(PG_GETARG_JSONB_P(0), JSON_BINARY, PG_GETARG_INT32(1));
}

/* json_rewrite_text(value jsonb, ways int) RETURNS text */
Datum
json_rewrite_text(PG_FUNCTION_ARGS)
{
	return rewrite(PG_GETARG_JSONB_P(0), JSON_TEXT, PG_GETARG_INT32(1));
}

/* json_same_bytes(jsonb, jsonb) RETURNS boolean: stricter than equal values */
Datum
json_same_bytes(PG_FUNCTION_ARGS)
{
	Jsonb	   *a = PG_GETARG_JSONB_P(0);
	Jsonb	   *b = PG_GETARG_JSONB_P(1);

	PG_RETURN_BOOL(VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0);
}
