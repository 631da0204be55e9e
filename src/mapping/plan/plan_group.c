/*
 * plan_group.c
 *		What a plan knows of an object or array as a whole.
 *
 * In which order its dynamic children are decided, and by which steps; which
 * members it cannot do without; which exclude each other; the head that jsonb
 * begins with when all are written.  And whether the group has to be decided
 * at all: one that is written exactly when its only value is takes that
 * value's number.
 */
#include "postgres.h"

#include "nodes/value.h"

#include "mapping/plan/plan_build.h"

/* qsort comparator: jsonb's order of keys. */
static int
compare_nodes(const void *a, const void *b)
{
	return json_key_compare((*(PlanNode *const *) a)->key, (*(PlanNode *const *) b)->key);
}

/*
 * The members of an object in jsonb's order, and their head: by length, then
 * by bytes.  The order is settled here, once, because a jsonb whose keys are
 * not in it looks right and is not found by its keys.
 */
static void
sort_members(PlanNode *plan)
{
	const JsonKey **keys = palloc(sizeof(JsonKey *) * plan->nchildren);

	plan->sorted = palloc(sizeof(PlanNode *) * plan->nchildren);
	memcpy(plan->sorted, plan->children, sizeof(PlanNode *) * plan->nchildren);
	qsort(plan->sorted, plan->nchildren, sizeof(PlanNode *), compare_nodes);
	for (int i = 0; i < plan->nchildren; i++)
		keys[i] = plan->sorted[i]->key;
	plan->shape = json_make_shape(keys, plan->nchildren);
	plan->keys = palloc(sizeof(JsonKey *) * plan->nchildren);
}

/*
 * The dynamic members that must be there for the object to be.  Constant ones
 * always are, so that they need not be asked.
 */
static void
build_need(PlanNode *plan, const TemplateNode *node)
{
	ListCell   *lc;

	plan->need = palloc(sizeof(PlanNode *) * Max(list_length(node->need), 1));
	foreach(lc, node->need)
	{
		PlanNode   *child = plan_member(plan, strVal(lfirst(lc)));

		if (child != NULL && child->number >= 0)
			plan->need[plan->nneed++] = child;
	}
}

/* Must the member be there?  A twin stands for its element. */
static bool
is_required(const TemplateNode *object, const TemplateNode *member)
{
	if (member->key[0] == '_' && member->twin != NULL)
		return false;
	if (object->parent == NULL && strcmp(member->key, "id") == 0)
		return true;
	return member->child.required && strcmp(member->key, "resourceType") != 0;
}

/*
 * The members that must be there in FHIR and may come out empty; alternatives
 * of one choice side by side.  The id counts at the root alone.
 */
static void
build_required(PlanNode *plan, const TemplateNode *node)
{
	ListCell   *lc;
	ListCell   *rest;
	bool	   *done = palloc0(sizeof(bool) * plan->nchildren);

	plan->required = palloc(sizeof(PlanNode *) * plan->nchildren);
	foreach(lc, node->children)
	{
		const TemplateNode *member = lfirst(lc);

		if (done[foreach_current_index(lc)] || !is_required(node, member))
			continue;
		for_each_cell(rest, node->children, lc)
		{
			const TemplateNode *other = lfirst(rest);
			int			i = (int) (rest - list_head(node->children));

			if (rest != lc && !(member->child.choice && is_required(node, other) && other->child.choice && other->child.element == member->child.element))
				continue;
			done[i] = true;
			plan->required[plan->nrequired++] = plan->children[i];
		}
	}
	pfree(done);
}

/* The members without whose value the object would mean something else. */
static void
build_modifiers(PlanNode *plan, const TemplateNode *node)
{
	ListCell   *lc;

	plan->modifiers = palloc(sizeof(PlanNode *) * plan->nchildren);
	foreach(lc, node->children)
	{
		PlanNode   *child = plan->children[foreach_current_index(lc)];

		if (template_is_modifier(lfirst(lc)) && child->number >= 0)
			plan->modifiers[plan->nmodifiers++] = child;
	}
}

