/*
 * inline_call.c
 *		Whether a call whose sub-selects have been rewritten may be run, and what
 *		the planner must be told of it.
 *
 * The plain call runs its sub-selects when a row comes to it.  In the query
 * they are the planner's, which changes when things are asked and where they
 * are run:
 *
 * - rights on relations and functions are asked for when a query starts, also
 *   where no row needs them: who lacks one keeps the plain call;
 * - policies and views may bring a function that is not safe in a parallel
 *   worker, after the planner has asked for such;
 * - a sub-select that takes nothing from the row is run before the workers
 *   start, also where "$if" says no: such a query has no workers;
 * - a plan is kept while row_security changes: what was planned with a policy
 *   is refused when it is switched off (write_call.c), unless a condition
 *   depends on the policy, so that nobody would be there to refuse.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/acl.h"

#include "base/base.h"
#include "mapping/inline/inline.h"

/*
 * Tells the planner how parallel safe the call is, now that policies and views
 * are in it: it has asked before they were.  False when the call must stay.
 */
bool
inline_note_hazard(PlannerInfo *root, Node *call)
{
	Query	   *query = makeNode(Query);
	char		hazard;

	query->commandType = CMD_SELECT;
	query->targetList = list_make1(makeTargetEntry((Expr *) call, 1, NULL, false));
	hazard = max_parallel_hazard(query);
	if (hazard == PROPARALLEL_UNSAFE)
	{
		/* the plain call runs it as well: not in a worker */
		root->glob->parallelModeOK = false;
		return false;
	}
	if (hazard == PROPARALLEL_RESTRICTED && root->glob->maxParallelHazard == PROPARALLEL_SAFE)
		root->glob->maxParallelHazard = PROPARALLEL_RESTRICTED;
	return true;
}

/* Must the current role not call the function? */
static bool
function_is_forbidden(Oid function, void *context)
{
	return object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK;
}

/* Walker: is there something that the current role must not read or call? */
static bool
forbidden_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return !base_query_is_permitted((Query *) node) ||
			query_tree_walker((Query *) node, forbidden_walker, context, 0);
	return check_functions_in_node(node, function_is_forbidden, NULL) ||
		expression_tree_walker(node, forbidden_walker, context);
}

/*
 * May the current role run all of a call whose sub-selects are rewritten?  The
 * server asks before the first row, the plain call only where a row comes to
 * it: what "$if" leaves out, or a query without rows, needs no rights.
 */
bool
inline_role_may_run(PlannerInfo *root, Node *call)
{
	if (checkExprHasSubLink(call))
		root->glob->dependsOnRole = true;
	return !forbidden_walker(call, NULL);
}

/*
 * Walker: is there, under a condition, a sub-select that takes nothing from the
 * query around it?
 */
static bool
waiting_walker(Node *node, bool *conditional)
{
	bool		below = *conditional;

	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
	{
		SubLink    *link = (SubLink *) node;

		return (below && link->testexpr == NULL && !contain_vars_of_level(link->subselect, 1)) ||
			waiting_walker(link->testexpr, conditional);
	}
	below |= IsA(node, CaseExpr) || IsA(node, CoalesceExpr) || IsA(node, BoolExpr);
	return expression_tree_walker(node, waiting_walker, (void *) &below);
}

/*
 * Keeps a query out of workers in which a sub-select must wait for what "$if"
 * says, if it is one that the server evaluates once: where there are workers
 * it does so before they are started.
 */
void
inline_note_waiting(PlannerInfo *root, Node *call)
{
	bool		conditional = false;

	if (waiting_walker(call, &conditional))
		root->glob->parallelModeOK = false;
}

/* Finds a relation that a policy of row-level security applies to. */
static bool
policy_walker(Node *node, Oid *relation)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, policy_walker, (void *) relation);
	foreach(lc, ((Query *) node)->rtable)
	{
		RangeTblEntry *entry = lfirst(lc);

		if (entry->securityQuals != NIL)
		{
			*relation = entry->relid;
			return true;
		}
	}
	return query_tree_walker((Query *) node, policy_walker, (void *) relation, 0);
}

/* The program of a call, which may stand under a condition, and its function. */
static Const *
program_of(Node *call, Oid *function)
{
	if (IsA(call, CaseExpr))
		call = (Node *) linitial_node(CaseWhen, ((CaseExpr *) call)->args)->result;
	*function = castNode(FuncExpr, call)->funcid;
	return linitial_node(Const, ((FuncExpr *) call)->args);
}

/*
 * Notes in the program of a call, whose sub-selects are rewritten, that a
 * policy is in them.  False when a condition depends on one: the program is
 * not run for the rows that the policy makes it leave out.
 */
bool
inline_note_policy(Node *call)
{
	Oid			relation = InvalidOid;
	Oid			function;
	Const	   *program = program_of(call, &function);

	if (!policy_walker(call, &relation))
		return true;
	if (IsA(call, CaseExpr) &&
		policy_walker((Node *) linitial_node(CaseWhen, ((CaseExpr *) call)->args)->expr, &relation))
		return false;
	program->constvalue = program_with_policy(function, program->constvalue, relation);
	return true;
}

/* Notes in the program of a call that its rows are read from the mapped relation. */
void
inline_note_rows(Node *call)
{
	Oid			function;
	Const	   *program = program_of(call, &function);

	program->constvalue = program_with_rows(function, program->constvalue);
}
