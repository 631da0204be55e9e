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

/* A request of a route (by its number, -1 for none) is over. */
extern void metrics_request(int route, int status, int64_t microseconds);

/* Adds everything as Prometheus' text. */
extern void metrics_print(struct evbuffer *out);

#endif
