/*
 * expression_operators.c
 *		Operators and functions that a type has in a schema of its own.
 *
 * Names are looked up in pg_catalog and the extension's schema alone.  A type
 * that is installed elsewhere, such as citext, then loses its own operators: the
 * parser turns the value into text without a word, and = minds the case.  In
 * the author's session it does not.  Such a call is refused; written with its
 * schema, or with the cast, it means one thing.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "mapping/expression/expression.h"

/* The schema of a type. */
static Oid
type_schema(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	result = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The type that a value had before the parser cast it without being asked, or
 * that of its elements; InvalidOid when it is pg_catalog's, or was not cast.
 */
static Oid
type_before(Node *node)
{
	Node	   *inner = NULL;
	Oid			type;

	if (IsA(node, TargetEntry))
		node = (Node *) ((TargetEntry *) node)->expr;
	if (IsA(node, RelabelType) && ((RelabelType *) node)->relabelformat == COERCE_IMPLICIT_CAST)
		inner = (Node *) ((RelabelType *) node)->arg;
	else if (IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->coerceformat == COERCE_IMPLICIT_CAST)
		inner = (Node *) ((CoerceViaIO *) node)->arg;
	else if (IsA(node, ArrayCoerceExpr) && ((ArrayCoerceExpr *) node)->coerceformat == COERCE_IMPLICIT_CAST)
		inner = (Node *) ((ArrayCoerceExpr *) node)->arg;
	else if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST)
		inner = linitial(((FuncExpr *) node)->args);
	if (inner == NULL)
		return InvalidOid;
	type = getBaseType(exprType(inner));
	if (OidIsValid(get_element_type(type)))
		type = getBaseType(get_element_type(type));
	return type_schema(type) == PG_CATALOG_NAMESPACE ? InvalidOid : type;
}

/* Has the type an operator of that name in its schema? */
static bool
has_operator(Oid type, const char *name)
{
	CatCList   *found = SearchSysCacheList1(OPERNAMENSP, CStringGetDatum(name));
	bool		result = false;

	for (int i = 0; i < found->n_members; i++)
	{
		Form_pg_operator form = (Form_pg_operator) GETSTRUCT(&found->members[i]->tuple);

		result |= (form->oprleft == type || form->oprright == type) && form->oprnamespace == type_schema(type);
	}
	ReleaseCatCacheList(found);
	return result;
}

/* Has the type a function of that name in its schema? */
static bool
has_function(Oid type, const char *name)
{
	CatCList   *found = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	bool		result = false;

	for (int i = 0; i < found->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&found->members[i]->tuple);

		for (int j = 0; j < form->pronargs; j++)
			result |= form->proargtypes.values[j] == type && form->pronamespace == type_schema(type);
	}
	ReleaseCatCacheList(found);
	return result;
}

/* Refuses an operator whose arguments had one of their own. */
static void
check_operator(ParseState *pstate, Node *node, Oid operator, List * args)
{
	ListCell   *lc;
	const char *name = get_opname(operator);

	foreach(lc, args)
	{
		Oid			type = type_before(lfirst(lc));

		if (OidIsValid(type) && name != NULL && has_operator(type, name))
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_FUNCTION),
					 errmsg("type %s has an operator %s of its own, which is not found here", format_type_be(type), name),
					 errdetail("A mapping looks up names in pg_catalog and the extension's schema alone."),
					 errhint("Write OPERATOR(%s.%s) for the type's own, or cast the value, as in value::text.",
							 quote_identifier(get_namespace_name(type_schema(type))), name),
					 parser_errposition(pstate, exprLocation(node))));
	}
}

/* Refuses a function whose arguments had one of their own. */
static void
check_function(ParseState *pstate, Node *node, Oid function, List *args)
{
	ListCell   *lc;
	const char *name = get_func_name(function);

	foreach(lc, args)
	{
		Oid			type = type_before(lfirst(lc));

		if (OidIsValid(type) && name != NULL && has_function(type, name))
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_FUNCTION),
					 errmsg("type %s has a function %s of its own, which is not found here", format_type_be(type), name),
					 errdetail("A mapping looks up names in pg_catalog and the extension's schema alone."),
					 errhint("Write %s.%s(...) for the type's own, or cast the value, as in value::text.",
							 quote_identifier(get_namespace_name(type_schema(type))), quote_identifier(name)),
					 parser_errposition(pstate, exprLocation(node))));
	}
}

/* Refuses a comparison of rows one of whose columns has an operator of its own. */
static void
check_rows(ParseState *pstate, RowCompareExpr *node)
{
	ListCell   *op;
	ListCell   *left;
	ListCell   *right;

	forthree(op, node->opnos, left, node->largs, right, node->rargs)
		check_operator(pstate, (Node *) node, lfirst_oid(op), list_make2(lfirst(left), lfirst(right)));
}

/* Walker: all operators and functions, also those of sub-selects. */
static bool
operator_walker(Node *node, ParseState *pstate)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Query:
			return query_tree_walker((Query *) node, operator_walker, (void *) pstate, 0);
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			check_operator(pstate, node, ((OpExpr *) node)->opno, ((OpExpr *) node)->args);
			break;
		case T_ScalarArrayOpExpr:
			check_operator(pstate, node, ((ScalarArrayOpExpr *) node)->opno, ((ScalarArrayOpExpr *) node)->args);
			break;
		case T_RowCompareExpr:
			check_rows(pstate, (RowCompareExpr *) node);
			break;
		case T_FuncExpr:
			if (((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CALL)
				check_function(pstate, node, ((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args);
			break;
		case T_Aggref:
			check_function(pstate, node, ((Aggref *) node)->aggfnoid, ((Aggref *) node)->args);
			break;
		case T_WindowFunc:
			check_function(pstate, node, ((WindowFunc *) node)->winfnoid, ((WindowFunc *) node)->args);
			break;
		default:
			break;
	}
	return expression_tree_walker(node, operator_walker, (void *) pstate);
}

/*
 * Raises an error for the first operator or function of an analysed expression
 * that would be another one under a search_path with the type's schema.
 */
void
expression_check_operators(ParseState *pstate, Node *node)
{
	(void) operator_walker(node, pstate);
}
