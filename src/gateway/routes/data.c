/*
 * data.c
 *		GET /fhir/data: all resources of a mapping as one JSON array.
 *
 * The rows come as chunks of lines and go out as they come: a line feed between
 * two resources becomes a comma.  When the client is slow, the database waits.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/gateway_settings.h"
#include "gateway/routes/handlers.h"

/* A row has come: the first one begins the answer. */
static void
on_row(Call *call, PGresult *rows, int row)
{
	HttpRequest *request = call->owner;
	char	   *chunk = PQgetvalue(rows, row, 0);
	size_t		size = PQgetlength(rows, row, 0);

	for (char *feed = chunk; (feed = memchr(feed, '\n', chunk + size - feed)) != NULL;)
		*feed = ',';
	if (!request->parts)
	{
		reply_start(request, 200, HTTP_JSON);
		reply_part(request, "[", 1);
	}
	else
		reply_part(request, ",", 1);
	if (!reply_part(request, chunk, size))
		call_pause(call, true);
}

/* The client has taken what was waiting. */
static void
on_drained(HttpRequest *request)
{
	call_pause(request->state, false);
}

static void
on_gone(HttpRequest *request)
{
	call_cancel(request->state);
}

static void
on_end(Call *call, CallEnd end)
{
	HttpRequest *request = call->owner;

	request->on_gone = NULL;
	request->on_drained = NULL;
	if (end == CALL_DONE && request->parts)
	{
		reply_part(request, "]", 1);
		reply_end(request);
	}
	else if (end == CALL_DONE)
		reply_json(request, 200, "[]");
	else if (request->parts)
		reply_abort(request);
	else if (end == CALL_FAILED && strcmp(call->sqlstate, "42704") == 0)
		reply_error(request, 404, NULL, "There is no such mapping");
	else
		call_error(request, call, end);
}

void
data_get(HttpRequest *request)
{
	bool		bad = false;
	const char *mapping = url_field(&request->arena, request->path.query, "mapping", &bad);
	Call	   *call;

	if (!access_type(request, "*"))
		return;
	if (mapping == NULL && !bad)
		mapping = settings.data_mapping;
	if (bad || mapping == NULL || mapping[0] == '\0')
	{
		reply_error(request, bad ? 400 : 404, NULL, bad ? "mapping cannot be decoded" : "FHIR_DATA_MAPPING is not set: say ?mapping=");
		return;
	}
	call = request_call(request, SQL_DATA, NULL);
	call->values[0] = mapping;
	call->streams = true;
	call->on_row = on_row;
	call->on_end = on_end;
	call->seconds = settings.stream_seconds;
	request->on_gone = on_gone;
	request->on_drained = on_drained;
	call_begin(request->loop, POOL_STREAM, call);
}
