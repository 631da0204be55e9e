/*
 * id_rights.h
 *		Who may run a mapping that makes ids.
 *
 * "read" says that its rows are read from the mapped relation by the query that
 * maps them, so that row-level security has let them pass.
 */
#ifndef FHIR_BRIDGE_ID_RIGHTS_H
#define FHIR_BRIDGE_ID_RIGHTS_H

#include "postgres.h"

#include "mapping/plan/plan.h"

extern bool mapping_may_make_ids(Oid function, const MappingPlan *plan, bool read);
extern void mapping_check_id_rights(Oid function, const MappingPlan *plan, bool read);

#endif							/* FHIR_BRIDGE_ID_RIGHTS_H */
