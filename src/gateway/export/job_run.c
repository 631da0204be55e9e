/*
 * job_run.c
 *		Writes the files of an export, in a thread.
 *
 * All statements of a job are one transaction with one snapshot, whose begin is
 * the manifest's transactionTime.  Whole mappings come from fhir_ndjson; what
 * is filtered, cut to elements or of certain patients from fhir_search_ndjson.
 * Both read a table or view once.  Each statement is a COPY, and goes to the file
 * as it comes.  When one fails, its lines are taken back, the manifest's error
 * file says so, and the others go on.
 *
 * COPY takes no parameters.  So that its text stays constant, what it is about
 * stands in settings of the transaction, fhir_gateway.first and .second.
 */
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/database/pool.h"
#include "gateway/export/copy_lines.h"
#include "gateway/export/job.h"
#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/http/http_url.h"
#include "gateway/base/loop.h"

#define MEMBERS_AT_A_TIME	100	/* of a group, in one search */
#define LOOK_AGAIN			1000	/* ms after which a job looks whether it is still wanted */

/* The file of a type. */
typedef struct Output
{
	const char *type;
	FILE	   *file;
	long long	count;			/* lines */
} Output;

/* A job at work. */
typedef struct Run
{
	Job		   *job;
	PGconn	   *connection;
	Output	   *outputs;		/* room for one of each source */
	int			noutputs;
	char	   *errors;			/* lines of the error file */
	int			nerrors;
	char		time[40];		/* transactionTime */
	const char *failure;		/* the whole job has failed; "": it is not wanted any more */
	int64_t		looked;			/* when it was seen that it is wanted */
} Run;

/* Sends a statement whose answer does not matter but for its success. */
static bool
command(Run *run, const char *text)
{
	PGresult   *result = PQexec(run->connection, text);
	bool		good = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;

	PQclear(result);
	return good;
}

