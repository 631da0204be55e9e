/*
 * scan_json.c
 *		The nodes of JSON text.
 *
 * A json datum has been through the server's parser already, so nothing of its
 * grammar has to be checked again, only not overrun.  Strings are used where
 * they stand, unless something in them is escaped.  A datum may hold what jsonb
 * cannot, such as \u0000: that is for the checks to refuse, and no error.  Text
 * that the scanner does not expect is given to the server's parser, which says
 * what is wrong with it.
 *
 * What jsonb has lost is still here: how a number was written, and members
 * that stand twice in an object.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/jsonfuncs.h"

#include "base/compat.h"
#include "base/words.h"
#include "r4/validate/reader.h"
#include "r4/structure/structure.h"

#define NO_CHARACTER '\001'		/* stands for one that no text can hold */

typedef struct JsonScan
{
	R4Reader   *reader;
	const char *next;			/* what comes next in the text */
	const char *end;			/* of the text */
	uint32		container;		/* the one that is being read */
	int			depth;			/* containers around */
	const char *key;			/* of the next value in an object, else NULL */
	uint32		keylen;
} JsonScan;

static bool scan_value(JsonScan *scan);

/*
 * Skips white space; the character behind it, '\0' at the end of the text.  Any
 * control character is taken for white space: the server's parser has let none
 * through that is not, and one comparison is less than four.
 */
static inline char
skip_space(JsonScan *scan)
{
	const char *next = scan->next;
	const char *end = scan->end;

	while (next < end && (unsigned char) *next <= ' ')
		next++;
	scan->next = next;
	return next < end ? *next : '\0';
}

/*
 * Where a string has its first quote, backslash or control character; the end
 * when it has none.  Eight bytes at a time: the lowest of the marks in a word
 * is right, and that is the first byte where words begin with their lowest.
 */
static inline const char *
plain_end(const char *text, const char *end)
{
	for (; end - text >= 8; text += 8)
	{
		uint64		word = word_load8(text);
		uint64		quote = word ^ WORD_EACH('"');
		uint64		backslash = word ^ WORD_EACH('\\');
		uint64		found = (((quote - WORD_EACH(1)) & ~quote) | ((backslash - WORD_EACH(1)) & ~backslash) |
							 ((word - WORD_EACH(' ')) & ~word)) &
			WORD_EACH(0x80);

		if (found == 0)
			continue;
#ifdef WORDS_BIGENDIAN
		break;
#else
		return text + pg_rightmost_one_pos64(found) / 8;
#endif
	}
	while (text < end && *text != '"' && *text != '\\' && (unsigned char) *text >= ' ')
		text++;
	return text;
}

/* The value of four hexadecimal digits; -1 when they are none. */
static int32
hex_value(const char *digits)
{
	int32		value = 0;

	for (int i = 0; i < 4; i++)
	{
		if (!isxdigit((unsigned char) digits[i]))
			return -1;
		value = value * 16 + (digits[i] <= '9' ? digits[i] - '0' : (digits[i] | ' ') - 'a' + 10);
	}
	return value;
}

/*
 * Appends a character of the server's encoding; what that does not have is
 * appended as its escape, of which there are len bytes at escape: it is a good
 * character, and different from others.
 */
static char *
append_character(char *to, pg_wchar c, const char *escape, int len)
{
	unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN + 1];
	unsigned char converted[MAX_UNICODE_EQUIVALENT_STRING + 1];
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;
	int			utf8len;

	unicode_to_utf8(c, utf8);
	utf8len = pg_utf_mblen(utf8);
	if (utf8len == 1 || encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return (char *) memcpy(to, utf8, utf8len) + utf8len;
	/* without an error, and no longer than the escape: there is room for that and no more */
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	if (OidIsValid(conversion) &&
		pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, utf8, utf8len,
									  converted, sizeof(converted), true) == utf8len &&
		strlen((char *) converted) <= len)
	{
		len = strlen((char *) converted);
		escape = (char *) converted;
	}
	return (char *) memcpy(to, escape, len) + len;
}

