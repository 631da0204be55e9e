/*
 * reply.c
 *		Writes answers: status line, headers, body or parts.
 *
 * What goes to a client without TLS is written to its socket at once; what the
 * socket does not take goes the usual way through the event loop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/gateway_settings.h"
#include "gateway/http/connection.h"

#define SLOW_BYTES		262144	/* of an answer in parts that may wait for the client */
#define HELD_BYTES		65536	/* of parts that are sent together */

const char *
http_reason(int status)
{
	static const struct
	{
		int			status;
		const char *reason;
	}			reasons[] = {
		{200, "OK"}, {202, "Accepted"}, {204, "No Content"}, {304, "Not Modified"}, {307, "Temporary Redirect"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{406, "Not Acceptable"}, {408, "Request Timeout"}, {410, "Gone"}, {412, "Precondition Failed"},
		{413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"},
		{422, "Unprocessable Content"}, {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
		{504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void
reply_header(HttpRequest *request, const char *name, const char *value)
{
	if (request->nextra < (int) (sizeof(request->extra) / sizeof(request->extra[0])))
		request->extra[request->nextra++] = (Header){name, value};
}

/* Adds a string to a buffer. */
static void
add(struct evbuffer *out, const char *text)
{
	evbuffer_add(out, text, strlen(text));
}

/* Adds a header, if there is a value; one with a line end would be two. */
static void
add_header(struct evbuffer *out, const char *name, const char *value)
{
	if (value == NULL || strpbrk(value, "\r\n") != NULL)
		return;
	add(out, name);
	add(out, ": ");
	add(out, value);
	add(out, "\r\n");
}

/* Adds status line and headers.  size is the body's, or -1 for parts. */
static void
add_head(HttpRequest *request, struct evbuffer *out, const char *type, int64_t size)
{
	char		text[64];
	bool		own_cache = false;

	snprintf(text, sizeof(text), "HTTP/1.1 %d ", request->status);
	add(out, text);
	add(out, http_reason(request->status));
	add(out, "\r\n");
	add_header(out, "Content-Type", type);
	if (size >= 0 && request->status != 304 && request->status != 204)
	{
		snprintf(text, sizeof(text), "Content-Length: %lld\r\n", (long long) size);
		add(out, text);
	}
	else if (size < 0 && request->head.minor == 1)
		add(out, "Transfer-Encoding: chunked\r\n");
	for (int i = 0; i < request->nextra; i++)
	{
		own_cache |= strcmp(request->extra[i].name, "Cache-Control") == 0;
		add_header(out, request->extra[i].name, request->extra[i].value);
	}
	if (!own_cache)
		add(out, request->status < 300 || request->status == 304 ? "Cache-Control: private, no-cache\r\n" : "Cache-Control: no-store\r\n");
	add(out, "X-Content-Type-Options: nosniff\r\nVary: Origin, Accept, Authorization, Prefer\r\n");
	if (request->origin != NULL)
	{
		add_header(out, "Access-Control-Allow-Origin", request->origin);
		add(out, "Access-Control-Expose-Headers: ETag, Last-Modified, Location, Content-Location, Retry-After, X-Progress, WWW-Authenticate\r\n");
	}
	if (request->close || request->loop->stopping)
		add(out, "Connection: close\r\n");
	else if (request->head.minor == 0)
		add(out, "Connection: keep-alive\r\n");
	add(out, "\r\n");
}

/* Hands an answer, or the next of its parts, to the client. */
static void
send_out(Connection *connection, struct evbuffer *out)
{
	struct evbuffer *waiting = bufferevent_get_output(connection->buffer);

	/* a call takes a bounded number of pieces */
	if (connection->direct && evbuffer_get_length(waiting) == 0)
		while (evbuffer_get_length(out) > 0 && evbuffer_write(out, bufferevent_getfd(connection->buffer)) > 0)
			;
	if (evbuffer_get_length(out) > 0)
		bufferevent_write_buffer(connection->buffer, out);
	evbuffer_free(out);
}

void
reply_buffer(HttpRequest *request, int status, const char *type, struct evbuffer *body)
{
	Connection *connection = request->connection;
	struct evbuffer *out;

	request->status = status;
	if (request->sink != NULL)
	{
		request->sink(request, status, body);
		return;
	}
	if (!request->head.keep_alive)
		request->close = true;
	http_server.done(request, status);
	out = evbuffer_new();
	add_head(request, out, type, body != NULL ? (int64_t) evbuffer_get_length(body) : 0);
	if (body != NULL && request->head.method != METHOD_HEAD && status != 304)
		evbuffer_add_buffer(out, body);
	if (body != NULL)
		evbuffer_free(body);
	send_out(connection, out);
	connection_next(connection, request);
}

void
reply_bytes(HttpRequest *request, int status, const char *type, const void *data, size_t size)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add(body, data, size);
	reply_buffer(request, status, type, body);
}

void
reply_json(HttpRequest *request, int status, const char *json)
{
	reply_bytes(request, status, request->fhir ? HTTP_FHIR_JSON : HTTP_JSON, json, strlen(json));
}

void
reply_empty(HttpRequest *request, int status)
{
	reply_buffer(request, status, NULL, NULL);
}

void
reply_start(HttpRequest *request, int status, const char *type)
{
	request->status = status;
	request->parts = true;
	request->type = type;
	if (!request->head.keep_alive || request->head.minor == 0)
		request->close = true;
}

/* Adds a part with what is around it, before the first the head. */
static void
add_part(HttpRequest *request, struct evbuffer *out, struct evbuffer *part)
{
	size_t		size = evbuffer_get_length(part);

	if (request->type != NULL)
		add_head(request, out, request->type, -1);
	request->type = NULL;
	if (size > 0 && request->head.method != METHOD_HEAD)
	{
		if (request->head.minor == 1)
			evbuffer_add_printf(out, "%zx\r\n", size);
		evbuffer_add_buffer(out, part);
		if (request->head.minor == 1)
			add(out, "\r\n");
	}
	evbuffer_free(part);
}

/* What is held, for more to be added to it; it is sent by who takes it. */
static struct evbuffer *
take_held(HttpRequest *request)
{
	struct evbuffer *out = request->held != NULL ? request->held : evbuffer_new();

	request->held = NULL;
	return out;
}

bool
reply_part(HttpRequest *request, struct evbuffer *part, bool more)
{
	struct evbuffer *out = take_held(request);

	add_part(request, out, part);
	if (more && evbuffer_get_length(out) < HELD_BYTES)
		request->held = out;
	else
		send_out(request->connection, out);
	return evbuffer_get_length(bufferevent_get_output(request->connection->buffer)) < SLOW_BYTES;
}

void
reply_end(HttpRequest *request, struct evbuffer *last)
{
	struct evbuffer *out = take_held(request);

	add_part(request, out, last != NULL ? last : evbuffer_new());
	if (request->head.minor == 1 && request->head.method != METHOD_HEAD)
		add(out, "0\r\n\r\n");
	http_server.done(request, request->status);
	send_out(request->connection, out);
	connection_next(request->connection, request);
}

void
reply_abort(HttpRequest *request)
{
	request->on_gone = NULL;
	connection_drop(request->connection);
}

void
json_add_string(struct evbuffer *buffer, const char *text)
{
	evbuffer_add(buffer, "\"", 1);
	while (*text != '\0')
	{
		size_t		plain = 0;

		while (text[plain] != '\0' && (unsigned char) text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\')
			plain++;
		evbuffer_add(buffer, text, plain);
		text += plain;
		if (*text != '\0')
			evbuffer_add_printf(buffer, "\\u%04x", (unsigned char) *text++);
	}
	evbuffer_add(buffer, "\"", 1);
}

/* FHIR's issue type of a status, where the route has not said it better. */
static const char *
issue_code(int status)
{
	switch (status)
	{
		case 401:
			return "login";
		case 403:
			return "forbidden";
		case 404:
		case 410:
			return "not-found";
		case 405:
		case 406:
		case 415:
		case 501:
			return "not-supported";
		case 408:
		case 504:
			return "timeout";
		case 413:
		case 414:
		case 431:
			return "too-long";
		case 429:
			return "throttled";
		case 503:
			return "transient";
		default:
			return status >= 500 ? "exception" : "invalid";
	}
}

void
reply_error(HttpRequest *request, int status, const char *code, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	if (status == 401)
		reply_header(request, "WWW-Authenticate", "Bearer");
	if (status == 503 || status == 429)
		reply_header(request, "Retry-After", status == 503 ? "5" : "60");
	if (request->fhir)
	{
		evbuffer_add_printf(body, "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"%s\",\"diagnostics\":",
							code != NULL ? code : issue_code(status));
		json_add_string(body, text);
		add(body, "}]}");
		reply_buffer(request, status, HTTP_FHIR_JSON, body);
	}
	else
	{
		add(body, "{\"detail\":");
		json_add_string(body, text);
		add(body, "}");
		reply_buffer(request, status, HTTP_JSON, body);
	}
}
