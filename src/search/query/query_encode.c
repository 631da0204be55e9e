/*
 * query_encode.c
 *		Percent-encoding of query strings.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"

#include "search/query/query.h"

/* The value of a hexadecimal digit, or -1. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * The bytes in the database's encoding.  An error, which does not show the
 * character, where that lacks one.
 */
static char *
to_server(const char *utf8, int len)
{
	int			encoding = GetDatabaseEncoding();
	Oid			conversion = encoding == PG_UTF8 || encoding == PG_SQL_ASCII ? InvalidOid :
		FindDefaultConversionProc(PG_UTF8, encoding);
	int			room = len * MAX_CONVERSION_GROWTH + 1;
	char	   *text;

	if (!OidIsValid(conversion))
		return pstrdup(utf8);
	text = palloc(room);
	if (pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, (unsigned char *) utf8, len,
									  (unsigned char *) text, room, true) < len)
		outcome_error(SEARCH_INVALID, "invalid", "the query has a character that the database's encoding lacks");
	return text;
}

/*
 * Decodes a name or value of a query string, in the database's encoding; "+"
 * is a blank.  Raises an error for a broken escape, a zero byte, or bytes that
 * are no UTF-8.
 */
char *
query_decode(const char *text, int len)
{
	char	   *bytes = palloc(len + 1);
	int			n = 0;

	for (int i = 0; i < len; i++)
	{
		if (text[i] == '%')
		{
			int			high = i + 1 < len ? hex_value(text[i + 1]) : -1;
			int			low = i + 2 < len ? hex_value(text[i + 2]) : -1;

			if (high < 0 || low < 0 || high + low == 0)
				outcome_error(SEARCH_INVALID, "invalid", "the query has a broken percent escape");
			bytes[n++] = high << 4 | low;
			i += 2;
		}
		else
			bytes[n++] = text[i] == '+' ? ' ' : text[i];
	}
	bytes[n] = '\0';
	if (!pg_verify_mbstr(PG_UTF8, bytes, n, true))
		outcome_error(SEARCH_INVALID, "invalid", "the query is not encoded in UTF-8");
	return to_server(bytes, n);
}

/* Appends a text with what a query string cannot hold as it is encoded. */
void
query_encode(StringInfo to, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);

	for (const char *s = utf8; *s != '\0'; s++)
	{
		unsigned char c = *s;

		if ((c < 0x80 && isalnum(c)) || strchr("-._~:,/$*()!@", c) != NULL)
			appendStringInfoChar(to, c);
		else
		{
			appendStringInfoChar(to, '%');
			appendStringInfoChar(to, digits[c >> 4]);
			appendStringInfoChar(to, digits[c & 15]);
		}
	}
}
