/*
 * primitive.c
 *		The forms of R4's primitive types.
 *
 * plain C: no server headers
 *
 * Each form is the regular expression of R4's page on data types, written out
 * by hand: it is asked for every value of every resource.  White space is
 * ASCII's, as in the expressions.  Beyond them, days must be in the calendar,
 * numbers within 32 bits, and no text may hold control characters.
 */
#include "r4/lookup/r4.h"

#include "base/words.h"

/* What is left of a text that is read from its start. */
typedef struct Reader
{
	const char *next;
	const char *end;
} Reader;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* White space as \s has it. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads one expected character. */
static bool
read_char(Reader *reader, char c)
{
	if (reader->next >= reader->end || *reader->next != c)
		return false;
	reader->next++;
	return true;
}

/* Reads any number of digits; how many there were. */
static int
read_digits(Reader *reader)
{
	const char *first = reader->next;

	while (reader->next < reader->end && is_digit(*reader->next))
		reader->next++;
	return (int) (reader->next - first);
}

/* Reads exactly n digits as a number; -1 when they are not there. */
static int
read_number(Reader *reader, int n)
{
	int			value = 0;

	if (reader->end - reader->next < n)
		return -1;
	for (int i = 0; i < n; i++, reader->next++)
	{
		if (!is_digit(*reader->next))
			return -1;
		value = value * 10 + (*reader->next - '0');
	}
	return value;
}

/* Reads hh:mm:ss with an optional fraction.  There may be a leap second. */
static bool
read_time(Reader *reader)
{
	int			hour = read_number(reader, 2);
	int			minute = read_char(reader, ':') ? read_number(reader, 2) : -1;
	int			second = read_char(reader, ':') ? read_number(reader, 2) : -1;

	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	return !read_char(reader, '.') || read_digits(reader) > 0;
}

/* Reads Z, or an offset of up to 14 hours. */
static bool
read_zone(Reader *reader)
{
	int			hour;
	int			minute;

	if (read_char(reader, 'Z'))
		return true;
	if (!read_char(reader, '+') && !read_char(reader, '-'))
		return false;
	hour = read_number(reader, 2);
	minute = read_char(reader, ':') ? read_number(reader, 2) : -1;
	return hour >= 0 && minute >= 0 && minute <= 59 && hour * 60 + minute <= 14 * 60;
}

/* How many days a month has. */
static int
days_of_month(int year, int month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		return 29;
	return days[month - 1];
}

/* A year, or a year and a month. */
static bool
is_part_of_date(const char *text, int len)
{
	Reader		reader = {text, text + len};
	int			month = 1;

	if (read_number(&reader, 4) < 1)
		return false;
	if (read_char(&reader, '-'))
		month = read_number(&reader, 2);
	return month >= 1 && month <= 12 && reader.next == reader.end;
}

/* The number that two digits write. */
static int
two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/*
 * Do eight characters follow a pattern of zeroes, which stand for any digit,
 * and of other characters that stand for themselves?  All at once: what the
 * pattern has is taken away bit by bit, which leaves a digit's number and of
 * the others nothing; adding 6 to a digit, or 15, must not pass 15.
 */
static bool
follows(const char *text, const char *pattern, const char *add)
{
	uint64_t	rest = word_load8(text) ^ word_load8(pattern);

	return ((rest | (rest + word_load8(add))) & UINT64_C(0xF0F0F0F0F0F0F0F0)) == 0;
}

/* Reads what stands behind the seconds: an optional fraction, and the zone. */
static bool
ends_well(const char *text, const char *end)
{
	Reader		reader = {text, end};

	if (end - text == 1)
		return *text == 'Z';
	if (read_char(&reader, '.') && read_digits(&reader) < 1)
		return false;
	return read_zone(&reader) && reader.next == end;
}

/*
 * A date, dateTime or instant.  All of them begin alike; an instant has to go
 * on to the zone, a date must not go beyond the day.
 */
