/*
 * rows.h
 *		The rows of a mapped relation, each with a key that tells it apart.
 *
 * They are had by a query of the caller's, which rows_select begins; the rest
 * of it, and how it is run, is the affair of who asks.
 */
#ifndef FHIR_BRIDGE_ROWS_H
#define FHIR_BRIDGE_ROWS_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "mapping/run/run.h"
#include "nodes/pg_list.h"

extern void rows_add_columns(const MappingPlan *plan, const PlanNode *node, List **columns);
extern List *rows_keys(const MappingPlan *plan);
extern bool rows_append_columns(StringInfo sql, const MappingPlan *plan);
extern void rows_select(StringInfo sql, const MappingPlan *plan, List *keys);
extern MappingRun *rows_begin_run(MappingPlan *plan, JsonForm form, HeapTuple first,
								  TupleDesc desc, MemoryContext context);
extern HeapTuple rows_tuple(const MappingPlan *plan, HeapTuple row, TupleDesc desc, HeapTuple space);
extern char *rows_key(HeapTuple row, TupleDesc desc, int nkeys);

#endif							/* FHIR_BRIDGE_ROWS_H */
