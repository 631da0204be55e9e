/*
 * expression_check.c
 *		What an analysed expression of a template must not hold.
 *
 * A mapping is run by whoever reads its rows.  It must give the same answer
 * each time and in every worker, and it must not be a trojan: trust.c judges
 * whose code it can run.
 *
 * fhir_id is not everybody's to call, but a mapping with it runs for who may
 * read the relation.  Calls of fhir_id are therefore replaced by a private form
 * of it, whose first argument is of a type that no SQL can make a value of.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/expression/expression.h"
#include "mapping/expression/marker.h"

/* The function's name for a message. */
static char *
function_name(Oid function)
{
	return psprintf("%s.%s", get_namespace_name(get_func_namespace(function)),
					get_func_name(function));
}

/*
 * Judges one function: it must be parallel safe; at registration the author
 * must be allowed to call it.  Whose code it is, trust.c judges.
 */
static bool
check_function(Oid function, void *context)
{
	ExpressionScope *scope = context;

	if (scope->registering &&
		object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for function %s", function_name(function))));
	if (func_parallel(function) != PROPARALLEL_SAFE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("%s cannot call a function that is not parallel safe", scope->checking->context),
				 errhint("Mappings run in parallel workers. If the function is safe there, declare it PARALLEL SAFE.")));
	if (function == scope->id_function)
		scope->uses_id = true;
	return false;
}

/* Walker state. */
typedef struct CheckWalk
{
	ExpressionScope *scope;
	int			depth;			/* sub-selects around; -1: in a view */
} CheckWalk;

static void check_view_query(ExpressionScope *scope, Query *query);

/*
 * Walks all functions, and refuses system columns of the row, casts to domains
 * and what expression_check_query refuses.
 */
static bool
check_walker(Node *node, CheckWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;
		CheckWalk	below = {walk->scope, walk->depth < 0 ? -1 : walk->depth + 1};

		expression_check_query(walk->scope, query, check_view_query);
		return query_tree_walker(query, check_walker, (void *) &below, 0);
	}
	if (IsA(node, Var) && ((Var *) node)->varattno < 0 && ((Var *) node)->varlevelsup == walk->depth)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a mapping cannot use system columns"),
				 errhint("A row that is not read from the table itself has none.")));
	if (IsA(node, CoerceToDomain))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a mapping cannot cast to a domain"),
				 errhint("Cast to the domain's base type: workers cannot check constraints.")));
	check_functions_in_node(node, check_function, walk->scope);
	return expression_tree_walker(node, check_walker, (void *) walk);
}

/* The query of a view that a sub-select reads. */
static void
check_view_query(ExpressionScope *scope, Query *query)
{
	CheckWalk	walk = {scope, -1};

	(void) check_walker((Node *) query, &walk);
}

/* The argument that only a mapping can give; EXPLAIN shows the mapping. */
static Node *
make_marker(const ExpressionScope *scope)
{
	return (Node *) makeConst(scope->marker_type, -1, InvalidOid, -1,
							  marker_make(scope->function, scope->template->mapping, NULL), false, false);
}

/* Replaces calls of fhir_id by the form that mappings call. */
static Node *
replace_id_calls(Node *node, ExpressionScope *scope)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, replace_id_calls, (void *) scope, 0);
	node = expression_tree_mutator(node, replace_id_calls, (void *) scope);
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == scope->id_function)
	{
		FuncExpr   *call = (FuncExpr *) node;

		call->funcid = scope->id_in_mapping;
		call->args = lcons(make_marker(scope), call->args);
	}
	return node;
}

/* Refuses what has its own flag in the parse state. */
static void
check_kinds(ParseState *pstate, const TemplateExpr *expr)
{
	if (pstate->p_hasAggs)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("%s cannot hold an aggregate function", expr->context),
				 errhint("One row is one resource: aggregate in a view.")));
	if (pstate->p_hasWindowFuncs)
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("%s cannot hold a window function", expr->context),
				 errhint("One row is one resource: compute it in a view.")));
	if (pstate->p_hasTargetSRFs)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s cannot hold a set-returning function", expr->context),
				 errhint("Give an array instead: it is spliced, and \"$each\" repeats over it.")));
}

/*
 * Checks an analysed expression and returns it with calls replaced: those of
 * fhir_id, and those that follow settings of the session.  Raises an error for
 * the first thing that a mapping must not do.
 */
Node *
expression_check(ExpressionScope *scope, ParseState *pstate, TemplateExpr *expr, Node *node)
{
	CheckWalk	walk = {scope, 0};

	scope->checking = expr;
	check_kinds(pstate, expr);
	if (contain_volatile_functions(node))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("%s cannot call a volatile function", expr->context),
				 errhint("The same row must always give the same resource.")));
	(void) check_walker(node, &walk);
	trust_check(&scope->trust, node);
	if (scope->registering)
		expression_check_operators(pstate, node);
	return replace_id_calls(expression_settle(scope, pstate, node), scope);
}
