/*
 * invert_written.c
 *		A value of the template is in the resource, whatever it is.
 *
 * A value is written when it is not empty and of its element's form: nothing
 * but white space is empty, control characters have no form, a code must be of
 * the set that R4 binds it to.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "search/invert/invert.h"

/* A character that is no white space, as json_is_blank() has it. */
#define SOMETHING "[^ \\t\\n\\r\\v\\f\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"

/* A control character that R4's string has not. */
#define CONTROL "[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f]"

/* What else R4 asks of a primitive type's text, as a regular expression; NULL: not known here. */
static const char *
form_pattern(R4Primitive primitive)
{
	switch (primitive)
	{
		case R4_STRING:
		case R4_MARKDOWN:
			return "^[^\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f]*$";
		case R4_CODE:
			return "^[^\\u0001-\\u0020]+([ \\t\\n\\r][^\\u0001-\\u0020]+)*$";
		case R4_URI:
		case R4_URL:
		case R4_CANONICAL:
			return "^[^\\u0001-\\u0020]+$";
		case R4_ID:
			return "^[-A-Za-z0-9.]{1,64}$";
		default:
			return NULL;
	}
}

/* The text has no control characters, where the mapping leaves out one that has. */
Predicate
invert_free_of_controls(const SearchSource *source, Node *text)
{
	if (source->plan->on_invalid != ON_INVALID_OMIT)
		return predicate_constant(true);
	return predicate_of(invert_operator("!~", invert_bytewise(text), invert_text_const(CONTROL)), true);
}

/* The text is one of the set's codes. */
static Predicate
in_set(Node *text, R4Set set)
{
	List	   *codes = NIL;
	R4Code		code;

	for (int i = 0; i < r4_set_size(set); i++)
	{
		r4_set_code(set, i, &code);
		codes = lappend(codes, (void *) code.code);
	}
	return predicate_of(invert_any_text(invert_bytewise(text), codes), true);
}

/* A text is written into an element. */
static Predicate
text_written(const SearchSource *source, const TemplateNode *node, Node *text)
{
	R4Primitive primitive = r4_primitive(node->type);
	R4Set		set = r4_required_set(invert_child(node)->element);
	Predicate	something;

	if (GetDatabaseEncoding() != PG_UTF8)
		return predicate_of(invert_is_null(text, true), false);
	if (primitive == R4_CODE && set != R4_NO_SET && source->plan->on_invalid != ON_INVALID_KEEP)
		return in_set(text, set);
	something = predicate_of(invert_operator("~", invert_bytewise(text), invert_text_const(SOMETHING)), true);
	if (source->plan->on_invalid == ON_INVALID_KEEP)
		return something;
	if (form_pattern(primitive) == NULL)
		return predicate_of(something.node, false);
	return predicate_and(something, predicate_of(invert_operator("~", invert_bytewise(text),
																 invert_text_const(form_pattern(primitive))),
												 true));
}

/* CodeEntry judge: the code is of the set that is the argument, if there is one. */
static bool
entry_fits(const CodeEntry *entry, const void *arg)
{
	R4Set		set = *(const R4Set *) arg;

	return set == R4_NO_SET || r4_set_has(set, NULL, 0, VARDATA_ANY(entry->code), VARSIZE_ANY_EXHDR(entry->code));
}

/* A value that a code map gives is written. */
static Predicate
code_written(const SearchSource *source, const TemplateNode *node, Node *expression)
{
	R4Set		set = source->plan->on_invalid == ON_INVALID_KEEP ? R4_NO_SET : r4_required_set(invert_child(node)->element);

	return invert_code(source, (FuncExpr *) expression, &(WantedEntries){.meets = entry_fits, .arg = &set});
}

/* An expression's value is written into an element. */
static Predicate
expression_written(const SearchSource *source, const TemplateNode *node, Node *expression)
{
	R4Primitive primitive = r4_primitive(node->type);
	Node	   *text;

	if (invert_is_code(source, expression, false))
		return code_written(source, node, expression);
	if (IsA(expression, CoalesceExpr))
	{
		/* what is chosen may be of no form */
		return predicate_of(invert_has_value(source, expression).node, false);
	}
	if (!invert_is_safe(expression))
		return predicate_unknown();
	text = invert_as_text(expression);
	if (text != NULL)
		return text_written(source, node, text);
	switch (getBaseType(exprType(expression)))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case BOOLOID:
		case UUIDOID:
			return predicate_of(invert_is_null(expression, true), primitive == R4_STRING || primitive == R4_BOOLEAN || primitive == R4_DECIMAL || primitive == R4_ID);
		case DATEOID:
		case TIMESTAMPTZOID:
			return invert_date_written(source, node);
		default:
			return predicate_of(invert_is_null(expression, true), false);
	}
}

/* The value of a node that is no object is written. */
Predicate
invert_written(const SearchSource *source, const TemplateNode *node)
{
	Predicate	all = predicate_constant(true);
	ListCell   *lc;

	if (node->kind == TEMPLATE_CONSTANT)
		return all;
	if (node->kind == TEMPLATE_VALUE && invert_expression(node) != NULL)
		return expression_written(source, node, invert_expression(node));
	/* text around placeholders is empty when one of them is */
	foreach(lc, node->kind == TEMPLATE_TEXT ? node->parts : NIL)
	{
		TemplatePart *part = lfirst(lc);
		TemplateNode one = *node;
		FuncExpr   *id;

		if (part->expr == NULL)
			continue;
		one.kind = TEMPLATE_VALUE;
		one.parts = list_make1(part);
		id = invert_id_call(source, part->expr->expr);
		all = predicate_and(all, id != NULL ? invert_id_written(source, id) : expression_written(source, &one, part->expr->expr));
	}
	if (node->kind != TEMPLATE_TEXT)
		return predicate_unknown();
	all.constant = false;
	return all;
}