static bool
is_time_point(R4Primitive primitive, const char *text, int len)
{
	int			year;
	int			month;
	int			day;

	if (len < 10)
		return primitive != R4_INSTANT && is_part_of_date(text, len);
	if (!follows(text, "0000-00-", "\6\6\6\6\17\6\6\17") || !follows(text + 2, "00-00-00", "\6\6\17\6\6\17\6\6"))
		return false;
	year = two_digits(text) * 100 + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
		return false;
	if (len == 10)
		return primitive != R4_INSTANT;
	return primitive != R4_DATE && len > 19 && text[10] == 'T' &&
		follows(text + 11, "00:00:00", "\6\6\17\6\6\17\6\6") &&
		two_digits(text + 11) <= 23 && two_digits(text + 14) <= 59 && two_digits(text + 17) <= 60 &&
		ends_well(text + 19, text + len);
}

/*
 * A whole number of 32 bits, from least on, without leading zeroes.  A sign
 * only stands where there may be negative ones: R4 has -0 as an integer.
 */
static bool
is_whole(Reader reader, int64_t least)
{
	bool		negative = read_char(&reader, '-');
	const char *first = reader.next;
	int			n = read_digits(&reader);
	int64_t		value = 0;

	if (n < 1 || n > 10 || reader.next != reader.end || (*first == '0' && n > 1) || (negative && least >= 0))
		return false;
	for (int i = 0; i < n; i++)
		value = value * 10 + (first[i] - '0');
	if (negative)
		value = -value;
	return value >= least && value <= INT32_MAX;
}

/* A number as JSON writes it. */
static bool
is_decimal(Reader reader)
{
	const char *first;
	int			n;

	(void) read_char(&reader, '-');
	first = reader.next;
	n = read_digits(&reader);
	if (n < 1 || (*first == '0' && n > 1))
		return false;
	if (read_char(&reader, '.') && read_digits(&reader) < 1)
		return false;
	if (read_char(&reader, 'e') || read_char(&reader, 'E'))
	{
		if (!read_char(&reader, '+'))
			(void) read_char(&reader, '-');
		if (read_digits(&reader) < 1)
			return false;
	}
	return reader.next == reader.end;
}

/*
 * In the highest bit of each byte of a word: is it no control, or a tab or the
 * end of a line?
 */
static inline uint64_t
each_printable(uint64_t word)
{
	uint64_t	low = word & WORD_EACH(0x7F);
	uint64_t	others = ((low ^ WORD_EACH('\t')) + WORD_EACH(0x7F)) & ((low ^ WORD_EACH('\n')) + WORD_EACH(0x7F)) &
		((low ^ WORD_EACH('\r')) + WORD_EACH(0x7F));

	return word | (low + WORD_EACH(0x80 - ' ')) | ~others;
}

/* At least one character, and no controls but tab and the ends of lines. */
static bool
is_string(const char *text, int len)
{
	uint64_t	good = WORD_EACH(0x80);

	if (len < 1 || !word_has_less(text, len, ' '))
		return len > 0;
	for (int i = 0; i < len; i += 8)
		good &= each_printable(len < 8 ? word_load_short(text, len) : word_load8(text + (i > len - 8 ? len - 8 : i)));
	return good == WORD_EACH(0x80);
}

/* Words with one white space between them, and none around. */
static bool
is_code(const char *text, int len)
{
	if (len < 1 || !word_has_less(text, len, ' ' + 1))
		return len > 0;
	if (is_space(text[0]) || is_space(text[len - 1]))
		return false;
	for (int i = 1; i < len; i++)
		if (is_space(text[i]) && is_space(text[i - 1]))
			return false;
	return is_string(text, len);
}

/* At least one character, and no white space. */
static bool
is_uri(const char *text, int len)
{
	return len > 0 && !word_has_less(text, len, ' ' + 1);
}

/* In the highest bit of each byte of a word of ASCII: is it from first to last? */
static inline uint64_t
each_in(uint64_t word, unsigned char first, unsigned char last)
{
	return (word + WORD_EACH(0x80 - first)) & ~(word + WORD_EACH(0x7F - last));
}

