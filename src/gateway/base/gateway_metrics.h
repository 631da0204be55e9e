/*
 * gateway_metrics.h
 *		Counters of all loops, and their text for Prometheus.
 *
 * Labels are routes and classes of statuses: never an id, a name or a query.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include <event2/buffer.h>
#include <stdint.h>

typedef enum Metric
{
	METRIC_BAD_FRAMING,
	METRIC_TOKENS_ISSUED,
	METRIC_LOGINS_FAILED,
	METRIC_LOGINS_THROTTLED,
	METRIC_TOKENS_REFUSED,
	METRIC_SUGGESTIONS,
	METRIC_EXPORTS_STARTED,
	METRIC_EXPORTS_FAILED,
	METRICS
} Metric;

extern void metrics_count(Metric metric);

/* Names a route by its number, once, before there are requests. */
extern void metrics_name(int route, const char *name);

/* A request of a route (by its number, -1 for none) is over. */
extern void metrics_request(int route, int status, int64_t microseconds);

/* Adds what was counted as Prometheus' text. */
extern void metrics_print(struct evbuffer *out);

/* Adds the head of a gauge, whose lines the caller adds. */
extern void metrics_gauge(struct evbuffer *out, const char *name, const char *help);

#endif
