/*
 * plan_text.c
 *		The operations that write a scope as text.
 *
 * Constant characters between two values are joined when the plan is made,
 * with keys, quotes, brackets and commas.  A group that is written exactly
 * when its one value is there becomes part of that value's prefix and suffix:
 * in most templates an identifier or a coding costs one operation.
 *
 * Every member ends with a comma; TEXT_CLOSE puts the closing character in
 * the place of the last one.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "mapping/plan/plan_build.h"

typedef struct TextBuilder
{
	PlanScope  *scope;
	MemoryContext plan;			/* what is kept; the rest is built in another */
	StringInfoData raw;			/* constant characters not yet in an operation */
	int			room;			/* operations allocated */
} TextBuilder;

static void emit_node(TextBuilder *builder, PlanNode *node);
static void build_scope(MemoryContext plan, PlanScope *scope);

/* A copy of constant characters in the plan, with JSON_SLACK readable bytes behind it. */
const char *
plan_copy_characters(MemoryContext plan, const char *s, int n)
{
	char	   *copy = MemoryContextAllocZero(plan, n + JSON_SLACK);

	memcpy(copy, s, n);
	return copy;
}

/*
 * Adds an operation; its index is what jumps refer to, since the array moves
 * as it grows.  op->plain is asked for each row, so it is worked out here.
 */
static TextOp *
add_op(TextBuilder *builder, TextOpKind kind, const PlanNode *node,
	   const char *prefix, const char *suffix)
{
	PlanScope  *scope = builder->scope;
	TextOp	   *op;

	if (scope->nops == builder->room)
	{
		builder->room *= 2;
		scope->ops = repalloc(scope->ops, sizeof(TextOp) * builder->room);
	}
	op = &scope->ops[scope->nops++];
	memset(op, 0, sizeof(TextOp));
	op->kind = kind;
	op->node = node;
	op->slot = node ? node->slot : NULL;
	op->plain = op->slot && op->slot->encoder.kind == ENCODE_TEXT && !op->slot->encoder.xml;
	op->number = node ? node->number : -1;
	op->prefixlen = strlen(prefix);
	op->prefix = plan_copy_characters(builder->plan, prefix, op->prefixlen);
	op->suffixlen = strlen(suffix);
	op->suffix = plan_copy_characters(builder->plan, suffix, op->suffixlen);
	return op;
}

/*
 * Puts the characters gathered so far into an operation.  It comes before
 * whatever a row may leave out: constant characters that follow each other are
 * one operation.
 */
static void
flush_raw(TextBuilder *builder)
{
	if (builder->raw.len == 0)
		return;
	add_op(builder, TEXT_RAW, NULL, builder->raw.data, "");
	resetStringInfo(&builder->raw);
}

/* The key of a member with its colon; nothing in an array. */
static const char *
key_text(const PlanNode *node)
{
	return node->key ? node->key->text : "";
}

/* A string constant's characters as JSON, without the quotes. */
static void
append_escaped(StringInfo buf, const char *text)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	escape_json(&quoted, text);
	appendBinaryStringInfo(buf, quoted.data + 1, quoted.len - 2);
}

/* Escapes the constant parts of a text once, and not for each row. */
static void
escape_parts(TextBuilder *builder, PlanNode *node)
{
	for (int i = 0; i < node->nparts; i++)
	{
		PlanPart   *part = &node->parts[i];
		StringInfoData escaped;

		if (part->text == NULL)
			continue;
		initStringInfo(&escaped);
		append_escaped(&escaped, part->text);
		part->escaped = plan_copy_characters(builder->plan, escaped.data, escaped.len);
		part->escapedlen = escaped.len;
	}
}

/* Adds the operation of one slot or text, between its prefix and suffix. */
static void
emit_leaf(TextBuilder *builder, PlanNode *node, const char *before, const char *after)
{
	bool		quoted = node->kind == PLAN_TEXT ||
		node->slot->encoder.form == FORM_ESCAPED || node->slot->encoder.form == FORM_ASCII;
	const char *quote = quoted ? "\"" : "";

	if (node->kind == PLAN_TEXT)
		escape_parts(builder, node);
	flush_raw(builder);
	add_op(builder, node->kind == PLAN_TEXT ? TEXT_TEXT : TEXT_VALUE, node,
		   psprintf("%s%s%s", before, key_text(node), quote),
		   psprintf("%s%s,", quote, after));
}

/*
 * A group that has to be asked whether it is written.  Its members are written
 * or left out by their own operations; where the group is left out, the
 * writer jumps behind its end.
 */
