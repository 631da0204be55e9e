/*
 * utf8.c
 *		Text as UTF-8, so that an id does not depend on the database's encoding.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "ident/ident.h"

/* Whether a string is the same in every server encoding. */
static bool
is_ascii(const char *string, int length)
{
	for (int i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(string[i]))
			return false;
	return true;
}

/*
 * Takes a string of *length bytes in the database's encoding, gives it in
 * UTF-8 and sets *length.  The result is the argument itself where nothing
 * changes, else allocated in the current context.
 *
 * In an SQL_ASCII database nobody knows what the bytes mean: they are taken
 * as they are.
 *
 * XXX A character that UTF-8 lacks is the server's own error 22P05, whose
 * text shows the bytes of that one character.  Tolerated: sending the value to
 * a UTF-8 client raises the same error, and a substitute would give different
 * names the same id.
 */
const char *
ident_to_utf8(const char *string, int *length)
{
	int			encoding = GetDatabaseEncoding();
	char	   *converted;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || is_ascii(string, *length))
		return string;
	converted = pg_server_to_any(string, *length, PG_UTF8);
	if (converted != string)
		*length = strlen(converted);
	return converted;
}
