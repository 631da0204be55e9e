/*
 * wake.h
 *		Asking for a drainer in a database.
 */
#ifndef FHIR_BRIDGE_SUGGEST_WAKE_H
#define FHIR_BRIDGE_SUGGEST_WAKE_H

#include "postgres.h"

/* in wake.c */
extern PGDLLEXPORT bool suggest_drainer_ensure(Oid database);
extern bool suggest_drainer_enter(Oid database);
extern uint32 suggest_drainer_wakes(Oid database);
extern bool suggest_drainer_leave(Oid database, int64 wake_at, const uint32 *seen);

#endif							/* FHIR_BRIDGE_SUGGEST_WAKE_H */
