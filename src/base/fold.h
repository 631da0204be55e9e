/*
 * fold.h
 *		Texts compared without case and accents, as FHIR compares strings.
 */
#ifndef FHIR_BRIDGE_FOLD_H
#define FHIR_BRIDGE_FOLD_H

#include "postgres.h"

extern char *fold_text(const char *text);

#endif							/* FHIR_BRIDGE_FOLD_H */
