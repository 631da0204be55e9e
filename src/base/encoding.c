/*
 * encoding.c
 *		Bytes of which the server does not know what they are.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/base.h"

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
