/*
 * inline.h
 *		Calls of fhir_from_row taken into the query that they stand in.
 */
#ifndef FHIR_BRIDGE_INLINE_H
#define FHIR_BRIDGE_INLINE_H

#include "postgres.h"

#include "mapping/catalog/mapping.h"
#include "mapping/plan/program.h"
#include "nodes/pathnodes.h"

/* in inline.c */
extern void inline_init(void);

/* in inline_row.c */
extern bool inline_root_is_plannable(const PlannerInfo *root);
extern bool inline_query_is_sent(PlannerInfo *root);
extern bool inline_row_is_plain(PlannerInfo *root, const Var *row);
extern bool inline_has_planned_select(const PlannerInfo *root);
extern bool inline_row_is_read(PlannerInfo *root, Node *row, const MappingPlan *plan, const AttrNumber *attributes);

/* in inline_fields.c */
extern bool inline_fields_are_plain(PlannerInfo *root, RowExpr *row, const AttrNumber *attributes, Node *call);

/* in inline_call.c */
extern bool inline_role_may_run(PlannerInfo *root, Node *call);
extern bool inline_note_hazard(PlannerInfo *root, Node *call);
extern void inline_note_waiting(PlannerInfo *root, Node *call);
extern bool inline_note_policy(Node *call);
extern void inline_note_rows(Node *call);

/* in inline_gather.c */
extern Node *inline_gather(Oid function, Node *call);

#endif							/* FHIR_BRIDGE_INLINE_H */
