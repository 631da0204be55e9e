/*
 * invert_id.c
 *		Ids made by fhir_id: found by the index of their tags.
 *
 * In a template's analysed expressions a call of fhir_id is one of its twin
 * that needs no right (see mapping/expression).  Beside it stands the tag, as
 * an index has it: the two together find the row by the index, and are right
 * without.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "ident/ident.h"
#include "search/invert/invert.h"

/* The call of fhir_id that an expression is; NULL when it is none. */
FuncExpr *
invert_id_call(const SearchSource *source, Node *node)
{
	FuncExpr   *call = (FuncExpr *) node;

	if (node != NULL && IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->resulttype == TEXTOID)
		return invert_id_call(source, (Node *) ((CoerceViaIO *) node)->arg);
	if (node == NULL || !IsA(node, FuncExpr) || call->funcresulttype != UUIDOID || call->funcvariadic ||
		list_length(call->args) < 3 || get_func_namespace(call->funcid) != base_extension_schema(source->function) ||
		strcmp(get_func_name(call->funcid), "fhir_bridge_id_in_mapping") != 0)
		return NULL;
	return call;
}

/* The kind of an id; NULL when it is no constant. */
const char *
invert_id_kind(const FuncExpr *call)
{
	Const	   *kind = lsecond(call->args);

	if (!IsA(kind, Const) || kind->constisnull)
		return NULL;
	return TextDatumGetCString(kind->constvalue);
}

/* The tag of the call's id, as an index has it. */
static Node *
tag_call(const SearchSource *source, const FuncExpr *call)
{
	Oid			types[] = {TEXTOID, ANYOID};
	FuncExpr   *tag = copyObject((FuncExpr *) call);

	tag->funcid = base_extension_function(source->function, "fhir_index_id", 2, types);
	tag->funcresulttype = INT8OID;
	tag->args = list_delete_first(tag->args);
	return (Node *) tag;
}

/* Are the keys of types and expressions that raise no error? */
static bool
keys_are_safe(const FuncExpr *call)
{
	ListCell   *lc;

	for_each_from(lc, call->args, 1)
	{
		Node	   *key = lfirst(lc);

		switch (getBaseType(exprType(key)))
		{
			case TEXTOID:
			case VARCHAROID:
			case BPCHAROID:
			case INT2OID:
			case INT4OID:
			case INT8OID:
			case BOOLOID:
			case UUIDOID:
				break;
			default:
				return false;
		}
		if (!invert_is_safe(key))
			return false;
	}
	return true;
}

/* The call gives an id: all of its keys are there. */
Predicate
invert_id_written(const SearchSource *source, const FuncExpr *call)
{
	Predicate	all = predicate_constant(true);
	ListCell   *lc;

	if (!keys_are_safe(call))
		return predicate_unknown();
	for_each_from(lc, call->args, 2)
		all = predicate_and(all, invert_there(source, lfirst(lc)));
	return all;
}

/* The value of a hexadecimal digit as it is written in an id; -1 for what is none. */
static int
digit_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Parses an id as it is written; false when it is of no such form. */
bool
invert_id_parse(const char *text, pg_uuid_t *id)
{
	const char *s = text;

	if (strlen(text) != 36)
		return false;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
			return false;
		high = digit_value(*s++);
		low = high >= 0 ? digit_value(*s++) : -1;
		if (low < 0)
			return false;
		id->data[i] = high << 4 | low;
	}
	return true;
}

/* The id of a call is the text. */
Predicate
invert_id_equals(const SearchSource *source, FuncExpr *call, const char *text)
{
	return invert_id_any(source, call, list_make1(pstrdup(text)));
}

/* expression = ANY (an array of constants). */
static Node *
any_of(Node *expression, Oid type, Datum *values, int n)
{
	ScalarArrayOpExpr *any = makeNode(ScalarArrayOpExpr);
	OpExpr	   *equal;
	ArrayType  *array;
	int16		typlen;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &typlen, &byval, &align);
	equal = (OpExpr *) invert_operator("=", expression, invert_const(type, values[0]));
	if (n == 1)
		return (Node *) equal;
	array = construct_array(values, n, type, typlen, byval, align);
	any->opno = equal->opno;
	any->opfuncid = equal->opfuncid;
	any->useOr = true;
	any->args = list_make2(linitial(equal->args), invert_const(get_array_type(type), PointerGetDatum(array)));
	any->location = -1;
	return (Node *) any;
}

/* The tag of a call is that of an id: one that another id has, too, is not told apart.  Unknown where the keys may raise errors. */
Predicate
invert_id_tagged(const SearchSource *source, FuncExpr *call, const char *text)
{
	pg_uuid_t	id;
	Datum		tag;

	if (!keys_are_safe(call) || !invert_id_parse(text, &id))
		return predicate_unknown();
	ident_secret_use(source->function);
	tag = Int64GetDatum(ident_index_id(source->function, &id));
	return predicate_of(any_of(tag_call(source, call), INT8OID, &tag, 1), false);
}

/* The id of a call is one of the texts (char *). */
Predicate
invert_id_any(const SearchSource *source, FuncExpr *call, List *ids)
{
	Datum	   *tags = palloc(sizeof(Datum) * Max(list_length(ids), 1));
	Datum	   *uuids = palloc(sizeof(Datum) * Max(list_length(ids), 1));
	int			n = 0;
	bool		safe = keys_are_safe(call);
	Node	   *tagged;
	ListCell   *lc;

	ident_secret_use(source->function);
	foreach(lc, ids)
	{
		pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

		if (!invert_id_parse(lfirst(lc), id))
			continue;
		tags[n] = Int64GetDatum(ident_index_id(source->function, id));
		uuids[n++] = UUIDPGetDatum(id);
	}
	if (n == 0)
		return predicate_constant(false);
	tagged = any_of(tag_call(source, call), INT8OID, tags, n);
	/* the tag never raises an error; where the id might, rows are judged by their resources */
	if (!safe)
		return predicate_of(tagged, false);
	return predicate_of((Node *) makeBoolExpr(AND_EXPR, list_make2(tagged, any_of((Node *) call, UUIDOID, uuids, n)), -1),
						true);
}
