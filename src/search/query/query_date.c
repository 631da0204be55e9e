/*
 * query_date.c
 *		FHIR's dates and times as ranges of time.
 *
 * A date stands for all of its day, year or month, in the time zone of the
 * mapping whose values it is compared with; so does a time without an offset.
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "search/query/query.h"

/* Reads n digits; -1 when they are not there. */
static int
read_digits(const char *text, int len, int at, int n)
{
	int			value = 0;

	if (at + n > len)
		return -1;
	for (int i = at; i < at + n; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

/* The parts of a date's text. */
typedef struct DateParts
{
	int			year;
	int			month;			/* 0: not given */
	int			day;			/* 0: not given */
	int			hour;			/* -1: not given */
	int			minute;
	int			second;			/* -1: not given */
	int64		micros;
	int			decimals;
	bool		has_offset;
	int			offset;			/* seconds east of Greenwich */
} DateParts;

/* Reads Z, +08:00, or " 08:00", which is a raw plus sign decoded; false when it is none. */
static bool
read_offset(const char *text, int len, int at, DateParts *parts)
{
	int			hours;
	int			minutes;

	parts->has_offset = true;
	if (len - at == 1 && text[at] == 'Z')
		return true;
	if (len - at != 6 || text[at + 3] != ':' || strchr("+- ", text[at]) == NULL)
		return false;
	hours = read_digits(text, len, at + 1, 2);
	minutes = read_digits(text, len, at + 4, 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return false;
	parts->offset = (hours * 60 + minutes) * 60 * (text[at] == '-' ? -1 : 1);
	return true;
}

/* Reads the time behind a date. */
static bool
read_time(const char *text, int len, DateParts *parts)
{
	int			at = 16;

	parts->hour = read_digits(text, len, 11, 2);
	parts->minute = read_digits(text, len, 14, 2);
	if (len < 16 || text[10] != 'T' || text[13] != ':' || parts->hour < 0 || parts->hour > 23 ||
		parts->minute < 0 || parts->minute > 59)
		return false;
	if (at < len && text[at] == ':')
	{
		parts->second = read_digits(text, len, 17, 2);
		if (parts->second < 0 || parts->second > 60)
			return false;
		at = 19;
		if (at < len && text[at] == '.')
		{
			int64		unit = USECS_PER_SEC / 10;

			for (at++; at < len && text[at] >= '0' && text[at] <= '9'; at++, unit /= 10)
			{
				parts->micros += (text[at] - '0') * unit;
				parts->decimals++;
			}
			if (parts->decimals == 0)
				return false;
		}
	}
	return at == len || read_offset(text, len, at, parts);
}

/* Reads a date or time; false when it is not of FHIR's form, or not in the calendar. */
static bool
read_parts(const char *text, int len, DateParts *parts)
{
	memset(parts, 0, sizeof(DateParts));
	parts->hour = parts->second = -1;
	parts->year = read_digits(text, len, 0, 4);
	if (parts->year < 1)
		return false;
	if (len == 4)
		return true;
	parts->month = read_digits(text, len, 5, 2);
	if (text[4] != '-' || parts->month < 1 || parts->month > 12)
		return false;
	if (len == 7)
		return true;
	parts->day = read_digits(text, len, 8, 2);
	if (text[7] != '-' || parts->day < 1 || parts->day > day_tab[isleap(parts->year)][parts->month - 1])
		return false;
	return len == 10 || read_time(text, len, parts);
}

/* A local time, microseconds since 2000 on the wall, as an instant; zone NULL is UTC. */
TimestampTz
query_local_time(int64 local, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (zone == NULL)
		return local;
	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		return local;
	return local + (int64) DetermineTimeZoneOffset(&tm, zone) * USECS_PER_SEC;
}

/* Midnight of a day of the calendar, in microseconds since 2000. */
static int64
midnight(int year, int month, int day)
{
	return (int64) (date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

/* Where a local range of the parts begins and ends. */
static void
local_range(const DateParts *parts, int64 *low, int64 *high)
{
	if (parts->month == 0)
	{
		*low = midnight(parts->year, 1, 1);
		*high = midnight(parts->year + 1, 1, 1);
	}
	else if (parts->day == 0)
	{
		*low = midnight(parts->year, parts->month, 1);
		*high = parts->month == 12 ? midnight(parts->year + 1, 1, 1) : midnight(parts->year, parts->month + 1, 1);
	}
	else
	{
		int64		unit = USECS_PER_DAY;

		*low = midnight(parts->year, parts->month, parts->day);
		if (parts->hour >= 0)
		{
			*low += ((int64) parts->hour * 60 + parts->minute) * USECS_PER_MINUTE +
				Max(parts->second, 0) * USECS_PER_SEC + parts->micros;
			unit = parts->second < 0 ? USECS_PER_MINUTE : USECS_PER_SEC;
			for (int i = 0; i < parts->decimals && unit > 1; i++)
				unit /= 10;
		}
		*high = *low + unit;
	}
}

/*
 * The range of time, from *low to before *high, that a date or time stands
 * for; zone is that of what has no offset, NULL for UTC.  *instant says that
 * it has seconds.  False when the text is none.
 */
bool
query_date_range(const char *text, int len, pg_tz *zone, TimestampTz *low, TimestampTz *high, bool *instant)
{
	DateParts	parts;
	int64		local_low;
	int64		local_high;

	if (!read_parts(text, len, &parts))
		return false;
	local_range(&parts, &local_low, &local_high);
	*instant = parts.second >= 0;
	if (parts.has_offset)
	{
		*low = local_low - (int64) parts.offset * USECS_PER_SEC;
		*high = local_high - (int64) parts.offset * USECS_PER_SEC;
	}
	else
	{
		*low = query_local_time(local_low, zone);
		/* a time's range is short: its end is the same distance away */
		*high = parts.hour >= 0 ? *low + (local_high - local_low) : query_local_time(local_high, zone);
	}
	return true;
}
