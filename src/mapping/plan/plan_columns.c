/*
 * plan_columns.c
 *		Which columns of the mapped row expressions read.
 */
#include "postgres.h"

#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"

#include "mapping/plan/plan_build.h"

/*
 * Adds the columns of the row that an analysed expression reads, also in its
 * sub-selects; 0 is the row as a whole.  System columns have been refused.
 */
void
plan_columns(Node *node, Bitmapset **columns)
{
	ListCell   *lc;

	foreach(lc, pull_vars_of_level(node, 0))
	{
		Var		   *var = lfirst(lc);

		if (IsA(var, Var) && var->varno == 1)
			*columns = bms_add_member(*columns, var->varattno);
	}
}

/* Notes one column of the relation as used. */
void
plan_note_column(MappingPlan *plan, TupleDesc desc, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, column - 1);

	if (attribute->attisdropped || plan->column_names[column - 1] != NULL)
		return;
	plan->column_names[column - 1] = pstrdup(NameStr(attribute->attname));
	plan->column_types[column - 1] = attribute->atttypid;
}

/* Notes the columns that the expressions read; a whole row is all of them. */
static void
note_columns(MappingPlan *plan, TupleDesc desc, List *expressions)
{
	Bitmapset  *used = NULL;
	int			column = -1;

	plan_columns((Node *) expressions, &used);
	while ((column = bms_next_member(used, column)) >= 0)
	{
		plan->whole_row |= column == 0;
		if (column > 0)
			plan_note_column(plan, desc, column);
	}
	for (int i = 1; plan->whole_row && i <= desc->natts; i++)
		plan_note_column(plan, desc, i);
}

/*
 * Notes in a plan what is known of its expressions, in the order of
 * sources->expressions; the columns that they read, too.
 */
void
plan_finish_expressions(MappingPlan *plan, TupleDesc desc, List *expressions)
{
	ListCell   *lc;

	Assert(list_length(expressions) == plan->nexpressions);
	note_columns(plan, desc, expressions);
	plan->expression_selects = palloc0(sizeof(bool) * Max(plan->nexpressions, 1));
	foreach(lc, expressions)
		plan->expression_selects[foreach_current_index(lc)] = checkExprHasSubLink(lfirst(lc));
}
