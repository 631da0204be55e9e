/*
 * write_text.c
 *		Writing a decided resource as JSON text.
 *
 * The operations are those of plan_text.c: a list that is gone through front to
 * back, with a jump over each group that is left out.  No recursion follows the
 * template; only the elements of a "$each" have lists of their own.
 *
 * Constant characters are copied 32 at a time and over their end.  Both
 * sides have room for that: JSON_SLACK bytes lie behind the plan's characters,
 * and json_reserve keeps as many behind what it was asked for.
 */
#include "postgres.h"

#include "utils/jsonb.h"

#include "json/blank.h"
#include "mapping/run/run.h"

static void write_scope(MappingRun *run, const PlanFrame *frame, const PlanScope *scope);

/*
 * Copies constant characters of the plan; both sides have JSON_SLACK.  The
 * compiler makes moves of each step, where a memcpy of unknown length would be a
 * call; most pieces need one step.
 */
static inline char *
copy_constant(char *to, const char *s, int n)
{
	for (int i = 0; i < n; i += JSON_SLACK)
		memcpy(to + i, s + i, JSON_SLACK);
	return to + n;
}

/* Appends constant characters of the plan. */
static inline void
append_constant(JsonBuffer *b, const char *s, int n)
{
	json_reserve(b, n);
	copy_constant(json_tail(b), s, n);
	b->len += n;
}

