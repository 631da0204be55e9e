/*
 * invert_tidy.c
 *		Conditions that all hold, each said once.
 *
 * Each part of a search says all that it needs: two bounds of a date keep it
 * within what FHIR can hold, whatever narrower ones stand beside them.  The
 * planner would estimate every one of them, at more than it takes to leave it
 * out.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "utils/fmgroids.h"

#include "search/invert/invert.h"

/* Is the comparison one that follows from another with a bound for which it is true? */
static bool
is_bound(Oid function)
{
	switch (function)
	{
		case F_DATE_GE:
		case F_DATE_LT:
		case F_TIMESTAMP_GE:
		case F_TIMESTAMP_LT:
		case F_TIMESTAMPTZ_GE:
		case F_TIMESTAMPTZ_LT:
			return true;
		default:
			return false;
	}
}

/* Is the first comparison "<", and the second "<=" of the same type? */
static bool
is_looser(Oid less, Oid less_or_equal)
{
	return (less == F_DATE_LT && less_or_equal == F_DATE_LE) ||
		(less == F_TIMESTAMP_LT && less_or_equal == F_TIMESTAMP_LE) ||
		(less == F_TIMESTAMPTZ_LT && less_or_equal == F_TIMESTAMPTZ_LE);
}

/* Does a bound of an expression follow from another one? */
static bool
follows(Node *node, Node *from)
{
	OpExpr	   *weak = (OpExpr *) node;
	OpExpr	   *strong = (OpExpr *) from;
	Const	   *bounds[2];

	if (!IsA(node, OpExpr) || !IsA(from, OpExpr) || !is_bound(weak->opfuncid) ||
		(weak->opfuncid != strong->opfuncid && !is_looser(weak->opfuncid, strong->opfuncid)))
		return false;
	bounds[0] = lsecond(strong->args);
	bounds[1] = lsecond(weak->args);
	if (!IsA(bounds[0], Const) || !IsA(bounds[1], Const) || bounds[0]->constisnull || bounds[1]->constisnull ||
		!equal(linitial(weak->args), linitial(strong->args)))
		return false;
	return DatumGetBool(OidFunctionCall2(weak->opfuncid, bounds[0]->constvalue, bounds[1]->constvalue));
}

/* The list with a condition, or with the parts of one that is an AND, unless it follows from others. */
static List *
add_condition(List *conditions, Node *node)
{
	ListCell   *lc;

	if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop == AND_EXPR)
	{
		foreach(lc, ((BoolExpr *) node)->args)
			conditions = add_condition(conditions, lfirst(lc));
		return conditions;
	}
	if (IsA(node, Const) && !((Const *) node)->constisnull && DatumGetBool(((Const *) node)->constvalue))
		return conditions;
	foreach(lc, conditions)
	{
		if (equal(lfirst(lc), node) || follows(node, lfirst(lc)))
			return conditions;
		if (follows(lfirst(lc), node))
			conditions = foreach_delete_current(conditions, lc);
	}
	return lappend(conditions, node);
}

/* One condition that holds when all of the list do; none are true of every row. */
Node *
invert_tidy(List *conditions)
{
	List	   *tidy = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
		tidy = add_condition(tidy, lfirst(lc));
	if (tidy == NIL)
		return makeBoolConst(true, false);
	return list_length(tidy) == 1 ? linitial(tidy) : (Node *) makeBoolExpr(AND_EXPR, tidy, -1);
}
