/*
 * template_node.c
 *		What every file asks of a template's tree: members, constants, paths.
 *
 * Nothing here knows of faults or types, so that whoever finds a fault may
 * ask for the path of a node.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "mapping/template/template.h"

/* The member of an object by name, or NULL. */
TemplateNode *
template_member(const TemplateNode *object, const char *key)
{
	ListCell   *lc;

	foreach(lc, object->children)
	{
		TemplateNode *child = lfirst(lc);

		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

/* The text of a constant string node; NULL for any other, and for none. */
const char *
template_constant_string(const TemplateNode *node)
{
	if (node == NULL || node->kind != TEMPLATE_CONSTANT || node->parts == NIL)
		return NULL;
	return ((TemplatePart *) linitial(node->parts))->text;
}

/* Appends the expressions of a node and of those below it. */
static void
append_expressions(const TemplateNode *node, List **expressions)
{
	ListCell   *lc;

	if (node->each != NULL)
		*expressions = lappend(*expressions, node->each);
	if (node->condition != NULL)
		*expressions = lappend(*expressions, node->condition);
	foreach(lc, node->parts)
		if (((TemplatePart *) lfirst(lc))->expr != NULL)
			*expressions = lappend(*expressions, ((TemplatePart *) lfirst(lc))->expr);
	foreach(lc, node->children)
		append_expressions(lfirst(lc), expressions);
}

/*
 * All expressions of a template (TemplateExpr), in an order that is the same
 * whenever the same text is parsed: programs name them by it.
 */
List *
template_expressions(const Template *template)
{
	List	   *expressions = NIL;

	append_expressions(template->root, &expressions);
	return expressions;
}

/* Appends the path of a node, see template_path. */
static void
append_path(StringInfo path, const TemplateNode *node)
{
	TemplateNode *type;

	check_stack_depth();
	if (node->parent != NULL)
	{
		append_path(path, node->parent);
		if (node->key != NULL)
			appendStringInfo(path, ".%s", node->key);
		else
			appendStringInfo(path, "[%d]", node->index);
		return;
	}
	type = node->kind == TEMPLATE_OBJECT ? template_member(node, "resourceType") : NULL;
	if (template_constant_string(type) != NULL)
		appendStringInfoString(path, template_constant_string(type));
	else
		appendStringInfoString(path, "resource");
}

/*
 * The path of a node as messages name it: resource type, members joined by
 * dots, elements by position, as in Patient.name[0].family.  Allocated in the
 * current context.
 */
char *
template_path(const TemplateNode *node)
{
	StringInfoData path;
	char	   *result;

	initStringInfo(&path);
	append_path(&path, node);
	result = pstrdup(path.data);
	pfree(path.data);
	return result;
}

#define BYTES_OF_MARK 512

/* Where the first character stands that begins so many bytes on, or later. */
typedef struct TemplateMark
{
	int			offset;
	int			line;
	int			column;
} TemplateMark;

/* Goes on by characters to an offset. */
static void
advance(TemplateMark *mark, const char *text, int offset)
{
	while (mark->offset < offset && text[mark->offset] != '\0')
	{
		bool		end_of_line = text[mark->offset] == '\n';

		mark->offset += pg_mblen(text + mark->offset);
		mark->line += end_of_line;
		mark->column = end_of_line ? 1 : mark->column + 1;
	}
}

/*
 * Line and column, from 1 and in characters, of a byte offset of the template.
 * It is asked of each expression: marks on the way save going over all that is
 * before it.
 */
void
template_line_column(Template *template, int offset, int *line, int *column)
{
	TemplateMark mark = {0, 1, 1};

	if (template->marks == NULL)
	{
		int			count = strlen(template->text) / BYTES_OF_MARK + 1;

		template->marks = palloc(sizeof(TemplateMark) * count);
		for (int i = 0; i < count; i++)
		{
			advance(&mark, template->text, i * BYTES_OF_MARK);
			template->marks[i] = mark;
		}
	}
	mark = template->marks[offset / BYTES_OF_MARK];
	/* the mark may stand behind it, within a character */
	if (mark.offset > offset)
		mark = (TemplateMark){offset, mark.line, mark.column};
	advance(&mark, template->text, offset);
	*line = mark.line;
	*column = mark.column;
}

/* Turns "given": "{names}" into "given": ["{names}"]. */
void
template_wrap_value(TemplateNode *node)
{
	TemplateNode *element = palloc(sizeof(TemplateNode));

	*element = *node;
	element->parent = node;
	element->key = NULL;
	element->index = 0;
	element->twin = NULL;
	node->kind = TEMPLATE_ARRAY;
	node->spliced = true;
	node->parts = NIL;
	node->children = list_make1(element);
}

/* Is the node a modifier whose loss is not a fault anyway? */
bool
template_is_modifier(const TemplateNode *node)
{
	return node->key != NULL && node->key[0] != '_' && node->child.modifier && !node->child.required;
}
