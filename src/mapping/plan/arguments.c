/*
 * arguments.c
 *		A scope's values as the arguments of one call, in one SQL expression.
 *
 * The analysed expressions of a scope are listed in the order in which its
 * plan numbers them, and become the arguments of a call that writes the scope.
 * What "$each" repeats becomes a sub-select whose target is such a call:
 *
 *		ARRAY(SELECT write(program, d.a, f(d.b), ...) FROM (SELECT ...) d)
 *
 * so that any number of levels is one expression, which the planner sees as a
 * whole.  In the result the row's columns are Vars of range table entry 1 of
 * the outermost level, and Params are what an outer "$each" has bound.
 *
 * All arguments of a call are evaluated.  What stands under a "$if" is
 * therefore wrapped in CASE, where it is more than a column or a constant.
 *
 * Trees are made for jsonb; arguments_in_form turns them to json.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "mapping/expression/marker.h"
#include "mapping/plan/plan_build.h"

/* While Params become columns of a sub-select. */
typedef struct ParamWalk
{
	int			first;			/* the Params that do */
	int			count;
	int			depth;			/* sub-selects around, from the new one */
} ParamWalk;

/* Params of one "$each" become Vars of the only range table entry there. */
static Node *
params_to_columns(Node *node, ParamWalk *walk)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		ParamWalk	below = {walk->first, walk->count, walk->depth + 1};

		return (Node *) query_tree_mutator((Query *) node, params_to_columns, (void *) &below, 0);
	}
	if (IsA(node, Param))
	{
		Param	   *param = (Param *) node;
		int			column = param->paramid - walk->first;

		if (param->paramkind == PARAM_EXTERN && column >= 0 && column < walk->count)
			return (Node *) makeVar(1, column + 1, param->paramtype, param->paramtypmod,
									param->paramcollid, walk->depth);
	}
	return expression_tree_mutator(node, params_to_columns, (void *) walk);
}

/*
 * CASE WHEN condition THEN value END.  The server evaluates nothing of the value
 * where the condition is not true, which is what "$if" promises: AND would not
 * do.
 */
static Node *
under_condition(Node *condition, Node *value)
{
	CaseExpr   *choice = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	when->expr = (Expr *) condition;
	when->result = (Expr *) value;
	when->location = -1;
	choice->casetype = exprType(value);
	choice->casecollid = exprCollation(value);
	choice->args = list_make1(when);
	choice->defresult = (Expr *) makeNullConst(choice->casetype, exprTypmod(value), choice->casecollid);
	choice->location = -1;
	return (Node *) choice;
}

/*
 * The call that writes a scope of a template; NULL where its "$if" is false.  It
 * is built for jsonb: arguments_in_form makes the other of it, so that a plan
 * keeps one tree.  The arguments are not copied, the list is.
 */
Node *
arguments_call(Template *template, const ProgramCalls *calls, TemplateNode *scope, List *arguments)
{
	Const	   *program = makeConst(calls->type, -1, InvalidOid, -1,
									program_make(template, calls, scope), false, false);
	Node	   *call;

	/* a variadic call has at least one */
	arguments = arguments == NIL ? list_make1(makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID)) :
		list_copy(arguments);
	call = (Node *) makeFuncExpr(calls->write_jsonb, JSONBOID, lcons(program, arguments),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);

	return scope->condition != NULL ? under_condition(scope->condition->expr, call) : call;
}

/* SELECT elements(marker, array): what is not a sub-select as one. */
static Query *
select_elements(const ProgramCalls *calls, TemplateNode *node)
{
	TemplateExpr *each = node->each;
	Query	   *query = makeNode(Query);
	bool		json = each->type == JSONBOID;
	Oid			element = json ? JSONBOID : get_element_type(each->type);
	Node	   *array = copyObject(each->expr);
	Datum		marker = marker_make(calls->elements, calls->source->fullname, template_path(node));
	Node	   *call;

	/* a domain over an array is its array here */
	if (exprType(array) != each->type)
		array = (Node *) makeRelabelType((Expr *) array, each->type, each->typmod,
										 exprCollation(array), COERCE_IMPLICIT_CAST);
	IncrementVarSublevelsUp(array, 2, 0);
	call = (Node *) makeFuncExpr(json ? calls->jsonb_elements : calls->elements, element,
								 list_make2(makeConst(calls->type, -1, InvalidOid, -1, marker, false, false),
											array),
								 get_typcollation(element), InvalidOid, COERCE_EXPLICIT_CALL);
	((FuncExpr *) call)->funcretset = true;
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->jointree = makeFromExpr(NIL, NULL);
	query->targetList = list_make1(makeTargetEntry((Expr *) call, 1, pstrdup("element"), false));
	query->hasTargetSRFs = true;
	query->hasSubLinks = checkExprHasSubLink(array);
	return query;
}

