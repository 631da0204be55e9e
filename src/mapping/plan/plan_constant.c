/*
 * plan_constant.c
 *		Which parts of a template are the same for every row.
 *
 * Such a part becomes one fragment, escaped and in both encodings, that a row
 * costs one copy.  It must be right for every row, too: what a row could make a
 * fault of has to be decided, be it constant itself.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/json.h"

#include "mapping/plan/plan_build.h"

/*
 * Has the object several choices of one value[x]?  Of two that come out for a
 * row one may have to be left out, be it a constant: so they are decided like
 * all that differs from row to row.
 */
static bool
has_rivals(const TemplateNode *node)
{
	ListCell   *a;
	ListCell   *b;

	foreach(a, node->children)
	{
		const TemplateNode *one = lfirst(a);

		for_each_cell(b, node->children, lnext(node->children, a))
		{
			const TemplateNode *other = lfirst(b);

			if (one->child.choice && other->child.choice &&
				one->child.element == other->child.element && one->twin != other)
				return true;
		}
	}
	return false;
}

/*
 * Is everything below the node constant, and right for every row?  "$absent"
 * goes by what the element came to, and a null by its twin.
 */
bool
plan_is_constant(const TemplateNode *node)
{
	ListCell   *lc;

	if (node->kind == TEMPLATE_OBJECT && has_rivals(node))
		return false;
	if (node->kind == TEMPLATE_VALUE || node->kind == TEMPLATE_TEXT ||
		node->kind == TEMPLATE_NULL || node->condition || node->each || node->absent_of)
		return false;
	/* members of an array and of its twin are decided together */
	if (node->kind == TEMPLATE_ARRAY && node->twin != NULL)
		return false;
	foreach(lc, node->children)
		if (!plan_is_constant(lfirst(lc)))
			return false;
	return true;
}

/*
 * The JSON text of a constant node, without blanks and in the template's order.
 * Constants keep their spelling: 1.0 is not 1 for FHIR.
 */
void
plan_constant_text(StringInfo buf, const TemplateNode *node)
{
	ListCell   *lc;
	bool		first = true;

	if (node->kind == TEMPLATE_CONSTANT)
	{
		appendStringInfoString(buf, node->json);
		return;
	}
	appendStringInfoChar(buf, node->kind == TEMPLATE_OBJECT ? '{' : '[');
	foreach(lc, node->children)
	{
		TemplateNode *child = lfirst(lc);

		if (!first)
			appendStringInfoChar(buf, ',');
		first = false;
		if (child->key != NULL)
		{
			escape_json(buf, child->key);
			appendStringInfoChar(buf, ':');
		}
		plan_constant_text(buf, child);
	}
	appendStringInfoChar(buf, node->kind == TEMPLATE_OBJECT ? '}' : ']');
}
