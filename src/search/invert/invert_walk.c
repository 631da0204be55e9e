/*
 * invert_walk.c
 *		Along a parameter's path through the template, and what guards a value.
 *
 * A value is in the resource when it has one and nothing around it leaves it
 * out: an $if, a $need, a group that is empty without it.  An object that
 * repeats over a $each becomes EXISTS of an element that meets all of it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "parser/analyze.h"
#include "rewrite/rewriteManip.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "search/invert/invert.h"

/* The Param that stands for an array's element while a predicate is built. */
#define ELEMENT_PARAM 1000000

static Predicate with_guards(const SearchSource *source, const TemplateNode *object, Predicate inner);

/* Stands a placeholder or a $each there, or below? */
static bool
is_dynamic(const TemplateNode *node)
{
	ListCell   *lc;

	if (node->kind == TEMPLATE_VALUE || node->kind == TEMPLATE_TEXT || node->each != NULL)
		return true;
	foreach(lc, node->children)
		if (is_dynamic(lfirst(lc)))
			return true;
	return false;
}

/* Can a condition be put into the sub-select itself? */
static bool
can_merge(const Query *select)
{
	return !select->hasAggs && !select->hasWindowFuncs && !select->hasTargetSRFs && select->groupClause == NIL &&
		select->groupingSets == NIL && select->havingQual == NULL && select->distinctClause == NIL &&
		select->limitCount == NULL && select->limitOffset == NULL && select->setOperations == NULL &&
		select->cteList == NIL;
}

/*
 * EXISTS of a row of the sub-select that meets the condition, whose Params
 * stand for the sub-select's columns.  NULL where the condition cannot be put
 * into it.
 */
static Node *
exists_row(const TemplateNode *object, Node *condition)
{
	Query	   *select = copyObject(object->each->select);
	List	   *columns = NIL;
	SubLink    *exists = makeNode(SubLink);
	ListCell   *lc;

	if (!can_merge(select) || checkExprHasSubLink(condition))
		return NULL;
	foreach(lc, select->targetList)
		if (!((TargetEntry *) lfirst(lc))->resjunk)
			columns = lappend(columns, ((TargetEntry *) lfirst(lc))->expr);
	condition = copyObject(condition);
	IncrementVarSublevelsUp(condition, 1, 0);	/* the row is outside of the sub-select */
	condition = base_replace_params(condition, object->each_param, columns);
	select->jointree->quals = select->jointree->quals == NULL ? condition :
		(Node *) makeBoolExpr(AND_EXPR, list_make2(select->jointree->quals, condition), -1);
	select->targetList = list_make1(makeTargetEntry((Expr *) makeBoolConst(true, false), 1, pstrdup("found"), false));
	select->sortClause = NIL;
	select->hasSubLinks = checkExprHasSubLink((Node *) select->jointree);
	exists->subLinkType = EXISTS_SUBLINK;
	exists->subselect = (Node *) select;
	exists->location = -1;
	return (Node *) exists;
}

/*
 * EXISTS of an element of the array that meets the condition, in which the
 * Param of the number stands for it.
 */
static Node *
exists_element(const SearchSource *source, Node *array, int param, Node *condition)
{
	static const char *const sql = "SELECT EXISTS (SELECT FROM pg_catalog.unnest($1) AS d (v) WHERE d.v IS NOT NULL AND $2)";
	Oid			types[] = {exprType(array), BOOLOID};
	List	   *parsed = pg_parse_query(sql);
	Query	   *query = parse_analyze_fixedparams(linitial_node(RawStmt, parsed), sql, types, 2, NULL);
	SubLink    *exists = (SubLink *) ((TargetEntry *) linitial(query->targetList))->expr;
	Oid			element = get_element_type(getBaseType(exprType(array)));
	List	   *inner = list_make1(makeVar(1, 1, element, -1, get_typcollation(element), 0));

	if (checkExprHasSubLink(condition))
		return NULL;
	array = copyObject(array);
	condition = copyObject(condition);
	IncrementVarSublevelsUp(array, 1, 0);
	IncrementVarSublevelsUp(condition, 1, 0);
	return base_replace_params((Node *) exists, 1, list_make2(array, base_replace_params(condition, param, inner)));
}

/* What holds of one element of a $each, as a predicate on the row. */
static Predicate
over_each(const SearchSource *source, const TemplateNode *object, Predicate inner)
{
	const TemplateExpr *each = object->each;
	Node	   *node = NULL;

	if (predicate_is(inner, false))
		return inner;
	if (inner.node == NULL)
		return predicate_unknown();
	if (each->select != NULL)
		node = exists_row(object, inner.node);
	else if (each->type != JSONBOID && !type_is_rowtype(get_element_type(each->type)) && invert_is_safe(each->expr))
		node = exists_element(source, each->expr, object->each_param, inner.node);
	return node != NULL ? predicate_of(node, inner.exact) : predicate_unknown();
}