/* Appends a slot's characters: escaped where they may need it. */
static inline void
write_characters(MappingRun *run, const PlanSlot *slot, Datum value)
{
	JsonBuffer *b = &run->text;
	const Encoder *encoder = &slot->encoder;

	if (encoder->kind == ENCODE_TEXT && !encoder->xml)
	{
		struct varlena *text = (struct varlena *) DatumGetPointer(value);

		json_append_escaped(b, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	}
	else if (encoder->form == FORM_JSONB)
		json_append_jsonb(b, DatumGetJsonbP(value));
	/* JSON already, by another call of ours: not to be read or escaped again */
	else if (encoder->form == FORM_WRITTEN)
		json_append(b, VARDATA_ANY(DatumGetPointer(value)), VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
	else if (encoder->form != FORM_ESCAPED)
		encoder_write(encoder, value, b);
	else
	{
		/* what an encoder writes is not escaped: it goes through the other buffer */
		json_buffer_reset(&run->scratch);
		encoder_write(encoder, value, &run->scratch);
		json_append_escaped(b, run->scratch.data, run->scratch.len);
	}
}

/*
 * TEXT_VALUE for plain text: prefix, value and suffix with one look at the
 * buffer.  False, and nothing written, when the value has to be escaped: bytes
 * may stand behind the end by then, but the end has not moved.
 */
static inline bool
write_plain(JsonBuffer *b, const TextOp *op, Datum value)
{
	struct varlena *text = (struct varlena *) DatumGetPointer(value);
	Size		n = VARSIZE_ANY_EXHDR(text);
	char	   *to;

	json_reserve(b, op->prefixlen + n + op->suffixlen);
	to = copy_constant(json_tail(b), op->prefix, op->prefixlen);
	to = json_copy_unescaped(to, VARDATA_ANY(text), n);
	if (unlikely(to == NULL))
		return false;
	b->len = copy_constant(to, op->suffix, op->suffixlen) - b->data;
	return true;
}

/* TEXT_TEXT: constant characters, escaped when the plan was made, and slots in turn. */
static void
write_parts(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	for (int i = 0; i < node->nparts; i++)
	{
		const PlanPart *part = &node->parts[i];

		if (part->slot == NULL)
			append_constant(&run->text, part->escaped, part->escapedlen);
		else
			write_characters(run, part->slot, frame->values[part->number]);
	}
}

/*
 * TEXT_LIST: each member with its quotes and comma.  How many there are is the
 * row's, so these cannot be joined with the constant characters around.
 */
static void
write_list(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	Datum	   *members = (Datum *) DatumGetPointer(frame->values[node->number]);
	EncoderForm form = node->slot->encoder.form;
	bool		quoted = form == FORM_ESCAPED || form == FORM_ASCII;

	for (int i = 0; i < frame->members[node->number]; i++)
	{
		if (quoted)
			json_append_char(&run->text, '"');
		write_characters(run, node->slot, members[i]);
		if (quoted)
			json_append_char(&run->text, '"');
		json_append_char(&run->text, ',');
	}
}

/*
 * TEXT_EACH: the object of each element that was kept.  Their frames stand side
 * by side in the row's memory; the operations are the same for all.
 */
static void
write_each(MappingRun *run, const PlanFrame *frame, const PlanNode *node)
{
	PlanFrame  *frames = (PlanFrame *) DatumGetPointer(frame->values[node->number]);

	for (int i = 0; i < frame->members[node->number]; i++)
		write_scope(run, &frames[i], node->scope);
}

/*
 * Runs the operations of a scope on one frame.  Whether something is written was
 * settled before; what has number -1 always is.  Every member leaves a comma,
 * which the end of its group takes back: so nothing asks whether it is the first
 * or the last.
 */
static void
write_scope(MappingRun *run, const PlanFrame *frame, const PlanScope *scope)
{
	JsonBuffer *b = &run->text;

	for (int i = 0; i < scope->nops; i++)
	{
		const TextOp *op = &scope->ops[i];
		bool		out = op->number < 0 || (frame->flags[op->number] & NODE_OUT);

		switch (op->kind)
		{
			case TEXT_RAW:
				append_constant(b, op->prefix, op->prefixlen);
				break;
			case TEXT_CONSTANT:
				if (out)
					append_constant(b, op->prefix, op->prefixlen);
				break;
			case TEXT_VALUE:
				if (!out || (op->plain && write_plain(b, op, frame->values[op->number])))
					break;
				append_constant(b, op->prefix, op->prefixlen);
				write_characters(run, op->slot, frame->values[op->number]);
				append_constant(b, op->suffix, op->suffixlen);
				break;
			case TEXT_TEXT:
				if (!out)
					break;
				append_constant(b, op->prefix, op->prefixlen);
				write_parts(run, frame, op->node);
				append_constant(b, op->suffix, op->suffixlen);
				break;
			case TEXT_LIST:
				if (out)
					write_list(run, frame, op->node);
				break;
			case TEXT_OPEN:
				if (out)
					append_constant(b, op->prefix, op->prefixlen);
				else
					i = op->jump - 1;	/* the loop adds one */
				break;
			case TEXT_CLOSE:
				/* a group that is written has a member in it (decide.c) */
				Assert(b->data[b->len - 1] == ',');
				b->len--;
				append_constant(b, op->suffix, op->suffixlen);
				break;
			case TEXT_EACH:
				if (out)
					write_each(run, frame, op->node);
				break;
			case TEXT_NULL:
				if (!out && (frame->flags[op->node->twin->number] & NODE_OUT))
					append_constant(b, op->prefix, op->prefixlen);
				break;
		}
	}
}

/*
 * The usual text: stored as it is, not blank, with nothing to escape.  Writes
 * it and the constant characters before it with one look at the buffer.  False
 * says nothing, and nothing is kept.
 */
static inline bool
write_usual_text(JsonBuffer *b, const WholeOp *op, Datum value)
{
	struct varlena *text = (struct varlena *) DatumGetPointer(value);
	const char *s;
	Size		n;
	char	   *to;

	if (!encoder_is_inline(text))
		return false;
	s = VARDATA_ANY(text);
	n = VARSIZE_ANY_EXHDR(text);
	if (json_is_blank(s, n))
		return false;
	json_reserve(b, op->beforelen + n);
	to = copy_constant(json_tail(b), op->before, op->beforelen);
	to = json_copy_unescaped(to, s, n);
	if (to == NULL)
		return false;
	b->len = to - b->data;
	return true;
}

/*
 * Writes a value and the constant characters before it.  False: it is not there,
 * or not good.  It is judged here without a report: the usual way judges it again,
 * and reports it in its order.
 */
static inline bool
write_whole_value(MappingRun *run, const WholeOp *op)
{
	Datum		value = run->slot->tts_values[op->argument];

	if (op->plain && write_usual_text(&run->text, op, value))
		return true;
	run->site = &op->slot->site;
	if (encoder_prepare(&op->slot->encoder, &value) != VALUE_PRESENT)
		return false;
	append_constant(&run->text, op->before, op->beforelen);
	write_characters(run, op->slot, value);
	return true;
}

/*
 * Writes the values and all that is constant.  False at the first that is not
 * there: what stands in the buffer until then is written over by the usual way.
 */
static bool
write_whole(MappingRun *run, const PlanWhole *whole)
{
	JsonBuffer *b = &run->text;

	json_buffer_reset(b);
	for (int i = 0; i < whole->nops; i++)
		if (unlikely(!write_whole_value(run, &whole->ops[i])))
			return false;
	append_constant(b, whole->tail, whole->taillen);
	b->len--;					/* the comma behind the resource */
	return true;
}

/*
 * Writes a row that has every value, as it comes: there is nothing to decide.
 * False for any other row, of which nothing is kept, and no fault reported.
 * A NULL is seen at once, but what is blank or faulty only when its turn comes.
 */
bool
run_write_whole(MappingRun *run)
{
	const PlanWhole *whole = run->plan->root.whole;

	return whole != NULL && run->form == JSON_TEXT &&
		memchr(run->slot->tts_isnull, true, run->plan->narguments) == NULL &&
		write_whole(run, whole);
}

/* Writes the decided row into run->text. */
void
run_write_text(MappingRun *run)
{
	json_buffer_reset(&run->text);
	write_scope(run, &run->frame, &run->plan->root);
	run->text.len--;			/* the comma behind the resource */
}