/* The rows that "$each" repeats over, for a place two levels further in. */
static Query *
select_rows(const ProgramCalls *calls, TemplateNode *node)
{
	Query	   *query;

	if (node->each->select == NULL)
		return select_elements(calls, node);
	query = copyObject(node->each->select);
	IncrementVarSublevelsUp((Node *) query, 1, 1);
	return query;
}

/*
 * What a "$each" gives, written, as an array of jsonb: an expression at the
 * place of the object that it repeats.
 */
static Node *
expression_of_each(Template *template, const ProgramCalls *calls, const PlanValue *value)
{
	TemplateNode *node = value->each;
	ParseState *pstate = make_parsestate(NULL);
	Query	   *query = makeNode(Query);
	SubLink    *link = makeNode(SubLink);
	List	   *arguments = arguments_of_values(template, calls, value->values);
	ParamWalk	walk = {node->each_param, node->each_params, 0};
	Node	   *call = NULL;
	ParseNamespaceItem *item;
	RangeTblRef *ref = makeNode(RangeTblRef);

	if (list_length(arguments) > PROGRAM_MAX_ARGUMENTS)
		template_fault(template, node, node->each->offset, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
					   "Compute some of them together in the sub-select, as jsonb.",
					   "an object that is repeated cannot hold more than %d values",
					   PROGRAM_MAX_ARGUMENTS);
	call = copyObject(arguments_call(template, calls, node, arguments));
	/* first the row's columns move outward, then the new ones come in at this level */
	IncrementVarSublevelsUp(call, 1, 0);
	call = params_to_columns(call, &walk);

	item = addRangeTableEntryForSubquery(pstate, select_rows(calls, node),
										 makeAlias(node->each_name, NIL), false, true);
	ref->rtindex = item->p_rtindex;
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = pstate->p_rtable;
	query->jointree = makeFromExpr(list_make1(ref), NULL);
	query->targetList = list_make1(makeTargetEntry((Expr *) call, 1, pstrdup("resource"), false));
	query->hasSubLinks = checkExprHasSubLink(call);
	free_parsestate(pstate);

	link->subLinkType = ARRAY_SUBLINK;
	link->subselect = (Node *) query;
	link->location = -1;
	return (Node *) link;
}

/*
 * What a value is computed by: an expression at the place of its node.  That of
 * a "$each" is kept, since it stands in two lists and is costly to make.
 */
static Node *
expression_of(Template *template, const ProgramCalls *calls, PlanValue *value)
{
	if (value->expr == NULL)
		value->expr = expression_of_each(template, calls, value);
	return value->expr;
}

/* The expressions of PlanValues, as a List in the same order. */
List *
arguments_of_expressions(Template *template, const ProgramCalls *calls, List *expressions)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, expressions)
		result = lappend(result, expression_of(template, calls, lfirst(lc)));
	return result;
}

/*
 * The arguments that PlanValues become, as a List in the same order: one that
 * stands under a "$if" is not evaluated where that is not true.  The CASEs are
 * nested, because "a AND b" evaluates b when a is NULL.
 */
List *
arguments_of_values(Template *template, const ProgramCalls *calls, List *values)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, values)
	{
		PlanValue  *value = lfirst(lc);
		Node	   *expr = expression_of(template, calls, value);

		/* these raise nothing and cost less than the CASE that would keep them from being evaluated */
		bool		bare = IsA(expr, Var) || IsA(expr, Const);

		for (int i = list_length(value->conditions) - 1; i >= 0 && !bare; i--)
			expr = under_condition(list_nth(value->conditions, i), expr);
		result = lappend(result, expr);
	}
	return result;
}

/*
 * Turns the calls of a tree, also those in sub-selects, to json: what is
 * written of a "$each" is put into the text around it as it is, so that both
 * have to be of one form.  A CASE around a call takes over its type.
 */
static Node *
calls_to_json(Node *node, const ProgramCalls *calls)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, calls_to_json,
										   (void *) unconstify(ProgramCalls *, calls), 0);
	node = expression_tree_mutator(node, calls_to_json, (void *) unconstify(ProgramCalls *, calls));
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == calls->write_jsonb)
	{
		((FuncExpr *) node)->funcid = calls->write_json;
		((FuncExpr *) node)->funcresulttype = JSONOID;
	}
	if (IsA(node, CaseExpr))
	{
		CaseExpr   *choice = (CaseExpr *) node;
		Node	   *result = (Node *) ((CaseWhen *) linitial(choice->args))->result;

		if (IsA(result, FuncExpr) && ((FuncExpr *) result)->funcid == calls->write_json)
		{
			choice->casetype = JSONOID;
			choice->defresult = (Expr *) makeNullConst(JSONOID, -1, InvalidOid);
		}
	}
	return node;
}

/* A tree with calls in the form that is asked for; the given one stays. */
Node *
arguments_in_form(const ProgramCalls *calls, Node *node, JsonForm form)
{
	return form == JSON_TEXT ? calls_to_json(node, calls) : node;
}
