/*
 * nodes.c
 *		JSON text as the checks' nodes; see nodes.h.
 */
#include "nodes.h"

#include "r4/lookup/host.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NESTING 1000

typedef struct Parser
{
	const char *next;
	const char *end;
	R4Document *document;
	uint32_t	allocated;
	int			nesting;
} Parser;

static bool read_value(Parser *parser, uint32_t parent, const char *key, uint32_t keylen);

static void
skip_space(Parser *parser)
{
	while (parser->next < parser->end && strchr(" \t\r\n", *parser->next) != NULL && *parser->next != '\0')
		parser->next++;
}

/* Skips one character, and white space before it, if it is next. */
static bool
skip(Parser *parser, char c)
{
	skip_space(parser);
	if (parser->next == parser->end || *parser->next != c)
		return false;
	parser->next++;
	return true;
}

/* Reads a string with its quotes; where it begins and how long it is. */
static bool
read_string(Parser *parser, const char **text, uint32_t *len)
{
	if (!skip(parser, '"'))
		return false;
	*text = parser->next;
	while (parser->next < parser->end && *parser->next != '"')
		parser->next += *parser->next == '\\' && parser->next + 1 < parser->end ? 2 : 1;
	if (parser->next >= parser->end)
		return false;
	*len = (uint32_t) (parser->next++ - *text);
	return true;
}

/* Appends a node and returns its number. */
static uint32_t
append_node(Parser *parser, uint32_t parent, const char *key, uint32_t keylen)
{
	R4Document *document = parser->document;
	R4Node	   *node;

	if (document->count == parser->allocated)
	{
		parser->allocated *= 2;
		document->nodes = realloc(document->nodes, parser->allocated * sizeof(R4Node));
		document->names = realloc(document->names, parser->allocated * sizeof(R4Name));
	}
	node = &document->nodes[document->count];
	memset(node, 0, sizeof(*node));
	document->names[document->count] = (R4Name){key, parent, keylen > 0xFFFF ? 0xFFFF : (uint16_t) keylen};
	node->end = document->count + 1;
	node->type = R4_NO_TYPE;
	node->element = R4_NO_ELEMENT;
	return document->count++;
}

/* Reads the members of a container up to its end. */
static bool
read_members(Parser *parser, uint32_t number, char close)
{
	uint32_t	count = 0;

	if (++parser->nesting > MAX_NESTING)
		return false;
	if (!skip(parser, close))
	{
		do
		{
			const char *key = NULL;
			uint32_t	keylen = 0;

			if (close == '}' && !(read_string(parser, &key, &keylen) && skip(parser, ':')))
				return false;
			if (!read_value(parser, number, key, keylen))
				return false;
			count++;
		} while (skip(parser, ','));
		if (!skip(parser, close))
			return false;
	}
	parser->nesting--;
	parser->document->nodes[number].len = count;
	parser->document->nodes[number].end = parser->document->count;
	return true;
}

/* Reads true, false, null or a number; the last as far as its characters go. */
static bool
read_word(Parser *parser, R4Node *node)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *first = parser->next;

	for (int i = 0; i < 3; i++)
	{
		size_t		len = strlen(words[i]);

		if ((size_t) (parser->end - parser->next) >= len && memcmp(parser->next, words[i], len) == 0)
		{
			node->kind = (uint8_t) (R4_KIND_TRUE + i);
			parser->next += len;
			return true;
		}
	}
	while (parser->next < parser->end && *parser->next != '\0' && strchr("+-.eE0123456789", *parser->next) != NULL)
		parser->next++;
	node->kind = R4_KIND_NUMBER;
	node->text = first;
	node->len = (uint32_t) (parser->next - first);
	return node->len > 0;
}

static bool
read_value(Parser *parser, uint32_t parent, const char *key, uint32_t keylen)
{
	uint32_t	number = append_node(parser, parent, key, keylen);
	R4Node	   *node = &parser->document->nodes[number];

	if (skip(parser, '{') || skip(parser, '['))
	{
		bool		object = parser->next[-1] == '{';

		node->kind = object ? R4_KIND_OBJECT : R4_KIND_ARRAY;
		return read_members(parser, number, object ? '}' : ']');
	}
	if (parser->next < parser->end && *parser->next == '"')
	{
		node->kind = R4_KIND_STRING;
		return read_string(parser, &node->text, &node->len);
	}
	return read_word(parser, node);
}

void
free_nodes(R4Document *document)
{
	if (document != NULL)
	{
		r4_forget_contained(document);
		free(document->nodes);
		free(document->names);
	}
	free(document);
}

R4Document *
read_nodes(const char *text, size_t n)
{
	Parser		parser = {text, text + n, calloc(1, sizeof(R4Document)), 64, 0};

	parser.document->nodes = malloc(parser.allocated * sizeof(R4Node));
	parser.document->names = malloc(parser.allocated * sizeof(R4Name));
	if (read_value(&parser, 0, NULL, 0))
	{
		skip_space(&parser);
		if (parser.next == parser.end)
			return parser.document;
	}
	free_nodes(parser.document);
	return NULL;
}

/* The checks' host: as host.h says. */
void *
r4_allocate(size_t size)
{
	return calloc(1, size);
}

void
r4_free(void *memory)
{
	free(memory);
}

int			host_pauses = 0;

void
r4_pause(void)
{
	host_pauses++;
}

bool
r4_is_text(const char *text, uint32_t len)
{
	(void) text;
	(void) len;
	return true;
}

const uint64_t *
r4_hash_key(void)
{
	static const uint64_t key[2] = {1, 2};

	return key;
}
