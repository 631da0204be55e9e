/*
 * route.h
 *		The table of routes: who answers what, and for whom.
 *
 * One table (route_table.c) decides what is served, checks methods, callers and
 * the sizes of bodies before a route is called, and is what /openapi.json is
 * made from: nothing is served that it does not describe.
 */
#ifndef GATEWAY_ROUTE_H
#define GATEWAY_ROUTE_H

#include "gateway/access/access.h"
#include "gateway/http/http.h"

/* Flags of a route. */
#define ROUTE_FHIR		1		/* its errors are OperationOutcomes */
#define ROUTE_BATCH		2		/* may be an entry of a batch */
#define ROUTE_SUGGEST	4		/* is counted against SUGGEST_PER_MINUTE */
#define ROUTE_BODY		8		/* takes a body up to BODY_LIMIT, else 64 kB */
#define ROUTE_DOCS		16		/* goes with the setting DOCS */
#define ROUTE_METRICS	32		/* goes with the setting METRICS */
#define ROUTE_FORM		64		/* the body is a form, else JSON */
#define ROUTE_HIDDEN	128		/* not in /openapi.json: it is none of the service's calls */
#define ROUTE_BEGINS	256		/* only begins what Prefer: respond-async asks for: 202 */

typedef struct Route
{
	int			methods;		/* METHOD_... bits; GET takes HEAD too */
	const char *pattern;		/* "/fhir/{type}/{id}" */
	Access		access;
	int			flags;
	void (*handle) (HttpRequest *request);

	/* for /openapi.json */
	const char *tag;
	const char *summary;
	const char *query;			/* query parameters: "name text; name text" */
	const char *body;			/* JSON schema of the body */
	const char *answer;			/* JSON schema of the answer */
} Route;

extern const Route route_table[];
extern const int route_count;

/* Makes the table what is served; once, before there are clients. */
extern void routes_start(void);

#endif
