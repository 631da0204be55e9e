/*
 * settings.c
 *		The room's settings, fhir_bridge.aics_*.
 *
 * None can be set at server start alone: such a setting cannot be defined
 * without preloading.  What the engine or a drainer reads is of the file
 * (sighup); what belongs to a call is the session's and travels with the call.
 * What widens whom the server talks to is the superuser's.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "suggest/shared/settings.h"

bool		suggest_enabled = true;
int			suggest_timeout = 30000;
int			suggest_max_queue_wait = 10000;
int			suggest_attempts_sync = 2;
int			suggest_max_note_size = 256;
int			suggest_max_request_size = 1024;
int			suggest_max_response_size = 4096;
int			suggest_memory_limit = 64;
char	   *suggest_allowed_hosts = NULL;
bool		suggest_allow_http = false;
bool		suggest_allow_private = false;
char	   *suggest_proxy = NULL;
int			suggest_connect_timeout = 5000;
int			suggest_max_concurrency = 8;
double		suggest_rate_limit = 0;
int			suggest_engine_idle = 600;
int			suggest_token_lifetime = 2880;
int			suggest_attempts_async = 8;
int			suggest_queue_limit = 1000000;
int			suggest_result_ttl = 10080;
bool		suggest_keep_notes = false;
int			suggest_drainer_idle = 2;

/* One setting of whole numbers. */
typedef struct IntSetting
{
	const char *name;
	const char *description;
	int		   *variable;
	int			start;
	int			min;
	int			max;
	GucContext	context;
	int			unit;
} IntSetting;

static const IntSetting int_settings[] = {
	{"fhir_bridge.aics_timeout", "Longest time for one call of the suggestion service, with logins and retries.",
	 &suggest_timeout, 30000, 100, 3600000, PGC_USERSET, GUC_UNIT_MS},
	{"fhir_bridge.aics_connect_timeout", "Longest time for connecting to the suggestion service.",
	 &suggest_connect_timeout, 5000, 10, 600000, PGC_SIGHUP, GUC_UNIT_MS},
	{"fhir_bridge.aics_max_queue_wait", "Longest time that a call waits for one of the engine's slots.",
	 &suggest_max_queue_wait, 10000, 0, 3600000, PGC_USERSET, GUC_UNIT_MS},
	{"fhir_bridge.aics_max_attempts_sync", "How often a call that a session waits for is tried.",
	 &suggest_attempts_sync, 2, 1, 20, PGC_USERSET, 0},
	{"fhir_bridge.aics_max_attempts_async", "How often a queued note is tried.",
	 &suggest_attempts_async, 8, 1, 100, PGC_SIGHUP, 0},
	{"fhir_bridge.aics_max_concurrency", "Requests to one suggestion service at the same time.",
	 &suggest_max_concurrency, 8, 1, 64, PGC_SIGHUP, 0},
	{"fhir_bridge.aics_max_note_size", "Largest note.",
	 &suggest_max_note_size, 256, 1, 16384, PGC_SUSET, GUC_UNIT_KB},
	{"fhir_bridge.aics_max_request_size", "Largest request of several notes.",
	 &suggest_max_request_size, 1024, 1, 65536, PGC_SIGHUP, GUC_UNIT_KB},
	{"fhir_bridge.aics_max_response_size", "Largest answer that is read.",
	 &suggest_max_response_size, 4096, 1, 65536, PGC_SIGHUP, GUC_UNIT_KB},
	{"fhir_bridge.aics_shm_limit", "Most shared memory for requests and answers; read when the first call is made.",
	 &suggest_memory_limit, 64, 2, 4096, PGC_SIGHUP, GUC_UNIT_MB},
	{"fhir_bridge.aics_queue_limit", "Most notes that wait in one database.",
	 &suggest_queue_limit, 1000000, 1, INT_MAX, PGC_SUSET, 0},
	{"fhir_bridge.aics_result_ttl", "Time after which finished notes are removed from the queue; 0 keeps them.",
	 &suggest_result_ttl, 10080, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MIN},
	{"fhir_bridge.aics_engine_idle", "Time without a call after which the engine ends; 0 keeps it.",
	 &suggest_engine_idle, 600, 0, 86400, PGC_SIGHUP, GUC_UNIT_S},
	{"fhir_bridge.aics_drainer_idle", "Time without work after which a database's drainer ends.",
	 &suggest_drainer_idle, 2, 1, 3600, PGC_SIGHUP, GUC_UNIT_S},
	{"fhir_bridge.aics_token_lifetime", "How long a session of the service is good for; it is renewed a tenth earlier.",
	 &suggest_token_lifetime, 2880, 1, 525600, PGC_SIGHUP, GUC_UNIT_MIN},
};

typedef struct BoolSetting
{
	const char *name;
	const char *description;
	bool	   *variable;
	bool		start;
	GucContext	context;
} BoolSetting;

static const BoolSetting bool_settings[] = {
	{"fhir_bridge.aics_enabled", "Whether the suggestion service may be called at all.",
	 &suggest_enabled, true, PGC_SIGHUP},
	{"fhir_bridge.aics_keep_notes", "Whether notes stay in the queue after they were answered.",
	 &suggest_keep_notes, false, PGC_SUSET},
	{"fhir_bridge.aics_allow_http", "Whether a suggestion service may be called without TLS.",
	 &suggest_allow_http, false, PGC_SUSET},
	{"fhir_bridge.aics_allow_private_addresses",
	 "Whether a suggestion service may have a private, loopback or link-local address.",
	 &suggest_allow_private, false, PGC_SUSET},
};

typedef struct StringSetting
{
	const char *name;
	const char *description;
	char	  **variable;
	GucContext	context;
	int			flags;
} StringSetting;

static const StringSetting string_settings[] = {
	{"fhir_bridge.aics_allowed_hosts",
	 "Hosts that may be called, separated by commas; empty means those of servers that superusers own.",
	 &suggest_allowed_hosts, PGC_SUSET, GUC_LIST_INPUT},
	{"fhir_bridge.aics_proxy", "Proxy for calls of the suggestion service; empty for none.",
	 &suggest_proxy, PGC_SIGHUP, GUC_SUPERUSER_ONLY},
};

/* Called once by suggest_init. */
void
suggest_settings_init(void)
{
	for (int i = 0; i < lengthof(int_settings); i++)
	{
		const IntSetting *s = &int_settings[i];

		DefineCustomIntVariable(s->name, s->description, NULL, s->variable, s->start, s->min, s->max,
								s->context, s->unit, NULL, NULL, NULL);
	}
	for (int i = 0; i < lengthof(bool_settings); i++)
	{
		const BoolSetting *s = &bool_settings[i];

		DefineCustomBoolVariable(s->name, s->description, NULL, s->variable, s->start,
								 s->context, 0, NULL, NULL, NULL);
	}
	for (int i = 0; i < lengthof(string_settings); i++)
	{
		const StringSetting *s = &string_settings[i];

		DefineCustomStringVariable(s->name, s->description, NULL, s->variable, "",
								   s->context, s->flags, NULL, NULL, NULL);
	}
	DefineCustomRealVariable("fhir_bridge.aics_rate_limit",
							 "Requests a second to one suggestion service; 0 for no limit.",
							 NULL, &suggest_rate_limit, 0, 0, 1000000, PGC_SIGHUP, 0, NULL, NULL, NULL);
}
