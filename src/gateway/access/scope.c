/*
 * scope.c
 *		What a client's scope covers; see scope.h.
 */
#include "gateway/access/scope.h"

#include <string.h>

#include "gateway/http/http_url.h"

bool
scope_covers(const char *scope, const char *type)
{
	size_t		length;

	if (scope == NULL)
		return true;
	for (; *scope != '\0'; scope += length)
	{
		char		name[128];

		scope += strspn(scope, " ");
		length = strcspn(scope, " ");
		if (length < 8 || length >= sizeof(name) || strncmp(scope, "system/", 7) != 0)
			continue;
		memcpy(name, scope + 7, length - 7);
		name[strcspn(name, ".")] = '\0';
		if (strcmp(name, "*") == 0 || strcmp(name, type) == 0)
			return true;
	}
	return false;
}

bool
scope_looks_further(Arena *arena, const char *query)
{
	const char *name;
	bool		bad = false;

	for (int i = 0; (name = url_field_name(arena, query, i, &bad)) != NULL; i++)
		if (strncmp(name, "_include", 8) == 0 || strncmp(name, "_revinclude", 11) == 0 || strncmp(name, "_has", 4) == 0 ||
			strchr(name, '.') != NULL)
			return true;
	return bad;					/* who knows what cannot be read */
}