static void
emit_group(TextBuilder *builder, PlanNode *node, const char *before, const char *after)
{
	bool		object = node->kind == PLAN_OBJECT;
	int			open;

	flush_raw(builder);
	open = builder->scope->nops;
	add_op(builder, TEXT_OPEN, node,
		   psprintf("%s%s%c", before, key_text(node), object ? '{' : '['), "");
	for (int i = 0; i < node->nchildren; i++)
		emit_node(builder, node->children[i]);
	flush_raw(builder);
	add_op(builder, TEXT_CLOSE, NULL, "",
		   psprintf("%c%s,", object ? '}' : ']', after));
	builder->scope->ops[open].jump = builder->scope->nops;
}

/*
 * A slot, text or group between characters that are written when it is.  A
 * fused group hands on to its value all that stands before it as prefix
 * and all that stands behind it as suffix.
 */
static void
emit_between(TextBuilder *builder, PlanNode *node, const char *before, const char *after)
{
	StringInfoData prefix;
	StringInfoData suffix;
	bool		behind = false;

	if (node->kind != PLAN_OBJECT && node->kind != PLAN_ARRAY)
	{
		emit_leaf(builder, node, before, after);
		return;
	}
	if (!node->fused)
	{
		emit_group(builder, node, before, after);
		return;
	}
	initStringInfo(&prefix);
	initStringInfo(&suffix);
	appendStringInfo(&prefix, "%s%s%c", before, key_text(node), node->kind == PLAN_OBJECT ? '{' : '[');
	for (int i = 0; i < node->nchildren; i++)
	{
		PlanNode   *child = node->children[i];

		if (child == node->dynamic[0])
			behind = true;
		else if (behind)
			appendStringInfo(&suffix, ",%s%s", key_text(child), child->fragment->text);
		else
			appendStringInfo(&prefix, "%s%s,", key_text(child), child->fragment->text);
	}
	appendStringInfo(&suffix, "%c%s", node->kind == PLAN_OBJECT ? '}' : ']', after);
	emit_between(builder, node->dynamic[0], prefix.data, suffix.data);
}

/* The operations of a node, as a member of what stands around it. */
static void
emit_node(TextBuilder *builder, PlanNode *node)
{
	CHECK_FOR_INTERRUPTS();
	switch (node->kind)
	{
		case PLAN_CONSTANT:
			if (node->number < 0)
			{
				appendStringInfo(&builder->raw, "%s%s,", key_text(node), node->fragment->text);
				return;
			}
			flush_raw(builder);
			add_op(builder, TEXT_CONSTANT, node,
				   psprintf("%s%s,", key_text(node), node->fragment->text), "");
			break;
		case PLAN_NULL:
			break;
		case PLAN_LIST:
			flush_raw(builder);
			add_op(builder, TEXT_LIST, node, "", "");
			break;
		case PLAN_EACH:
			if (node->slot == NULL)
				build_scope(builder->plan, node->scope);
			flush_raw(builder);
			add_op(builder, node->slot != NULL ? TEXT_LIST : TEXT_EACH, node, "", "");
			break;
		default:
			emit_between(builder, node, "", "");
			break;
	}
	/* in an array that stands beside its twin's, null holds the place of what is left out */
	if (node->key == NULL && node->twin != NULL)
	{
		flush_raw(builder);
		add_op(builder, TEXT_NULL, node, "null,", "");
	}
}

/* The operations of one scope; built in the current context, kept in plan. */
static void
build_scope(MemoryContext plan, PlanScope *scope)
{
	TextBuilder builder = {.scope = scope, .plan = plan, .room = 16};

	scope->ops = MemoryContextAlloc(plan, sizeof(TextOp) * builder.room);
	scope->nops = 0;
	initStringInfo(&builder.raw);
	appendStringInfoChar(&builder.raw, '{');
	for (int i = 0; i < scope->root->nchildren; i++)
		emit_node(&builder, scope->root->children[i]);
	flush_raw(&builder);
	add_op(&builder, TEXT_CLOSE, NULL, "", "},");
	scope->ops = repalloc(scope->ops, sizeof(TextOp) * scope->nops);
}

/*
 * Makes the operations of a scope, and of the scopes in it, in the current
 * context.  They write the scope's object followed by a comma.
 */
void
plan_build_text(PlanScope *scope)
{
	/* prefixes and suffixes are put together many times over before they are copied into the plan */
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge plan text",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext plan = MemoryContextSwitchTo(work);

	build_scope(plan, scope);
	MemoryContextSwitchTo(plan);
	MemoryContextDelete(work);
}
