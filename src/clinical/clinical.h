/*
 * clinical.h
 *		What the SQL faces of the clinical figures share.
 */
#ifndef FHIR_BRIDGE_CLINICAL_H
#define FHIR_BRIDGE_CLINICAL_H

#include "clinical/blood_pressure.h"

/* in calc.c */
extern void clinical_report(BpStatus status);

#endif							/* FHIR_BRIDGE_CLINICAL_H */
