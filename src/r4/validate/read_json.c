/*
 * read_json.c
 *		The nodes of JSON text, by the server's own parser where the scanner
 *		does not do.
 *
 * What jsonb has lost is still here: how a number was written, and members
 * that stand twice in an object.
 */
#include "postgres.h"

#include "base/compat.h"
#include "r4/validate/reader.h"
#include "utils/jsonfuncs.h"

/* What the parser's actions know. */
typedef struct Parse
{
	R4Reader   *reader;
	uint32		container;		/* the one that is being read; 0 also at the root */
	bool		rooted;			/* the root has been begun */
	const char *key;			/* of the next value in an object, else NULL */
	uint32		keylen;
} Parse;

/* Keeps a string for as long as the document. */
static const char *
keep(R4Reader *reader, const char *text, uint32 len)
{
	return len == 0 ? "" : memcpy(r4_reader_reserve(reader, len), text, len);
}

/* Appends the node of the value that comes now; counts it in its container. */
static R4Node *
append_node(Parse *parse, R4Kind kind)
{
	uint32		number = r4_reader_append(parse->reader, parse->container,
										  parse->key, parse->keylen, kind, NULL, 0);
	R4Node	   *nodes = parse->reader->document.nodes;

	if (parse->rooted)
		nodes[parse->container].len++;
	parse->rooted = true;
	parse->key = NULL;
	parse->keylen = 0;
	return &nodes[number];
}

static JSON_ACTION
object_start(void *state)
{
	Parse	   *parse = state;
	R4Node	   *node = append_node(parse, R4_KIND_OBJECT);

	parse->container = node - parse->reader->document.nodes;
	JSON_ACTION_DONE;
}

static JSON_ACTION
array_start(void *state)
{
	Parse	   *parse = state;
	R4Node	   *node = append_node(parse, R4_KIND_ARRAY);

	parse->container = node - parse->reader->document.nodes;
	JSON_ACTION_DONE;
}

/* The end of an array or object. */
static JSON_ACTION
container_end(void *state)
{
	Parse	   *parse = state;
	R4Node	   *node = &parse->reader->document.nodes[parse->container];

	node->end = parse->reader->document.count;
	parse->container = node->parent;
	JSON_ACTION_DONE;
}

/* The name of the member that comes now; it is ours, and goes with the call's memory. */
static JSON_ACTION
field_start(void *state, char *name, bool isnull)
{
	Parse	   *parse = state;

	parse->keylen = strlen(name);
	parse->key = keep(parse->reader, name, parse->keylen);
	pfree(name);
	JSON_ACTION_DONE;
}

static JSON_ACTION
scalar(void *state, char *token, JsonTokenType type)
{
	Parse	   *parse = state;
	R4Node	   *node;

	switch (type)
	{
		case JSON_TOKEN_STRING:
		case JSON_TOKEN_NUMBER:
			node = append_node(parse, type == JSON_TOKEN_STRING ? R4_KIND_STRING : R4_KIND_NUMBER);
			node->len = strlen(token);
			node->text = keep(parse->reader, token, node->len);
			break;
		case JSON_TOKEN_TRUE:
			(void) append_node(parse, R4_KIND_TRUE);
			break;
		case JSON_TOKEN_FALSE:
			(void) append_node(parse, R4_KIND_FALSE);
			break;
		default:
			(void) append_node(parse, R4_KIND_NULL);
			break;
	}
	pfree(token);
	JSON_ACTION_DONE;
}

/*
 * The document of n bytes of JSON text in the server's encoding.  It is the
 * reader's and good until the next one is read.  Text that is no JSON is an
 * error of the parser, and so is \u0000.  The parser's own memory is in the
 * current context.
 */
R4Document *
r4_read_json(R4Reader *reader, const char *source, int n)
{
	Parse		parse = {.reader = reader};
	JsonSemAction actions = {.semstate = &parse};
	JsonLexContext *lex;

	r4_reader_reset(reader);
	if (r4_scan_json(reader, source, n))
		return &reader->document;
	r4_reader_reset(reader);
	lex = json_lex_context(source, n);

	actions.object_start = object_start;
	actions.object_end = container_end;
	actions.array_start = array_start;
	actions.array_end = container_end;
	actions.object_field_start = field_start;
	actions.scalar = scalar;
	pg_parse_json_or_ereport(lex, &actions);
	return &reader->document;
}
