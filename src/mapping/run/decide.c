/*
 * decide.c
 *		Evaluating a row and deciding what of the resource is written.
 *
 * The rules (src/mapping/README.md) in one place.  Every node is decided once,
 * children first:
 *
 * - a placeholder is written when its value is not empty;
 * - an object with placeholders or a $each below it is written when one of
 *   them gave something; when its constants count (the root, meta, $keep, an
 *   element that R4 requires) it is written in any case;
 * - an object without any is constant and goes with its parent, once its $if
 *   is true;
 * - an array is written when one of its members is;
 * - whatever would be written empty is not written.
 *
 * A node that is left out does not count as a value for its parent.
 *
 * All of it runs in per-tuple memory, see run.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "codes/code.h"
#include "mapping/run/run.h"

static uint8 decide_node(MappingRun *run, PlanFrame *frame, const PlanNode *node);
static uint8 decide_container(MappingRun *run, PlanFrame *frame, const PlanNode *node);

/*
 * Allocates a frame for a scope in the current context.  That of the resource
 * lasts as long as the run and is not cleared between rows: a node is decided
 * before its answer counts, and what stands in a group that is left out is not
 * asked for.  One answer is asked for too early, see decide_array.
 */
void
run_make_frame(PlanFrame *frame, const PlanScope *scope)
{
	frame->flags = palloc0(sizeof(uint8) * scope->nnodes);
	frame->values = palloc0(sizeof(Datum) * scope->nnodes);
	frame->members = palloc0(sizeof(int) * scope->nnodes);
}

/*
 * Is a condition true?  NULL is false; no condition is true.  A code map may
 * have lacked a code for one that holds all the same: that is no lost value, so
 * it is forgotten here, before the first node behind the condition is blamed.
 */
bool
run_condition_holds(MappingRun *run, const PlanExpression *condition)
{
	bool		isnull;
	Datum		value;

	/* an argument, which stands in the slot by its own number (run_begin_arguments) */
	if (condition->column > 0)
	{
		isnull = run->slot->tts_isnull[condition->column - 1];
		value = run->slot->tts_values[condition->column - 1];
		return !isnull && DatumGetBool(value);
	}
	if (condition->expression < 0)
		return true;
	run->site = &condition->site;
	value = run_evaluate(run, condition->expression, &isnull);
	if (isnull || !DatumGetBool(value))
		return false;
	run->omissions = code_omissions;
	return true;
}

/*
 * STEP_TEXT: the usual case, a plain text that starts with an ordinary
 * character.  False says nothing: run_decide_slot looks again.  Most columns of
 * most rows end here, where the call of a function would cost more than what
 * it does.
 */
static inline bool
column_is_text(MappingRun *run, PlanFrame *frame, const PlanStep *step)
{
	int			column = run->columns[step->slot->column - 1] - 1;
	Datum		value = run->slot->tts_values[column];

	if (run->slot->tts_isnull[column] || !encoder_is_plain_text(value))
		return false;
	frame->values[step->number] = value;
	return true;
}

/*
 * PLAN_EACH: one frame for each element that is written.  An element that is
 * left out leaves its frame to the next one, so that those that are written stand
 * side by side and the writers need not ask again.
 */
static uint8
decide_each(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	ParamExternData *param = &run->params->params[node->param - 1];
	Datum	   *members = NULL;
	PlanFrame  *frames;
	int			n = run_each_members(run, node, &members);
	int			kept = 0;
	bool		lost = false;

	/* the expressions of the body read the element as a parameter, one element after the other */
	param->ptype = OidIsValid(node->element.type) ? node->element.type : JSONBOID;
	frames = palloc(sizeof(PlanFrame) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		PlanFrame  *element = &frames[kept];
		const PlanNode *body = node->scope->root;

		param->value = members[i];
		param->isnull = false;
		run_make_frame(element, node->scope);
		if (!run_condition_holds(run, &body->condition))
		{
			/* of this element alone, not of the next one's first node */
			lost |= code_omissions != run->omissions;
			run->omissions = code_omissions;
			continue;
		}
		element->flags[body->number] = decide_container(run, element, body);
		lost |= (element->flags[body->number] & NODE_LOST) != 0;
		if (element->flags[body->number] & NODE_OUT)
			kept++;
	}
	frame->values[node->number] = PointerGetDatum(frames);
	frame->members[node->number] = kept;
	run->lost |= lost && kept == 0;
	return kept > 0 ? NODE_OUT | NODE_GAVE : 0;
}