/*
 * Appends the character of the escapes that begin at *from, of which there are
 * two for one beyond the first plane, and moves *from behind them.  U+0000 and
 * half a surrogate pair, which no text can hold, become a control character:
 * the checks refuse that wherever it stands.  NULL when there are no escapes.
 */
static char *
append_unicode(char *to, const char **from, const char *close)
{
	const char *escape = *from;
	int32		c = close - escape < 6 ? -1 : hex_value(escape + 2);

	if (c < 0)
		return NULL;
	*from += 6;
	/* what is no second half is left where it is: an escape of its own, good or not */
	if (is_utf16_surrogate_first(c) && close - *from >= 6 && memcmp(*from, "\\u", 2) == 0)
	{
		int32		second = hex_value(*from + 2);

		if (second >= 0 && is_utf16_surrogate_second(second))
		{
			c = surrogate_pair_to_codepoint(c, second);
			*from += 6;
		}
	}
	if (c == 0 || is_utf16_surrogate_first(c) || is_utf16_surrogate_second(c))
	{
		*to = NO_CHARACTER;
		return to + 1;
	}
	return append_character(to, c, escape, *from - escape);
}

/*
 * Copies a string without its escapes, each of which is longer than what it
 * stands for: room for the text as it is written is enough, and what is left of
 * it goes back.  First the end is found, so that the room is known.
 */
static bool
scan_escaped(JsonScan *scan, const char **text, uint32 *len)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *close = scan->next;
	char	   *to;
	Size		room;

	/* a backslash at the very end leads one beyond it, where nothing is read */
	while (close < scan->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= scan->end)
		return false;
	room = close - scan->next;
	*text = to = r4_reader_reserve(scan->reader, room);
	for (const char *from = scan->next; from < close;)
	{
		const char *escape;

		if (*from != '\\')
		{
			if ((unsigned char) *from < ' ')
				return false;
			*to++ = *from++;
		}
		else if (from[1] == 'u')
		{
			if ((to = append_unicode(to, &from, close)) == NULL)
				return false;
		}
		else
		{
			if (from[1] == '\0' || (escape = strchr(escapes, from[1])) == NULL)
				return false;
			*to++ = meanings[escape - escapes];
			from += 2;
		}
	}
	*len = to - *text;
	scan->reader->used -= room - *len;
	scan->next = close + 1;
	return true;
}

/*
 * Reads a string whose quote is next: where it is, without its quotes and
 * escapes.  One without a backslash stays in the source, which outlives the
 * document; that is nearly every one.
 */
static inline bool
scan_string(JsonScan *scan, const char **text, uint32 *len)
{
	const char *first = ++scan->next;
	const char *end = plain_end(first, scan->end);

	if (end < scan->end && *end == '\\')
		return scan_escaped(scan, text, len);
	*text = first;
	*len = end - first;
	scan->next = end + 1;
	return end < scan->end && *end == '"';
}

/* Reads the name of a member and its colon. */
static bool
scan_key(JsonScan *scan)
{
	if (skip_space(scan) != '"' || !scan_string(scan, &scan->key, &scan->keylen) || skip_space(scan) != ':')
		return false;
	scan->next++;
	return true;
}

/*
 * Appends the node of the value that comes now, under the name before it; its
 * number.  The name is used up: members of an array must not get it as well.
 */
static uint32
append_node(JsonScan *scan, R4Kind kind, const char *text, uint32 len)
{
	uint32		number = r4_reader_append(scan->reader, scan->container, scan->key, scan->keylen, kind, text, len);
	scan->key = NULL;
	scan->keylen = 0;
	return number;
}

/* Reads a word of letters, if it is the next one.  What stands behind it whoever comes next refuses. */
static bool
scan_word(JsonScan *scan, const char *word, R4Kind kind)
{
	size_t		len = strlen(word);

	if (scan->end - scan->next < len || memcmp(scan->next, word, len) != 0)
		return false;
	scan->next += len;
	(void) append_node(scan, kind, NULL, 0);
	return true;
}

