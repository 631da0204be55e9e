/*
 * export_routes.c
 *		The HTTP side of exports: kick-off, status, files, removal.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gateway/access/access.h"
#include "gateway/access/scope.h"
#include "gateway/base/background.h"
#include "gateway/export/job.h"
#include "gateway/routes/conditional.h"
#include "gateway/base/gateway_metrics.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/handlers.h"

#define PART_BYTES		65536
#define MOST_FILTERS	64

/* Are exports switched on, and does the client wait for them as it must?  Answers when not. */
static bool
may_begin(HttpRequest *request)
{
	if (settings.export_dir[0] == '\0')
		reply_error(request, 501, NULL, "EXPORT_DIR is not set");
	else if (request->user == NULL)
		reply_error(request, 401, NULL, "Not authenticated");
	else if (fhir_preference(request, "respond-async") == NULL)
		reply_error(request, 400, NULL, "an export needs the header Prefer: respond-async");
	else
		return true;
	return false;
}

/* Is a word in a list separated by commas? */
static bool
lists(const char *list, const char *word)
{
	size_t		size = strlen(word);

	for (const char *at = list; at != NULL; at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, word, size) == 0 && (at[size] == '\0' || at[size] == ','))
			return true;
	return false;
}

/* Are all words of a list separated by commas types that the role can read? */
static bool
are_types(const char *list, PGresult *rows)
{
	while (*list != '\0')
	{
		size_t		size = strcspn(list, ",");
		bool		found = false;

		for (int i = 0; i < PQntuples(rows) && !found; i++)
			found = strlen(PQgetvalue(rows, i, 0)) == size && strncmp(PQgetvalue(rows, i, 0), list, size) == 0;
		if (!found)
			return false;
		list += size + (list[size] == ',');
	}
	return true;
}

