/*
 * graph_file.c
 *		Looking into a .onnx file: its operators, and where its weights lie.
 *		plain C: no server headers.
 *
 * The file is a protocol buffer.  Two things are wanted of it that ONNX Runtime
 * does not tell: whether it computes with integers, because then the notes of
 * one run change each other's answers; and which files hold its weights, because
 * these are watched as well.  Weights inside the file are stepped over, so that
 * a file of any size is looked at in no time.
 *
 * The messages, of which the fields given are looked at:
 *
 *	ModelProto		7 graph
 *	GraphProto		1 node, 5 initializer
 *	NodeProto		4 op_type, 5 attribute
 *	AttributeProto	6 graph, 5 tensor
 *	TensorProto		13 external_data
 *	StringStringEntry	1 key, 2 value
 */
#include "model/folder/graph_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 32
#define TEXT_MAX 1024			/* bytes of an operator's or a file's name */

typedef enum Message
{
	MESSAGE_MODEL,
	MESSAGE_GRAPH,
	MESSAGE_NODE,
	MESSAGE_ATTRIBUTE,
	MESSAGE_TENSOR,
	MESSAGE_ENTRY,
	MESSAGE_OPERATOR,			/* a text */
	MESSAGE_KEY,				/* a text */
	MESSAGE_VALUE				/* a text */
} Message;

static const struct
{
	Message		parent;
	uint64_t	field;
	Message		child;
}			fields[] = {
	{MESSAGE_MODEL, 7, MESSAGE_GRAPH},
	{MESSAGE_GRAPH, 1, MESSAGE_NODE},
	{MESSAGE_GRAPH, 5, MESSAGE_TENSOR},
	{MESSAGE_NODE, 4, MESSAGE_OPERATOR},
	{MESSAGE_NODE, 5, MESSAGE_ATTRIBUTE},
	{MESSAGE_ATTRIBUTE, 5, MESSAGE_TENSOR},
	{MESSAGE_ATTRIBUTE, 6, MESSAGE_GRAPH},
	{MESSAGE_TENSOR, 13, MESSAGE_ENTRY},
	{MESSAGE_ENTRY, 1, MESSAGE_KEY},
	{MESSAGE_ENTRY, 2, MESSAGE_VALUE},
};

typedef struct Walk
{
	FILE	   *file;
	GraphFacts *facts;
	Folder	   *folder;
	char		key[TEXT_MAX];	/* of the open entry */
} Walk;

/* A number in base 128; false at the end of the file, or for one that is none. */
static bool
read_number(FILE *file, uint64_t *number)
{
	*number = 0;
	for (int shift = 0; shift < 64; shift += 7)
	{
		int			byte = getc(file);

		if (byte == EOF)
			return false;
		*number |= (uint64_t) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

/* Does an operator compute with integers, or with weights that are? */
static bool
is_quantizing(const char *operator)
{
	static const char *const parts[] = {"Quantize", "QLinear", "Integer", "QAttention", "QGemm", "NBits", "QEmbed"};

	for (size_t i = 0; i < lengthof(parts); i++)
	{
		if (strstr(operator, parts[i]) != NULL)
			return true;
	}
	return false;
}

/* A file of weights, which stands beside the graph. */
static void
watch_weights(Walk *walk, const char *location)
{
	const char *slash = strrchr(walk->folder->model, '/');
	char	   *path;

	if (asprintf(&path, "%.*s%s", (int) (slash + 1 - walk->folder->model), walk->folder->model, location) < 0)
		_exit(HEAP_EXIT);
	watch_add(&walk->folder->files, path);
	free(path);
}

/* A text field of so many bytes. */
static bool
take_text(Walk *walk, Message message, uint64_t length)
{
	char		text[TEXT_MAX];

	if (length >= TEXT_MAX)
		return fseeko(walk->file, (off_t) length, SEEK_CUR) == 0;
	if (fread(text, 1, length, walk->file) != length)
		return false;
	text[length] = '\0';
	if (message == MESSAGE_OPERATOR && is_quantizing(text))
		walk->facts->is_quantized = true;
	else if (message == MESSAGE_KEY)
		memcpy(walk->key, text, length + 1);
	else if (message == MESSAGE_VALUE && strcmp(walk->key, "location") == 0)
		watch_weights(walk, text);
	return true;
}

/* The message that a field holds; -1 for one that nobody wants. */
static int
child_of(Message parent, uint64_t field)
{
	for (size_t i = 0; i < lengthof(fields); i++)
	{
		if (fields[i].parent == parent && fields[i].field == field)
			return (int) fields[i].child;
	}
	return -1;
}

/* Walks through a message that ends at a place of the file. */
static bool
walk_message(Walk *walk, Message message, off_t end, int depth)
{
	if (depth > DEPTH_MAX)
		return false;
	while (ftello(walk->file) < end)
	{
		uint64_t	tag;
		uint64_t	length;
		off_t		at;
		int			child;

		if (!read_number(walk->file, &tag))
			return false;
		if ((tag & 7) == 0 && !read_number(walk->file, &length))
			return false;
		if ((tag & 7) == 1 || (tag & 7) == 5)
			(void) fseeko(walk->file, (tag & 7) == 1 ? 8 : 4, SEEK_CUR);
		if ((tag & 7) != 2)
		{
			if ((tag & 7) != 0 && (tag & 7) != 1 && (tag & 7) != 5)
				return false;
			continue;
		}
		if (!read_number(walk->file, &length))
			return false;
		at = ftello(walk->file);
		if (at < 0 || at > end || length > (uint64_t) (end - at))
			return false;
		child = child_of(message, tag >> 3);
		if (child < 0 ? fseeko(walk->file, (off_t) length, SEEK_CUR) != 0 :
			child >= MESSAGE_OPERATOR ? !take_text(walk, child, length) :
			!walk_message(walk, child, at + (off_t) length, depth + 1))
			return false;
	}
	return ftello(walk->file) == end;
}

/*
 * Looks into the folder's graph, and adds the files of its weights to those
 * that are watched.  False, with the reason, for one that cannot be read.
 */
bool
graph_read(Folder *folder, GraphFacts *facts, char *fault)
{
	Walk		walk = {.facts = facts, .folder = folder};
	struct stat status;
	bool		is_good;

	memset(facts, 0, sizeof(GraphFacts));
	watch_add(&folder->files, folder->model);
	walk.file = fopen(folder->model, "re");
	if (walk.file == NULL || fstat(fileno(walk.file), &status) != 0 || !S_ISREG(status.st_mode))
	{
		int			error = walk.file == NULL ? errno : EISDIR;

		if (walk.file != NULL)
			fclose(walk.file);
		return refuse(fault, "could not read \"%s\": %s", folder->model, strerror(error));
	}
	is_good = status.st_size > 0 && walk_message(&walk, MESSAGE_MODEL, status.st_size, 0);
	fclose(walk.file);
	return is_good ? true : refuse(fault, "\"%s\" is cut short or is no ONNX file", folder->model);
}
