/*
 * inline_fields.c
 *		Whether the fields of a row constructor may stand where they are read.
 *
 * A view's row, or ROW(...), is a list of expressions.  The plain call
 * evaluates each once for each row.  Put in the place of the columns that the
 * mapping reads, one may be evaluated several times, not at all, or while the
 * query is planned; that is allowed only where nobody can tell.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"

#include "mapping/inline/inline.h"

/*
 * Counts, by the field's number, how often a call reads the fields of a row
 * constructor; 0 is the row as a whole.  One in a sub-select counts as many.
 */
static int *
count_uses(Node *call, int nfields, const AttrNumber *attributes)
{
	int		   *uses = palloc0(sizeof(int) * (nfields + 1));
	ListCell   *lc;

	foreach(lc, pull_vars_of_level(call, 0))
	{
		Var		   *column = lfirst(lc);

		if (IsA(column, Var) && column->varno == 1)
			uses[column->varattno > 0 ? attributes[column->varattno - 1] : 0] += column->varlevelsup > 0 ? 2 : 1;
	}
	return uses;
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

/*
 * Can the fields of a row constructor stand where the call reads the row's
 * columns?  The call is still in the mapping's own columns; attributes says
 * which field each of them is.
 */
bool
inline_fields_are_plain(PlannerInfo *root, RowExpr *row, const AttrNumber *attributes, Node *call)
{
	int			n = list_length(row->args);
	int		   *uses = count_uses(call, n, attributes);
	int		   *bare = count_bare(call, n, attributes);

	if (contain_volatile_functions((Node *) row))
		return false;
	/* a view's row may be what is grouped by, whole */
	for (PlannerInfo *level = root; level != NULL; level = level->parent_root)
		if (level->parse->groupingSets != NIL)
			return false;
	/* sub-selects must not get into a query that is not this root's */
	if (checkExprHasSubLink(call) && inline_has_planned_select(root))
		return false;
	for (int i = 1; i <= n; i++)
	{
		Node	   *field = list_nth(row->args, i - 1);
		int			times = uses[i] + uses[0];

		if (times > 1 && !is_cheap(field))
			return false;
		/* what is computed from constants is computed now, be there rows or not */
		if (IsA(field, Const) && times > bare[i])
			return false;
	}
	return true;
}
