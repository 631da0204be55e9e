/*
 * suggest.h
 *		The room's face to the module: ICD-10 suggestions from a service.
 */
#ifndef FHIR_BRIDGE_SUGGEST_H
#define FHIR_BRIDGE_SUGGEST_H

extern void suggest_init(void);

#endif							/* FHIR_BRIDGE_SUGGEST_H */
