/*
 * id_rights.h
 *		Who may run a mapping that makes ids.
 */
#ifndef FHIR_BRIDGE_ID_RIGHTS_H
#define FHIR_BRIDGE_ID_RIGHTS_H

#include "postgres.h"

#include "mapping/plan/plan.h"

extern Oid	mapping_relation_owner(Oid relation);
extern bool mapping_may_make_ids(Oid function, const MappingPlan *plan);
extern void mapping_check_id_rights(Oid function, const MappingPlan *plan);

#endif							/* FHIR_BRIDGE_ID_RIGHTS_H */
