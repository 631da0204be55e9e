/*
 * template.c
 *		Reading a template: JSON into a tree, control keys off the members.
 *
 * The server's own JSON parser reads the text and calls back for each value;
 * the tree keeps where in the text each value stands, because every message
 * about a template names path, line and column.  Control keys ($if, $each,
 * $need, $keep, $absent) are taken off the members here, so that what is
 * left of an object is what FHIR calls its elements.
 *
 * Everything is allocated in the current memory context, which the caller
 * deletes when the plan is made.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/json.h"

#include "base/compat.h"
#include "mapping/template/template.h"

typedef struct ParseContext
{
	Template   *template;
	JsonLexContext *lex;
	TemplateNode *parent;		/* container being read */
	char	   *key;			/* name of the member whose value comes next */
	int			offset;			/* offset of the value that comes next */
	int			depth;			/* containers around it */
} ParseContext;

/* Start of the key whose value starts at offset: back over the colon. */
static int
key_start(const char *text, int offset)
{
	int			i = offset - 1;

	while (i > 0 && text[i] != ':')
		i--;
	while (i > 0 && text[i] != '"')
		i--;
	for (i--; i > 0; i--)
	{
		int			slashes = 0;

		if (text[i] != '"')
			continue;
		while (i - slashes > 0 && text[i - slashes - 1] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			break;
	}
	return Max(i, 0);
}

/* Adds a value to the container being read; returns its node. */
static TemplateNode *
add_node(ParseContext *context, TemplateKind kind)
{
	TemplateNode *node = palloc0(sizeof(TemplateNode));
	TemplateNode *parent = context->parent;

	CHECK_FOR_INTERRUPTS();
	node->kind = kind;
	node->parent = parent;
	node->offset = context->offset;
	node->key_offset = context->offset;
	node->index = -1;
	node->type = R4_NO_TYPE;
	if (parent == NULL)
		context->template->root = node;
	else
	{
		if (parent->kind == TEMPLATE_ARRAY)
			node->index = list_length(parent->children);
		else
		{
			node->key = context->key;
			node->key_offset = key_start(context->template->text, node->offset);
			if (list_length(parent->children) >= TEMPLATE_MAX_MEMBERS)
			{
				template_node_fault(context->template, parent, NULL, "an object cannot have more than %d members",
									TEMPLATE_MAX_MEMBERS);
				return node;
			}
			if (template_member(parent, node->key) != NULL)
				template_node_fault(context->template, node, NULL,
									"key \"%s\" stands twice in one object", node->key);
		}
		parent->children = lappend(parent->children, node);
	}
	return node;
}

/* Called before a member's value is read. */
static JSON_ACTION
on_field(void *state, char *name, bool isnull)
{
	ParseContext *context = state;

	context->key = name;
	context->offset = context->lex->token_start - context->lex->input;
	JSON_ACTION_DONE;
}

/* Called before an array's element is read. */
static JSON_ACTION
on_element(void *state, bool isnull)
{
	ParseContext *context = state;

	context->offset = context->lex->token_start - context->lex->input;
	JSON_ACTION_DONE;
}

/* Enters a container. */
static void
enter(ParseContext *context, TemplateKind kind)
{
	if (++context->depth > TEMPLATE_MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("template has more than %d arrays and objects in each other", TEMPLATE_MAX_DEPTH)));
	context->parent = add_node(context, kind);
}

