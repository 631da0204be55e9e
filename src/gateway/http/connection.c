/*
 * connection.c
 *		Reads requests from a client, one after the other.
 *
 * A client has one request at a time; what it sends ahead waits in the buffer,
 * up to a bound.  Each phase has a deadline for the whole of it, so that a
 * client that sends a byte a second is cut like one that sends nothing.
 */
#include "gateway/http/connection.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/base/gateway_metrics.h"
#include "gateway/base/gateway_settings.h"

#define CLOSING_SECONDS		2		/* for a client to take its last answer */

/* What a client may send ahead, beside the request that is being read. */
#define AHEAD_BYTES			65536

/* So little waits for the client when a route may send more. */
#define DRAINED_BYTES		65536

HttpServer	http_server;

static atomic_int clients;

static void read_some(Connection *connection);

int
http_clients(void)
{
	return atomic_load(&clients);
}

void
connection_count_add(int n)
{
	atomic_fetch_add(&clients, n);
}

/* Moves on to another phase, with its own deadline. */
static void
enter_phase(Connection *connection, ConnectionPhase phase)
{
	const int	seconds[] = {settings.idle_seconds, settings.head_seconds, settings.body_seconds, 0, CLOSING_SECONDS};
	struct timeval limit = {seconds[phase], 0};
	Listener   *listener = connection->loop->listener;

	if ((connection->phase == PHASE_IDLE) != (phase == PHASE_IDLE))
	{
		struct Connections *from = connection->phase == PHASE_IDLE ? &listener->idle : &listener->active;

		TAILQ_REMOVE(from, connection, link);
		from = phase == PHASE_IDLE ? &listener->idle : &listener->active;
		TAILQ_INSERT_TAIL(from, connection, link);
	}
	connection->phase = phase;
	if (limit.tv_sec > 0)
		event_add(connection->timer, &limit);
	else
		event_del(connection->timer);
}

/* Frees a connection. */
static void
connection_end(Connection *connection)
{
	Listener   *listener = connection->loop->listener;

	TAILQ_REMOVE(connection->phase == PHASE_IDLE ? &listener->idle : &listener->active, connection, link);
	listener->count--;
	connection_count_add(-1);
	event_free(connection->timer);
	bufferevent_free(connection->buffer);
	free(connection);
}

/* Frees a request that no route works on any more. */
static void
request_free(HttpRequest *request)
{
	Arena		arena = request->arena;

	if (request->held != NULL)
		evbuffer_free(request->held);
	arena_free(&arena);			/* the request lies in it */
}

void
connection_drop(Connection *connection)
{
	HttpRequest *request = connection->request;

	if (request != NULL)
	{
		connection->request = NULL;
		request->connection = NULL;
		if (connection->phase == PHASE_ROUTE && request->on_gone != NULL)
			request->on_gone(request);
		if (connection->phase == PHASE_ROUTE)
			http_server.done(request, 499);
		request_free(request);
	}
	connection_end(connection);
}

/*
 * Once all is sent, says so to the client and waits for its end: closing at
 * once, while it is still sending, would destroy the answer on its way.
 */
static void
close_gently(Connection *connection)
{
	if (evbuffer_get_length(bufferevent_get_output(connection->buffer)) == 0)
		shutdown(bufferevent_getfd(connection->buffer), SHUT_WR);
}

void
connection_next(Connection *connection, HttpRequest *request)
{
	bool		close = request->close || connection->loop->stopping;

	connection->request = NULL;
	request_free(request);
	connection->scanned = 0;
	if (!close)
	{
		enter_phase(connection, PHASE_IDLE);
		if (evbuffer_get_length(bufferevent_get_input(connection->buffer)) > 0)
			bufferevent_trigger(connection->buffer, EV_READ, BEV_TRIG_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
	}
	else
	{
		enter_phase(connection, PHASE_CLOSING);
		close_gently(connection);
	}
}

/* A request of the connection, whose head is still to be read. */
static HttpRequest *
new_request(Connection *connection)
{
	Arena		arena = {NULL, NULL, 0};
	HttpRequest *request = arena_alloc(&arena, sizeof(HttpRequest));

	/* head, the largest part, is cleared by head_read() */
	memset(&request->path, 0, sizeof(HttpRequest) - offsetof(HttpRequest, path));
	request->head.target = NULL;
	request->loop = connection->loop;
	request->connection = connection;
	request->arena = arena;
	request->body = "";
	request->began = loop_clock();
	memcpy(request->address, connection->address, sizeof(request->address));
	connection->request = request;
	return request;
}

/* Refuses what cannot be a request, and closes. */
static void
refuse(Connection *connection, int status)
{
	static const Head nothing = {.method = METHOD_OTHER, .method_name = "", .target = "", .minor = 1};
	HttpRequest *request = connection->request != NULL ? connection->request : new_request(connection);

	if (status == 400 || status == 505 || status == 501)
		metrics_count(METRIC_BAD_FRAMING);
	if (request->head.target == NULL || request->route == NULL)
		request->head = nothing;
	request->close = true;
	enter_phase(connection, PHASE_ROUTE);
	http_server.refuse(request, status);
}

/* The whole request is here. */
static void
dispatch(Connection *connection)
{
	enter_phase(connection, PHASE_ROUTE);
	if (connection->request->head.length > 0)
		bufferevent_setwatermark(connection->buffer, EV_READ, 0, AHEAD_BYTES);
	http_server.dispatch(connection->request);
}

/* Reads the head, when all of it has come. */
static bool
read_head(Connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->buffer);
	size_t		size = evbuffer_get_length(input);
	const char *data = (const char *) evbuffer_pullup(input, size > HEAD_MOST_BYTES ? HEAD_MOST_BYTES : (ev_ssize_t) size);
	size_t		length;
	HttpRequest *request;
	char	   *text;
	int			status;

	if (size == 0)
		return false;
	if (connection->phase == PHASE_IDLE)
		enter_phase(connection, PHASE_HEAD);
	status = head_find_end(data, size > HEAD_MOST_BYTES ? HEAD_MOST_BYTES : size, &connection->scanned, &length);
	if (status == 0)
		return false;
	if (status == 200)
	{
		request = new_request(connection);
		text = arena_copy(&request->arena, data, length);
		evbuffer_drain(input, length);
		status = head_read(text, length, &request->head);
		if (status == 200)
			status = http_server.find(request);
	}
	if (status != 200)
	{
		refuse(connection, status);
		return false;
	}
	return true;
}