/* Connects, begins the transaction and takes the role. */
static bool
begin(Run *run)
{
	const char *keywords[POOL_PARAMETERS];
	const char *values[POOL_PARAMETERS];
	char		limit[16];
	const char *enter[] = {run->job->role, limit, "f"};
	PGresult   *result;
	bool		good;

	pool_parameters(keywords, values, settings.db_user, settings.db_password, "fhir-bridge-gateway export");
	run->connection = PQconnectdbParams(keywords, values, 0);
	if (PQstatus(run->connection) != CONNECTION_OK)
	{
		run->failure = "the database cannot be reached";
		return false;
	}
	snprintf(limit, sizeof(limit), "%d", settings.stream_seconds * 1000);
	good = command(run, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	result = PQexecParams(run->connection, statements[SQL_ENTER].text, 3, NULL, enter, NULL, NULL, 0);
	good = good && PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	result = PQexec(run->connection, "SELECT pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')");
	if (good && PQresultStatus(result) == PGRES_TUPLES_OK)
		snprintf(run->time, sizeof(run->time), "%s", PQgetvalue(result, 0, 0));
	else
		run->failure = "the role could not be taken";
	PQclear(result);
	return run->failure == NULL;
}

/* The output of a type, opened when it is first wanted. */
static Output *
output_of(Run *run, const char *type)
{
	Output	   *output;

	for (int i = 0; i < run->noutputs; i++)
		if (strcmp(run->outputs[i].type, type) == 0)
			return &run->outputs[i];
	output = &run->outputs[run->noutputs++];
	output->type = type;
	output->count = 0;
	output->file = fopen(arena_printf(&run->job->arena, "%s/%s.ndjson", run->job->folder, type), "w");
	if (output->file == NULL)
		run->failure = "EXPORT_DIR cannot be written to";
	return output;
}

/* Once a second: says how far it is, and ends when the job was deleted. */
static void
look(Run *run, const char *type, long long count)
{
	int64_t		now = loop_clock();
	char		text[128];

	if (now - run->looked < LOOK_AGAIN * INT64_C(1000))
		return;
	run->looked = now;
	if (!job_exists(run->job))
		run->failure = "";
	snprintf(text, sizeof(text), "%s: %lld resources", type, count);
	job_write(run->job->folder, "progress", text);
}

/* Adds a line to the error file: the statement's SQLSTATE, none of its words. */
static void
note_error(Run *run, const char *type, const char *sqlstate)
{
	run->errors = arena_printf(&run->job->arena, "%s{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"%s\","
												 "\"diagnostics\":\"resources of type %s are missing: SQLSTATE %s\"}]}\n",
							   run->errors != NULL ? run->errors : "", strcmp(sqlstate, "42501") == 0 ? "forbidden" : "exception", type, sqlstate);
	run->nerrors++;
}

/* Ends what the server does: nobody wants it. */
static void
cancel(Run *run)
{
	PGcancel   *cancel = PQgetCancel(run->connection);
	char		error[256];

	PQcancel(cancel, error, sizeof(error));
	PQfreeCancel(cancel);
}

/* Takes the lines of the COPY that has begun, until its end or the job's. */
static void
take_lines(Run *run, Output *output, CopyLines *copy)
{
	struct pollfd socket = {PQsocket(run->connection), POLLIN, 0};
	char	   *data;
	int			size;

	while (run->failure == NULL && (size = PQgetCopyData(run->connection, &data, 1)) >= 0)
	{
		if (size > 0)
		{
			CopyResult	result = copy_lines_take(copy, data, size);

			PQfreemem(data);
			if (result != COPY_GOOD)
				run->failure = result == COPY_NO_ROOM ? "EXPORT_DIR has no room" : "the database's answer cannot be read";
		}
		else if (poll(&socket, 1, LOOK_AGAIN) > 0 && !PQconsumeInput(run->connection))
			return;				/* PQgetResult() says what it was */
		look(run, output->type, output->count + copy->count);
	}
	if (run->failure != NULL)
		cancel(run);
}

/* Runs a COPY into a file; returns its SQLSTATE, "" for success. */
static const char *
run_copy(Run *run, StatementId id, Output *output)
{
	static _Thread_local char sqlstate[6];
	PGresult   *result = PQexec(run->connection, statements[id].text);
	CopyLines	copy;

	copy_lines_begin(&copy, output->file);
	sqlstate[0] = '\0';
	while (result != NULL)
	{
		ExecStatusType status = PQresultStatus(result);

		if (status != PGRES_COPY_OUT && status != PGRES_COMMAND_OK && sqlstate[0] == '\0')
			snprintf(sqlstate, sizeof(sqlstate), "%s",
					 PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : "08006");
		PQclear(result);
		if (status == PGRES_COPY_OUT)
			take_lines(run, output, &copy);
		if (run->failure != NULL)
			break;				/* the connection goes with the job */
		result = PQgetResult(run->connection);
	}
	output->count += copy.count;
	if (sqlstate[0] == '\0' && run->failure == NULL && !copy_lines_whole(&copy))
		run->failure = "the database's answer is not whole";
	return sqlstate;
}

/* Says what the next COPY is about. */
static bool
tell(Run *run, const char *first, const char *second)
{
	const char *values[] = {first, second};
	PGresult   *result = PQexecParams(run->connection, statements[SQL_EXPORT_ABOUT].text, 2, NULL, values, NULL, NULL, 0);
	bool		good = PQresultStatus(result) == PGRES_TUPLES_OK;

	PQclear(result);
	return good;
}

/* Runs a statement into the file of a type, or takes back what it has written. */
static void
run_statement(Run *run, StatementId id, const char *type, const char *first, const char *second)
{
	Output	   *output = output_of(run, type);
	Output		before = *output;
	const char *sqlstate;
	long		place;

	if (run->failure != NULL)
		return;
	place = ftell(output->file);
	if (!command(run, "SAVEPOINT one") || !tell(run, first, second))
	{
		run->failure = "the connection to the database broke";
		return;
	}
	sqlstate = run_copy(run, id, output);
	if (run->failure != NULL || sqlstate[0] == '\0')
		return;
	if (PQstatus(run->connection) != CONNECTION_OK || strncmp(sqlstate, "57", 2) == 0 || !command(run, "ROLLBACK TO one"))
	{
		run->failure = "the connection to the database broke, or the export took too long";
		return;
	}
	output->count = before.count;
	if (fflush(output->file) != 0 || ftruncate(fileno(output->file), place) != 0 || fseek(output->file, place, SEEK_SET) != 0)
		run->failure = "EXPORT_DIR cannot be written to";
	note_error(run, type, sqlstate);
}

/* The searches of a type, one a line; see add_search(). */
typedef struct Searches
{
	char	   *text;
	size_t		size;
	FILE	   *out;			/* writes the text */
	int			count;
} Searches;

/* Adds a search: what the client has filtered by, and by whose resources. */
static void
add_search(const Job *job, Searches *searches, const char *filter, const char *patients)
{
	Arena		arena = {NULL, NULL, 0};
	const char *parts[] = {
		filter,
		patients,
		job->since != NULL ? arena_printf(&arena, "_lastUpdated=ge%s", url_encode(&arena, job->since)) : "",
		job->elements != NULL ? arena_printf(&arena, "_elements=%s", job->elements) : "",
	};
	const char *comma = searches->count++ > 0 ? "\n" : "";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i][0] != '\0')
		{
			fprintf(searches->out, "%s%s", comma, parts[i]);
			comma = "&";
		}
	arena_free(&arena);
}

