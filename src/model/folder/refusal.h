/*
 * refusal.h
 *		Why there is no model, or no answer.  plain C: no server headers.
 *
 * Every function that can fail so takes a place of FAULT_SIZE bytes for the words.
 * They name a file, an option or a fault; never a note, nor anything of it.
 */
#ifndef FHIR_BRIDGE_MODEL_REFUSAL_H
#define FHIR_BRIDGE_MODEL_REFUSAL_H

#include <stdbool.h>

#define FAULT_SIZE 512			/* bytes */

/* in refusal.c */
extern bool refuse(char *fault, const char *format,...) __attribute__((format(printf, 2, 3)));

#endif							/* FHIR_BRIDGE_MODEL_REFUSAL_H */
