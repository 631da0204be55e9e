/*
 * survey_rows.c
 *		Reading the rows of a mapped relation as the caller may see them.
 *
 * By a query of the caller's, so that privileges on columns and row-level
 * security are his; with the columns that the plan needs and those that tell
 * rows apart.  A sample is drawn from all rows, each with the same chance: the
 * first ones are the oldest in most tables, and pages hold rows of one day.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "mapping/survey.h"

/* Rows that are fetched at once. */
#define ROWS_AT_ONCE	1000

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

/*
 * The names of the columns that tell a relation's rows apart: the primary key,
 * else where the row stands, else nothing.
 */
List *
survey_keys(Oid relation)
{
	char		kind = get_rel_relkind(relation);
	List	   *keys = primary_key(relation);

	if (keys == NIL && (kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_PARTITIONED_TABLE) &&
		pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		keys = list_make1(makeString(pstrdup("ctid")));
	return keys;
}

/*
 * The query for a plan's rows: the plan's columns, or the row as a whole in
 * one, then the keys.  sample: a number of rows, or -1.
 */
char *
survey_query(const MappingPlan *plan, List *keys, int sample)
{
	StringInfoData sql;
	const char *comma = "";
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	if (plan->whole_row)
	{
		appendStringInfoString(&sql, "this");
		comma = ", ";
	}
	for (int i = 0; !plan->whole_row && i < plan->ncolumns; i++)
	{
		if (plan->column_names[i] == NULL)
			continue;
		appendStringInfo(&sql, "%sthis.%s", comma, quote_identifier(plan->column_names[i]));
		comma = ", ";
	}
	foreach(lc, keys)
	{
		appendStringInfo(&sql, "%sthis.%s", comma, quote_identifier(strVal(lfirst(lc))));
		comma = ", ";
	}
	appendStringInfo(&sql, " FROM %s AS this",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(plan->relation)),
												get_rel_name(plan->relation)));
	if (sample >= 0)
		appendStringInfo(&sql, " ORDER BY pg_catalog.random() LIMIT %d", sample);
	return sql.data;
}

/*
 * Reads what a query gives, in batches; SPI must be connected.  Between two
 * batches the query can be cancelled.
 */
void
survey_read(const char *sql, SurveyBatch batch, void *arg)
{
	SPIPlanPtr	plan = SPI_prepare(sql, 0, NULL);
	Portal		portal;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		SPITupleTable *table;
		int			n;

		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
		table = SPI_tuptable;
		n = (int) SPI_processed;
		if (n > 0)
			batch(arg, table->vals, n, table->tupdesc);
		SPI_freetuptable(table);
		if (n < ROWS_AT_ONCE)
			break;
	}
	SPI_cursor_close(portal);
	SPI_freeplan(plan);
}

/*
 * Begins a run of the plan for the rows of survey_query, in context.  first is
 * one of them.
 */
MappingRun *
survey_begin_run(MappingPlan *plan, JsonForm form, HeapTuple first, TupleDesc desc, MemoryContext context)
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

/* The tuple that the run takes out of a row of survey_query; it may use space. */
HeapTuple
survey_row(const MappingPlan *plan, HeapTuple row, TupleDesc desc, HeapTuple space)
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
 * The key of a row of survey_query as text, several columns with commas
 * between them; NULL where there are none.
 */
char *
survey_key(HeapTuple row, TupleDesc desc, int nkeys)
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
