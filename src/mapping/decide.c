/*
 * decide.c
 *		Evaluating a row and deciding what of the resource is written.
 *
 * The rules (DESIGN section 3) in one place.  Every node is decided once,
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
 * A node that is not written gives nothing to what stands around it.
 *
 * All of it runs in per-tuple memory, see run.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "mapping/run.h"
#include "mapping/subselect.h"

static uint8 decide_node(MappingRun *run, PlanFrame *frame, const PlanNode *node);
static uint8 decide_container(MappingRun *run, PlanFrame *frame, const PlanNode *node);

/* Allocates a frame for a scope in the current context. */
void
run_make_frame(PlanFrame *frame, const PlanScope *scope)
{
	frame->flags = palloc0(sizeof(uint8) * scope->nnodes);
	frame->values = palloc0(sizeof(Datum) * scope->nnodes);
	frame->members = palloc0(sizeof(int) * scope->nnodes);
}

/* Evaluates one of the plan's expressions. */
static inline Datum
evaluate(MappingRun *run, int expression, bool *isnull)
{
	if (unlikely(run->states[expression] == NULL))
		return subselect_evaluate(run->selects[expression], run, isnull);
	return ExecEvalExprSwitchContext(run->states[expression], run->econtext, isnull);
}

/* Is a condition true?  NULL is false; no condition is true. */
static inline bool
condition_holds(MappingRun *run, const PlanExpression *condition)
{
	bool		isnull;
	Datum		value;

	if (condition->column > 0)
	{
		isnull = run->slot->tts_isnull[condition->column - 1];
		value = run->slot->tts_values[condition->column - 1];
		return !isnull && DatumGetBool(value);
	}
	if (condition->expression < 0)
		return true;
	run->site = &condition->site;
	value = evaluate(run, condition->expression, &isnull);
	return !isnull && DatumGetBool(value);
}

/* The row's value for a slot, before anything is asked of it. */
static inline Datum
slot_value(MappingRun *run, const PlanSlot *slot, bool *isnull)
{
	run->site = &slot->site;
	if (slot->column > 0)
	{
		int			column = run->columns[slot->column - 1] - 1;

		*isnull = run->slot->tts_isnull[column];
		return run->slot->tts_values[column];
	}
	return evaluate(run, slot->expression, isnull);
}

/*
 * A value that FHIR cannot hold: an error, or no value, or kept where it can
 * be written at all.  Text is the only kind that can.
 */
static bool
invalid_is_kept(MappingRun *run, const PlanSlot *slot)
{
	MappingPlan *plan = run->plan;

	if (plan->on_invalid == ON_INVALID_OMIT)
		return false;
	if (plan->on_invalid == ON_INVALID_KEEP && slot->encoder.form == FORM_ESCAPED)
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("mapping \"%s\": value of %s is not %s", plan->fullname,
					slot->site.path, encoder_expectation(&slot->encoder)),
			 errhint("on_invalid => 'omit' leaves such an element out.")));
	return false;
}

/* Is a value that is not NULL there to be written? */
static inline bool
value_is_present(MappingRun *run, const PlanSlot *slot, Datum *value)
{
	EncoderState state = encoder_prepare(&slot->encoder, value);

	if (likely(state == VALUE_PRESENT))
		return true;
	return state == VALUE_INVALID && invalid_is_kept(run, slot);
}

/* PLAN_VALUE, and the slots of a PLAN_TEXT. */
static inline bool
decide_slot(MappingRun *run, PlanFrame *frame, const PlanSlot *slot, int number)
{
	bool		isnull;
	Datum		value = slot_value(run, slot, &isnull);

	if (isnull || !value_is_present(run, slot, &value))
		return false;
	frame->values[number] = value;
	return true;
}

