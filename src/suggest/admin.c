/*
 * admin.c
 *		Looking at the engine, trying a service out, starting the engine anew.
 */
#include "postgres.h"

#include <signal.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/base.h"
#include "suggest/shared/worker.h"
#include "suggest/service/suggestion.h"
#include "suggest/service/client.h"
#include "suggest/service/many.h"
#include "suggest/service/utf8_service.h"
#include "suggest/shared/settings.h"

PG_FUNCTION_INFO_V1(fhir_bridge_aics_test);
PG_FUNCTION_INFO_V1(fhir_bridge_morphology_test);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_stats);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_restart);
PG_FUNCTION_INFO_V1(fhir_bridge_aics_flush_tokens);

/* A trial while it goes on: what the steps leave for each other. */
typedef struct Trial
{
	SuggestKind kind;
	char	   *name;
	SuggestService *service;
	char	   *finding;		/* what a step that works has to say; NULL for nothing */
} Trial;

/* The server is there, and the caller may use it. */
static void
try_server(void *arg)
{
	Trial	   *trial = arg;

	(void) suggest_server(trial->name, trial->kind, GetUserId());
}

/* The caller's credentials are there, and the host may be called. */
static void
try_credentials(void *arg)
{
	Trial	   *trial = arg;

	trial->service = suggest_service(suggest_server(trial->name, trial->kind, GetUserId()), GetUserId());
}

/* The engine runs, or can be started. */
static void
try_engine(void *arg)
{
	suggest_check_enabled();
	suggest_engine_ensure();
}

/* The service can be reached and lets the caller in. */
static void
try_login(void *arg)
{
	Trial	   *trial = arg;
	SuggestAnswer answer;

	suggest_call(suggest_request(trial->service, NULL, NULL), &answer);
}

/* It answers a note. */
static void
try_one_note(const SuggestService *service, const char *note)
{
	char	   *copy = pstrdup(note);
	SuggestAnswer answer;

	suggest_call(suggest_request(service, suggest_notes_path(service), suggest_notes_body(service, &copy, 1)), &answer);
	(void) suggest_read_diagnosis(&answer);
}

/* It answers a note that is nobody's. */
static void
try_diagnosis(void *arg)
{
	try_one_note(((Trial *) arg)->service, "left chronic otitis media status post");
}

/* It answers a search. */
static void
try_search(void *arg)
{
	Trial	   *trial = arg;
	SuggestAnswer answer;

	suggest_call(suggest_request(trial->service, trial->service->search_path,
								 suggest_search_body(trial->service, "hypertension")),
				 &answer);
	(void) suggest_read_search(&answer);
}

/* A program runs the model, or can be started and use it. */
static void
try_model(void *arg)
{
	Trial	   *trial = arg;
	SuggestAnswer answer;

	suggest_call(suggest_model_request(trial->service, SUGGEST_ASK_FACTS, ""), &answer);
	trial->finding = suggest_show_utf8(answer.text, answer.length);
	for (char *c = trial->finding; *c != '\0'; c++)
	{
		if (*c == '\n')
			*c = c[1] != '\0' ? ' ' : '\0';
	}
}

/* It answers a note that is nobody's. */
static void
try_note(void *arg)
{
	try_one_note(((Trial *) arg)->service, "invasive ductal carcinoma of the breast");
}

typedef struct TrialStep
{
	const char *name;
	BaseWork	step;
	bool		is_needed;		/* the later steps make no sense without it */
} TrialStep;

static const TrialStep service_steps[] = {
	{"server", try_server, true},
	{"credentials", try_credentials, true},
	{"engine", try_engine, true},
	{"login", try_login, true},
	{"diagnosis", try_diagnosis, false},
	{"search", try_search, false},
};

static const TrialStep model_steps[] = {
	{"server", try_server, true},
	{"options", try_credentials, true},
	{"engine", try_engine, true},
	{"model", try_model, true},
	{"note", try_note, false},
};

/*
 * Tries steps one after another, and writes what came of each: step, ok, ms,
 * sqlstate, message.
 */
static Datum
run_trial(FunctionCallInfo fcinfo, SuggestKind kind, const TrialStep *steps, int nsteps)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Trial		trial = {.kind = kind, .name = text_to_cstring(PG_GETARG_TEXT_PP(0))};

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < nsteps; i++)
	{
		int64		begin = suggest_clock();
		ErrorData  *error = base_try(steps[i].step, &trial);
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = CStringGetTextDatum(steps[i].name);
		values[1] = BoolGetDatum(error == NULL);
		values[2] = Float8GetDatum((double) (suggest_clock() - begin));
		nulls[3] = nulls[4] = (error == NULL);
		if (error)
		{
			values[3] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
			values[4] = CStringGetTextDatum(psprintf("%s%s%s%s%s", error->message,
													 error->detail ? ": " : "", error->detail ? error->detail : "",
													 error->hint ? " " : "", error->hint ? error->hint : ""));
		}
		else if (trial.finding)
		{
			values[4] = CStringGetTextDatum(trial.finding);
			nulls[4] = false;
			trial.finding = NULL;
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		if (error && steps[i].is_needed)
			break;
	}
	if (trial.service)
		suggest_service_wipe(trial.service);
	return (Datum) 0;
}

/*
 * aics_test(server text)
 *		RETURNS TABLE (step text, ok boolean, ms float8, sqlstate text, message text)
 */
Datum
fhir_bridge_aics_test(PG_FUNCTION_ARGS)
{
	return run_trial(fcinfo, SUGGEST_SERVICE, service_steps, lengthof(service_steps));
}

/* morphology_test(server text): the same for a local model */
Datum
fhir_bridge_morphology_test(PG_FUNCTION_ARGS)
{
	return run_trial(fcinfo, SUGGEST_MODEL, model_steps, lengthof(model_steps));
}

