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
extern void suggest_engine_ensure(void);
extern void suggest_worker_init(void);

#endif							/* FHIR_BRIDGE_SUGGEST_WORKER_H */
