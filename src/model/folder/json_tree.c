/*
 * json_tree.c
 *		Reading JSON into a tree.  plain C: no server headers.
 *
 * All nodes and texts of a tree lie in a chain of blocks that goes as a whole.
 * A text of several megabytes has some ten thousand nodes; nothing here is
 * slower than the file's size asks for.
 */
#include "model/folder/json_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/tokens/heap.h"

#define BLOCK_SIZE 65536
#define DEPTH_MAX 64

/* What every node and text is aligned for. */
typedef union Aligned
{
	double		number;
	void	   *pointer;
	size_t		size;
} Aligned;

typedef struct Block
{
	struct Block *next;
	size_t		used;
	size_t		size;
	Aligned		data[];
} Block;

/* The root node is the first thing of the first block. */
typedef struct Tree
{
	Json		root;
	Block	   *blocks;
} Tree;

typedef struct Reader
{
	const char *at;
	const char *end;
	Tree	   *tree;
	int			depth;
} Reader;

/* Memory of the tree. */
static void *
tree_get(Tree *tree, size_t size)
{
	Block	   *block = tree->blocks;
	void	   *place;

	size = (size + sizeof(Aligned) - 1) / sizeof(Aligned) * sizeof(Aligned);
	if (block == NULL || block->size - block->used < size)
	{
		size_t		room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = heap_get(sizeof(Block) + room);
		block->size = room;
		block->next = tree->blocks;
		tree->blocks = block;
	}
	place = (char *) block->data + block->used;
	block->used += size;
	return place;
}

/* Steps over white space. */
static void
skip_space(Reader *reader)
{
	while (reader->at < reader->end && *reader->at != '\0' && strchr(" \t\r\n", *reader->at) != NULL)
		reader->at++;
}

/* Steps over white space, and over a sign if it comes next. */
static bool
take(Reader *reader, char sign)
{
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != sign)
		return false;
	reader->at++;
	return true;
}

/* Four hexadecimal digits as a number; -1 for anything else. */
static int
read_hex(Reader *reader)
{
	int			code = 0;

	if (reader->end - reader->at < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		char		c = *reader->at++;
		const char *digits = "0123456789abcdef";
		const char *digit = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

		if (digit == NULL)
			return -1;
		code = code * 16 + (int) (digit - digits);
	}
	return code;
}

/* Writes a code point as UTF-8; gives the end. */
static char *
put_code(char *out, uint32_t code)
{
	if (code < 0x80)
		*out++ = (char) code;
	else if (code < 0x800)
	{
		*out++ = (char) (0xC0 | code >> 6);
		*out++ = (char) (0x80 | (code & 0x3F));
	}
	else if (code < 0x10000)
	{
		*out++ = (char) (0xE0 | code >> 12);
		*out++ = (char) (0x80 | (code >> 6 & 0x3F));
		*out++ = (char) (0x80 | (code & 0x3F));
	}
	else
	{
		*out++ = (char) (0xF0 | code >> 18);
		*out++ = (char) (0x80 | (code >> 12 & 0x3F));
		*out++ = (char) (0x80 | (code >> 6 & 0x3F));
		*out++ = (char) (0x80 | (code & 0x3F));
	}
	return out;
}

/* An escape behind its backslash; NULL for none that JSON has. */
static char *
read_escape(Reader *reader, char *out)
{
	const char *from = "\"\\/bfnrt";
	const char *to = "\"\\/\b\f\n\r\t";
	char		c = reader->at < reader->end ? *reader->at++ : '\0';
	const char *found = c != '\0' ? strchr(from, c) : NULL;
	int			code;
	int			low;

	if (found != NULL)
	{
		*out++ = to[found - from];
		return out;
	}
	if (c != 'u' || (code = read_hex(reader)) < 0)
		return NULL;
	if (code < 0xD800 || code > 0xDFFF)
		return put_code(out, (uint32_t) code);
	if (code > 0xDBFF || reader->end - reader->at < 6 || reader->at[0] != '\\' || reader->at[1] != 'u')
		return NULL;
	reader->at += 2;
	low = read_hex(reader);
	if (low < 0xDC00 || low > 0xDFFF)
		return NULL;
	return put_code(out, 0x10000 + ((uint32_t) (code - 0xD800) << 10) + (uint32_t) (low - 0xDC00));
}

