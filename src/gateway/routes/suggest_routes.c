/*
 * suggest_routes.c
 *		ICD and morphology suggestions: a note in, codes with probabilities out.
 *
 * The shapes are those that pages and programs know already: FastAPI's for
 * errors, the suggestion service's own for /diagnosis.  When a client goes away
 * the database stops waiting for the service.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/gateway_settings.h"
#include "gateway/routes/handlers.h"

#define MOST_NOTES		32
#define MOST_QUERY		200		/* bytes of a search */

/* Answers 422, as FastAPI does. */
static void
refuse_field(HttpRequest *request, const char *place, const char *field, const char *text)
{
	reply_json(request, 422, arena_printf(&request->arena, "{\"detail\":[{\"loc\":[\"%s\"%s%s%s],\"msg\":\"%s\",\"type\":\"value_error\"}]}",
										  place, field ? ",\"" : "", field ? field : "", field ? "\"" : "", text));
}

/* The body as a JSON object; answers and returns NULL when it is none. */
static json_t *
body_object(HttpRequest *request)
{
	json_t	   *body = json_loadb(request->body, request->body_size, 0, NULL);

	if (json_is_object(body))
		return body;
	json_decref(body);
	refuse_field(request, "body", NULL, "the body must be a JSON object");
	return NULL;
}

/* Is this a note that may be sent?  Answers when not. */
static bool
is_note(HttpRequest *request, json_t *note, const char *field)
{
	const char *text = json_string_value(note);

	if (text == NULL)
		refuse_field(request, "body", field, "must be text");
	else if (strspn(text, " \t\r\n") == strlen(text))
		refuse_field(request, "body", field, "must not be empty");
	else if (json_string_length(note) > (size_t) settings.text_limit)
		reply_error(request, 413, NULL, arena_printf(&request->arena, "a note may have %d bytes", settings.text_limit));
	else
		return true;
	return false;
}

/* What is not there is this service's lack (501), not the caller's mistake. */
static void
on_end(Call *call, CallEnd end)
{
	HttpRequest *request = call->owner;

	request->on_gone = NULL;
	if (end == CALL_DONE)
	{
		PGresult   *rows = call->rows;

		call->rows = NULL;
		answer_value(request, rows);
	}
	else if (end == CALL_FAILED && (strcmp(call->sqlstate, "42704") == 0 || strcmp(call->sqlstate, "42883") == 0 || strcmp(call->sqlstate, "3F000") == 0))
		reply_error(request, 501, NULL, call->statement == SQL_MORPHOLOGY ? "This database has no morphology model: see src/model/README.md" : "This database has no suggestion service: CREATE SERVER, see src/suggest/README.md");
	else if (end == CALL_FAILED && strncmp(call->sqlstate, "54", 2) == 0)
		reply_error(request, 502, NULL, "The service's answer is not as it should be");
	else if (end == CALL_FAILED && strcmp(call->sqlstate, "55000") == 0)
		reply_error(request, 502, NULL, "The service is switched off, or its model cannot be used; the database's log says why");
	else if (end == CALL_FAILED && strncmp(call->sqlstate, "XX", 2) == 0)
		reply_error(request, 502, NULL, "The service has failed");
	else
		call_error(request, call, end);
}

/* Begins a suggestion of one text on one server. */
static void
suggest(HttpRequest *request, StatementId statement, const char *text, const char *server)
{
	Call	   *call = request_call(request, statement, NULL);

	call->values[0] = text;
	call->values[1] = server;
	call->on_end = on_end;
	request_begin(request, POOL_SUGGEST, call);
}

/* {"text": note} for one of the two kinds of code. */
static void
suggest_text(HttpRequest *request, StatementId statement, const char *server)
{
	json_t	   *body = body_object(request);
	json_t	   *note = json_object_get(body, "text");
	char	   *text = NULL;

	if (body == NULL)
		return;
	if (note == NULL)
		refuse_field(request, "body", "text", "field required");
	else if (is_note(request, note, "text"))
		text = arena_copy(&request->arena, json_string_value(note), json_string_length(note));
	json_decref(body);
	if (text != NULL)
		suggest(request, statement, text, server);
}

void
icd_suggest(HttpRequest *request)
{
	suggest_text(request, SQL_ICD_SUGGEST, settings.aics_server);
}

void
morphology_suggest(HttpRequest *request)
{
	suggest_text(request, SQL_MORPHOLOGY, settings.morphology_server);
}

/* The suggestion service's own call; its "model" and "patient" stay here. */
void
icd_diagnosis(HttpRequest *request)
{
	json_t	   *body = body_object(request);
	json_t	   *notes = json_object_get(body, "notes");
	json_t	   *note;
	size_t		i;
	char	   *text;
	char	   *copy;

	if (body == NULL)
		return;
	if (!json_is_array(notes) || json_array_size(notes) == 0 || json_array_size(notes) > MOST_NOTES)
	{
		json_decref(body);
		refuse_field(request, "body", "notes", "must be an array of 1 to 32 notes");
		return;
	}
	json_array_foreach(notes, i, note)
		if (!is_note(request, note, "notes"))
		{
			json_decref(body);
			return;
		}
	text = json_dumps(notes, JSON_COMPACT);
	copy = arena_copy(&request->arena, text, strlen(text));
	free(text);
	json_decref(body);
	suggest(request, SQL_DIAGNOSIS, copy, settings.aics_server);
}

void
icd_search(HttpRequest *request)
{
	bool		bad = false;
	const char *query = url_field(&request->arena, request->path.query, "q", &bad);

	if (query == NULL || query[0] == '\0' || strlen(query) > MOST_QUERY)
		refuse_field(request, "query", "q", query == NULL ? "field required" : "must have 1 to 200 bytes");
	else
		suggest(request, SQL_ICD_SEARCH, query, settings.aics_server);
}
