/*
 * request_call.c
 *		Calls of the database on behalf of a request, and what their errors
 *		look like to a client.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/handlers.h"
#include "gateway/routes/pretty.h"
#include "gateway/routes/route.h"

/* The client is gone: the database may stop. */
static void
on_gone(HttpRequest *request)
{
	call_cancel(request->state);
}

static void
on_end(Call *call, CallEnd end)
{
	HttpRequest *request = call->owner;
	PGresult   *rows;

	request->on_gone = NULL;
	if (end != CALL_DONE)
	{
		call_error(request, call, end);
		return;
	}
	rows = call->rows;
	call->rows = NULL;
	((RequestCall *) call)->done(request, rows);	/* the call may be gone with the request */
}

void
request_call_fill(HttpRequest *request, Call *call, StatementId statement)
{
	call->statement = statement;
	call->role = request->role;
	call->anonymous = request->anonymous;
	call->owner = request;
	request->state = call;
}

Call *
request_call(HttpRequest *request, StatementId statement, RequestDone done)
{
	RequestCall *made = arena_zero(&request->arena, sizeof(RequestCall));

	made->done = done;
	made->call.on_end = on_end;
	request_call_fill(request, &made->call, statement);
	return &made->call;
}

void
request_begin(HttpRequest *request, PoolKind kind, Call *call)
{
	const int	seconds[POOL_KINDS] = {settings.read_seconds, settings.suggest_seconds, settings.stream_seconds};

	request->on_gone = on_gone;
	call->seconds = seconds[kind];
	call_begin(request->loop, kind, call);
}

/* The status of an SQLSTATE, and FHIR's issue type where it is not the status's. */
static int
status_of(const char *sqlstate, const char **code, const char **text)
{
	static const struct
	{
		const char *begin;		/* of the SQLSTATE */
		int			status;
		const char *code;
		const char *text;
	}			table[] = {
		{"42501", 403, NULL, "The caller's role may not do this"},
		{"42883", 501, NULL, "The database has no such function: is the extension of this version, in FHIR_SCHEMA?"},
		{"3F000", 501, NULL, "The database has no such schema: see FHIR_SCHEMA"},
		{"42P01", 501, NULL, "The database has no such table: is the extension of this version, in FHIR_SCHEMA?"},
		{"42704", 404, NULL, "The database has no such object"},
		{"P0002", 404, NULL, "Not Found"},
		{"02000", 404, NULL, "Not Found"},
		{"25006", 405, NULL, "This mapping would write, and requests only read"},
		{"0A000", 400, "not-supported", "The database does not support this"},
		{"22", 400, NULL, "A value is not as it must be"},
		{"42", 500, NULL, "The database cannot do this; its log says why"},
		{"53300", 503, NULL, "The database has too many connections"},
		{"53", 503, NULL, "The database has no room"},
		{"57P", 503, NULL, "The database is stopping"},
		{"55P03", 503, NULL, "The database is busy"},
		{"40", 503, NULL, "The database asks to try again"},
		{"08", 502, "exception", "The service behind the database cannot be reached"},
		{"HV", 502, "exception", "The service behind the database has failed"},
		{"58", 502, "exception", "The service behind the database has failed"},
		{"28", 502, "exception", "The service behind the database refuses its credentials"},
		{"", 500, NULL, "The database has failed; its log says why"},
	};

	if (strncmp(sqlstate, "ZF", 2) == 0 && atoi(sqlstate + 2) >= 400 && atoi(sqlstate + 2) < 600)
	{
		*code = NULL;
		*text = "The search cannot be made";
		return atoi(sqlstate + 2);	/* the search wing's own: see src/search/README.md */
	}
	for (size_t i = 0;; i++)
		if (strncmp(sqlstate, table[i].begin, strlen(table[i].begin)) == 0)
		{
			*code = table[i].code;
			*text = table[i].text;
			return table[i].status;
		}
}

