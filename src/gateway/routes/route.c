/*
 * route.c
 *		Finds the route of a request and calls it; see route.h.
 */
#include "gateway/routes/route.h"

#include <string.h>
#include <strings.h>

#include "gateway/access/access.h"
#include "gateway/access/throttle.h"
#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_metrics.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/handlers.h"
#include "gateway/routes/openapi.h"

#define SMALL_BODY		65536

/* Is a segment made of letters, and in an id of digits, "-" and "." as well, 64 at most? */
static bool
is_name(const char *segment, bool id)
{
	size_t		n = 0;

	for (; segment[n] != '\0'; n++)
	{
		char		letter = segment[n] | ('a' ^ 'A');
		bool		other = (segment[n] >= '0' && segment[n] <= '9') || segment[n] == '-' || segment[n] == '.';

		if ((letter < 'a' || letter > 'z') && !(id && other))
			return false;
	}
	return n > 0 && n <= 64;
}

/* Can this segment stand for a parameter?  A type has letters alone, an id FHIR's. */
static bool
fits(const char *name, size_t size, const char *segment)
{
	if (size == 4 && memcmp(name, "type", 4) == 0)
		return is_name(segment, false);
	if (size == 4 && memcmp(name, "file", 4) == 0)
		return segment[0] != '\0' && strchr(segment, '/') == NULL;
	return is_name(segment, true);
}

/* Does a path fit a pattern?  Sets the parameters. */
static bool
matches(const char *pattern, HttpRequest *request)
{
	int			nparams = 0;
	int			segment = 0;

	while (*pattern == '/' && pattern[1] != '\0')
	{
		size_t		size = strcspn(++pattern, "/");
		const char *given;

		if (segment == request->path.nsegments)
			return false;
		given = request->path.segments[segment++];
		if (pattern[0] == '{')
		{
			if (!fits(pattern + 1, size - 2, given))
				return false;
			request->params[nparams++] = given;
		}
		else if (strncmp(given, pattern, size) != 0 || given[size] != '\0')
			return false;
		pattern += size;
	}
	return segment == request->path.nsegments;
}

/* Is the route switched off by the settings? */
static bool
is_off(const Route *route)
{
	return ((route->flags & ROUTE_DOCS) && !settings.docs) || ((route->flags & ROUTE_METRICS) && !settings.metrics);
}

/* The methods of a path as Allow has them. */
static const char *
allowed(HttpRequest *request, int methods)
{
	return arena_printf(&request->arena, "%s%sOPTIONS", methods & METHOD_GET ? "GET, HEAD, " : "",
						methods & METHOD_DELETE ? (methods & METHOD_POST ? "POST, DELETE, " : "DELETE, ") :
							methods & METHOD_POST ? "POST, " : "");
}

/* Finds the route of a request whose head is read; see HttpServer. */
static int
find(HttpRequest *request)
{
	int			methods = 0;
	int			status = url_split(&request->arena, request->head.target, &request->path);

	access_origin(request);
	request->fhir = request->path.nsegments > 0 && strcmp(request->path.segments[0], "fhir") == 0;
	if (status == 400)
		return status;
	for (int i = 0; i < route_count && status == 200; i++)
	{
		const Route *route = &route_table[i];
		int			method = request->head.method == METHOD_HEAD ? METHOD_GET : request->head.method;

		if (is_off(route) || !matches(route->pattern, request))
			continue;
		if (methods == 0)		/* a wrong method is an error in the form of the path */
			request->fhir = (route->flags & ROUTE_FHIR) != 0;
		methods |= route->methods;
		if (route->methods & method)
		{
			request->route = route;
			break;
		}
	}
	if (request->route != NULL)
		request->fhir = (request->route->flags & ROUTE_FHIR) != 0;
	else if (methods != 0)
		reply_header(request, "Allow", allowed(request, methods));
	if (request->head.length > 0)
	{
		size_t		limit = request->route != NULL && (request->route->flags & ROUTE_BODY) ? (size_t) settings.body_limit : SMALL_BODY;

		if (request->head.length > limit)
			return 413;
	}
	return 200;
}

