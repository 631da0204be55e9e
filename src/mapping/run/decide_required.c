/*
 * decide_required.c
 *		Elements that R4 requires and that came out empty.
 *
 * An object that is not written is not judged, so the question is asked once
 * it is known what is: deciding only marks the objects (NODE_LACKS), and a row
 * that has such marks is walked from the root down.
 */
#include "postgres.h"

#include "mapping/run/run.h"

static void judge_members(MappingRun *run, const PlanFrame *frame, const PlanNode *node);

/* Is a member there, itself or by its twin?  A twin is no id. */
static bool
is_there(const PlanFrame *frame, const PlanNode *member)
{
	if (member->number < 0 || (frame->flags[member->number] & NODE_OUT))
		return true;
	return member->twin != NULL && strcmp(member->name, "id") != 0 &&
		(member->twin->number < 0 || (frame->flags[member->twin->number] & NODE_OUT));
}

/*
 * The first member of an object that must be there and is not, or NULL.
 * Alternatives of a choice stand side by side in the list (plan_group.c), so one
 * pass is enough.
 */
const PlanNode *
run_missing_required(const PlanFrame *frame, const PlanNode *node)
{
	int			i = 0;

	while (i < node->nrequired)
	{
		const PlanNode *first = node->required[i];
		bool		there = false;

		/* of a choice one alternative is enough */
		do
		{
			there |= is_there(frame, node->required[i]);
			i++;
		} while (i < node->nrequired && first->choice != 0 && node->required[i]->choice == first->choice);
		if (!there)
			return first;
	}
	return NULL;
}

/*
 * An object that is written, and what is written in it.  From the outside
 * inward: of several that lack something the outermost is named first, and under
 * "keep" only the root's lack refuses the row.
 */
static void
judge_object(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	if (frame->flags[node->number] & NODE_LACKS)
	{
		bool		root = node == run->plan->root.root && !run->plan->part;

		if (root || run->plan->on_invalid == ON_INVALID_ERROR || run->on_fault != NULL)
			run_missing_fault(run, run_missing_required(frame, node),
							  root || run->plan->on_invalid == ON_INVALID_ERROR);
	}
	judge_members(run, frame, node);
}

/* The objects below an object or array that is written. */
static void
judge_members(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	for (int i = 0; i < node->ndynamic; i++)
	{
		const PlanNode *child = node->dynamic[i];

		/* a fused group shares the flags of its value, without which it is never written */
		while (child->fused)
			child = child->dynamic[0];
		if (!(frame->flags[child->number] & NODE_OUT))
			continue;
		if (child->kind == PLAN_OBJECT)
			judge_object(run, frame, child);
		else if (child->kind == PLAN_ARRAY)
			judge_members(run, frame, child);
		else if (child->kind == PLAN_EACH && child->slot == NULL)
		{
			const PlanFrame *frames = (const PlanFrame *) DatumGetPointer(frame->values[child->number]);

			for (int j = 0; j < frame->members[child->number]; j++)
				judge_object(run, &frames[j], child->scope->root);
		}
	}
}

/*
 * Judges a decided row that has objects with NODE_LACKS: raises the first of
 * those that are faults, or hands all of them over.
 */
void
run_judge_required(MappingRun *run)
{
	judge_object(run, &run->frame, run->plan->root.root);
}
