/*
 * http.h
 *		What routes see of HTTP: a request, and the calls that answer it.
 *
 * Routes know neither sockets nor buffers of events.  A request comes with its
 * head, its body and an arena, and is answered once: whole, by reply_json() and
 * its like, or in parts, by reply_start(), reply_part() and reply_end().  Until
 * then its client may go away, which connection.c tells the route's on_gone.
 *
 * A request may also be a part of another (an entry of a batch): then its
 * answer goes to its parent by the sink instead of to a client.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <event2/buffer.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/http/head.h"
#include "gateway/http/http_url.h"
#include "gateway/base/loop.h"

#define HTTP_JSON			"application/json"
#define HTTP_FHIR_JSON		"application/fhir+json"

struct Route;
struct Connection;
typedef struct HttpRequest HttpRequest;

/* What is served: the calls that this room makes of the one above it. */
typedef struct HttpServer
{
	int (*find) (HttpRequest *request); /* its head is read: 200, or the status to refuse it with before its body */
	void (*dispatch) (HttpRequest *request);	/* it is here: to be answered */
	void (*refuse) (HttpRequest *request, int status);	/* it cannot be one: to be answered so */
	void (*done) (HttpRequest *request, int status);	/* it is answered; 499 is a client that went away */
} HttpServer;

extern HttpServer http_server;	/* set once, before there are clients */

/* Takes the whole answer of a request that is a part of another. */
typedef void (*HttpSink) (HttpRequest *request, int status, struct evbuffer *body);

struct HttpRequest
{
	Loop	   *loop;
	struct Connection *connection;	/* NULL for a part of another */
	Arena		arena;
	Head		head;
	UrlPath		path;
	const char *body;			/* ends with a NUL; "" when there is none */
	size_t		body_size;
	char		address[48];	/* of the client, by X-Forwarded-For where that is believed */
	const char *origin;			/* of an allowed page, else NULL */

	const struct Route *route;
	bool		fhir;			/* its errors are OperationOutcomes */
	const char *params[4];		/* the path's, in the order of the route's braces */

	/* of the caller, set by access_check() */
	const char *role;			/* database role; NULL: the gateway's own */
	const char *user;			/* as tokens name the caller; NULL: nobody */
	const char *scope;			/* of a SMART client; NULL: no limit */
	bool		anonymous;		/* the role is FHIR_ANON_ROLE */

	/* of the route */
	void	   *state;			/* its own */
	void (*on_gone) (HttpRequest *request); /* the client is gone: stop; may be NULL */
	void (*on_drained) (HttpRequest *request);	/* room for more parts; may be NULL */

	/* of the answer */
	HttpSink	sink;
	HttpRequest *parent;
	Header		extra[12];		/* further headers */
	int			nextra;
	int			status;			/* 0: not answered yet */
	bool		parts;			/* it is answered in parts */
	const char *type;			/* of these; NULL once the first is sent, with the head before it */
	struct evbuffer *held;		/* parts that wait for the next; NULL for none */
	bool		close;			/* the connection cannot be used again */
	int64_t		began;			/* loop_clock() */
};

/* Adds a header to the answer; its strings must live as long as the request. */
extern void reply_header(HttpRequest *request, const char *name, const char *value);

/* Answers with a body, which becomes the request's; type may be NULL. */
extern void reply_buffer(HttpRequest *request, int status, const char *type, struct evbuffer *body);

/* Answers with so many bytes, which are copied. */
extern void reply_bytes(HttpRequest *request, int status, const char *type, const void *data, size_t size);

/* Answers with JSON text, as FHIR's media type under /fhir. */
extern void reply_json(HttpRequest *request, int status, const char *json);

/* Answers without a body (204, 304). */
extern void reply_empty(HttpRequest *request, int status);

/* Begins an answer in parts; its head goes out with the first of them.  type must live as long as the request. */
extern void reply_start(HttpRequest *request, int status, const char *type);

/*
 * Sends a part, which becomes the request's; with more, together with the next,
 * which must follow at once.  Returns false when the client is slow: the route
 * should stop until on_drained.
 */
extern bool reply_part(HttpRequest *request, struct evbuffer *part, bool more);

/* Ends an answer in parts; last, which becomes the request's, is one more or NULL. */
extern void reply_end(HttpRequest *request, struct evbuffer *last);

/* Breaks an answer in parts off, so that the client sees that it is not whole. */
extern void reply_abort(HttpRequest *request);

/*
 * Answers with an error, in the form of the request's part of the service: an
 * OperationOutcome under /fhir, {"detail": ...} elsewhere.  code is FHIR's issue
 * type; NULL takes the status's own.
 */
extern void reply_error(HttpRequest *request, int status, const char *code, const char *text);

/* The reason phrase of a status. */
extern const char *http_reason(int status);

/* Adds text to a buffer as a JSON string, with its quotes. */
extern void json_add_string(struct evbuffer *buffer, const char *text);

/* Reads TLS_CERT and TLS_KEY, once, where they are set; returns false, with a line in the log, when they cannot be used. */
extern bool http_read_tls(void);

/* Begins to listen; returns false, with a line in the log, when it cannot. */
extern bool http_listen(Loop *loop, int *port);

/* Stops listening, closes idle clients, and others after their answers. */
extern void http_stop(Loop *loop);

/* Clients of all loops. */
extern int	http_clients(void);

#endif