/* Answers a browser's question whether a page may call. */
static void
preflight(HttpRequest *request)
{
	if (request->origin != NULL && head_value(&request->head, "Access-Control-Request-Method") != NULL)
	{
		reply_header(request, "Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
		reply_header(request, "Access-Control-Allow-Headers",
					 "Authorization, Content-Type, Accept, Prefer, If-None-Match, If-Modified-Since");
		reply_header(request, "Access-Control-Max-Age", "3600");
	}
	reply_empty(request, 204);
}

/* Is the body of the kind that the route takes?  Answers when it is not. */
static bool
check_body(HttpRequest *request)
{
	const char *type = head_value(&request->head, "Content-Type");
	bool		form = (request->route->flags & ROUTE_FORM) != 0;
	size_t		size;

	if (request->head.method != METHOD_POST)
		return true;
	size = type != NULL ? strcspn(type, "; ") : 0;
	if (type != NULL && form ? size == 33 && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0 :
		type != NULL && ((size == 16 && strncasecmp(type, HTTP_JSON, 16) == 0) || (size == 21 && strncasecmp(type, HTTP_FHIR_JSON, 21) == 0)))
	{
		if (url_is_utf8(request->body, request->body_size))
			return true;
		reply_error(request, request->fhir ? 400 : 422, NULL, "the body is not UTF-8");
		return false;
	}
	if (form && request->body_size == 0 && request->fhir)
		return true;			/* a search without parameters */
	if (request->fhir)
		reply_error(request, 415, NULL, form ? "send application/x-www-form-urlencoded" : "send application/fhir+json");
	else
		reply_json(request, 422, form ? "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"send application/x-www-form-urlencoded\",\"type\":\"missing\"}]}" : "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"send application/json\",\"type\":\"missing\"}]}");
	return false;
}

/* May the caller make another suggestion?  Answers when not. */
static bool
check_suggestions(HttpRequest *request)
{
	if ((request->route->flags & ROUTE_SUGGEST) == 0)
		return true;
	metrics_count(METRIC_SUGGESTIONS);
	if (throttle_take(THROTTLE_SUGGEST, request->user, settings.suggest_per_minute))
		return true;
	reply_error(request, 429, NULL, "Too many suggestions in a minute");
	return false;
}

/* Checks the caller and calls the route. */
static void
dispatch(HttpRequest *request)
{
	const Route *route = request->route;

	if (request->head.method == METHOD_OPTIONS)
		preflight(request);
	else if (request->loop->stopping && request->sink == NULL)
		reply_error(request, 503, NULL, "the service is stopping");
	else if (route == NULL)
	{
		if (request->nextra > 0)
			reply_error(request, 405, NULL, "Method Not Allowed");
		else
			reply_error(request, 404, NULL, "Not Found");
	}
	else if ((route->flags & ROUTE_FHIR) && !fhir_negotiate(request))
		return;
	else if (access_check(request, route->access, strncmp(route->pattern, "/fhir", 5) == 0) && check_suggestions(request) && check_body(request))
		route->handle(request);
}

/* Answers what cannot be trusted to be a request. */
static void
refuse(HttpRequest *request, int status)
{
	static const struct
	{
		int			status;
		const char *text;
	}			texts[] = {
		{408, "the request did not come in time"},
		{413, "the body is larger than this address takes"},
		{414, "the address is too long"},
		{431, "the headers are too large"},
		{501, "transfer codings and tunnels are not supported: send Content-Length"},
		{0, "this is no request of HTTP/1.1 that can be trusted"},
	};
	int			i = 0;

	while (texts[i].status != 0 && texts[i].status != status)
		i++;
	reply_error(request, status, NULL, texts[i].text);
}

/* A request is over: counts and logs it. */
static void
done(HttpRequest *request, int status)
{
	int64_t		took = loop_clock() - request->began;

	metrics_request(request->route != NULL ? (int) (request->route - route_table) : -1, status, took);
	if (settings.log_requests)
		log_request(request->head.method == METHOD_OTHER ? "other" : request->head.method_name,
					request->route != NULL ? request->route->pattern : "none", status, took, request->address, request->user);
}

void
routes_start(void)
{
	for (int i = 0; i < route_count; i++)
		metrics_name(i, route_table[i].pattern);
	openapi_make(route_table, route_count);
	http_server = (HttpServer){find, dispatch, refuse, done};
}