/*
 * Reads a number: as far as its characters go.  Whether they are one the server's
 * parser has seen to, and what R4 says of its form the check asks.
 */
static bool
scan_number(JsonScan *scan)
{
	const char *first = scan->next;

	/* strchr would find '\0', too: at the end of its own string */
	while (scan->next < scan->end && (isdigit((unsigned char) *scan->next) || strchr("+-.eE", *scan->next) != NULL) &&
		   *scan->next != '\0')
		scan->next++;
	(void) append_node(scan, R4_KIND_NUMBER, first, scan->next - first);
	return scan->next > first;
}

/*
 * Passes over a container that is too deep to be checked.  Without recursion: how
 * deep it goes is the sender's choice.  The node stays empty, and the check
 * reports its depth.
 */
static bool
skip_container(JsonScan *scan)
{
	int			depth = 0;

	do
	{
		if (scan->next >= scan->end)
			return false;
		switch (*scan->next++)
		{
			case '[':
			case '{':
				depth++;
				break;
			case ']':
			case '}':
				depth--;
				break;
			case '"':
				while (scan->next < scan->end && *scan->next != '"')
					scan->next += *scan->next == '\\' ? 2 : 1;
				scan->next++;
				break;
		}
	} while (depth > 0);
	return scan->next <= scan->end;
}

/*
 * Reads an array or object up to its closing character.  Recurses.  Its length
 * and end are known only behind it, and are set by its number: the array of nodes
 * may have moved meanwhile.
 */
static bool
scan_container(JsonScan *scan, R4Kind kind, char close)
{
	uint32		outer = scan->container;
	uint32		number = append_node(scan, kind, NULL, 0);
	uint32		count = 0;
	char		c;

	if (scan->depth >= R4_DEPTH_READ)
		return skip_container(scan);
	check_stack_depth();
	scan->depth++;
	scan->container = number;
	scan->next++;
	c = skip_space(scan);
	if (c != close)
	{
		do
		{
			if ((kind == R4_KIND_OBJECT && !scan_key(scan)) || !scan_value(scan))
				return false;
			count++;
			c = skip_space(scan);
			scan->next++;
		} while (c == ',');
		if (c != close)
			return false;
	}
	else
		scan->next++;
	scan->reader->document.nodes[number].len = count;
	scan->reader->document.nodes[number].end = scan->reader->document.count;
	scan->container = outer;
	scan->depth--;
	return true;
}

/*
 * Reads any value.  False where the text is not what the server's parser would
 * have let through: nothing is undone, r4_read_json raises an error.
 */
static bool
scan_value(JsonScan *scan)
{
	const char *text;
	uint32		len;

	switch (skip_space(scan))
	{
		case '"':
			if (!scan_string(scan, &text, &len))
				return false;
			(void) append_node(scan, R4_KIND_STRING, text, len);
			return true;
		case '{':
			return scan_container(scan, R4_KIND_OBJECT, '}');
		case '[':
			return scan_container(scan, R4_KIND_ARRAY, ']');
		case 't':
			return scan_word(scan, "true", R4_KIND_TRUE);
		case 'f':
			return scan_word(scan, "false", R4_KIND_FALSE);
		case 'n':
			return scan_word(scan, "null", R4_KIND_NULL);
		default:
			return scan_number(scan);
	}
}

/*
 * The document of n bytes of JSON text in the server's encoding.  It is the
 * reader's and good until the next one is read.  Text that is no JSON is an
 * error of the server's parser.
 */
R4Document *
r4_read_json(R4Reader *reader, const char *source, int n)
{
	JsonScan	scan = {.reader = reader, .next = source, .end = source + n};

	r4_reader_reset(reader);
	if (!scan_value(&scan) || skip_space(&scan) != '\0' || scan.next != scan.end)
	{
		pg_parse_json_or_ereport(json_lex_context(source, n), &nullSemAction);
		elog(ERROR, "the server's JSON parser takes what our scanner does not");
	}
	return &reader->document;
}
