/*
 * fhir_everything.c
 *		Patient/{id}/$everything: the patient and all that refers to it.
 *
 * One statement walks the search pages of all types with a parameter "patient",
 * in one snapshot; the entries go out as they come.
 */
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/gateway_settings.h"
#include "gateway/routes/handlers.h"

/* An entry has come; the first must be the patient itself. */
static void
on_row(Call *call, PGresult *rows, int row)
{
	HttpRequest *request = call->owner;
	static const char begin[] = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[";

	if (!request->parts)
	{
		reply_start(request, 200, HTTP_FHIR_JSON);
		reply_part(request, begin, sizeof(begin) - 1);
	}
	else
		reply_part(request, ",", 1);
	if (!reply_part(request, PQgetvalue(rows, row, 0), PQgetlength(rows, row, 0)))
		call_pause(call, true);
}

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
		reply_part(request, "]}", 2);
		reply_end(request);
	}
	else if (end == CALL_DONE)
		reply_error(request, 404, NULL, "There is no such resource");
	else if (request->parts)
		reply_abort(request);
	else
		call_error(request, call, end);
}

void
fhir_everything(HttpRequest *request)
{
	Call	   *call;

	if (!access_type(request, "*"))
		return;
	call = request_call(request, SQL_EVERYTHING, NULL);
	call->values[0] = request->params[0];
	call->values[1] = settings.base_url;
	call->streams = true;
	call->on_row = on_row;
	call->on_end = on_end;
	call->seconds = settings.stream_seconds;
	request->on_gone = on_gone;
	request->on_drained = on_drained;
	call_begin(request->loop, POOL_STREAM, call);
}
