/*
 * lint.c
 *		Walking a typed and analysed template for what would be wrong in any
 *		row.
 *
 * Everything that is found is certain: what only rows can show (a code that a
 * column holds, a required element that comes out empty) is left to them.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "mapping/lint/lint.h"

/* A comparator in a Quantity that must not have one. */
static void
lint_comparator(Template *template, const TemplateNode *object)
{
	const TemplateNode *comparator = template_member(object, "comparator");

	if (object->parent == NULL || !object->child.simple_quantity || comparator == NULL)
		return;
	template_node_fault(template, comparator, "Leave it out.",
						"\"%s\" is a SimpleQuantity, which has no comparator",
						object->key != NULL ? object->key : object->parent->key);
}

/* Checks an object of a type that is known. */
static void
lint_object(Template *template, const TemplateNode *object, Oid function)
{
	lint_required(template, object);
	lint_contained_id(template, object);
	lint_choices(template, object);
	lint_comparator(template, object);
	lint_reference(template, object);
	lint_concept(template, object, function);
}

/* Checks a node and what stands below it. */
static void
lint_node(Template *template, const TemplateNode *node, Oid function)
{
	bool		primitive = r4_primitive(node->type) != R4_NOT_PRIMITIVE;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	lint_calls(template, node, function);
	if (node->type != R4_NO_TYPE)
	{
		if (node->kind == TEMPLATE_OBJECT && !primitive)
			lint_object(template, node, function);
		else if (node->kind == TEMPLATE_VALUE && !primitive)
			lint_concept(template, node, function);
		else if (primitive && node->kind != TEMPLATE_OBJECT)
		{
			lint_code(template, node, function);
			lint_constant(template, node);
			lint_text(template, node);
		}
	}
	foreach(lc, node->children)
		lint_node(template, lfirst(lc), function);
}

/*
 * Checks the whole tree of a mapping of the relation, after typing.c and
 * expression.c.  function is any of the extension's.  Faults are added to
 * template->faults.
 */
void
lint_template(Template *template, Oid relation, Oid function)
{
	if (template->root->type == R4_NO_TYPE)
		return;
	lint_id(template, relation);
	lint_node(template, template->root, function);
}
