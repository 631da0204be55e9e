/*
 * buffer.c
 *		The parts of the byte buffer that are not worth inlining: making it
 *		larger, the slow half of escaping, and the result's datum.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "json/json.h"

/* Room for a usual resource: few rows make the buffer grow. */
#define INITIAL_SIZE	2048

/* Escaping goes on in pieces, so that six times a long string is not reserved. */
#define PIECE			4096

/*
 * Prepares an empty buffer whose space is taken from context and goes with
 * it.  Its limit is what a text datum can hold.
 */
void
json_buffer_init(JsonBuffer *b, MemoryContext context)
{
	b->context = context;
	b->data = MemoryContextAlloc(context, INITIAL_SIZE);
	b->len = 0;
	b->cap = INITIAL_SIZE - JSON_SLACK;
	b->limit = MaxAllocSize - VARHDRSZ - JSON_SLACK;
}

/* Gives back what the buffer has beyond its first size, with what it holds. */
void
json_buffer_renew(JsonBuffer *b)
{
	Size		limit = b->limit;

	pfree(b->data);
	json_buffer_init(b, b->context);
	b->limit = limit;
}

/*
 * Makes room for n more bytes by doubling.  Raises program_limit_exceeded
 * when that would go beyond the buffer's limit; the buffer stays valid then.
 */
void
json_buffer_grow(JsonBuffer *b, Size n)
{
	Size		cap = b->cap;

	if (n > b->limit - b->len)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("JSON value is too large"),
				 errdetail("The total size of the value exceeds the maximum of %zu bytes.",
						   b->limit)));
	while (cap - b->len < n)
		cap = Min(cap * 2, b->limit);
	b->data = repalloc(b->data, cap + JSON_SLACK);
	b->cap = cap;
}

/*
 * Writes one character of a JSON string to to, which has room for six bytes,
 * and returns the place behind it.
 */
static inline char *
escape_char(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char		letter;

	switch (c)
	{
		case '\b':
			letter = 'b';
			break;
		case '\f':
			letter = 'f';
			break;
		case '\n':
			letter = 'n';
			break;
		case '\r':
			letter = 'r';
			break;
		case '\t':
			letter = 't';
			break;
		case '"':
		case '\\':
			letter = (char) c;
			break;
		default:
			if (c >= ' ')
			{
				*to++ = (char) c;
				return to;
			}
			memcpy(to, "\\u00", 4);
			to[4] = hex[c >> 4];
			to[5] = hex[c & 0xf];
			return to + 6;
	}
	*to++ = '\\';
	*to++ = letter;
	return to;
}

/*
 * The slow half of json_append_escaped: from the first word that holds
 * something to escape, to the end.  Words that hold nothing are still copied
 * as words, since text with one line feed often has more text than that.
 */
void
json_append_escaped_rest(JsonBuffer *b, const char *s, Size n)
{
	while (n > 0)
	{
		Size		piece = Min(n, PIECE);
		const char *end = s + piece;
		char	   *to;

		json_reserve(b, piece * 6);
		to = json_tail(b);
		while (end - s >= 8)
		{
			uint64		word;

			memcpy(&word, s, 8);
			if (json_needs_escape(word) == 0)
			{
				memcpy(to, &word, 8);
				to += 8;
				s += 8;
			}
			else
			{
				for (int i = 0; i < 8; i++)
					to = escape_char(to, (unsigned char) *s++);
			}
		}
		while (s < end)
			to = escape_char(to, (unsigned char) *s++);
		b->len = to - b->data;
		n -= piece;
	}
}

/*
 * The buffer's content as a text (or json) datum, palloc'd in the current
 * context.  The buffer is left as it is.
 */
Datum
json_finish_buffer(const JsonBuffer *b)
{
	char	   *result = palloc(VARHDRSZ + b->len);

	SET_VARSIZE(result, VARHDRSZ + b->len);
	memcpy(VARDATA(result), b->data, b->len);
	return PointerGetDatum(result);
}
