/*
 * encoding.c
 *		Bytes of which the server does not know what they are.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/base.h"

/*
 * Are n bytes of a text UTF-8, or of an encoding that the server knows and can
 * convert?  Only a database in SQL_ASCII holds others.
 */
bool
base_is_utf8(const char *s, int n)
{
	return GetDatabaseEncoding() != PG_SQL_ASCII || pg_verify_mbstr(PG_UTF8, s, n, true);
}

/*
 * Writes a "char" as text: nothing for zero, and a byte that is no ASCII in
 * three octal digits behind a backslash, as the server does since version 16.
 * Returns how many bytes there are, at most 4.
 */
int
base_char_text(char c, char *to)
{
	if (!IS_HIGHBIT_SET(c))
	{
		*to = c;
		return c != '\0';
	}
	to[0] = '\\';
	to[1] = '0' + ((unsigned char) c >> 6);
	to[2] = '0' + ((unsigned char) c >> 3 & 7);
	to[3] = '0' + (c & 7);
	return 4;
}