/* The filters of all _typeFilter; each may hold several separated by commas.  NULL when they are too many. */
static const char **
read_filters(Job *job, const char *query, bool *bad)
{
	const char **filters = arena_zero(&job->arena, sizeof(char *) * (MOST_FILTERS + 1));
	int			n = 0;
	const char *value;

	for (int i = 0; (value = url_field_at(&job->arena, query, "_typeFilter", i, bad)) != NULL; i++)
		while (*value != '\0')
		{
			/* a comma before another "Type?" separates; others are the search's */
			const char *end = value;

			do
				end += strcspn(end + 1, ",") + 1;
			while (*end == ',' && strspn(end + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != strcspn(end + 1, "?,"));
			if (n == MOST_FILTERS)
				return NULL;
			filters[n++] = arena_copy(&job->arena, value, end - value);
			value = end + (*end == ',');
		}
	return filters;
}

/* Is it a format that means NDJSON? */
static bool
is_ndjson(const char *format)
{
	return strcasecmp(format, "application/fhir+ndjson") == 0 || strcasecmp(format, "application/fhir ndjson") == 0 ||
		strcasecmp(format, "application/ndjson") == 0 || strcasecmp(format, "ndjson") == 0;
}

/* All values of a parameter that is a list and may be said several times, as one; NULL when there is none. */
static const char *
read_list(Job *job, const char *query, const char *name, bool *bad)
{
	const char *list = NULL;
	const char *value;

	for (int i = 0; (value = url_field_at(&job->arena, query, name, i, bad)) != NULL; i++)
		list = list == NULL ? value : arena_printf(&job->arena, "%s,%s", list, value);
	return list;
}

/* Reads _since: an instant, said once, whose plus may not be escaped.  Returns what is wrong, or NULL. */
static const char *
read_since(Job *job, const char *query, bool *bad)
{
	int64_t		seconds;
	char	   *blank;

	job->since = url_field(&job->arena, query, "_since", bad);
	if (job->since == NULL)
		return NULL;
	if ((blank = strchr(job->since, ' ')) != NULL)
		*blank = '+';
	if (url_field_at(&job->arena, query, "_since", 1, bad) != NULL || !conditional_instant(job->since, &seconds))
		return "_since must be an instant, such as 2024-01-31T00:00:00Z";
	return NULL;
}

/* Are all parameters ones that exports have? */
static const char *
check_names(HttpRequest *request, bool *bad)
{
	static const char *const known[] = {"_outputFormat", "_type", "_since", "_typeFilter", "_elements", "_format", "_pretty"};
	const char *name;

	for (int i = 0; (name = url_field_name(&request->arena, request->path.query, i, bad)) != NULL; i++)
	{
		bool		found = name[0] == '\0';

		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			found |= strcmp(name, known[k]) == 0;
		if (!found)
			return "exports have _outputFormat, _type, _since, _typeFilter and _elements alone";
	}
	return NULL;
}

/* Reads the parameters into a job; returns what is wrong, or NULL. */
static const char *
read_parameters(HttpRequest *request, Job *job, PGresult *rows, const char **types)
{
	const char *query = request->path.query;
	bool		bad = false;
	const char *format = url_field(&job->arena, query, "_outputFormat", &bad);
	const char *wrong = check_names(request, &bad);
	const char *wrong_since = read_since(job, query, &bad);
	const char *elements = read_list(job, query, "_elements", &bad);

	*types = read_list(job, query, "_type", &bad);
	job->filters = read_filters(job, query, &bad);
	if (bad)
		return "a parameter cannot be decoded";
	if (wrong != NULL)
		return wrong;
	if (job->filters == NULL)
		return "there may be 64 _typeFilter";
	if (format != NULL && !is_ndjson(format))
		return "_outputFormat must be application/fhir+ndjson";
	if (wrong_since != NULL)
		return wrong_since;
	if (*types != NULL && (**types == '\0' || !are_types(*types, rows)))
		return "_type names a type that is not here, or that the caller cannot read";
	if (elements != NULL && elements[strspn(elements, ",")] == '\0')
		return "_elements names no element";
	if (elements != NULL)
		job->elements = url_encode(&job->arena, elements);
	for (const char **filter = job->filters; *filter != NULL; filter++)
	{
		const char *search = strchr(*filter, '?');

		if (strpbrk(*filter, "\r\n") != NULL)
			return "_typeFilter has a line end";
		if (search == NULL || !are_types(arena_copy(&job->arena, *filter, search - *filter), rows))
			return "_typeFilter must be <type>?<search>, of a type that is here";
		if (!scope_covers(request->scope, "*", "rs") && scope_looks_further(&job->arena, search + 1))
			return "_typeFilter looks at other types than the token's scope covers";
	}
	return NULL;
}

/* Fills in what is to be exported. */
static void
add_sources(HttpRequest *request, Job *job, PGresult *rows, const char *types)
{
	job->sources = arena_zero(&job->arena, sizeof(JobSource) * (PQntuples(rows) + 1));
	for (int i = 0; i < PQntuples(rows); i++)
	{
		const char *type = PQgetvalue(rows, i, 0);

		if ((types == NULL || lists(types, type)) && scope_covers(request->scope, type, "rs"))
			job->sources[job->nsources++] = (JobSource){arena_copy(&job->arena, type, strlen(type)),
														arena_copy(&job->arena, PQgetvalue(rows, i, 1), PQgetlength(rows, i, 1)),
														PQgetisnull(rows, i, 2) ? NULL : arena_copy(&job->arena, PQgetvalue(rows, i, 2), PQgetlength(rows, i, 2))};
	}
}

/* Gives the job to a thread and tells the client where to ask. */
static void
begin(HttpRequest *request, Job *job)
{
	char	   *place = arena_printf(&request->arena, "%s/export/", settings.base_url);

	if (!job_create(job))
	{
		job_free(job);
		reply_error(request, 500, NULL, "EXPORT_DIR cannot be written to");
		return;
	}
	place = arena_printf(&request->arena, "%s%s", place, job->id);
	if (!background_do(BACKGROUND_EXPORT, job_run, job))
	{
		job_remove(job->id);
		job_free(job);
		reply_error(request, 429, NULL, "Too many exports wait or run");
		return;
	}
	metrics_count(METRIC_EXPORTS_STARTED);
	reply_header(request, "Content-Location", place);
	reply_empty(request, 202);
}

/* What there is, by the caller's rights, is known: the job can be made. */
static void
plan_known(HttpRequest *request, PGresult *rows)
{
	Job		   *job = job_make();
	const char *kind = request->path.segments[1];
	const char *types;
	const char *wrong = read_parameters(request, job, rows, &types);

	if (wrong == NULL)
		add_sources(request, job, rows, types);
	if (PQntuples(rows) == 0)
		reply_error(request, 403, NULL, "The caller's role may not export, or there is nothing that it can read");
	else if (wrong != NULL)
		reply_error(request, 400, NULL, wrong);
	else if (job->nsources == 0)
		reply_error(request, 403, NULL, "The token's scope covers none of these types");
	else
	{
		job->user = arena_copy(&job->arena, request->user, strlen(request->user));
		job->role = arena_copy(&job->arena, request->role, strlen(request->role));
		job->request = arena_printf(&job->arena, "%s%s", settings.root_url, request->head.target);
		job->patients = strcmp(kind, "$export") != 0;
		if (request->params[0] != NULL)
			job->group = arena_copy(&job->arena, request->params[0], strlen(request->params[0]));
		PQclear(rows);
		begin(request, job);
		return;
	}
	PQclear(rows);
	job_free(job);
}

/* Asks what there is. */
static void
ask_plan(HttpRequest *request)
{
	Call	   *call = request_call(request, SQL_EXPORT_PLAN, plan_known);

	call->values[0] = settings.export_role;
	request_begin(request, POOL_READ, call);
}

void
export_system(HttpRequest *request)
{
	if (may_begin(request))
		ask_plan(request);
}

/* The group must be there for the caller. */
static void
group_known(HttpRequest *request, PGresult *rows)
{
	bool		found = PQntuples(rows) > 0;

	PQclear(rows);
	if (found)
		ask_plan(request);
	else
		reply_error(request, 404, NULL, "There is no such group");
}

void
export_group(HttpRequest *request)
{
	Call	   *call;

	if (!may_begin(request) || !access_type(request, "Group", "r"))
		return;
	call = request_call(request, SQL_READ, group_known);
	call->values[0] = "Group";
	call->values[1] = request->params[0];
	request_begin(request, POOL_READ, call);
}

/* The job's state for the caller; answers when there is none. */
static JobState
state_of(HttpRequest *request, char **text)
{
	JobState	state = settings.export_dir[0] != '\0' && request->user != NULL ?
		job_state(&request->arena, request->params[0], request->user, request->role, text) : JOB_UNKNOWN;

	if (state == JOB_UNKNOWN)
		reply_error(request, 404, NULL, "There is no such export");
	return state;
}

/*
 * An export lies in files, and the database decides who may still come in: it
 * is asked before each answer, as it is for what it answers itself.
 */
static void
if_admitted(HttpRequest *request, RequestDone done)
{
	request_begin(request, POOL_READ, request_call(request, SQL_PING, done));
}

/* Tells how an export stands: its progress, manifest or failure. */
static void
tell_status(HttpRequest *request, PGresult *rows)
{
	char	   *text;

	PQclear(rows);
	switch (state_of(request, &text))
	{
		case JOB_UNKNOWN:
			break;
		case JOB_ABANDONED:
			job_adopt(request->params[0]);
			/* FALLTHROUGH */
		case JOB_RUNNING:
			reply_header(request, "Retry-After", "1");
			reply_header(request, "X-Progress", text != NULL ? text : "waiting");
			reply_empty(request, 202);
			break;
		case JOB_DONE:
			reply_bytes(request, 200, HTTP_JSON, text, strlen(text));
			break;
		case JOB_FAILED:
			reply_bytes(request, 500, HTTP_FHIR_JSON, text, strlen(text));
			break;
	}
}

void
export_status(HttpRequest *request)
{
	if_admitted(request, tell_status);
}

/* Removes an export with its files. */
static void
remove_job(HttpRequest *request, PGresult *rows)
{
	char	   *text;

	PQclear(rows);
	if (state_of(request, &text) == JOB_UNKNOWN)
		return;
	job_remove(request->params[0]);
	reply_empty(request, 202);
}

void
export_delete(HttpRequest *request)
{
	if_admitted(request, remove_job);
}

/* A file on its way to a client. */
typedef struct Sending
{
	int			file;
} Sending;

static void
on_gone(HttpRequest *request)
{
	close(((Sending *) request->state)->file);
}

/* Reads the file's next part; returns its size, 0 at the end, or -1. */
static ssize_t
read_part(int file, struct evbuffer *part)
{
	struct evbuffer_iovec room;
	ssize_t		size;

	evbuffer_reserve_space(part, PART_BYTES, &room, 1);
	size = read(file, room.iov_base, PART_BYTES);
	room.iov_len = size > 0 ? size : 0;
	evbuffer_commit_space(part, &room, 1);
	return size;
}

/* Sends parts until the client is slow, or the file at its end. */
static void
on_drained(HttpRequest *request)
{
	Sending    *sending = request->state;
	struct evbuffer *part;
	ssize_t		size;

	do
	{
		part = evbuffer_new();
		size = read_part(sending->file, part);
	} while (size > 0 && reply_part(request, part, false));
	if (size > 0)
		return;
	evbuffer_free(part);
	request->on_gone = NULL;
	request->on_drained = NULL;
	close(sending->file);
	if (size == 0)
		reply_end(request, NULL);
	else
		reply_abort(request);
}

/* Begins to send a file of an export. */
static void
send_file(HttpRequest *request, PGresult *rows)
{
	char	   *text;
	JobState	state = state_of(request, &text);
	Sending    *sending;
	int			file;

	PQclear(rows);
	if (state == JOB_UNKNOWN)
		return;
	file = state == JOB_DONE ? job_open(request->params[0], request->params[1]) : -1;
	if (file < 0)
	{
		reply_error(request, 404, NULL, "There is no such file");
		return;
	}
	if (request->head.method == METHOD_HEAD)
	{
		close(file);			/* nothing of it is sent, however long it is */
		reply_start(request, 200, "application/fhir+ndjson");
		reply_end(request, NULL);
		return;
	}
	sending = arena_zero(&request->arena, sizeof(Sending));
	sending->file = file;
	request->state = sending;
	request->on_gone = on_gone;
	request->on_drained = on_drained;
	reply_start(request, 200, "application/fhir+ndjson");
	on_drained(request);
}

void
export_file(HttpRequest *request)
{
	if_admitted(request, send_file);
}
