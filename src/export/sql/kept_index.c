/*
 * kept_index.c
 *		A plan that finds rows by one key of an index, run without the executor.
 *
 * A read by id, and the patient of each search that names one, is such a plan:
 * an index of tags, one tag.  To set the executor up for it takes three times
 * as long as to find the row.  What the executor would do is done here by the
 * same calls: rights, the snapshot, locks that last until the transaction ends.
 * Any other plan is left to it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_opfamily.h"
#include "executor/executor.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/base.h"
#include "export/sql/export_sql.h"

/* The plan's node, where it is of this kind: the first column of an index equals a parameter of type bigint. */
static IndexScan *
simple_scan(const PlannedStmt *plan, const Param **key)
{
	IndexScan  *scan = (IndexScan *) plan->planTree;
	OpExpr	   *equal;
	ListCell   *lc;

	if (!IsA(scan, IndexScan) || list_length(scan->indexqual) != 1 || scan->indexorderby != NIL ||
		scan->scan.plan.initPlan != NIL || plan->subplans != NIL || plan->rowMarks != NIL)
		return NULL;
	equal = linitial(scan->indexqual);
	if (!IsA(equal, OpExpr) || equal->opfuncid != F_INT8EQ || !IsA(linitial(equal->args), Var) ||
		((Var *) linitial(equal->args))->varattno != 1 || !IsA(lsecond(equal->args), Param) ||
		((Param *) lsecond(equal->args))->paramkind != PARAM_EXTERN)
		return NULL;
	foreach(lc, scan->scan.plan.targetlist)
	{
		const TargetEntry *entry = lfirst(lc);

		if (entry->resjunk || !IsA(entry->expr, Var) || ((Var *) entry->expr)->varattno <= 0)
			return NULL;
	}
	*key = lsecond(equal->args);
	return scan;
}

/* Hands the columns that the plan reads of a row to the receiver; false: it wants no more. */
static bool
give_row(const IndexScan *scan, TupleTableSlot *row, TupleTableSlot *columns, DestReceiver *receiver)
{
	ListCell   *lc;

	slot_getallattrs(row);
	ExecClearTuple(columns);
	foreach(lc, scan->scan.plan.targetlist)
	{
		int			column = ((Var *) ((TargetEntry *) lfirst(lc))->expr)->varattno - 1;

		columns->tts_values[foreach_current_index(lc)] = row->tts_values[column];
		columns->tts_isnull[foreach_current_index(lc)] = row->tts_isnull[column];
	}
	ExecStoreVirtualTuple(columns);
	return receiver->receiveSlot(columns, receiver);
}

/* Reads the rows of a key that meet the plan's other conditions. */
static void
read_rows(const IndexScan *scan, Relation table, Relation index, Datum key, ParamListInfo params,
		  TupleTableSlot *columns, DestReceiver *receiver)
{
	TupleTableSlot *row = table_slot_create(table, NULL);
	IndexScanDesc descent = base_index_begin(table, index, GetActiveSnapshot());
	ExprContext *context = CreateStandaloneExprContext();
	ExprState  *rest = ExecInitQual(scan->scan.plan.qual, NULL);
	ScanKeyData equal;

	context->ecxt_scantuple = row;
	context->ecxt_param_list_info = params;
	ScanKeyInit(&equal, 1, BTEqualStrategyNumber, F_INT8EQ, key);
	index_rescan(descent, &equal, 1, NULL, 0);
	while (index_getnext_slot(descent, ForwardScanDirection, row))
	{
		ResetExprContext(context);
		if (ExecQual(rest, context) && !give_row(scan, row, columns, receiver))
			break;
	}
	index_endscan(descent);
	FreeExprContext(context, true);
	ExecDropSingleTupleTableSlot(row);
}

/*
 * Runs a plan with its parameters for a receiver, under the caller's snapshot
 * and rights; the relations are locked.  False: it is of another kind, and
 * nothing was done.  desc is of the rows.
 */
bool
statement_run_index(PlannedStmt *plan, TupleDesc desc, ParamListInfo params, DestReceiver *receiver)
{
	const Param *key;
	IndexScan  *scan = simple_scan(plan, &key);
	const ParamExternData *value;
	Relation	table;
	Relation	index;
	bool		mine;

	if (scan == NULL)
		return false;
	index = index_open(scan->indexid, AccessShareLock);
	mine = index->rd_rel->relam == BTREE_AM_OID && index->rd_opfamily[0] == INTEGER_BTREE_FAM_OID;
	value = &params->params[key->paramid - 1];
	if (mine)
	{
		base_plan_must_be_permitted(plan);
		table = relation_open(rt_fetch(scan->scan.scanrelid, plan->rtable)->relid, NoLock);
		receiver->rStartup(receiver, CMD_SELECT, desc);
		if (!value->isnull)
		{
			/* expressions of the mapping may run searches, for which the statement is forgotten */
			TupleTableSlot *columns = MakeSingleTupleTableSlot(CreateTupleDescCopy(desc), &TTSOpsVirtual);

			read_rows(scan, table, index, value->value, params, columns, receiver);
			ExecDropSingleTupleTableSlot(columns);
		}
		receiver->rShutdown(receiver);
		relation_close(table, NoLock);
	}
	index_close(index, NoLock);
	return mine;
}
