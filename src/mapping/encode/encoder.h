/*
 * encoder.h
 *		How a SQL value becomes a FHIR value.
 *
 * An *encoder* is chosen once, from the expression's SQL type and the
 * element's FHIR type (encoder_choose.h).  Per row it does two things: prepare (is the value
 * empty, or one that FHIR cannot hold?) and write its characters.
 */
#ifndef FHIR_BRIDGE_ENCODER_H
#define FHIR_BRIDGE_ENCODER_H

#include "postgres.h"

#include "base/compat.h"
#include "base/words.h"
#include "datatype/timestamp.h"
#include "json/buffer.h"
#include "pgtime.h"
#include "r4/lookup/r4.h"

/* A mapping's time zone, with the offset of the interval last asked for. */
typedef struct EncoderZone
{
	pg_tz	   *tz;				/* NULL: UTC, none was given */
	TimestampTz from;			/* offset holds from here */
	TimestampTz until;			/* to before here */
	int			offset;			/* minutes east of Greenwich */
} EncoderZone;

typedef enum EncoderKind
{
	ENCODE_TEXT,				/* text, varchar, citext, xml */
	ENCODE_BPCHAR,
	ENCODE_NAME,
	ENCODE_CHAR,				/* "char" */
	ENCODE_ENUM,
	ENCODE_UUID,
	ENCODE_BOOL,
	ENCODE_INT2,
	ENCODE_INT4,
	ENCODE_INT8,
	ENCODE_NUMERIC,
	ENCODE_FLOAT4,
	ENCODE_FLOAT8,
	ENCODE_DATE,
	ENCODE_TIMESTAMP,			/* local time of the mapping's zone */
	ENCODE_TIMESTAMP_DAY,		/* its day */
	ENCODE_TIMESTAMPTZ,
	ENCODE_TIMESTAMPTZ_DAY,		/* its day in the mapping's zone */
	ENCODE_TIME,
	ENCODE_BYTEA,				/* base64 */
	ENCODE_JSONB,				/* spliced */
	ENCODE_WRITTEN				/* a resource's part that is written already */
} EncoderKind;

/* What the value is in JSON. */
typedef enum EncoderForm
{
	FORM_ESCAPED,				/* a string that may need escapes */
	FORM_ASCII,					/* a string that never does */
	FORM_NUMBER,
	FORM_BOOL,
	FORM_JSONB,
	FORM_WRITTEN				/* json or jsonb, as the plan's run writes */
} EncoderForm;

/* What FHIR asks of the value beyond its SQL type. */
typedef enum EncoderCheck
{
	CHECK_NONE,
	CHECK_STRING,				/* text: no control characters */
	CHECK_FORM,					/* the form of its primitive type, and a code
								 * of its set */
	CHECK_INTEGER,				/* whole, 32 bits */
	CHECK_UNSIGNED,				/* and not negative */
	CHECK_POSITIVE				/* and not zero */
} EncoderCheck;

/* A code that was found in its set, so that it need not be looked up again. */
typedef struct EncoderSeen
{
	uint64		first;			/* its first eight bytes, or all of fewer */
	uint64		last;			/* its last eight bytes, or the same */
	int			len;			/* 1 to 16; 0: none */
} EncoderSeen;

#define ENCODER_NUM_SEEN	8

typedef struct Encoder
{
	EncoderKind kind;
	EncoderForm form;
	EncoderCheck check;
	bool		varlena;		/* may be compressed */
	bool		xml;			/* escape for XML first */
	bool		array;			/* the expression gives an SQL array of these */
	bool		single;			/* jsonb: the element does not repeat */
	uint8		primitive;		/* R4Primitive of the element */
	R4Set		set;			/* CHECK_FORM: codes of its required binding */
	const char *system;			/* and the system beside a code; NULL: any */
	EncoderSeen *seen;			/* ENCODER_NUM_SEEN of its codes */
	Oid			type;			/* SQL type of one value */
	int16		typlen;			/* of one value, to take arrays apart */
	bool		typbyval;
	char		typalign;
	EncoderZone *zone;			/* for times; shared by the mapping */
} Encoder;

typedef enum EncoderState
{
	VALUE_EMPTY,
	VALUE_PRESENT,
	VALUE_INVALID,				/* there, but cannot be written at all */
	VALUE_MALFORMED,			/* can be written, is not of the form */
	VALUE_UNBOUND,				/* a code outside the required binding */
	VALUE_SEVERAL				/* an array where one value belongs */
} EncoderState;

/* in encoder_judge.c */
extern bool encoder_may_miss_form(const Encoder *encoder);
extern EncoderState encoder_judge(const Encoder *encoder, const char *s, int n);
extern const char *encoder_expectation(const Encoder *encoder);
extern bool encoder_lacks_offset(const Encoder *encoder, const char *s, int n);

/* in encode.c */
extern EncoderState encoder_prepare_slow(const Encoder *encoder, Datum *value);
extern void encoder_write_slow(const Encoder *encoder, Datum value, JsonBuffer *buffer);

/* in number.c */
extern int	encoder_write_float(double value, bool single, char *to);

/* in times.c */
extern void encoder_set_zone(EncoderZone *zone, const char *name);
extern bool encoder_time_is_writable(const Encoder *encoder, Datum value);
extern int	encoder_write_time(const Encoder *encoder, Datum value, char *to);

/* Longest text of a date, time, number or uuid that is written in place. */
#define ENCODER_MAX_CHARS 400

/* Is a varlena neither compressed nor stored elsewhere? */
static inline bool
encoder_is_inline(const struct varlena *value)
{
	return VARATT_IS_1B(value) ? !VARATT_IS_1B_E(value) : VARATT_IS_4B_U(value);
}

/*
 * Is a text inline, does it start with an ordinary ASCII character, and has it
 * no controls?  Most texts are so, and neither empty nor malformed then.
 */
static inline bool
encoder_is_plain_text(Datum value)
{
	struct varlena *text = (struct varlena *) DatumGetPointer(value);
	const char *s = VARDATA_ANY(text);
	int			n;

	if (!encoder_is_inline(text))
		return false;
	n = VARSIZE_ANY_EXHDR(text);
	return n > 0 && *s > ' ' && (unsigned char) *s < 0x80 && !word_has_less(s, n, ' ');
}

/*
 * Decides whether a value that is not NULL is there.  *value may be replaced
 * by its unpacked or pruned form, allocated in the current context.
 */
static inline EncoderState
encoder_prepare(const Encoder *encoder, Datum *value)
{
	/* the usual case: plain text that starts with an ordinary character */
	if (encoder->kind == ENCODE_TEXT && encoder->check <= CHECK_STRING)
	{
		if (encoder_is_plain_text(*value))
			return VALUE_PRESENT;
	}
	else if ((encoder->kind == ENCODE_UUID && encoder->check == CHECK_NONE) || encoder->kind == ENCODE_WRITTEN)
		return VALUE_PRESENT;
	return encoder_prepare_slow(encoder, value);
}

/*
 * Appends the characters of a prepared value: not escaped, without quotes.
 * Not for jsonb.
 */
static inline void
encoder_write(const Encoder *encoder, Datum value, JsonBuffer *buffer)
{
	if (encoder->kind == ENCODE_TEXT && !encoder->xml)
	{
		struct varlena *text = (struct varlena *) DatumGetPointer(value);

		json_append(buffer, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	}
	else
		encoder_write_slow(encoder, value, buffer);
}

#endif							/* FHIR_BRIDGE_ENCODER_H */
