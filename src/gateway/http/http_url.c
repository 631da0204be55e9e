/*
 * http_url.c
 *		Paths, queries and forms; see http_url.h.
 */
#include "gateway/http/http_url.h"

#include <stdint.h>
#include <string.h>

/* The value of a hexadecimal digit, or -1. */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* How many bytes a character has by its first byte; 0 for one that begins none. */
static int
utf8_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c < 0xe0)
		return 2;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

bool
url_is_utf8(const char *text, size_t size)
{
	const unsigned char *c = (const unsigned char *) text;

	for (size_t i = 0; i < size;)
	{
		int			length = utf8_length(c[i]);

		if (c[i] == 0 || length == 0 || i + length > size)
			return false;
		for (int k = 1; k < length; k++)
			if ((c[i + k] & 0xc0) != 0x80)
				return false;
		if ((c[i] == 0xe0 && c[i + 1] < 0xa0) || (c[i] == 0xed && c[i + 1] > 0x9f) ||
			(c[i] == 0xf0 && c[i + 1] < 0x90) || (c[i] == 0xf4 && c[i + 1] > 0x8f))
			return false;
		i += length;
	}
	return true;
}

/*
 * Decodes size bytes; a plus is a blank when it is a form's.  NULL when it is
 * not decodable text.  Line ends and tabs may stand in a form's value alone.
 */
static char *
decode(Arena *arena, const char *text, size_t size, bool form)
{
	char	   *decoded = arena_alloc(arena, size + 1);
	size_t		length = 0;

	for (size_t i = 0; i < size; i++)
	{
		unsigned char c = text[i];

		if (c == '%')
		{
			int			high = i + 2 < size ? digit_value(text[i + 1]) : -1;
			int			low = high >= 0 ? digit_value(text[i + 2]) : -1;

			if (low < 0)
				return NULL;
			c = high << 4 | low;
			i += 2;
		}
		else if (c == '+' && form)
			c = ' ';
		if ((c < ' ' && !(form && (c == '\n' || c == '\r' || c == '\t'))) || c == 127)
			return NULL;
		decoded[length++] = c;
	}
	decoded[length] = '\0';
	return url_is_utf8(decoded, length) ? decoded : NULL;
}

int
url_split(Arena *arena, const char *target, UrlPath *path)
{
	size_t		size = strcspn(target, "?#");
	const char *next = target;
	const char *end = target + size;

	memset(path, 0, sizeof(UrlPath));
	path->query = "";
	if (target[size] == '#')
		return 400;
	if (target[size] == '?')
		path->query = target + size + 1;
	while (next < end)
	{
		const char *slash = memchr(next + 1, '/', end - next - 1);
		const char *stop = slash != NULL ? slash : end;
		char	   *segment = decode(arena, next + 1, stop - next - 1, false);

		if (segment == NULL || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0 || strchr(segment, '/') != NULL)
			return 400;
		if (segment[0] != '\0' || stop != end)
		{
			if (path->nsegments == URL_MOST_SEGMENTS)
				return 404;
			path->segments[path->nsegments++] = segment;
		}
		next = stop;
	}
	return 200;
}

const char *
url_field_at(Arena *arena, const char *form, const char *name, int number, bool *bad)
{
	while (*form != '\0')
	{
		size_t		size = strcspn(form, "&");
		size_t		name_size = strcspn(form, "=&");
		char	   *field = decode(arena, form, name_size, true);

		if (field == NULL)
			*bad = true;
		else if (strcmp(field, name) == 0 && number-- == 0)
		{
			const char *value = form + name_size + (name_size < size);
			char	   *decoded = decode(arena, value, form + size - value, true);

			if (decoded == NULL)
				*bad = true;
			return decoded;
		}
		form += size + (form[size] == '&');
	}
	return NULL;
}

const char *
url_field(Arena *arena, const char *form, const char *name, bool *bad)
{
	return url_field_at(arena, form, name, 0, bad);
}

const char *
url_field_name(Arena *arena, const char *form, int number, bool *bad)
{
	while (*form != '\0')
	{
		size_t		size = strcspn(form, "&");

		if (number-- == 0)
		{
			char	   *name = decode(arena, form, strcspn(form, "=&"), true);

			*bad |= name == NULL;
			return name;
		}
		form += size + (form[size] == '&');
	}
	return NULL;
}

char *
url_encode(Arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char	   *encoded = arena_alloc(arena, strlen(text) * 3 + 1);
	char	   *out = encoded;

	for (; *text != '\0'; text++)
	{
		unsigned char c = *text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL)
			*out++ = c;
		else
		{
			*out++ = '%';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	*out = '\0';
	return encoded;
}
