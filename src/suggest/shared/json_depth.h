/*
 * json_depth.h
 *		How deep a JSON text is, before a parser recurses into it.
 */
#ifndef FHIR_BRIDGE_SUGGEST_JSON_DEPTH_H
#define FHIR_BRIDGE_SUGGEST_JSON_DEPTH_H

#include <stdbool.h>
#include <stddef.h>

#define SUGGEST_JSON_DEPTH 64

/*
 * Does the text nest no deeper than anything that the service has reason to
 * send?  Counts brackets outside strings; whether it is JSON at all is for the
 * parser to say.
 */
static inline bool
suggest_json_is_shallow(const char *text, size_t length)
{
	bool		in_string = false;
	int			depth = 0;

	for (const char *c = text; c < text + length; c++)
	{
		if (in_string && *c == '\\')
			c++;
		else if (*c == '"')
			in_string = !in_string;
		else if (!in_string && (*c == '[' || *c == '{'))
		{
			if (++depth > SUGGEST_JSON_DEPTH)
				return false;
		}
		else if (!in_string && (*c == ']' || *c == '}'))
			depth--;
	}
	return true;
}

#endif							/* FHIR_BRIDGE_SUGGEST_JSON_DEPTH_H */
