/*
 * answer_walk.c
 *		Walking through an answer's JSON with the server's own parser.
 *
 * The bytes come from outside: they are checked and converted first, their
 * depth is limited before the parser recurses, and no error shows any of
 * them.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#include "base/base.h"
#include "suggest/service/suggestion.h"
#include "suggest/service/utf8_service.h"
#include "suggest/shared/json_depth.h"

/* Raises the error of an answer that is JSON of another shape. */
void
suggest_refuse_shape(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer of the suggestion service has an unexpected shape")));
}

/* Raises the error of an answer that is no JSON. */
static void
refuse_json(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_JSON_TEXT),
			 errmsg("the answer of the suggestion service is not JSON")));
}

/* Raises the error of characters that this database cannot have. */
static void
refuse_characters(int sqlstate)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("the answer of the suggestion service has characters that this database cannot hold")));
}

/* An object or array opens. */
static void
enter(SuggestWalk *walk, char kind)
{
	if (walk->depth < WALK_DEPTH)
	{
		walk->kind[walk->depth] = kind;
		walk->key[walk->depth] = NULL;
	}
	walk->depth++;
	walk->enter(walk, kind);
}

static JSON_ACTION
object_start(void *state)
{
	enter(state, '{');
	JSON_ACTION_DONE;
}

static JSON_ACTION
array_start(void *state)
{
	enter(state, '[');
	JSON_ACTION_DONE;
}

/* An object or array closes. */
static JSON_ACTION
container_end(void *state)
{
	SuggestWalk *walk = state;

	walk->leave(walk);
	walk->depth--;
	JSON_ACTION_DONE;
}

/* A member of an object begins. */
static JSON_ACTION
field_start(void *state, char *name, bool isnull)
{
	SuggestWalk *walk = state;

	if (walk->depth <= WALK_DEPTH)
		walk->key[walk->depth - 1] = name;
	JSON_ACTION_DONE;
}

/* A value that is neither object nor array. */
static JSON_ACTION
scalar(void *state, char *token, JsonTokenType type)
{
	SuggestWalk *walk = state;

	walk->scalar(walk, token, type);
	JSON_ACTION_DONE;
}

/*
 * An answer's JSON of length bytes in UTF-8, in the database's encoding, palloc'd;
 * wide characters are not escaped any more.  Raises 22021 for bytes that are no
 * characters, 22P05 for characters that the encoding lacks, 22032 for what cannot
 * be JSON.
 */
char *
suggest_answer_text(const char *text, int length)
{
	char	   *copy;
	char	   *converted;

	if (memchr(text, '\0', length) != NULL)
		refuse_json();
	if (!pg_verify_mbstr(PG_UTF8, text, length, true))
		refuse_characters(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE);
	if (!suggest_json_is_shallow(text, length))
		refuse_json();
	copy = pnstrdup(text, length);
	suggest_write_out_escapes(copy);
	converted = suggest_from_utf8(copy, strlen(copy));
	if (converted == NULL)
		refuse_characters(ERRCODE_UNTRANSLATABLE_CHARACTER);
	return converted;
}

/*
 * Walks through an answer.  Raises what suggest_answer_text does, 22021 also for
 * characters that no database can hold, 22032 for what is not JSON.
 */
void
suggest_walk(SuggestWalk *walk, const char *text, int length)
{
	JsonSemAction actions = {
		.semstate = walk,
		.object_start = object_start,
		.object_end = container_end,
		.array_start = array_start,
		.array_end = container_end,
		.object_field_start = field_start,
		.scalar = scalar,
	};
	const char *converted = suggest_answer_text(text, length);
	JsonLexContext *lex = json_lex_context(converted, strlen(converted));

	switch (pg_parse_json(lex, &actions))
	{
		case JSON_SUCCESS:
			break;
		case JSON_UNICODE_CODE_POINT_ZERO:
		case JSON_UNICODE_HIGH_ESCAPE:
		case JSON_UNICODE_HIGH_SURROGATE:
		case JSON_UNICODE_LOW_SURROGATE:
			refuse_characters(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE);
			break;
		default:
			refuse_json();
	}
}
