/*
 * export.h
 *		Whole sets of resources: arrays, Bundles, lines of NDJSON.
 *
 * Words: a *source* is a mapped relation that is read with the caller's
 * rights; a *query* is a statement over it that is being built (ExportSql), or
 * one that runs (ExportRun).
 */
#ifndef FHIR_BRIDGE_EXPORT_H
#define FHIR_BRIDGE_EXPORT_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "lib/stringinfo.h"
#include "mapping/catalog/mapping.h"
#include "nodes/pg_list.h"
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

/* The range table index of the source in every query. */
#define EXPORT_SOURCE_INDEX 1

/* A SELECT at work. */
typedef struct ExportRun
{
	QueryDesc  *query;			/* NULL: not started, or ended */
	CachedPlan *plan;			/* held by the owner; NULL: it is the run's own */
	ResourceOwner owner;
} ExportRun;

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

/* in source.c */
extern MappingPlan *export_source_open(Oid function, const char *mapping, MemoryContext context);
extern void export_source_resources(ExportSql *sql, const MappingPlan *plan);
extern bool export_source_is_narrow(const MappingPlan *plan);
extern void export_source_from(ExportSql *sql, const MappingPlan *plan);
extern Node *export_source_expression(const MappingPlan *plan, int number);
extern Node *export_source_value(const MappingPlan *plan, const PlanSlot *slot);
extern Node *export_source_plain(Oid function, Node *node);
extern Node *export_source_indexed(const ExportSql *sql, Node *node);

/* in since.c */
extern void export_since(ExportSql *sql, const MappingPlan *plan, TimestampTz since);

/* How rows are ordered, and where an export that was broken off goes on. */
typedef struct ExportOrder
{
	const MappingPlan *plan;
	Oid			function;		/* one of the extension's */
	const char *after;			/* the last id written; "" is the start */
	List	   *columns;		/* attribute numbers of the key, in order */
	List	   *bytewise;		/* those of them that are compared by their bytes */
	bool		nullable;		/* a column of it may be NULL */
	bool		ties;			/* equal keys may have different ids */
	bool		unordered;		/* a column of it has no order */
	List	   *bound;			/* Const of the last key, or NIL */
	bool		in_rest;		/* the last row is one that no key orders */
} ExportOrder;

/* in order.c */
extern void export_order_init(ExportOrder *order, Oid function, const MappingPlan *plan, const char *after);
extern bool export_order_keyed(ExportSql *sql, const ExportOrder *order);
extern bool export_order_rest(ExportSql *sql, const ExportOrder *order);

/* Rows mapped with those that are faulty put into a table: see refused.c. */
typedef struct ExportRefused ExportRefused;

/* Takes a resource; returns whether to go on. */
typedef bool (*ExportTake) (void *arg, Datum resource);

/* in refused.c */
extern ExportRefused *export_refused_begin(MappingPlan *plan, Oid table, int64 limit);
extern void export_refused_select(ExportSql *sql, const ExportRefused *refused);
extern bool export_refused_keep(ExportRefused *refused, TupleTableSlot *slot);
extern void export_refused_map(ExportRefused *refused, ExportTake take, void *arg);
extern void export_refused_end(const ExportRefused *refused);

#endif							/* FHIR_BRIDGE_EXPORT_H */
