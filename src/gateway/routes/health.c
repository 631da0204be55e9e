/*
 * health.c
 *		/livez, /readyz and /metrics.
 */
#include <event2/buffer.h>

#include "gateway/gateway_metrics.h"
#include "gateway/routes/handlers.h"

/* The process answers: that is all this says. */
void
health_live(HttpRequest *request)
{
	reply_bytes(request, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

static void
is_ready(HttpRequest *request, PGresult *rows)
{
	PQclear(rows);
	reply_bytes(request, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

/* 200 when the database has answered, 503 when it cannot be reached. */
void
health_ready(HttpRequest *request)
{
	request_begin(request, POOL_READ, request_call(request, SQL_PING, is_ready));
}

void
health_metrics(HttpRequest *request)
{
	struct evbuffer *body = evbuffer_new();

	metrics_print(body);
	reply_buffer(request, 200, "text/plain; version=0.0.4; charset=utf-8", body);
}
