/*
 * scope.c
 *		What a client's scope covers; see scope.h.
 */
#include "gateway/access/scope.h"

#include <stdio.h>
#include <string.h>

#include "gateway/http/http_url.h"

/* One of a scope's words, in parts. */
typedef struct Word
{
	const char *begin;
	const char *type;
	size_t		type_size;
	const char *rights;			/* letters of "cruds" */
	size_t		rights_size;
} Word;

/* Takes the next word of a scope apart; good says whether it is one of ours.  Returns false at the end. */
static bool
next_word(const char **scope, Word *word, bool *good)
{
	const char *begin = *scope + strspn(*scope, " ");
	const char *end = begin + strcspn(begin, " ");
	const char *dot = memchr(begin, '.', end - begin);

	word->begin = begin;
	*scope = end;
	*good = dot != NULL && dot - begin > 7 && strncmp(begin, "system/", 7) == 0;
	if (*good)
	{
		word->type = begin + 7;
		word->type_size = dot - word->type;
		word->rights = dot + 1;
		word->rights_size = end - word->rights;
		if (word->rights_size == 4 && strncmp(word->rights, "read", 4) == 0)	/* of SMART 1 */
		{
			word->rights = "rs";
			word->rights_size = 2;
		}
		*good = word->rights_size > 0 && strspn(word->rights, "cruds") >= word->rights_size;
	}
	return end > begin;
}

bool
scope_covers(const char *scope, const char *type, const char *rights)
{
	Word		word;
	bool		good;

	if (scope == NULL)
		return true;
	while (next_word(&scope, &word, &good))
	{
		const char *right = rights;

		if (!good || !((word.type_size == 1 && word.type[0] == '*') || (word.type_size == strlen(type) && strncmp(word.type, type, word.type_size) == 0)))
			continue;
		while (*right != '\0' && memchr(word.rights, *right, word.rights_size) != NULL)
			right++;
		if (*right == '\0')
			return true;
	}
	return false;
}

bool
scope_is_good(const char *scope)
{
	Word		word;
	bool		good = false;

	while (next_word(&scope, &word, &good))
		if (!good)
			return false;
		else if (scope[strspn(scope, " ")] == '\0')
			return true;
	return false;
}

char *
scope_grant(Arena *arena, const char *asked, const char *allowed)
{
	char	   *granted = arena_alloc(arena, strlen(asked) + strlen(allowed) + 2);
	Word		word;
	bool		good;

	granted[0] = '\0';
	while (next_word(&asked, &word, &good))
	{
		const char *type;
		const char *rights;

		if (!good)
			continue;
		type = arena_copy(arena, word.type, word.type_size);
		rights = arena_copy(arena, word.rights, word.rights_size);
		if (strcmp(type, "*") == 0 && strcmp(rights, "rs") == 0)
			return strcpy(granted, allowed);
		if (rights[strspn(rights, "rs")] == '\0' && scope_covers(allowed, type, rights))
			sprintf(granted + strlen(granted), "%s%.*s", granted[0] != '\0' ? " " : "", (int) (asked - word.begin), word.begin);
	}
	return granted;
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