/*
 * Several choices of one value[x]: an error, or the first, or all of them.  An
 * element and its twin are one.  Where the first alone stays, one that has been
 * left out is compared with none behind it.
 */
static void
check_choices(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	for (int i = 0; i < node->nchoices; i++)
	{
		const PlanNode *first = node->choices[i];

		if (!(frame->flags[first->number] & NODE_OUT))
			continue;
		for (int j = i + 1; j < node->nchoices; j++)
		{
			const PlanNode *other = node->choices[j];

			if (other->choice != first->choice || other->twin == first ||
				!(frame->flags[other->number] & NODE_OUT))
				continue;
			run_choice_fault(run, first, other);
			if (run->plan->on_invalid == ON_INVALID_OMIT)
				frame->flags[other->number] = 0;
		}
	}
}

/*
 * How many members of an array are written; nulls that hold places count.  The
 * number must be right: jsonb's head is written before the members, and is
 * believed by whoever reads it.
 */
static int
count_members(PlanFrame *frame, const PlanNode *array)
{
	int			n = 0;

	for (int i = 0; i < array->nchildren; i++)
	{
		const PlanNode *child = array->children[i];

		if (child->number < 0)
			n++;
		else if (frame->flags[child->number] & NODE_OUT)
			n += child->kind == PLAN_LIST || child->kind == PLAN_EACH ?
				frame->members[child->number] : 1;
		else if (child->twin != NULL && (frame->flags[child->twin->number] & NODE_OUT))
			n++;
	}
	return n;
}

/*
 * What an array's members come to.  An array is counted before its twin is
 * decided, and may see the twin's flags of an earlier row: the twin's array, when
 * it is decided, settles both counts.
 */
static uint8
decide_array(PlanFrame *frame, const PlanNode *node, uint8 any)
{
	if (node->twin != NULL && node->name[0] == '_')
		frame->members[node->twin->number] = count_members(frame, node->twin);
	if (!(any & NODE_OUT))
		return any & NODE_LOST;
	frame->members[node->number] = count_members(frame, node);
	return any & (NODE_OUT | NODE_GAVE);
}

/* Is a member that the object needs missing?  Its twin may stand for it. */
static bool
need_is_missing(PlanFrame *frame, const PlanNode *node)
{
	for (int i = 0; i < node->nneed; i++)
	{
		const PlanNode *need = node->need[i];

		if (!(frame->flags[need->number] & NODE_OUT) &&
			!(need->twin != NULL && (frame->flags[need->twin->number] & NODE_OUT)))
			return true;
	}
	return false;
}

/*
 * An object that would be written without an element which R4 requires.  Under
 * omit it is not written; else it is judged once it is known that what it
 * stands in is written.  The root is always judged.
 */
static uint8
lacking_object(MappingRun *run, PlanFrame *frame, const PlanNode *node, uint8 gave)
{
	if (run->plan->on_invalid == ON_INVALID_OMIT && node != run->plan->root.root)
	{
		if (run->on_fault != NULL)
			run_missing_fault(run, run_missing_required(frame, node), false);
		return NODE_LOST;
	}
	run->lacks = true;
	return NODE_OUT | NODE_LACKS | gave;
}

/*
 * Is a member empty because its value was left out, and would the object mean
 * something else without it?  Its twin may stand for it.
 */
static const PlanNode *
lost_modifier(const PlanFrame *frame, const PlanNode *node)
{
	for (int i = 0; i < node->nmodifiers; i++)
	{
		const PlanNode *member = node->modifiers[i];

		if ((frame->flags[member->number] & (NODE_OUT | NODE_LOST)) == NODE_LOST &&
			!(member->twin != NULL && (frame->flags[member->twin->number] & NODE_OUT)))
			return member;
	}
	return NULL;
}

/*
 * What an object's members come to.  The order matters: of two choices one may
 * be left out, so that comes before the members are counted; an object that is
 * dropped for any reason is never asked what R4 requires of it, since a missing
 * element of something that is not there is no fault.
 */
