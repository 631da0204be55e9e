/*
 * export.h
 *		Whole sets of resources: arrays, Bundles, lines of NDJSON.
 *
 * A *source* is a mapped relation that is read with the caller's rights.
 */
#ifndef FHIR_BRIDGE_EXPORT_H
#define FHIR_BRIDGE_EXPORT_H

#include "postgres.h"

#include "export/sql/export_sql.h"
#include "mapping/catalog/mapping.h"
#include "nodes/pg_list.h"

/* The range table index of the source in every query. */
#define EXPORT_SOURCE_INDEX 1

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
