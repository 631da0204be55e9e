/*
 * text_member.c
 *		Members of resources that stand as text.
 *
 * What is looked for (id, meta) stands at the begin of most templates.  Parsing
 * the whole, as the operators of json do, takes longer than making it.
 */
#include "postgres.h"

#include "search/answer/answer.h"

/* Behind the string that begins here; end where it has none. */
static const char *
skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

/* Behind the value that begins here. */
static const char *
skip_value(const char *at, const char *end)
{
	int			depth = 0;

	while (at < end)
	{
		if (*at == '"')
		{
			at = skip_string(at, end);
			if (depth == 0)
				return at;
			continue;
		}
		if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
			return at;
		depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
		at++;
		if (depth == 0 && (at[-1] == '}' || at[-1] == ']'))
			return at;
	}
	return end;
}

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	return at;
}

/* The value of an object's member; at is NULL when it has none.  The text is JSON: we have written it. */
TextPart
text_member(TextPart object, const char *name)
{
	const char *end = object.at + object.size;
	const char *at = object.at != NULL ? skip_blanks(object.at, end) : end;
	int			length = strlen(name);

	if (at == end || *at != '{')
		return (TextPart){NULL, 0};
	at = skip_blanks(at + 1, end);
	while (at < end && *at == '"')
	{
		const char *key = at + 1;
		bool		same;
		const char *value;

		at = skip_string(at, end);
		same = at - key == length + 1 && memcmp(key, name, length) == 0;
		at = value = skip_blanks(skip_blanks(at, end) + 1, end);	/* behind the colon */
		at = skip_value(at, end);
		if (same)
			return (TextPart){value, (int) (at - value)};
		at = skip_blanks(at, end);
		if (at < end && *at == ',')
			at = skip_blanks(at + 1, end);
	}
	return (TextPart){NULL, 0};
}