/* The condition of an object's $if. */
static Predicate
condition_holds(const TemplateNode *object)
{
	if (object->condition == NULL)
		return predicate_constant(true);
	if (object->condition->expr == NULL || !invert_is_safe(object->condition->expr))
		return predicate_unknown();
	return predicate_of(object->condition->expr, true);
}

/* A member, or something below it, is written. */
static Predicate
is_written(const SearchSource *source, const TemplateNode *node)
{
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	if (!is_dynamic(node))
		return predicate_constant(true);
	if (node->kind != TEMPLATE_OBJECT && node->kind != TEMPLATE_ARRAY)
		return invert_written(source, node);
	if (node->each != NULL)
		return predicate_unknown();
	foreach(lc, node->children)
	{
		/* constants count where R4 requires the element, or the group is kept */
		if (is_dynamic(lfirst(lc)))
			result = predicate_or(result, is_written(source, lfirst(lc)));
		else if (node->kind == TEMPLATE_ARRAY || node->required || node->constants_count || node->keep)
			return predicate_unknown();
	}
	result.constant = false;
	return node->kind == TEMPLATE_OBJECT ? with_guards(source, node, result) : result;
}

/*
 * The row's resource has all that R4 requires, without which reading it is an
 * error.
 */
Predicate
invert_complete(const SearchSource *source)
{
	const TemplateNode *root = source->template->root;
	Predicate	all = predicate_constant(true);
	ListCell   *lc;

	foreach(lc, root->children)
	{
		const TemplateNode *member = lfirst(lc);

		if (member->child.required && member->key[0] != '_' && is_dynamic(member))
			all = predicate_and(all, is_written(source, member));
	}
	all.constant = false;
	return all;
}

/*
 * Adds to what holds inside an object that the object is written: its $if, its
 * $need, and where only constants of it are asked for that its group lives.
 */
static Predicate
with_guards(const SearchSource *source, const TemplateNode *object, Predicate inner)
{
	ListCell   *lc;

	if (predicate_is(inner, false))
		return inner;
	if (inner.constant && is_dynamic(object) && object->parent != NULL && !object->keep)
	{
		Predicate	lives = predicate_constant(false);

		foreach(lc, object->children)
			if (is_dynamic(lfirst(lc)))
				lives = predicate_or(lives, is_written(source, lfirst(lc)));
		/* constants may count there, or R4 require the element */
		if (object->required || object->constants_count || object->each != NULL)
			lives = predicate_unknown();
		inner = predicate_and(inner, lives);
		inner.constant = false;
	}
	inner = predicate_and(inner, condition_holds(object));
	foreach(lc, object->need)
	{
		const TemplateNode *member = template_member(object, strVal(lfirst(lc)));

		if (member != NULL && is_dynamic(member) && !list_member_ptr(inner.implied, member))
			inner = predicate_and(inner, is_written(source, member));
	}
	return object->each != NULL ? over_each(source, object, inner) : inner;
}

/* Does the node give an SQL array, whose elements are values? */
static Node *
array_expression(const TemplateNode *node)
{
	Node	   *expression = invert_expression(node);

	if (expression == NULL || !OidIsValid(get_element_type(getBaseType(exprType(expression)))))
		return NULL;
	return expression;
}

/* Judges one element of an array that a placeholder gives. */
static Predicate
judge_array(const SearchSource *source, const TemplateNode *node, Node *array, InvertJudge judge, const void *arg)
{
	TemplateNode element = *node;
	TemplateExpr expr = *((TemplatePart *) linitial(node->parts))->expr;
	TemplatePart part = {NULL, &expr};
	Param	   *param = makeNode(Param);
	Oid			type = get_element_type(getBaseType(exprType(array)));
	Predicate	inner;
	Node	   *exists;

	if (!invert_is_safe(array) || type_is_rowtype(type))
		return predicate_unknown();
	param->paramkind = PARAM_EXTERN;
	param->paramid = ELEMENT_PARAM;
	param->paramtype = type;
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(type);
	param->location = -1;
	expr.expr = (Node *) param;
	expr.type = type;
	element.parts = list_make1(&part);
	inner = judge(source, &element, arg);
	if (inner.node == NULL || predicate_is(inner, false))
		return inner;
	exists = exists_element(source, array, ELEMENT_PARAM, inner.node);
	return exists != NULL ? predicate_of(exists, inner.exact) : predicate_unknown();
}

/* Judges one value, with the guards of the object that it is. */
static Predicate
judge_value(const SearchSource *source, const TemplateNode *node, InvertJudge judge, const void *arg)
{
	Node	   *array = array_expression(node);

	if (node->kind == TEMPLATE_NULL)
		return predicate_constant(false);
	if (array != NULL)
		return judge_array(source, node, array, judge, arg);
	if (node->kind == TEMPLATE_OBJECT)
		return with_guards(source, node, judge(source, node, arg));
	return judge(source, node, arg);
}