/*
 * STEP_TEXT: the usual case, a plain text that starts with an ordinary
 * character.  False says nothing: decide_slot looks again.
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

/* PLAN_TEXT: one empty slot makes it empty. */
static uint8
decide_text(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	for (int i = 0; i < node->nparts; i++)
	{
		const PlanPart *part = &node->parts[i];

		if (part->slot != NULL && !decide_slot(run, frame, part->slot, part->number))
			return 0;
	}
	return NODE_OUT | NODE_GAVE;
}

/* The members of a jsonb array as jsonb values of their own; null ones are left out. */
static int
jsonb_members(Jsonb *array, Datum **members)
{
	JsonbIterator *it = JsonbIteratorInit(&array->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	int			n = 0;

	*members = palloc(sizeof(Datum) * Max(JB_ROOT_COUNT(array), 1));
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
		if (token == WJB_ELEM && value.type != jbvNull)
			(*members)[n++] = JsonbPGetDatum(JsonbValueToJsonb(&value));
	return n;
}

/* The elements of an SQL array or of a jsonb array; NULL ones are left out. */
int
run_array_elements(Datum value, const Encoder *element, Datum **members)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	bool	   *isnull;
	int			n;
	int			kept = 0;

	/* not element->type: where the elements are of a domain, that is its base */
	deconstruct_array(array, ARR_ELEMTYPE(array), element->typlen, element->typbyval,
					  element->typalign, members, &isnull, &n);
	for (int i = 0; i < n; i++)
		if (!isnull[i])
			(*members)[kept++] = (*members)[i];
	return kept;
}

/* PLAN_LIST: the members that are not empty. */
static uint8
decide_list(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	const PlanSlot *slot = node->slot;
	bool		isnull;
	Datum		value = slot_value(run, slot, &isnull);
	Datum	   *members = NULL;
	int			n = 0;
	int			kept = 0;

	if (!isnull && slot->encoder.array)
	{
		n = run_array_elements(value, &slot->encoder, &members);
		for (int i = 0; i < n; i++)
			if (value_is_present(run, slot, &members[i]))
				members[kept++] = members[i];
	}
	else if (!isnull && value_is_present(run, slot, &value))
	{
		/* a jsonb array is spliced, any other value is one member */
		if (JB_ROOT_IS_ARRAY(DatumGetJsonbP(value)) && !JB_ROOT_IS_SCALAR(DatumGetJsonbP(value)))
			kept = jsonb_members(DatumGetJsonbP(value), &members);
		else
		{
			members = palloc(sizeof(Datum));
			members[kept++] = value;
		}
	}
	frame->values[node->number] = PointerGetDatum(members);
	frame->members[node->number] = kept;
	return kept > 0 ? NODE_OUT | NODE_GAVE : 0;
}

/*
 * The elements of a jsonb value that must be an array or null; null ones are
 * left out.  mapping and path are for the message.
 */
int
run_jsonb_elements(Jsonb *json, const char *mapping, const char *path, Datum **members)
{
	JsonbValue	scalar;

	if (JsonbExtractScalar(&json->root, &scalar) && scalar.type == jbvNull)
		return 0;
	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("mapping \"%s\": \"$each\" of %s needs a jsonb array", mapping, path)));
	return jsonb_members(json, members);
}

/* What a $each repeats over, as Datums of its Param's type. */
static int
each_members(MappingRun *run, const PlanNode *node, Datum **members)
{
	bool		isnull;
	Datum		value;

	run->site = &node->each.site;
	value = evaluate(run, node->each.expression, &isnull);
	if (isnull)
		return 0;
	if (OidIsValid(node->element.type))
		return run_array_elements(value, &node->element, members);
	return run_jsonb_elements(DatumGetJsonbP(value), run->plan->fullname, node->each.site.path, members);
}

