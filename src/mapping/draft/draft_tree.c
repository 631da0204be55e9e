/*
 * draft_tree.c
 *		The template that is drafted, as a tree; and printing it.
 *
 * A path makes the objects that it leads through.  R4 says which elements are
 * arrays, and in which order members are written, so that a draft reads like
 * the pages of the specification whatever order the columns come in.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/json.h"

#include "mapping/draft/draft.h"

/* A container is printed in one line when it ends before this column. */
#define LINE_WIDTH 100

/* A step of a path: the element's name and, after a colon, its label. */
typedef struct PathStep
{
	char	   *name;
	char	   *label;			/* or NULL */
} PathStep;

/* Takes the first step off a path; false at its end. */
static bool
next_step(const char **path, PathStep *step)
{
	int			len = strcspn(*path, ".");
	char	   *colon;

	if (len == 0)
		return false;
	step->name = pnstrdup(*path, len);
	step->label = NULL;
	colon = strchr(step->name, ':');
	if (colon != NULL)
	{
		*colon = '\0';
		step->label = colon + 1;
	}
	*path += len;
	*path += **path == '.';
	return true;
}

/*
 * The element of a step below a type; a twin's is the element that it stands
 * beside.  An unknown one is an error in our tables.
 */
static void
find_element(R4Type type, const char *name, R4Child *child)
{
	if (name[0] == '_')
		name++;
	if (!r4_child(type, name, strlen(name), child))
		elog(ERROR, "%s has no element \"%s\"", r4_type_name(type), name);
}

/* The position of an element below its parent's type; twins follow at once. */
static int
element_order(R4Type type, const char *name, const R4Child *child)
{
	int			count = r4_child_count(type);
	R4Child		other;
	int			i;

	for (i = 0; i < count; i++)
		if (r4_child_name(type, i, &other) != NULL && other.element == child->element)
			break;
	return 2 * i + (name[0] == '_');
}

/* The child that a step leads to, or NULL. */
static DraftNode *
find_child(const DraftNode *parent, const PathStep *step)
{
	ListCell   *lc;

	foreach(lc, parent->children)
	{
		DraftNode  *child = lfirst(lc);

		if (strcmp(child->name, step->name) == 0 &&
			(step->label ? child->label && strcmp(child->label, step->label) == 0 : child->label == NULL))
			return child;
	}
	return NULL;
}

/* Makes the child that a step leads to, behind those that R4 has before it. */
static DraftNode *
make_child(DraftNode *parent, const PathStep *step)
{
	DraftNode  *child = palloc0(sizeof(DraftNode));
	R4Child		element;
	int			position = 0;
	ListCell   *lc;

	find_element(parent->type, step->name, &element);
	child->parent = parent;
	child->name = step->name;
	child->label = step->label;
	child->type = element.type;
	child->element = element.element;
	child->repeats = element.repeats;
	child->order = element_order(parent->type, step->name, &element);
	foreach(lc, parent->children)
	{
		if (((DraftNode *) lfirst(lc))->order > child->order)
			break;
		position++;
	}
	parent->children = list_insert_nth(parent->children, position, child);
	return child;
}

/* The node at a path, or NULL. */
DraftNode *
draft_find(Draft *draft, const char *path)
{
	DraftNode  *node = draft->root;
	PathStep	step;

	while (node != NULL && next_step(&path, &step))
		node = find_child(node, &step);
	return node;
}

/* Would an element stand beside another choice of the same value[x]? */
static bool
is_second_choice(const DraftNode *parent, const PathStep *step)
{
	R4Child		element;
	ListCell   *lc;

	find_element(parent->type, step->name, &element);
	foreach(lc, parent->children)
	{
		DraftNode  *child = lfirst(lc);

		if (child->element == element.element && strcmp(child->name, step->name) != 0)
			return true;
	}
	return false;
}

/* May something be written at the path? */
bool
draft_is_free(Draft *draft, const char *path)
{
	DraftNode  *node = draft->root;
	PathStep	step;

	while (next_step(&path, &step))
	{
		DraftNode  *child = find_child(node, &step);

		if (child == NULL)
			return !is_second_choice(node, &step);
		if (child->value != NULL)
			return false;
		node = child;
	}
	return false;
}

/* Writes a value, text that may have placeholders, at a path; its node. */
DraftNode *
draft_set(Draft *draft, const char *path, const char *value)
{
	DraftNode  *node = draft->root;
	PathStep	step;

	while (next_step(&path, &step))
	{
		DraftNode  *child = find_child(node, &step);

		node = child ? child : make_child(node, &step);
	}
	node->value = value;
	return node;
}

/* The FHIR type at the end of a path, and whether its element repeats. */
R4Type
draft_path_type(Draft *draft, const char *path, bool *repeats)
{
	R4Type		type = draft->root->type;
	PathStep	step;

	while (next_step(&path, &step))
	{
		R4Child		child;

		find_element(type, step.name, &child);
		type = child.type;
		*repeats = child.repeats;
	}
	return type;
}

