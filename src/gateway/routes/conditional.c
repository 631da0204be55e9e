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
	struct tm	parts;
	const char *end;

	memset(&parts, 0, sizeof(parts));
	end = strptime(header, HTTP_DATE, &parts);
	return end != NULL && *end == '\0' ? timegm(&parts) : -1;
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
