/*
 * settings.h
 *		The room's settings, fhir_bridge.aics_*; settings.c describes each.
 */
#ifndef FHIR_BRIDGE_SUGGEST_SETTINGS_H
#define FHIR_BRIDGE_SUGGEST_SETTINGS_H

#include "postgres.h"

extern bool suggest_enabled;
extern PGDLLEXPORT int suggest_timeout; /* ms */
extern int	suggest_max_queue_wait; /* ms */
extern PGDLLEXPORT int suggest_attempts_sync;
extern int	suggest_max_note_size;	/* kB */
extern int	suggest_max_request_size;	/* kB */
extern int	suggest_max_response_size;	/* kB */
extern int	suggest_memory_limit;	/* MB */
extern char *suggest_allowed_hosts;
extern bool suggest_allow_http;
extern bool suggest_allow_private;
extern char *suggest_proxy;

/* read by the engine */
extern PGDLLEXPORT int suggest_connect_timeout; /* ms */
extern PGDLLEXPORT int suggest_max_concurrency;
extern PGDLLEXPORT double suggest_rate_limit;	/* requests a second; 0 for none */
extern PGDLLEXPORT int suggest_engine_idle; /* s */
extern PGDLLEXPORT int suggest_token_lifetime;	/* min */

/* of the queue */
extern int	suggest_attempts_async;
extern int	suggest_queue_limit;	/* rows */
extern int	suggest_result_ttl; /* min */
extern bool suggest_keep_notes;
extern int	suggest_drainer_idle;	/* s */

extern void suggest_settings_init(void);

#endif							/* FHIR_BRIDGE_SUGGEST_SETTINGS_H */
