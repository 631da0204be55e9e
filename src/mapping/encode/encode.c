/*
 * encode.c
 *		Reading SQL values: are they there, and their characters.
 *
 * Nothing here follows a setting of the session: no DateStyle, no TimeZone,
 * no extra_float_digits, no bytea_output.
 */
#include "postgres.h"

#include <math.h>

#include "common/base64.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "json/blank.h"
#include "json/json.h"
#include "mapping/encode/encoder.h"

/* The characters of a kind of text; *s may point into the value. */
static void
text_of(const Encoder *encoder, Datum value, const char **s, int *n)
{
	switch (encoder->kind)
	{
		case ENCODE_NAME:
			*s = NameStr(*DatumGetName(value));
			*n = strlen(*s);
			break;
		case ENCODE_CHAR:
			*s = palloc(4);
			*n = base_char_text(DatumGetChar(value), unconstify(char *, *s));
			break;
		case ENCODE_ENUM:
			*s = DatumGetCString(DirectFunctionCall1(enum_out, value));
			*n = strlen(*s);
			break;
		default:
			*s = VARDATA_ANY(DatumGetPointer(value));
			*n = VARSIZE_ANY_EXHDR(DatumGetPointer(value));
			if (encoder->kind == ENCODE_BPCHAR)
				*n = bpchartruelen(unconstify(char *, *s), *n);
			break;
	}
}

/* Is a text there, and of the form that its element asks for? */
static EncoderState
prepare_text(const Encoder *encoder, Datum value)
{
	const char *s;
	int			n;

	text_of(encoder, value, &s, &n);
	if (json_is_blank(s, n))
		return VALUE_EMPTY;
	if (!base_is_utf8(s, n))
		return VALUE_INVALID;
	return encoder->check == CHECK_NONE ? VALUE_PRESENT : encoder_judge(encoder, s, n);
}

/* Is a whole number within what its FHIR type holds? */
static EncoderState
prepare_whole(const Encoder *encoder, int64 value)
{
	int64		least = encoder->check == CHECK_POSITIVE ? 1 :
		encoder->check == CHECK_UNSIGNED ? 0 : PG_INT32_MIN;

	if (encoder->check >= CHECK_INTEGER && (value < least || value > PG_INT32_MAX))
		return VALUE_INVALID;
	return VALUE_PRESENT;
}

/*
 * Is a numeric finite, and whole where it has to be?  One that has to be
 * loses the zeroes of its scale: 7.00 is no integer of FHIR.
 */
static EncoderState
prepare_numeric(const Encoder *encoder, Datum *value)
{
	Numeric		number = DatumGetNumeric(*value);
	Datum		whole;

	if (numeric_is_nan(number) || numeric_is_inf(number))
		return VALUE_INVALID;
	if (encoder->check < CHECK_INTEGER)
		return VALUE_PRESENT;
	whole = DirectFunctionCall1(numeric_floor, *value);
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, whole, *value)) ||
		!DatumGetBool(DirectFunctionCall2(numeric_lt, DirectFunctionCall1(numeric_abs, whole),
										  NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))))
		return VALUE_INVALID;
	*value = whole;
	return prepare_whole(encoder, DatumGetInt64(DirectFunctionCall1(numeric_int8, whole)));
}

/* Is a scalar of a jsonb what the primitive type is written as, and of its form? */
static EncoderState
judge_scalar(const Encoder *encoder, const JsonbValue *scalar)
{
	char	   *digits;

	switch ((R4Primitive) encoder->primitive)
	{
		case R4_BOOLEAN:
			return scalar->type == jbvBool ? VALUE_PRESENT : VALUE_MALFORMED;
		case R4_DECIMAL:
		case R4_INTEGER:
		case R4_POSITIVEINT:
		case R4_UNSIGNEDINT:
			if (scalar->type != jbvNumeric)
				return VALUE_MALFORMED;
			digits = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(scalar->val.numeric)));
			return encoder_judge(encoder, digits, strlen(digits));
		default:
			return scalar->type != jbvString ? VALUE_MALFORMED :
				encoder_judge(encoder, scalar->val.string.val, scalar->val.string.len);
	}
}

/*
 * Is a jsonb value, or each member of its array, what its element is: an object
 * where that is of a data type, else a scalar, which is judged as a text or
 * number from a column is.  What an object holds is fhir_map_check's to judge.
 */
