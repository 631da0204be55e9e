/*
 * inline_guard.c
 *		When a call of fhir_from_row must stay as it is.
 *
 * Each guard stands for a case in which a replaced call was seen to give a
 * wrong result, an error, or an unsafe function in a parallel worker:
 *
 * - expressions that are not planned as part of a query, or only after its
 *   sub-selects have been;
 * - rows that an outer join may have made NULL: the plain call is strict;
 * - rows that RETURNING calls old or new;
 * - grouping sets, which make whole rows NULL, too;
 * - the planner's own sub-queries, which it simplifies with the root of the
 *   query around;
 * - functions that are not parallel safe, in policies that sub-selects bring;
 * - relations and functions that the role has no rights to: a query asks for
 *   them when it starts, the plain call for a row that needs them;
 * - sub-selects under a condition that workers would not wait for;
 * - policies of sub-selects on which a condition depends, in a plan that is
 *   kept while row_security changes;
 * - values of a row constructor that would be computed several times, or not
 *   once, or while the query is planned;
 * - queries on Citus's tables, and sub-selects that read these (base/citus.c).
 *
 * And one that is about time: a sub-query in FROM is planned after the columns
 * that it takes from its neighbours have been settled.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/base.h"
#include "mapping/inline/inline.h"

/*
 * Is an expression being planned as a part of a query whose sub-selects have
 * not been planned yet?  Index expressions, constraints and cached expressions
 * have no root, or one without a query; what is simplified late has a root
 * whose relations are known.
 */
bool
inline_root_is_plannable(const PlannerInfo *root)
{
	return root != NULL && root->parse != NULL && root->simple_rel_array == NULL;
}

/*
 * Does the query that is planned read Citus's tables?  Then it is sent to the
 * shards as text, and the call is taken into the queries that arrive there.
 */
bool
inline_query_is_sent(PlannerInfo *root)
{
	for (; root != NULL; root = root->parent_root)
		if (base_reads_citus((Node *) root->parse))
			return true;
	return false;
}

/*
 * The root some levels out of a call.  NULL when a level on the way groups by
 * sets, or has already settled which columns it hands on.
 */
static PlannerInfo *
root_of_level(PlannerInfo *root, int level)
{
	for (int i = 0;; i++)
	{
		if (root == NULL || root->simple_rel_array != NULL || root->parse->groupingSets != NIL)
			return NULL;
		if (i == level)
			return root;
		root = root->parent_root;
	}
}

/* The range table entry of a row's number in a query, or NULL. */
static RangeTblEntry *
entry_of(const Query *query, const Var *row)
{
	if (query == NULL || row->varno < 1 || row->varno > list_length(query->rtable))
		return NULL;
	return rt_fetch(row->varno, query->rtable);
}

/* Does a sub-query, a view's, give the columns of a row type? */
static bool
select_fits(const Query *select, Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	bool		fits = true;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, select->targetList)
	{
		TargetEntry *target = lfirst(lc);

		if (target->resjunk)
			continue;
		if (n >= desc->natts || TupleDescAttr(desc, n)->attisdropped ||
			TupleDescAttr(desc, n)->atttypid != exprType((Node *) target->expr))
			fits = false;
		n++;
	}
	fits = fits && n == desc->natts;
	ReleaseTupleDesc(desc);
	return fits;
}

/* Are the rows of the entry of the row's type, column by column? */
static bool
entry_fits(const RangeTblEntry *rte, const Var *row)
{
	if (rte == NULL)
		return false;
	if (rte->rtekind == RTE_RELATION)
		return get_rel_type_id(rte->relid) == row->vartype;
	return rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL && row->vartype != RECORDOID &&
		select_fits(rte->subquery, row->vartype);
}

/*
 * Could the rows of the entry of a planned query be of the row's type?  Nothing
 * tells of a function, nor of a view that the planner has pulled up.
 */
static bool
entry_may_fit(const RangeTblEntry *rte, const Var *row)
{
	if (rte == NULL)
		return false;
	if (rte->rtekind == RTE_RELATION || (rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL))
		return entry_fits(rte, row);
	return true;
}

/*
 * The planner simplifies a copy of an EXISTS sub-query's condition with the
 * root of the query around.  Could the row be one of such a sub-query, planned
 * before, rather than of this root?
 */
static bool
root_is_in_doubt(PlannerInfo *root, const Var *row)
{
	ListCell   *lc;

	foreach(lc, root->glob->subroots)
	{
		PlannerInfo *other = lfirst(lc);

		if (other == NULL || other->parent_root != root)
			continue;
		for (Index i = 0; i < row->varlevelsup && other != NULL; i++)
			other = other->parent_root;
		if (other != NULL && entry_may_fit(entry_of(other->parse, row), row))
			return true;
	}
	return false;
}

/*
 * Looks for a range table entry below a node of the join tree.  Returns whether
 * it is found; *nullable says whether an outer join on the way may make its
 * rows NULL.
 */
static bool
find_in_joins(Node *node, int varno, bool *nullable)
{
	ListCell   *lc;
	JoinExpr   *join;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex == varno;
	if (IsA(node, FromExpr))
	{
		foreach(lc, ((FromExpr *) node)->fromlist)
			if (find_in_joins(lfirst(lc), varno, nullable))
				return true;
		return false;
	}
	join = castNode(JoinExpr, node);
	if (find_in_joins(join->larg, varno, nullable))
	{
		*nullable |= join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
		return true;
	}
	if (find_in_joins(join->rarg, varno, nullable))
	{
		*nullable |= join->jointype != JOIN_INNER && join->jointype != JOIN_SEMI &&
			join->jointype != JOIN_RIGHT;
		return true;
	}
	return false;
}

