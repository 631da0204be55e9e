/*
 * invert_leaf.c
 *		One value of the template equal to a text, as it would be written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "search/invert/invert.h"

/* The element that a node is a value of: an array's members are of the array's. */
const R4Child *
invert_child(const TemplateNode *node)
{
	return node->key == NULL && node->parent != NULL ? &node->parent->child : &node->child;
}

/* The expression of a value that is one placeholder; NULL for any other node. */
Node *
invert_expression(const TemplateNode *node)
{
	TemplatePart *part;

	if (node->kind != TEMPLATE_VALUE || list_length(node->parts) != 1)
		return NULL;
	part = linitial(node->parts);
	return part->expr != NULL ? part->expr->expr : NULL;
}

/* Is a constant the text? */
static Predicate
const_equals(Const *constant, const char *wanted)
{
	if (constant->constisnull)
		return predicate_constant(false);
	if (constant->consttype == BOOLOID)
		return predicate_constant(strcmp(DatumGetBool(constant->constvalue) ? "true" : "false", wanted) == 0);
	if (constant->consttype != TEXTOID && constant->consttype != VARCHAROID)
		return predicate_unknown();
	return predicate_constant(strcmp(TextDatumGetCString(constant->constvalue), wanted) == 0);
}

/* InvertChosen: an expression equal to the argument. */
static Predicate
equals_text(const SearchSource *source, Node *expression, const void *arg)
{
	return invert_expression_equals(source, expression, arg);
}

/* expression = text, as the expression's value is written. */
Predicate
invert_expression_equals(const SearchSource *source, Node *node, const char *text)
{
	FuncExpr   *id;

	if (IsA(node, Const))
		return const_equals((Const *) node, text);
	if (invert_is_choice(node))
	{
		Predicate	chosen = invert_choice(source, node, equals_text, text);

		if (chosen.exact || !invert_is_safe(node))
			return chosen;
	}
	id = invert_id_call(source, node);
	if (id != NULL)
		return invert_id_equals(source, id, text);
	if (invert_is_code(source, node, false))
		return invert_code(source, (FuncExpr *) node, &(WantedEntries){.code = text});
	return invert_is_safe(node) ? invert_compare(node, text) : predicate_unknown();
}

/* Text around one placeholder: what stands between the constant ends. */
static Predicate
parts_equal(const SearchSource *source, const TemplateNode *node, const char *text)
{
	Node	   *expression = NULL;
	char	   *rest = pstrdup(text);
	ListCell   *lc;

	foreach(lc, node->parts)
	{
		TemplatePart *part = lfirst(lc);
		int			len = part->text != NULL ? strlen(part->text) : 0;
		int			have = strlen(rest);

		if (part->expr != NULL)
		{
			if (expression != NULL)
				return predicate_unknown();
			expression = part->expr->expr;
		}
		else if (expression == NULL)
		{
			if (strncmp(rest, part->text, len) != 0)
				return predicate_constant(false);
			rest += len;
		}
		else
		{
			if (have < len || strcmp(rest + have - len, part->text) != 0)
				return predicate_constant(false);
			rest[have - len] = '\0';
		}
	}
	if (expression == NULL || rest[0] == '\0')
		return predicate_constant(false);
	return invert_expression_equals(source, expression, rest);
}

/* Has the text a control character, which a value is not written with? */
static bool
has_controls(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text < ' ')
			return true;
	return false;
}

/*
 * The value of a primitive element equal to a text that is not empty.  A value
 * outside the element's required binding, or not of its form, is not written
 * unless the mapping keeps such values.
 */
Predicate
invert_equals(const SearchSource *source, const TemplateNode *node, const char *text)
{
	R4Set		set = r4_required_set(invert_child(node)->element);
	R4Primitive primitive = r4_primitive(node->type);
	const char *constant;

	if (has_controls(text) || text[strspn(text, " ")] == '\0')
		return predicate_unknown();
	if (source->plan->on_invalid != ON_INVALID_KEEP &&
		((primitive == R4_CODE && set != R4_NO_SET && !r4_set_has(set, NULL, 0, text, strlen(text))) ||
		 (primitive != R4_NOT_PRIMITIVE && primitive != R4_STRING && primitive != R4_MARKDOWN && !r4_text_is_valid(primitive, text, strlen(text)))))
		return predicate_constant(false);
	switch (node->kind)
	{
		case TEMPLATE_CONSTANT:
			constant = template_constant_string(node);
			if (constant == NULL)
				constant = node->json;
			return predicate_constant(strcmp(constant, text) == 0);
		case TEMPLATE_VALUE:
			if (invert_expression(node) == NULL)
				return predicate_unknown();
			return invert_expression_equals(source, invert_expression(node), text);
		case TEMPLATE_TEXT:
			return parts_equal(source, node, text);
		case TEMPLATE_NULL:
			return predicate_constant(false);
		default:
			return predicate_unknown();
	}
}

/* The call of fhir_id that makes a source's own ids; NULL when it is none. */
FuncExpr *
invert_own_id_call(const SearchSource *source)
{
	const TemplateNode *id = template_member(source->template->root, "id");

	return id != NULL ? invert_id_call(source, invert_expression(id)) : NULL;
}
