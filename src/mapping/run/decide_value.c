/*
 * decide_value.c
 *		The values of a row: evaluated, judged, and there or not.
 *
 * A value that FHIR cannot hold goes to row_fault.c, which says whether it is
 * written all the same.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "mapping/run/run.h"

/*
 * Puts the characters of a decided PLAN_VALUE or PLAN_TEXT into run->scratch,
 * unescaped, as FHIR would read them.  They stay until the buffer is used again.
 */
void
run_gather_text(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	JsonBuffer *b = &run->scratch;

	json_buffer_reset(b);
	if (node->kind == PLAN_VALUE)
		encoder_write(&node->slot->encoder, frame->values[node->number], b);
	for (int i = 0; i < node->nparts; i++)
	{
		const PlanPart *part = &node->parts[i];

		if (part->slot == NULL)
			json_append(b, part->text, part->len);
		else
			encoder_write(&part->slot->encoder, frame->values[part->number], b);
	}
}

/*
 * Judges a text around slots as a whole: "2024-{month}" is a date or not by what
 * comes of it, whatever its parts are.
 */
static bool
whole_is_present(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	JsonBuffer *b = &run->scratch;
	EncoderState state;

	run_gather_text(run, frame, node);
	state = encoder_judge(node->whole, b->data, b->len);
	/* run->site is that of the last slot; the text is copied for a fault alone */
	return state == VALUE_PRESENT ||
		run_value_fault(run, node->whole, run->site, state, PointerGetDatum(cstring_to_text_with_len(b->data, b->len)));
}

/*
 * PLAN_TEXT: one empty slot makes it empty.  The values behind it are evaluated
 * all the same, as they are where the mapping is inlined: what is an error in
 * one query is one in all.
 */
uint8
run_decide_text(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	bool		present = true;
	bool		some = false;

	for (int i = 0; i < node->nparts; i++)
	{
		const PlanPart *part = &node->parts[i];
		bool		isnull;

		if (part->slot == NULL)
			continue;
		if (present)
		{
			present = run_decide_slot(run, frame, part->slot, part->number);
			some |= present;
		}
		else
		{
			(void) run_slot_value(run, part->slot, &isnull);
			some |= !isnull;
		}
	}
	if (!present && some && run->on_fault != NULL && !run->doubtful && !run->lost)
		run_text_fault(run, node);
	if (!present)
		return 0;
	if (node->whole != NULL && !whole_is_present(run, frame, node))
		return 0;
	return NODE_OUT | NODE_GAVE;
}

/*
 * The members of a jsonb array as jsonb values of their own; null ones are left
 * out.  They are copies, in per-tuple memory: a part of a jsonb is none by
 * itself.
 */
static int
jsonb_members(Jsonb *array, Datum **members)
{
	JsonbIterator *it = JsonbIteratorInit(&array->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	int			n = 0;

	*members = palloc(sizeof(Datum) * Max(JB_ROOT_COUNT(array), 1));
	/* true: an array or object in it is one member, and comes as a whole */
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
		if (token == WJB_ELEM && value.type != jbvNull)
			(*members)[n++] = JsonbPGetDatum(JsonbValueToJsonb(&value));
	return n;
}

/*
 * The elements of an SQL array; NULL ones are left out.  They point into the array,
 * which is in the current context where it had to be detoasted, else the caller's.
 */
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

/*
 * PLAN_LIST: the members that are not empty.  They are moved together in the
 * array that was just made, so that the writers see those that are written and
 * no others.
 */
uint8
run_decide_list(MappingRun *run, PlanFrame *frame, const PlanNode *node)
{
	const PlanSlot *slot = node->slot;
	bool		isnull;
	Datum		value = run_slot_value(run, slot, &isnull);
	Datum	   *members = NULL;
	int			n = 0;
	int			kept = 0;

	if (!isnull && slot->encoder.array)
	{
		n = run_array_elements(value, &slot->encoder, &members);
		for (int i = 0; i < n; i++)
			if (run_value_is_present(run, slot, &members[i]))
				members[kept++] = members[i];
	}
	else if (!isnull && run_value_is_present(run, slot, &value))
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

/*
 * What a $each repeats over, as Datums of its Param's type: elements of an array,
 * or jsonb values.  NULL repeats over nothing, as an empty array does.  They stay
 * until the row has been written: what is kept of an element may point into it.
 */
int
run_each_members(MappingRun *run, const PlanNode *node, Datum **members)
{
	bool		isnull;
	Datum		value;

	run->site = &node->each.site;
	value = run_evaluate(run, node->each.expression, &isnull);
	if (isnull)
		return 0;
	if (OidIsValid(node->element.type))
		return run_array_elements(value, &node->element, members);
	return run_jsonb_elements(DatumGetJsonbP(value), run->plan->fullname, node->each.site.path, members);
}