/* May the row be NULL where the call stands?  In doubt, yes. */
static bool
row_may_be_null(const Query *query, const Var *row)
{
	bool		nullable = false;

	if (base_var_is_nulled(row))
		return true;
	if (find_in_joins((Node *) query->jointree, row->varno, &nullable))
		return nullable;
	/* the target of INSERT, and the row that it could not insert */
	return row->varno != query->resultRelation &&
		(query->onConflict == NULL || row->varno != query->onConflict->exclRelIndex);
}

/*
 * Can the columns of the row be had in place of it?  row is what the call was
 * given; anything but a relation's whole row is not plain.
 */
bool
inline_row_is_plain(PlannerInfo *root, const Var *row)
{
	PlannerInfo *owner = root_of_level(root, row->varlevelsup);

	return row->varattno == InvalidAttrNumber && owner != NULL &&
		entry_fits(entry_of(owner->parse, row), row) && !base_var_is_returning(row) &&
		!row_may_be_null(owner->parse, row) && !root_is_in_doubt(root, row);
}

/* Walker state: how often the fields of a row are used. */
typedef struct UseWalk
{
	int		   *uses;			/* by the field's number; 0 is the row as a whole */
	const AttrNumber *attributes;	/* the field, by the mapping's column - 1 */
	int			depth;
} UseWalk;

/*
 * Counts uses of columns of range table entry 1, the mapping's own; one in a
 * sub-select counts as many.
 */
static bool
use_walker(Node *node, UseWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		UseWalk		below = {walk->uses, walk->attributes, walk->depth + 1};

		return query_tree_walker((Query *) node, use_walker, (void *) &below, 0);
	}
	if (IsA(node, Var) && ((Var *) node)->varno == 1 && ((Var *) node)->varlevelsup == walk->depth)
	{
		AttrNumber	column = ((Var *) node)->varattno;

		walk->uses[column > 0 ? walk->attributes[column - 1] : 0] += walk->depth > 0 ? 2 : 1;
	}
	return expression_tree_walker(node, use_walker, (void *) walk);
}

/* Counts the fields of a row that the call hands to its program as they are. */
static int *
count_bare(Node *call, int nfields, const AttrNumber *attributes)
{
	int		   *bare = palloc0(sizeof(int) * (nfields + 1));
	ListCell   *lc;

	if (IsA(call, CaseExpr))
		call = (Node *) linitial_node(CaseWhen, ((CaseExpr *) call)->args)->result;
	foreach(lc, castNode(FuncExpr, call)->args)
	{
		Var		   *argument = lfirst(lc);

		if (IsA(argument, Var) && argument->varattno > 0)
			bare[attributes[argument->varattno - 1]]++;
	}
	return bare;
}

/* May a value be computed several times?  As for the server's SQL functions. */
static bool
is_cheap(Node *field)
{
	QualCost	cost;

	if (contain_subplans(field))
		return false;
	cost_qual_eval(&cost, list_make1(field), NULL);
	return cost.startup + cost.per_tuple <= 10 * cpu_operator_cost;
}

/* Has the planner planned a sub-query of this root? */
static bool
has_planned_select(const PlannerInfo *root)
{
	ListCell   *lc;

	foreach(lc, root->glob->subroots)
		if (lfirst(lc) != NULL && ((PlannerInfo *) lfirst(lc))->parent_root == root)
			return true;
	return false;
}

/*
 * Can the fields of a row constructor stand where the call reads the row's
 * columns?  The call is still in the mapping's own columns; attributes says
 * which field each of them is.
 */
bool
inline_fields_are_plain(PlannerInfo *root, RowExpr *row, const AttrNumber *attributes, Node *call)
{
	int			n = list_length(row->args);
	UseWalk		walk = {palloc0(sizeof(int) * (n + 1)), attributes, 0};
	int		   *bare = count_bare(call, n, attributes);

	if (contain_volatile_functions((Node *) row))
		return false;
	/* a view's row may be what is grouped by, whole */
	for (PlannerInfo *level = root; level != NULL; level = level->parent_root)
		if (level->parse->groupingSets != NIL)
			return false;
	/* sub-selects must not get into a query that is not this root's */
	if (checkExprHasSubLink(call) && has_planned_select(root))
		return false;
	(void) use_walker(call, &walk);
	for (int i = 1; i <= n; i++)
	{
		Node	   *field = list_nth(row->args, i - 1);
		int			uses = walk.uses[i] + walk.uses[0];

		if (uses > 1 && !is_cheap(field))
			return false;
		/* what is computed from constants is computed now, be there rows or not */
		if (IsA(field, Const) && uses > bare[i])
			return false;
	}
	return true;
}

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

/*
 * Notes in the program of a call, whose sub-selects are rewritten, that a
 * policy is in them.  False when a condition depends on one: the program is
 * not run for the rows that the policy makes it leave out.
 */
bool
inline_note_policy(Node *call)
{
	Oid			relation = InvalidOid;
	Const	   *program;

	if (!policy_walker(call, &relation))
		return true;
	if (IsA(call, CaseExpr))
	{
		CaseWhen   *when = linitial_node(CaseWhen, ((CaseExpr *) call)->args);

		if (policy_walker((Node *) when->expr, &relation))
			return false;
		call = (Node *) when->result;
	}
	program = linitial_node(Const, castNode(FuncExpr, call)->args);
	program->constvalue = program_with_policy(program->constvalue, relation);
	return true;
}
