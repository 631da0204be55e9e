/*
 * times.c
 *		Dates and times as FHIR writes them.
 *
 * A timestamptz is written in the mapping's time zone with its offset, a
 * timestamp is a local time of that zone.  FHIR's offsets are whole minutes;
 * where a zone had seconds in its offset (before time was standard), the
 * offset is cut to minutes and the time written such that the instant stays.
 *
 * Asking the zone for its offset is dear, so the interval within which the
 * last answer holds is kept.
 */
#include "postgres.h"

#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "mapping/encode/encoder.h"

/* Days that FHIR can write, from 2000-01-01: 0001-01-01 to 9999-12-31. */
#define FIRST_DAY		(-730119)
#define LAST_DAY		2921939

/* Local times on these days, from the first to before the second. */
#define FIRST_TIME		(FIRST_DAY * USECS_PER_DAY)
#define END_TIME		((LAST_DAY + 1) * USECS_PER_DAY)

/* Seconds between the epochs of Unix and of PostgreSQL. */
#define EPOCH_SHIFT		((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/*
 * The time zone of a mapping.  An offset is refused: the server would read
 * +08:00 as POSIX does, eight hours west of Greenwich.
 */
void
encoder_set_zone(EncoderZone *zone, const char *name)
{
	if (name == NULL)
		return;
	zone->tz = isalpha((unsigned char) name[0]) ? pg_tzset(name) : NULL;
	if (zone->tz == NULL || !pg_tz_acceptable(zone->tz))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is not known", name),
				 errhint("Names are those of the view pg_timezone_names, such as Asia/Taipei.")));
}

/* Sets the zone's offset for an instant, and the interval where it holds. */
static void
look_up_offset(EncoderZone *zone, TimestampTz time)
{
	pg_time_t	seconds = time / USECS_PER_SEC + EPOCH_SHIFT;
	pg_time_t	boundary;
	long		before;
	long		after;
	int			before_dst;
	int			after_dst;
	int			found;

	if (time % USECS_PER_SEC < 0)
		seconds--;
	found = pg_next_dst_boundary(&seconds, &before, &before_dst, &boundary,
								 &after, &after_dst, zone->tz);
	if (found < 0)
		elog(ERROR, "could not determine the offset of a time zone");
	zone->offset = before / SECS_PER_MINUTE;
	zone->from = (seconds - EPOCH_SHIFT) * USECS_PER_SEC;
	zone->until = found > 0 ? (boundary - EPOCH_SHIFT) * USECS_PER_SEC : DT_NOEND;
}

/* Minutes east of Greenwich at an instant. */
static int
offset_at(EncoderZone *zone, TimestampTz time)
{
	TimestampTz until = zone->until;

	if (zone->tz == NULL)
		return 0;
	if (time >= zone->from && time < until)
		return zone->offset;
	look_up_offset(zone, time);
	return zone->offset;
}

/*
 * Minutes east of Greenwich at a local time of the zone, as the server reads
 * it: an hour that is twice is standard time, and so is one that is skipped.
 */
static int
offset_at_local(EncoderZone *zone, Timestamp local)
{
	TimestampTz guess = local - zone->offset * USECS_PER_MINUTE;
	struct pg_tm tm;
	fsec_t		fsec;
	int			west;

	/* far from any change of the offset there is one answer */
	if (guess - USECS_PER_DAY >= zone->from && guess < zone->until - USECS_PER_DAY)
		return zone->offset;
	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	west = DetermineTimeZoneOffset(&tm, zone->tz);
	(void) offset_at(zone, local + west * USECS_PER_SEC);	/* for the next one */
	return -west / SECS_PER_MINUTE;
}

/* Two digits of a value from 0 to 99. */
static inline char *
write_two(char *to, int value)
{
	static const char digits[] =
		"00010203040506070809101112131415161718192021222324"
		"25262728293031323334353637383940414243444546474849"
		"50515253545556575859606162636465666768697071727374"
		"75767778798081828384858687888990919293949596979899";

	memcpy(to, digits + value * 2, 2);
	return to + 2;
}

/* YYYY-MM-DD of a day counted from 2000-01-01. */
static char *
write_day(char *to, int day)
{
	int			year;
	int			month;
	int			mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	to = write_two(to, year / 100);
	to = write_two(to, year % 100);
	*to++ = '-';
	to = write_two(to, month);
	*to++ = '-';
	return write_two(to, mday);
}