/* Letters, digits, hyphens and dots, 64 at most. */
static bool
is_id(const char *text, int len)
{
	uint64_t	good = WORD_EACH(0x80);

	if (len < 1 || len > 64)
		return false;
	for (int i = 0; i < len; i += 8)
	{
		uint64_t	word = len < 8 ? word_load_short(text, len) : word_load8(text + (i > len - 8 ? len - 8 : i));

		good &= ~word & (each_in(word | WORD_EACH(' '), 'a', 'z') | each_in(word, '0', '9') | each_in(word, '-', '.'));
	}
	return good == WORD_EACH(0x80);
}

/* urn:oid: and numbers with dots between, the first of them 0, 1 or 2. */
static bool
is_oid(Reader reader)
{
	if (reader.end - reader.next < 9 || memcmp(reader.next, "urn:oid:", 8) != 0)
		return false;
	reader.next += 8;
	if (*reader.next < '0' || *reader.next++ > '2' || reader.next == reader.end)
		return false;
	while (read_char(&reader, '.'))
	{
		const char *first = reader.next;
		int			n = read_digits(&reader);

		if (n < 1 || (*first == '0' && n > 1))
			return false;
	}
	return reader.next == reader.end;
}

/* urn:uuid: and a uuid in small letters. */
static bool
is_uuid(const char *text, int len)
{
	if (len != 45 || memcmp(text, "urn:uuid:", 9) != 0)
		return false;
	for (int i = 9; i < len; i++)
	{
		bool		hyphen = i == 17 || i == 22 || i == 27 || i == 32;

		if (hyphen ? text[i] != '-' : !is_digit(text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	}
	return true;
}

/* Are sixteen bytes all of the alphabet of base64? */
static bool
are_base64(const char *text)
{
	WordSixteen bytes = word_load16(text);
	WordSixteen others = (WordSixteen) ((bytes | ' ') - 'a' >= 26) & (WordSixteen) (bytes - '/' >= '9' - '/' + 1) &
		(WordSixteen) (bytes != '+');

	return !word_is_any_set(others);
}

/*
 * Groups of four characters of the alphabet, white space between the groups;
 * = only at the end, once or twice.  A picture is a million characters, so four
 * groups are taken at once where nothing stands between them.
 */
static bool
is_base64(const char *text, int len)
{
	int			n = 0;
	int			padding = 0;

	for (int i = 0; i < len; i++)
	{
		char		c;

		while (n % 4 == 0 && padding == 0 && len - i >= 16 && are_base64(text + i))
		{
			i += 16;
			n += 16;
		}
		if (i == len)
			break;
		c = text[i];
		if (is_space(c) && n % 4 == 0)
			continue;
		if (c == '=')
			padding++;
		else if (padding > 0 || !(is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/'))
			return false;
		n++;
	}
	return n > 0 && n % 4 == 0 && padding <= 2;
}

/*
 * Is the text of the form that R4 gives for a primitive type?  A boolean's and
 * a number's text is as in JSON.  Of xhtml no more is asked than of a string.
 */
bool
r4_text_is_valid(R4Primitive primitive, const char *text, int len)
{
	Reader		reader = {text, text + len};

	switch (primitive)
	{
		case R4_NOT_PRIMITIVE:
			return false;
		case R4_BASE64BINARY:
			return is_base64(text, len);
		case R4_BOOLEAN:
			return (len == 4 && memcmp(text, "true", 4) == 0) ||
				(len == 5 && memcmp(text, "false", 5) == 0);
		case R4_CODE:
			return is_code(text, len);
		case R4_DATE:
		case R4_DATETIME:
		case R4_INSTANT:
			return is_time_point(primitive, text, len);
		case R4_DECIMAL:
			return is_decimal(reader);
		case R4_ID:
			return is_id(text, len);
		case R4_INTEGER:
			return is_whole(reader, INT32_MIN);
		case R4_UNSIGNEDINT:
			return is_whole(reader, 0);
		case R4_POSITIVEINT:
			return is_whole(reader, 1);
		case R4_OID:
			return is_oid(reader);
		case R4_TIME:
			return read_time(&reader) && reader.next == reader.end;
		case R4_CANONICAL:
		case R4_URI:
		case R4_URL:
			return is_uri(text, len);
		case R4_UUID:
			return is_uuid(text, len);
		case R4_MARKDOWN:
		case R4_STRING:
		case R4_XHTML:
			return is_string(text, len);
	}
	return false;
}
