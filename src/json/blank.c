/*
 * blank.c
 *		Texts of nothing but white space.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "json/blank.h"

/*
 * The length of the white space character at s, of at most n bytes, or 0 when
 * there is another character.  utf8: Unicode's White_Space counts as well.
 */
static int
space_length(const unsigned char *s, int n, bool utf8)
{
	if (s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r'))
		return 1;
	if (!utf8)
		return 0;
	if (n >= 2 && s[0] == 0xc2 && (s[1] == 0x85 || s[1] == 0xa0))
		return 2;				/* U+0085, U+00A0 */
	if (n >= 3)
	{
		pg_wchar	c = ((s[0] & 0x0f) << 12) | ((s[1] & 0x3f) << 6) | (s[2] & 0x3f);

		if ((s[0] & 0xf0) == 0xe0 &&
			(c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
			 c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000))
			return 3;
	}
	return 0;
}

/* json_is_blank, when the first byte does not answer.  n is above 0. */
bool
json_is_blank_rest(const char *s, int n)
{
	bool		utf8 = (GetDatabaseEncoding() == PG_UTF8);

	while (n > 0)
	{
		int			len = space_length((const unsigned char *) s, n, utf8);

		if (len == 0)
			return false;
		s += len;
		n -= len;
	}
	return true;
}
