/*
 * blank.h
 *		Texts of nothing but white space, which count as no value.
 */
#ifndef FHIR_BRIDGE_JSON_BLANK_H
#define FHIR_BRIDGE_JSON_BLANK_H

#include "postgres.h"

extern bool json_is_blank_rest(const char *s, int n);

/*
 * Is the text nothing but white space?  Empty text is.  White space is
 * ASCII's, and in a UTF-8 database what Unicode calls White_Space.
 */
static inline bool
json_is_blank(const char *s, int n)
{
	unsigned char first;

	if (n <= 0)
		return true;
	first = (unsigned char) s[0];
	/* in UTF-8, all other white space begins with a byte below 0xe4 */
	if ((first > ' ' && first < 0x80) || first >= 0xe4)
		return false;
	return json_is_blank_rest(s, n);
}

#endif							/* FHIR_BRIDGE_JSON_BLANK_H */
