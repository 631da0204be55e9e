/*
 * utf8_service.c
 *		From the database's encoding to the service's UTF-8, and back.
 *
 * The server's own conversions name the bytes that they cannot convert.  Those
 * are of a note or of an answer, so that the conversion is asked not to raise
 * anything, and the error is ours.  The JSON parser converts what is escaped,
 * with the same words, and cannot where the database has no encoding: escapes
 * are written out before it sees them.
 */
#include "postgres.h"

#include <ctype.h>
#include <limits.h>

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"

#include "base/base.h"
#include "suggest/service/utf8_service.h"

/* A converted copy of the text; NULL when a character has no equivalent. */
static char *
convert(const char *text, int length, int from, int to)
{
	Oid			conversion = FindDefaultConversionProc(from, to);
	Size		size = (Size) length * MAX_CONVERSION_GROWTH + 1;
	char	   *converted;

	if (!OidIsValid(conversion))
		return NULL;
	converted = MemoryContextAllocHuge(CurrentMemoryContext, size);
	if (pg_do_encoding_conversion_buf(conversion, from, to, (unsigned char *) unconstify(char *, text), length,
									  (unsigned char *) converted, (int) Min(size, INT_MAX), true) < length)
		return NULL;
	return converted;
}

/* Are the text's bytes the same in the database and in UTF-8? */
static bool
is_same_in_utf8(const char *text, int length)
{
	int			encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return true;
	for (int i = 0; i < length; i++)
	{
		if (IS_HIGHBIT_SET(text[i]))
			return false;
	}
	return true;
}

/*
 * A text of the database in UTF-8, palloc'd.  Raises 22P05 for what has no
 * place there, 22021 when a database without an encoding (SQL_ASCII) holds
 * something else.
 */
char *
suggest_to_utf8(const char *text, int length, const char *what)
{
	char	   *converted;

	if (is_same_in_utf8(text, length))
	{
		if (!pg_verify_mbstr(PG_UTF8, text, length, true))
			ereport(ERROR,
					(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					 errmsg("%s is not valid UTF-8", what),
					 errhint("This database has no encoding of its own; convert the text with convert_to().")));
		return pnstrdup(text, length);
	}
	converted = convert(text, length, GetDatabaseEncoding(), PG_UTF8);
	if (converted == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("%s has a character without an equivalent in UTF-8", what)));
	return converted;
}

/*
 * A valid text in UTF-8 in the database's encoding, palloc'd; NULL when that
 * lacks a character.
 */
char *
suggest_from_utf8(const char *text, int length)
{
	if (is_same_in_utf8(text, length))
		return pnstrdup(text, length);
	return convert(text, length, PG_UTF8, GetDatabaseEncoding());
}

/*
 * What can be shown of a text that is UTF-8 but for what cut it, or wrote it:
 * palloc'd, in the database's encoding, with a question mark for each byte that
 * is no character and each character that the encoding lacks.
 */
char *
suggest_show_utf8(const char *text, int length)
{
	StringInfoData shown;

	initStringInfo(&shown);
	for (int at = 0, size; at < length; at += size)
	{
		bool		is_character = pg_utf_mblen((const unsigned char *) text + at) <= length - at;
		const char *character = NULL;

		size = is_character ? pg_utf_mblen((const unsigned char *) text + at) : 1;
		if (is_character && text[at] != '\0' && pg_verify_mbstr(PG_UTF8, text + at, size, true))
			character = suggest_from_utf8(text + at, size);
		else
			size = 1;
		appendStringInfoString(&shown, character != NULL ? character : "?");
	}
	return shown.data;
}

/* The number of four hexadecimal digits; -1 when there are fewer. */
static int
hex_number(const char *digits)
{
	int			number = 0;

	for (int i = 0; i < 4; i++)
	{
		int			digit = isxdigit((unsigned char) digits[i]) ? pg_tolower((unsigned char) digits[i]) : 0;

		if (digit == 0)
			return -1;
		number = number * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	return number;
}

/*
 * The character that is escaped here, by one escape or a pair of surrogates,
 * and in how many bytes; 0 for ASCII's, and for what the parser will refuse.
 */
static int
wide_escape(const char *text, pg_wchar *character)
{
	int			first = text[1] == 'u' ? hex_number(text + 2) : -1;
	int			second;

	if (first < 0x80 || is_utf16_surrogate_second(first))
		return 0;
	*character = first;
	if (!is_utf16_surrogate_first(first))
		return 6;
	second = text[6] == '\\' && text[7] == 'u' ? hex_number(text + 8) : -1;
	if (second < 0 || !is_utf16_surrogate_second(second))
		return 0;
	*character = surrogate_pair_to_codepoint(first, second);
	return 12;
}

/*
 * Writes the escapes in a JSON text out where they stand for characters beyond
 * ASCII; the text, in UTF-8, gets no longer by that.
 */
void
suggest_write_out_escapes(char *text)
{
	char	   *out = strchr(text, '\\');
	char	   *c = out;

	while (c != NULL && *c != '\0')
	{
		pg_wchar	character;
		int			length = *c == '\\' ? wide_escape(c, &character) : 0;

		if (length > 0)
		{
			unicode_to_utf8(character, (unsigned char *) out);
			out += pg_utf_mblen((unsigned char *) out);
			c += length;
			continue;
		}
		if (*c == '\\' && c[1] != '\0')
			*out++ = *c++;
		*out++ = *c++;
	}
	if (c != NULL)
		*out = '\0';
}
