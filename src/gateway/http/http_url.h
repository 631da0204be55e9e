/*
 * http_url.h
 *		Paths, queries and form bodies: percent-decoding and its refusals.
 *
 * Decoded text is UTF-8 without control characters, always: what is not is
 * refused here, once, so that no route has to think of it.
 */
#ifndef GATEWAY_HTTP_URL_H
#define GATEWAY_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/arena.h"

#define URL_MOST_SEGMENTS	8

/* A path, cut at its slashes and decoded. */
typedef struct UrlPath
{
	const char *segments[URL_MOST_SEGMENTS];
	int			nsegments;		/* "/" has none; one slash at the end is not counted */
	const char *query;			/* raw, behind "?"; "" when there is none */
} UrlPath;

/*
 * Splits a target.  Returns 200; 400 for one with a bad escape, bad UTF-8,
 * control characters or dot segments; 404 for one with too many segments.
 */
extern int	url_split(Arena *arena, const char *target, UrlPath *path);

/*
 * The decoded value of a field in "a=1&b=2" (a query or a form), "" when it
 * has none.  Returns NULL when it is not there.  *bad is set when the field's
 * name or value cannot be decoded; a name that stands twice gives its first.
 */
extern const char *url_field(Arena *arena, const char *form, const char *name, bool *bad);

/* The same for the field that stands so manyeth: 0 is the first. */
extern const char *url_field_at(Arena *arena, const char *form, const char *name, int number, bool *bad);

/*
 * The name of the form's so manyeth field of all; NULL behind the last one, and
 * for one that cannot be decoded, where *bad is set.
 */
extern const char *url_field_name(Arena *arena, const char *form, int number, bool *bad);

/* Is it valid UTF-8 (no overlong forms, no surrogates) without NUL in size bytes? */
extern bool url_is_utf8(const char *text, size_t size);

/* Writes text so that it can stand as a query's value; returns arena memory. */
extern char *url_encode(Arena *arena, const char *text);

#endif
