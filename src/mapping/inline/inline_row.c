/*
 * inline_row.c
 *		Where a call stands, and whether the columns of its row can be had there.
 *
 * Each guard here stands for a query in which a replaced call was seen to give
 * a wrong result or an error:
 *
 * - an expression that is planned by itself has no query whose columns the
 *   call could read: an index, a constraint, a cached expression;
 * - a query on Citus's tables is sent to other servers as text, where the call
 *   is taken into the query that arrives;
 * - rows of the nullable side of an outer join: the plain call is strict and
 *   gives NULL, the replaced one would give a resource of constants;
 * - rows that RETURNING calls old or new, of which there may be none;
 * - grouping sets, which make whole rows NULL, too;
 * - the condition of an EXISTS, which the planner simplifies with the root of
 *   the query around: the same number means another table there.
 *
 * A LATERAL sub-query is planned when its parent can no longer hand it new
 * columns, so a call in it keeps the row that it was given.
 */
#include "postgres.h"

#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
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

/* Has the planner planned a sub-query of this root? */
bool
inline_has_planned_select(const PlannerInfo *root)
{
	ListCell   *lc;

	foreach(lc, root->glob->subroots)
		if (lfirst(lc) != NULL && ((PlannerInfo *) lfirst(lc))->parent_root == root)
			return true;
	return false;
}

/* Is the relation the mapped one, or one of its partitions or children? */
static bool
is_part_of(Oid relation, Oid mapped)
{
	return relation == mapped ||
		(has_subclass(mapped) && list_member_oid(find_all_inheritors(mapped, NoLock, NULL), relation));
}

/* What a column of the grouping step stands for; anything else stands for itself. */
static Node *
behind_grouping(PlannerInfo *root, Node *node)
{
	const Var  *var = (const Var *) node;
	RangeTblEntry *rte;

	if (!IsA(node, Var))
		return node;
	for (Index i = 0; i < var->varlevelsup && root != NULL; i++)
		root = root->parent_root;
	rte = root != NULL ? entry_of(root->parse, var) : NULL;
	if (rte == NULL || var->varattno < 1 || var->varattno > list_length(base_group_expressions(rte)))
		return node;
	node = copyObject(list_nth(base_group_expressions(rte), var->varattno - 1));
	IncrementVarSublevelsUp(node, var->varlevelsup, 0);
	return node;
}

/*
 * Is a Var, of a whole row or of a column, one of a relation that the query
 * reads, and that has the mapped rows?  Not of one that it writes: such rows
 * are made by the query.
 */
static bool
var_is_read(PlannerInfo *root, const Var *var, Oid mapped)
{
	PlannerInfo *owner = root;
	RangeTblEntry *rte;

	for (Index i = 0; i < var->varlevelsup && owner != NULL; i++)
		owner = owner->parent_root;
	rte = owner != NULL ? entry_of(owner->parse, var) : NULL;
	return rte != NULL && rte->rtekind == RTE_RELATION && is_part_of(rte->relid, mapped) &&
		var->varno != owner->parse->resultRelation && owner->parse->onConflict == NULL &&
		!base_var_is_returning(var);
}

/*
 * Is the row known to be read from the mapped relation, so that row-level
 * security has let it pass?  attributes says which field of it each of the
 * mapping's columns is.  In doubt it is not.
 */
bool
inline_row_is_read(PlannerInfo *root, Node *row, const MappingPlan *plan, const AttrNumber *attributes)
{
	const Var  *first = NULL;

	row = behind_grouping(root, row);
	if (IsA(row, Var))
		return ((Var *) row)->varattno == InvalidAttrNumber && !root_is_in_doubt(root, (Var *) row) &&
			var_is_read(root, (Var *) row, plan->relation);
	/* whose columns they are is in doubt where a sub-query has been planned */
	if (!IsA(row, RowExpr) || plan->whole_row || inline_has_planned_select(root))
		return false;
	for (int i = 0; i < plan->ncolumns; i++)
	{
		const Var  *field;

		if (plan->column_names[i] == NULL)
			continue;
		field = (const Var *) behind_grouping(root, list_nth(((RowExpr *) row)->args, attributes[i] - 1));
		if (!IsA(field, Var) || !var_is_read(root, field, plan->relation) ||
			get_attnum(plan->relation, plan->column_names[i]) != field->varattno ||
			(first != NULL && (first->varno != field->varno || first->varlevelsup != field->varlevelsup)))
			return false;
		first = field;
	}
	return first != NULL;
}
