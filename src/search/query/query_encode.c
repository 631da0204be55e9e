/*
 * query_encode.c
 *		Percent-encoding of query strings.
 */
#include "postgres.h"

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
	return pg_any_to_server(bytes, n, PG_UTF8);
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
