/*
 * plan_whole.c
 *		A scope as it is written when nothing of it is left out.
 *
 * Most rows have every value.  Then there is nothing to decide, and all the
 * constant characters between two values are one piece: what the operations
 * of plan_text.c would write one after the other is joined here.
 *
 * This holds for scopes where nothing but empty values leaves anything out,
 * and each placeholder gives one value: no "$if", "$each" or "$absent", no lists,
 * twins, or alternatives of one value[x].  The "$if" of the resource is no
 * affair of it: it stands around the call that brings the values.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "mapping/plan/plan_build.h"

/*
 * Is the node written exactly when all values in it are there?  Groups are asked
 * of their members alone: where every value is there, no rule leaves a group out.
 */
static bool
is_whole(const PlanNode *node)
{
	if (node->twin != NULL || node->absent_of != NULL || node->nchoices > 0 ||
		node->condition.expression >= 0 || node->condition.column > 0)
		return false;
	switch (node->kind)
	{
		case PLAN_CONSTANT:
			return node->number < 0;
		case PLAN_VALUE:
			return true;
		case PLAN_TEXT:
			return node->whole == NULL;
		case PLAN_OBJECT:
		case PLAN_ARRAY:
			break;
		case PLAN_NULL:
		case PLAN_LIST:
		case PLAN_EACH:
			return false;
	}
	for (int i = 0; i < node->nchildren; i++)
		if (!is_whole(node->children[i]))
			return false;
	return true;
}

/* The characters gathered so far, moved to where the plan is. */
static const char *
take_characters(StringInfo characters, MemoryContext plan, int *len)
{
	const char *copy = plan_copy_characters(plan, characters->data, characters->len);

	*len = characters->len;
	resetStringInfo(characters);
	return copy;
}

/* Adds a value behind the characters gathered so far. */
static void
add_value(PlanWhole *whole, StringInfo characters, MemoryContext plan, const PlanSlot *slot)
{
	const Encoder *encoder = &slot->encoder;
	WholeOp    *op = &whole->ops[whole->nops++];

	op->slot = slot;
	op->argument = slot->column - 1;
	op->plain = encoder->kind == ENCODE_TEXT && encoder->check <= CHECK_STRING && !encoder->xml;
	op->before = take_characters(characters, plan, &op->beforelen);
}

/* Adds what an operation writes. */
static void
add_op(PlanWhole *whole, StringInfo characters, MemoryContext plan, const TextOp *op)
{
	if (op->kind == TEXT_CLOSE)
		characters->len--;		/* the comma behind the last member */
	appendBinaryStringInfo(characters, op->prefix, op->prefixlen);
	if (op->kind == TEXT_VALUE)
		add_value(whole, characters, plan, op->slot);
	for (int i = 0; op->kind == TEXT_TEXT && i < op->node->nparts; i++)
	{
		const PlanPart *part = &op->node->parts[i];

		if (part->slot != NULL)
			add_value(whole, characters, plan, part->slot);
		else
			appendBinaryStringInfo(characters, part->escaped, part->escapedlen);
	}
	appendBinaryStringInfo(characters, op->suffix, op->suffixlen);
}

/*
 * Joins the operations of a scope that plan_build_text has made, in the
 * current context, where the scope can be written whole.
 */
void
plan_build_whole(PlanScope *scope)
{
	MemoryContext plan = CurrentMemoryContext;
	StringInfoData characters;
	PlanWhole  *whole;

	if (!is_whole(scope->root))
		return;
	whole = scope->whole = palloc0(sizeof(PlanWhole));
	whole->ops = palloc(sizeof(WholeOp) * Max(scope->nnodes, 1));
	initStringInfo(&characters);
	for (int i = 0; i < scope->nops; i++)
		add_op(whole, &characters, plan, &scope->ops[i]);
	whole->tail = take_characters(&characters, plan, &whole->taillen);
	pfree(characters.data);
}
