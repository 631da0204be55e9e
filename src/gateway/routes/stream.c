/*
 * stream.c
 *		Answers that are made of a call's rows, and sent as they come.
 *
 * The first row begins the answer; until then a failure has a status of its
 * own, after that the connection is broken off, so that the client sees that
 * the answer is not whole.  When the client is slow, the database waits.
 */
#include "gateway/routes/stream.h"

#include <string.h>

typedef struct Stream
{
	Call		call;			/* first: a Call is one of these */
	const StreamForm *form;
} Stream;

/* Sends the text around or between rows. */
static void
send_text(HttpRequest *request, const char *text)
{
	reply_part(request, text, strlen(text));
}

static void
on_row(Call *call, PGresult *rows, int row)
{
	const StreamForm *form = ((Stream *) call)->form;
	HttpRequest *request = call->owner;
	char	   *text = PQgetvalue(rows, row, 0);
	size_t		size = PQgetlength(rows, row, 0);
	bool		first = !request->parts;

	for (char *feed = text; form->lines && (feed = memchr(feed, '\n', text + size - feed)) != NULL;)
		*feed = ',';
	if (first)
		reply_start(request, 200, form->type);
	send_text(request, first ? form->begin : ",");
	if (!reply_part(request, text, size))
		call_pause(call, true);
}

/* The client has taken what was waiting. */
static void
on_drained(HttpRequest *request)
{
	call_pause(request->state, false);
}

static void
on_end(Call *call, CallEnd end)
{
	const StreamForm *form = ((Stream *) call)->form;
	HttpRequest *request = call->owner;

	request->on_gone = NULL;
	request->on_drained = NULL;
	if (end == CALL_DONE && request->parts)
	{
		send_text(request, form->end);
		reply_end(request);
	}
	else if (end == CALL_DONE)
		form->nothing(request);
	else if (request->parts)
		reply_abort(request);
	else if (end == CALL_FAILED && form->unknown != NULL && strcmp(call->sqlstate, "42704") == 0)
		reply_error(request, 404, NULL, form->unknown);
	else
		call_error(request, call, end);
}

void
stream_begin(HttpRequest *request, StatementId statement, const StreamForm *form, const char *first, const char *second)
{
	Stream	   *stream = arena_zero(&request->arena, sizeof(Stream));
	Call	   *call = &stream->call;

	stream->form = form;
	request_call_fill(request, call, statement);
	call->values[0] = first;
	call->values[1] = second;
	call->streams = true;
	call->on_row = on_row;
	call->on_end = on_end;
	request->on_drained = on_drained;
	request_begin(request, POOL_STREAM, call);
}
