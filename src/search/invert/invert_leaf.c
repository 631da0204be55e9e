/*
 * invert_leaf.c
 *		One value of the template equal to a text, as it would be written.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

#include "codes/code.h"
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

/* Whole numbers: the text must be as they are written, and within the type. */
static Predicate
integer_equals(Node *node, const char *text)
{
	char	   *end;
	long long	value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || strcmp(psprintf("%lld", value), text) != 0)
		return predicate_constant(false);
	/* comparison across the integer types is in one operator family */
	return predicate_of(invert_operator("=", node, invert_const(INT8OID, Int64GetDatum(value))), true);
}

/* The label of an enum; none of it is no row. */
static Predicate
enum_equals(Node *node, const char *text)
{
	Oid			type = getBaseType(exprType(node));
	HeapTuple	tuple = strlen(text) < NAMEDATALEN ?
		SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(text)) : NULL;
	Oid			label;

	if (!HeapTupleIsValid(tuple))
		return predicate_constant(false);
	label = ((Form_pg_enum) GETSTRUCT(tuple))->oid;
	ReleaseSysCache(tuple);
	return predicate_of(invert_operator("=", node, invert_const(type, ObjectIdGetDatum(label))), true);
}

/* A uuid, in the form that is written. */
static Predicate
uuid_equals(Node *node, const char *text)
{
	Datum		value;

	if (strlen(text) != 36 || strspn(text, "0123456789abcdef-") != 36 ||
		text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
		return predicate_constant(false);
	for (int i = 0; i < 36; i++)
		if ((text[i] == '-') != (i == 8 || i == 13 || i == 18 || i == 23))
			return predicate_constant(false);
	value = DirectFunctionCall1(uuid_in, CStringGetDatum(text));
	return predicate_of(invert_operator("=", node, invert_const(UUIDOID, value)), true);
}

/* A text, whose collation may take different texts for equal. */
static Predicate
text_equals(Node *node, const char *text)
{
	Oid			type = getBaseType(exprType(node));
	Oid			collation = exprCollation(node);
	bool		exact = !OidIsValid(collation) || get_collation_isdeterministic(collation);

	if (type == BPCHAROID)
	{
		int			len = strlen(text);

		/* written without the padding that the type has */
		if (len > 0 && text[len - 1] == ' ')
			return predicate_constant(false);
		return predicate_of(invert_operator("=", node, invert_const(BPCHAROID, CStringGetTextDatum(text))), exact);
	}
	return predicate_of(invert_operator("=", node, invert_text_const(text)), exact);
}

/* CodeEntry judge: the code is the text. */
static bool
entry_has_code(const CodeEntry *entry, const void *arg)
{
	const char *text = arg;
	int			len = strlen(text);

	return VARSIZE_ANY_EXHDR(entry->code) == len && memcmp(VARDATA_ANY(entry->code), text, len) == 0;
}

/* COALESCE(a, b,...) = text: the first that is not NULL. */
static Predicate
coalesce_equals(const SearchSource *source, CoalesceExpr *coalesce, const char *text)
{
	Predicate	result = predicate_constant(false);
	Predicate	before = predicate_constant(true);
	ListCell   *lc;

	foreach(lc, coalesce->args)
	{
		Node	   *argument = lfirst(lc);
		Predicate	equal = invert_expression_equals(source, argument, text);

		result = predicate_or(result, predicate_and(before, equal));
		if (IsA(argument, Const) && !((Const *) argument)->constisnull)
			break;
		if (!invert_is_safe(argument))
			return predicate_unknown();
		before = predicate_and(before, predicate_of(invert_is_null(argument, false), true));
	}
	return result;
}

/* Is a constant the text? */
static Predicate
const_equals(Const *constant, const char *wanted)
{
	if (constant->constisnull)
		return predicate_constant(false);
	if (constant->consttype != TEXTOID && constant->consttype != VARCHAROID)
		return predicate_unknown();
	return predicate_constant(strcmp(TextDatumGetCString(constant->constvalue), wanted) == 0);
}

/* expression = text, as the expression's value is written. */
Predicate
invert_expression_equals(const SearchSource *source, Node *node, const char *text)
{
	FuncExpr   *id;
	Oid			type = getBaseType(exprType(node));
	Oid			element = get_element_type(type);

	if (IsA(node, Const))
		return const_equals((Const *) node, text);
	if (IsA(node, CoalesceExpr))
		return coalesce_equals(source, (CoalesceExpr *) node, text);
	id = invert_id_call(source, node);
	if (id != NULL)
		return invert_id_equals(source, id, text);
	if (invert_is_code(source, node, false))
		return invert_code(source, (FuncExpr *) node, entry_has_code, text, invert_expression_equals);
	if (!invert_is_safe(node))
		return predicate_unknown();
	if (OidIsValid(element))
		return predicate_unknown();
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return text_equals(node, text);
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return integer_equals(node, text);
		case UUIDOID:
			return uuid_equals(node, text);
		case BOOLOID:
			if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
				return predicate_constant(false);
			return predicate_of(invert_operator("=", node, makeBoolConst(text[0] == 't', false)), true);
		default:
			if (get_typtype(type) == TYPTYPE_ENUM)
				return enum_equals(node, text);
			return predicate_unknown();
	}
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