/*
 * The members that are alternatives of a value[x] which has several.  Most
 * objects have none, and nothing is asked of them for a row.
 */
static void
build_choices(PlanNode *plan)
{
	plan->choices = palloc(sizeof(PlanNode *) * plan->nchildren);
	for (int i = 0; i < plan->nchildren; i++)
		for (int j = 0; j < plan->nchildren; j++)
			if (i != j && plan->children[i]->choice != 0 &&
				plan->children[i]->choice == plan->children[j]->choice)
			{
				plan->choices[plan->nchoices++] = plan->children[i];
				break;
			}
}

/* Elements before twins: a twin may depend on what its element came to. */
static void
order_dynamic(PlanNode *plan)
{
	plan->dynamic = palloc(sizeof(PlanNode *) * plan->nchildren);
	for (int twins = 0; twins <= 1; twins++)
		for (int i = 0; i < plan->nchildren; i++)
		{
			PlanNode   *child = plan->children[i];
			bool		twin = child->name != NULL && child->name[0] == '_';

			if (child->number >= 0 && twin == (twins == 1))
				plan->dynamic[plan->ndynamic++] = child;
		}
}

/*
 * Is the group written exactly when its only dynamic child is?  Then it takes
 * that child's number and is never decided itself: an identifier or a coding,
 * of which a template has many, costs one decision and not three.
 *
 * Whatever else may decide forbids it: a condition, a twin beside it, "$absent",
 * and the root, which is written for its constants too.
 */
static bool
is_fused(const PlanNode *plan, const TemplateNode *node)
{
	if (plan->ndynamic != 1 || !plan->dynamic[0]->pure || plan->dynamic[0]->twin != NULL ||
		node->condition != NULL || node->twin != NULL || node->absent_of != NULL || node->parent == NULL)
		return false;
	if (plan->nchildren == 1)
		return true;
	return plan->kind == PLAN_OBJECT && !plan->constants_count;
}

/*
 * Is the group written exactly when it gave something?  Only such a child lets
 * its parent be fused: of any other, "written" does not say that a value was
 * there, which is what the parent has to know.
 */
static bool
is_pure(const PlanNode *plan, const TemplateNode *node)
{
	if (plan->kind == PLAN_OBJECT && !plan->constants_count)
		return plan->has_values && node->absent_of == NULL;
	for (int i = 0; i < plan->nchildren; i++)
		if (!plan->children[i]->pure || plan->children[i]->twin != NULL)
			return false;
	return plan->kind == PLAN_ARRAY || plan->fused;
}

/*
 * The steps that decide the dynamic children.  A step goes to the value that a
 * fused group is written with, past all groups between, and has what it needs of
 * it at hand: a row's steps are read front to back, the nodes lie anywhere.
 */
static void
build_steps(PlanNode *plan)
{
	plan->steps = palloc0(sizeof(PlanStep) * Max(plan->ndynamic, 1));
	for (int i = 0; i < plan->ndynamic; i++)
	{
		PlanStep   *step = &plan->steps[i];
		PlanNode   *child = plan->dynamic[i];

		while (child->fused)
			child = child->dynamic[0];
		step->number = child->number;
		step->node = child;
		step->slot = child->slot;
		if (child->kind != PLAN_VALUE)
			step->kind = STEP_NODE;
		else if (child->slot->column > 0 && child->slot->encoder.kind == ENCODE_TEXT &&
				 child->slot->encoder.check <= CHECK_STRING)
			step->kind = STEP_TEXT;
		else
			step->kind = STEP_SLOT;
	}
}

/*
 * Completes an object or array whose children have been built.  Allocates in
 * the current context, which must be the plan's.
 */
void
plan_finish_group(PlanNode *plan, const TemplateNode *node)
{
	order_dynamic(plan);
	build_steps(plan);
	plan->fused = is_fused(plan, node);
	plan->pure = is_pure(plan, node);
	if (plan->fused)
		plan->number = plan->dynamic[0]->number;
	if (plan->kind == PLAN_OBJECT)
	{
		sort_members(plan);
		build_need(plan, node);
		build_required(plan, node);
		build_modifiers(plan, node);
		build_choices(plan);
	}
}