/* A name as part of a URL: nothing but letters, digits and what is harmless. */
char *
draft_url_part(const char *name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *name != '\0'; name++)
	{
		if (isalnum((unsigned char) *name) || IS_HIGHBIT_SET(*name) || strchr("-_.~", *name))
			appendStringInfoChar(&buf, *name);
		else
			appendStringInfo(&buf, "%%%02X", (unsigned char) *name);
	}
	return buf.data;
}

/* Writes a string at a path and notes that it uses the column. */
void
draft_use(Draft *draft, DraftColumn *column, const char *path, const char *value, const char *reason)
{
	DraftUse   *use = palloc0(sizeof(DraftUse));

	use->column = column;
	use->path = path;
	use->node = draft_find(draft, path);
	if (use->node == NULL || use->node->value == NULL)
		use->node = draft_set(draft, path, value);
	use->expression = value;
	use->reason = reason;
	draft->uses = lappend(draft->uses, use);
}

/*
 * Asks for what nothing tells, at a path that is free: the question keeps the
 * template from being registered.
 */
void
draft_ask(Draft *draft, const char *path, const char *text)
{
	DraftQuestion *question = palloc0(sizeof(DraftQuestion));

	question->node = draft_set(draft, path, psprintf("{? %s}", text));
	question->text = text;
	draft->questions = lappend(draft->questions, question);
}

/* How many siblings of the same array stand before a node. */
static int
array_position(const DraftNode *node)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, node->parent->children)
	{
		DraftNode  *sibling = lfirst(lc);

		if (sibling == node)
			break;
		if (strcmp(sibling->name, node->name) == 0)
			position++;
	}
	return position;
}

/* The path of a node as messages about templates have it. */
char *
draft_node_path(Draft *draft, const DraftNode *node)
{
	char	   *path;

	if (node->parent == NULL)
		return pstrdup(draft->resource);
	path = psprintf("%s.%s", draft_node_path(draft, node->parent), node->name);
	return node->repeats ? psprintf("%s[%d]", path, array_position(node)) : path;
}

/* A line feed and blanks, or one blank where all stands in one line. */
static void
new_line(StringInfo buf, int indent, bool in_line, bool opening)
{
	if (!in_line)
	{
		appendStringInfoChar(buf, '\n');
		appendStringInfoSpaces(buf, indent);
	}
	else if (!opening)
		appendStringInfoChar(buf, ' ');
}

static void print_node(StringInfo buf, const DraftNode *node, int indent, bool in_line);

/* The members of the array that starts at a position of the children. */
static int
print_array(StringInfo buf, const DraftNode *parent, int at, int indent, bool in_line)
{
	const char *name = ((DraftNode *) list_nth(parent->children, at))->name;

	appendStringInfoChar(buf, '[');
	for (int first = at; at < list_length(parent->children); at++)
	{
		DraftNode  *child = list_nth(parent->children, at);

		if (strcmp(child->name, name) != 0)
			break;
		if (at > first)
			appendStringInfoChar(buf, ',');
		new_line(buf, indent + 2, in_line, at == first);
		print_node(buf, child, indent + 2, in_line);
	}
	new_line(buf, indent, in_line, true);
	appendStringInfoChar(buf, ']');
	return at;
}

/* The members of an object, arrays gathered. */
static void
print_members(StringInfo buf, const DraftNode *node, int indent, bool in_line)
{
	int			at = 0;

	while (at < list_length(node->children))
	{
		DraftNode  *child = list_nth(node->children, at);
		bool		array = child->repeats && !child->json;
		StringInfoData try;

		if (at > 0)
			appendStringInfoChar(buf, ',');
		new_line(buf, indent, in_line, at == 0);
		appendStringInfo(buf, "\"%s\": ", child->name);
		if (!array)
		{
			print_node(buf, child, indent, in_line);
			at++;
			continue;
		}
		initStringInfo(&try);
		(void) print_array(&try, node, at, indent, true);
		at = print_array(buf, node, at, indent,
						 in_line || indent + strlen(child->name) + 4 + try.len < LINE_WIDTH);
	}
}

/* A value or an object; in one line when it is short or has to be. */
static void
print_node(StringInfo buf, const DraftNode *node, int indent, bool in_line)
{
	if (node->value != NULL && node->json)
		appendStringInfoString(buf, node->value);
	else if (node->value != NULL)
		escape_json(buf, node->value);
	else
	{
		if (!in_line)
		{
			StringInfoData try;

			initStringInfo(&try);
			print_node(&try, node, indent, true);
			in_line = indent + strlen(node->name) + 4 + try.len < LINE_WIDTH;
		}
		appendStringInfoChar(buf, '{');
		print_members(buf, node, indent + 2, in_line);
		new_line(buf, indent, in_line, true);
		appendStringInfoChar(buf, '}');
	}
}

/* The template as JSON text. */
char *
draft_print(Draft *draft)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\n  \"resourceType\": \"%s\",", draft->resource);
	if (draft->condition != NULL)
	{
		appendStringInfoString(&buf, "\n  \"$if\": ");
		escape_json(&buf, draft->condition);
		appendStringInfoChar(&buf, ',');
	}
	print_members(&buf, draft->root, 2, false);
	appendStringInfoString(&buf, "\n}");
	return buf.data;
}