/* The search of a filter, if that is of this type; else NULL. */
static const char *
filter_of(const char *filter, const char *type)
{
	size_t		length = strlen(type);

	return strncmp(filter, type, length) == 0 && filter[length] == '?' ? filter + length + 1 : NULL;
}

/* Has the client filtered this type? */
static bool
is_filtered(const Job *job, const char *type)
{
	for (const char **filter = job->filters; *filter != NULL; filter++)
		if (filter_of(*filter, type) != NULL)
			return true;
	return false;
}

/* Adds a search for each filter of a type; no filter is one that is empty. */
static void
add_filters(const Job *job, Searches *searches, const char *type, const char *patients)
{
	for (const char **filter = job->filters; *filter != NULL; filter++)
		if (filter_of(*filter, type) != NULL)
			add_search(job, searches, filter_of(*filter, type), patients);
	if (!is_filtered(job, type))
		add_search(job, searches, "", patients);
}

/*
 * Makes the searches of a type, one for each of some values of a parameter; without
 * a parameter one for all.  What several of them find stands once in the file.
 */
static void
run_searches(Run *run, const char *type, const char *parameter, const char *const values[], int nvalues)
{
	Searches	searches = {NULL, 0, NULL, 0};
	Arena		arena = {NULL, NULL, 0};

	searches.out = open_memstream(&searches.text, &searches.size);
	if (searches.out == NULL)
		abort();
	for (int i = 0; i < nvalues; i++)
		add_filters(run->job, &searches, type, arena_printf(&arena, "%s=%s", parameter, values[i]));
	if (parameter == NULL)
		add_filters(run->job, &searches, type, "");
	fclose(searches.out);
	run_statement(run, searches.count > 1 ? SQL_EXPORT_SEARCHES : SQL_EXPORT_SEARCH, type, type, searches.text);
	free(searches.text);
	arena_free(&arena);
}

/* Is this source's type one that was before it? */
static bool
is_repeated(const Job *job, int number)
{
	for (int i = 0; i < number; i++)
		if (strcmp(job->sources[i].type, job->sources[number].type) == 0)
			return true;
	return false;
}

/* Is this source the patients themselves? */
static bool
is_of_patients(const JobSource *source)
{
	return strcmp(source->type, "Patient") == 0;
}

/* A group's members, a hundred of them together, as values of a parameter: their own ids, and references to them. */
static int
member_values(Arena *arena, const PGresult *members, const char **ids, const char **references)
{
	int			n = 0;

	for (int first = 0; first < PQntuples(members); first += MEMBERS_AT_A_TIME, n++)
	{
		ids[n] = references[n] = "";
		for (int i = first; i < PQntuples(members) && i < first + MEMBERS_AT_A_TIME; i++)
		{
			const char *reference = PQgetvalue(members, i, 0);
			const char *comma = i > first ? "," : "";

			ids[n] = arena_printf(arena, "%s%s%s", ids[n], comma, url_encode(arena, reference + strlen("Patient/")));
			references[n] = arena_printf(arena, "%s%s%s", references[n], comma, reference);
		}
	}
	return n;
}

/* The types of a group's members. */
static void
run_members(Run *run)
{
	Job		   *job = run->job;
	const char *values[] = {job->group};
	PGresult   *members = PQexecParams(run->connection, statements[SQL_EXPORT_MEMBERS].text, 1, NULL, values, NULL, NULL, 0);
	const char **ids = arena_zero(&job->arena, sizeof(char *) * (PQntuples(members) + 1));
	const char **references = arena_zero(&job->arena, sizeof(char *) * (PQntuples(members) + 1));
	int			n = member_values(&job->arena, members, ids, references);

	if (PQresultStatus(members) != PGRES_TUPLES_OK)
		run->failure = "the group cannot be read";
	for (int i = 0; i < job->nsources && n > 0 && run->failure == NULL; i++)
	{
		const JobSource *source = &job->sources[i];

		if (source->patient != NULL && !is_repeated(job, i))
			run_searches(run, source->type, source->patient, is_of_patients(source) ? ids : references, n);
	}
	PQclear(members);
}