/* Reads as much of a request as has come. */
static void
read_some(Connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->buffer);
	HttpRequest *request;

	if (connection->phase == PHASE_CLOSING)
		evbuffer_drain(input, evbuffer_get_length(input));
	if (connection->phase >= PHASE_ROUTE)
		return;
	if (connection->phase != PHASE_BODY)
	{
		if (!read_head(connection))
			return;
		request = connection->request;
		if (request->head.length > 0)
		{
			bufferevent_setwatermark(connection->buffer, EV_READ, 0, request->head.length + AHEAD_BYTES);
			enter_phase(connection, PHASE_BODY);
			if (request->head.expects_continue && evbuffer_get_length(input) == 0)
				bufferevent_write(connection->buffer, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		}
	}
	request = connection->request;
	if (evbuffer_get_length(input) < request->head.length)
		return;
	if (request->head.length > 0)
	{
		char	   *body = arena_alloc(&request->arena, request->head.length + 1);

		evbuffer_remove(input, body, request->head.length);
		body[request->head.length] = '\0';
		request->body = body;
		request->body_size = request->head.length;
	}
	dispatch(connection);
}

static void
on_read(struct bufferevent *buffer, void *arg)
{
	read_some(arg);
}

/* All, or most, that was to be sent is sent. */
static void
on_written(struct bufferevent *buffer, void *arg)
{
	Connection *connection = arg;

	if (connection->phase == PHASE_CLOSING)
		close_gently(connection);
	else if (connection->request != NULL && connection->request->on_drained != NULL)
		connection->request->on_drained(connection->request);
}

/* The client is gone, or does not take what it asked for. */
static void
on_event(struct bufferevent *buffer, short what, void *arg)
{
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		connection_drop(arg);
}

/* A phase has taken too long. */
static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	Connection *connection = arg;

	if (connection->phase == PHASE_HEAD || connection->phase == PHASE_BODY)
		refuse(connection, 408);
	else
		connection_drop(connection);
}

void
connection_begin(Loop *loop, struct bufferevent *buffer, const char *address, bool direct)
{
	Connection *connection = must_alloc(sizeof(Connection));
	struct timeval limit = {settings.write_seconds, 0};

	memset(connection, 0, sizeof(Connection));
	connection->loop = loop;
	connection->buffer = buffer;
	connection->direct = direct;
	snprintf(connection->address, sizeof(connection->address), "%s", address);
	connection->timer = event_new(loop->base, -1, 0, on_late, connection);
	if (loop->listener->count >= settings.max_connections / settings.loops && !TAILQ_EMPTY(&loop->listener->idle))
		connection_drop(TAILQ_FIRST(&loop->listener->idle));
	loop->listener->count++;
	connection_count_add(1);
	TAILQ_INSERT_TAIL(&loop->listener->idle, connection, link);
	enter_phase(connection, PHASE_IDLE);
	bufferevent_setcb(buffer, on_read, on_written, on_event, connection);
	bufferevent_set_timeouts(buffer, NULL, &limit);
	bufferevent_setwatermark(buffer, EV_READ, 0, AHEAD_BYTES);
	bufferevent_setwatermark(buffer, EV_WRITE, DRAINED_BYTES, 0);
	bufferevent_enable(buffer, EV_READ | EV_WRITE);
}

void
connections_stop(Loop *loop)
{
	Connection *connection;

	while ((connection = TAILQ_FIRST(&loop->listener->idle)) != NULL)
		connection_drop(connection);
}