/* One of the values of an object's member meets the judge's condition. */
Predicate
invert_members(const SearchSource *source, const TemplateNode *object, const char *name, InvertJudge judge,
			   const void *arg)
{
	const TemplateNode *member = template_member(object, name);
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	if (member == NULL)
		return result;
	if (member->kind != TEMPLATE_ARRAY)
		result = judge_value(source, member, judge, arg);
	else
		foreach(lc, member->children)
			result = predicate_or(result, judge_value(source, lfirst(lc), judge, arg));
	if (!result.constant)
		result.implied = list_append_unique_ptr(list_copy(result.implied), (void *) member);
	return result;
}

/* Where a walk stands. */
typedef struct InvertWalk
{
	const ParameterPath *path;
	int			step;
	InvertJudge judge;
	const void *arg;
} InvertWalk;

/* InvertJudge: a text equal to the argument. */
static Predicate
judge_equals(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	return invert_equals(source, node, arg);
}

/* InvertJudge: a reference to the type that is the argument. */
static Predicate
judge_points_to(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const char *type = arg;
	const TemplatePart *part = node->kind == TEMPLATE_TEXT ? linitial(node->parts) : NULL;
	int			len = strlen(type);

	if (part == NULL || part->text == NULL || strchr(part->text, '/') == NULL || strchr(part->text, ':') != NULL)
		return predicate_unknown();
	return predicate_constant(strncmp(part->text, type, len) == 0 && part->text[len] == '/');
}

/* InvertJudge: goes on behind the walk's step. */
static Predicate
judge_step(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const InvertWalk *walk = arg;
	const ParameterStep *step = &walk->path->steps[walk->step];
	InvertWalk	next = *walk;
	Predicate	inner;

	next.step++;
	if (next.step == walk->path->nsteps)
		inner = walk->judge(source, node, walk->arg);
	else if (node->kind == TEMPLATE_OBJECT)
		inner = invert_members(source, node, walk->path->steps[next.step].name, judge_step, &next);
	else
		return predicate_unknown();
	if (step->index >= 0)
		return predicate_and(inner, predicate_unknown());
	if (step->member != NULL && node->kind == TEMPLATE_OBJECT)
		inner = predicate_and(inner, invert_members(source, node, step->member, judge_equals, step->equals));
	else if (step->target != NULL && node->kind == TEMPLATE_OBJECT)
	{
		Predicate	points = invert_members(source, node, "reference", judge_points_to, step->target);

		/* a declared type may say it, too */
		if (template_member(node, "type") != NULL && !predicate_is(points, true))
			points = predicate_unknown();
		inner = predicate_and(inner, points);
	}
	else if (step->member != NULL || step->target != NULL)
		inner = predicate_and(inner, predicate_unknown());
	return inner;
}

/* One of the values that a path leads to meets the judge's condition. */
Predicate
invert_path(const SearchSource *source, const ParameterPath *path, InvertJudge judge, const void *arg)
{
	InvertWalk	walk = {path, 0, judge, arg};

	if (path->deceased)
		return predicate_unknown();
	if (path->nsteps == 0)
		return judge(source, source->template->root, arg);
	return invert_members(source, source->template->root, path->steps[0].name, judge_step, &walk);
}

/* InvertJudge: there is a place for a value. */
static Predicate
judge_there(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	return predicate_constant(true);
}

/* May the parameter have a value in a resource of the source? */
bool
invert_feeds(const SearchSource *source, const Parameter *parameter)
{
	ListCell   *lc;

	foreach(lc, parameter->kind == PARAMETER_COMPOSITE ? NIL : parameter->paths)
	{
		const ParameterPath *path = lfirst(lc);

		if (path->deceased ? (template_member(source->template->root, "deceasedBoolean") != NULL || template_member(source->template->root, "deceasedDateTime") != NULL) : !predicate_is(invert_path(source, path, judge_there, NULL), false))
			return true;
	}
	foreach(lc, parameter->components)
	{
		const ParameterPath *start = linitial(parameter->paths);
		bool		found = false;
		ListCell   *inner;

		foreach(inner, ((Parameter *) lfirst(lc))->paths)
		{
			ParameterPath whole = *(ParameterPath *) lfirst(inner);

			if (start->nsteps > 0 && !whole.from_root)
			{
				whole.steps = palloc(sizeof(ParameterStep) * (start->nsteps + whole.nsteps));
				memcpy(whole.steps, start->steps, sizeof(ParameterStep) * start->nsteps);
				memcpy(whole.steps + start->nsteps, ((ParameterPath *) lfirst(inner))->steps,
					   sizeof(ParameterStep) * whole.nsteps);
				whole.nsteps += start->nsteps;
			}
			found |= !predicate_is(invert_path(source, &whole, judge_there, NULL), false);
		}
		if (!found)
			return false;
	}
	return parameter->components != NIL;
}
