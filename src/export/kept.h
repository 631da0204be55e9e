/*
 * kept.h
 *		Statements of searches and exports: analysed once a session, planned with
 *		their values.
 */
#ifndef FHIR_BRIDGE_KEPT_H
#define FHIR_BRIDGE_KEPT_H

#include "postgres.h"

#include "export/export.h"

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

/* in kept.c */
extern void statement_take(const ExportSql *sql, bool once, KeptStatement *statement);
extern Node *statement_fixed(Node *node);
extern void statement_begin(ExportRun *run, KeptStatement *statement, List *values, DestReceiver *receiver);
extern void statement_run_values(KeptStatement *statement, List *values, DestReceiver *receiver);
extern void statement_run(const ExportSql *sql, bool once, DestReceiver *receiver);

/* in kept_index.c */
extern bool statement_run_index(PlannedStmt *plan, TupleDesc desc, ParamListInfo params, DestReceiver *receiver);

#endif							/* FHIR_BRIDGE_KEPT_H */
