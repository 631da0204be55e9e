/*
 * run.h
 *		A plan at work: what one call site needs to map rows.
 *
 * A run belongs to one call site for one query (fn_extra): expression states
 * carry the privilege checks of the role that made them and are not
 * re-entrant, so they are never kept longer.  It pins its plan.
 */
#ifndef FHIR_BRIDGE_RUN_H
#define FHIR_BRIDGE_RUN_H

#include "postgres.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "json/json.h"
#include "mapping/plan.h"

typedef struct MappingRun
{
	MappingPlan *plan;			/* pinned */
	JsonForm	form;
	MemoryContext context;		/* of the run; what a row needs is in
								 * econtext's per-tuple memory */

	/* the rows' type */
	Oid			type;
	int32		typmod;
	bool		own;			/* they are of the mapped relation's type */
	uint64		generation;		/* mapping_generation when it was looked up */
	TupleTableSlot *slot;
	AttrNumber *columns;		/* attribute in the row, by the relation's */
	AttrNumber	last;			/* last attribute that is needed */

	HeapTupleHeader row;		/* the present one; NULL: arguments */

	/* expressions */
	ExprContext *econtext;
	ExprState **states;			/* NULL: it is in selects, or only shown */
	struct Subselect **selects; /* those with sub-selects */
	ParamListInfo params;		/* elements of $each */

	/* one row */
	PlanFrame	frame;
	const PlanSite *site;		/* what is being evaluated, for messages */

	JsonBuffer	text;			/* JSON_TEXT */
	JsonBuffer	scratch;		/* characters before they are escaped */
	JsonWriter	writer;			/* JSON_BINARY */
} MappingRun;

/* in run.c */
extern MappingRun *run_begin(MappingPlan *plan, JsonForm form, TupleDesc desc,
							 MemoryContext context);
extern MappingRun *run_begin_arguments(MappingPlan *plan, JsonForm form, MemoryContext context);
extern bool run_row(MappingRun *run, HeapTupleHeader row, Datum *result);
extern bool run_arguments(MappingRun *run, Datum *result);

/* in decide.c */
extern bool run_decide(MappingRun *run);
extern void run_make_frame(PlanFrame *frame, const PlanScope *scope);
extern int	run_array_elements(Datum value, const Encoder *element, Datum **members);
extern int	run_jsonb_elements(Jsonb *json, const char *mapping, const char *path, Datum **members);

/* in write_text.c */
extern void run_write_text(MappingRun *run);

/* in write_binary.c */
extern void run_write_binary(MappingRun *run);

#endif							/* FHIR_BRIDGE_RUN_H */
