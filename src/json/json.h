/*
 * json.h
 *		Writing JSON: one set of calls, two encodings.
 *
 * A JsonWriter writes either JSON text or jsonb's binary form, byte for byte
 * what jsonb_in makes of that text.  The binary form is written straight out,
 * front to back, with no JsonbValue tree between; what it needs for that, the
 * caller must know: how many members a container has, and an object's keys,
 * before the first value is written.
 *
 * Words: a *level* is a container that is being written; an *entry* is the
 * JEntry of a child, which says its type and its length, or, at each child
 * whose index is a multiple of 32, the offset of its end.  Entries stand at
 * the container's head, the children's bytes behind them.
 *
 *		json_writer_reset(w);
 *		json_begin_object(w, keys, 2);
 *		json_string(w, "Patient", 7);
 *		json_begin_array(w, 1);
 *		json_bool(w, true);
 *		json_end(w);
 *		json_end(w);
 *		result = json_finish(w);
 *
 * The order of an object's keys is the caller's in text.  In binary they must
 * come sorted by json_key_compare, each once.
 *
 * After an error in the middle, json_writer_reset makes the writer usable.
 */
#ifndef FHIR_BRIDGE_JSON_H
#define FHIR_BRIDGE_JSON_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "base/compat.h"
#include "json/buffer.h"

/* PostgreSQL 16 has a JsonEncoding of its own. */
typedef enum JsonForm
{
	JSON_TEXT,					/* json or text, in the server's encoding */
	JSON_BINARY					/* jsonb */
} JsonForm;

/* A key, prepared for both encodings. */
typedef struct JsonKey
{
	const char *name;			/* as it is, not escaped */
	int			len;			/* its bytes */
	int			textlen;		/* bytes of text */
	const char *text;			/* quoted, escaped, with the colon; JSON_SLACK
								 * readable bytes follow.  NULL is allowed for
								 * a key that is only written in binary */
} JsonKey;

/* The head of an object whose members are all known: keys and empty entries. */
typedef struct JsonShape
{
	const JsonKey *const *keys;
	int			count;			/* number of keys */
	uint32		headlen;		/* bytes of head */
	const char *head;			/* header word, entries, key bytes */
} JsonShape;

/* A constant value, prepared for both encodings. */
typedef struct JsonFragment
{
	const char *text;			/* compact JSON, keys in their given order */
	uint32		textlen;
	uint32		type;			/* the type bits of its entry */
	uint32		binarylen;		/* 0 for null and booleans */
	const char *binary;			/* without padding in front */
} JsonFragment;

/* A container that is being written. */
typedef struct JsonLevel
{
	const JsonKey *const *keys; /* text: key of the next value; NULL in arrays */
	uint32		start;			/* binary: the value's start, before padding */
	uint32		entries;		/* binary: where the entries begin */
	uint32		payload;		/* binary: where the children's bytes begin */
	uint32		next;			/* index of the next child; an object's values
								 * count on from its keys */
	uint32		count;			/* next, when all are written */
	char		close;			/* text: '}' or ']' */
} JsonLevel;

typedef struct JsonWriter
{
	JsonForm	form;
	JsonBuffer	buffer;			/* binary: begins with the varlena header */
	JsonLevel  *top;			/* the innermost level */
	JsonLevel  *levels;			/* the stack; levels[0] holds the root value */
	JsonLevel  *last;			/* last usable place of the stack */
	Size		string;			/* start of the open string */
} JsonWriter;

/* in writer.c */
extern void json_writer_init(JsonWriter *w, JsonForm form, MemoryContext context);
extern void json_writer_reset(JsonWriter *w);
extern void json_writer_deepen(JsonWriter *w);
extern void json_begin_object(JsonWriter *w, const JsonKey *const *keys, int n);
extern void json_begin_shape(JsonWriter *w, const JsonShape *shape);
extern void json_begin_array(JsonWriter *w, int n);
extern void json_end(JsonWriter *w);
extern Datum json_finish(JsonWriter *w);

/* in value.c */
extern void json_number(JsonWriter *w, const char *digits, int n);
extern void json_numeric(JsonWriter *w, Numeric value);
extern void json_int64(JsonWriter *w, int64 value);
extern void json_fragment(JsonWriter *w, const JsonFragment *fragment);
extern void json_jsonb(JsonWriter *w, const Jsonb *value);

/* in prepare.c */
extern JsonKey *json_make_key(const char *name, int len);
extern JsonShape *json_make_shape(const JsonKey *const *keys, int n);
extern JsonFragment *json_make_fragment(const char *text, int len);
extern int	json_key_compare(const JsonKey *a, const JsonKey *b);

/* in walk.c */
extern void json_append_jsonb(JsonBuffer *b, const Jsonb *value);

/* in prune.c */
extern Jsonb *json_prune(Jsonb *value);

/*
 * A value is written with one reading and one writing of the buffer's length:
 * characters may alias it, so the compiler would go through memory for each
 * of several small appends, and each would wait for the one before.
 */

/*
 * Binary: ends a value of n bytes, with its padding, whose end is at end.
 * Fills its entry; the root's lands in the place of the varlena header.
 */
