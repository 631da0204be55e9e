/*
 * rest.h
 *		Whole sets of resources: arrays, Bundles, lines of NDJSON.
 *
 * Words: a *source* is a mapped relation that is read with the caller's
 * rights; a *query* is a statement over it that is being built (RestSql), or
 * one that runs (RestRun).
 */
#ifndef FHIR_BRIDGE_REST_H
#define FHIR_BRIDGE_REST_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "lib/stringinfo.h"
#include "mapping/mapping.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"

/*
 * A SELECT that is being written as text.  Values, and expressions of the
 * mapping's plan, stand in it as $1, $2, ... until it is analysed; their
 * Vars have the range table index of the source.
 */
typedef struct RestSql
{
	Oid			function;		/* one of the extension's */
	StringInfoData text;
	List	   *nodes;			/* what $1, $2, ... become */
} RestSql;

/* The range table index of the source in every query. */
#define REST_SOURCE_INDEX 1

/* A SELECT at work. */
typedef struct RestRun
{
	QueryDesc  *query;			/* NULL: not started, or ended */
} RestRun;

/* in query.c */
extern void rest_sql_init(RestSql *sql, Oid function);
extern void rest_sql_node(RestSql *sql, Node *node);
extern void rest_sql_text(RestSql *sql, const char *value);
extern bool rest_sql_reads_foreign(const RestSql *sql);
extern void rest_receiver_init(DestReceiver *receiver,
							   bool (*receive)(TupleTableSlot *, DestReceiver *));
extern void rest_run_begin(RestRun *run, const RestSql *sql, DestReceiver *receiver, bool parallel);
extern void rest_run_rows(RestRun *run, bool all);
extern void rest_run_end(RestRun *run);

/* in source.c */
extern MappingPlan *rest_source_open(Oid function, const char *mapping, MemoryContext context);
extern void rest_source_resources(RestSql *sql, const MappingPlan *plan);
extern void rest_source_from(RestSql *sql, const MappingPlan *plan);
extern Node *rest_source_expression(const MappingPlan *plan, int number);
extern Node *rest_source_value(const MappingPlan *plan, const PlanSlot *slot);
extern Node *rest_source_indexed(const RestSql *sql, Node *node);
extern const PlanNode *rest_source_member(const PlanNode *object, const char *name);

/* in since.c */
extern void rest_since(RestSql *sql, const MappingPlan *plan, TimestampTz since);

/* How rows are ordered, and where an export that was broken off goes on. */
typedef struct RestOrder
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
} RestOrder;

/* in order.c */
extern void rest_order_init(RestOrder *order, Oid function, const MappingPlan *plan, const char *after);
extern bool rest_order_keyed(RestSql *sql, const RestOrder *order);
extern bool rest_order_rest(RestSql *sql, const RestOrder *order);

/* Rows mapped with those that are faulty put into a table: see refused.c. */
typedef struct RestRefused RestRefused;

/* Takes a resource; returns whether to go on. */
typedef bool (*RestTake) (void *arg, Datum resource);

/* in refused.c */
extern RestRefused *rest_refused_begin(MappingPlan *plan, Oid table, int64 limit);
extern void rest_refused_select(RestSql *sql, const RestRefused *refused);
extern bool rest_refused_keep(RestRefused *refused, TupleTableSlot *slot);
extern void rest_refused_map(RestRefused *refused, RestTake take, void *arg);
extern void rest_refused_end(const RestRefused *refused);

#endif							/* FHIR_BRIDGE_REST_H */