/* PLAN_EACH: one frame for each element that is written. */
static uint8
decide_each(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	ParamExternData *param = &run->params->params[node->param - 1];
	Datum	   *members = NULL;
	PlanFrame  *frames;
	int			n = each_members(run, node, &members);
	int			kept = 0;

	param->ptype = OidIsValid(node->element.type) ? node->element.type : JSONBOID;
	frames = palloc(sizeof(PlanFrame) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		PlanFrame  *element = &frames[kept];
		const PlanNode *body = node->scope->root;

		param->value = members[i];
		param->isnull = false;
		run_make_frame(element, node->scope);
		if (condition_holds(run, &body->condition) &&
			(decide_container(run, element, body) & NODE_OUT))
			kept++;
	}
	frame->values[node->number] = PointerGetDatum(frames);
	frame->members[node->number] = kept;
	return kept > 0 ? NODE_OUT | NODE_GAVE : 0;
}

/* Several choices of one value[x]: an error, or the first, or all of them. */
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
			run->site = &other->site;
			if (run->plan->on_invalid == ON_INVALID_ERROR)
				ereport(ERROR,
						(errcode(ERRCODE_CARDINALITY_VIOLATION),
						 errmsg("mapping \"%s\": both %s and %s came out for one row",
								run->plan->fullname, first->site.path, other->site.path),
						 errhint("Give each an \"$if\" that excludes the other.")));
			if (run->plan->on_invalid == ON_INVALID_OMIT)
				frame->flags[other->number] = 0;
		}
	}
}

/* How many members of an array are written; nulls that hold places count. */
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
 * decided: the twin's array, when it is, settles both counts.
 */
static uint8
decide_array(PlanFrame *frame, const PlanNode *node, uint8 any)
{
	if (node->twin != NULL && node->name[0] == '_')
		frame->members[node->twin->number] = count_members(frame, node->twin);
	if (!(any & NODE_OUT))
		return 0;
	frame->members[node->number] = count_members(frame, node);
	return any;
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

/* What an object's members come to. */
static uint8
decide_object(MappingRun *run, PlanFrame *frame, const PlanNode *node, uint8 gave)
{
	int			n = node->nchildren - node->ndynamic;

	if (node->nchoices > 0)
		check_choices(run, frame, node);
	for (int i = 0; i < node->ndynamic; i++)
		n += frame->flags[node->dynamic[i]->number] & NODE_OUT;
	frame->members[node->number] = n;
	if (n == 0 || (node->nneed > 0 && need_is_missing(frame, node)))
		return 0;
	if (node->has_values && !gave && !node->constants_count)
		return 0;
	return NODE_OUT | gave;
}

/* An object or array whose condition holds. */
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
			flags = NODE_OUT | NODE_GAVE;
		else
			flags = decide_slot(run, frame, step->slot, step->number) ? NODE_OUT | NODE_GAVE : 0;
		frame->flags[step->number] = flags;
		any |= flags;
	}
	if (node->kind == PLAN_OBJECT)
		return decide_object(run, frame, node, any & NODE_GAVE);
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
			return decide_slot(run, frame, node->slot, node->number) ? NODE_OUT | NODE_GAVE : 0;
		case PLAN_TEXT:
			return decide_text(run, frame, node);
		case PLAN_LIST:
			return decide_list(run, frame, node);
		case PLAN_EACH:
			if (node->slot != NULL)
				return decide_list(run, frame, node);
			return decide_each(run, frame, node);
		case PLAN_OBJECT:
		case PLAN_ARRAY:
			break;
	}
	if (node->absent_of != NULL && (frame->flags[node->absent_of->number] & NODE_OUT))
		return 0;
	if (!condition_holds(run, &node->condition))
		return 0;
	return decide_container(run, frame, node);
}

/*
 * Decides the row in run->slot into run->frame.  False: the row has no
 * resource, because of the root's $if or $need.  Raises what the expressions raise, and faults of the row.
 */
bool
run_decide(MappingRun *run)
{
	const PlanNode *root = run->plan->root.root;

	if (!condition_holds(run, &root->condition))
		return false;
	run->frame.flags[root->number] = decide_container(run, &run->frame, root);
	return (run->frame.flags[root->number] & NODE_OUT) != 0;
}
