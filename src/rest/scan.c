/*
 * scan.c
 *		What a Bundle needs to know of a resource: type, id, references.
 *
 * The text is valid JSON: it comes from a json datum or from our own writer.
 * So strings and brackets are all that has to be looked at, without a parser
 * that would allocate every value.  Bytes are looked at without regard to the
 * encoding, as everywhere in JSON (see json/buffer.h).
 */
#include "postgres.h"

#include "rest/bundle.h"

/* The closing quote of a string whose characters begin at s. */
static const char *
string_end(const char *s, const char *end)
{
	for (const char *from = s;;)
	{
		const char *quote = memchr(from, '"', end - from);
		const char *before = quote;

		if (quote == NULL)
			elog(ERROR, "string of a json value has no end");
		while (before > s && before[-1] == '\\')
			before--;
		if ((quote - before) % 2 == 0)
			return quote;
		from = quote + 1;
	}
}

static inline const char *
skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r'))
		s++;
	return s;
}

static inline bool
is_key(const char *s, Size len, const char *key)
{
	return len == strlen(key) && memcmp(s, key, len) == 0;
}

/*
 * Finds the type and the id of a resource, and the values of "reference" at
 * any depth, for which found is called; where found is NULL the scan ends as
 * soon as type and id are known.  The first of several wins.
 */
void
bundle_scan(Bundle *bundle, const char *json, Size len, BundleScan *scan, BundleReferenceFound found)
{
	const char *end = json + len;
	const char *s = skip_blanks(json, end);
	int			depth = 0;

	memset(scan, 0, sizeof(BundleScan));
	if (s == end || *s != '{')
		return;
	while (s < end && (found != NULL || scan->type == NULL || scan->id == NULL))
	{
		const char *key = s + 1;
		const char *keyend;
		const char *value;
		const char *valueend;

		if (*s == '{' || *s == '[')
			depth++;
		else if (*s == '}' || *s == ']')
			depth--;
		if (*s != '"')
		{
			s++;
			continue;
		}
		keyend = string_end(key, end);
		s = skip_blanks(keyend + 1, end);
		if (s == end || *s != ':')
			continue;
		s = skip_blanks(s + 1, end);
		if (s == end || *s != '"')
			continue;
		value = s + 1;
		valueend = string_end(value, end);
		s = valueend + 1;
		if (depth == 1 && scan->type == NULL && is_key(key, keyend - key, "resourceType"))
		{
			scan->type = value;
			scan->typelen = valueend - value;
		}
		else if (depth == 1 && scan->id == NULL && is_key(key, keyend - key, "id"))
		{
			scan->id = value;
			scan->idlen = valueend - value;
		}
		else if (found != NULL && is_key(key, keyend - key, "reference"))
			found(bundle, value, valueend - value);
	}
}