/* A string behind its quote; false for one that does not end, or is none. */
static bool
read_string(Reader *reader, const char **text, size_t *length)
{
	const char *end = reader->at;
	char	   *out;

	while (end < reader->end && *end != '"')
		end += *end == '\\' ? 2 : 1;
	if (end >= reader->end)
		return false;
	out = tree_get(reader->tree, end - reader->at + 1);
	*text = out;
	while (*reader->at != '"')
	{
		unsigned char c = (unsigned char) *reader->at++;

		if (c < 0x20)
			return false;
		if (c != '\\')
			*out++ = (char) c;
		else if ((out = read_escape(reader, out)) == NULL)
			return false;
	}
	reader->at++;
	*out = '\0';
	*length = out - *text;
	return true;
}

/* A word or a number, as far as its letters go; Python's NaN is a number, too. */
static bool
read_bare(Reader *reader, Json *value)
{
	const char *start = reader->at;
	size_t		length;
	char	   *copy;
	char	   *end;

	while (reader->at < reader->end && *reader->at != '\0' &&
		   strchr("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", *reader->at) != NULL)
		reader->at++;
	length = reader->at - start;
	copy = tree_get(reader->tree, length + 1);
	memcpy(copy, start, length);
	value->text = copy;
	value->length = length;
	if (strcmp(copy, "null") == 0)
		value->type = JSON_NULL;
	else if (strcmp(copy, "true") == 0)
		value->type = JSON_TRUE;
	else if (strcmp(copy, "false") == 0)
		value->type = JSON_FALSE;
	else
	{
		value->type = JSON_NUMBER;
		(void) strtod(copy, &end);
		return length > 0 && *end == '\0';
	}
	return true;
}

static bool read_value(Reader *reader, Json *value);

/* The members of an array or object behind its bracket. */
static bool
read_members(Reader *reader, Json *parent, char close)
{
	Json	  **last = &parent->first;

	if (take(reader, close))
		return true;
	do
	{
		Json	   *member = tree_get(reader->tree, sizeof(Json));

		if (close == '}' && (!take(reader, '"') || !read_string(reader, &member->key, &member->key_length) || !take(reader, ':')))
			return false;
		if (!read_value(reader, member))
			return false;
		*last = member;
		last = &member->next;
	} while (take(reader, ','));
	return take(reader, close);
}

/* Any value. */
static bool
read_value(Reader *reader, Json *value)
{
	bool		is_good;

	if (++reader->depth > DEPTH_MAX)
		return false;
	if (take(reader, '"'))
	{
		value->type = JSON_STRING;
		is_good = read_string(reader, &value->text, &value->length);
	}
	else if (take(reader, '{'))
	{
		value->type = JSON_OBJECT;
		is_good = read_members(reader, value, '}');
	}
	else if (take(reader, '['))
	{
		value->type = JSON_ARRAY;
		is_good = read_members(reader, value, ']');
	}
	else
		is_good = read_bare(reader, value);
	reader->depth--;
	return is_good;
}

/*
 * The tree of a text, for json_free; NULL for a text that is not JSON.  A byte
 * order mark in front is passed over.
 */
Json *
json_parse(const char *text, size_t length)
{
	Tree	   *tree = heap_get(sizeof(Tree));
	Reader		reader = {.at = text, .end = text + length, .tree = tree};

	if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		reader.at += 3;
	if (read_value(&reader, &tree->root))
	{
		skip_space(&reader);
		if (reader.at == reader.end)
			return &tree->root;
	}
	json_free(&tree->root);
	return NULL;
}

/* Frees a tree, or nothing. */
void
json_free(Json *root)
{
	Tree	   *tree = (Tree *) root;

	if (tree == NULL)
		return;
	while (tree->blocks != NULL)
	{
		Block	   *next = tree->blocks->next;

		free(tree->blocks);
		tree->blocks = next;
	}
	free(tree);
}

/* An object's member; of several of one name the last; NULL for none. */
const Json *
json_member(const Json *object, const char *key)
{
	const Json *found = NULL;

	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (const Json *member = object->first; member != NULL; member = member->next)
	{
		if (strcmp(member->key, key) == 0)
			found = member;
	}
	return found;
}

/* A string's text; NULL for any other value, and for none. */
const char *
json_string(const Json *value)
{
	return value != NULL && value->type == JSON_STRING ? value->text : NULL;
}

/* A truth value; "otherwise" for any other value, and for none. */
bool
json_truth(const Json *value, bool otherwise)
{
	return value == NULL || (value->type != JSON_TRUE && value->type != JSON_FALSE) ? otherwise : value->type == JSON_TRUE;
}

/*
 * A number cut to a whole one, within a billion; "otherwise" for any other
 * value, and for none.
 */
long
json_integer(const Json *value, long otherwise)
{
	double		number;

	if (value == NULL || value->type != JSON_NUMBER)
		return otherwise;
	number = strtod(value->text, NULL);
	return number >= 1e9 ? 1000000000 : number <= -1e9 ? -1000000000 : (long) number;
}
