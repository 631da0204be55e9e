/*
 * work.h
 *		A thread's work.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_WORK_H
#define FHIR_BRIDGE_MODEL_WORK_H

#include "model/program/jobs.h"

/* in work.c */
extern void work_on(Worker *worker);

#endif							/* FHIR_BRIDGE_MODEL_WORK_H */
