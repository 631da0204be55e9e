/*
 * lint_modifier.c
 *		Elements that change the meaning of what they stand in.
 *
 * R4 marks them as modifiers: Quantity.comparator, Patient.active,
 * MedicationRequest.doNotPerform.  Where such a value is left out, because FHIR
 * cannot hold it or a code map omits it, what is left says something else: "not
 * below 23" would become 23.  It is then left out as a whole (decide.c), and
 * the author is told so when the mapping is registered.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "codes/code.h"
#include "mapping/lint/lint.h"

/* While the maps of modifiers are gathered. */
typedef struct ModifierWalk
{
	Oid			schema;			/* the extension's */
	List	   *maps;			/* names; "" where a row gives the name */
} ModifierWalk;

/* Walker: the code maps that an expression asks. */
static bool
map_walker(Node *node, ModifierWalk *walk)
{
	CodeCall	call;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, map_walker, (void *) walk, 0);
	if (code_read_call(node, walk->schema, &call))
		walk->maps = lappend(walk->maps, call.map != NULL ? unconstify(char *, call.map) : pstrdup(""));
	return expression_tree_walker(node, map_walker, (void *) walk);
}

/* Could a placeholder of the node come to nothing?  Gathers the maps that it asks. */
static bool
gather_values(const TemplateNode *node, ModifierWalk *walk)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, node->parts)
	{
		TemplatePart *part = lfirst(lc);

		if (part->expr == NULL)
			continue;
		found |= part->expr->type != BOOLOID;	/* a condition always fits */
		(void) map_walker(part->expr->expr, walk);
	}
	foreach(lc, node->children)
		found |= gather_values(lfirst(lc), walk);
	return found;
}

/* Goes through the modifiers of a tree; paths may be NULL. */
static void
visit(const TemplateNode *node, ModifierWalk *walk, bool always, Oid function, StringInfo paths)
{
	ListCell   *lc;

	if (template_is_modifier(node))
	{
		int			before = list_length(walk->maps);
		bool		lost = gather_values(node, walk) && always;

		for (int i = before; paths != NULL && i < list_length(walk->maps); i++)
		{
			const CodeMap *map = code_map_get_if_any(function, list_nth(walk->maps, i));

			lost |= map != NULL && map->unmapped == UNMAPPED_OMIT;
		}
		if (lost && paths != NULL)
			appendStringInfo(paths, "%s%s", paths->len > 0 ? ", " : "", template_path(node));
		return;
	}
	foreach(lc, node->children)
		visit(lfirst(lc), walk, always, function, paths);
}

/*
 * The names of the code maps that modifiers ask, in the current context: where
 * one omits what it does not have, the mapping is not inlined.  A name that a
 * row gives is "".
 */
List *
lint_modifier_maps(const Template *template, Oid function)
{
	ModifierWalk walk = {.schema = base_extension_schema(function)};

	visit(template->root, &walk, false, function, NULL);
	return walk.maps;
}

/*
 * Tells the author which elements take what they stand in with them.  omits is
 * whether the mapping's on_invalid does.
 */
void
lint_modifier_notice(const Template *template, Oid function, bool omits)
{
	ModifierWalk walk = {.schema = base_extension_schema(function)};
	StringInfoData paths;

	initStringInfo(&paths);
	visit(template->root, &walk, omits, function, &paths);
	if (paths.len > 0)
		ereport(NOTICE,
				(errmsg("mapping \"%s\": elements that change the meaning of what they stand in may be left out: %s",
						template->mapping, paths.data),
				 errdetail("What they stand in is then left out, too: the object, or at its root the resource.")));
}
