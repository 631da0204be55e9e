/*
 * gateway_metrics.c
 *		Counts, and prints what was counted; see gateway_metrics.h.
 */
#include "gateway/base/gateway_metrics.h"

#include <stdatomic.h>

#define MOST_ROUTES		64
#define NBUCKETS		10

static const struct
{
	const char *name;
	const char *help;
}			counters[METRICS] = {
	[METRIC_BAD_FRAMING] = {"bad_framing_total", "Requests refused for their framing."},
	[METRIC_TOKENS_ISSUED] = {"tokens_issued_total", "Tokens issued."},
	[METRIC_LOGINS_FAILED] = {"logins_failed_total", "Logins refused."},
	[METRIC_LOGINS_THROTTLED] = {"logins_throttled_total", "Logins refused without a look, after too many failures."},
	[METRIC_TOKENS_REFUSED] = {"tokens_refused_total", "Requests with a token that is not good."},
	[METRIC_SUGGESTIONS] = {"suggestions_total", "Suggestions asked for."},
	[METRIC_EXPORTS_STARTED] = {"exports_started_total", "Exports begun."},
	[METRIC_EXPORTS_FAILED] = {"exports_failed_total", "Exports that failed."},
};

static const double bounds[NBUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 60};

static atomic_ullong counted[METRICS];

typedef struct RouteFigures
{
	atomic_ullong statuses[6];	/* by their first digit */
	atomic_ullong buckets[NBUCKETS + 1];
	atomic_ullong microseconds;
} RouteFigures;

static RouteFigures figures[MOST_ROUTES + 1];	/* the first is of no route */
static const char *names[MOST_ROUTES + 1] = {"none"};
static int	nroutes;

void
metrics_name(int route, const char *name)
{
	if (route >= MOST_ROUTES)
		return;
	names[route + 1] = name;
	if (nroutes <= route)
		nroutes = route + 1;
}

void
metrics_count(Metric metric)
{
	atomic_fetch_add_explicit(&counted[metric], 1, memory_order_relaxed);
}

void
metrics_request(int route, int status, int64_t microseconds)
{
	RouteFigures *of = &figures[route < 0 || route >= MOST_ROUTES ? 0 : route + 1];
	int			bucket = 0;

	while (bucket < NBUCKETS && microseconds > bounds[bucket] * 1e6)
		bucket++;
	atomic_fetch_add_explicit(&of->statuses[status / 100 % 6], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&of->buckets[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&of->microseconds, microseconds, memory_order_relaxed);
}

/* Adds the lines of a route: its requests and its times. */
static void
print_times(struct evbuffer *out, int number, const char *pattern)
{
	RouteFigures *of = &figures[number];
	unsigned long long sum = 0;

	for (int i = 0; i <= NBUCKETS; i++)
	{
		sum += atomic_load(&of->buckets[i]);
		if (i < NBUCKETS)
			evbuffer_add_printf(out, "fhir_gateway_request_seconds_bucket{route=\"%s\",le=\"%g\"} %llu\n", pattern, bounds[i], sum);
	}
	evbuffer_add_printf(out, "fhir_gateway_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", pattern, sum);
	evbuffer_add_printf(out, "fhir_gateway_request_seconds_sum{route=\"%s\"} %.6f\n", pattern, atomic_load(&of->microseconds) / 1e6);
	evbuffer_add_printf(out, "fhir_gateway_request_seconds_count{route=\"%s\"} %llu\n", pattern, sum);
}

void
metrics_print(struct evbuffer *out)
{
	evbuffer_add_printf(out, "# HELP fhir_gateway_requests_total Requests answered.\n# TYPE fhir_gateway_requests_total counter\n");
	for (int number = 0; number <= nroutes; number++)
		for (int class = 1; class < 6; class ++)
		{
			unsigned long long n = atomic_load(&figures[number].statuses[class]);

			if (n > 0)
				evbuffer_add_printf(out, "fhir_gateway_requests_total{route=\"%s\",status=\"%dxx\"} %llu\n",
									names[number], class, n);
		}
	evbuffer_add_printf(out, "# HELP fhir_gateway_request_seconds Time from a request's begin to its answer's end.\n"
							 "# TYPE fhir_gateway_request_seconds histogram\n");
	for (int number = 0; number <= nroutes; number++)
		print_times(out, number, names[number]);
	for (int i = 0; i < METRICS; i++)
		evbuffer_add_printf(out, "# HELP fhir_gateway_%s %s\n# TYPE fhir_gateway_%s counter\nfhir_gateway_%s %llu\n",
							counters[i].name, counters[i].help, counters[i].name, counters[i].name,
							(unsigned long long) atomic_load(&counted[i]));
}

void
metrics_gauge(struct evbuffer *out, const char *name, const char *help)
{
	evbuffer_add_printf(out, "# HELP fhir_gateway_%s %s\n# TYPE fhir_gateway_%s gauge\n", name, help, name);
}