static JSON_ACTION
on_object_start(void *state)
{
	ParseContext *context = state;

	enter(context, TEMPLATE_OBJECT);
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_array_start(void *state)
{
	ParseContext *context = state;

	enter(context, TEMPLATE_ARRAY);
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_container_end(void *state)
{
	ParseContext *context = state;

	context->depth--;
	context->parent = context->parent->parent;
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_scalar(void *state, char *token, JsonTokenType type)
{
	ParseContext *context = state;
	TemplateNode *node;

	if (type == JSON_TOKEN_NULL)
	{
		add_node(context, TEMPLATE_NULL);
		JSON_ACTION_DONE;
	}
	node = add_node(context, TEMPLATE_CONSTANT);
	if (type != JSON_TOKEN_STRING)
		node->json = token;
	else if (node->key != NULL && node->key[0] == '$')
	{
		TemplatePart *part = palloc0(sizeof(TemplatePart));

		/* braces mean nothing in a control key */
		part->text = token;
		node->parts = list_make1(part);
	}
	else
		placeholder_split(context->template, node, token,
						  context->template->text, node->offset + 1);
	JSON_ACTION_DONE;
}

/* The value of a control key as a string, or a fault and NULL. */
static char *
control_string(Template *template, TemplateNode *node)
{
	if (node->parts == NIL)
	{
		template_node_fault(template, node, NULL, "value of \"%s\" must be a string", node->key);
		return NULL;
	}
	return ((TemplatePart *) linitial(node->parts))->text;
}

/* A control key's SQL expression; NULL after a fault. */
static TemplateExpr *
control_expression(Template *template, TemplateNode *node)
{
	TemplateExpr *expr;
	char	   *sql = control_string(template, node);

	if (sql == NULL)
		return NULL;
	expr = palloc0(sizeof(TemplateExpr));
	expr->sql = sql;
	expr->offset = node->offset + 1;
	expr->context = node->key;
	return expr;
}

/* $need: an array of names of members. */
static void
take_need(Template *template, TemplateNode *object, TemplateNode *node)
{
	ListCell   *lc;

	if (node->kind != TEMPLATE_ARRAY)
	{
		template_node_fault(template, node, "Write brackets around the name, as in [\"value\"].",
							"value of \"$need\" must be an array of member names");
		return;
	}
	foreach(lc, node->children)
	{
		TemplateNode *name = lfirst(lc);
		char	   *text;

		if (name->kind != TEMPLATE_CONSTANT || name->parts == NIL)
		{
			template_node_fault(template, name, NULL,
								"\"$need\" takes names of members");
			continue;
		}
		text = ((TemplatePart *) linitial(name->parts))->text;
		if (template_member(object, text) == NULL)
			template_node_fault(template, name, hint_member(object, text),
								"\"$need\" names \"%s\", which is no member of its object", text);
		object->need = lappend(object->need, makeString(text));
	}
}

/* Takes one control key off its object. */
static void
take_control(Template *template, TemplateNode *object, TemplateNode *node)
{
	const char *key = node->key;

	if (strcmp(key, "$if") == 0)
		object->condition = control_expression(template, node);
	else if (strcmp(key, "$each") == 0)
	{
		object->each = control_expression(template, node);
		if (object->parent == NULL || object->parent->kind != TEMPLATE_ARRAY)
			template_node_fault(template, node, "Put the object into an array.",
								"\"$each\" repeats an object of an array");
		if (++template->neach == TEMPLATE_MAX_EACH + 1)
			template_node_fault(template, node, "Compute some of them together in a view, as jsonb.",
								"a template cannot have more than %d \"$each\"", TEMPLATE_MAX_EACH);
	}
	else if (strcmp(key, "$absent") == 0)
		object->absent = control_string(template, node);
	else if (strcmp(key, "$need") == 0)
		take_need(template, object, node);
	else if (strcmp(key, "$keep") == 0)
	{
		if (node->json == NULL || strcmp(node->json, "true") != 0)
			template_node_fault(template, node, NULL, "value of \"$keep\" must be true");
		object->keep = true;
	}
	else
		template_node_fault(template, node,
							"Control keys are \"$if\", \"$each\", \"$need\", \"$keep\" and \"$absent\".",
							"unknown control key \"%s\"", key);
}

/* Separates control keys from elements, in the whole tree. */
static void
take_controls(Template *template, TemplateNode *node)
{
	List	   *children = node->children;
	ListCell   *lc;

	if (node->kind == TEMPLATE_OBJECT)
	{
		List	   *controls = NIL;

		node->children = NIL;
		foreach(lc, children)
		{
			TemplateNode *child = lfirst(lc);

			if (child->key[0] == '$')
				controls = lappend(controls, child);
			else
				node->children = lappend(node->children, child);
		}
		foreach(lc, controls)
			take_control(template, node, lfirst(lc));
	}
	foreach(lc, node->children)
		take_controls(template, lfirst(lc));
}

/*
 * Reads the template's text into template->root; NULL when it is no object.
 * Faults are added to template->faults.  The text has passed json_in, which
 * does not look into escapes: one of a character that the database cannot have
 * is an error.
 */
TemplateNode *
template_parse(Template *template)
{
	ParseContext context = {.template = template};
	JsonSemAction actions = {.semstate = &context};
	TemplateNode *root;

	context.lex = json_lex_context(template->text, strlen(template->text));
	actions.object_start = on_object_start;
	actions.object_end = on_container_end;
	actions.array_start = on_array_start;
	actions.array_end = on_container_end;
	actions.object_field_start = on_field;
	actions.array_element_start = on_element;
	actions.scalar = on_scalar;
	if (pg_parse_json(context.lex, &actions) != JSON_SUCCESS)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("template has an escape of a character that this database cannot hold")));

	root = template->root;
	if (root->kind != TEMPLATE_OBJECT)
	{
		template_node_fault(template, root, "Start it with {\"resourceType\": ...}.",
							"a template is a JSON object");
		return NULL;
	}
	take_controls(template, root);
	return root;
}
