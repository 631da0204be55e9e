/*
 * schedule.h
 *		The threads that work on calls.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_SCHEDULE_H
#define FHIR_BRIDGE_MODEL_SCHEDULE_H

#include "model/program/classify.h"

/* in schedule.c */
extern bool schedule_start(Model *model);
extern void schedule_join(void);
extern int	schedule_threads(const Model *model);

#endif							/* FHIR_BRIDGE_MODEL_SCHEDULE_H */
