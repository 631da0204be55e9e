/*
 * buffer.h
 *		A reused byte buffer, and the escaping of JSON strings into it.
 *
 * The buffer lives in a memory context of the caller and keeps its space
 * from row to row.  Behind every reserved range stand JSON_SLACK more bytes,
 * so that the hot parts may store whole words and overshoot their end.
 *
 * Comma rule of JSON text: every member is followed by a comma, and closing
 * a container overwrites the last one.  So no writer has to ask whether it
 * writes the first member.
 *
 * Bytes are looked at without regard to the encoding: in every encoding that
 * a server may have, a byte below 0x80 is that ASCII character.
 */
#ifndef FHIR_BRIDGE_JSON_BUFFER_H
#define FHIR_BRIDGE_JSON_BUFFER_H

#include "postgres.h"

#include "base/words.h"

/* Bytes that may be stored, but never kept, behind what was reserved. */
#define JSON_SLACK	32

typedef struct JsonBuffer
{
	char	   *data;			/* aligned like any palloc'd chunk */
	Size		len;			/* bytes written */
	Size		cap;			/* bytes that may be written before growing */
	Size		limit;			/* bound of cap: what the result's type holds */
	MemoryContext context;		/* where data lives */
} JsonBuffer;

/* in buffer.c */
extern void json_buffer_init(JsonBuffer *b, MemoryContext context);
extern void json_buffer_renew(JsonBuffer *b);
extern void json_buffer_grow(JsonBuffer *b, Size n);
extern void json_append_escaped_rest(JsonBuffer *b, const char *s, Size n);
extern Datum json_finish_buffer(const JsonBuffer *b);

/* Forgets the content, keeps the space. */
static inline void
json_buffer_reset(JsonBuffer *b)
{
	b->len = 0;
}

/*
 * Makes room for n more bytes.  Raises program_limit_exceeded when the result
 * could not hold them; data may move.
 */
static inline void
json_reserve(JsonBuffer *b, Size n)
{
	if (unlikely(n > b->cap - b->len))
		json_buffer_grow(b, n);
}

/* Where the next byte goes. */
static inline char *
json_tail(JsonBuffer *b)
{
	return b->data + b->len;
}

/*
 * memcpy without the call for what is usual here, strings up to 16 bytes: two
 * words that overlap in the middle.  Reads and writes nothing outside.
 */
