/*
 * stream.c
 *		Answers that are made of a call's rows, and sent as they come.
 *
 * The first row begins the answer; until then a failure has a status of its
 * own, after that the connection is broken off, so that the client sees that
 * the answer is not whole.  Rows that have come together are sent together.
 * When the client is slow, the database waits.
 */
#include "gateway/routes/stream.h"

#include <string.h>

typedef struct Stream
{
	Call		call;			/* first: a Call is one of these */
	const StreamForm *form;
} Stream;

static void
on_row(Call *call, PGresult *row)
{
	const StreamForm *form = ((Stream *) call)->form;
	HttpRequest *request = call->owner;
	struct evbuffer *part = evbuffer_new();
	const char *before = request->parts ? "," : form->begin;
	char	   *text = PQgetvalue(row, 0, 0);
	size_t		size = PQgetlength(row, 0, 0);

	for (char *feed = text; form->lines && (feed = memchr(feed, '\n', text + size - feed)) != NULL;)
		*feed = ',';
	if (!request->parts)
		reply_start(request, 200, form->type);
	evbuffer_add(part, before, strlen(before));
	add_column(part, row, 0);
	if (!reply_part(request, part, call_has_more(call)))
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
		struct evbuffer *last = evbuffer_new();

		evbuffer_add(last, form->end, strlen(form->end));
		reply_end(request, last);
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
