/*
 * gather.h
 *		The keys and values of a small table, read once in a query.
 */
#ifndef FHIR_BRIDGE_GATHER_H
#define FHIR_BRIDGE_GATHER_H

#include "postgres.h"

extern bool gather_takes_key(Oid type);
extern bool gather_takes_value(Oid type);

#endif							/* FHIR_BRIDGE_GATHER_H */
