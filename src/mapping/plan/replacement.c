/*
 * replacement.c
 *		The call that may take the place of fhir_from_row in a query.
 *
 * It is made with a mapping's plan and kept in it; whether and where it does
 * take that place is the affair of the room inline.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "utils/syscache.h"

#include "mapping/plan/plan_build.h"

/* Walker state: sub-selects around, and the support function of fhir_from_row. */
typedef struct FunctionWalk
{
	int			depth;
	Oid			support;
} FunctionWalk;

/*
 * Does the server parse the function's body when a query is planned, or is it
 * fhir_from_row itself?
 */
static bool
function_is_open(Oid function, void *context)
{
	FunctionWalk *walk = context;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	text = form->prolang == SQLlanguageId && form->pronamespace != PG_CATALOG_NAMESPACE &&
		heap_attisnull(tuple, Anum_pg_proc_prosqlbody, NULL) &&
		heap_attisnull(tuple, Anum_pg_proc_proconfig, NULL);
	text |= form->prosupport == walk->support;
	ReleaseSysCache(tuple);
	return text;
}

/* Walks the functions of sub-selects. */
static bool
function_walker(Node *node, FunctionWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		FunctionWalk below = {walk->depth + 1, walk->support};

		return query_tree_walker((Query *) node, function_walker, (void *) &below, 0);
	}
	if (walk->depth > 0 && check_functions_in_node(node, function_is_open, walk))
		return true;
	return expression_tree_walker(node, function_walker, (void *) walk);
}

/*
 * Does a call mean the same wherever it is planned, and does its planning end?
 * Sub-selects are planned under the caller's search_path: a SQL function whose
 * body is kept as text would be parsed under it.  One that maps rows itself may
 * do so by the same mapping, as for a tree of wards: its depth is the data's.
 */
bool
replacement_is_fixed(const ProgramCalls *calls, Node *call)
{
	FunctionWalk walk = {0, calls->support};

	return !function_walker(call, &walk);
}

/*
 * Has the template a "$each" over an array?  Taken into a query it becomes a
 * sub-select over the elements, which the executor starts for each row.
 */
static bool
has_array_each(const TemplateNode *node)
{
	ListCell   *lc;

	if (node->each != NULL && node->each->select == NULL)
		return true;
	foreach(lc, node->children)
		if (has_array_each(lfirst(lc)))
			return true;
	return false;
}

/* Is there a sub-select that the template's author has written? */
static bool
has_select(const Template *template)
{
	ListCell   *lc;

	foreach(lc, template_expressions(template))
		if (checkExprHasSubLink(((TemplateExpr *) lfirst(lc))->expr))
			return true;
	return false;
}

/*
 * The call that an analysed template may be replaced by, over columns of range
 * table entry 1; values are those of its resource.  NULL when it keeps the
 * plain call: it has too many values, or repeats over arrays alone, which the
 * plain call does better and in parallel.
 */
Node *
replacement_make(Template *template, const ProgramCalls *calls, List *values)
{
	Node	   *call;

	if (list_length(values) > PROGRAM_MAX_ARGUMENTS ||
		(has_array_each(template->root) && !has_select(template)))
		return NULL;
	call = arguments_call(template, calls, template->root, arguments_of_values(template, calls, values));
	return replacement_is_fixed(calls, call) ? call : NULL;
}