/* hh:mm:ss, and the fraction of the second where there is one. */
static char *
write_time_of_day(char *to, int64 time)
{
	int			seconds = time / USECS_PER_SEC;
	int			fraction = time % USECS_PER_SEC;

	to = write_two(to, seconds / SECS_PER_HOUR);
	*to++ = ':';
	to = write_two(to, seconds / SECS_PER_MINUTE % MINS_PER_HOUR);
	*to++ = ':';
	to = write_two(to, seconds % SECS_PER_MINUTE);
	if (fraction == 0)
		return to;
	*to++ = '.';
	for (int digit = USECS_PER_SEC / 10; fraction > 0; digit /= 10)
	{
		*to++ = '0' + fraction / digit;
		fraction %= digit;
	}
	return to;
}

/* A local time and the offset that makes it an instant. */
static char *
write_instant(char *to, Timestamp local, int offset)
{
	int64		day = local / USECS_PER_DAY;
	int64		time = local % USECS_PER_DAY;

	if (time < 0)
	{
		time += USECS_PER_DAY;
		day--;
	}
	to = write_day(to, (int) day);
	*to++ = 'T';
	to = write_time_of_day(to, time);
	if (offset == 0)
	{
		*to++ = 'Z';
		return to;
	}
	*to++ = offset < 0 ? '-' : '+';
	to = write_two(to, abs(offset) / MINS_PER_HOUR);
	*to++ = ':';
	return write_two(to, abs(offset) % MINS_PER_HOUR);
}

/* The day of a timestamp, rounding down. */
static int
day_of(Timestamp time)
{
	return (int) ((time - ((time % USECS_PER_DAY) + USECS_PER_DAY) % USECS_PER_DAY) / USECS_PER_DAY);
}

/*
 * Can FHIR write the instant in the zone?  The offset is asked for only
 * within a day of the ends.
 */
static bool
instant_is_writable(EncoderZone *zone, TimestampTz time)
{
	if (time >= FIRST_TIME + USECS_PER_DAY && time < END_TIME - USECS_PER_DAY)
		return true;
	if (time < FIRST_TIME - USECS_PER_DAY || time >= END_TIME + USECS_PER_DAY)
		return false;
	time += offset_at(zone, time) * USECS_PER_MINUTE;
	return time >= FIRST_TIME && time < END_TIME;
}

/* Can FHIR write the date or timestamp?  Infinity and BC it cannot. */
bool
encoder_time_is_writable(const Encoder *encoder, Datum value)
{
	if (encoder->kind == ENCODE_DATE)
	{
		DateADT		date = DatumGetDateADT(value);

		return date >= FIRST_DAY && date <= LAST_DAY;
	}
	else if (encoder->kind == ENCODE_TIMESTAMP || encoder->kind == ENCODE_TIMESTAMP_DAY)
	{
		Timestamp	time = DatumGetTimestamp(value);

		return time >= FIRST_TIME && time < END_TIME;
	}
	return instant_is_writable(encoder->zone, DatumGetTimestampTz(value));
}

/* Writes a date or time; returns how many bytes, none of them zero. */
int
encoder_write_time(const Encoder *encoder, Datum value, char *to)
{
	EncoderZone *zone = encoder->zone;
	char	   *start = to;
	Timestamp	time;
	int			offset;

	switch (encoder->kind)
	{
		case ENCODE_DATE:
			return write_day(to, DatumGetDateADT(value)) - start;
		case ENCODE_TIME:
			return write_time_of_day(to, DatumGetTimeADT(value)) - start;
		case ENCODE_TIMESTAMP_DAY:
			return write_day(to, day_of(DatumGetTimestamp(value))) - start;
		case ENCODE_TIMESTAMP:
			time = DatumGetTimestamp(value);
			return write_instant(to, time, offset_at_local(zone, time)) - start;
		case ENCODE_TIMESTAMPTZ:
		case ENCODE_TIMESTAMPTZ_DAY:
			time = DatumGetTimestampTz(value);
			offset = offset_at(zone, time);
			time += offset * USECS_PER_MINUTE;
			if (encoder->kind == ENCODE_TIMESTAMPTZ_DAY)
				return write_day(to, day_of(time)) - start;
			return write_instant(to, time, offset) - start;
		default:
			elog(ERROR, "not a time: encoder %d", encoder->kind);
	}
	pg_unreachable();
}
