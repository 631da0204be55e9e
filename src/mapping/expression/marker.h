/*
 * marker.h
 *		The private type fhir_bridge_program: arguments that only mappings give.
 *
 * No SQL can make a value of the type: its input function refuses, and nothing
 * returns one.  By an argument of it a private function knows that a mapping
 * calls it.  There are two kinds, told apart by the first byte; then comes the
 * full name of the mapping, with its zero byte:
 *
 *		'M'		a marker: the path of the call in the template, or an empty string
 *		'P'		a program: the OID of a policy's relation, the template, and more
 *				(program.c)
 *
 * The last bytes are a seal, a message authentication code of what is before
 * them by the database's secret: older servers have let SQL make values of any
 * type.  When the secret is replaced, what was made before is void.
 */
#ifndef FHIR_BRIDGE_MARKER_H
#define FHIR_BRIDGE_MARKER_H

#include "postgres.h"

#include "lib/stringinfo.h"

#define MARKER_KIND		'M'
#define PROGRAM_KIND	'P'

extern void marker_send_string(StringInfo buf, const char *s);
extern void marker_read_begin(StringInfo buf, const bytea *value);
extern Datum marker_finish(Oid function, StringInfo buf);
extern void marker_reseal(Oid function, bytea *value);
extern void marker_check(Oid function, Datum value, char kind);
extern Datum marker_make(Oid function, const char *name, const char *path);
extern const char *marker_read(Datum marker, const char **path);

#endif							/* FHIR_BRIDGE_MARKER_H */
