/*
 * invert_choice.c
 *		COALESCE and CASE: an expression that chooses among others.
 *
 * Each of them may be known where the whole is not: a code map behind which a
 * constant stands, or constants, each under a condition on a column that has an
 * index.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "search/invert/invert.h"

/* Is it an expression that chooses among others? */
bool
invert_is_choice(const Node *node)
{
	return IsA(node, CoalesceExpr) || IsA(node, CaseExpr);
}

/* An expression has a value that is not NULL. */
Predicate
invert_has_value(const SearchSource *source, Node *node)
{
	Predicate	any = predicate_constant(false);
	ListCell   *lc;

	if (IsA(node, Const))
		return predicate_constant(!((Const *) node)->constisnull);
	if (IsA(node, CoalesceExpr))
	{
		foreach(lc, ((CoalesceExpr *) node)->args)
			any = predicate_or(any, invert_has_value(source, lfirst(lc)));
		return any;
	}
	if (invert_is_code(source, node, false) || invert_is_code(source, node, true))
		return invert_code_has_value(source, (FuncExpr *) node);
	return invert_is_safe(node) ? invert_there(source, node) : predicate_unknown();
}

/* The first argument that has a value is as wanted. */
static Predicate
coalesce_chooses(const SearchSource *source, CoalesceExpr *coalesce, InvertChosen judge, const void *arg)
{
	Predicate	result = predicate_constant(false);
	Predicate	none_before = predicate_constant(true);
	ListCell   *lc;

	foreach(lc, coalesce->args)
	{
		result = predicate_or(result, predicate_and(none_before, judge(source, lfirst(lc), arg)));
		none_before = predicate_and(none_before, predicate_not(invert_has_value(source, lfirst(lc))));
	}
	return result;
}

/* Mutator: puts the value that a CASE compares where its conditions stand for it. */
static Node *
put_compared(Node *node, void *value)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CaseTestExpr))
		return copyObject((Node *) value);
	return expression_tree_mutator(node, put_compared, value);
}

/* Walker: is there a CASE in it, whose conditions speak of another value? */
static bool
has_case(Node *node, void *context)
{
	return node != NULL && (IsA(node, CaseExpr) || expression_tree_walker(node, has_case, context));
}

/* A condition of a CASE. */
static Predicate
case_condition(const CaseExpr *chooser, const CaseWhen *when)
{
	Node	   *condition = (Node *) when->expr;

	if (chooser->arg != NULL && has_case(condition, NULL))
		return predicate_unknown();
	if (chooser->arg != NULL)
		condition = put_compared(condition, chooser->arg);
	return invert_is_safe(condition) ? predicate_of(condition, true) : predicate_unknown();
}

/* The result of the first condition that holds, or the one for none, is as wanted. */
static Predicate
case_chooses(const SearchSource *source, CaseExpr *chooser, InvertChosen judge, const void *arg)
{
	Predicate	result = predicate_constant(false);
	Predicate	none_before = predicate_constant(true);
	ListCell   *lc;

	foreach(lc, chooser->args)
	{
		CaseWhen   *when = lfirst(lc);
		Predicate	condition = case_condition(chooser, when);

		result = predicate_or(result, predicate_and(predicate_and(none_before, condition),
													judge(source, (Node *) when->result, arg)));
		none_before = predicate_and(none_before, predicate_not(condition));
	}
	return predicate_or(result, predicate_and(none_before, judge(source, (Node *) chooser->defresult, arg)));
}

/* What a COALESCE or a CASE chooses is as judge wants it of each of them. */
Predicate
invert_choice(const SearchSource *source, Node *node, InvertChosen judge, const void *arg)
{
	if (IsA(node, CoalesceExpr))
		return coalesce_chooses(source, (CoalesceExpr *) node, judge, arg);
	return case_chooses(source, (CaseExpr *) node, judge, arg);
}
