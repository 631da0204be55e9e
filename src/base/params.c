/*
 * params.c
 *		Parameters of a tree exchanged for expressions.
 *
 * Statements that are written as text have a $1 where an analysed expression
 * is wanted; templates have one where a "$each" gives a value.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"

#include "base/base.h"

typedef struct Replacement
{
	int			first;			/* number of the first parameter */
	List	   *nodes;			/* one for each */
} Replacement;

static Node *
replace_params(Node *node, Replacement *replacement)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
	{
		int			n = ((Param *) node)->paramid - replacement->first;

		if (n >= 0 && n < list_length(replacement->nodes))
			return copyObject(list_nth(replacement->nodes, n));
		return copyObject(node);
	}
	if (IsA(node, Query))
	{
		Query	   *query = query_tree_mutator((Query *) node, replace_params, (void *) replacement, 0);

		/* the planner looks for sub-selects only where this says so */
		query->hasSubLinks |= checkExprHasSubLink((Node *) query->jointree) ||
			checkExprHasSubLink((Node *) query->targetList);
		return (Node *) query;
	}
	return expression_tree_mutator(node, replace_params, (void *) replacement);
}

/*
 * A copy of the tree, its parameters from the number first on exchanged for
 * copies of the nodes; others stay.  A node's Vars are those of the query in
 * which its parameter stands: they are not counted up on the way.
 */
Node *
base_replace_params(Node *node, int first, List *nodes)
{
	Replacement replacement = {first, nodes};

	return replace_params(node, &replacement);
}