static inline void
json_copy(char *to, const char *from, Size n)
{
	if (n > 16)
		memcpy(to, from, n);
	else if (n >= 8)
	{
		uint64		head;
		uint64		last;

		memcpy(&head, from, 8);
		memcpy(&last, from + n - 8, 8);
		memcpy(to, &head, 8);
		memcpy(to + n - 8, &last, 8);
	}
	else if (n >= 4)
	{
		uint32		head;
		uint32		last;

		memcpy(&head, from, 4);
		memcpy(&last, from + n - 4, 4);
		memcpy(to, &head, 4);
		memcpy(to + n - 4, &last, 4);
	}
	else if (n > 0)
	{
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

/* Appends n bytes as they are. */
static inline void
json_append(JsonBuffer *b, const char *s, Size n)
{
	json_reserve(b, n);
	json_copy(json_tail(b), s, n);
	b->len += n;
}

/* Appends one byte. */
static inline void
json_append_char(JsonBuffer *b, char c)
{
	json_reserve(b, 1);
	b->data[b->len++] = c;
}

/*
 * Closes a container that was opened by '{' or '[': c takes the place of the
 * comma behind the last member, or follows the opening when there is none.
 */
static inline void
json_close(JsonBuffer *b, char c)
{
	if (b->data[b->len - 1] == ',')
		b->data[b->len - 1] = c;
	else
		json_append_char(b, c);
}

/* The same for a container that is a member itself: a comma follows. */
static inline void
json_close_member(JsonBuffer *b, char c)
{
	json_close(b, c);
	json_append_char(b, ',');
}

/*
 * Not zero when one of the word's bytes must be escaped: below a space, a
 * quote, or a backslash.  Exchanging 0x20 with 0x22 leaves one bound for the
 * first two.  A subtraction sets a byte's high bit when the byte was below
 * the bound; bytes from 0x80 up are masked away.  The borrow may mark the byte
 * above a marked one wrongly, so only "any" can be asked.
 */
static inline uint64
json_needs_escape(uint64 word)
{
	uint64		low = (word ^ WORD_EACH(0x02)) - WORD_EACH(0x21);
	uint64		backslash = (word ^ WORD_EACH('\\')) - WORD_EACH(1);

	return (low | backslash) & ~word & WORD_EACH(0x80);
}

/*
 * Copies a string of fewer than 8 bytes; false, with undefined bytes at to,
 * when it holds something to escape.  The bytes go through registers: writing
 * them to memory piecewise and reading them as a word would wait.
 */
static inline bool
json_copy_short(char *to, const char *s, Size n)
{
	uint64		word;

	if (n >= 4)
	{
		uint32		head;
		uint32		last;

		memcpy(&head, s, 4);
		memcpy(&last, s + n - 4, 4);
		word = head | ((uint64) last << 32);
		memcpy(to, &head, 4);
		memcpy(to + n - 4, &last, 4);
	}
	else if (n > 0)
	{
		unsigned char first = s[0];
		unsigned char middle = s[n / 2];
		unsigned char last = s[n - 1];

		/* the absent bytes are spaces */
		word = UINT64CONST(0x2020202020000000) | first | (middle << 8) | (last << 16);
		to[0] = first;
		to[n / 2] = middle;
		to[n - 1] = last;
	}
	else
		return true;
	return json_needs_escape(word) == 0;
}

/*
 * Copies n bytes of a string until something must be escaped, eight at a
 * time.  Returns how many are done: n, or where the first word begins that
 * holds something to escape.
 */
static inline Size
json_copy_plain(char *to, const char *s, Size n)
{
	uint64		word;
	Size		i;

	if (n < 8)
		return json_copy_short(to, s, n) ? n : 0;
	for (i = 0; i + 8 <= n; i += 8)
	{
		memcpy(&word, s + i, 8);
		if (unlikely(json_needs_escape(word) != 0))
			return i;
		memcpy(to + i, &word, 8);
	}
	if (i < n)
	{
		/* the last eight bytes, some of them for the second time */
		memcpy(&word, s + n - 8, 8);
		if (unlikely(json_needs_escape(word) != 0))
			return i;
		memcpy(to + n - 8, &word, 8);
	}
	return n;
}

/*
 * Copies n bytes of a string that may need no escape to `to`, which has room
 * for them and JSON_SLACK.  Returns the end of the copy, or NULL at the first
 * word that holds something to escape; nothing is kept then.
 */
static inline char *
json_copy_unescaped(char *to, const char *s, Size n)
{
	uint64		word;

	if (n >= 8)
	{
		Size		i;

		for (i = 0; i + 8 <= n; i += 8)
		{
			memcpy(&word, s + i, 8);
			if (unlikely(json_needs_escape(word) != 0))
				return NULL;
			memcpy(to + i, &word, 8);
		}
		/* the last eight bytes, some of them for the second time */
		memcpy(&word, s + n - 8, 8);
		if (unlikely(json_needs_escape(word) != 0))
			return NULL;
		memcpy(to + n - 8, &word, 8);
	}
	else if (n > 0)
	{
		/* absent bytes read as spaces, which need no escape */
		word = UINT64CONST(0x2020202020202020);
		json_copy((char *) &word, s, n);
		if (unlikely(json_needs_escape(word) != 0))
			return NULL;
		memcpy(to, &word, 8);	/* overshoots into the slack */
	}
	return to + n;
}

/*
 * Appends the body of a JSON string, without its quotes, escaped as the
 * server's escape_json does it.  s has n bytes in the server's encoding.
 *
 * Copies while it looks, eight bytes at a time, and starts again on the slow
 * path when there is something to escape.
 */
static inline void
json_append_escaped(JsonBuffer *b, const char *s, Size n)
{
	json_reserve(b, n);
	if (likely(json_copy_unescaped(json_tail(b), s, n) != NULL))
		b->len += n;
	else
		json_append_escaped_rest(b, s, n);
}

#endif							/* FHIR_BRIDGE_JSON_BUFFER_H */
