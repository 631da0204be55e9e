/*
 * rows.c
 *		The rows of a mapped relation, each with a key that tells it apart.
 *
 * Where faulty rows are reported the reader wants to find them again.  The key
 * is the primary key; what has none (a view) is told apart by the columns that
 * its id is made of, or by where the row stands.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/base.h"
#include "mapping/catalog/rows.h"

/* The columns of the primary key that the caller may read, all or none. */
static List *
primary_key(Oid relation)
{
	Oid			constraint;
	Bitmapset  *columns = get_primary_key_attnos(relation, false, &constraint);
	List	   *names = NIL;
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber	column = member + FirstLowInvalidHeapAttributeNumber;

		if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
			pg_attribute_aclcheck(relation, column, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return NIL;
		names = lappend(names, makeString(get_attname(relation, column, false)));
	}
	return names;
}

/* Adds the columns that a slot reads, each once; 0 is the row as a whole. */
static void
add_slot_columns(const MappingPlan *plan, const PlanSlot *slot, List **columns)
{
	ListCell   *lc;

	if (slot->column > 0)
	{
		*columns = list_append_unique_int(*columns, slot->column);
		return;
	}
	/* in the order in which they stand there, as a reader would give them */
	foreach(lc, pull_vars_of_level(list_nth((List *) plan->cached->expr, slot->expression), 0))
		*columns = list_append_unique_int(*columns, lfirst_node(Var, lc)->varattno);
}

/* Adds the columns that the value or text of a node is made of. */
void
rows_add_columns(const MappingPlan *plan, const PlanNode *node, List **columns)
{
	if (node->kind == PLAN_VALUE)
		add_slot_columns(plan, node->slot, columns);
	for (int i = 0; i < node->nparts; i++)
		if (node->parts[i].slot != NULL)
			add_slot_columns(plan, node->parts[i].slot, columns);
}

/* The names of the columns that the id is made of; NIL when it is of the whole row. */
static List *
id_columns(const MappingPlan *plan)
{
	const PlanNode *id = plan_member(plan->root.root, "id");
	List	   *columns = NIL;
	List	   *names = NIL;
	ListCell   *lc;

	if (id != NULL)
		rows_add_columns(plan, id, &columns);
	foreach(lc, columns)
	{
		if (lfirst_int(lc) <= 0)
			return NIL;
		names = lappend(names, makeString(plan->column_names[lfirst_int(lc) - 1]));
	}
	return names;
}

/*
 * The names of the columns that tell the rows of a plan's relation apart: the
 * primary key, else where the row stands in a table, else what the id is made
 * of; NIL when there is nothing.
 */
List *
rows_keys(const MappingPlan *plan)
{
	Oid			relation = plan->relation;
	char		kind = get_rel_relkind(relation);
	List	   *keys = primary_key(relation);

	if (keys != NIL)
		return keys;
	if ((kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_PARTITIONED_TABLE) &&
		pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return list_make1(makeString(pstrdup("ctid")));
	return id_columns(plan);
}

/*
 * Appends the columns that a plan needs, of the relation as "this", with commas
 * between them.  Returns whether there are any.
 */
bool
rows_append_columns(StringInfo sql, const MappingPlan *plan)
{
	const char *comma = "";

	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (plan->column_names[i] == NULL)
			continue;
		appendStringInfo(sql, "%sthis.%s", comma, quote_identifier(plan->column_names[i]));
		comma = ", ";
	}
	return comma[0] != '\0';
}

/*
 * Appends SELECT and FROM for a plan's rows, with the relation as "this": the
 * plan's columns, or the row as a whole in one, then the keys.
 */
void
rows_select(StringInfo sql, const MappingPlan *plan, List *keys)
{
	const char *comma = ", ";
	ListCell   *lc;

	appendStringInfoString(sql, "SELECT ");
	if (plan->whole_row)
		appendStringInfoString(sql, "this");
	else if (!rows_append_columns(sql, plan))
		comma = "";
	foreach(lc, keys)
	{
		appendStringInfo(sql, "%sthis.%s", comma, quote_identifier(strVal(lfirst(lc))));
		comma = ", ";
	}
	appendStringInfo(sql, " FROM %s AS this",
					 base_relation_name(plan->relation));
}

/*
 * Begins a run of the plan for the rows of rows_select, in context.  first is
 * one of them.
 */
MappingRun *
rows_begin_run(MappingPlan *plan, JsonForm form, HeapTuple first, TupleDesc desc, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TupleDesc	row_desc = desc;

	if (plan->whole_row)
	{
		bool		isnull;
		HeapTupleHeader row = DatumGetHeapTupleHeader(SPI_getbinval(first, desc, 1, &isnull));

		row_desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	}
	MemoryContextSwitchTo(old);
	return run_begin(plan, form, row_desc, context);
}

/* The tuple that the run takes out of a row of rows_select; it may use space. */
HeapTuple
rows_tuple(const MappingPlan *plan, HeapTuple row, TupleDesc desc, HeapTuple space)
{
	HeapTupleHeader header;
	bool		isnull;

	if (!plan->whole_row)
		return row;
	header = DatumGetHeapTupleHeader(SPI_getbinval(row, desc, 1, &isnull));
	space->t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&space->t_self);
	space->t_tableOid = InvalidOid;
	space->t_data = header;
	return space;
}

/*
 * The key of a row of rows_select as text, several columns with commas
 * between them; NULL where there are none.
 */
char *
rows_key(HeapTuple row, TupleDesc desc, int nkeys)
{
	StringInfoData key;
	int			first = desc->natts - nkeys + 1;

	if (nkeys == 0)
		return NULL;
	initStringInfo(&key);
	for (int i = 0; i < nkeys; i++)
	{
		char	   *value = SPI_getvalue(row, desc, first + i);

		appendStringInfo(&key, "%s%s", i > 0 ? "," : "", value ? value : "");
	}
	return key.data;
}