/* An error of the statement; the extension's own outcomes go to the client as they are. */
static void
statement_error(HttpRequest *request, Call *call)
{
	const char *code;
	const char *text;
	int			status = status_of(call->sqlstate, &code, &text);

	if (call->streams && status == 400)
	{
		/* nothing that a stream is asked by can be such a value: it is a row's, or the mapping's */
		status = 500;
		code = NULL;
		text = "A mapping is broken, or a row of it makes no resource; the database's log says which";
	}
	if (status >= 500)
		log_line("warning", "\"event\":\"call\",\"route\":\"%s\",\"sqlstate\":\"%s\",\"status\":%d",
				 request->route->pattern, call->sqlstate, status);
	if (call->detail != NULL && strncmp(call->detail, "{\"resourceType\"", 15) == 0 && request->fhir)
	{
		struct evbuffer *body = evbuffer_new();

		evbuffer_add(body, call->detail, strlen(call->detail));
		reply_buffer(request, status, HTTP_FHIR_JSON, body);
	}
	else
		reply_error(request, status, code,
					arena_printf(&request->arena, "%s (SQLSTATE %s)", text, call->sqlstate));
}

void
call_error(HttpRequest *request, Call *call, CallEnd end)
{
	switch (end)
	{
		case CALL_DONE:
			break;
		case CALL_FAILED:
			statement_error(request, call);
			break;
		case CALL_NO_ROLE:
			if (request->user != NULL)
				reply_error(request, 401, "login", "Could not validate credentials");
			else
			{
				log_line("error", "\"event\":\"role\",\"why\":\"FHIR_ANON_ROLE cannot be taken; see --check\"");
				reply_error(request, 401, "login", "Not authenticated");
			}
			break;
		case CALL_NO_DATABASE:
			reply_error(request, 503, NULL, "The database cannot be reached");
			break;
		case CALL_BUSY:
			reply_header(request, "Retry-After", "1");
			reply_error(request, 504, NULL, "All database connections are busy");
			break;
		case CALL_TOO_LONG:
			reply_error(request, 504, NULL, "The database took too long");
			break;
	}
}

/* Frees a result when its bytes have been sent. */
static void
free_result(const void *data, size_t size, void *arg)
{
	PQclear(arg);
}

void
add_column(struct evbuffer *body, PGresult *rows, int column)
{
	evbuffer_add_reference(body, PQgetvalue(rows, 0, column), PQgetlength(rows, 0, column), free_result, rows);
}

struct evbuffer *
take_column(PGresult *rows, int column)
{
	struct evbuffer *body = evbuffer_new();

	add_column(body, rows, column);
	return body;
}

const char *
row_text(const PGresult *rows, int column)
{
	return PQntuples(rows) > 0 && !PQgetisnull(rows, 0, column) ? PQgetvalue(rows, 0, column) : NULL;
}

/* Does the query, or a search's body, ask for indented JSON? */
static bool
is_pretty(HttpRequest *request)
{
	bool		bad = false;
	const char *value = url_field(&request->arena, request->path.query, "_pretty", &bad);

	if (value == NULL && (request->route->flags & ROUTE_FORM))
		value = url_field(&request->arena, request->body, "_pretty", &bad);
	return value != NULL && strcmp(value, "true") == 0;
}

void
answer_value(HttpRequest *request, PGresult *rows)
{
	const char *type = request->fhir ? HTTP_FHIR_JSON : HTTP_JSON;

	if (row_text(rows, 0) == NULL)
	{
		PQclear(rows);
		reply_error(request, 404, NULL, "Not Found");
	}
	else if (request->fhir && is_pretty(request))
	{
		struct evbuffer *body = evbuffer_new();

		pretty_print(body, PQgetvalue(rows, 0, 0));
		PQclear(rows);
		reply_buffer(request, 200, type, body);
	}
	else
		reply_buffer(request, 200, type, take_column(rows, 0));
}
