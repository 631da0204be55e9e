/*
 * location.c
 *		Where a fault is, as FHIRPath.
 *
 * The expression is the one that HL7's own tools write into
 * OperationOutcome.issue.expression: it can be evaluated on the resource.  A
 * choice is value.ofType(Quantity), a twin has the path of its element.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "r4/validate/validate.h"

#define SHOWN 64				/* bytes of an unknown name */

/*
 * Which member of its array a node is, from 0.  The array has depth others
 * around it.  Counts on from the member that was asked for last; below R4_PLACES
 * arrays, where none is kept, from the first.
 */
static uint32
index_in_array(R4Places *places, const R4Document *document, uint32 node, int depth)
{
	R4Place		place = {r4_first(document->names[node].parent), 0};

	if (depth < places->count)
	{
		const R4Place *last = &places->last[depth];

		/* of the same array, and not beyond: invariants may report one that comes earlier */
		if (document->names[last->node].parent == document->names[node].parent && last->node <= node)
			place = *last;
	}
	for (; place.node < node; place.node = r4_next(document, place.node))
		place.index++;
	if (depth < R4_PLACES)
	{
		places->last[depth] = place;
		places->count = Max(places->count, depth + 1);
	}
	return place.index;
}

/* Is a name one that FHIRPath takes without quotes? */
static bool
is_identifier(const char *name, int len)
{
	for (int i = 0; i < len; i++)
	{
		char		c = name[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && c != '_' &&
			!(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return len > 0;
}

/*
 * Appends a name that R4 does not know, which may hold anything: no more than
 * SHOWN bytes of it, and what is no identifier in FHIRPath's backquotes.
 */
static void
append_unknown(StringInfo to, const char *name, int len)
{
	/* in whole characters: half of one would be no text of the server's encoding */
	if (len > SHOWN)
		len = pg_mbcliplen(name, len, SHOWN);
	if (is_identifier(name, len))
	{
		appendBinaryStringInfo(to, name, len);
		return;
	}
	appendStringInfoChar(to, '`');
	for (int i = 0; i < len; i++)
	{
		if (name[i] == '`' || name[i] == '\\')
			appendStringInfoChar(to, '\\');
		if ((unsigned char) name[i] < ' ')
			appendStringInfo(to, "\\u%04x", name[i]);
		else
			appendStringInfoChar(to, name[i]);
	}
	appendStringInfoChar(to, '`');
}

/* Appends the name of a member of an object, with the dot before it. */
static void
append_name(StringInfo to, const R4Document *document, uint32 number)
{
	const R4Node *node = &document->nodes[number];
	int			twin = (node->flags & R4_NODE_TWIN) != 0;
	const char *name = document->names[number].key + twin;
	int			len = document->names[number].keylen - twin;

	appendStringInfoChar(to, '.');
	if (!(node->flags & R4_NODE_TYPED))
		append_unknown(to, name, len);
	else if (node->flags & R4_NODE_CHOICE)
	{
		const char *type = r4_type_name(node->type);

		/* valueQuantity is as long as value and Quantity */
		appendBinaryStringInfo(to, name, len - strlen(type));
		appendStringInfo(to, ".ofType(%s)", type);
	}
	else
		appendBinaryStringInfo(to, name, len);
}

/*
 * Appends the path of a node: its container's first.  Recurses to the root, which
 * is no further than readers go (R4_DEPTH_READ): the stack need not be asked.
 * Returns how many arrays the node is in.
 */
static int
append_path(StringInfo to, R4Places *places, const R4Document *document, uint32 number)
{
	const R4Node *node = &document->nodes[number];
	int			depth;

	if (number == 0)
	{
		appendStringInfoString(to, node->type == R4_NO_TYPE ? "Resource" : r4_type_name(node->type));
		return 0;
	}
	depth = append_path(to, places, document, document->names[number].parent);
	if (document->nodes[document->names[number].parent].kind == R4_KIND_ARRAY)
	{
		appendStringInfo(to, "[%u]", index_in_array(places, document, number, depth));
		return depth + 1;
	}
	append_name(to, document, number);
	return depth;
}

/*
 * Appends where a fault is.  name is an element below the node that is
 * missing, or NULL.
 */
void
r4_append_expression(StringInfo to, R4Places *places, const R4Document *document,
					 uint32 node, const char *name)
{
	append_path(to, places, document, node);
	if (name != NULL)
		appendStringInfo(to, ".%s", name);
}
