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

#include "export/bundle.h"

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
 * Keeps a reference of the entry that is being added, when it may name another;
 * at is where it stands in the resource.
 */
static void
add_reference(Bundle *bundle, const char *value, Size len, Size at)
{
	BundleReference *reference;
	BundleName	name;

	if (!bundle_reference_name(bundle, value, len, &name))
		return;
	if (bundle->nreferences == bundle->maxreferences)
	{
		bundle->maxreferences *= 2;
		bundle->references = repalloc_huge(bundle->references,
										   sizeof(BundleReference) * bundle->maxreferences);
	}
	reference = &bundle->references[bundle->nreferences++];
	reference->at = at;
	reference->len = len;
	reference->hash = bundle_hash_name(&name);
}

/*
 * Finds the type and the id of a resource, and adds the values of "reference"
 * at any depth to the Bundle; where it needs none, the scan ends as soon as
 * type and id are known.  The first of several wins.
 */
void
bundle_scan(Bundle *bundle, const char *json, Size len, BundleName *name)
{
	const char *end = json + len;
	const char *s = skip_blanks(json, end);
	bool		references = bundle_needs_references(bundle);
	int			depth = 0;

	memset(name, 0, sizeof(BundleName));
	if (s == end || *s != '{')
		return;
	while (s < end && (references || name->type == NULL || name->id == NULL))
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
		if (depth == 1 && name->type == NULL && is_key(key, keyend - key, "resourceType"))
		{
			name->type = value;
			name->typelen = valueend - value;
		}
		else if (depth == 1 && name->id == NULL && is_key(key, keyend - key, "id"))
		{
			name->id = value;
			name->idlen = valueend - value;
		}
		else if (references && is_key(key, keyend - key, "reference"))
			add_reference(bundle, value, valueend - value, value - json);
	}
}