static inline void
json_entry(JsonWriter *w, uint32 type, uint32 n, uint32 end)
{
	JsonLevel  *level = w->top;
	uint32		index = level->next++;
	JEntry		entry = type | n;

	Assert(index < level->count);
	if (index % JB_OFFSET_STRIDE == 0)
		entry = type | JENTRY_HAS_OFF | (end - level->payload);
	((JEntry *) (w->buffer.data + level->entries))[index] = entry;
	w->buffer.len = end;
}

/*
 * Text: begins a value of up to n bytes.  Makes room for it and its comma,
 * writes the key when the level is an object, and returns where the value
 * goes.  The buffer's length is for json_text_end.
 */
static inline char *
json_text_begin(JsonWriter *w, Size n)
{
	JsonLevel  *level = w->top;
	const JsonKey *key;
	char	   *to;

	Assert(level->next < level->count);
	level->next++;
	if (level->keys == NULL)
	{
		json_reserve(&w->buffer, n + 1);
		return json_tail(&w->buffer);
	}
	key = *level->keys++;
	json_reserve(&w->buffer, n + 1 + key->textlen);
	to = json_tail(&w->buffer);
	memcpy(to, key->text, 16);	/* both sides have slack */
	if (unlikely(key->textlen > 16))
		memcpy(to + 16, key->text + 16, key->textlen - 16);
	return to + key->textlen;
}

/* Text: what was written ends at end. */
static inline void
json_text_end(JsonWriter *w, const char *end)
{
	w->buffer.len = end - w->buffer.data;
}

/* A value that is n bytes in text, and none in binary. */
static inline void
json_word(JsonWriter *w, uint32 type, const char *s, int n)
{
	if (w->form == JSON_BINARY)
		json_entry(w, type, 0, (uint32) w->buffer.len);
	else
	{
		char	   *to = json_text_begin(w, n);

		memcpy(to, s, n);
		to[n] = ',';
		json_text_end(w, to + n + 1);
	}
}

static inline void
json_null(JsonWriter *w)
{
	json_word(w, JENTRY_ISNULL, "null", 4);
}

static inline void
json_bool(JsonWriter *w, bool value)
{
	if (value)
		json_word(w, JENTRY_ISBOOL_TRUE, "true", 4);
	else
		json_word(w, JENTRY_ISBOOL_FALSE, "false", 5);
}

/*
 * For encoders that write characters in place: returns where up to max bytes
 * may be written; json_string_commit says how many they became.  Only ASCII
 * characters that need no escape, as in dates and uuids.
 */
static inline char *
json_string_reserve(JsonWriter *w, int max)
{
	char	   *to;

	if (w->form == JSON_BINARY)
	{
		json_reserve(&w->buffer, max);
		return json_tail(&w->buffer);
	}
	to = json_text_begin(w, (Size) max + 2);
	*to++ = '"';
	json_text_end(w, to);
	return to;
}

static inline void
json_string_commit(JsonWriter *w, int n)
{
	char	   *to = json_tail(&w->buffer) + n;

	if (w->form == JSON_BINARY)
		json_entry(w, JENTRY_ISSTRING, n, (uint32) (to - w->buffer.data));
	else
	{
		memcpy(to, "\",", 2);
		json_text_end(w, to + 2);
	}
}

/*
 * A string made of parts: begin, any number of parts, end.  s is in the
 * server's encoding, not escaped, and need not end with a zero byte.
 */
static inline void
json_string_begin(JsonWriter *w)
{
	w->string = w->buffer.len;
	if (w->form == JSON_TEXT)
		json_string_reserve(w, 0);
}

static inline void
json_string_part(JsonWriter *w, const char *s, int n)
{
	if (w->form == JSON_BINARY)
		json_append(&w->buffer, s, n);
	else
		json_append_escaped(&w->buffer, s, n);
}

static inline void
json_string_end(JsonWriter *w)
{
	if (w->form == JSON_BINARY)
		json_entry(w, JENTRY_ISSTRING, (uint32) (w->buffer.len - w->string),
				   (uint32) w->buffer.len);
	else
		json_append(&w->buffer, "\",", 2);
}

/* A string of n bytes in the server's encoding; escaped in text. */
static inline void
json_string(JsonWriter *w, const char *s, int n)
{
	char	   *to;
	Size		done;

	if (w->form == JSON_BINARY)
	{
		json_reserve(&w->buffer, n);
		json_copy(json_tail(&w->buffer), s, n);
		json_entry(w, JENTRY_ISSTRING, n, (uint32) w->buffer.len + n);
		return;
	}
	to = json_text_begin(w, (Size) n + 2);
	*to++ = '"';
	done = json_copy_plain(to, s, n);
	to += done;
	if (unlikely(done < n))
	{
		json_text_end(w, to);
		json_append_escaped_rest(&w->buffer, s + done, n - done);
		json_append(&w->buffer, "\",", 2);
		return;
	}
	memcpy(to, "\",", 2);
	json_text_end(w, to + 2);
}

/* A string that is known to need no escape. */
static inline void
json_string_ascii(JsonWriter *w, const char *s, int n)
{
	char	   *to;

	if (w->form == JSON_BINARY)
	{
		json_string(w, s, n);
		return;
	}
	to = json_text_begin(w, (Size) n + 2);
	*to++ = '"';
	json_copy(to, s, n);
	memcpy(to + n, "\",", 2);
	json_text_end(w, to + n + 2);
}

#endif							/* FHIR_BRIDGE_JSON_H */
