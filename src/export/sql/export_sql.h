/*
 * export_sql.h
 *		SELECTs of our own inside the caller's query: written, run, and kept for
 *		the session.
 *
 * A *query* is a statement that is being written (ExportSql), or one that runs
 * (ExportRun); a *statement* is one apart from its values (KeptStatement).
 */
#ifndef FHIR_BRIDGE_EXPORT_SQL_H
#define FHIR_BRIDGE_EXPORT_SQL_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "lib/stringinfo.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"
#include "tcop/dest.h"
#include "utils/plancache.h"

/*
 * A SELECT that is being written as text.  Values, and expressions of the
 * mapping's plan, stand in it as $1, $2, ... until it is analysed; their
 * Vars have the range table index of the source.
 */
typedef struct ExportSql
{
	Oid			function;		/* one of the extension's */
	StringInfoData text;
	List	   *nodes;			/* what $1, $2, ... become */
} ExportSql;

/* A SELECT at work. */
typedef struct ExportRun
{
	QueryDesc  *query;			/* NULL: not started, or ended */
	CachedPlan *plan;			/* held by the owner; NULL: it is the run's own */
	ResourceOwner owner;
} ExportRun;

/*
 * The location of a Const that stands for a value of a search: statements that
 * differ in such values alone are the same.  Constants of mappings have other
 * locations.
 */
#define STATEMENT_VALUE (-2)

/* A statement apart from its values. */
typedef struct KeptStatement
{
	ExportSql	sql;			/* its nodes have parameters for values */
	List	   *values;			/* Const: those that it was written with */
	bool		once;			/* planned once for all values */
	uint32		hash;			/* of the text */
	uint64		kept;			/* number of the one that is kept for it; 0: not known */
} KeptStatement;

/* in export_sql.c */
extern void export_sql_init(ExportSql *sql, Oid function);
extern void export_sql_node(ExportSql *sql, Node *node);
extern void export_sql_text(ExportSql *sql, const char *value);
extern Query *export_sql_query(const ExportSql *sql);
extern double export_sql_rows(const ExportSql *sql);
extern bool export_sql_reads_foreign(const ExportSql *sql);
extern void export_receiver_init(DestReceiver *receiver,
								 bool (*receive)(TupleTableSlot *, DestReceiver *));
extern void export_run_begin(ExportRun *run, const ExportSql *sql, DestReceiver *receiver, bool parallel);
extern void export_run_planned(ExportRun *run, PlannedStmt *plan, const char *text, ParamListInfo params,
							   DestReceiver *receiver);
extern void export_run_rows(ExportRun *run, bool all);
extern void export_run_end(ExportRun *run);

/* in kept.c */
extern void statement_take(const ExportSql *sql, bool once, KeptStatement *statement);
extern Node *statement_fixed(Node *node);
extern void statement_begin(ExportRun *run, KeptStatement *statement, List *values, DestReceiver *receiver);
extern void statement_run_values(KeptStatement *statement, List *values, DestReceiver *receiver);
extern void statement_run(const ExportSql *sql, bool once, DestReceiver *receiver);

/* in kept_index.c */
extern bool statement_run_index(PlannedStmt *plan, TupleDesc desc, ParamListInfo params, DestReceiver *receiver);

#endif							/* FHIR_BRIDGE_EXPORT_SQL_H */
