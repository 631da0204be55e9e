/*
 * normalize.c
 *		BERT's clean-up of a text, code point by code point.  plain C: no server headers.
 *
 * The reference makes four passes over the whole text.  Each of them looks at
 * one character, so that one pass through all four gives the same, with one
 * exception: canonical decomposition puts neighbouring marks into the order of
 * their combining classes.  Most marks are dropped afterwards; the few that
 * stay wait in a small list until a character of class 0 comes.
 */
#include "model/tokens/normalize.h"

#include <string.h>

/* What the generated table says of a code point. */
enum
{
	UNICODE_CONTROL = 1,		/* dropped by the clean-up */
	UNICODE_SPACE = 2,
	UNICODE_PUNCTUATION = 4,
	UNICODE_CHINESE = 8,		/* an ideograph */
	UNICODE_MARK = 16,			/* dropped with the accents, of a combining class */
	UNICODE_MARK_APART = 32		/* dropped too, of class 0: marks do not pass it */
};

typedef struct UnicodeRange
{
	uint32_t	first;
	uint32_t	last;
	uint32_t	flags;
} UnicodeRange;

typedef struct UnicodeMapping
{
	uint32_t	from;
	uint32_t	count;
	uint32_t	to;				/* the code point; of several, their place in unicode_targets */
} UnicodeMapping;

typedef struct UnicodeOrder
{
	uint32_t	code;
	uint32_t	rank;			/* orders as the combining class does */
} UnicodeOrder;

#include "model/tokens/unicode_tables.h"

#define HANGUL_FIRST 0xAC00		/* syllables; decomposed by arithmetic, as the standard says */
#define HANGUL_LAST 0xD7A3
#define MARKS_MAX 32			/* marks that wait; more than that in a row are no text */

/* Marks that stay and wait for a character of class 0. */
typedef struct Marks
{
	int			count;
	UnicodeOrder marks[MARKS_MAX];	/* by rank; equal ones as they came */
} Marks;

/*
 * Decodes the first character of a text.  Gives its bytes, or 0 for bytes that
 * are not UTF-8 as the standard allows it, and for no bytes.
 */
int
utf8_decode(const char *text, size_t length, uint32_t *code)
{
	const unsigned char *b = (const unsigned char *) text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int			count;

	if (length == 0)
		return 0;
	if (b[0] < 0x80)
	{
		*code = b[0];
		return 1;
	}
	count = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
	if (b[0] < 0xC2 || b[0] > 0xF4 || length < (size_t) count)
		return 0;
	*code = b[0] & (0x7F >> count);
	for (int i = 1; i < count; i++)
	{
		if ((b[i] & 0xC0) != 0x80)
			return 0;
		*code = *code << 6 | (b[i] & 0x3F);
	}
	if (*code < least[count] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF))
		return 0;
	return count;
}

/* Is the whole text UTF-8? */
bool
utf8_is_valid(const char *text, size_t length)
{
	uint32_t	code;

	for (size_t at = 0; at < length;)
	{
		int			count = utf8_decode(text + at, length - at, &code);

		if (count == 0)
			return false;
		at += count;
	}
	return true;
}

/* Appends a code point as UTF-8. */
static void
add_code(Bytes *out, uint32_t code)
{
	char		b[4];
	int			count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (count == 1)
		b[0] = (char) code;
	else
	{
		for (int i = count - 1; i > 0; i--, code >>= 6)
			b[i] = (char) (0x80 | (code & 0x3F));
		b[0] = (char) (0xF00 >> count | code);
	}
	bytes_add(out, b, count);
}

