/*
 * value.c
 *		Values that have a form of their own in each encoding: numbers, prepared
 *		constants, and values that are jsonb already.
 *
 * A number inside jsonb is a numeric datum with a 4-byte header, always: a
 * short header, as in a tuple, would be a valid value of other bytes.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "json/json.h"
#include "json/walk.h"

/* Bytes of a number that surely fits an int64. */
#define SHORT_DECIMAL	18

/* Bytes of the longest int64 in decimal, with its sign. */
#define INT64_LEN		20

/* Text: a value that is already JSON, as it is. */
static inline void
write_text(JsonWriter *w, const char *s, Size n)
{
	char	   *to = json_text_begin(w, n);

	json_copy(to, s, n);
	to[n] = ',';
	json_text_end(w, to + n + 1);
}

/*
 * Binary: a value that is already in its binary form.  child->data may stand
 * anywhere, also inside another jsonb.
 */
void
json_write_child(JsonWriter *w, const JsonChild *child)
{
	JsonBuffer *b = &w->buffer;
	uint32		start = (uint32) b->len;
	uint32		end;

	if (json_type_aligned(child->type))
		json_reserve_aligned(b, child->len);
	else
		json_reserve(b, child->len);
	json_copy(json_tail(b), child->data, child->len);
	end = (uint32) b->len + child->len;
	json_entry(w, child->type, end - start, end);
}

/* JSON has no number for these, so jsonb must not hold them. */
static void
refuse_special_number(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("NaN and infinity are not numbers in JSON")));
}

/*
 * The numeric of a short plain decimal, sign, digits and one point, in half
 * of numeric_in's time; NULL when it is something else.
 */
static Numeric
short_decimal(const char *digits, int n)
{
	bool		negative = (digits[0] == '-');
	const char *point = NULL;
	const char *end = digits + n;
	int64		value = 0;

	if (n > SHORT_DECIMAL)
		return NULL;
	for (const char *s = digits + negative; s < end; s++)
	{
		if (*s >= '0' && *s <= '9')
			value = value * 10 + (*s - '0');
		else if (*s == '.')
			point = s;
		else
			return NULL;
	}
	if (negative)
		value = -value;
	if (point == NULL)
		return int64_to_numeric(value);
	return int64_div_fast_to_numeric(value, end - point - 1);
}

/* The numeric that numeric_in makes of JSON's text of a number. */
static Numeric
number_to_numeric(const char *digits, int n)
{
	Numeric		value = short_decimal(digits, n);

	if (value == NULL)
	{
		char	   *string = pnstrdup(digits, n);

		value = DatumGetNumeric(DirectFunctionCall3(numeric_in,
													CStringGetDatum(string),
													ObjectIdGetDatum(InvalidOid),
													Int32GetDatum(-1)));
		pfree(string);
	}
	return value;
}

/*
 * A number from its JSON text, which the caller knows to be valid; text keeps
 * it as it is, binary makes a numeric of it with the scale that it shows.
 * Raises what numeric_in raises when it is out of numeric's range.
 */
void
json_number(JsonWriter *w, const char *digits, int n)
{
	Numeric		value;

	if (w->form == JSON_TEXT)
	{
		write_text(w, digits, n);
		return;
	}
	value = number_to_numeric(digits, n);
	json_numeric(w, value);
	pfree(value);
}

/*
 * A numeric with its scale: 1.50 stays 1.50.  value may have a short header,
 * as a datum from a tuple has, but must not be compressed or out of line.
 * Raises numeric_value_out_of_range for NaN and infinities.
 */
void
json_numeric(JsonWriter *w, Numeric value)
{
	Size		size;
	uint32		start;
	uint32		end;
	char	   *to;

	if (w->form == JSON_TEXT)
	{
		char	   *string = DatumGetCString(DirectFunctionCall1(numeric_out,
																 NumericGetDatum(value)));

		if (string[0] > '9' || string[1] > '9')
			refuse_special_number();
		write_text(w, string, strlen(string));
		pfree(string);
		return;
	}
	Assert(!VARATT_IS_COMPRESSED(value) && !VARATT_IS_EXTERNAL(value));
	size = VARHDRSZ + VARSIZE_ANY_EXHDR(value);
	start = (uint32) w->buffer.len;
	json_reserve_aligned(&w->buffer, size);
	to = json_tail(&w->buffer);
	SET_VARSIZE(to, size);
	memcpy(VARDATA(to), VARDATA_ANY(value), size - VARHDRSZ);
	if (numeric_is_nan((Numeric) to) || numeric_is_inf((Numeric) to))
		refuse_special_number();
	end = (uint32) (w->buffer.len + size);
	json_entry(w, JENTRY_ISNUMERIC, end - start, end);
}

/* An integer. */
void
json_int64(JsonWriter *w, int64 value)
{
	if (w->form == JSON_TEXT)
	{
		char	   *to = json_text_begin(w, INT64_LEN);

		to += pg_lltoa(value, to);
		*to++ = ',';
		json_text_end(w, to);
	}
	else
	{
		Numeric		number = int64_to_numeric(value);

		json_numeric(w, number);
		pfree(number);
	}
}

/* A constant that json_make_fragment has prepared. */
void
json_fragment(JsonWriter *w, const JsonFragment *fragment)
{
	if (w->form == JSON_TEXT)
		write_text(w, fragment->text, fragment->textlen);
	else
	{
		JsonChild	child = {fragment->type, fragment->binarylen, fragment->binary};

		json_write_child(w, &child);
	}
}

/*
 * The root of a jsonb, detoasted, becomes the value.  Binary copies a
 * container whole; text is compact, without spaces, keys in jsonb's order.
 */
void
json_jsonb(JsonWriter *w, const Jsonb *value)
{
	if (w->form == JSON_TEXT)
	{
		json_text_end(w, json_text_begin(w, 0));
		json_append_jsonb(&w->buffer, value);
		json_append_char(&w->buffer, ',');
	}
	else
	{
		JsonChild	root = json_root_value(value);

		json_write_child(w, &root);
	}
}
