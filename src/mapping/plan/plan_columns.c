/*
 * plan_columns.c
 *		Which columns of the mapped row an analysed expression reads.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "mapping/plan/plan.h"

/* Walker state: columns of range table entry 1, some sub-selects out. */
typedef struct ColumnWalk
{
	Bitmapset **columns;
	int			depth;
} ColumnWalk;

static bool
column_walker(Node *node, ColumnWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ColumnWalk	below = {walk->columns, walk->depth + 1};

		return query_tree_walker((Query *) node, column_walker, (void *) &below, 0);
	}
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == walk->depth && ((Var *) node)->varno == 1)
		*walk->columns = bms_add_member(*walk->columns, ((Var *) node)->varattno);
	return expression_tree_walker(node, column_walker, (void *) walk);
}

/*
 * Adds the columns of the row that an analysed expression reads, also in its
 * sub-selects; 0 is the row as a whole.  System columns have been refused.
 */
void
plan_columns(Node *node, Bitmapset **columns)
{
	ColumnWalk	walk = {columns, 0};

	(void) column_walker(node, &walk);
}