/* The flags of a code point. */
static uint32_t
flags_of(uint32_t code)
{
	size_t		low = 0;
	size_t		high = lengthof(unicode_ranges);

	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (unicode_ranges[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < lengthof(unicode_ranges) && unicode_ranges[low].first <= code ? unicode_ranges[low].flags : 0;
}

/* The mapping of a code point; NULL for one that stays as it is. */
static const UnicodeMapping *
find_mapping(const UnicodeMapping *map, size_t count, uint32_t code)
{
	size_t		low = 0;
	size_t		high = count;

	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (map[middle].from < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && map[low].from == code ? &map[low] : NULL;
}

/* The order of a mark that stays; 0 for a character of class 0. */
static uint32_t
rank_of(uint32_t code)
{
	if (code < unicode_order[0].code)
		return 0;
	for (size_t i = 0; i < lengthof(unicode_order); i++)
	{
		if (unicode_order[i].code == code)
			return unicode_order[i].rank;
	}
	return 0;
}

/* What a code point means to the splitting into words. */
WordPart
word_part(uint32_t code)
{
	uint32_t	flags = flags_of(code);

	return flags & UNICODE_SPACE ? WORD_SPACE : flags & UNICODE_PUNCTUATION ? WORD_PUNCTUATION : WORD_LETTER;
}

/* The last pass: lower case, if that is wanted. */
static void
add_lower(const NormalizeRules *rules, uint32_t code, Bytes *out)
{
	const UnicodeMapping *lower = NULL;

	if (rules->lowers)
		lower = find_mapping(unicode_lower, lengthof(unicode_lower), code);
	if (lower == NULL)
		add_code(out, code);
	else if (lower->count == 1)
		add_code(out, lower->to);
	else
	{
		for (uint32_t i = 0; i < lower->count; i++)
			add_code(out, unicode_targets[lower->to + i]);
	}
}

/* Lets the marks go that wait. */
static void
flush_marks(const NormalizeRules *rules, Marks *marks, Bytes *out)
{
	for (int i = 0; i < marks->count; i++)
		add_lower(rules, marks->marks[i].code, out);
	marks->count = 0;
}

/* A code point after its decomposition: waits, if it is a mark, or goes on. */
static void
add_decomposed(const NormalizeRules *rules, uint32_t code, Marks *marks, Bytes *out)
{
	UnicodeOrder mark = {code, rank_of(code)};
	int			place;

	if (mark.rank == 0 || marks->count == MARKS_MAX)
		flush_marks(rules, marks, out);
	if (mark.rank == 0)
	{
		add_lower(rules, code, out);
		return;
	}
	for (place = marks->count++; place > 0 && marks->marks[place - 1].rank > mark.rank; place--)
		marks->marks[place] = marks->marks[place - 1];
	marks->marks[place] = mark;
}

/* The third pass: decomposition without marks, if that is wanted. */
static void
add_stripped(const NormalizeRules *rules, uint32_t code, uint32_t flags, Marks *marks, Bytes *out)
{
	const UnicodeMapping *parts;

	if (!rules->strips_accents)
	{
		add_lower(rules, code, out);
		return;
	}
	if (flags & UNICODE_MARK)
		return;
	if (flags & UNICODE_MARK_APART)
	{
		flush_marks(rules, marks, out);
		return;
	}
	if (code >= HANGUL_FIRST && code <= HANGUL_LAST)
	{
		code -= HANGUL_FIRST;
		add_decomposed(rules, 0x1100 + code / 588, marks, out);
		add_decomposed(rules, 0x1161 + code % 588 / 28, marks, out);
		if (code % 28 > 0)
			add_decomposed(rules, 0x11A7 + code % 28, marks, out);
		return;
	}
	parts = find_mapping(unicode_stripped, lengthof(unicode_stripped), code);
	if (parts == NULL)
		add_decomposed(rules, code, marks, out);
	else if (parts->count == 1)
		add_decomposed(rules, parts->to, marks, out);
	else
	{
		for (uint32_t i = 0; i < parts->count; i++)
			add_decomposed(rules, unicode_targets[parts->to + i], marks, out);
	}
}

/* The first two passes: control characters, white space, ideographs. */
static void
add_raw(const NormalizeRules *rules, uint32_t code, Marks *marks, Bytes *out)
{
	uint32_t	flags = flags_of(code);

	if (rules->cleans)
	{
		if (flags & UNICODE_CONTROL)
			return;
		if (flags & UNICODE_SPACE)
			code = ' ';
	}
	if (rules->spaces_chinese && flags & UNICODE_CHINESE)
	{
		add_stripped(rules, ' ', 0, marks, out);
		add_stripped(rules, code, flags, marks, out);
		add_stripped(rules, ' ', 0, marks, out);
	}
	else
		add_stripped(rules, code, flags, marks, out);
}

/*
 * Appends a text in its normal form.  The text is UTF-8; bytes that are not are
 * dropped.
 */
void
normalize(const NormalizeRules *rules, const char *text, size_t length, Bytes *out)
{
	Marks		marks = {0};
	uint32_t	code;

	for (size_t at = 0; at < length;)
	{
		unsigned char c = (unsigned char) text[at];
		int			count;

		/* letters, digits and the space: nothing happens to them but lower case */
		if (marks.count == 0 && (c == ' ' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
		{
			char		kept = rules->lowers && c != ' ' ? (char) (c | 0x20) : (char) c;

			bytes_add(out, &kept, 1);
			at++;
			continue;
		}
		count = utf8_decode(text + at, length - at, &code);
		if (count > 0)
			add_raw(rules, code, &marks, out);
		at += count > 0 ? count : 1;
	}
	flush_marks(rules, &marks, out);
}
