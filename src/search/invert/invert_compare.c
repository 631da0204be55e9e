/*
 * invert_compare.c
 *		An expression equal to a text, by the operator of its type.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

#include "search/invert/invert.h"

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

/*
 * The expression, which must be safe, is written as the text.  Not known of
 * types that are written in more than one way.
 */
Predicate
invert_compare(Node *node, const char *text)
{
	Oid			type = getBaseType(exprType(node));

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