static EncoderState
judge_jsonb(const Encoder *encoder, Jsonb *value)
{
	JsonbIterator *it = JsonbIteratorInit(&value->root);
	JsonbValue	item;
	JsonbIteratorToken token;
	EncoderState state = VALUE_PRESENT;
	bool		primitive = encoder->primitive != R4_NOT_PRIMITIVE;

	if (JB_ROOT_IS_OBJECT(value))
		return primitive ? VALUE_MALFORMED : VALUE_PRESENT;
	(void) JsonbIteratorNext(&it, &item, true);
	while (state == VALUE_PRESENT && (token = JsonbIteratorNext(&it, &item, true)) == WJB_ELEM)
	{
		if (item.type == jbvBinary)
			state = primitive || !JsonContainerIsObject(item.val.binary.data) ? VALUE_MALFORMED : VALUE_PRESENT;
		else if (item.type != jbvNull)
			state = primitive ? judge_scalar(encoder, &item) : VALUE_MALFORMED;
	}
	return state;
}

/*
 * Takes the empties out of a jsonb value and judges what is left.  An array
 * cannot stand where the element does not repeat.
 */
static EncoderState
prepare_jsonb(const Encoder *encoder, Datum *value)
{
	Jsonb	   *pruned = json_prune(DatumGetJsonbP(*value));

	if (pruned == NULL)
		return VALUE_EMPTY;
	*value = JsonbPGetDatum(pruned);
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		const char *text = JsonbToCString(NULL, &pruned->root, VARSIZE(pruned));

		if (!base_is_utf8(text, strlen(text)))
			return VALUE_INVALID;
	}
	if (encoder->single && JB_ROOT_IS_ARRAY(pruned) && !JB_ROOT_IS_SCALAR(pruned))
		return VALUE_SEVERAL;
	return judge_jsonb(encoder, pruned);
}

/* Appends text with the characters that XML gives a meaning escaped. */
static void
append_xml(JsonBuffer *buffer, const char *s, int n)
{
	for (int i = 0; i < n; i++)
	{
		switch (s[i])
		{
			case '<':
				json_append(buffer, "&lt;", 4);
				break;
			case '>':
				json_append(buffer, "&gt;", 4);
				break;
			case '&':
				json_append(buffer, "&amp;", 5);
				break;
			case '"':
				json_append(buffer, "&quot;", 6);
				break;
			case '\'':
				json_append(buffer, "&#39;", 5);
				break;
			default:
				json_append_char(buffer, s[i]);
		}
	}
}

/* Appends bytes as base64. */
static void
append_base64(JsonBuffer *buffer, const char *s, int n)
{
	int			room = pg_b64_enc_len(n);
	int			written;

	json_reserve(buffer, room);
	written = base64_encode(s, n, json_tail(buffer), room);
	if (written < 0)
		elog(ERROR, "could not encode binary data");
	buffer->len += written;
}

/* Writes a uuid's 36 characters. */
static int
write_uuid(const pg_uuid_t *uuid, char *to)
{
	static const char digits[] = "0123456789abcdef";
	char	   *start = to;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digits[uuid->data[i] >> 4];
		*to++ = digits[uuid->data[i] & 15];
	}
	return to - start;
}

/* Writes what fits into ENCODER_MAX_CHARS; returns how many bytes. */
static int
write_short(const Encoder *encoder, Datum value, char *to)
{
	switch (encoder->kind)
	{
		case ENCODE_UUID:
			return write_uuid(DatumGetUUIDP(value), to);
		case ENCODE_BOOL:
			memcpy(to, DatumGetBool(value) ? "true" : "false", 5);
			return DatumGetBool(value) ? 4 : 5;
		case ENCODE_INT2:
			return pg_itoa(DatumGetInt16(value), to);
		case ENCODE_INT4:
			return pg_ltoa(DatumGetInt32(value), to);
		case ENCODE_INT8:
			return pg_lltoa(DatumGetInt64(value), to);
		case ENCODE_FLOAT4:
			return encoder_write_float(DatumGetFloat4(value), true, to);
		case ENCODE_FLOAT8:
			return encoder_write_float(DatumGetFloat8(value), false, to);
		default:
			return encoder_write_time(encoder, value, to);
	}
}

