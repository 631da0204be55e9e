/*
 * expression.c
 *		Where a fault is, as FHIRPath.
 *
 * The expression is the one that HL7's own tools write into
 * OperationOutcome.issue.expression: it can be evaluated on the resource.  A
 * choice is value.ofType(Quantity), a twin has the path of its element.
 */
#include "postgres.h"

#include "r4/validate.h"

/* Which member of its array a node is, from 0. */
static uint32
index_in_array(const R4Document *document, uint32 node)
{
	uint32		index = 0;

	for (uint32 i = document->nodes[node].parent + 1; i < node; i = r4_next(document, i))
		index++;
	return index;
}

/*
 * Appends the name of a member of an object, with the dot before it.  A name
 * that R4 does not know may hold anything: it is the document's, and only
 * letters, digits and underscores of a short one are shown.
 */
static void
append_name(StringInfo to, const R4Node *node)
{
	int			twin = (node->flags & R4_NODE_TWIN) != 0;
	const char *name = node->key + twin;
	int			len = node->keylen - twin;

	appendStringInfoChar(to, '.');
	if (node->flags & R4_NODE_CHOICE)
	{
		const char *type = r4_type_name(node->type);

		/* valueQuantity is as long as value and Quantity */
		appendBinaryStringInfo(to, name, len - strlen(type));
		appendStringInfo(to, ".ofType(%s)", type);
	}
	else
		appendBinaryStringInfo(to, name, len);
}

/* Appends the path of a node: its container's first.  Recurses to the root. */
static void
append_path(StringInfo to, const R4Document *document, uint32 number)
{
	const R4Node *node = &document->nodes[number];

	if (number == 0)
	{
		appendStringInfoString(to, node->type == R4_NO_TYPE ? "Resource" : r4_type_name(node->type));
		return;
	}
	append_path(to, document, node->parent);
	if (document->nodes[node->parent].kind == R4_KIND_ARRAY)
		appendStringInfo(to, "[%u]", index_in_array(document, number));
	else
		append_name(to, node);
}

/*
 * Appends where a fault is.  name is an element below the node that is
 * missing, or NULL.
 */
void
r4_append_expression(StringInfo to, const R4Document *document, uint32 node, const char *name)
{
	append_path(to, document, node);
	if (name != NULL)
		appendStringInfo(to, ".%s", name);
}
