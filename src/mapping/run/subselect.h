/*
 * subselect.h
 *		Expressions with sub-selects, evaluated for one row by a query.
 */
#ifndef FHIR_BRIDGE_SUBSELECT_H
#define FHIR_BRIDGE_SUBSELECT_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/nodes.h"

struct MappingRun;
typedef struct Subselect Subselect;

extern void subselect_init(void);
extern Subselect *subselect_begin(struct MappingRun *run, Node *expr);
extern Datum subselect_evaluate(Subselect *select, struct MappingRun *run, bool *isnull);

#endif							/* FHIR_BRIDGE_SUBSELECT_H */