static uint8
decide_object(MappingRun *run, PlanFrame *frame, const PlanNode *node, uint8 gave)
{
	int			n = node->nchildren - node->ndynamic;
	uint8		lost;

	if (node->nmodifiers > 0 && (gave & NODE_LOST))
	{
		const PlanNode *member = lost_modifier(frame, node);
		bool		root = node == run->plan->root.root && !run->plan->part;

		/* a resource without its id is an error whatever else is missing */
		if (member != NULL && !(root && run_missing_required(frame, node) != NULL))
		{
			if (root)
				run_modifier_fault(run, member);
			return NODE_LOST;
		}
	}
	lost = gave & NODE_LOST;
	gave &= NODE_GAVE;
	if (node->nchoices > 0)
		check_choices(run, frame, node);
	for (int i = 0; i < node->ndynamic; i++)
		n += frame->flags[node->dynamic[i]->number] & NODE_OUT;
	frame->members[node->number] = n;
	if (n == 0 || (node->nneed > 0 && need_is_missing(frame, node)))
		return lost;
	if (node->has_values && !gave && !node->constants_count)
		return lost;
	if (node->nrequired > 0 && unlikely(run_missing_required(frame, node) != NULL))
		return lacking_object(run, frame, node, gave);
	return NODE_OUT | gave;
}

/*
 * An object or array whose condition holds.  Here a row spends most of its
 * time: what the usual column needs stands in line, and flags are joined on the
 * way so that no second pass over the members is needed.
 *
 * A value counts as lost by what it left behind it: run->lost, or a code map's
 * count that has moved.  Both are looked at node by node, since only then is it
 * known whose loss it was.
 */
static uint8
decide_container(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	uint8		any = node->nchildren > node->ndynamic ? NODE_OUT : 0;

	for (int i = 0; i < node->ndynamic; i++)
	{
		const PlanStep *step = &node->steps[i];
		uint8		flags;

		if (step->kind == STEP_NODE)
			flags = decide_node(run, frame, step->node);
		else if (step->kind == STEP_TEXT && column_is_text(run, frame, step))
		{
			/* nothing was evaluated, so nothing can have been lost */
			frame->flags[step->number] = NODE_OUT | NODE_GAVE;
			any |= NODE_OUT | NODE_GAVE;
			continue;
		}
		else
			flags = run_decide_slot(run, frame, step->slot, step->number) ? NODE_OUT | NODE_GAVE : 0;
		if (unlikely(run->lost || code_omissions != run->omissions))
		{
			run->lost = false;
			run->omissions = code_omissions;
			flags |= NODE_LOST;
		}
		frame->flags[step->number] = flags;
		any |= flags;
	}
	if (node->kind == PLAN_OBJECT)
		return decide_object(run, frame, node, any & (NODE_GAVE | NODE_LOST));
	return decide_array(frame, node, any);
}

/* Decides a dynamic node; the caller keeps the flags. */
static uint8
decide_node(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	switch (node->kind)
	{
		case PLAN_CONSTANT:
			return NODE_OUT;
		case PLAN_NULL:
			return 0;
		case PLAN_VALUE:
			return run_decide_slot(run, frame, node->slot, node->number) ? NODE_OUT | NODE_GAVE : 0;
		case PLAN_TEXT:
			return run_decide_text(run, frame, node);
		case PLAN_LIST:
			return run_decide_list(run, frame, node);
		case PLAN_EACH:
			if (node->slot != NULL)
				return run_decide_list(run, frame, node);
			return decide_each(run, frame, node);
		case PLAN_OBJECT:
		case PLAN_ARRAY:
			break;
	}
	/* it has been decided: elements come before twins (plan_group.c) */
	if (node->absent_of != NULL && (frame->flags[node->absent_of->number] & NODE_OUT))
		return 0;
	if (!run_condition_holds(run, &node->condition))
		return 0;
	return decide_container(run, frame, node);
}

/*
 * Decides the row in run->slot into run->frame.  False: the row has no
 * resource, because of the root's $if or $need.  Raises what the expressions
 * raise, and faults of the row.
 *
 * What R4 requires is judged last, from the root down: only then is it known of
 * each object whether all that it stands in is written.
 */
bool
run_decide(MappingRun *run)
{
	const PlanNode *root = run->plan->root.root;

	run->lacks = false;
	run->lost = false;
	run->omissions = code_omissions;
	if (!run_condition_holds(run, &root->condition))
		return false;
	run->frame.flags[root->number] = decide_container(run, &run->frame, root);
	if ((run->frame.flags[root->number] & NODE_OUT) == 0)
		return false;
	if (unlikely(run->lacks))
		run_judge_required(run);
	return true;
}

/*
 * May a code map leave out the value of an element that changes the meaning of
 * what it stands in?  Only a run that evaluates the values itself sees that it
 * did.  function is any of the extension's.
 */
bool
run_may_lose_modifiers(Oid function, const MappingPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->modifier_maps)
	{
		const CodeMap *map = code_map_get_if_any(function, lfirst(lc));

		if (map == NULL || map->unmapped == UNMAPPED_OMIT)
			return true;
	}
	return false;
}
