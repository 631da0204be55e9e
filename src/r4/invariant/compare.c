/*
 * compare.c
 *		The order of decimals and of times, from their text.
 *
 * plain C: no server headers
 *
 * Decimals are compared digit by digit, so that none is rounded.  Times are
 * compared as FHIRPath says: from the year on, as far as both go; when one
 * goes further and nothing has differed, their order is not known.  Times of
 * a day are compared in UTC; a date has no zone and is taken as written.
 */
#include "r4/invariant/invariant.h"

#include <string.h>

#define MAX_EXPONENT (INT64_C(1) << 40)
#define SECONDS_END 19			/* where the seconds of a dateTime end */

/* A decimal: its digits from the first that is not 0. */
typedef struct Decimal
{
	const char *digit;			/* the next digit, perhaps a point before it */
	const char *end;			/* of the digits */
	int64_t		exponent;		/* the place of the first digit; 0: tenths */
	int			sign;			/* -1, 0, 1 */
} Decimal;

/* An exponent's value, kept within limits that no text reaches. */
static int64_t
read_exponent(const char *text, const char *end)
{
	int64_t		exponent = 0;
	bool		negative = text < end && *text == '-';

	if (text < end && (*text == '-' || *text == '+'))
		text++;
	for (; text < end; text++)
	{
		exponent = 10 * exponent + (*text - '0');
		if (exponent > MAX_EXPONENT)
			exponent = MAX_EXPONENT;
	}
	return negative ? -exponent : exponent;
}

/* Reads a number as JSON writes it. */
static Decimal
read_decimal(const char *text, uint32_t len)
{
	const char *end = text + len;
	Decimal		decimal = {text, end, 0, 1};
	bool		behind_point = false;

	if (text < end && (*text == '-' || *text == '+'))
	{
		decimal.sign = *text == '-' ? -1 : 1;
		text++;
	}
	decimal.digit = NULL;
	for (; text < end && *text != 'e' && *text != 'E'; text++)
	{
		if (*text == '.')
			behind_point = true;
		else if (decimal.digit != NULL)
			decimal.exponent += !behind_point;
		else if (*text != '0')
		{
			decimal.digit = text;
			decimal.exponent += !behind_point;
		}
		else
			decimal.exponent -= behind_point;
	}
	decimal.end = text;
	if (text < end)
		decimal.exponent += read_exponent(text + 1, end);
	if (decimal.digit == NULL)
		decimal.sign = 0;
	return decimal;
}

/* Takes the next digit; behind the last one there are zeros. */
static int
next_digit(Decimal *decimal)
{
	if (decimal->digit < decimal->end && *decimal->digit == '.')
		decimal->digit++;
	return decimal->digit < decimal->end ? *decimal->digit++ - '0' : 0;
}

/* Adds a number as JSON writes it to a hash: the same for equal ones. */
void
r4_hash_decimal(R4Hash *hash, const char *text, uint32_t len)
{
	Decimal		decimal = read_decimal(text, len);
	uint32_t	zeros = 0;

	r4_hash_number(hash, (uint64_t) decimal.sign);
	if (decimal.sign == 0)
		return;
	r4_hash_number(hash, (uint64_t) decimal.exponent);
	while (decimal.digit < decimal.end)
	{
		char		digit = (char) next_digit(&decimal);

		if (digit == 0)
		{
			zeros++;
			continue;
		}
		/* those at the end do not count */
		for (; zeros > 0; zeros--)
			r4_hash_add(hash, "", 1);
		r4_hash_add(hash, &digit, 1);
	}
}

/* Compares two numbers as JSON writes them: negative, 0 or positive. */
int
r4_compare_decimals(const char *a, uint32_t alen, const char *b, uint32_t blen)
{
	Decimal		x = read_decimal(a, alen);
	Decimal		y = read_decimal(b, blen);

	if (x.sign != y.sign)
		return x.sign < y.sign ? -1 : 1;
	if (x.sign == 0)
		return 0;
	if (x.exponent != y.exponent)
		return x.exponent < y.exponent ? -x.sign : x.sign;
	while (x.digit < x.end || y.digit < y.end)
	{
		int			difference = next_digit(&x) - next_digit(&y);

		if (difference != 0)
			return difference < 0 ? -x.sign : x.sign;
	}
	return 0;
}

