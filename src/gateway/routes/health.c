/*
 * health.c
 *		/livez, /readyz and /metrics.
 */
#include <event2/buffer.h>

#include "gateway/base/background.h"
#include "gateway/base/gateway_metrics.h"
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

/* Adds one gauge of the pools. */
static void
print_pools(struct evbuffer *out, const char *name, const char *help, int which)
{
	static const char *const kinds[POOL_KINDS] = {"read", "suggest", "stream"};

	metrics_gauge(out, name, help);
	for (int kind = 0; kind < POOL_KINDS; kind++)
	{
		int			of[3];

		pools_count(kind, &of[0], &of[1], &of[2]);
		evbuffer_add_printf(out, "fhir_gateway_%s{pool=\"%s\"} %d\n", name, kinds[kind], of[which]);
	}
}

void
health_metrics(HttpRequest *request)
{
	struct evbuffer *body = evbuffer_new();

	metrics_print(body);
	print_pools(body, "connections_open", "Database connections.", 0);
	print_pools(body, "connections_busy", "Database connections at work.", 1);
	print_pools(body, "calls_waiting", "Calls that wait for a connection.", 2);
	metrics_gauge(body, "clients", "Clients connected.");
	evbuffer_add_printf(body, "fhir_gateway_clients %d\n", http_clients());
	metrics_gauge(body, "exports_running", "Exports that wait or run.");
	evbuffer_add_printf(body, "fhir_gateway_exports_running %d\n", background_busy(BACKGROUND_EXPORT));
	reply_buffer(request, 200, "text/plain; version=0.0.4; charset=utf-8", body);
}
