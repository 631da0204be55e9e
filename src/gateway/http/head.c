/*
 * head.c
 *		Reads the head of a request, strictly; see head.h.
 */
#include "gateway/http/head.h"

#include <string.h>
#include <strings.h>

/* May this byte stand in a method or a header's name (a token of RFC 9110)? */
static bool
is_token_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* Is all of it token bytes, and at least one? */
static bool
is_token(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!is_token_byte((unsigned char) text[i]))
			return false;
	return size > 0;
}

int
head_find_end(const char *data, size_t size, size_t *scanned, size_t *length)
{
	size_t		line = 0;

	for (size_t i = *scanned; i < size && i < HEAD_MOST_BYTES; i++)
	{
		if (data[i] == '\0' || (data[i] == '\n' && (i == 0 || data[i - 1] != '\r')) ||
			(data[i] != '\n' && i > 0 && data[i - 1] == '\r'))
			return 400;
		if (data[i] == '\n' && i >= 3 && data[i - 2] == '\n')
		{
			*length = i + 1;
			return 200;
		}
	}
	/* the request line may be too long before it has an end */
	while (line < size && data[line] != '\n')
		line++;
	if (line > HEAD_MOST_LINE)
		return 414;
	if (size >= HEAD_MOST_BYTES)
		return 431;
	*scanned = size;
	return 0;
}

/* The method of a name; case counts. */
static int
method_of(const char *name)
{
	static const struct
	{
		const char *name;
		int			method;
	}			known[] = {
		{"GET", METHOD_GET}, {"HEAD", METHOD_HEAD}, {"POST", METHOD_POST}, {"PUT", METHOD_PUT},
		{"PATCH", METHOD_PATCH}, {"DELETE", METHOD_DELETE}, {"OPTIONS", METHOD_OPTIONS},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].method;
	return METHOD_OTHER;
}

/*
 * The path and query of a target: of "http://host/path" what follows the host,
 * which nothing here believes.  NULL when it is no target.
 */
static const char *
origin_form(const char *target, int method)
{
	if (strcmp(target, "*") == 0)
		return method == METHOD_OPTIONS ? target : NULL;
	if (strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "https://", 8) == 0)
	{
		const char *path = strchr(target + 8, '/');

		return path != NULL ? path : "/";
	}
	return target[0] == '/' ? target : NULL;
}

/* Reads the request line, which ends with a NUL. */
static int
read_request_line(char *line, Head *head)
{
	char	   *target = strchr(line, ' ');
	char	   *version;

	if (target == NULL || target - line > 16 || !is_token(line, target - line))
		return 400;
	*target++ = '\0';
	version = strchr(target, ' ');
	if (version == NULL)
		return 400;
	*version++ = '\0';
	for (const char *c = target; *c != '\0'; c++)
		if ((unsigned char) *c <= ' ' || (unsigned char) *c >= 127)
			return 400;
	if (strcmp(version, "HTTP/1.1") == 0)
		head->minor = 1;
	else if (strcmp(version, "HTTP/1.0") == 0)
		head->minor = 0;
	else
		return strncmp(version, "HTTP/", 5) == 0 && strlen(version) == 8 ? 505 : 400;
	head->method_name = line;
	head->method = method_of(line);
	if (strcmp(line, "CONNECT") == 0)
		return 501;
	head->target = origin_form(target, head->method);
	return head->target != NULL ? 200 : 400;
}

/* Reads one header, which ends with a NUL, into the next place. */
static int
read_header(char *line, Head *head)
{
	char	   *colon = strchr(line, ':');
	char	   *value;
	char	   *end;

	/* white space before the colon, or at the line's begin (folding), is no token */
	if (colon == NULL || !is_token(line, colon - line))
		return 400;
	if (head->nheaders == HEAD_MOST_HEADERS)
		return 431;
	*colon = '\0';
	value = colon + 1;
	while (*value == ' ' || *value == '\t')
		value++;
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	for (const char *c = value; *c != '\0'; c++)
		if (((unsigned char) *c < ' ' && *c != '\t') || *c == 127)
			return 400;
	head->headers[head->nheaders++] = (Header){line, value};
	return 200;
}

/* A length of at most 18 digits; nothing else. */
static bool
read_length(const char *value, uint64_t *length)
{
	size_t		digits = strspn(value, "0123456789");

	if (digits == 0 || digits > 18 || value[digits] != '\0')
		return false;
	*length = 0;
	for (size_t i = 0; i < digits; i++)
		*length = *length * 10 + (value[i] - '0');
	return true;
}

/* Does a comma-separated header have this word? */
static bool
has_word(const char *list, const char *word)
{
	size_t		size = strlen(word);

	while (*list != '\0')
	{
		size_t		length;

		list += strspn(list, " \t,");
		length = strcspn(list, " \t,");
		if (length == size && strncasecmp(list, word, size) == 0)
			return true;
		list += length;
	}
	return false;
}

/* May this be a host with a port?  Nothing uses it; it only must be one. */
static bool
is_host(const char *value)
{
	return strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~%:[]") == strlen(value);
}

/* Judges the headers that say where the request ends and to whom it goes. */
static int
read_framing(Head *head)
{
	int			hosts = 0;
	int			lengths = 0;
	bool		coded = false;

	head->keep_alive = head->minor == 1;
	for (int i = 0; i < head->nheaders; i++)
	{
		const char *name = head->headers[i].name;
		const char *value = head->headers[i].value;

		if (strcasecmp(name, "Host") == 0)
		{
			hosts++;
			if (!is_host(value))
				return 400;
		}
		else if (strcasecmp(name, "Content-Length") == 0)
		{
			lengths++;
			if (!read_length(value, &head->length))
				return 400;
		}
		else if (strcasecmp(name, "Transfer-Encoding") == 0)
			coded = true;
		else if (strcasecmp(name, "Connection") == 0 && has_word(value, "close"))
			head->keep_alive = false;
		else if (strcasecmp(name, "Expect") == 0)
		{
			if (strcasecmp(value, "100-continue") != 0)
				return 417;
			head->expects_continue = head->minor == 1;
		}
	}
	if (hosts > 1 || (hosts == 0 && head->minor == 1) || lengths > 1 || (coded && lengths > 0))
		return 400;
	return coded ? 501 : 200;
}

int
head_read(char *text, size_t length, Head *head)
{
	char	   *line = text;
	char	   *end = text + length;
	int			status = 200;

	memset(head, 0, sizeof(Head));
	for (bool first = true; status == 200; first = false)
	{
		char	   *stop = memchr(line, '\r', end - line);

		if (stop == NULL || stop + 1 >= end || stop[1] != '\n')
			return 400;
		*stop = '\0';
		if (strlen(line) != (size_t) (stop - line))
			return 400;
		if (stop == line && !first)
			break;
		if (stop - line > HEAD_MOST_LINE)
			return first ? 414 : 431;
		status = first ? read_request_line(line, head) : read_header(line, head);
		line = stop + 2;
	}
	return status == 200 ? read_framing(head) : status;
}

const char *
head_value(const Head *head, const char *name)
{
	for (int i = 0; i < head->nheaders; i++)
		if (strcasecmp(head->headers[i].name, name) == 0)
			return head->headers[i].value;
	return NULL;
}

const char *
head_list(Arena *arena, const Head *head, const char *name)
{
	const char *list = NULL;

	for (int i = 0; i < head->nheaders; i++)
		if (strcasecmp(head->headers[i].name, name) == 0)
			list = list == NULL ? head->headers[i].value : arena_printf(arena, "%s, %s", list, head->headers[i].value);
	return list;
}