/* A time's parts, from the largest; seconds of a day stand last. */
typedef struct Time
{
	int64_t		parts[3];		/* year, month, day */
	int			count;			/* how many parts there are */
	bool		has_clock;
	int64_t		seconds;		/* since a day long ago, in UTC */
	const char *fraction;		/* the digits behind the second */
	const char *end;			/* of the fraction */
} Time;

/* Reads digits up to another sign. */
static int64_t
read_digits(const char **text, const char *end)
{
	int64_t		number = 0;

	for (; *text < end && **text >= '0' && **text <= '9'; (*text)++)
		number = 10 * number + (**text - '0');
	return number;
}

/* The days from the first of March of the year 0: the Gregorian calendar. */
static int64_t
day_number(const int64_t *parts)
{
	int64_t		year = parts[1] > 2 ? parts[0] : parts[0] - 1;
	int64_t		month = parts[1] > 2 ? parts[1] - 3 : parts[1] + 9;

	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2];
}

/* Reads what follows the T: the clock and its zone. */
static void
read_clock(Time *time, const char *text, const char *end)
{
	int64_t		seconds = read_digits(&text, end) * 3600;
	int64_t		zone;
	int			sign;

	text++;
	seconds += read_digits(&text, end) * 60;
	text++;
	seconds += read_digits(&text, end);
	time->fraction = text;
	if (text < end && *text == '.')
	{
		time->fraction = ++text;
		read_digits(&text, end);
	}
	time->end = text;
	if (text < end && *text != 'Z')
	{
		sign = *text++ == '-' ? 1 : -1;
		zone = read_digits(&text, end) * 3600;
		text++;
		zone += read_digits(&text, end) * 60;
		seconds += sign * zone;
	}
	time->has_clock = true;
	time->seconds = seconds + day_number(time->parts) * 86400;
}

/* Reads a date, dateTime or instant that is of the right form. */
static Time
read_time(const char *text, uint32_t len)
{
	const char *end = text + len;
	Time		time = {{0, 1, 1}, 0, false, 0, NULL, NULL};

	while (time.count < 3 && text < end)
	{
		time.parts[time.count++] = read_digits(&text, end);
		if (text < end && *text++ == 'T')
			break;
	}
	if (time.count == 3 && text < end)
		read_clock(&time, text, end);
	return time;
}

/* Compares fractions of seconds, digit by digit. */
static int
compare_fractions(const Time *a, const Time *b)
{
	const char *x = a->fraction;
	const char *y = b->fraction;

	while (x < a->end || y < b->end)
	{
		int			digit = x < a->end ? *x++ : '0';
		int			other = y < b->end ? *y++ : '0';

		if (digit != other)
			return digit - other;
	}
	return 0;
}

/*
 * Do two times of the right form differ in nothing behind their seconds, of
 * which neither is a leap second?  Then they are ordered as their bytes are.
 */
static bool
are_alike(const char *a, uint32_t alen, const char *b, uint32_t blen)
{
	return alen == blen && alen > SECONDS_END && memcmp(a + SECONDS_END, b + SECONDS_END, alen - SECONDS_END) == 0 &&
		a[SECONDS_END - 2] != '6' && b[SECONDS_END - 2] != '6';
}

/*
 * Compares two times: *order is negative, 0 or positive.  False when one is
 * less precise and the order depends on what it lacks, or not of the right
 * form: that is a fault of its own.
 */
bool
r4_compare_times(const char *a, uint32_t alen, const char *b, uint32_t blen, int *order)
{
	Time		x;
	Time		y;

	if (!r4_text_is_valid(R4_DATETIME, a, (int) alen) || !r4_text_is_valid(R4_DATETIME, b, (int) blen))
		return false;
	if (are_alike(a, alen, b, blen))
	{
		*order = memcmp(a, b, SECONDS_END);
		return true;
	}
	x = read_time(a, alen);
	y = read_time(b, blen);
	if (x.has_clock && y.has_clock)
	{
		*order = (x.seconds > y.seconds) - (x.seconds < y.seconds);
		if (*order == 0)
			*order = compare_fractions(&x, &y);
		return true;
	}
	for (int i = 0; i < x.count && i < y.count; i++)
	{
		if (x.parts[i] != y.parts[i])
		{
			*order = x.parts[i] < y.parts[i] ? -1 : 1;
			return true;
		}
	}
	*order = 0;
	return x.count == y.count && x.has_clock == y.has_clock;
}
