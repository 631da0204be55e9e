/*
 * write_binary.c
 *		Writing a decided resource in jsonb's binary form.
 *
 * The members of an object are written in jsonb's order of keys, which was
 * settled when the plan was made.  How many are written is known from the
 * decision, so that every header can be written before what follows it.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "mapping/run/run.h"

static void write_node(MappingRun *run, const PlanFrame *frame, const PlanNode *node);

/*
 * A number of any SQL type, as numeric, which is what jsonb has.  Floats go by
 * the digits that write_text.c writes: both forms of a resource say the same
 * number.
 */
static void
write_number(JsonWriter *w, const Encoder *encoder, Datum value)
{
	char		digits[ENCODER_MAX_CHARS];

	switch (encoder->kind)
	{
		case ENCODE_INT2:
			json_int64(w, DatumGetInt16(value));
			break;
		case ENCODE_INT4:
			json_int64(w, DatumGetInt32(value));
			break;
		case ENCODE_INT8:
			json_int64(w, DatumGetInt64(value));
			break;
		case ENCODE_NUMERIC:
			json_numeric(w, DatumGetNumeric(value));
			break;
		default:
			json_number(w, digits,
						encoder_write_float(encoder->kind == ENCODE_FLOAT4 ?
												DatumGetFloat4(value) : DatumGetFloat8(value),
											encoder->kind == ENCODE_FLOAT4, digits));
			break;
	}
}

/*
 * The value of a slot, or one member of a list.  Each writes one child and no
 * more: the head around it has been written, and json_end checks the count.
 */
static void
write_value(MappingRun *run, const PlanSlot *slot, Datum value)
{
	JsonWriter *w = &run->writer;
	const Encoder *encoder = &slot->encoder;

	switch (encoder->form)
	{
		case FORM_ESCAPED:
		case FORM_ASCII:
			json_string_begin(w);
			encoder_write(encoder, value, &w->buffer);
			json_string_end(w);
			break;
		case FORM_NUMBER:
			write_number(w, encoder, value);
			break;
		case FORM_BOOL:
			json_bool(w, DatumGetBool(value));
			break;
		case FORM_JSONB:
		case FORM_WRITTEN:
			json_jsonb(w, DatumGetJsonbP(value));
			break;
	}
}

/*
 * Text around slots.  Encoders write straight into the jsonb: a string in it has
 * no escapes, and its length is put into its entry when it ends.
 */
static void
write_parts(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	JsonWriter *w = &run->writer;

	json_string_begin(w);
	for (int i = 0; i < node->nparts; i++)
	{
		const PlanPart *part = &node->parts[i];

		if (part->slot == NULL)
			json_string_part(w, part->text, part->len);
		else
			encoder_write(&part->slot->encoder, frame->values[part->number], &w->buffer);
	}
	json_string_end(w);
}

/* Is a child written, whether constant or dynamic?  A constant has no flags: -1 is no place in them. */
static inline bool
is_out(const PlanFrame *frame, const PlanNode *child)
{
	return child->number < 0 || (frame->flags[child->number] & NODE_OUT);
}

/*
 * An object: its head, then the members that are written.  With all of them the
 * head is a copy of the one that the plan holds, keys and all.  Else it is made of
 * the keys that are written; node->keys is room for these that lies in the plan,
 * and nothing of it outlives the call.  A fused object is whole when it is
 * written at all.
 */
static void
write_object(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	JsonWriter *w = &run->writer;
	int			n = 0;

	/* a fused one first: it has no count of its own, only the flags of its value */
	if (node->fused || frame->members[node->number] == node->nchildren)
	{
		json_begin_shape(w, node->shape);
		for (int i = 0; i < node->nchildren; i++)
			write_node(run, frame, node->sorted[i]);
	}
	else
	{
		for (int i = 0; i < node->nchildren; i++)
			if (is_out(frame, node->sorted[i]))
				node->keys[n++] = node->sorted[i]->key;
		json_begin_object(w, node->keys, n);
		for (int i = 0; i < node->nchildren; i++)
			if (is_out(frame, node->sorted[i]))
				write_node(run, frame, node->sorted[i]);
	}
	json_end(w);
}

/*
 * An array: members, lists, repeated objects, nulls that hold places.  Its head
 * says how many follow, lists and repeated objects counted by what is in them:
 * decide.c has counted just these.
 */
static void
write_array(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	JsonWriter *w = &run->writer;

	json_begin_array(w, node->fused ? 1 : frame->members[node->number]);
	for (int i = 0; i < node->nchildren; i++)
	{
		const PlanNode *child = node->children[i];

		if (is_out(frame, child))
			write_node(run, frame, child);
		else if (child->twin != NULL && (frame->flags[child->twin->number] & NODE_OUT))
			json_null(w);
	}
	json_end(w);
}

/*
 * A node that is written.  It recurses as deep as the template, which is limited
 * when that is parsed (TEMPLATE_MAX_DEPTH).
 */
static void
write_node(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	switch (node->kind)
	{
		case PLAN_CONSTANT:
			json_fragment(&run->writer, node->fragment);
			break;
		case PLAN_NULL:
			break;				/* never out: write_array writes it for its twin */
		case PLAN_VALUE:
			write_value(run, node->slot, frame->values[node->number]);
			break;
		case PLAN_LIST:
			for (int i = 0; i < frame->members[node->number]; i++)
				write_value(run, node->slot,
							((Datum *) DatumGetPointer(frame->values[node->number]))[i]);
			break;
		case PLAN_TEXT:
			write_parts(run, frame, node);
			break;
		case PLAN_OBJECT:
			write_object(run, frame, node);
			break;
		case PLAN_ARRAY:
			write_array(run, frame, node);
			break;
		case PLAN_EACH:
			if (node->slot != NULL)
			{
				for (int i = 0; i < frame->members[node->number]; i++)
					write_value(run, node->slot,
								((Datum *) DatumGetPointer(frame->values[node->number]))[i]);
				break;
			}
			for (int i = 0; i < frame->members[node->number]; i++)
				write_object(run, &((PlanFrame *) DatumGetPointer(frame->values[node->number]))[i],
							 node->scope->root);
			break;
	}
}

/*
 * Writes the decided row into run->writer.  Reset first: an error may have left
 * the last row half written.
 */
void
run_write_binary(MappingRun *run)
{
	json_writer_reset(&run->writer);
	write_object(run, &run->frame, run->plan->root.root);
}
