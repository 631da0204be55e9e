/*
 * fhir_negotiate.c
 *		Which forms of an answer a client takes, of which there is JSON alone,
 *		and what else it prefers.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/routes/handlers.h"
#include "gateway/routes/route.h"

/* Is this one of the names of FHIR's JSON? */
static bool
is_json(const char *name, size_t size)
{
	static const char *const names[] = {"json", "application/json", "application/fhir+json", "text/json", "application/json+fhir"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == size && strncasecmp(name, names[i], size) == 0)
			return true;
	return false;
}

/* Does this range of Accept, of so many bytes, take JSON?  q=0 refuses it. */
static bool
takes_json(const char *range, size_t size)
{
	const char *semicolon = memchr(range, ';', size);
	size_t		length = semicolon != NULL ? (size_t) (semicolon - range) : size;
	const char *q = semicolon;

	while (length > 0 && (range[length - 1] == ' ' || range[length - 1] == '\t'))
		length--;
	for (; q != NULL && q + 3 < range + size; q++)
		if (strncasecmp(q, "q=0", 3) == 0 && strtod(q + 2, NULL) == 0)
			return false;
	return is_json(range, length) || (length == 3 && strncmp(range, "*/*", 3) == 0) ||
		(length == 13 && strncasecmp(range, "application/*", 13) == 0) ||
		(length == 23 && strncasecmp(range, "application/fhir+ndjson", 23) == 0) ||
		(length == 18 && strncasecmp(range, "application/ndjson", 18) == 0);
}

bool
fhir_negotiate(HttpRequest *request)
{
	bool		bad = false;
	const char *format = url_field(&request->arena, request->path.query, "_format", &bad);
	const char *accept = head_list(&request->arena, &request->head, "Accept");
	bool		good = accept == NULL || accept[0] == '\0';

	if (format == NULL && (request->route->flags & ROUTE_FORM))
		format = url_field(&request->arena, request->body, "_format", &bad);
	if (format != NULL && format[0] != '\0')
	{
		/* a plus that was not escaped has become a blank */
		char	   *blank = strchr(format, ' ');

		if (blank != NULL)
			*blank = '+';
		good = is_json(format, strcspn(format, ";"));
		accept = NULL;
	}
	while (!good && accept != NULL && *accept != '\0')
	{
		size_t		size;

		accept += strspn(accept, " \t,");
		size = strcspn(accept, ",");
		good = size > 0 && takes_json(accept, size);
		accept += size;
	}
	if (!good)
		reply_error(request, 406, NULL, "This service answers application/fhir+json alone");
	return good;
}

/* Takes a word, or what is between quotes, and the white space behind it; an empty one when there is none. */
static const char *
take_word(Arena *arena, const char **text)
{
	bool		quoted = **text == '"';
	size_t		size = quoted ? strcspn(*text + 1, "\"") : strcspn(*text, " \t=;,\"");
	const char *word = arena_copy(arena, *text + quoted, size);

	*text += quoted + size;
	*text += **text == '"';
	*text += strspn(*text, " \t");
	return word;
}

const char *
fhir_preference(HttpRequest *request, const char *name)
{
	const char *list = head_list(&request->arena, &request->head, "Prefer");

	while (list != NULL && *list != '\0')
	{
		const char *word;
		const char *value = "";

		list += strspn(list, " \t,");
		word = take_word(&request->arena, &list);
		if (*list == '=')
		{
			list += 1 + strspn(list + 1, " \t");
			value = take_word(&request->arena, &list);
		}
		if (strcasecmp(word, name) == 0)
			return value;		/* of one that is said twice the first counts */
		while (*list != '\0' && *list != ',')	/* its parameters */
		{
			if (*list == '"')
				take_word(&request->arena, &list);
			else
				list++;
		}
	}
	return NULL;
}
