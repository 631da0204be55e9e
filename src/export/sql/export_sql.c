/*
 * export_sql.c
 *		Running a SELECT of our own, batch by batch, inside the caller's query.
 *
 * The statement is written as text and analysed, rewritten and planned by the
 * server as the caller's own would be: privileges, row-level security and
 * views are the server's affair.  What the text cannot say (an expression of
 * a mapping as it was checked and compiled, a value) stands there as a
 * parameter, which is exchanged for the node after analysis.
 *
 * It is run through the executor's own calls, as the server runs the last
 * query of a SQL function row by row, and not through a portal: CLOSE ALL, or
 * a COMMIT that keeps the caller's cursor WITH HOLD, would take that away.
 *
 * Memory: a run lives in the context that is current at its beginning.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/base.h"
#include "export/sql/export_sql.h"

/* An empty statement; function is any of the extension's functions. */
void
export_sql_init(ExportSql *sql, Oid function)
{
	sql->function = function;
	initStringInfo(&sql->text);
	sql->nodes = NIL;
}

/* Appends a parameter that becomes the node, whose type it has. */
void
export_sql_node(ExportSql *sql, Node *node)
{
	sql->nodes = lappend(sql->nodes, node);
	appendStringInfo(&sql->text, "$%d", list_length(sql->nodes));
}

/* Appends a parameter that becomes a constant of type text. */
void
export_sql_text(ExportSql *sql, const char *value)
{
	export_sql_node(sql, (Node *) makeConst(TEXTOID, -1, get_typcollation(TEXTOID), -1,
											CStringGetTextDatum(value), false, false));
}

/*
 * The analysed statement.  Its operators are pg_catalog's; the caller's
 * search_path is back before anything of his is planned.
 */
Query *
export_sql_query(const ExportSql *sql)
{
	List	   *parsed = pg_parse_query(sql->text.data);
	Oid		   *types = palloc(sizeof(Oid) * Max(list_length(sql->nodes), 1));
	int			nestlevel;
	Query	   *query;
	ListCell   *lc;

	foreach(lc, sql->nodes)
		types[foreach_current_index(lc)] = exprType(lfirst(lc));
	nestlevel = base_pin_search_path(sql->function);
	query = parse_analyze_fixedparams(linitial_node(RawStmt, parsed), sql->text.data, types,
									  list_length(sql->nodes), NULL);
	AtEOXact_GUC(true, nestlevel);
	return (Query *) base_replace_params((Node *) query, 1, sql->nodes);
}

/* From text to a plan. */
static PlannedStmt *
plan_sql(const ExportSql *sql, bool parallel)
{
	Query	   *query = export_sql_query(sql);
	List	   *rewritten;

	/* relations of sub-selects in nodes were analysed, and locked, long ago */
	AcquireRewriteLocks(query, true, false);
	rewritten = pg_rewrite_query(query);
	if (list_length(rewritten) != 1)
		elog(ERROR, "a SELECT was rewritten to %d statements", list_length(rewritten));
	return pg_plan_query(linitial_node(Query, rewritten), sql->text.data,
						 parallel ? CURSOR_OPT_PARALLEL_OK : 0, NULL);
}

/* How many rows the planner expects of a statement. */
double
export_sql_rows(const ExportSql *sql)
{
	return plan_sql(sql, false)->planTree->plan_rows;
}

/* Does a statement read a foreign table, itself or by a view or a partition? */
bool
export_sql_reads_foreign(const ExportSql *sql)
{
	ListCell   *lc;

	foreach(lc, plan_sql(sql, false)->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE)
			return true;
	}
	return false;
}

static void
receive_start(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
receive_end(DestReceiver *self)
{
}

/* A receiver of rows; receive returns false when it wants no more for now. */
void
export_receiver_init(DestReceiver *receiver, bool (*receive) (TupleTableSlot *, DestReceiver *))
{
	receiver->receiveSlot = receive;
	receiver->rStartup = receive_start;
	receiver->rShutdown = receive_end;
	receiver->rDestroy = receive_end;
	receiver->mydest = DestNone;
}

/*
 * Starts a SELECT under the caller's snapshot; its rows go to the receiver.
 * Everything is allocated in the current context, which must live until
 * export_run_end.  parallel allows workers; then export_run_rows must be asked for
 * all rows at once.  Raises what the server raises for such a statement.
 */
void
export_run_begin(ExportRun *run, const ExportSql *sql, DestReceiver *receiver, bool parallel)
{
	export_run_planned(run, plan_sql(sql, parallel), sql->text.data, NULL, receiver);
}

/* The same for a statement that is planned, with the values of its parameters, or NULL. */
void
export_run_planned(ExportRun *run, PlannedStmt *plan, const char *text, ParamListInfo params, DestReceiver *receiver)
{
	run->query = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot,
								 receiver, params, NULL, 0);
	run->plan = NULL;
	ExecutorStart(run->query, EXEC_FLAG_SKIP_TRIGGERS);
}

/*
 * Gives rows to the receiver until there are no more, or until it returns
 * false.  all says that this is the only call.
 */
void
export_run_rows(ExportRun *run, bool all)
{
	executor_run(run->query, 0, all);
}

/* Ends a run; one that has ended, or was never started, is left alone. */
void
export_run_end(ExportRun *run)
{
	QueryDesc  *query = run->query;

	if (query == NULL)
		return;
	run->query = NULL;
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	if (run->plan != NULL)
		ReleaseCachedPlan(run->plan, run->owner);
}
