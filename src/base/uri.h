/*
 * uri.h
 *		What a system is named by: an absolute URI.
 *
 * plain C: no server headers
 */
#ifndef FHIR_BRIDGE_URI_H
#define FHIR_BRIDGE_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Is a byte one of a URI's scheme, behind its first letter? */
static inline bool
base_is_scheme_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* Is a URI absolute: a scheme, a colon, and something behind it? */
static inline bool
base_uri_is_absolute(const char *text, size_t len)
{
	size_t		i = 0;

	if (len > 7 && memcmp(text, "http", 4) == 0 && (text[4] == ':' || (text[4] == 's' && text[5] == ':')))
		return true;			/* as most */
	while (i < len && base_is_scheme_byte(text[i]))
		i++;
	return i > 0 && i + 1 < len && text[i] == ':' && (text[0] < '0' || text[0] > '9');
}

#endif							/* FHIR_BRIDGE_URI_H */
