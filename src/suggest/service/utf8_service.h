/*
 * utf8_service.h
 *		Texts on their way to the service and back; no error shows any of them.
 */
#ifndef FHIR_BRIDGE_SUGGEST_ENCODING_H
#define FHIR_BRIDGE_SUGGEST_ENCODING_H

#include "postgres.h"

/* in utf8_service.c */
extern char *suggest_to_utf8(const char *text, int length, const char *what);
extern char *suggest_from_utf8(const char *text, int length);
extern char *suggest_show_utf8(const char *text, int length);
extern void suggest_write_out_escapes(char *text);

#endif							/* FHIR_BRIDGE_SUGGEST_ENCODING_H */