/* What is not missing where a resource has to do with a patient; a parameter of another name may refer to something else. */
static const char *
patient_missing(Arena *arena, const JobSource *source)
{
	return arena_printf(arena, strcmp(source->patient, "patient") == 0 ? "%s:missing" : "%s:Patient._id:missing", source->patient);
}

/* All sources, one after the other. */
static void
run_sources(Run *run)
{
	Job		   *job = run->job;

	if (job->group != NULL)
	{
		run_members(run);
		return;
	}
	for (int i = 0; i < job->nsources && run->failure == NULL; i++)
	{
		const JobSource *source = &job->sources[i];
		bool		is_whole = !job->patients || is_of_patients(source);

		if (job->patients && source->patient == NULL)
			continue;
		if (is_whole && job->elements == NULL && !is_filtered(job, source->type))
			run_statement(run, SQL_EXPORT_LINES, source->type, source->mapping, job->since);
		else if (is_repeated(job, i))
			continue;
		else if (is_whole)
			run_searches(run, source->type, NULL, NULL, 0);
		else
			run_searches(run, source->type, patient_missing(&job->arena, source), &(const char *const){"false"}, 1);
	}
}

/* Closes the files; an empty one goes. */
static void
close_outputs(Run *run)
{
	for (int i = 0; i < run->noutputs; i++)
	{
		Output	   *output = &run->outputs[i];

		if (output->file != NULL && fclose(output->file) != 0 && run->failure == NULL)
			run->failure = "EXPORT_DIR has no room";
		if (output->count == 0)
			unlink(arena_printf(&run->job->arena, "%s/%s.ndjson", run->job->folder, output->type));
	}
}

/* A text as JSON has it, with its quotes. */
static char *
json_text(Arena *arena, const char *text)
{
	json_t	   *value = json_string(text);
	char	   *dumped = json_dumps(value, JSON_ENCODE_ANY);
	char	   *copy = arena_copy(arena, dumped, strlen(dumped));

	json_decref(value);
	free(dumped);
	return copy;
}

/* Writes the manifest, which ends the job. */
static void
write_manifest(Run *run)
{
	Job		   *job = run->job;
	Arena	   *arena = &job->arena;
	char	   *list = "";

	if (run->nerrors > 0 && !job_write(job->folder, "errors.ndjson", run->errors))
		run->failure = "EXPORT_DIR has no room";
	for (int i = 0; i < run->noutputs; i++)
		if (run->outputs[i].count > 0)
			list = arena_printf(arena, "%s%s{\"type\":\"%s\",\"url\":\"%s/export/%s/%s.ndjson\",\"count\":%lld}", list, list[0] ? "," : "",
								run->outputs[i].type, settings.base_url, job->id, run->outputs[i].type, run->outputs[i].count);
	list = arena_printf(arena, "{\"transactionTime\":\"%s\",\"request\":%s,\"requiresAccessToken\":true,\"output\":[%s],\"error\":[",
						run->time, json_text(arena, job->request), list);
	if (run->nerrors > 0)
		list = arena_printf(arena, "%s{\"type\":\"OperationOutcome\",\"url\":\"%s/export/%s/errors.ndjson\",\"count\":%d}",
							list, settings.base_url, job->id, run->nerrors);
	if (run->failure == NULL && !job_write(job->folder, "manifest.json", arena_printf(arena, "%s]}", list)))
		run->failure = "EXPORT_DIR has no room";
}

void
job_run(void *arg)
{
	Run		   *run = must_alloc(sizeof(Run));
	Job		   *job = arg;

	memset(run, 0, sizeof(Run));
	run->job = job;
	run->outputs = arena_zero(&job->arena, sizeof(Output) * job->nsources);
	job->begun++;
	if (!job_describe(job))
		run->failure = "EXPORT_DIR cannot be written to";
	else if (begin(run))
		run_sources(run);
	close_outputs(run);
	PQfinish(run->connection);
	if (run->failure == NULL)
		write_manifest(run);
	if (run->failure != NULL && run->failure[0] != '\0' && job_exists(job))
		job_fail(job->folder, run->failure);
	job_free(job);
	free(run);
}
