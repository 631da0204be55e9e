/*
 * conditional.c
 *		Reads and writes the headers of conditional requests.
 */
#include "gateway/routes/conditional.h"

#include <string.h>
#include <time.h>

#define HTTP_DATE		"%a, %d %b %Y %H:%M:%S GMT"

char *
conditional_tags(Arena *arena, const char *header, bool *any)
{
	char	   *tags = arena_alloc(arena, strlen(header) + 2);
	char	   *out = tags;

	*any = false;
	while (*header != '\0')
	{
		const char *begin;
		size_t		size;

		header += strspn(header, " \t,");
		if (strncmp(header, "W/", 2) == 0)
			header += 2;
		begin = header + (*header == '"');
		size = *header == '"' ? strcspn(begin, "\"") : strcspn(begin, " \t,");
		if (size == 1 && *begin == '*')
			*any = true;
		if (size > 0)
		{
			if (out > tags)
				*out++ = '\n';
			memcpy(out, begin, size);
			out += size;
		}
		header = begin + size;
		header += *header == '"';
	}
	*out = '\0';
	return tags;
}

int64_t
conditional_time(const char *header)
{
	/* what is sent today, and what a recipient must still read (RFC 9110, 5.6.7) */
	static const char *const forms[] = {HTTP_DATE, "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		struct tm	parts;
		const char *end;

		memset(&parts, 0, sizeof(parts));
		end = strptime(header, forms[i], &parts);
		if (end != NULL && *end == '\0')
			return timegm(&parts);
	}
	return -1;
}

char *
conditional_date(Arena *arena, int64_t seconds)
{
	time_t		time = seconds;
	struct tm	parts;
	char	   *text = arena_alloc(arena, 40);

	gmtime_r(&time, &parts);
	strftime(text, 40, HTTP_DATE, &parts);
	return text;
}

/* So many digits, whose number is within bounds; moves on behind them and the letter that must follow. */
static bool
take_number(const char **text, int digits, int least, int most, char then, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++)
	{
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
		*number = *number * 10 + ((*text)[i] - '0');
	}
	*text += digits;
	if (then != '\0' && *(*text)++ != then)
		return false;
	return *number >= least && *number <= most;
}

/* The zone at the end of an instant, in seconds east of UTC. */
static bool
take_zone(const char *text, int *east)
{
	int			sign = *text == '-' ? -1 : 1;
	int			hours;
	int			minutes;

	*east = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	if (!take_number(&text, 2, 0, 14, ':', &hours) || !take_number(&text, 2, 0, hours == 14 ? 0 : 59, '\0', &minutes))
		return false;
	*east = sign * (hours * 3600 + minutes * 60);
	return *text == '\0';
}

bool
conditional_instant(const char *text, int64_t *seconds)
{
	struct tm	parts;
	int			day;
	int			second;			/* 60 in a minute with a leap second */
	int			east;

	memset(&parts, 0, sizeof(parts));
	if (!take_number(&text, 4, 1, 9999, '-', &parts.tm_year) || !take_number(&text, 2, 1, 12, '-', &parts.tm_mon) ||
		!take_number(&text, 2, 1, 31, 'T', &parts.tm_mday) || !take_number(&text, 2, 0, 23, ':', &parts.tm_hour) ||
		!take_number(&text, 2, 0, 59, ':', &parts.tm_min) || !take_number(&text, 2, 0, 60, '\0', &second))
		return false;
	if (*text == '.')
	{
		size_t		digits = strspn(text + 1, "0123456789");

		if (digits == 0)
			return false;
		text += 1 + digits;
	}
	if (!take_zone(text, &east))
		return false;
	parts.tm_year -= 1900;
	parts.tm_mon--;
	day = parts.tm_mday;
	*seconds = timegm(&parts) + second - east;
	return parts.tm_mday == day;	/* one that the month does not have has become the next month's */
}

char *
conditional_instant_of(Arena *arena, int64_t seconds)
{
	time_t		time = seconds;
	struct tm	parts;

	gmtime_r(&time, &parts);
	return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}