/* Is the value there, and one that can be written? */
static EncoderState
prepare(const Encoder *encoder, Datum *value)
{
	if (encoder->varlena)
		*value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(*value));
	switch (encoder->kind)
	{
		case ENCODE_TEXT:
		case ENCODE_BPCHAR:
		case ENCODE_NAME:
		case ENCODE_CHAR:
		case ENCODE_ENUM:
			return prepare_text(encoder, *value);
		case ENCODE_UUID:
		case ENCODE_BOOL:
			return VALUE_PRESENT;
		case ENCODE_TIME:
			/* 24:00 is a time in SQL alone */
			return DatumGetTimeADT(*value) < USECS_PER_DAY ? VALUE_PRESENT : VALUE_INVALID;
		case ENCODE_BYTEA:
			return VARSIZE_ANY_EXHDR(DatumGetPointer(*value)) > 0 ? VALUE_PRESENT : VALUE_EMPTY;
		case ENCODE_INT2:
			return prepare_whole(encoder, DatumGetInt16(*value));
		case ENCODE_INT4:
			return prepare_whole(encoder, DatumGetInt32(*value));
		case ENCODE_INT8:
			return prepare_whole(encoder, DatumGetInt64(*value));
		case ENCODE_NUMERIC:
			return prepare_numeric(encoder, value);
		case ENCODE_FLOAT4:
			return isfinite(DatumGetFloat4(*value)) ? VALUE_PRESENT : VALUE_INVALID;
		case ENCODE_FLOAT8:
			return isfinite(DatumGetFloat8(*value)) ? VALUE_PRESENT : VALUE_INVALID;
		case ENCODE_DATE:
		case ENCODE_TIMESTAMP:
		case ENCODE_TIMESTAMP_DAY:
		case ENCODE_TIMESTAMPTZ:
		case ENCODE_TIMESTAMPTZ_DAY:
			return encoder_time_is_writable(encoder, *value) ? VALUE_PRESENT : VALUE_INVALID;
		case ENCODE_WRITTEN:
			return VALUE_PRESENT;
		case ENCODE_JSONB:
			return prepare_jsonb(encoder, value);
	}
	pg_unreachable();
}

/* Is a value that is no text of the form that its element asks for? */
static EncoderState
judge_written(const Encoder *encoder, Datum value)
{
	char		characters[ENCODER_MAX_CHARS];

	if (encoder->kind == ENCODE_NUMERIC)
	{
		char	   *digits = DatumGetCString(DirectFunctionCall1(numeric_out, value));

		return encoder_judge(encoder, digits, strlen(digits));
	}
	return encoder_judge(encoder, characters, write_short(encoder, value, characters));
}

/* The part of encoder_prepare that is not inlined. */
EncoderState
encoder_prepare_slow(const Encoder *encoder, Datum *value)
{
	EncoderState state = prepare(encoder, value);

	if (state == VALUE_PRESENT && encoder->check == CHECK_FORM && encoder->kind > ENCODE_ENUM && encoder->kind != ENCODE_JSONB)
		return judge_written(encoder, *value);
	return state;
}

/* The part of encoder_write that is not inlined. */
void
encoder_write_slow(const Encoder *encoder, Datum value, JsonBuffer *buffer)
{
	const char *s;
	int			n;

	switch (encoder->kind)
	{
		case ENCODE_TEXT:
		case ENCODE_BPCHAR:
		case ENCODE_NAME:
		case ENCODE_CHAR:
		case ENCODE_ENUM:
			text_of(encoder, value, &s, &n);
			if (encoder->xml)
				append_xml(buffer, s, n);
			else
				json_append(buffer, s, n);
			break;
		case ENCODE_NUMERIC:
			s = DatumGetCString(DirectFunctionCall1(numeric_out, value));
			json_append(buffer, s, strlen(s));
			break;
		case ENCODE_BYTEA:
			append_base64(buffer, VARDATA_ANY(DatumGetPointer(value)),
						  VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
			break;
		case ENCODE_JSONB:
			elog(ERROR, "a jsonb value has no characters");
			break;
		default:
			json_reserve(buffer, ENCODER_MAX_CHARS);
			buffer->len += write_short(encoder, value, json_tail(buffer));
			break;
	}
}
