/*
 * encoder_judge.c
 *		What FHIR asks of a value's characters.
 *
 * A text column can hold anything, so what it becomes is judged per row: the
 * form of its primitive type (r4/primitive.c has them all), and where R4 binds
 * the element to a value set with strength "required", the code.  Which of
 * these a value can miss at all is settled when the plan is made: an integer
 * is an id, whatever it is, a timestamp never is.
 *
 * A jsonb value is judged where it is of a primitive type; what an object holds
 * is not: fhir_map_check looks at the resource that it becomes part of.
 */
#include "postgres.h"

#include "mapping/encode/encoder.h"

/* May a value of another kind than text miss the form of an id? */
static bool
may_miss_id(EncoderKind kind)
{
	switch (kind)
	{
		case ENCODE_NUMERIC:	/* has any number of digits */
		case ENCODE_FLOAT4:
		case ENCODE_FLOAT8:
		case ENCODE_TIMESTAMP:	/* has colons */
		case ENCODE_TIMESTAMPTZ:
		case ENCODE_TIME:
			return true;
		default:
			return false;
	}
}

/* Can a value of the encoder's kind miss the form of its primitive type? */
bool
encoder_may_miss_form(const Encoder *encoder)
{
	switch (encoder->primitive)
	{
		case R4_OID:
		case R4_UUID:
			return true;
		case R4_ID:
			return encoder->kind <= ENCODE_ENUM || may_miss_id(encoder->kind);
		default:
			return encoder->kind <= ENCODE_ENUM;
	}
}

/*
 * Is the code in the encoder's set?  The same few come again and again: they
 * are compared with those seen before as words.
 */
static bool
is_in_set(const Encoder *encoder, const char *s, int n)
{
	EncoderSeen key = {.len = n};
	EncoderSeen *seen;

	if (n >= 8)
	{
		memcpy(&key.first, s, 8);
		memcpy(&key.last, s + n - 8, 8);
	}
	else
		for (int i = 0; i < n; i++)
			key.first = key.last = key.first << 8 | (unsigned char) s[i];
	seen = &encoder->seen[(key.first ^ key.first >> 8 ^ n) % ENCODER_NUM_SEEN];
	if (n > 0 && seen->len == n && seen->first == key.first && seen->last == key.last)
		return true;
	if (!r4_set_has(encoder->set, encoder->system, encoder->system ? strlen(encoder->system) : 0, s, n))
		return false;
	if (n <= 16)
		*seen = key;
	return true;
}

/* Judges the characters of a value with CHECK_STRING or CHECK_FORM. */
EncoderState
encoder_judge(const Encoder *encoder, const char *s, int n)
{
	if (encoder->check == CHECK_STRING)
		return n > 0 && word_has_less(s, n, ' ') && !r4_text_is_valid(R4_STRING, s, n) ? VALUE_MALFORMED : VALUE_PRESENT;
	/* the codes of a set are well-formed */
	if (encoder->set != R4_NO_SET && is_in_set(encoder, s, n))
		return VALUE_PRESENT;
	if (!r4_text_is_valid(encoder->primitive, s, n))
		return VALUE_MALFORMED;
	return encoder->set != R4_NO_SET ? VALUE_UNBOUND : VALUE_PRESENT;
}

/* Would the text be a dateTime or instant, had it an offset? */
bool
encoder_lacks_offset(const Encoder *encoder, const char *s, int n)
{
	char	   *with;

	if (encoder->check != CHECK_FORM || n > ENCODER_MAX_CHARS ||
		(encoder->primitive != R4_DATETIME && encoder->primitive != R4_INSTANT))
		return false;
	with = psprintf("%.*sZ", n, s);
	return r4_text_is_valid(encoder->primitive, with, n + 1);
}

/* The form of a primitive type, in words. */
static const char *
form_of(R4Primitive primitive)
{
	switch (primitive)
	{
		case R4_DATE:
			return "a date: YYYY, YYYY-MM or YYYY-MM-DD";
		case R4_DATETIME:
			return "a date, or a date and time with its zone: YYYY-MM-DDThh:mm:ss+zz:zz";
		case R4_INSTANT:
			return "a date and time with its zone: YYYY-MM-DDThh:mm:ss+zz:zz";
		case R4_TIME:
			return "a time: hh:mm:ss";
		case R4_ID:
			return "an id: 1 to 64 letters, digits, hyphens and dots";
		case R4_CODE:
			return "a code: words with one blank between them and none around";
		case R4_OID:
			return "an OID: urn:oid: and numbers with dots between them";
		case R4_UUID:
			return "a UUID: urn:uuid: and 36 characters in small letters";
		case R4_BASE64BINARY:
			return "base64";
		case R4_STRING:
		case R4_MARKDOWN:
		case R4_XHTML:
			return "free of control characters";
		default:
			return "a URI: it has white space or control characters";
	}
}

/* The same of a jsonb value. */
static const char *
jsonb_expectation(const Encoder *encoder)
{
	switch ((R4Primitive) encoder->primitive)
	{
		case R4_NOT_PRIMITIVE:
			return "a JSON object";
		case R4_BOOLEAN:
			return "true or false in JSON";
		case R4_DECIMAL:
		case R4_INTEGER:
		case R4_POSITIVEINT:
		case R4_UNSIGNEDINT:
			return "a JSON number of its type";
		default:
			return "a JSON string of the form of its type";
	}
}

/* What a malformed or invalid value should have been, in words. */
const char *
encoder_expectation(const Encoder *encoder)
{
	if (encoder->kind == ENCODE_JSONB)
		return jsonb_expectation(encoder);
	switch (encoder->check)
	{
		case CHECK_STRING:
			return "free of control characters";
		case CHECK_INTEGER:
			return "a whole number of 32 bits";
		case CHECK_UNSIGNED:
			return "a whole number from 0 to 2147483647";
		case CHECK_POSITIVE:
			return "a whole number from 1 to 2147483647";
		case CHECK_FORM:
			if (encoder->kind <= ENCODE_ENUM || encoder_may_miss_form(encoder))
				return form_of(encoder->primitive);
			break;
		case CHECK_NONE:
			break;
	}
	if (encoder->kind == ENCODE_TIME)
		return "a time before 24:00";
	return encoder->form == FORM_NUMBER || encoder->kind == ENCODE_NUMERIC ||
		encoder->kind == ENCODE_FLOAT4 || encoder->kind == ENCODE_FLOAT8 ?
		"a finite number" : "a date from the year 1 to the year 9999";
}
