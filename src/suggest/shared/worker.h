/*
 * worker.h
 *		The room's background workers.
 */
#ifndef FHIR_BRIDGE_SUGGEST_WORKER_H
#define FHIR_BRIDGE_SUGGEST_WORKER_H

#include "postgres.h"

#include "postmaster/bgworker.h"

#include "suggest/shared/shared.h"

/* in worker.c */
extern PGDLLEXPORT void suggest_describe_worker(BackgroundWorker *worker, const char *name,
												const char *function, Datum argument);
extern PGDLLEXPORT void suggest_engine_set(SuggestEngineState state);

#endif							/* FHIR_BRIDGE_SUGGEST_WORKER_H */