/* Adds a line of figures; the second form is for texts. */
static void
put_stat(ReturnSetInfo *rsinfo, const char *name, const char *value)
{
	Datum		values[2] = {CStringGetTextDatum(name), value ? CStringGetTextDatum(value) : (Datum) 0};
	bool		nulls[2] = {false, value == NULL};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

static void
put_number(ReturnSetInfo *rsinfo, const char *name, uint64 value)
{
	put_stat(rsinfo, name, psprintf(UINT64_FORMAT, value));
}

/* Slots by state. */
static void
put_slots(ReturnSetInfo *rsinfo, SuggestControl *ctl)
{
	static const char *const names[] = {"slots_free", "slots_filling", "slots_ready", "slots_running", "slots_done", "slots_abandoned"};
	int			counts[lengthof(names)] = {0};

	for (int i = 0; i < SUGGEST_SLOTS; i++)
		counts[pg_atomic_read_u32(&ctl->slots[i].state)]++;
	for (int i = 0; i < lengthof(names); i++)
		put_number(rsinfo, names[i], counts[i]);
}

/* What is counted. */
static void
put_counters(ReturnSetInfo *rsinfo, SuggestControl *ctl)
{
	static const char *const names[SUGGEST_COUNTERS] = {
		"calls",
		"failed",
		"abandoned",
		"requests",
		"retries",
		"logins",
		"connections",
		"breaks",
		"engine_starts",
		"model_calls",
		"model_programs_started",
		"model_programs_lost",
		"model_reloads",
		"cache_hits",
		"cache_misses",
	};
	int			entries;
	size_t		bytes;

	LWLockAcquire(&ctl->cache_lock, LW_SHARED);
	entries = ctl->cache_entries;
	bytes = ctl->cache_bytes;
	LWLockRelease(&ctl->cache_lock);
	for (int i = 0; i < SUGGEST_COUNTERS; i++)
		put_number(rsinfo, names[i], pg_atomic_read_u64(&ctl->counters[i]));
	put_number(rsinfo, "sessions", pg_atomic_read_u32(&ctl->tokens));
	put_number(rsinfo, "services_resting", pg_atomic_read_u32(&ctl->resting));
	put_number(rsinfo, "model_programs", pg_atomic_read_u32(&ctl->programs));
	put_number(rsinfo, "model_slots", pg_atomic_read_u32(&ctl->model_slots));
	put_number(rsinfo, "cache_entries", entries);
	put_number(rsinfo, "cache_bytes", bytes);
	for (int i = 0; i < SUGGEST_BUCKETS; i++)
		put_number(rsinfo, i < SUGGEST_BUCKETS - 1 ? psprintf("calls_below_%d_ms", 1 << i) : "calls_longer",
				   pg_atomic_read_u64(&ctl->latency[i]));
}

/* What a database's drainer does, or how many seconds it is away. */
static const char *
drainer_state(const SuggestDatabase *database)
{
	int64		away = Max(database->wake_at - suggest_clock(), 0) / 1000;

	if (database->drainer != SUGGEST_NOBODY)
		return "running";
	if (database->starting_at != 0)
		return "starting";
	return psprintf(database->failures > 0 ? "put off for %d s after a failed start" : "due in %d s", (int) away);
}

/*
 * fhir_bridge_aics_stats() RETURNS TABLE (name text, value text)
 *		The engine's figures, for the view aics_stats.
 */
Datum
fhir_bridge_aics_stats(PG_FUNCTION_ARGS)
{
	static const char *const states[] = {"none", "starting", "running"};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SuggestControl *ctl = suggest_control();
	SuggestControl copy;

	InitMaterializedSRF(fcinfo, 0);
	LWLockAcquire(&ctl->lock, LW_SHARED);
	copy.engine_state = ctl->engine_state;
	copy.engine_pid = ctl->engine_pid;
	copy.engine_since = ctl->engine_since;
	memcpy(copy.databases, ctl->databases, sizeof(copy.databases));
	LWLockRelease(&ctl->lock);

	put_stat(rsinfo, "engine_state", states[copy.engine_state]);
	put_stat(rsinfo, "engine_pid", copy.engine_pid ? psprintf("%d", (int) copy.engine_pid) : NULL);
	put_stat(rsinfo, "engine_since", copy.engine_since ? pstrdup(timestamptz_to_str(copy.engine_since)) : NULL);
	put_slots(rsinfo, ctl);
	put_counters(rsinfo, ctl);
	for (int i = 0; i < SUGGEST_DATABASES; i++)
	{
		const SuggestDatabase *d = &copy.databases[i];

		if (OidIsValid(d->oid))
			put_stat(rsinfo, psprintf("drainer_of_database_%u", d->oid), drainer_state(d));
	}
	return (Datum) 0;
}

/* aics_restart() RETURNS boolean: asks the engine to end; the next call starts another */
Datum
fhir_bridge_aics_restart(PG_FUNCTION_ARGS)
{
	SuggestControl *ctl = suggest_control();
	bool		asked = false;

	LWLockAcquire(&ctl->lock, LW_SHARED);
	if (ctl->engine_pid != 0)
		asked = kill(ctl->engine_pid, SIGTERM) == 0;
	LWLockRelease(&ctl->lock);
	PG_RETURN_BOOL(asked);
}

/* aics_flush_tokens() RETURNS void: the engine forgets its sessions */
Datum
fhir_bridge_aics_flush_tokens(PG_FUNCTION_ARGS)
{
	SuggestControl *ctl = suggest_control();

	pg_atomic_write_u32(&ctl->flush, 1);
	suggest_wake((int) pg_atomic_read_u32(&ctl->engine) - 1);
	PG_RETURN_VOID();
}
